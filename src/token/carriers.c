#include "carriers.h"
#include "tamga/token.h"
#include "tamga/yaml.h"

#include <string.h>

#define CARRIERS_MAX 64
#define TEXT_MAX     256

#define TEXT(key)       SHORT(key, TEXT_MAX)
#define SHORT(key, max) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct tg_carrier, key, 1, max)
#define OPTIONAL(key)                                                                                                  \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_carrier, key, 1, TEXT_MAX)
#define NUMBER(key) CYAML_FIELD_UINT(#key, CYAML_FLAG_DEFAULT, struct tg_carrier, key)

static const cyaml_schema_field_t row_fields[] = {
        SHORT(id, 31),
        TEXT(name),
        OPTIONAL(atr),
        OPTIONAL(mask),
        OPTIONAL(model),
        TEXT(module),
        TEXT(dialect),
        NUMBER(pin_min),
        NUMBER(pin_max),
        CYAML_FIELD_BOOL("pin_digits_only", CYAML_FLAG_DEFAULT, struct tg_carrier, pin_digits_only),
        TEXT(algorithms),
        NUMBER(certificate_category),
        TEXT(storage_oid),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t row = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_carrier, row_fields)};
static const cyaml_schema_field_t file_fields[] = {
        CYAML_FIELD_SEQUENCE_COUNT("carriers", CYAML_FLAG_POINTER, struct tg_carriers, list, n, &row, 1, CARRIERS_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_carriers, file_fields)};

static bool hex_ok(const char *hex)
{
	uint8_t bytes[33];
	return tg_unhex(hex, bytes, sizeof bytes) > 0;
}

/* The key of the first mistake in a row, or NULL; `what` tells it. */
static const char *row_mistake(const struct tg_carrier *c, const char **what)
{
	if (!c->atr && !c->model)
		return *what = "a row needs atr or model", "";
	if (c->atr && !hex_ok(c->atr))
		return *what = "not 1 to 33 bytes in hexadecimal", "atr";
	if (c->mask && (!c->atr || !hex_ok(c->mask) || strlen(c->mask) != strlen(c->atr)))
		return *what = "not as long as atr, in hexadecimal", "mask";
	if (c->module[0] != '/')
		return *what = "not an absolute path", "module";
	if (strcmp(c->dialect, "generic") != 0 && strcmp(c->dialect, "sc-hsm") != 0)
		return *what = "not one of: generic, sc-hsm", "dialect";
	if (!c->pin_min || c->pin_min > c->pin_max)
		return *what = "not between 1 and pin_max", "pin_min";
	if (c->pin_max > TG_SECRET_MAX)
		return *what = "longer than a PIN may be", "pin_max";
	if (!strstr(c->algorithms, "rsa-2048"))
		return *what = "no known algorithm", "algorithms";
	return NULL;
}

static enum tg_status check(const struct tg_yaml *y, const void *data)
{
	const struct tg_carriers *all = data;
	for (unsigned i = 0; i < all->n; i++) {
		const char *what = NULL;
		const char *key = row_mistake(&all->list[i], &what);
		if (key)
			return tg_yaml_bad(y, what, "carriers/%u/%s", i, key);
	}
	return TG_OK;
}

static const struct tg_yaml_form form = {&file_schema, TG_SCREEN_DATA, check};

enum tg_status tg_carriers_load(struct tg_carriers **out, const char *path, struct tg_error *err)
{
	void *data;
	enum tg_status status = tg_yaml_load(&data, &form, path, err);
	*out = data;
	return status;
}

void tg_carriers_destroy(struct tg_carriers *c)
{
	tg_yaml_free(&form, c);
}

bool tg_carrier_fits_atr(const struct tg_carrier *c, const uint8_t *atr, size_t n)
{
	uint8_t want[33], mask[33];
	if (!c->atr || tg_unhex(c->atr, want, sizeof want) != (int)n)
		return false;
	bool masked = c->mask && tg_unhex(c->mask, mask, sizeof mask) == (int)n;
	for (size_t i = 0; i < n; i++)
		if ((atr[i] ^ want[i]) & (masked ? mask[i] : 0xFF))
			return false;
	return true;
}
