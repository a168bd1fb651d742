#include "ctl.h"

#include "tamga/store.h"

#include <jansson.h>

static bool says_no(enum tg_status st)
{
	return st == TG_CHAIN_BROKEN || st == TG_STORE_DAMAGED;
}

static void say_broken(const struct tg_verify_report *r, enum tg_status st, const struct tg_error *err)
{
	if (r->kiosk[0])
		printf("broken: kiosk %s, entry %llu: %s\n", r->kiosk, (unsigned long long)r->seq, r->what);
	else
		printf("broken: %s: %s\n", tg_status_name(st), err->detail);
}

/* Verifies an open store, prints the verdict unless it is good and `quiet`. */
static enum ctl_exit verify(struct tg_store *s, bool quiet)
{
	struct tg_verify_report r;
	struct tg_error err = {0};
	enum tg_status st = tg_store_verify(s, &r, &err);
	if (says_no(st)) {
		say_broken(&r, st, &err);
		return CTL_NO;
	}
	if (st != TG_OK)
		return ctl_fail(st, &err);
	if (!quiet)
		printf("whole: %llu entries in %llu streams, %llu erased bodies\n", (unsigned long long)r.entries,
		        (unsigned long long)r.streams, (unsigned long long)r.erased_bodies);
	return CTL_YES;
}

static enum ctl_exit open_for_looking(const char *path, struct tg_store **s)
{
	struct tg_error err = {0};
	enum tg_status st = tg_store_open_readonly(s, path, &err);
	if (st == TG_OK)
		return CTL_YES;
	if (!says_no(st))
		return ctl_fail(st, &err);
	printf("broken: %s: %s\n", tg_status_name(st), err.detail);
	return CTL_NO;
}

static enum ctl_exit verify_file(const char *path, bool quiet)
{
	struct tg_store *s = NULL;
	enum ctl_exit code = open_for_looking(path, &s);
	if (code == CTL_YES)
		code = verify(s, quiet);
	tg_store_close(s);
	return code;
}

enum ctl_exit ctl_verify_file(const char *path)
{
	return verify_file(path, true);
}

enum ctl_exit ctl_journal_verify(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	return ctl_parse(args, NULL, words, 1) ? verify_file(words[0], false) : CTL_TROUBLE;
}

static bool printable_as_it_is(const struct tg_entry *e)
{
	json_t *body = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
	bool ok = body && !memchr(e->body, '\n', e->body_len) && !memchr(e->body, '\r', e->body_len);
	json_decref(body);
	return ok;
}

/* The body stands in the line byte for byte, so that its hash can be made again from the export; one that is no JSON on
 * one line (possible only from another program) as hex text. */
static void print_body(const struct tg_entry *e)
{
	if (!e->body) {
		fputs("null", stdout);
	} else if (printable_as_it_is(e)) {
		(void)fwrite(e->body, 1, e->body_len, stdout);
	} else {
		fputs("\"hex:", stdout);
		for (size_t i = 0; i < e->body_len; i++)
			printf("%02x", (unsigned)(unsigned char)e->body[i]);
		putchar('"');
	}
}

static void print_text(const char *name, const char *text)
{
	json_t *value = json_string(text);
	char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
	printf(",\"%s\":%s", name, quoted ? quoted : "null");
	free(quoted);
	json_decref(value);
}

static void print_hex(const char *name, const uint8_t *bytes, size_t n)
{
	char hex[2 * TG_HASH_LEN + 1];
	tg_hex(bytes, n, hex);
	printf(",\"%s\":\"%s\"", name, hex);
}

static enum tg_status print_entry(const struct tg_entry *e, void *ctx)
{
	(void)ctx;
	printf("{\"seq\":%llu", (unsigned long long)e->seq);
	print_text("kiosk", e->kiosk);
	printf(",\"time\":%lld", (long long)e->time_ms);
	print_text("kind", e->kind);
	printf(",\"version\":%u,\"body\":", e->version);
	print_body(e);
	print_hex("hash", e->hash, TG_HASH_LEN);
	print_hex("salt", e->salt, TG_SALT_LEN);
	print_hex("body_hash", e->body_hash, TG_HASH_LEN);
	print_hex("prev_hash", e->prev_hash, TG_HASH_LEN);
	puts("}");
	return ferror(stdout) ? TG_IO : TG_OK;
}

enum ctl_exit ctl_journal_export(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, NULL, words, 1))
		return CTL_TROUBLE;
	enum tg_status st = tg_store_open_readonly(&s, words[0], &err);
	if (st == TG_OK)
		st = tg_store_each(s, print_entry, NULL, &err);
	tg_store_close(s);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

static enum ctl_exit rebuild(const char *path)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	enum tg_status st = tg_store_open_existing(&s, path, &err);
	if (st == TG_OK)
		st = tg_store_rebuild(s, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	puts("rebuilt");
	return CTL_YES;
}

enum ctl_exit ctl_journal_rebuild(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	if (!ctl_parse(args, NULL, words, 1))
		return CTL_TROUBLE;
	/* Tables made from a changed journal would give the change a second witness. */
	enum ctl_exit code = verify_file(words[0], true);
	return code == CTL_YES ? rebuild(words[0]) : code;
}
