#include "tamga/vcard.h"
#include "tamga/yaml.h"
#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#define P        struct tg_vcard_persona
#define W        struct tg_vcard_person
#define D        struct tg_vcard_document
#define OPTIONAL CYAML_FLAG_OPTIONAL
#define HEX      "0123456789abcdefABCDEF"
#define ALNUM    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const cyaml_strval_t kinds[] = {
        {"key", TG_VCARD_KEY}, {"rutoken", TG_VCARD_RUTOKEN}, {"foreign", TG_VCARD_FOREIGN}};

static const cyaml_strval_t accesses[] = {
        {"bac", TG_VCARD_BAC}, {"pace", TG_VCARD_PACE}, {"both", TG_VCARD_BAC | TG_VCARD_PACE}};
static const cyaml_strval_t signers[] = {{"valid", TG_VCARD_SIGNER_VALID}, {"expired", TG_VCARD_SIGNER_EXPIRED},
        {"wrong", TG_VCARD_SIGNER_WRONG}, {"revoked", TG_VCARD_SIGNER_REVOKED}, {"tampered", TG_VCARD_SIGNER_TAMPERED},
        {"copied", TG_VCARD_SIGNER_COPIED}};

static const cyaml_schema_field_t document_fields[] = {
        CYAML_FIELD_STRING("format", CYAML_FLAG_DEFAULT, D, format, 3),
        CYAML_FIELD_STRING("code", OPTIONAL, D, code, 0),
        CYAML_FIELD_STRING("state", OPTIONAL, D, state, 0),
        CYAML_FIELD_STRING("optional", OPTIONAL, D, optional, 0),
        CYAML_FIELD_ENUM("access", CYAML_FLAG_DEFAULT, D, access, accesses, CYAML_ARRAY_LEN(accesses)),
        CYAML_FIELD_STRING("can", OPTIONAL, D, can, 0),
        CYAML_FIELD_ENUM("signer", OPTIONAL, D, signer, signers, CYAML_ARRAY_LEN(signers)),
        CYAML_FIELD_BOOL("active-authentication", OPTIONAL, D, active_authentication),
        CYAML_FIELD_BOOL("chip-authentication", OPTIONAL, D, chip_authentication),
        CYAML_FIELD_END,
};

static const cyaml_schema_field_t person_fields[] = {
        CYAML_FIELD_STRING("surname", CYAML_FLAG_DEFAULT, W, surname, 1),
        CYAML_FIELD_STRING("given", CYAML_FLAG_DEFAULT, W, given, 1),
        CYAML_FIELD_STRING("patronymic", OPTIONAL, W, patronymic, 0),
        CYAML_FIELD_STRING("surname_latin", OPTIONAL, W, surname_latin, 0),
        CYAML_FIELD_STRING("given_latin", OPTIONAL, W, given_latin, 0),
        CYAML_FIELD_STRING("sex", OPTIONAL, W, sex, 0),
        CYAML_FIELD_STRING("birth", OPTIONAL, W, birth, 0),
        CYAML_FIELD_STRING("iin", OPTIONAL, W, iin, 0),
        CYAML_FIELD_STRING("nationality", OPTIONAL, W, nationality, 0),
        CYAML_FIELD_STRING("document", OPTIONAL, W, document, 0),
        CYAML_FIELD_STRING("issuer", OPTIONAL, W, issuer, 0),
        CYAML_FIELD_STRING("issued", OPTIONAL, W, issued, 0),
        CYAML_FIELD_STRING("expiry", OPTIONAL, W, expiry, 0),
        CYAML_FIELD_STRING("organisation", OPTIONAL, W, organisation, 0),
        CYAML_FIELD_STRING("tax_number", OPTIONAL, W, tax_number, 0),
        CYAML_FIELD_STRING("position", OPTIONAL, W, position, 0),
        CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
        CYAML_FIELD_STRING("name", CYAML_FLAG_DEFAULT, P, name, 1),
        CYAML_FIELD_ENUM("card", OPTIONAL, P, kind, kinds, CYAML_ARRAY_LEN(kinds)),
        CYAML_FIELD_STRING("serial", CYAML_FLAG_DEFAULT, P, serial, 1),
        CYAML_FIELD_STRING("label", OPTIONAL, P, label, 0),
        CYAML_FIELD_STRING("manufacturer", OPTIONAL, P, manufacturer, 0),
        CYAML_FIELD_STRING("atr", OPTIONAL, P, atr, 0),
        CYAML_FIELD_BOOL("initialised", OPTIONAL, P, initialised),
        CYAML_FIELD_BOOL("locked", OPTIONAL, P, locked),
        CYAML_FIELD_STRING("user_pin", OPTIONAL, P, user_pin, 0),
        CYAML_FIELD_STRING("so_pin", OPTIONAL, P, so_pin, 0),
        CYAML_FIELD_STRING("version", OPTIONAL, P, version, 0),
        CYAML_FIELD_UINT("user_tries", OPTIONAL, P, user_tries),
        CYAML_FIELD_UINT("max_keys", OPTIONAL, P, max_keys),
        CYAML_FIELD_UINT("memory", OPTIONAL, P, memory),
        CYAML_FIELD_MAPPING("person", OPTIONAL, P, person, person_fields),
        CYAML_FIELD_MAPPING("document", OPTIONAL, P, document, document_fields),
        CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, P, fields),
};

static bool plain(const char *s, const char *allowed, size_t min, size_t max)
{
	size_t n = strlen(s);
	return n >= min && n <= max && strspn(s, allowed) == n;
}

