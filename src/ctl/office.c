/* What the centre's office and technicians do about locks and tokens (DOS-8): entries of the centre's own stream. */
#include "ctl.h"

#include "tamga/text.h"

#include <jansson.h>
#include <unistd.h>

static const char *clock_file;

bool ctl_centre_file(char out[CTL_PATH], const char *dir, const char *name)
{
	if (!dir) {
		fputs("tamgactl: --data DIR, the centre's directory, is missing\n", stderr);
		return false;
	}
	if (!ctl_path(out, dir, name))
		return false;
	if (access(out, F_OK) == 0)
		return true;
	fprintf(stderr, "tamgactl: --data: no %s in %s\n", name, dir);
	return false;
}

enum ctl_exit ctl_open_centre(const char *dir, struct tg_store **s)
{
	char path[CTL_PATH];
	struct tg_error err = {0};
	*s = NULL;
	if (!ctl_centre_file(path, dir, "centre.db"))
		return CTL_TROUBLE;
	enum tg_status st = tg_store_open(s, path, TG_STORE_CENTRE, NULL, &err);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

enum ctl_exit ctl_look_at_centre(const char *dir, struct tg_store **s)
{
	char path[CTL_PATH];
	struct tg_error err = {0};
	*s = NULL;
	if (!ctl_centre_file(path, dir, "centre.db"))
		return CTL_TROUBLE;
	enum tg_status st = tg_store_open_readonly(s, path, &err);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

int64_t ctl_now(const char *file)
{
	struct tg_clock c = file ? tg_clock_shifted(file) : tg_clock_real();
	return c.wall_ms(c.ctx);
}

/* Texts of people go into an entry that is kept for ever. */
static bool fits(const char *name, const char *text, size_t max)
{
	if (tg_utf8_valid(text, strlen(text)) && strlen(text) <= max)
		return true;
	fprintf(stderr, "tamgactl: %s is no UTF-8 or longer than %zu bytes\n", name, max);
	return false;
}

/* Appends to the centre's own stream; takes `body`. */
static enum ctl_exit append(const char *dir, enum tg_record_kind kind, json_t *body)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	uint64_t seq = 0;
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return ctl_fail(TG_NO_MEMORY, &err);
	enum ctl_exit code = ctl_open_centre(dir, &s);
	enum tg_status st = code == CTL_YES ? tg_store_append(s, kind, text, ctl_now(clock_file), &seq, &err) : TG_OK;
	free(text);
	tg_store_close(s);
	if (code != CTL_YES)
		return code;
	if (st == TG_CARD_STATE) {
		printf("no: %s\n", err.detail);
		return CTL_NO;
	}
	if (st != TG_OK)
		return ctl_fail(st, &err);
	printf("entry %s %llu\n", TG_CENTRE_STREAM, (unsigned long long)seq);
	return CTL_YES;
}

static bool is_sha256(const char *hex)
{
	uint8_t bytes[TG_HASH_LEN];
	if (strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64 &&
	        tg_unhex(hex, bytes, sizeof(bytes)) == TG_HASH_LEN)
		return true;
	fputs("tamgactl: not the SHA-256 of a certificate (64 digits 0-9, a-f)\n", stderr);
	return false;
}

enum ctl_exit ctl_lock_reset(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *provider = "", *why = "";
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--provider", &provider, NULL},
	        {"--why", &why, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, words, 1) || !is_sha256(words[0]) || !fits("--why", why, 500) ||
	        !fits("--provider", provider, 31))
		return CTL_TROUBLE;
	return append(dir, TG_RECORD_LOCK_RESET,
	        json_pack("{s:s, s:s, s:s, s:s}", "certificate", words[0], "provider", provider, "by", "office", "why",
	                why));
}

