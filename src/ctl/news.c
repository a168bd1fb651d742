/* News for the kiosks (DOS-10): from a file into the centre's feed. */
#include "ctl.h"

#include "tamga/flow.h"
#include "tamga/screen.h"
#include "tamga/text.h"
#include "tamga/yaml.h"

#include <jansson.h>
#include <openssl/sha.h>
#include <time.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define TITLE_MAX   80 /* columns: one line of the smallest screen */
#define ID_MAX      40
#define ID_OF_HASH  6 /* bytes of a name made from the text itself */
#define NEWS_MAX    1000
#define DAY_MS      INT64_C(86400000)

struct words { /* in the four languages */
	char *kk, *ky, *ru, *en;
};
struct news {
	char *id, *from, *until; /* id: NULL, made from the text */
	struct words *title, *text;
};

#define WORD(lang) CYAML_FIELD_STRING_PTR(#lang, CYAML_FLAG_POINTER, struct words, lang, 1, TG_YAML_TEXT_MAX)
static const cyaml_schema_field_t words_fields[] = {WORD(kk), WORD(ky), WORD(ru), WORD(en), CYAML_FIELD_END};
static const cyaml_schema_field_t news_fields[] = {
        CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct news, id, 1, ID_MAX),
        CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct news, from, 10, 10),
        CYAML_FIELD_STRING_PTR("until", CYAML_FLAG_POINTER, struct news, until, 10, 10),
        CYAML_FIELD_MAPPING_PTR("title", CYAML_FLAG_POINTER, struct news, title, words_fields),
        CYAML_FIELD_MAPPING_PTR("text", CYAML_FLAG_POINTER, struct news, text, words_fields),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t news_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct news, news_fields)};

/* "2026-11-22": midnight of that day, UTC. */
static bool read_day(const char *text, int64_t *ms)
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

static bool is_id(const char *id)
{
	size_t n = strlen(id);
	return n > 0 && n <= ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static const char *long_title(const struct words *w)
{
	if (tg_text_columns(w->kk) > TITLE_MAX)
		return "kk";
	if (tg_text_columns(w->ky) > TITLE_MAX)
		return "ky";
	if (tg_text_columns(w->ru) > TITLE_MAX)
		return "ru";
	return tg_text_columns(w->en) > TITLE_MAX ? "en" : NULL;
}

static enum tg_status check_news(const struct tg_yaml *y, const void *data)
{
	const struct news *n = data;
	int64_t from, until;
	if (n->id && !is_id(n->id))
		return tg_yaml_bad(y, "only a-z, 0-9 and '-'", "id");
	if (!read_day(n->from, &from))
		return tg_yaml_bad(y, "not a day as 2026-11-22", "from");
	if (!read_day(n->until, &until))
		return tg_yaml_bad(y, "not a day as 2026-11-22", "until");
	if (until < from)
		return tg_yaml_bad(y, "before 'from'", "until");
	const char *lang = long_title(n->title);
	return lang ? tg_yaml_bad(y, "longer than a line", "title/%s", lang) : TG_OK;
}

static const struct tg_yaml_form form = {&news_value, TG_CONFIG, check_news};

static json_t *pack_words(const struct words *w)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "kk", w->kk, "ky", w->ky, "ru", w->ru, "en", w->en);
}

/* Days are the provider's: from its midnight to the midnight after the last day. */
static char *make_body(const struct news *n, int utc_offset_minutes)
{
	int64_t from = 0, until = 0, shift = (int64_t)utc_offset_minutes * 60000;
	if (!read_day(n->from, &from) || !read_day(n->until, &until))
		return NULL;
	json_t *body = json_pack("{s:I, s:I, s:o, s:o}", "from_ms", (json_int_t)(from - shift), "until_ms",
	        (json_int_t)(until + DAY_MS - shift), "title", pack_words(n->title), "text", pack_words(n->text));
	char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(body);
	return text;
}

static void make_id(const struct news *n, const char *body, char out[ID_MAX + 1])
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	if (n->id) {
		(void)tg_copy(out, ID_MAX + 1, n->id);
		return;
	}
	SHA256((const unsigned char *)body, strlen(body), hash);
	tg_hex(hash, ID_OF_HASH, out);
}

static enum ctl_exit put(const char *dir, struct tg_feed_item *item)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	enum ctl_exit code = ctl_open_centre(dir, &s);
	enum tg_status st = code == CTL_YES ? tg_store_feed_add(s, item, &err) : TG_OK;
	tg_store_close(s);
	if (code != CTL_YES)
		return code;
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

