/* The conformance suite over PostgreSQL, and what only it can go through: sessions that die, standbys that are missing,
 * writers beside each other. C-1, C-7. */
#include "conformance.h"
#include "pg_lib.h"

#include <pthread.h>

static void open_it(struct tg_replica *out)
{
	struct tg_error err = {0};
	const struct tg_postgres p = pg_options();
	enum tg_status st = tg_replica_postgres(out, &p, &err);
	if (st != TG_OK)
		print_error("%s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
}

static const struct replica_case suite = {.name = "replica on PostgreSQL",
        .open = open_it,
        .reset = pg_reset,
        .ask = pg_number,
        .change = pg_do,
        .journal = "tamga.journal",
        .high_water = "tamga.high_water",
        .place = "place"};

static int fresh(void **state)
{
	(void)state;
	pg_reset();
	return 0;
}

static void give_all(struct tg_replica *r, const struct lib_chain *c, size_t from, size_t n, enum tg_status want)
{
	enum tg_status results[64], st;
	struct tg_error err = {0};
	assert_true(n <= 64);
	st = r->append_group(r->ctx, c->entries + from, n, NOW, results, &err);
	if (st != want)
		print_error("%s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, want);
	for (size_t i = 0; want == TG_OK && i < n; i++)
		assert_int_equal(results[i], TG_OK);
}

static uint64_t high_water(struct tg_replica *r, const char *kiosk)
{
	uint64_t seq = 0;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(r->high_water(r->ctx, kiosk, &seq, hash, NULL), TG_OK);
	return seq;
}

static void opening(const struct tg_postgres *p, enum tg_status want, const char *said)
{
	struct tg_replica r;
	struct tg_error err = {0};
	enum tg_status st = tg_replica_postgres(&r, p, &err);
	assert_int_equal(st, want);
	if (st == TG_OK)
		r.close(r.ctx);
	else if (!strstr(err.detail, said))
		print_error("said: %s\n", err.detail);
	assert_true(st == TG_OK || strstr(err.detail, said));
}

static void test_c7_what_is_refused_at_opening(void **state)
{
	(void)state;
	struct tg_postgres p = pg_options();
	char text[400];
	p.conninfo = "host=/nowhere nonsense";
	opening(&p, TG_CONFIG, "postgres");
	(void)snprintf(text, sizeof(text), "%s password=verysecret", pg_conninfo());
	p.conninfo = text;
	opening(&p, TG_CONFIG, "passfile");
	p.conninfo = "host=/nowhere user=tamga";
	opening(&p, TG_LOG_DOWN, "postgres");
	(void)snprintf(text, sizeof(text), "%s options='-c synchronous_commit=off'", pg_conninfo());
	p.conninfo = text;
	opening(&p, TG_OK, "");
	p = pg_options();
	p.shard = "north";
	opening(&p, TG_CONFIG, "shard");
	p = pg_options();
	p.quorum = 1;
	opening(&p, TG_CONFIG, "synchronous_standby_names");
	pg_do("UPDATE tamga.meta SET version = 99");
	p = pg_options();
	opening(&p, TG_CONFIG, "version");
}

/* A session that somebody ended is noticed, and the group goes in all the same. */
static void test_c7_a_session_that_died(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_replica r;
	lib_chain_make(&c, "K1", 20);
	open_it(&r);
	for (size_t i = 0; i < 20; i += 2) {
		give_all(&r, &c, i, 2, TG_OK);
		pg_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tamga'");
	}
	assert_int_equal(high_water(&r, "K1"), 20);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal"), 20);
	r.close(r.ctx);
	lib_chain_free(&c);
}

struct other {
	pthread_t thread;
	struct tg_replica r;
	const struct lib_chain *c;
	size_t from, n;
	enum tg_status got, results[64];
};

static void *append_beside(void *ctx)
{
	struct other *o = ctx;
	o->got = o->r.append_group(o->r.ctx, o->c->entries + o->from, o->n, NOW, o->results, NULL);
	return NULL;
}

static void begin_beside(struct other *o)
{
	o->got = TG_BUG;
	assert_int_equal(pthread_create(&o->thread, NULL, append_beside, o), 0);
}

static void end_beside(struct other *o)
{
	assert_int_equal(pthread_join(o->thread, NULL), 0);
}

/* A session whose client gave up may wait beside it. */
#define WAITS "SELECT (count(*) > 0)::int FROM pg_stat_activity WHERE usename = 'tamga' AND wait_event = 'SyncRep'"

static void no_standby(bool missing)
{
	pg_do(missing ? "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (nobody)'"
	              : "ALTER SYSTEM RESET synchronous_standby_names");
	pg_do("SELECT pg_reload_conf()");
	pg_until(missing ? "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting <> ''"
	                 : "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = ''",
	        1);
}

/* The trap: a cancelled wait for the standbys ends with «COMMIT» and a warning. */
static void test_c7_a_commit_that_no_standby_has_is_not_told(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_replica r;
	lib_chain_make(&c, "K1", 6);
	struct other o = {.c = &c, .from = 2, .n = 2};
	open_it(&r);
	give_all(&r, &c, 0, 2, TG_OK);
	o.r = r;
	no_standby(true);
	begin_beside(&o);
	pg_until(WAITS, 1);
	pg_do("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'tamga' AND wait_event = 'SyncRep'");
	/* Its next session must not believe what it sees before a standby has it: that waits too. */
	end_beside(&o);
	assert_int_equal(o.got, TG_LOG_DOWN);
	assert_int_equal(pg_number("SELECT place FROM tamga.head"), 4); /* it is there, on one disk */
	/* Nor is it told as long as there is no standby. */
	give_all(&r, &c, 2, 2, TG_LOG_DOWN);
	pg_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tamga'");
	no_standby(false);
	enum tg_status again[4];
	assert_int_equal(r.append_group(r.ctx, c.entries + 2, 4, NOW, again, NULL), TG_OK);
	assert_int_equal(again[0], TG_SYNC_REPEAT);
	assert_int_equal(again[1], TG_SYNC_REPEAT);
	assert_int_equal(again[2], TG_OK);
	assert_int_equal(high_water(&r, "K1"), 6);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal"), 6);
	r.close(r.ctx);
	lib_chain_free(&c);
}

/* The session dies while the commit waits: what became of it is found out, and it is there once. */
static void test_c7_a_commit_of_unknown_fate(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_replica r;
	lib_chain_make(&c, "K1", 20);
	open_it(&r);
	for (size_t i = 0; i < 20; i += 5) {
		struct other o = {.r = r, .c = &c, .from = i, .n = 5};
		no_standby(true);
		begin_beside(&o);
		pg_until(WAITS, 1);
		pg_do("ALTER SYSTEM RESET synchronous_standby_names");
		if (i % 2)
			pg_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
		pg_do("SELECT pg_reload_conf()");
		end_beside(&o);
		assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal"), (long)i + 5);
		if (o.got != TG_OK) /* not known in time: asked again, it is a repeat */
			assert_int_equal(o.got, TG_LOG_DOWN);
		assert_int_equal(r.append_group(r.ctx, c.entries + i, 5, NOW, o.results, NULL), TG_OK);
		for (size_t k = 0; k < 5; k++)
			assert_int_equal(o.results[k], TG_SYNC_REPEAT);
		no_standby(false);
	}
	struct tg_verify_report v;
	assert_int_equal(r.verify(r.ctx, &v, NULL), TG_OK);
	r.close(r.ctx);
	lib_chain_free(&c);
}

/* A real standby has what was acknowledged. */
static void test_c7_the_standby_has_it(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_replica r;
	struct tg_postgres p = pg_options();
	pg_do("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (s1, s2)'");
	pg_do("SELECT pg_reload_conf()");
	pg_until("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'", 1);
	p.quorum = 1;
	lib_chain_make(&c, "K1", 50);
	assert_int_equal(tg_replica_postgres(&r, &p, NULL), TG_OK);
	give_all(&r, &c, 0, 50, TG_OK);
	/* The one standby there is has flushed up to here. */
	assert_int_equal(
	        pg_number("SELECT (flush_lsn >= pg_current_wal_flush_lsn())::int FROM pg_stat_replication"), 1);
	/* Somebody takes the standbys away: named before anything more is taken. */
	pg_do("ALTER SYSTEM SET synchronous_standby_names = ''");
	pg_do("SELECT pg_reload_conf()");
	pg_until("SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = ''", 1);
	enum tg_status result = TG_BUG;
	for (int i = 0; i < 100 && result != TG_CONFIG; i++) {
		pg_do("SELECT pg_sleep(0.05)");
		uint64_t seq;
		uint8_t hash[TG_HASH_LEN];
		result = r.high_water(r.ctx, "K1", &seq, hash, NULL);
	}
	assert_int_equal(result, TG_CONFIG);
	r.close(r.ctx);
	lib_chain_free(&c);
}

/* Two writers of streams of their own on one journal: places stay dense, nothing is lost. */
static void test_c1_two_writers(void **state)
{
	(void)state;
	struct lib_chain a, b;
	struct tg_replica r;
	struct tg_verify_report v;
	lib_chain_make(&a, "A", 64);
	lib_chain_make(&b, "B", 64);
	struct other x = {.c = &a, .n = 1}, y = {.c = &b, .n = 1};
	open_it(&x.r);
	open_it(&y.r);
	for (size_t i = 0; i < 64; i++) {
		x.from = y.from = i;
		begin_beside(&x);
		begin_beside(&y);
		end_beside(&x);
		end_beside(&y);
		assert_true(x.got == TG_OK && y.got == TG_OK && x.results[0] == TG_OK && y.results[0] == TG_OK);
	}
	open_it(&r);
	assert_int_equal(r.verify(r.ctx, &v, NULL), TG_OK);
	assert_int_equal(v.entries, 128);
	r.close(r.ctx);
	x.r.close(x.r.ctx);
	y.r.close(y.r.ctx);
	lib_chain_free(&a);
	lib_chain_free(&b);
}

/* Somebody holds the head for long: a name, in time, and nothing half done. */
static void test_c7_a_lock_that_stays(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_replica r;
	lib_chain_make(&c, "K1", 2);
	open_it(&r);
	pg_do("BEGIN; SELECT 1 FROM tamga.head FOR UPDATE");
	give_all(&r, &c, 0, 2, TG_LOG_DOWN);
	pg_do("ROLLBACK");
	give_all(&r, &c, 0, 2, TG_OK);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal"), 2);
	r.close(r.ctx);
	lib_chain_free(&c);
}

/* Partitions are made before they are reached. */
static void test_c7_the_next_partition(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_replica r;
	lib_chain_make(&c, "K1", 20);
	open_it(&r);
	assert_int_equal(pg_number("SELECT count(*) FROM pg_partition_tree('tamga.journal') WHERE isleaf"), 1);
	/* As if 2^24 - 5 rows had been: the tree of as many equal leaves is not asked for here. */
	pg_do("UPDATE tamga.head SET place = (1 << 24) - 5, hash = decode(repeat('00', 32), 'hex'), "
	      "peaks = decode(repeat('00', 32 * 23), 'hex')");
	give_all(&r, &c, 0, 20, TG_OK);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal_0"), 4);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal_1"), 16);
	struct lib_seen seen = {.ordered = true};
	assert_int_equal(r.read_range(r.ctx, "K1", 1, 100, lib_see, &seen, NULL), TG_OK);
	assert_true(seen.ordered && seen.n == 20);
	r.close(r.ctx);
	lib_chain_free(&c);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
	        T(test_c7_what_is_refused_at_opening),
	        T(test_c7_a_session_that_died),
	        T(test_c7_a_commit_that_no_standby_has_is_not_told),
	        T(test_c7_a_commit_of_unknown_fate),
	        T(test_c7_the_standby_has_it),
	        T(test_c1_two_writers),
	        T(test_c7_a_lock_that_stays),
	        T(test_c7_the_next_partition),
	};
#undef T
	pg_up(1);
	int failed = conformance_run(&suite);
	failed += cmocka_run_group_tests_name("PostgreSQL's own", tests, NULL, NULL);
	pg_down();
	return failed;
}