enum ctl_exit ctl_lock_show(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *offset = "0";
	const struct ctl_option options[] = {
	        {"--utc-offset", &offset, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_lock lock;
	struct tg_lock_rule rule = {0};
	uint64_t minutes;
	if (!ctl_parse(args, options, words, 2) || !is_sha256(words[1]) ||
	        !ctl_number("--utc-offset", offset, (struct ctl_range){0, 840}, &minutes))
		return CTL_TROUBLE;
	rule.utc_offset_minutes = (int)minutes;
	enum tg_status st = tg_store_open_readonly(&s, words[0], &err);
	if (st == TG_OK)
		st = tg_store_lock(s, words[1], &rule, ctl_now(clock_file), &lock, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	printf("wrong tries: %d today, %d since the last right PIN or reset\n", lock.today, lock.in_all);
	return CTL_YES;
}

/* --- Life of a token */

enum ctl_exit ctl_token_states(const struct ctl_args *args)
{
	if (!ctl_parse(args, NULL, NULL, 0))
		return CTL_TROUBLE;
	for (int from = 0; from < TG_TOKEN_LIFE_COUNT; from++) {
		printf("%-10s", tg_token_life_name((enum tg_token_life)from));
		for (int to = 0; to < TG_TOKEN_LIFE_COUNT; to++)
			if (tg_token_life_allows((enum tg_token_life)from, (enum tg_token_life)to))
				printf(" -> %s", tg_token_life_name((enum tg_token_life)to));
		puts(tg_token_machine.rows[from].final ? " (for ever)" : "");
	}
	return CTL_YES;
}

enum ctl_exit ctl_token_state(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *why = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--why", &why, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, words, 2) || !ctl_given("--why", why))
		return CTL_TROUBLE;
	if (!fits("--why", why, 500) || !fits("the serial number", words[0], 63))
		return CTL_TROUBLE;
	return append(dir, TG_RECORD_TOKEN_STATE,
	        json_pack("{s:s, s:s, s:s}", "serial", words[0], "state", words[1], "why", why));
}

static void print_member(const json_t *body, const char *member)
{
	char clean[300];
	const char *text = json_string_value(json_object_get(body, member));
	if (!text || !*text)
		return;
	tg_text_clean(clean, sizeof(clean), text, strlen(text), 100);
	printf("  %s: %s", member, clean);
}

static enum tg_status print_step(const struct tg_entry *e, void *ctx)
{
	char time[TG_TIME_TEXT];
	(void)ctx;
	json_t *body = e->body ? json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	tg_time_utc(e->time_ms, time);
	printf("  %s  %s %llu  %s", time, e->kiosk, (unsigned long long)e->seq, e->kind);
	print_member(body, "number");
	print_member(body, "state");
	print_member(body, "why");
	putchar('\n');
	json_decref(body);
	return ferror(stdout) ? TG_IO : TG_OK;
}

static enum tg_status print_life(struct tg_store *s, const char *serial, struct tg_error *err)
{
	struct tg_token_row row;
	enum tg_token_life life;
	char what[16], clean[80];
	TG_TRY(tg_store_token_life(s, serial, &life, err));
	tg_text_clean(clean, sizeof(clean), serial, strlen(serial), 64);
	printf("token %s: %s\n", clean, tg_token_life_name(life));
	enum tg_status st = tg_store_pin_unfinished(s, serial, what, err);
	if (st == TG_OK)
		printf("  PIN work was begun and not ended: %s\n", what);
	else if (st != TG_NOT_FOUND)
		return st;
	st = tg_store_token_find(s, serial, &row, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND && life != TG_TOKEN_LIFE_BLANK ? TG_OK : st;
	if (row.irregular > 0)
		printf("  entries that were not allowed: %lld\n", (long long)row.irregular);
	return tg_store_token_entries(s, serial, print_step, NULL, err);
}

enum ctl_exit ctl_token_show(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, NULL, words, 2))
		return CTL_TROUBLE;
	enum tg_status st = tg_store_open_readonly(&s, words[0], &err);
	if (st == TG_OK)
		st = print_life(s, words[1], &err);
	tg_store_close(s);
	if (st == TG_NOT_FOUND)
		return CTL_NO;
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}
