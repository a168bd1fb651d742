/* The lock of a certificate (DOS-8): counts over kiosks that are sometimes offline. The expected counts come from a
 * list of what happened and loops over it (`model`), never from the store. Requirements DOS-8, C-1, C-5. */
#include "lib.h"

#include <unistd.h>

#define CERT  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HOUR  INT64_C(3600000)
#define DAY   (24 * HOUR)
/* 2026-11-21 18:00 UTC: midnight in Bishkek (UTC+6). */
#define MIDNIGHT INT64_C(1795284000000)

static const struct tg_lock_rule rule = {.per_day = 5, .in_all = 7, .utc_offset_minutes = 360};

static void append_at(struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t at)
{
	struct tg_error err = {0};
	enum tg_status st = tg_store_append(s, kind, json, at, NULL, &err);
	if (st != TG_OK)
		print_error("append: %s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
}

static void try_at(struct tg_store *s, const char *certificate, bool right, int64_t at)
{
	char body[200];
	snprintf(body, sizeof(body), "{\"certificate\":\"%s\",\"provider\":\"kg-dostek\",\"right\":%s}", certificate,
	        right ? "true" : "false");
	append_at(s, TG_RECORD_PIN_TRIED, body, at);
}

static void reset_at(struct tg_store *s, const char *certificate, int64_t at)
{
	char body[200];
	snprintf(body, sizeof(body), "{\"certificate\":\"%s\",\"by\":\"office\"}", certificate);
	append_at(s, TG_RECORD_LOCK_RESET, body, at);
}

static struct tg_lock lock_at(struct tg_store *s, const char *certificate, int64_t now)
{
	struct tg_lock l;
	struct tg_error err = {0};
	enum tg_status st = tg_store_lock(s, certificate, &rule, now, &l, &err);
	if (st != TG_OK)
		print_error("lock: %s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
	return l;
}

static void assert_counts(struct tg_store *s, int64_t now, int today, int in_all)
{
	struct tg_lock l = lock_at(s, CERT, now);
	if (l.today != today || l.in_all != in_all)
		fail_msg("counts %d today, %d in all; wanted %d and %d", l.today, l.in_all, today, in_all);
	assert_int_equal(l.left_today, today < 5 ? 5 - today : 0);
	assert_int_equal(l.left_in_all, in_all < 7 ? 7 - in_all : 0);
	assert_int_equal(l.status, in_all >= 7 ? TG_LOCK_ALL : today >= 5 ? TG_LOCK_DAY : TG_OK);
}

/* --- What travels: entries to the centre at its time `now`, the feed back. */

struct carrying {
	struct tg_store *centre;
	int64_t now;
	int n, max;
};

static enum tg_status carry_entry(const struct tg_entry *e, void *ctx)
{
	struct carrying *c = ctx;
	enum tg_status result = TG_BUG;
	if (c->n++ == c->max)
		return TG_CANCELLED;
	assert_int_equal(tg_store_receive(c->centre, e, 1, c->now, &result, NULL), TG_OK);
	assert_true(result == TG_OK || result == TG_SYNC_REPEAT);
	return TG_OK;
}

/* At most `max` entries that the centre has not. */
static void send_some(struct tg_store *kiosk, const char *id, struct tg_store *centre, int64_t now, int max)
{
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	struct carrying c = {centre, now, 0, max};
	assert_int_equal(tg_store_head(centre, id, &seq, hash, NULL), TG_OK);
	enum tg_status st = tg_store_read(kiosk, id, seq + 1, 1000, carry_entry, &c, NULL);
	assert_true(st == TG_OK || st == TG_CANCELLED);
}

static void send_all(struct tg_store *kiosk, const char *id, struct tg_store *centre, int64_t now)
{
	send_some(kiosk, id, centre, now, 1000);
}

static enum tg_status take_item(const struct tg_feed_item *item, void *kiosk)
{
	return tg_store_feed_take(kiosk, item, 1, NULL);
}

static void read_feed(struct tg_store *kiosk, struct tg_store *centre)
{
	uint64_t cursor;
	assert_int_equal(tg_store_feed_cursor(kiosk, &cursor, NULL), TG_OK);
	assert_int_equal(tg_store_feed_after(centre, cursor, 1000, take_item, kiosk, NULL), TG_OK);
}

static void test_dos8_what_is_no_certificate_has_no_lock(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_lock l;
	const char *const bad[] = {"", "aa", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	        CERT "a", "gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char body[200];
		assert_int_equal(tg_store_lock(s, bad[i], &rule, NOW, &l, NULL), TG_INVALID);
		snprintf(body, sizeof(body), "{\"certificate\":\"%s\",\"right\":false}", bad[i]);
		append_at(s, TG_RECORD_PIN_TRIED, body, NOW);
	}
	append_at(s, TG_RECORD_PIN_TRIED, "{\"certificate\":7,\"right\":false}", NOW);
	append_at(s, TG_RECORD_PIN_TRIED, "{}", NOW);
	tg_store_close(s);
	assert_int_equal(lib_count("k", "SELECT count(*) FROM lock_try"), 0);
}

static void test_dos8_only_a_plain_true_is_a_right_pin(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	const char *const bodies[] = {"{\"certificate\":\"" CERT "\"}", "{\"certificate\":\"" CERT "\",\"right\":1}",
	        "{\"certificate\":\"" CERT "\",\"right\":\"true\"}", "{\"certificate\":\"" CERT "\",\"right\":null}"};
	for (size_t i = 0; i < 4; i++)
		append_at(s, TG_RECORD_PIN_TRIED, bodies[i], NOW);
	assert_counts(s, NOW, 4, 4);
	tg_store_close(s);
}

static void test_dos8_five_a_day_and_seven_in_all(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	assert_counts(s, MIDNIGHT, 0, 0);
	for (int i = 1; i <= 5; i++) {
		try_at(s, CERT, false, MIDNIGHT - HOUR + i);
		assert_counts(s, MIDNIGHT - 1, i, i);
	}
	/* Midnight of Bishkek gives five more a day, but not seven more in all. */
	assert_counts(s, MIDNIGHT, 0, 5);
	try_at(s, CERT, false, MIDNIGHT);
	try_at(s, CERT, false, MIDNIGHT + 1);
	assert_counts(s, MIDNIGHT + 1, 2, 7);
	assert_counts(s, MIDNIGHT + DAY, 0, 7);
	assert_int_equal(lock_at(s, OTHER, MIDNIGHT).in_all, 0);
	tg_store_close(s);
}

static void test_dos8_a_right_pin_or_reset_leaves_todays_count(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	try_at(s, CERT, false, NOW);
	try_at(s, CERT, false, NOW); /* the same millisecond: two tries */
	try_at(s, CERT, true, NOW);
	assert_counts(s, NOW, 2, 0);
	try_at(s, CERT, false, NOW + 1);
	assert_counts(s, NOW + 1, 3, 1);
	reset_at(s, CERT, NOW + 2);
	assert_counts(s, NOW + 2, 3, 0);
	/* In one stream the order decides, whatever its clock did. */
	try_at(s, CERT, false, NOW - HOUR);
	assert_counts(s, NOW, 4, 1);
	tg_store_close(s);
}

static void test_dos8_no_rule_no_lock(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_lock l;
	const struct tg_lock_rule none = {0}, day = {.per_day = 2};
	for (int i = 0; i < 9; i++)
		try_at(s, CERT, false, NOW);
	assert_int_equal(tg_store_lock(s, CERT, &none, NOW, &l, NULL), TG_OK);
	assert_true(l.status == TG_OK && l.left_today == -1 && l.left_in_all == -1 && l.in_all == 9);
	assert_int_equal(tg_store_lock(s, CERT, &day, NOW, &l, NULL), TG_OK);
	assert_true(l.status == TG_LOCK_DAY && l.left_today == 0 && l.left_in_all == -1);
	tg_store_close(s);
}

static void test_dos8_two_kiosks_add_up(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	try_at(a, CERT, false, NOW);
	try_at(a, CERT, false, NOW + 1);
	try_at(b, CERT, false, NOW + 2);
	assert_counts(a, NOW, 2, 2);
	assert_counts(b, NOW, 1, 1);
	assert_int_equal(lock_at(a, CERT, NOW).known_ms, 0);
	send_all(a, "K1", c, NOW + 10);
	read_feed(a, c); /* what it said itself comes back: not counted again */
	assert_counts(a, NOW, 2, 2);
	assert_int_equal(lock_at(a, CERT, NOW).known_ms, NOW + 10);
	send_all(b, "K2", c, NOW + 20);
	read_feed(b, c);
	assert_counts(b, NOW, 3, 3);
	assert_counts(c, NOW, 3, 3);
	read_feed(a, c);
	assert_counts(a, NOW, 3, 3);
	/* A try that the centre has not heard of yet counts here at once. */
	try_at(a, CERT, false, NOW + 30);
	assert_counts(a, NOW, 4, 4);
	assert_counts(b, NOW, 3, 3);
	/* The right PIN at one clears what it knew of and, once told, the others. */
	try_at(b, CERT, true, NOW + 40);
	assert_counts(b, NOW, 3, 0);
	send_all(b, "K2", c, NOW + 50);
	read_feed(a, c);
	assert_counts(a, NOW, 4, 0);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
}

static void test_dos8_late_entries_never_lower_newer_counts(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	/* K1 was offline yesterday: a right PIN then, unknown to the centre until today. */
	try_at(a, CERT, true, NOW - DAY);
	for (int i = 0; i < 3; i++)
		try_at(b, CERT, false, NOW + i);
	send_all(b, "K2", c, NOW + 10);
	assert_counts(c, NOW, 3, 3);
	send_all(a, "K1", c, NOW + 20);
	assert_counts(c, NOW, 3, 3);
	/* Tries before a right PIN elsewhere, come late: they are over, but were made that day. */
	try_at(a, CERT, false, NOW + 30);
	try_at(b, CERT, true, NOW + 40);
	send_all(b, "K2", c, NOW + 50);
	assert_counts(c, NOW, 3, 0);
	send_all(a, "K1", c, NOW + 60);
	assert_counts(c, NOW, 4, 0);
	read_feed(a, c);
	assert_counts(a, NOW, 4, 0);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
}

static void test_dos8_the_office_resets_for_every_kiosk(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	for (int i = 0; i < 7; i++)
		try_at(a, CERT, false, NOW - DAY + i);
	send_all(a, "K1", c, NOW);
	read_feed(b, c);
	assert_int_equal(lock_at(b, CERT, NOW).status, TG_LOCK_ALL);
	reset_at(c, CERT, NOW + 1);
	read_feed(a, c);
	read_feed(b, c);
	assert_counts(a, NOW + 2, 0, 0);
	assert_counts(b, NOW + 2, 0, 0);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
	assert_string_equal(lib_sqlite3("c", "SELECT kiosk, seq, kind FROM journal WHERE kind = 'lock.reset'"),
	        TG_CENTRE_STREAM "|1|lock.reset");
}

/* A kiosk whose clock runs ahead does not clear tries that were made after its entry had arrived. */
static void test_dos8_a_clock_ahead_clears_nothing_to_come(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	try_at(a, CERT, true, NOW + 400 * DAY);
	send_all(a, "K1", c, NOW);
	for (int i = 0; i < 7; i++)
		try_at(b, CERT, false, NOW + 1 + i);
	send_all(b, "K2", c, NOW + 10);
	assert_counts(c, NOW, 7, 7);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
}

static void test_c5_only_what_changes_a_count_is_told(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *c = lib_open_centre("c");
	for (int i = 0; i < 20; i++)
		try_at(a, CERT, true, NOW + i); /* every day's work */
	send_all(a, "K1", c, NOW + 100);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM feed"), 0);
	try_at(a, CERT, false, NOW + 200);
	send_all(a, "K1", c, NOW + 201);
	uint64_t before, after;
	assert_int_equal(tg_store_feed_cursor(c, &before, NULL), TG_OK);
	try_at(a, CERT, true, NOW + 202);
	send_all(a, "K1", c, NOW + 203);
	assert_int_equal(tg_store_feed_cursor(c, &after, NULL), TG_OK);
	assert_true(after > before);
	for (int i = 0; i < 20; i++)
		try_at(a, CERT, true, NOW + 300 + i);
	send_all(a, "K1", c, NOW + 400);
	assert_int_equal(tg_store_feed_cursor(c, &before, NULL), TG_OK);
	assert_int_equal(before, after);
	tg_store_close(a);
	tg_store_close(c);
	/* The word of a certificate is one item, however often it changed. */
	assert_string_equal(
	        lib_sqlite3("c", "SELECT kind, key, provider, count(*) FROM feed"), "lock|" CERT "|kg-dostek|1");
}

/* A kiosk gone mad: locked is locked, and the tables do not grow with it. */
static void test_dos8_a_thousand_tries_are_bounded(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	for (int i = 0; i < 1000; i++)
		try_at(a, CERT, false, NOW);
	for (int i = 0; i < 10; i++)
		send_all(a, "K1", c, NOW + 1);
	read_feed(b, c);
	assert_int_equal(lock_at(c, CERT, NOW).in_all, 256);
	assert_int_equal(lock_at(a, CERT, NOW).in_all, 256);
	assert_int_equal(lock_at(b, CERT, NOW).status, TG_LOCK_ALL);
	try_at(a, CERT, true, NOW);
	assert_int_equal(lock_at(a, CERT, NOW).in_all, 0);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM lock_try"), 256);
	assert_true(lib_count("c", "SELECT length(body) FROM feed") < 4096);
}

/* --- Property: any interleaving of tries, right PINs, resets, sending, reading the feed, restarts and rebuilds gives
 * what the model gives. */
enum { KIOSKS = 3, EVENTS = 120 };

struct event {
	int kiosk; /* KIOSKS: the centre's office */
	int seq;
	int64_t at;
	bool clear;
};

struct model {
	struct event events[EVENTS];
	int n;
	int made[KIOSKS + 1];         /* events of a stream so far */
	int sent[KIOSKS + 1];         /* of them known to the centre */
	int told[KIOSKS][KIOSKS + 1]; /* of a stream known to a kiosk */
};

/* Does `reader` (KIOSKS: the centre) know of the event? */
static bool knows(const struct model *m, int reader, const struct event *e)
{
	if (reader == e->kiosk)
		return true;
	return e->seq <= (reader == KIOSKS ? m->sent[e->kiosk] : m->told[reader][e->kiosk]);
}

static void model_counts(const struct model *m, int reader, int64_t now, int *today, int *in_all)
{
	*today = *in_all = 0;
	for (int i = 0; i < m->n; i++) {
		const struct event *t = &m->events[i];
		bool over = false;
		if (t->clear || !knows(m, reader, t))
			continue;
		for (int j = 0; j < m->n; j++) {
			const struct event *c = &m->events[j];
			if (!c->clear || !knows(m, reader, c))
				continue;
			over = over || (c->kiosk == t->kiosk ? c->seq > t->seq : c->at > t->at);
		}
		*in_all += !over;
		*today += (t->at + 6 * HOUR) / DAY == (now + 6 * HOUR) / DAY;
	}
}

struct world {
	struct tg_store *kiosk[KIOSKS], *centre;
	struct model m;
	int64_t now;
	int64_t behind[KIOSKS + 1]; /* how much each kiosk's clock is behind; the office's is right */
	uint64_t seed;
};
static const char *const kiosk_ids[KIOSKS] = {"K1", "K2", "K3"};

static void happen(struct world *w, int who)
{
	struct model *m = &w->m;
	bool office = who == KIOSKS;
	if (m->n == EVENTS)
		return;
	struct event *e = &m->events[m->n++];
	if (!office && lib_rnd(&w->seed, 5) == 0)
		w->behind[who] = lib_rnd(&w->seed, 3) == 0 ? lib_rnd(&w->seed, 20 * 3600000) : 0;
	*e = (struct event){.kiosk = who,
	        .seq = ++m->made[who],
	        .at = w->now - w->behind[who],
	        .clear = office || lib_rnd(&w->seed, 4) == 0};
	if (office) {
		reset_at(w->centre, CERT, e->at);
		m->sent[KIOSKS] = m->made[KIOSKS];
	} else if (e->clear && lib_rnd(&w->seed, 2) == 0) {
		reset_at(w->kiosk[who], CERT, e->at);
	} else {
		try_at(w->kiosk[who], CERT, e->clear, e->at);
	}
}

/* Some of its entries only, as when the connection breaks; what was not in a count is then in none. */
static void do_send(struct world *w, int k)
{
	int max = 1 + (int)lib_rnd(&w->seed, 5);
	send_some(w->kiosk[k], kiosk_ids[k], w->centre, w->now, max);
	w->m.sent[k] = w->m.sent[k] + max < w->m.made[k] ? w->m.sent[k] + max : w->m.made[k];
}

static void do_read(struct world *w, int k)
{
	read_feed(w->kiosk[k], w->centre);
	memcpy(w->m.told[k], w->m.sent, sizeof(w->m.sent));
}

static void do_restart(struct world *w, int k)
{
	struct tg_store **s = k == KIOSKS ? &w->centre : &w->kiosk[k];
	if (lib_rnd(&w->seed, 2) == 0)
		assert_int_equal(tg_store_rebuild(*s, NULL), TG_OK);
	tg_store_close(*s);
	*s = k == KIOSKS ? lib_open_centre("c") : lib_open_kiosk(kiosk_ids[k], kiosk_ids[k]);
}

/* The centre tells what changes a count; of clears that change none a kiosk hears later. So a kiosk that is up to date
 * has the model's counts, and any other at least those of what it knows. */
static void check_world(struct world *w)
{
	int today, in_all;
	model_counts(&w->m, KIOSKS, w->now, &today, &in_all);
	assert_counts(w->centre, w->now, today, in_all);
	for (int k = 0; k < KIOSKS; k++) {
		struct tg_lock l = lock_at(w->kiosk[k], CERT, w->now);
		model_counts(&w->m, k, w->now, &today, &in_all);
		assert_int_equal(l.today, today);
		assert_true(l.in_all >= in_all);
	}
}

static void settle_world(struct world *w)
{
	int today, in_all;
	for (int k = 0; k < KIOSKS; k++)
		while (w->m.sent[k] < w->m.made[k])
			do_send(w, k);
	for (int k = 0; k < KIOSKS; k++)
		do_read(w, k);
	model_counts(&w->m, KIOSKS, w->now, &today, &in_all);
	for (int k = 0; k < KIOSKS; k++)
		assert_counts(w->kiosk[k], w->now, today, in_all);
}

static void play(uint64_t seed)
{
	struct world w = {.now = NOW, .seed = seed};
	w.centre = lib_open_centre("c");
	for (int k = 0; k < KIOSKS; k++)
		w.kiosk[k] = lib_open_kiosk(kiosk_ids[k], kiosk_ids[k]);
	for (int step = 0; step < 100; step++) {
		uint32_t what = lib_rnd(&w.seed, 20);
		int k = (int)lib_rnd(&w.seed, KIOSKS);
		w.now += lib_rnd(&w.seed, 6) == 0 ? lib_rnd(&w.seed, 30 * 3600000) : lib_rnd(&w.seed, 3);
		if (what < 9)
			happen(&w, k);
		else if (what < 10)
			happen(&w, KIOSKS);
		else if (what < 14)
			do_send(&w, k);
		else if (what < 18)
			do_read(&w, k);
		else
			do_restart(&w, (int)lib_rnd(&w.seed, KIOSKS + 1));
		check_world(&w);
	}
	settle_world(&w);
	for (int k = 0; k < KIOSKS; k++)
		tg_store_close(w.kiosk[k]);
	tg_store_close(w.centre);
}

static void test_dos8_any_order_gives_the_models_counts(void **state)
{
	(void)state;
	const char *rounds_text = getenv("TAMGA_LOCK_ROUNDS");
	uint64_t rounds = rounds_text ? strtoull(rounds_text, NULL, 10) : 40;
	for (uint64_t seed = 1; seed <= rounds; seed++) {
		lib_make_dir();
		play(seed * UINT64_C(0x9e3779b97f4a7c15));
		lib_remove_dir();
	}
}

static void test_rebuild_makes_the_same_locks(void **state)
{
	(void)state;
	const char *const dump = "SELECT * FROM lock_try ORDER BY 1, 2, 3; SELECT * FROM lock_clear ORDER BY 1, 2; "
	                         "SELECT * FROM feed; SELECT * FROM feed_state";
	struct tg_store *a = lib_open_kiosk("a", "K1"), *c = lib_open_centre("c");
	for (int i = 0; i < 5; i++) {
		try_at(a, CERT, i == 2, NOW + i);
		try_at(a, OTHER, false, NOW + i);
	}
	send_all(a, "K1", c, NOW + 10);
	char *before = strdup(lib_sqlite3("c", dump));
	assert_non_null(strstr(before, CERT));
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("c", dump), before);
	/* What the kiosks were told wrongly is told rightly. */
	(void)lib_sqlite3(
	        "c", "DELETE FROM lock_try; UPDATE feed SET body = '{\"tries\":[],\"clears\":[]}' WHERE key LIKE 'b%'");
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	read_feed(a, c);
	assert_int_equal(lib_count("c", "SELECT json_array_length(body, '$.tries') FROM feed WHERE key LIKE 'b%'"), 5);
	free(before);
	tg_store_close(a);
	tg_store_close(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	/* Nothing here is about the disk. */
	if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	const struct CMUnitTest tests[] = {
	        T(test_dos8_what_is_no_certificate_has_no_lock),
	        T(test_dos8_only_a_plain_true_is_a_right_pin),
	        T(test_dos8_a_clock_ahead_clears_nothing_to_come),
	        T(test_dos8_late_entries_never_lower_newer_counts),
	        T(test_dos8_five_a_day_and_seven_in_all),
	        T(test_dos8_a_right_pin_or_reset_leaves_todays_count),
	        T(test_dos8_no_rule_no_lock),
	        T(test_dos8_a_thousand_tries_are_bounded),
	        T(test_dos8_two_kiosks_add_up),
	        T(test_dos8_the_office_resets_for_every_kiosk),
	        T(test_c5_only_what_changes_a_count_is_told),
	        T(test_rebuild_makes_the_same_locks),
	        cmocka_unit_test(test_dos8_any_order_gives_the_models_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
