#include "told.h"

#include "tamga/text.h"

#include <stdlib.h>
#include <time.h>

#define TOLD_MAX 1000

#define WORD(lang) CYAML_FIELD_STRING_PTR(#lang, CYAML_FLAG_POINTER, struct ctl_words, lang, 1, TG_YAML_TEXT_MAX)
const cyaml_schema_field_t ctl_words_fields[] = {WORD(kk), WORD(ky), WORD(ru), WORD(en), CYAML_FIELD_END};

json_t *ctl_words_json(const struct ctl_words *w)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "kk", w->kk, "ky", w->ky, "ru", w->ru, "en", w->en);
}

bool ctl_read_day(const char *text, int64_t *ms)
{
	struct tm t = {0};
	char again[16];
	int n = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &n) != 3 || text[n] != '\0')
		return false;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	time_t seconds = timegm(&t);
	*ms = (int64_t)seconds * 1000;
	return strftime(again, sizeof(again), "%Y-%m-%d", &t) == 10 && strcmp(again, text) == 0;
}

enum tg_status ctl_check_days(const struct tg_yaml *y, const char *from, const char *until)
{
	int64_t first, last;
	if (!ctl_read_day(from, &first))
		return tg_yaml_bad(y, "not a day as 2026-11-22", "from");
	if (!ctl_read_day(until, &last))
		return tg_yaml_bad(y, "not a day as 2026-11-22", "until");
	return last < first ? tg_yaml_bad(y, "before 'from'", "until") : TG_OK;
}

void ctl_print_day(const json_t *body, const char *member)
{
	char time[TG_TIME_TEXT];
	tg_time_utc(json_integer_value(json_object_get(body, member)), time);
	printf("  %s", time);
}

enum ctl_exit ctl_tell(const char *dir, enum tg_record_kind kind, json_t *body, int64_t now_ms)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(body);
	if (!text)
		return ctl_fail(TG_NO_MEMORY, NULL);
	enum ctl_exit code = ctl_open_centre(dir, &s);
	enum tg_status st = code == CTL_YES ? tg_store_tell(s, kind, text, now_ms, &err) : TG_OK;
	tg_store_close(s);
	free(text);
	return st == TG_OK ? code : ctl_fail(st, &err);
}

static enum tg_status see_key(const struct tg_feed_item *item, void *ctx)
{
	const char **wanted = ctx;
	if (*wanted && strcmp(item->key, *wanted) == 0)
		*wanted = NULL;
	return TG_OK;
}

static enum ctl_exit each(const char *dir, const char *kind, tg_feed_fn *fn, void *ctx)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	enum ctl_exit code = ctl_open_centre(dir, &s);
	enum tg_status st = code == CTL_YES ? tg_store_feed_held(s, kind, TOLD_MAX, fn, ctx, &err) : TG_OK;
	tg_store_close(s);
	return st == TG_OK ? code : ctl_fail(st, &err);
}

enum ctl_exit ctl_is_told(const char *dir, const char *kind, const char *key)
{
	const char *wanted = key;
	enum ctl_exit code = each(dir, kind, see_key, &wanted);
	return code == CTL_YES && wanted ? CTL_NO : code;
}

enum ctl_exit ctl_each_told(const char *dir, const char *kind, tg_feed_fn *fn)
{
	return each(dir, kind, fn, NULL);
}