static enum ctl_exit add(const char *dir, const struct tg_provider *p, const struct news *n, int64_t now_ms)
{
	struct tg_feed_item item = {.time_ms = now_ms, .kind = "news"};
	char id[ID_MAX + 1];
	char *body = make_body(n, p->utc_offset_minutes);
	if (!body)
		return ctl_fail(TG_NO_MEMORY, NULL);
	make_id(n, body, id);
	(void)tg_copy(item.key, sizeof(item.key), id);
	(void)tg_copy(item.provider, sizeof(item.provider), p->id);
	item.body = body;
	item.body_len = strlen(body);
	enum ctl_exit code = put(dir, &item);
	free(body);
	if (code == CTL_YES)
		printf("news %s\n", id);
	return code;
}

static enum ctl_exit find_provider(
        const char *screens, const char *id, struct tg_catalog **catalog, const struct tg_provider **out)
{
	struct tg_error err = {0};
	*catalog = NULL;
	*out = NULL;
	if (!id) {
		fputs("tamgactl: --provider is missing\n", stderr);
		return CTL_TROUBLE;
	}
	enum tg_status st = tg_catalog_load(catalog, screens, tg_flow_rules, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	*out = tg_catalog_provider(*catalog, id);
	if (*out)
		return CTL_YES;
	fputs("tamgactl: no such provider in the screens\n", stderr);
	return CTL_TROUBLE;
}

enum ctl_exit ctl_news_add(const struct ctl_args *args)
{
	const char *dir = NULL, *provider = NULL, *file = NULL, *screens = SCREENS_DIR, *clock_file = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--provider", &provider, NULL},
	        {"--file", &file, NULL}, {"--screens", &screens, NULL}, {"--clock-file", &clock_file, NULL},
	        {NULL, NULL, NULL}};
	struct tg_error err = {0};
	struct tg_catalog *catalog = NULL;
	const struct tg_provider *p = NULL;
	void *news = NULL;
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!file) {
		fputs("tamgactl: --file is missing\n", stderr);
		return CTL_TROUBLE;
	}
	enum ctl_exit code = find_provider(screens, provider, &catalog, &p);
	if (code == CTL_YES && p) {
		enum tg_status st = tg_yaml_load(&news, &form, file, &err);
		code = st == TG_OK ? add(dir, p, news, ctl_now(clock_file)) : ctl_fail(st, &err);
	}
	tg_yaml_free(&form, news);
	tg_catalog_destroy(catalog);
	return code;
}

static void print_day(const json_t *body, const char *member)
{
	char time[TG_TIME_TEXT];
	tg_time_utc(json_integer_value(json_object_get(body, member)), time);
	printf("  %s", time);
}

static enum tg_status print_item(const struct tg_feed_item *item, void *ctx)
{
	char title[300];
	(void)ctx;
	json_t *body = json_loadb(item->body, item->body_len, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(json_object_get(body, "title"), "ru"));
	tg_text_clean(title, sizeof(title), text ? text : "-", text ? strlen(text) : 1, TITLE_MAX);
	printf("%-*s  %-10s", (int)(2 * ID_OF_HASH), item->key, item->provider);
	print_day(body, "from_ms");
	print_day(body, "until_ms");
	printf("  %s\n", title);
	json_decref(body);
	return ferror(stdout) ? TG_IO : TG_OK;
}

enum ctl_exit ctl_news_list(const struct ctl_args *args)
{
	const char *dir = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {NULL, NULL, NULL}};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_open_centre(dir, &s);
	enum tg_status st = code == CTL_YES ? tg_store_feed_held(s, "news", NEWS_MAX, print_item, NULL, &err) : TG_OK;
	tg_store_close(s);
	return st == TG_OK ? code : ctl_fail(st, &err);
}

static enum tg_status see_key(const struct tg_feed_item *item, void *ctx)
{
	const char **wanted = ctx;
	if (*wanted && strcmp(item->key, *wanted) == 0)
		*wanted = NULL;
	return TG_OK;
}

enum ctl_exit ctl_news_remove(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_feed_item gone = {.kind = "news"};
	if (!ctl_parse(args, options, words, 1))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_open_centre(dir, &s);
	if (code != CTL_YES)
		return code;
	const char *wanted = words[0];
	enum tg_status st = tg_store_feed_held(s, "news", NEWS_MAX, see_key, &wanted, &err);
	bool there = st == TG_OK && !wanted && tg_copy(gone.key, sizeof(gone.key), words[0]);
	gone.time_ms = ctl_now(clock_file);
	if (there)
		st = tg_store_feed_add(s, &gone, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	puts(there ? "removed" : "no news with this id");
	return there ? CTL_YES : CTL_NO;
}
