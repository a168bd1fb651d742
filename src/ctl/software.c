/* Versions of the kiosk's program for those who look after kiosks: what one brings, and by when it is to be there. */
#include "ctl.h"
#include "told.h"

#include "tamga/text.h"

#define VERSION_MAX 40
#define TEXT_SHOWN  80

struct software {
	char *version, *from, *until;
	struct ctl_words *text;
};
static const cyaml_schema_field_t software_fields[] = {
        CYAML_FIELD_STRING_PTR("version", CYAML_FLAG_POINTER, struct software, version, 1, VERSION_MAX),
        CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct software, from, 10, 10),
        CYAML_FIELD_STRING_PTR("until", CYAML_FLAG_POINTER, struct software, until, 10, 10),
        CYAML_FIELD_MAPPING_PTR("text", CYAML_FLAG_POINTER, struct software, text, ctl_words_fields),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t software_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct software, software_fields)};

static bool is_version(const char *v)
{
	size_t n = strlen(v);
	return n > 0 && n <= VERSION_MAX &&
	       strspn(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~-") == n;
}

static enum tg_status check_software(const struct tg_yaml *y, const void *data)
{
	const struct software *s = data;
	if (!is_version(s->version))
		return tg_yaml_bad(y, "only letters, digits and . + ~ -", "version");
	return ctl_check_days(y, s->from, s->until);
}

static const struct tg_yaml_form form = {&software_value, TG_CONFIG, check_software};

/* Until the end of the last day, UTC. */
static json_t *entry_of(const struct software *s)
{
	int64_t from = 0, until = 0;
	if (!ctl_read_day(s->from, &from) || !ctl_read_day(s->until, &until))
		return NULL;
	until += CTL_DAY_MS;
	return json_pack("{s:s, s:I, s:I, s:o}", "version", s->version, "from_ms", (json_int_t)from, "until_ms",
	        (json_int_t)until, "text", ctl_words_json(s->text));
}

enum ctl_exit ctl_software_tell(const struct ctl_args *args)
{
	const char *dir = NULL, *file = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--file", &file, NULL},
	        {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_error err = {0};
	void *software = NULL;
	if (!ctl_parse(args, options, NULL, 0) || !ctl_given("--file", file))
		return CTL_TROUBLE;
	enum tg_status st = tg_yaml_load(&software, &form, file, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	enum ctl_exit code = ctl_tell(dir, TG_RECORD_SOFTWARE_TOLD, entry_of(software), ctl_now(clock_file));
	if (code == CTL_YES)
		printf("software %s\n", ((const struct software *)software)->version);
	tg_yaml_free(&form, software);
	return code;
}

static enum tg_status print_item(const struct tg_feed_item *item, void *ctx)
{
	char shown[TEXT_SHOWN * 4];
	(void)ctx;
	json_t *body = json_loadb(item->body, item->body_len, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(json_object_get(body, "text"), "ru"));
	tg_text_clean(shown, sizeof(shown), text ? text : "-", text ? strlen(text) : 1, TEXT_SHOWN);
	printf("%-12s", item->key);
	ctl_print_day(body, "from_ms");
	ctl_print_day(body, "until_ms");
	printf("  %s\n", shown);
	json_decref(body);
	return ferror(stdout) ? TG_IO : TG_OK;
}

enum ctl_exit ctl_software_list(const struct ctl_args *args)
{
	const char *dir = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {NULL, NULL, NULL}};
	return ctl_parse(args, options, NULL, 0) ? ctl_each_told(dir, "software", print_item) : CTL_TROUBLE;
}

enum ctl_exit ctl_software_withdraw(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, words, 1))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_is_told(dir, "software", words[0]);
	if (code == CTL_YES)
		code = ctl_tell(
		        dir, TG_RECORD_SOFTWARE_TOLD, json_pack("{s:s}", "version", words[0]), ctl_now(clock_file));
	if (code != CTL_TROUBLE)
		puts(code == CTL_YES ? "withdrawn" : "no such version is told");
	return code;
}
