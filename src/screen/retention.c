/* screens/retention.yaml. */
#include "tamga/retention.h"
#include "tamga/file.h"
#include "tamga/yaml.h"

#include <stdlib.h>
#include <string.h>

#define RULES_MAX   64
#define RECORDS_MAX 32
#define DAYS_MAX    36525 /* a hundred years: more is a slip */

static const cyaml_schema_value_t record = {
        CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 32),
};
static const cyaml_schema_field_t rule_fields[] = {
        CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct tg_retention_rule, id, 1, 31),
        CYAML_FIELD_STRING_PTR(
                "provider", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_retention_rule, provider, 1, 31),
        CYAML_FIELD_STRING_PTR(
                "service", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_retention_rule, service, 1, 31),
        CYAML_FIELD_SEQUENCE_COUNT(
                "records", CYAML_FLAG_POINTER, struct tg_retention_rule, records, n_records, &record, 1, RECORDS_MAX),
        CYAML_FIELD_UINT("centre_days", CYAML_FLAG_DEFAULT, struct tg_retention_rule, centre_days),
        CYAML_FIELD_UINT("kiosk_days", CYAML_FLAG_DEFAULT, struct tg_retention_rule, kiosk_days),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_retention_rule, rule_fields),
};
static const cyaml_schema_field_t file_fields[] = {
        CYAML_FIELD_UINT("kiosk_min_days", CYAML_FLAG_DEFAULT, struct tg_retention, kiosk_min_days),
        CYAML_FIELD_UINT("idle_days", CYAML_FLAG_OPTIONAL, struct tg_retention, idle_days),
        CYAML_FIELD_SEQUENCE_COUNT(
                "rules", CYAML_FLAG_POINTER, struct tg_retention, rules, n_rules, &rule, 1, RULES_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_retention, file_fields),
};

/* What the schema cannot say. */
struct checking {
	const struct tg_yaml *y;
	const struct tg_retention *r;
	const char *const *kinds;
	const struct tg_catalog *catalog;
};

static bool is_kind(const struct checking *c, const char *name)
{
	for (const char *const *k = c->kinds; *k; k++)
		if (strcmp(*k, name) == 0)
			return true;
	return strcmp(name, "personal") == 0;
}

static bool covers(const struct tg_retention_rule *r, const char *kind)
{
	for (unsigned i = 0; i < r->n_records; i++)
		if (strcmp(r->records[i], kind) == 0 || strcmp(r->records[i], "personal") == 0)
			return true;
	return false;
}

static enum tg_status check_names(const struct checking *c, unsigned i)
{
	const struct tg_retention_rule *r = &c->r->rules[i];
	const struct tg_provider *p = c->catalog && r->provider ? tg_catalog_provider(c->catalog, r->provider) : NULL;
	if (r->service && !r->provider)
		return tg_yaml_bad(c->y, "a service needs its provider", "rules/%u/service", i);
	if (c->catalog && r->provider && !p)
		return tg_yaml_bad(c->y, "no such provider", "rules/%u/provider", i);
	if (p && r->service && !tg_provider_service(p, r->service))
		return tg_yaml_bad(c->y, "this provider has no such service", "rules/%u/service", i);
	return TG_OK;
}

static enum tg_status check_rule(const struct checking *c, unsigned i)
{
	const struct tg_retention_rule *r = &c->r->rules[i];
	for (unsigned k = 0; k < r->n_records; k++)
		if (!is_kind(c, r->records[k]))
			return tg_yaml_bad(c->y, "no kind of entry with personal data", "rules/%u/records/%u", i, k);
	if (r->centre_days > DAYS_MAX)
		return tg_yaml_bad(c->y, "more than a hundred years", "rules/%u/centre_days", i);
	if (r->kiosk_days > DAYS_MAX)
		return tg_yaml_bad(c->y, "more than a hundred years", "rules/%u/kiosk_days", i);
	if (r->kiosk_days < c->r->kiosk_min_days)
		return tg_yaml_bad(c->y, "fewer than kiosk_min_days", "rules/%u/kiosk_days", i);
	if (r->centre_days < r->kiosk_days)
		return tg_yaml_bad(c->y, "the centre would forget before the kiosks", "rules/%u/centre_days", i);
	return check_names(c, i);
}

