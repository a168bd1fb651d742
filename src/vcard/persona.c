#include "tamga/vcard.h"
#include <cyaml/cyaml.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <unistd.h>

#define P        struct tg_vcard_persona
#define W        struct tg_vcard_person
#define OPTIONAL CYAML_FLAG_OPTIONAL

static const cyaml_strval_t kinds[] = {{"key", TG_VCARD_KEY}, {"foreign", TG_VCARD_FOREIGN}};

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
        CYAML_FIELD_UINT("max_keys", OPTIONAL, P, max_keys),
        CYAML_FIELD_UINT("memory", OPTIONAL, P, memory),
        CYAML_FIELD_MAPPING("person", OPTIONAL, P, person, person_fields),
        CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, P, fields),
};

/* What the parser says: first the complaint, then its way back out, whose first step names field, line and column. */
struct complaint {
	char what[160], where[96];
	int line, column;
};

static void keep_what(struct complaint *c, char *message)
{
	/* "Load: STRING length > 15: 1234567890123456": what stood there may be a PIN */
	char *value = strstr(message, "length ") ? strrchr(message, ':') : NULL;
	if (value)
		*value = '\0';
	tg_copy(c->what, sizeof c->what, message);
}

static void keep_where(struct complaint *c, const char *message)
{
	const char *at = strstr(message, " (line: ");
	if (!at)
		return;
	(void)!sscanf(at, " (line: %d, column: %d)", &c->line, &c->column);
	snprintf(c->where, sizeof c->where, "%.*s", (int)(at - message), message);
}

static TG_PRINTF(3, 0) void listen_to_parser(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct complaint *c = ctx;
	char message[256];
	if (level < CYAML_LOG_ERROR)
		return;
	vsnprintf(message, sizeof message, fmt, args);
	message[strcspn(message, "\n")] = '\0';
	if (!c->what[0])
		keep_what(c, message);
	else if (!c->where[0])
		keep_where(c, message);
}

enum tg_status tg_vcard_persona_load(struct tg_vcard_persona *out, const char *path, struct tg_error *err)
{
	struct tg_vcard_persona *loaded = NULL;
	struct complaint said = {0};
	if (access(path, R_OK) != 0)
		return tg_error_at(err, TG_NOT_FOUND, path, 0, 0, "cannot read this persona");
	const cyaml_config_t config = {
	        .log_fn = listen_to_parser, .log_ctx = &said, .log_level = CYAML_LOG_ERROR, .mem_fn = cyaml_mem};
	cyaml_err_t e = cyaml_load_file(path, &config, &schema, (cyaml_data_t **)&loaded, NULL);
	if (e != CYAML_OK)
		return tg_error_at(err, TG_CONFIG, path, said.line, said.column, "%s%s%s",
		        said.what[0] ? said.what : cyaml_strerror(e), said.where[0] ? "; " : "", said.where);
	*out = *loaded;
	OPENSSL_cleanse(loaded, sizeof *loaded);
	cyaml_free(&config, &schema, loaded, 0);
	enum tg_status status = tg_vcard_persona_check(out, err);
	if (status != TG_OK && err)
		tg_copy(err->file, sizeof err->file, path);
	return status;
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

enum tg_status tg_vcard_persona_check(const struct tg_vcard_persona *p, struct tg_error *err)
{
	static const char alnum[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	if (!plain(p->serial, alnum, 1, sizeof p->serial - 1))
		return tg_error_set(err, TG_CONFIG, "serial: 1 to 11 letters and digits");
	if (strlen(p->label) > 32 || strlen(p->manufacturer) > 32)
		return tg_error_set(err, TG_CONFIG, "label, manufacturer: at most 32 bytes");
	if (!atr_ok(p->atr))
		return tg_error_set(err, TG_CONFIG, "atr: 2 to 33 bytes in hex that begin with 3B or 3F");
	if (p->memory > 1u << 20 || p->max_keys > 256)
		return tg_error_set(err, TG_CONFIG, "memory: at most 1048576; max_keys: at most 256");
	if (!p->initialised)
		return p->locked || p->user_pin[0] || p->so_pin[0]
		               ? tg_error_set(err, TG_CONFIG, "a card that is not initialised has no PIN")
		               : TG_OK;
	if (!plain(p->user_pin, alnum, TG_VCARD_PIN_MIN, TG_VCARD_PIN_MAX))
		return tg_error_set(err, TG_CONFIG, "user_pin: 6 to 15 digits");
	if (!plain(p->so_pin, "0123456789abcdefABCDEF", 16, 16))
		return tg_error_set(err, TG_CONFIG, "so_pin: 16 hex digits");
	return TG_OK;
}
