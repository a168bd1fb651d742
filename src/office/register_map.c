/* screens/registers.yaml. */
#include "tamga/register.h"
#include "tamga/yaml.h"

#include <string.h>

#define ID_MAX             40
#define TEXT(type, member) CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, struct type, member, 1, ID_MAX)
#define LIST(type, member, n, entry, max)                                                                              \
	CYAML_FIELD_SEQUENCE_COUNT(#member, CYAML_FLAG_POINTER, struct type, member, n, entry, 1, max)

static const cyaml_schema_field_t fact_fields[] = {
        TEXT(tg_register_fact, field), TEXT(tg_register_fact, fact), CYAML_FIELD_END};
static const cyaml_schema_value_t fact_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_register_fact, fact_fields)};
static const cyaml_schema_field_t group_fields[] = {TEXT(tg_register_group, form), TEXT(tg_register_group, key),
        LIST(tg_register_group, facts, n_facts, &fact_value, TG_REGISTER_FACTS_MAX), CYAML_FIELD_END};
static const cyaml_schema_value_t group_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_register_group, group_fields)};
static const cyaml_schema_field_t map_fields[] = {
        TEXT(tg_register_map, id), LIST(tg_register_map, groups, n_groups, &group_value, 64), CYAML_FIELD_END};
static const cyaml_schema_value_t map_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_register_map, map_fields)};
static const cyaml_schema_field_t file_fields[] = {CYAML_FIELD_SEQUENCE_COUNT("registers", CYAML_FLAG_POINTER,
                                                           struct tg_registers, maps, n_maps, &map_value, 1, 16),
        CYAML_FIELD_END};
static const cyaml_schema_value_t file_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_registers, file_fields)};

static const struct tg_yaml_form file_form = {&file_value, TG_SCREEN_DATA, NULL};

void tg_registers_free(struct tg_registers *r)
{
	tg_yaml_free(&file_form, r);
}

static enum tg_status missing(struct tg_error *err, const char *path, const char *form, const char *field)
{
	return tg_error_at(err, TG_SCREEN_DATA, path, 1, 1, "no such %s: '%s%s%s'", field ? "field" : "form", form,
	        field ? "." : "", field ? field : "");
}

static enum tg_status check_group(
        const struct tg_register_group *g, const char *path, const struct tg_catalog *catalog, struct tg_error *err)
{
	const struct tg_form *form = tg_catalog_form(catalog, g->form);
	if (!form)
		return missing(err, path, g->form, NULL);
	if (!tg_form_field(form, g->key))
		return missing(err, path, g->form, g->key);
	for (unsigned i = 0; i < g->n_facts; i++)
		if (!tg_form_field(form, g->facts[i].field))
			return missing(err, path, g->form, g->facts[i].field);
	return TG_OK;
}

static enum tg_status check_all(
        const struct tg_registers *r, const char *path, const struct tg_catalog *catalog, struct tg_error *err)
{
	for (unsigned i = 0; i < r->n_maps; i++)
		for (unsigned g = 0; g < r->maps[i].n_groups; g++)
			TG_TRY(check_group(&r->maps[i].groups[g], path, catalog, err));
	return TG_OK;
}

enum tg_status tg_registers_load(
        struct tg_registers **out, const char *path, const struct tg_catalog *catalog, struct tg_error *err)
{
	void *data = NULL;
	*out = NULL;
	TG_TRY(tg_yaml_load(&data, &file_form, path, err));
	enum tg_status st = data ? check_all(data, path, catalog, err) : TG_SCREEN_DATA;
	if (st != TG_OK) {
		tg_registers_free(data);
		return st;
	}
	*out = data;
	return TG_OK;
}