static bool atr_ok(const char *hex)
{
	uint8_t atr[TG_VCARD_ATR_MAX];
	int n = tg_unhex(hex, atr, sizeof atr);
	return !hex[0] || (n >= 2 && (atr[0] == 0x3b || atr[0] == 0x3f));
}

static const char *token_mistake(const struct tg_vcard_persona *p, const char **what)
{
	if (!plain(p->serial, HEX, 1, sizeof p->serial - 1))
		return *what = "1 to 11 hex digits", "serial";
	if (p->version[0] && (strlen(p->version) != 3 || p->version[1] != '.' ||
	                             !isdigit((unsigned char)p->version[0]) || !isdigit((unsigned char)p->version[2])))
		return *what = "two digits with a dot between", "version";
	if (p->user_tries > 15)
		return *what = "at most 15", "user_tries";
	if (p->initialised && !plain(p->user_pin, ALNUM, 4, TG_VCARD_PIN_MAX))
		return *what = "4 to 15 letters and digits", "user_pin";
	if (p->initialised && !plain(p->so_pin, ALNUM, 8, sizeof p->so_pin - 1))
		return *what = "8 to 16 letters and digits", "so_pin";
	return NULL;
}

static const char *pin_mistake(const struct tg_vcard_persona *p, const char **what)
{
	if (p->kind == TG_VCARD_RUTOKEN) {
		const char *key = token_mistake(p, what);
		if (key || p->initialised)
			return key;
	}
	if (p->initialised) {
		if (!plain(p->user_pin, ALNUM, TG_VCARD_PIN_MIN, TG_VCARD_PIN_MAX))
			return *what = "6 to 15 digits", "user_pin";
		if (!plain(p->so_pin, HEX, 16, 16))
			return *what = "16 hex digits", "so_pin";
		return NULL;
	}
	*what = "a card that is not initialised has no PIN";
	if (p->locked)
		return "locked";
	if (p->user_pin[0])
		return "user_pin";
	return p->so_pin[0] ? "so_pin" : NULL;
}

static const char *document_mistake(const struct tg_vcard_persona *p, const char **what)
{
	const struct tg_vcard_document *d = &p->document;
	if (!d->format[0] && !d->present)
		return NULL;
	if (p->kind != TG_VCARD_KEY)
		return *what = "only a card with the key applet has a document", "document";
	if (strcmp(d->format, "TD1") != 0 && strcmp(d->format, "TD3") != 0)
		return *what = "TD1 or TD3", "document/format";
	if (d->access == 0 || d->access > (TG_VCARD_BAC | TG_VCARD_PACE))
		return *what = "bac, pace or both", "document/access";
	if (d->can[0] && !(plain(d->can, "0123456789", 6, 6) && d->access & TG_VCARD_PACE))
		return *what = "six digits, on a card with PACE", "document/can";
	if (d->signer == TG_VCARD_SIGNER_COPIED && !d->active_authentication && !d->chip_authentication)
		return *what = "a copy shows only where the chip has a key", "document/signer";
	return NULL;
}

/* The key of the first mistake, or NULL; `what` tells it. */
static const char *mistake(const struct tg_vcard_persona *p, const char **what)
{
	if (!plain(p->serial, ALNUM, 1, sizeof p->serial - 1))
		return *what = "1 to 11 letters and digits", "serial";
	if (strlen(p->label) > 32)
		return *what = "at most 32 bytes", "label";
	if (strlen(p->manufacturer) > 32)
		return *what = "at most 32 bytes", "manufacturer";
	if (!atr_ok(p->atr))
		return *what = "2 to 33 bytes in hex that begin with 3B or 3F", "atr";
	if (p->memory > 1u << 20)
		return *what = "at most 1048576", "memory";
	if (p->max_keys > 256)
		return *what = "at most 256", "max_keys";
	const char *key = document_mistake(p, what);
	return key ? key : pin_mistake(p, what);
}

static enum tg_status check(const struct tg_yaml *y, const void *data)
{
	const char *what = NULL, *key = mistake(data, &what);
	return key ? tg_yaml_bad(y, what, "%s", key) : TG_OK;
}

static const struct tg_yaml_form form = {&schema, TG_CONFIG, check};

enum tg_status tg_vcard_persona_load(struct tg_vcard_persona *out, const char *path, struct tg_error *err)
{
	void *data = NULL;
	TG_TRY(tg_yaml_load(&data, &form, path, err));
	TG_BUG_IF(!data);
	memcpy(out, data, sizeof *out);
	OPENSSL_cleanse(data, sizeof *out);
	tg_yaml_free(&form, data);
	out->document.present = out->document.format[0] != '\0';
	return TG_OK;
}

void tg_vcard_persona_blank(struct tg_vcard_persona *out)
{
	uint8_t number[4] = {0};
	char hex[2 * sizeof number + 1];
	*out = (struct tg_vcard_persona){.kind = TG_VCARD_KEY, .name = "blank"};
	if (RAND_bytes(number, sizeof number) != 1)
		memset(number, 0, sizeof number); /* a dull serial number is still one */
	tg_hex(number, sizeof number, hex);
	snprintf(out->serial, sizeof out->serial, "TG%s", hex);
}

enum tg_status tg_vcard_persona_check(const struct tg_vcard_persona *p, struct tg_error *err)
{
	const char *what = NULL, *key = mistake(p, &what);
	return key ? tg_error_set(err, TG_CONFIG, "%s: %s", key, what) : TG_OK;
}
