#include "ctl.h"
#include "witness.h"

#include "tamga/store.h"

#include <jansson.h>

static bool says_no(enum tg_status st)
{
	return st == TG_CHAIN_BROKEN || st == TG_STORE_DAMAGED;
}

static void say_broken(const struct tg_verify_report *r, enum tg_status st, const struct tg_error *err)
{
	if (r->place != r->place_to)
		printf("broken: places %lld to %lld of the journal: %s\n", (long long)r->place, (long long)r->place_to,
		        r->what);
	else if (r->place > 0)
		printf("broken: place %lld of the journal: %s\n", (long long)r->place, r->what);
	else if (r->kiosk[0])
		printf("broken: kiosk %s, entry %llu: %s\n", r->kiosk, (unsigned long long)r->seq, r->what);
	else
		printf("broken: %s: %s\n", tg_status_name(st), err->detail);
}

enum ctl_exit ctl_say_verified(const struct tg_verify_report *r, enum tg_status st, const struct tg_error *err)
{
	if (says_no(st)) {
		say_broken(r, st, err);
		return CTL_NO;
	}
	if (st != TG_OK)
		return ctl_fail(st, err);
	printf("whole: %llu entries in %llu streams, %llu erased bodies\n", (unsigned long long)r->entries,
	        (unsigned long long)r->streams, (unsigned long long)r->erased_bodies);
	if (r->heads + r->trees + r->trees_over > 0)
		printf("witnesses: %llu signed heads, %llu trees told; %llu told of a tree before this one\n",
		        (unsigned long long)r->heads, (unsigned long long)r->trees, (unsigned long long)r->trees_over);
	return CTL_YES;
}

/* Verifies an open store, prints the verdict unless it is good and `quiet`. `o` NULL: without witnesses. */
static enum ctl_exit verify(struct tg_store *s, const struct tg_verify_options *o, bool quiet)
{
	struct tg_verify_report r;
	struct tg_error err = {0};
	enum tg_status st = o ? tg_store_verify_with(s, o, &r, &err) : tg_store_verify(s, &r, &err);
	return st == TG_OK && quiet ? CTL_YES : ctl_say_verified(&r, st, &err);
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

static enum ctl_exit verify_file(const char *path, const struct tg_verify_options *o, bool quiet)
{
	struct tg_store *s = NULL;
	enum ctl_exit code = open_for_looking(path, &s);
	if (code == CTL_YES)
		code = verify(s, o, quiet);
	tg_store_close(s);
	return code;
}

enum ctl_exit ctl_verify_file(const char *path)
{
	return verify_file(path, NULL, true);
}

enum ctl_exit ctl_journal_verify(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *channel_ca = NULL, *ack_key = NULL;
	const struct ctl_option options[] = {
	        {"--channel-ca", &channel_ca, NULL}, {"--ack-key", &ack_key, NULL}, {NULL, NULL, NULL}};
	static struct ctl_list against;
	struct ctl_witness witness;
	struct tg_error err = {0};
	if (!ctl_take_list(args, "--against", &against) || !ctl_parse(&against.rest, options, words, 1))
		return CTL_TROUBLE;
	enum tg_status st = ctl_witness_open(&witness, channel_ca, ack_key, &err);
	witness.options.against = against.at;
	witness.options.n_against = against.n;
	enum ctl_exit code = st == TG_OK ? verify_file(words[0], &witness.options, false) : ctl_fail(st, &err);
	ctl_witness_close(&witness);
	return code;
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
	if (e->kept)
		printf(",\"kept\":%.*s", (int)e->kept_len, e->kept);
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
	enum ctl_exit code = verify_file(words[0], NULL, true);
	return code == CTL_YES ? rebuild(words[0]) : code;
}
