/* One file of the catalogue: its place in the folder says what it is. */
#include "catalog.h"

#include "tamga/buf.h"

const cyaml_schema_value_t *loaded_schema(enum file_kind kind)
{
	static const cyaml_schema_value_t *const schemas[] = {
	        [FILE_CATALOG] = &schema_catalog,
	        [FILE_PROVIDER] = &schema_provider,
	        [FILE_SERVICE] = &schema_service,
	        [FILE_FORM] = &schema_form,
	        [FILE_ERRATA] = &schema_errata,
	        [FILE_CALENDARS] = &schema_calendars,
	        [FILE_ADVISER] = &schema_adviser,
	        [FILE_HELP] = &schema_help,
	        [FILE_OTHER] = NULL,
	};
	return schemas[kind];
}

/* Copies the part of `path` up to '/' or ".yaml" and moves on behind it. */
static bool take_name(const char **path, const char *end, char out[SCREEN_ID_MAX + 1])
{
	const char *stop = strstr(*path, end);
	size_t n = stop ? (size_t)(stop - *path) : 0;
	if (n == 0 || n > SCREEN_ID_MAX)
		return false;
	memcpy(out, *path, n);
	out[n] = '\0';
	if (strchr(out, '/'))
		return false;
	*path = stop + strlen(end);
	return true;
}

static bool starts(const char **path, const char *with)
{
	size_t n = strlen(with);
	if (strncmp(*path, with, n) != 0)
		return false;
	*path += n;
	return true;
}

/* The files that a provider has one of. */
static bool place_of_provider(struct loaded *l, const char *path)
{
	static const struct {
		const char *name;
		enum file_kind kind;
	} files[] = {
	        {"provider.yaml", FILE_PROVIDER},
	        {"errata.yaml", FILE_ERRATA},
	        {"calendars.yaml", FILE_CALENDARS},
	        {"adviser.yaml", FILE_ADVISER},
	        {"help.yaml", FILE_HELP},
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strcmp(path, files[i].name) == 0) {
			l->kind = files[i].kind;
			return true;
		}
	return false;
}

static bool place(struct loaded *l, const char *path)
{
	l->kind = FILE_CATALOG;
	if (strcmp(path, "catalog.yaml") == 0)
		return true;
	l->kind = FILE_OTHER;
	if (!strchr(path, '/') || strncmp(path, "profiles/", 9) == 0)
		return true;
	if (!starts(&path, "providers/") || !take_name(&path, "/", l->provider))
		return false;
	if (place_of_provider(l, path))
		return true;
	if (starts(&path, "services/"))
		l->kind = FILE_SERVICE;
	else if (starts(&path, "forms/"))
		l->kind = FILE_FORM;
	else
		return false;
	return take_name(&path, ".yaml", l->name) && *path == '\0';
}

enum tg_status loaded_place(struct loaded *l, const char *path, struct tg_error *err)
{
	if (place(l, path))
		return TG_OK;
	return tg_error_at(err, TG_SCREEN_DATA, path, 1, 1,
	        "no file has this place; there are catalog.yaml and, below providers/ID/, "
	        "provider.yaml, errata.yaml, calendars.yaml, adviser.yaml, help.yaml, services/ID.yaml and "
	        "forms/NAME.yaml");
}

static bool is_yaml(const char *path)
{
	size_t n = strlen(path);
	return n > 5 && strcmp(path + n - 5, ".yaml") == 0;
}

/* Of the other layers' files only this is ours: the names of the carriers are texts like all others. */
static enum tg_status read_other(const struct loaded *l, struct uses *uses)
{
	const struct tg_yaml_node *list = tg_yaml_key(l->y.root, "carriers");
	for (const struct tg_yaml_node *n = list ? list->first : NULL; n; n = n->next) {
		const struct tg_yaml_node *name = tg_yaml_key(n, "name");
		if (name && name->text)
			TG_TRY(uses_add(uses, name->text, l->y.file, name->line, name->column));
	}
	return TG_OK;
}

enum tg_status loaded_read(struct loaded *l, const struct screen_file *f, struct tg_arena *scratch, struct uses *uses,
        struct tg_error *err)
{
	const cyaml_schema_value_t *schema = loaded_schema(l->kind);
	struct check c = {&l->y, uses};
	l->y = (struct tg_yaml){.file = f->path, .text = {f->bytes, f->len}, .mistake = TG_SCREEN_DATA, .err = err};
	if (!schema && !is_yaml(f->path))
		return TG_OK;
	TG_TRY(tg_yaml_parse(&l->y, scratch));
	if (!schema)
		return read_other(l, uses);
	TG_TRY(tg_yaml_match(&l->y, schema, check_by_key, &c));
	return tg_yaml_fill(&l->data, &l->y, schema);
}

void loaded_finish(struct loaded *l)
{
	tg_yaml_free_data(loaded_schema(l->kind), l->data);
	l->data = NULL;
}
