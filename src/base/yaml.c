/* Loading as a whole: read, tree, schema, libcyaml, what the schema cannot say. */
#include "tamga/yaml.h"

#include "tamga/file.h"
#include <stdarg.h>
#include <string.h>

static const cyaml_config_t *config(void)
{
	/* No log: our own walk has named every mistake before libcyaml is asked. */
	static const cyaml_config_t c = {
	        .log_fn = NULL, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR, .flags = CYAML_CFG_NO_ALIAS};
	return &c;
}

enum tg_status tg_yaml_fill(void **out, const struct tg_yaml *y, const cyaml_schema_value_t *schema)
{
	*out = NULL;
	cyaml_err_t e = cyaml_load_data(y->text.data, y->text.len, config(), schema, out, NULL);
	if (e == CYAML_ERR_OOM)
		return tg_error_set(y->err, TG_NO_MEMORY, "no memory for %s", y->file);
	if (e != CYAML_OK || !*out)
		return tg_error_at(y->err, y->mistake, y->file, 1, 1, "libcyaml: %s", cyaml_strerror(e));
	return TG_OK;
}

void tg_yaml_free_data(const cyaml_schema_value_t *schema, void *data)
{
	if (data)
		(void)cyaml_free(config(), schema, data, 0);
}

void tg_yaml_free(const struct tg_yaml_form *form, void *data)
{
	tg_yaml_free_data(form->schema, data);
}

static enum tg_status load_text(void **out, const struct tg_yaml_form *form, struct tg_yaml *y, struct tg_arena *a)
{
	TG_TRY(tg_yaml_parse(y, a));
	TG_TRY(tg_yaml_match(y, form->schema, NULL, NULL));
	TG_TRY(tg_yaml_fill(out, y, form->schema));
	return form->check ? form->check(y, *out) : TG_OK;
}

static enum tg_status read_text(
        struct tg_buf *text, const struct tg_yaml_form *form, const char *path, struct tg_error *err)
{
	enum tg_status status = tg_file_read(text, path, TG_YAML_BYTES_MAX, err);
	if (status != TG_NOT_FOUND && status != TG_LIMIT)
		return status;
	if (err)
		err->status = form->mistake;
	return form->mistake;
}

enum tg_status tg_yaml_load(void **out, const struct tg_yaml_form *form, const char *path, struct tg_error *err)
{
	struct tg_arena arena = {0};
	struct tg_buf text = TG_BUF_INIT;
	*out = NULL;
	enum tg_status status = read_text(&text, form, path, err);
	if (status == TG_OK) {
		struct tg_yaml y = {.file = path, .text = {text.data, text.len}, .mistake = form->mistake, .err = err};
		status = load_text(out, form, &y, &arena);
	}
	tg_buf_wipe(&text);
	tg_arena_finish(&arena);
	if (status != TG_OK) {
		tg_yaml_free(form, *out);
		*out = NULL;
	}
	return status;
}

static const struct tg_yaml_node *child(const struct tg_yaml_node *n, const char *name)
{
	return n->kind == TG_YAML_LIST ? tg_yaml_item(n, (unsigned)strtoul(name, NULL, 10)) : tg_yaml_key(n, name);
}

static const struct tg_yaml_node *find(const struct tg_yaml_node *n, char *place)
{
	char *rest = NULL;
	for (const char *name = strtok_r(place, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
		const struct tg_yaml_node *next = child(n, name);
		if (!next)
			break;
		n = next;
	}
	return n;
}

enum tg_status tg_yaml_bad(const struct tg_yaml *y, const char *what, const char *place, ...)
{
	char path[200];
	va_list args;
	va_start(args, place);
	(void)vsnprintf(path, sizeof(path), place, args);
	va_end(args);
	char name[60];
	const char *slash = strrchr(path, '/');
	(void)tg_copy(name, sizeof(name), slash ? slash + 1 : path);
	const struct tg_yaml_node *at = find(y->root, path);
	return tg_error_at(
	        y->err, y->mistake, y->file, at->line, at->column, "%s%s%s", name, name[0] ? ": " : "", what);
}
