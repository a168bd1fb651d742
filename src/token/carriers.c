#include "carriers.h"

#include "tamga/text.h"
#include "tamga/token.h"
#include "tamga/yaml.h"

#include <stdlib.h>
#include <string.h>

#define CARRIERS_MAX 64
#define TEXT_MAX     256

#define TEXT(key)       SHORT(key, TEXT_MAX)
#define SHORT(key, max) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct tg_carrier, key, 1, max)
#define OPTIONAL(key)                                                                                                  \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_carrier, key, 1, TEXT_MAX)
#define NUMBER(key) CYAML_FIELD_UINT(#key, CYAML_FLAG_OPTIONAL, struct tg_carrier, key)
#define FLAG(key)   CYAML_FIELD_BOOL(#key, CYAML_FLAG_OPTIONAL, struct tg_carrier, key)

static const cyaml_schema_field_t row_fields[] = {
        SHORT(id, 31),
        TEXT(name),
        OPTIONAL(atr),
        OPTIONAL(mask),
        OPTIONAL(model),
        OPTIONAL(module),
        OPTIONAL(reads),
        OPTIONAL(writes),
        OPTIONAL(dialect),
        NUMBER(pin_min),
        NUMBER(pin_max),
        FLAG(pin_digits_only),
        OPTIONAL(factory_pin),
        OPTIONAL(so_pin),
        OPTIONAL(version_min),
        TEXT(purpose),
        FLAG(document),
        OPTIONAL(algorithms),
        NUMBER(certificate_category),
        OPTIONAL(storage_oid),
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

static bool one_of(const char *s, size_t n, const char *const list[])
{
	for (; *list; list++)
		if (strlen(*list) == n && memcmp(*list, s, n) == 0)
			return true;
	return false;
}

/* Words with one blank between them, each of the list. */
static bool all_of(const char *words, const char *const list[])
{
	for (;;) {
		size_t n = strcspn(words, " ");
		if (!one_of(words, n, list))
			return false;
		if (!words[n])
			return true;
		words += n + 1;
	}
}

static const char *const dialects[] = {"generic", "sc-hsm", "rutoken", NULL};
static const char *const purposes[] = {"id-card", "token", "sim", "staff", NULL};
static const char *const so_pins[] = {"text", "hex16", NULL};
static const char *const algorithms[] = {"rsa-2048", "gost2001", "gost2012-256", "gost2012-512", NULL};

/* How it is known. Each gives the key of the first mistake in a row, or NULL; `what` tells it. */
static const char *mistake_in_signs(const struct tg_carrier *c, const char **what)
{
	if (!c->atr && !c->model)
		return *what = "a row needs atr or model", "";
	if (c->atr && !hex_ok(c->atr))
		return *what = "not 1 to 33 bytes in hexadecimal", "atr";
	if (c->mask && (!c->atr || !hex_ok(c->mask) || strlen(c->mask) != strlen(c->atr)))
		return *what = "not as long as atr, in hexadecimal", "mask";
	if (!one_of(c->purpose, strlen(c->purpose), purposes))
		return *what = "not one of: id-card, token, sim, staff", "purpose";
	if (!c->module && !c->atr)
		return *what = "a row without module is known by its atr", "model";
	return NULL;
}

static const char *mistake_in_pin(const struct tg_carrier *c, const char **what)
{
	if (!c->pin_min || c->pin_min > c->pin_max)
		return *what = "not between 1 and pin_max", "pin_min";
	if (c->pin_max > TG_SECRET_MAX)
		return *what = "longer than a PIN may be", "pin_max";
	if (c->factory_pin &&
	        !tg_carrier_allows_pin(c, (struct tg_bytes){(const uint8_t *)c->factory_pin, strlen(c->factory_pin)}))
		return *what = "not a PIN that this row allows", "factory_pin";
	if (c->so_pin && !one_of(c->so_pin, strlen(c->so_pin), so_pins))
		return *what = "not one of: text, hex16", "so_pin";
	return NULL;
}

/* What is done with it, where it can be used at all. */
static const char *mistake_in_use(const struct tg_carrier *c, const char **what)
{
	if (c->module[0] != '/')
		return *what = "not an absolute path", "module";
	if (c->reads && c->reads[0] != '/')
		return *what = "not an absolute path", "reads";
	if (c->writes && c->writes[0] != '/')
		return *what = "not an absolute path", "writes";
	if (!c->dialect || !one_of(c->dialect, strlen(c->dialect), dialects))
		return *what = "not one of: generic, sc-hsm, rutoken", "dialect";
	const char *key = mistake_in_pin(c, what);
	if (key)
		return key;
	if (c->version_min && !tg_version_ok(c->version_min))
		return *what = "not numbers with dots between", "version_min";
	if (!c->algorithms || !all_of(c->algorithms, algorithms))
		return *what = "not of: rsa-2048, gost2001, gost2012-256, gost2012-512", "algorithms";
	return NULL;
}

/* A row that is known only by name says nothing of use: it would be read as a promise. */
static const char *mistake_in_name_only(const struct tg_carrier *c, const char **what)
{
	const struct {
		const char *key;
		bool said;
	} all[] = {{"dialect", c->dialect}, {"reads", c->reads}, {"writes", c->writes}, {"pin_min", c->pin_min},
	        {"pin_max", c->pin_max}, {"factory_pin", c->factory_pin}, {"so_pin", c->so_pin},
	        {"version_min", c->version_min}, {"algorithms", c->algorithms}, {"storage_oid", c->storage_oid}};
	*what = "of no use without module";
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].said)
			return all[i].key;
	return NULL;
}

static const char *row_mistake(const struct tg_carrier *c, const char **what)
{
	const char *key = mistake_in_signs(c, what);
	if (key)
		return key;
	return c->module ? mistake_in_use(c, what) : mistake_in_name_only(c, what);
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

bool tg_carrier_has_algorithm(const struct tg_carrier *c, struct tg_bytes algorithm)
{
	for (const char *w = c->algorithms; w && *w;) {
		size_t n = strcspn(w, " ");
		if (n == algorithm.len && memcmp(w, algorithm.data, n) == 0)
			return true;
		w += n + (w[n] != 0);
	}
	return false;
}
