/* A kiosk's part in the tests of agent and centre, through the kiosk's own libraries:
 *   fill DB STREAM N [FROM-BODY]   appends N entries
 *   status SOCKET                  prints name=value lines
 *   append DB STREAM KIND BODY     one entry, now
 *   lock DB STREAM CERT            today=… in_all=… known=0|1
 *   life DB STREAM SERIAL          state of a token
 *   feed DB STREAM                 what the kiosk was told: a line an item
 *   page AFTER FILE                is this a page of the feed? a line an item, then up_to=… more=…
 *   fresh SOCKET MS                as status, after an exchange; and took=MS
 *   poke SOCKET
 *   cmp SOCKET ENDPOINT REQUEST ANSWER
 *   ask SOCKET PATH JSON           the centre's answer, or the name of the failure
 *   role DB KIOSK ROLE             at the centre
 *   state DB STREAM NUMBER         of an application at the kiosk: state and code
 *   forge STREAM SEQ N OUT         a batch that anybody could write: N entries from SEQ, its own chain */
#include "tamga/link.h"
#include "tamga/sync.h"
#include "tamga/text.h"

#include <stdlib.h>

static int fail(const struct tg_error *err, enum tg_status st)
{
	fprintf(stderr, "%s: %s\n", tg_status_name(st), err->detail);
	printf("%s\n", tg_status_name(st));
	return 1;
}

static int fill(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	long n = strtol(v[2], NULL, 10);
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_KIOSK, v[1], &err);
	for (long i = 0; i < n && st == TG_OK; i++) {
		char body[96];
		(void)snprintf(
		        body, sizeof(body), "{\"program\":\"link-tool\",\"version\":\"%ld\",\"screens\":\"00\"}", i);
		st = tg_store_append(s, TG_RECORD_KIOSK_STARTED, body, 1790000000000 + i, NULL, &err);
	}
	tg_store_close(s);
	return st == TG_OK ? 0 : fail(&err, st);
}

static int print_status(const struct tg_link_status *got)
{
	const struct tg_link_status s = *got;
	printf("reachable=%d\nlast=%s\nacked_seq=%llu\nacked_ms=%lld\noffset_ms=%lld\nsoftware=%s\n",
	        s.centre_reachable, tg_status_name(s.last), (unsigned long long)s.acked_seq, (long long)s.acked_ms,
	        (long long)s.clock_offset_ms, s.software);
	return 0;
}

static int status(char **v)
{
	struct tg_link_status s;
	struct tg_error err = {0};
	enum tg_status st = tg_link_status(v[0], &s, &err);
	return st == TG_OK ? print_status(&s) : fail(&err, st);
}

static int fresh(char **v)
{
	struct tg_link_status s;
	struct tg_error err = {0};
	struct tg_clock clock = tg_clock_real();
	int64_t began = clock.mono_ms(clock.ctx);
	enum tg_status st = tg_link_fresh(v[0], (int)strtol(v[1], NULL, 10), &s, &err);
	printf("took=%lld\n", (long long)(clock.mono_ms(clock.ctx) - began));
	return st == TG_OK ? print_status(&s) : fail(&err, st);
}

/* LINK_CLOCK: a file with the milliseconds by which its clock is off. */
static int append(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	const char *shift = getenv("LINK_CLOCK");
	struct tg_clock clock = shift ? tg_clock_shifted(shift) : tg_clock_real();
	int kind = tg_record_kind_find(v[2]);
	if (kind < 0)
		return 2;
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_KIOSK, v[1], &err);
	if (st == TG_OK)
		st = tg_store_append(s, (enum tg_record_kind)kind, v[3], clock.wall_ms(clock.ctx), NULL, &err);
	tg_store_close(s);
	return st == TG_OK ? 0 : fail(&err, st);
}

static int lock(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_clock clock = tg_clock_real();
	struct tg_lock l;
	const struct tg_lock_rule rule = {.per_day = 5, .in_all = 7, .utc_offset_minutes = 360};
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_KIOSK, v[1], &err);
	if (st == TG_OK)
		st = tg_store_lock(s, v[2], &rule, clock.wall_ms(clock.ctx), &l, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return fail(&err, st);
	printf("in_all=%d status=%s known=%d\n", l.in_all, tg_status_name(l.status), l.known_ms > 0);
	return 0;
}

static int life(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	enum tg_token_life now;
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_KIOSK, v[1], &err);
	if (st == TG_OK)
		st = tg_store_token_life(s, v[2], &now, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return fail(&err, st);
	puts(tg_token_life_name(now));
	return 0;
}

static enum tg_status print_item(const struct tg_feed_item *i, void *ctx)
{
	(void)ctx;
	printf("%s %s %s %.*s\n", i->kind, i->key, i->provider, (int)i->body_len, i->body ? i->body : "");
	return TG_OK;
}