static enum tg_status check(const struct checking *c)
{
	if (c->r->kiosk_min_days < 1)
		return tg_yaml_bad(c->y, "at least a day", "kiosk_min_days");
	if (c->r->idle_days > DAYS_MAX)
		return tg_yaml_bad(c->y, "more than a hundred years", "idle_days");
	for (unsigned i = 0; i < c->r->n_rules; i++)
		TG_TRY(check_rule(c, i));
	for (const char *const *k = c->kinds; *k; k++) {
		const struct tg_retention_rule *r = NULL;
		for (unsigned i = 0; i < c->r->n_rules && !r; i++)
			if (!c->r->rules[i].provider && covers(&c->r->rules[i], *k))
				r = &c->r->rules[i];
		if (!r)
			return tg_yaml_bad(c->y, "a personal kind has no rule for all providers", "rules");
	}
	return TG_OK;
}

static enum tg_status load_text(struct checking *c, struct tg_yaml *y, struct tg_arena *a, void **out)
{
	TG_TRY(tg_yaml_parse(y, a));
	TG_TRY(tg_yaml_match(y, &file_schema, NULL, NULL));
	TG_TRY(tg_yaml_fill(out, y, &file_schema));
	c->y = y;
	c->r = *out;
	return check(c);
}

enum tg_status tg_retention_load(struct tg_retention **out, const char *path, const char *const *kinds,
        const struct tg_catalog *catalog, struct tg_error *err)
{
	struct tg_arena arena = {0};
	struct tg_buf text = TG_BUF_INIT;
	struct checking c = {.kinds = kinds, .catalog = catalog};
	void *data = NULL;
	*out = NULL;
	enum tg_status st = tg_file_read(&text, path, TG_YAML_BYTES_MAX, err);
	if (st == TG_NOT_FOUND || st == TG_LIMIT) {
		st = TG_SCREEN_DATA;
		if (err)
			err->status = st;
	}
	if (st == TG_OK) {
		struct tg_yaml y = {.file = path, .text = {text.data, text.len}, .mistake = TG_SCREEN_DATA, .err = err};
		st = load_text(&c, &y, &arena, &data);
	}
	tg_buf_finish(&text);
	tg_arena_finish(&arena);
	if (st == TG_OK)
		*out = data;
	else
		tg_yaml_free_data(&file_schema, data);
	return st;
}

void tg_retention_destroy(struct tg_retention *r)
{
	tg_yaml_free_data(&file_schema, r);
}

static bool is_of(const char *wanted, const char *is)
{
	return !wanted || strcmp(wanted, is) == 0;
}

const struct tg_retention_rule *tg_retention_find(
        const struct tg_retention *r, const char *kind, const char *provider, const char *service)
{
	for (unsigned i = 0; i < r->n_rules; i++)
		if (is_of(r->rules[i].provider, provider) && is_of(r->rules[i].service, service) &&
		        covers(&r->rules[i], kind))
			return &r->rules[i];
	return NULL;
}

static int days_at_kiosk(const struct tg_retention *r, const struct tg_retention_rule *one)
{
	return (int)(one->kiosk_days > r->kiosk_min_days ? one->kiosk_days : r->kiosk_min_days);
}

int tg_retention_centre_days(
        void *retention, const char *kind, const char *provider, const char *service, const char **by)
{
	const struct tg_retention_rule *one = tg_retention_find(retention, kind, provider, service);
	*by = one ? one->id : "";
	return one ? (int)one->centre_days : -1;
}

int tg_retention_kiosk_days(
        void *retention, const char *kind, const char *provider, const char *service, const char **by)
{
	const struct tg_retention_rule *one = tg_retention_find(retention, kind, provider, service);
	*by = one ? one->id : "";
	return one ? days_at_kiosk(retention, one) : -1;
}

int tg_retention_centre_min(const struct tg_retention *r)
{
	int min = DAYS_MAX;
	for (unsigned i = 0; i < r->n_rules; i++)
		if ((int)r->rules[i].centre_days < min)
			min = (int)r->rules[i].centre_days;
	return min;
}

int tg_retention_kiosk_min(const struct tg_retention *r)
{
	int min = DAYS_MAX;
	for (unsigned i = 0; i < r->n_rules; i++)
		if (days_at_kiosk(r, &r->rules[i]) < min)
			min = days_at_kiosk(r, &r->rules[i]);
	return min;
}
