/* News for the kiosks (DOS-10): from a file into the centre's stream and, by it, its feed. */
#include "ctl.h"
#include "told.h"

#include "tamga/flow.h"
#include "tamga/screen.h"
#include "tamga/text.h"

#include <openssl/sha.h>
#include <stdlib.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define TITLE_MAX   80 /* columns: one line of the smallest screen */
#define ID_MAX      40
#define ID_OF_HASH  6 /* bytes of a name made from the text itself */

struct news {
	char *id, *from, *until; /* id: NULL, made from the text */
	struct ctl_words *title, *text;
};

static const cyaml_schema_field_t news_fields[] = {
        CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct news, id, 1, ID_MAX),
        CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct news, from, 10, 10),
        CYAML_FIELD_STRING_PTR("until", CYAML_FLAG_POINTER, struct news, until, 10, 10),
        CYAML_FIELD_MAPPING_PTR("title", CYAML_FLAG_POINTER, struct news, title, ctl_words_fields),
        CYAML_FIELD_MAPPING_PTR("text", CYAML_FLAG_POINTER, struct news, text, ctl_words_fields),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t news_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct news, news_fields)};

static bool is_id(const char *id)
{
	size_t n = strlen(id);
	return n > 0 && n <= ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static const char *long_title(const struct ctl_words *w)
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
	if (n->id && !is_id(n->id))
		return tg_yaml_bad(y, "only a-z, 0-9 and '-'", "id");
	TG_TRY(ctl_check_days(y, n->from, n->until));
	const char *lang = long_title(n->title);
	return lang ? tg_yaml_bad(y, "longer than a line", "title/%s", lang) : TG_OK;
}

static const struct tg_yaml_form form = {&news_value, TG_CONFIG, check_news};

/* Days are the provider's: from its midnight to the midnight after the last day. */
static json_t *make_body(const struct news *n, int utc_offset_minutes)
{
	int64_t from = 0, until = 0, shift = (int64_t)utc_offset_minutes * 60000;
	if (!ctl_read_day(n->from, &from) || !ctl_read_day(n->until, &until))
		return NULL;
	return json_pack("{s:I, s:I, s:o, s:o}", "from_ms", (json_int_t)(from - shift), "until_ms",
	        (json_int_t)(until + CTL_DAY_MS - shift), "title", ctl_words_json(n->title), "text",
	        ctl_words_json(n->text));
}

static bool make_id(const struct news *n, const json_t *body, char out[ID_MAX + 1])
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	if (n->id)
		return tg_copy(out, ID_MAX + 1, n->id);
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return false;
	SHA256((const unsigned char *)text, strlen(text), hash);
	free(text);
	tg_hex(hash, ID_OF_HASH, out);
	return true;
}

static enum ctl_exit add(const char *dir, const struct tg_provider *p, const struct news *n, int64_t now_ms)
{
	char id[ID_MAX + 1];
	json_t *body = make_body(n, p->utc_offset_minutes);
	if (!body || !make_id(n, body, id) || json_object_set_new(body, "id", json_string(id)) != 0 ||
	        json_object_set_new(body, "provider", json_string(p->id)) != 0) {
		json_decref(body);
		return ctl_fail(TG_NO_MEMORY, NULL);
	}
	enum ctl_exit code = ctl_tell(dir, TG_RECORD_NEWS_TOLD, body, now_ms);
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
	if (!ctl_given("--provider", id))
		return CTL_TROUBLE;
	enum tg_status st = tg_catalog_load(catalog, screens, tg_flow_rules, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	*out = tg_catalog_provider(*catalog, id);
	if (*out)
		return CTL_YES;
	fprintf(stderr, "tamgactl: --provider: the screens have no «%s»\n", id);
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
	if (!ctl_parse(args, options, NULL, 0) || !ctl_given("--file", file))
		return CTL_TROUBLE;
	enum ctl_exit code = find_provider(screens, provider, &catalog, &p);
	if (code == CTL_YES && p) {
		enum tg_status st = tg_yaml_load(&news, &form, file, &err);
		code = st == TG_OK ? add(dir, p, news, ctl_now(clock_file)) : ctl_fail(st, &err);
	}
	tg_yaml_free(&form, news);
	tg_catalog_destroy(catalog);
	return code;
}

static enum tg_status print_item(const struct tg_feed_item *item, void *ctx)
{
	char title[300];
	(void)ctx;
	json_t *body = json_loadb(item->body, item->body_len, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(json_object_get(body, "title"), "ru"));
	tg_text_clean(title, sizeof(title), text ? text : "-", text ? strlen(text) : 1, TITLE_MAX);
	printf("%-*s  %-10s", (int)(2 * ID_OF_HASH), item->key, item->provider);
	ctl_print_day(body, "from_ms");
	ctl_print_day(body, "until_ms");
	printf("  %s\n", title);
	json_decref(body);
	return ferror(stdout) ? TG_IO : TG_OK;
}

enum ctl_exit ctl_news_list(const struct ctl_args *args)
{
	const char *dir = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {NULL, NULL, NULL}};
	return ctl_parse(args, options, NULL, 0) ? ctl_each_told(dir, "news", print_item) : CTL_TROUBLE;
}

enum ctl_exit ctl_news_remove(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, words, 1))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_is_told(dir, "news", words[0]);
	if (code == CTL_YES)
		code = ctl_tell(dir, TG_RECORD_NEWS_TOLD, json_pack("{s:s}", "id", words[0]), ctl_now(clock_file));
	if (code != CTL_TROUBLE)
		puts(code == CTL_YES ? "removed" : "no news with this id");
	return code;
}