static int feed(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_KIOSK, v[1], &err);
	if (st == TG_OK)
		st = tg_store_feed_held(s, NULL, 10000, print_item, NULL, &err);
	tg_store_close(s);
	return st == TG_OK ? 0 : fail(&err, st);
}

static int poke(char **v)
{
	struct tg_error err = {0};
	enum tg_status st = tg_link_poke(v[0]);
	return st == TG_OK ? 0 : fail(&err, st);
}

static bool read_file(const char *path, struct tg_buf *out)
{
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "re");
	while (f && (n = fread(part, 1, sizeof(part), f)) > 0)
		tg_buf_add(out, part, n);
	if (f)
		fclose(f);
	return f != NULL;
}

static int page(char **v)
{
	struct tg_buf b = TG_BUF_INIT;
	struct tg_feed_page r;
	struct tg_feed_item *items;
	const struct tg_feed_place asked = {strtoull(v[0], NULL, 10), 0};
	if (!read_file(v[1], &b))
		return 2;
	const struct tg_bytes in = {b.data, b.len};
	enum tg_status st = tg_feed_read(in, &asked, &items, &r);
	for (size_t i = 0; st == TG_OK && i < r.n; i++)
		(void)!print_item(&r.items[i], NULL);
	if (st == TG_OK)
		printf("up_to=%llu more=%d%s\n", (unsigned long long)r.up_to, r.more, r.anew ? " anew" : "");
	free(items);
	tg_buf_finish(&b);
	return st == TG_OK ? 0 : 1;
}

static bool write_file(const char *path, const struct tg_buf *b)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(b->data, 1, b->len, f) == b->len;
	if (f)
		ok = fclose(f) == 0 && ok;
	return ok;
}

static int cmp(char **v)
{
	struct tg_buf request = TG_BUF_INIT, answer = TG_BUF_INIT;
	struct tg_error err = {0};
	struct tg_cmp_transport t = tg_link_cmp_transport(v[0]);
	if (!read_file(v[2], &request))
		return 2;
	struct tg_bytes in = {request.data, request.len};
	enum tg_status st = t.exchange(t.ctx, v[1], in, &answer, 10000, &err);
	int rc = st == TG_OK ? !write_file(v[3], &answer) : fail(&err, st);
	tg_buf_finish(&request);
	tg_buf_finish(&answer);
	return rc;
}

static int ask(char **v)
{
	struct tg_error err = {0};
	struct tg_buf answer = TG_BUF_INIT;
	enum tg_status st = tg_link_ask(v[0], v[1], v[2], 5000, &answer, &err);
	if (st == TG_OK)
		puts(tg_buf_str(&answer));
	tg_buf_wipe(&answer);
	return st == TG_OK ? 0 : fail(&err, st);
}

static int role(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_clock clock = tg_clock_real();
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_CENTRE, NULL, &err);
	if (st == TG_OK)
		st = tg_store_set_kiosk_role(s, v[1], v[2], clock.wall_ms(clock.ctx), &err);
	tg_store_close(s);
	return st == TG_OK ? 0 : fail(&err, st);
}

static int state(char **v)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_app_row row;
	enum tg_status st = tg_store_open(&s, v[0], TG_STORE_KIOSK, v[1], &err);
	if (st == TG_OK)
		st = tg_store_app_find(s, v[2], &row, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return fail(&err, st);
	printf("%s %d\n", tg_app_state_name(row.state), row.code);
	return 0;
}

static int forge(char **v)
{
	struct tg_batch b = {0};
	struct tg_entry e = {.time_ms = 1, .version = 1, .body = "{}", .body_len = 2};
	uint64_t from = strtoull(v[1], NULL, 10), n = strtoull(v[2], NULL, 10);
	if (!tg_copy(e.kiosk, sizeof(e.kiosk), v[0]) || !tg_copy(e.kind, sizeof(e.kind), "kiosk.started"))
		return 2;
	tg_entry_genesis(v[0], e.prev_hash);
	tg_batch_begin(&b);
	for (e.seq = from; e.seq < from + n; e.seq++) {
		if (tg_entry_seal(&e) != TG_OK || tg_batch_add(&b, &e) != TG_OK)
			return 2;
		memcpy(e.prev_hash, e.hash, TG_HASH_LEN);
	}
	int rc = !write_file(v[3], &b.bytes);
	tg_batch_finish(&b);
	return rc;
}

int main(int argc, char **argv)
{
	const struct {
		const char *name;
		int args;
		int (*run)(char **v);
	} commands[] = {{"fill", 3, fill}, {"append", 4, append}, {"lock", 3, lock}, {"life", 3, life},
	        {"feed", 2, feed}, {"page", 2, page}, {"fresh", 2, fresh}, {"status", 1, status}, {"poke", 1, poke},
	        {"cmp", 4, cmp}, {"forge", 4, forge}, {"ask", 3, ask}, {"role", 3, role}, {"state", 3, state}};
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc == commands[i].args + 2 && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argv + 2);
	fprintf(stderr, "link-tool: unknown command\n");
	return 2;
}
