/* How fast the journal grows in PostgreSQL: groups of entries with bodies of 2,000 bytes, streams of many kiosks mixed.
 *   bench_replica CONNINFO GROUP ENTRIES NAME [CENTRE-DB]
 * Prints "NAME value entries/s" of the replica's own port; with CENTRE-DB, a file that is made, of a whole centre whose
 * journal is kept there: file, projections and database. Only what the append takes is measured. */
#include "tamga/replica.h"

#include <stdlib.h>
#include <time.h>

#define STREAMS 1000
#define BODY    2000

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct source {
	struct tg_entry heads[STREAMS];
	char body[BODY + 1];
	unsigned long made;
};

static int fail(const char *what, const struct tg_error *err)
{
	fprintf(stderr, "bench_replica: %s: %s\n", what, err->detail);
	return 1;
}

static void begin(struct source *s)
{
	*s = (struct source){0};
	(void)snprintf(s->body, sizeof(s->body), "{\"code\":203,\"screen\":\"%0*d\"}", BODY - 25, 0);
	for (size_t i = 0; i < STREAMS; i++) {
		struct tg_entry *e = &s->heads[i];
		(void)snprintf(e->kiosk, sizeof(e->kiosk), "K%03zu-1", i);
		(void)tg_copy(e->kind, sizeof(e->kind), "failure.shown");
		e->version = 1;
		tg_entry_genesis(e->kiosk, e->hash);
	}
}

static bool fill(struct source *s, struct tg_entry *group, size_t n)
{
	for (size_t i = 0; i < n; i++, s->made++) {
		/* A kiosk sends a few entries at a time. */
		struct tg_entry *e = &s->heads[(s->made / 4 * 7919) % STREAMS];
		memcpy(e->prev_hash, e->hash, TG_HASH_LEN);
		e->seq++;
		e->time_ms = 1795338930000 + (int64_t)s->made;
		memcpy(e->salt, &s->made, sizeof(s->made));
		e->body = s->body;
		e->body_len = BODY;
		if (tg_entry_seal(e) != TG_OK)
			return false;
		group[i] = *e;
	}
	return true;
}

static int measure(struct tg_replica *r, size_t n, unsigned long entries, const char *name)
{
	static struct source s;
	struct tg_error err = {0};
	struct tg_entry *group = calloc(n, sizeof(*group));
	enum tg_status *results = calloc(n, sizeof(*results)), st = TG_OK;
	double spent = 0;
	begin(&s);
	while (group && results && st == TG_OK && s.made < entries && fill(&s, group, n)) {
		double t = now_s();
		st = r->append_group(r->ctx, group, n, 1795338930000, results, &err);
		spent += now_s() - t;
		for (size_t i = 0; i < n && st == TG_OK; i++)
			st = results[i];
	}
	free(group);
	free(results);
	if (st != TG_OK || s.made < entries)
		return fail("append", &err);
	printf("%s %.0f entries/s\n", name, (double)s.made / spent);
	return 0;
}

int main(int argc, char **argv)
{
	struct tg_error err = {0};
	struct tg_replica r = {0};
	struct tg_store *store = NULL;
	struct tg_buf where = TG_BUF_INIT;
	if (argc < 5)
		return fail("CONNINFO GROUP ENTRIES NAME [CENTRE-DB]", &err);
	const struct tg_postgres p = {.conninfo = argv[1], .timeout_ms = 60000};
	size_t n = strtoul(argv[2], NULL, 10);
	enum tg_status st = TG_OK;
	if (argc > 5) {
		tg_store_set_log_opener(tg_postgres_open_log);
		st = tg_postgres_where(&p, &where, &err);
		if (st == TG_OK)
			st = tg_store_keep_outside(&store, argv[5], tg_buf_str(&where), &err);
		if (st == TG_OK)
			tg_replica_sqlite(&r, store, argv[5]);
	} else {
		st = tg_replica_postgres(&r, &p, &err);
	}
	tg_buf_finish(&where);
	if (st != TG_OK || !r.ctx || n == 0)
		return fail("open", &err);
	int rc = measure(&r, n, strtoul(argv[3], NULL, 10), argv[4]);
	r.close(r.ctx);
	tg_store_close(store);
	return rc;
}
