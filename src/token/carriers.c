#include "carriers.h"
#include "tamga/token.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <yaml.h>

#define CARRIERS_MAX 64
#define TEXT_MAX     256

#define TEXT(key) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct tg_carrier, key, 1, TEXT_MAX)
#define OPTIONAL(key)                                                                                                  \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_carrier, key, 1, TEXT_MAX)
#define NUMBER(key) CYAML_FIELD_UINT(#key, CYAML_FLAG_DEFAULT, struct tg_carrier, key)

static const cyaml_schema_field_t row_fields[] = {
        TEXT(id),
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

/* What libcyaml says first, and the innermost place of its backtrace. */
struct complaint {
	char what[160];
	int line, column;
	unsigned row; /* from 1; 0: outside the rows */
};

static TG_PRINTF(3, 0) void listen(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct complaint *c = ctx;
	char line[200];
	(void)level;
	if (vsnprintf(line, sizeof line, fmt, args) < 0)
		return;
	line[strcspn(line, "\n")] = 0;
	const char *at = strstr(line, "(line: ");
	(void)sscanf(line, "  in sequence entry '%u'", &c->row);
	if (at && !c->line)
		(void)sscanf(at, "(line: %d, column: %d", &c->line, &c->column);
	else if (!at && !c->what[0])
		(void)tg_copy(c->what, sizeof c->what, strncmp(line, "Load: ", 6) == 0 ? line + 6 : line);
}

static cyaml_config_t config_for(struct complaint *c)
{
	return (cyaml_config_t){
	        .log_fn = c ? listen : NULL,
	        .log_ctx = c,
	        .mem_fn = cyaml_mem,
	        .log_level = CYAML_LOG_ERROR,
	        .flags = CYAML_CFG_NO_ALIAS,
	};
}

/* Where the `n`th key `key` at the level of the rows stands: for mistakes that only the whole row shows. */
struct place {
	const char *key;
	unsigned row, seen;
	int depth, line, column;
	bool value_next; /* the next scalar at row level is a value, not a key */
};

static bool place_event(struct place *p, const yaml_event_t *e)
{
	enum { ROW_DEPTH = 3 }; /* the file's mapping, the sequence, the row */
	if (e->type == YAML_MAPPING_START_EVENT || e->type == YAML_SEQUENCE_START_EVENT) {
		if (++p->depth == ROW_DEPTH) {
			p->seen++;
			p->value_next = false;
		}
	} else if (e->type == YAML_MAPPING_END_EVENT || e->type == YAML_SEQUENCE_END_EVENT) {
		p->depth--;
	} else if (e->type == YAML_SCALAR_EVENT && p->depth == ROW_DEPTH) {
		bool key = !p->value_next;
		p->value_next = key;
		if (key && p->seen == p->row + 1 && strcmp((const char *)e->data.scalar.value, p->key) == 0) {
			p->line = (int)e->start_mark.line + 1;
			p->column = (int)e->start_mark.column + 1;
			return true;
		}
	}
	return e->type == YAML_STREAM_END_EVENT;
}

static void find_place(struct place *p, const char *path)
{
	FILE *f = fopen(path, "re");
	yaml_parser_t parser;
	if (!f)
		return;
	if (yaml_parser_initialize(&parser)) {
		yaml_parser_set_input_file(&parser, f);
		yaml_event_t e;
		for (bool done = false; !done && yaml_parser_parse(&parser, &e); yaml_event_delete(&e))
			done = place_event(p, &e);
		yaml_parser_delete(&parser);
	}
	fclose(f);
}

static bool hex_ok(const char *hex)
{
	uint8_t bytes[33];
	return tg_unhex(hex, bytes, sizeof bytes) > 0;
}

/* The key of the first mistake in a row, or NULL; `what` tells it. */
static const char *row_mistake(const struct tg_carriers *all, unsigned i, const char **what)
{
	const struct tg_carrier *c = &all->list[i];
	for (unsigned k = 0; k < i; k++)
		if (strcmp(all->list[k].id, c->id) == 0)
			return *what = "this id is taken by an earlier row", "id";
	if (strlen(c->id) > 31)
		return *what = "at most 31 characters", "id";
	if (!c->atr && !c->model)
		return *what = "a row needs atr or model", "id";
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

static enum tg_status check(const struct tg_carriers *all, const char *path, struct tg_error *err)
{
	for (unsigned i = 0; i < all->n; i++) {
		const char *what = NULL;
		const char *key = row_mistake(all, i, &what);
		if (!key)
			continue;
		struct place p = {.key = key, .row = i};
		find_place(&p, path);
		return tg_error_at(
		        err, TG_SCREEN_DATA, path, p.line, p.column, "%s: %s: %s", all->list[i].id, key, what);
	}
	return TG_OK;
}

/* libcyaml tells an unknown key at the end of what stands before it: its own place is looked for. */
static void mend_place(struct complaint *c, const char *path)
{
	static const char unknown[] = "Unexpected key: ";
	if (strncmp(c->what, unknown, sizeof unknown - 1) != 0 || !c->row)
		return;
	struct place p = {.key = c->what + sizeof unknown - 1, .row = c->row - 1};
	find_place(&p, path);
	if (p.line) {
		c->line = p.line;
		c->column = p.column;
	}
}

enum tg_status tg_carriers_load(struct tg_carriers **out, const char *path, struct tg_error *err)
{
	struct complaint c = {0};
	cyaml_config_t config = config_for(&c);
	*out = NULL;
	cyaml_err_t rc = cyaml_load_file(path, &config, &file_schema, (cyaml_data_t **)out, NULL);
	if (rc == CYAML_ERR_OOM)
		return tg_error_set(err, TG_NO_MEMORY, "%s", path);
	mend_place(&c, path);
	if (rc == CYAML_OK && !*out)
		return tg_error_at(err, TG_SCREEN_DATA, path, 1, 1, "an empty file");
	if (rc != CYAML_OK)
		return tg_error_at(err, TG_SCREEN_DATA, path, c.line, c.column, "%s%s%s", cyaml_strerror(rc),
		        c.what[0] ? ": " : "", c.what);
	enum tg_status status = check(*out, path, err);
	if (status != TG_OK) {
		tg_carriers_destroy(*out);
		*out = NULL;
	}
	return status;
}

void tg_carriers_destroy(struct tg_carriers *c)
{
	cyaml_config_t config = config_for(NULL);
	if (c)
		(void)cyaml_free(&config, &file_schema, c, 0);
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
