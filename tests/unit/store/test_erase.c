/* Erasure (C-8): bodies go by order and by rule, chains verify, the tables stay what they were, nothing of what was
 * erased is left in a file. The sqlite3 program and a search through the files' bytes are the second opinion. */
#include "app_lib.h"

#include "tamga/buf.h"
#include "tamga/erase.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY    INT64_C(86400000)
#define SECRET "Зарубаева-Ырысты"
#define IIN    "900101300017"
#define PERSONAL                                                                                                       \
	",\"iin\":\"" IIN "\",\"answers\":[{\"field\":\"surname\",\"value\":\"" SECRET "\"}],\"consents\":[\"a\"]"

/* --- What lies in the files */

static size_t find_in(const char *path, const char *text)
{
	FILE *f = fopen(path, "rb");
	struct tg_buf b = TG_BUF_INIT;
	char part[4096];
	size_t n, at = 0, found = 0, len = strlen(text);
	if (!f)
		return 0;
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		tg_buf_add(&b, part, n);
	(void)fclose(f);
	for (; b.len >= len && at <= b.len - len; at++)
		found += memcmp(b.data + at, text, len) == 0;
	tg_buf_finish(&b);
	return found;
}

/* In the database, its log and the log's index. */
static size_t find_secret(const char *name, const char *text)
{
	char wal[64], shm[64];
	(void)snprintf(wal, sizeof wal, "%s-wal", name);
	(void)snprintf(shm, sizeof shm, "%s-shm", name);
	return find_in(lib_path(name), text) + find_in(lib_path(wal), text) + find_in(lib_path(shm), text);
}

static void finish(struct tg_store *s)
{
	uint64_t left = 99;
	assert_int_equal(tg_store_erase_finish(s, &left, NULL), TG_OK);
	assert_int_equal(left, 0);
}

static uint64_t erased_bodies(struct tg_store *s)
{
	struct tg_verify_report r;
	assert_int_equal(lib_verify(s, &r), TG_OK);
	return r.erased_bodies;
}

/* --- Applications */

static void chip(struct tg_store *s, const char *number)
{
	app_add(s, TG_RECORD_CHIP_INTENT, number, CHIP);
	app_add(s, TG_RECORD_CHIP_DONE, number, CHIP ",\"code\":0,\"spki\":\"" SECRET "\"");
}

static void deliver(struct tg_store *s, const char *number)
{
	app_submit(s, number, PERSONAL ",\"carrier\":{\"name\":\"t\",\"serial\":\"S1\"}");
	chip(s, number);
	app_add(s, TG_RECORD_APPLICATION_DELIVERED, number, ",\"certificates\":[]");
}

static enum tg_status hash_of(const struct tg_entry *e, void *hash)
{
	memcpy(hash, e->hash, TG_HASH_LEN);
	return TG_OK;
}

/* The centre's word, as the agent writes it down. */
static void ack(struct tg_store *s, const char *id, uint64_t seq)
{
	struct tg_ack a = {.seq = seq, .centre_time_ms = NOW + 20};
	uint8_t hash[TG_HASH_LEN];
	uint64_t head;
	assert_true(tg_copy(a.kiosk, sizeof(a.kiosk), id));
	assert_int_equal(tg_store_head(s, id, &head, hash, NULL), TG_OK);
	if (seq == 0)
		a.seq = head;
	assert_true(a.seq > 0);
	if (a.seq == head)
		memcpy(a.hash, hash, TG_HASH_LEN);
	else
		assert_int_equal(tg_store_read(s, id, a.seq, 1, hash_of, a.hash, NULL), TG_OK);
	assert_int_equal(tg_store_set_acked(s, &a, NOW + 20, NULL), TG_OK);
}

static void turn_and_ack(struct world *w)
{
	world_turn(w);
	ack(w->a, "K1", 0);
}

static int days_of(void *ctx, const char *kind, const char *provider, const char *service, const char **by)
{
	(void)kind;
	(void)service;
	bool short_one = strcmp(provider, "short") == 0;
	*by = short_one ? "short" : "all";
	return short_one ? 1 : *(int *)ctx;
}

static struct tg_erase_count due_max(struct tg_store *s, int days, int64_t now, int max, bool dry)
{
	const struct tg_erase_rules rules = {days_of, days < 1 ? days : 1, &days};
	struct tg_erase_sweep sweep = {0};
	struct tg_erase_count all = {0}, part;
	for (int i = 0; i < 100 && !(sweep.applications_done && sweep.entries_done); i++) {
		assert_int_equal(tg_store_erase_due(s, &rules, now, max, dry, &sweep, &part, NULL), TG_OK);
		all.applications += part.applications;
		all.bodies += part.bodies;
		if (dry)
			break;
	}
	return all;
}

static uint64_t due(struct tg_store *s, int days, int64_t now)
{
	return due_max(s, days, now, 1000, false).bodies;
}

static enum tg_status erase(struct tg_store *c, const char *number, uint64_t *bodies)
{
	return tg_store_erase(c, number, "order 17 of 2026-11-22", NOW + 100, bodies, NULL);
}

/* --- Tests */

static void c8_by_order_the_whole_application(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t n = 0;
	struct tg_buf body = TG_BUF_INIT;
	deliver(w.a, "A");
	app_submit(w.a, "OPEN", PERSONAL);
	world_turn(&w);
	assert_true(find_secret("c", SECRET) > 0);
	assert_int_equal(erase(w.c, "OPEN", &n), TG_ERASE_OPEN);
	assert_int_equal(erase(w.c, "NONE", &n), TG_NOT_FOUND);
	assert_int_equal(tg_store_erase(w.c, "A", "", NOW, &n, NULL), TG_INVALID);
	assert_int_equal(tg_store_erase(w.a, "A", "order", NOW, &n, NULL), TG_INVALID); /* at the centre only */
	assert_int_equal(erased_bodies(w.c), 0);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(n, 2); /* application.submitted and chip.done */
	assert_int_equal(erased_bodies(w.c), 2);
	assert_int_equal(tg_store_app_body(w.c, "A", &body, NULL), TG_NOT_FOUND);
	app_assert_state(w.c, "A", "delivered");
	/* The salt went too: a short body cannot be guessed from its hash. */
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE body IS NULL AND salt = zeroblob(16)"), 2);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kind = 'bodies.erased'"), 1);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kind = 'bodies.erased' AND "
	                                "json_extract(body, '$.by') = 'order 17 of 2026-11-22' AND "
	                                "json_array_length(body, '$.entries') = 2"),
	        1);
	/* Again: nothing is left, nothing is written. */
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(n, 0);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kind = 'bodies.erased'"), 1);
	tg_buf_finish(&body);
	world_close(&w); /* made again, the tables are the same */
}

static void c8_nothing_of_it_is_left_in_a_file(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t n = 0;
	deliver(w.a, "A");
	world_turn(&w);
	assert_true(find_secret("c", SECRET) > 0 && find_secret("c", IIN) > 0);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	finish(w.c);
	assert_int_equal(find_secret("c", SECRET), 0);
	assert_int_equal(find_secret("c", IIN), 0);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM erase_todo"), 0);
	/* The kiosk that holds a copy is told, and drops it whatever its own rule says. */
	assert_true(find_secret("a", SECRET) > 0);
	turn_and_ack(&w);
	assert_int_equal(due(w.a, 999, NOW + 200), 2);
	finish(w.a);
	assert_int_equal(find_secret("a", SECRET), 0);
	assert_int_equal(find_secret("a", IIN), 0);
	assert_int_equal(erased_bodies(w.a), 2);
	assert_int_equal(due(w.a, 999, NOW + 200), 0);
	world_close(&w);
}

/* Somebody who looks keeps the log: what is still to be wiped is remembered, and said. */
static void c8_a_reader_delays_the_end_and_no_more(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t n = 0, left = 0;
	deliver(w.a, "A");
	world_turn(&w);
	struct tg_store *again = NULL;
	assert_int_equal(tg_store_open_readonly(&again, lib_path("c"), NULL), TG_OK);
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	assert_int_equal(sqlite3_open(lib_path("c"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT body FROM journal", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(tg_store_erase_finish(w.c, &left, NULL), TG_OK);
	assert_int_equal(left, 2);
	assert_true(find_secret("c", SECRET) > 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	tg_store_close(again);
	finish(w.c);
	assert_int_equal(find_secret("c", SECRET), 0);
	world_close(&w);
}

static void breaks(struct world *w, const char *sql, const char *what)
{
	struct tg_verify_report r;
	(void)lib_sqlite3("c", sql);
	assert_int_equal(lib_verify(w->c, &r), TG_CHAIN_BROKEN);
	if (!strstr(r.what, what))
		fail_msg("%s: %s", sql, r.what);
}

static void c8_tampering_is_found_all_the_same(void **state)
{
	(void)state;
	static const struct {
		const char *sql, *back, *what;
	} cases[] = {
	        {"UPDATE journal SET time_ms = time_ms + 1 WHERE body IS NULL AND kind = 'chip.done'",
	                "UPDATE journal SET time_ms = time_ms - 1 WHERE body IS NULL AND kind = 'chip.done'",
	                "it was changed"},
	        {"UPDATE journal SET body_hash = zeroblob(32) WHERE body IS NULL AND kind = 'chip.done'", NULL,
	                "it was changed"},
	        {"DELETE FROM erased WHERE seq = 1", NULL, "nothing says that it was erased"},
	        {"UPDATE erased SET kept = replace(kept, 'kz-nca', 'other') WHERE seq = 1", NULL,
	                "what the centre's stream says of its erasure was changed"},
	        {"INSERT INTO erased VALUES ('K1', 2, '{}')", NULL, "a body stands that was erased"},
	        /* A body taken out of the file is no erasure. */
	        {"UPDATE journal SET body = NULL WHERE kiosk = 'K1' AND kind = 'chip.intent'", NULL,
	                "nothing says that it was erased"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = 0;
		lib_make_dir();
		struct world w = world_open();
		deliver(w.a, "A");
		world_turn(&w);
		assert_int_equal(erase(w.c, "A", &n), TG_OK);
		finish(w.c);
		assert_int_equal(erased_bodies(w.c), 2);
		breaks(&w, cases[i].sql, cases[i].what);
		if (cases[i].back) {
			(void)lib_sqlite3("c", cases[i].back);
			assert_int_equal(erased_bodies(w.c), 2);
		}
		tg_store_close(w.a);
		tg_store_close(w.b);
		tg_store_close(w.c);
		lib_remove_dir();
	}
	lib_make_dir();
}

static void c8_by_rule_when_the_time_has_come(void **state)
{
	(void)state;
	struct world w = world_open();
	deliver(w.a, "A");
	app_submit(w.a, "OPEN", PERSONAL);
	/* Of another provider, with a shorter rule. */
	app_add(w.a, TG_RECORD_APPLICATION_SUBMITTED, "S",
	        ",\"provider\":\"short\",\"service\":\"issue\",\"form\":\"f\"" PERSONAL);
	app_add(w.a, TG_RECORD_APPLICATION_CANCELLED, "S", ",\"why\":\"person\"");
	/* At a desk, about an application nobody ever sends. */
	app_add(w.b, TG_RECORD_DESK_DECIDED, "X", ",\"staff\":\"S\",\"staff_name\":\"" SECRET "\"");
	world_turn(&w);
	assert_int_equal(due(w.c, 30, NOW + DAY / 2), 0);
	assert_int_equal(due(w.c, 30, NOW + 2 * DAY), 1);
	struct tg_erase_count dry = due_max(w.c, 30, NOW + 31 * DAY, 1000, true);
	assert_int_equal(dry.bodies, 3);
	assert_int_equal(dry.applications, 1);
	assert_int_equal(erased_bodies(w.c), 1); /* counted, not done */
	assert_int_equal(due_max(w.c, 30, NOW + 31 * DAY, 1, false).bodies, 3);
	assert_int_equal(due(w.c, 30, NOW + 31 * DAY), 0);
	assert_int_equal(erased_bodies(w.c), 4);
	assert_string_equal(lib_sqlite3("c", "SELECT group_concat(DISTINCT json_extract(body, '$.why') || ' ' || "
	                                     "json_extract(body, '$.by')) FROM journal WHERE kind = 'bodies.erased'"),
	        "rule short,rule all");
	finish(w.c);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE body LIKE '%" SECRET "%'"), 1); /* OPEN */
	assert_int_equal(due(w.c, -1, NOW + 999 * DAY), 0);                                                 /* never */
	world_close(&w);
}

/* A kiosk whose clock stands in 1970 does not make the centre erase today what came today. */
static void c8_a_kiosks_clock_is_not_believed(void **state)
{
	(void)state;
	struct world w = world_open();
	static const char *const bodies[] = {
	        "{\"number\":\"A\",\"provider\":\"p\",\"service\":\"s\",\"form\":\"f\"" PERSONAL "}",
	        "{\"number\":\"A\",\"why\":\"person\"}"};
	assert_int_equal(tg_store_append(w.a, TG_RECORD_APPLICATION_SUBMITTED, bodies[0], 5 * DAY, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_append(w.a, TG_RECORD_APPLICATION_CANCELLED, bodies[1], 5 * DAY, NULL, NULL), TG_OK);
	world_turn(&w);
	app_assert_state(w.c, "A", "cancelled");
	assert_int_equal(due(w.c, 30, NOW + 29 * DAY), 0);
	assert_int_equal(due(w.c, 30, NOW + 31 * DAY), 1);
	world_close(&w);
}

static void c8_a_kiosk_waits_for_the_centres_word(void **state)
{
	(void)state;
	struct world w = world_open();
	deliver(w.a, "A");
	app_submit(w.a, "OPEN", PERSONAL);
	world_turn(&w);
	assert_int_equal(due(w.a, 30, NOW + 99 * DAY), 0); /* nothing is acknowledged */
	turn_and_ack(&w);
	assert_int_equal(due(w.a, 30, NOW + 29 * DAY), 0);
	assert_int_equal(due(w.a, 30, NOW + 31 * DAY), 2); /* and not the open one */
	finish(w.a);
	assert_int_equal(erased_bodies(w.a), 2);
	assert_int_equal(lib_count("a", "SELECT count(*) FROM journal WHERE kind = 'bodies.erased'"), 0);
	assert_int_equal(lib_count("a", "SELECT count(*) FROM journal WHERE body LIKE '%" SECRET "%'"), 1);
	world_close(&w);
}

/* K-8: a centre that was restored and knows less takes the acknowledgement back. */
static void c8_a_kiosk_keeps_what_a_restored_centre_lacks(void **state)
{
	(void)state;
	struct world w = world_open();
	app_add(w.a, TG_RECORD_FAILURE_SHOWN, "", "");
	world_turn(&w);
	deliver(w.a, "A");
	turn_and_ack(&w);
	ack(w.a, "K1", 1);
	assert_int_equal(due(w.a, 30, NOW + 31 * DAY), 0);
	ack(w.a, "K1", 5);
	assert_int_equal(due(w.a, 30, NOW + 31 * DAY), 2);
	tg_store_close(w.a);
	tg_store_close(w.b);
	tg_store_close(w.c);
}

/* An empty centre is sent everything again: chains, states and the new entry that says how it came. */
static void c8_entries_come_without_their_bodies(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_buf body = TG_BUF_INIT;
	deliver(w.a, "A");
	turn_and_ack(&w);
	assert_int_equal(due(w.a, 30, NOW + 31 * DAY), 2);
	struct tg_store *d = lib_open_centre("d");
	lib_send_all(w.a, "K1", d, NOW + 40 * DAY);
	app_assert_state(d, "A", "delivered");
	assert_int_equal(erased_bodies(d), 2);
	assert_int_equal(tg_store_app_body(d, "A", &body, NULL), TG_NOT_FOUND);
	assert_int_equal(lib_count("d", "SELECT sum(json_array_length(body, '$.entries')) FROM journal WHERE "
	                                "kind = 'bodies.erased' AND json_extract(body, '$.why') = 'kiosk'"),
	        2);
	assert_string_equal(lib_sqlite3("d", "SELECT provider, carrier_serial, held FROM application"), "kz-nca|S1|0");
	assert_int_equal(tg_store_rebuild(d, NULL), TG_OK);
	app_assert_state(d, "A", "delivered");
	assert_int_equal(erased_bodies(d), 2);
	tg_buf_finish(&body);
	tg_store_close(d);
	world_close(&w);
}

struct one {
	struct tg_entry e;
	char body[400];
};

static enum tg_status copy_first(const struct tg_entry *e, void *ctx)
{
	struct one *o = ctx;
	o->e = *e;
	if (e->body)
		(void)tg_copy(o->body, sizeof(o->body), e->body);
	return TG_OK;
}

static void c8_only_personal_bodies_may_be_missing(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_store *d = lib_open_centre("d");
	struct one first = {0}, second = {0};
	enum tg_status result = TG_OK;
	static const char more[] =
	        "{\"number\":\"A\",\"provider\":\"p\",\"surname\":\"" SECRET "\",\"iin\":\"" IIN "\"}";
	deliver(w.a, "A");
	assert_int_equal(tg_store_read(w.a, "K1", 1, 1, copy_first, &first, NULL), TG_OK);
	assert_int_equal(tg_store_read(w.a, "K1", 2, 1, copy_first, &second, NULL), TG_OK);
	/* A kiosk that says more than may be kept: the rest is dropped. */
	tg_entry_forget_body(&first.e);
	first.e.kept = more;
	first.e.kept_len = strlen(more);
	assert_int_equal(tg_store_receive(d, &first.e, 1, NOW, &result, NULL), TG_OK);
	assert_int_equal(result, TG_OK);
	assert_int_equal(find_secret("d", SECRET) + find_secret("d", IIN), 0);
	tg_entry_forget_body(&second.e); /* chip.intent is not personal */
	assert_int_equal(tg_store_receive(d, &second.e, 1, NOW, &result, NULL), TG_OK);
	assert_int_equal(result, TG_BODY_MISSING);
	tg_store_close(d);
	world_close(&w);
}

/* Once its own application's words are gone the list of a complex certificate is gone too; a change of a list that is
 * in use stays. */
static void c8_lists_of_companies(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t n = 0;
	app_submit(w.a, "A",
	        ",\"proof\":\"desk\",\"product\":\"p\",\"companies\":[{\"inn\":\"2\",\"name\":\"" SECRET "\"}]");
	app_submit(w.a, "B", ",\"proof\":\"desk\",\"operation\":\"companies\"");
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	assert_int_equal(app_claim(w.c, "B", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	app_add(w.b, TG_RECORD_DESK_DECIDED, "B", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(&w);
	lib_append(w.c, TG_RECORD_COMPANIES_CHANGED,
	        "{\"number\":\"B\",\"certificate\":\"A\",\"product\":\"p\",\"added\":[{\"inn\":\"3\",\"name\":\"" SECRET
	        "\"}],\"removed\":[],\"count\":2,\"code\":0}");
	app_assert_state(w.c, "B", "delivered");
	app_add(w.a, TG_RECORD_APPLICATION_ISSUED, "A", ",\"serial\":\"1\"");
	app_add(w.a, TG_RECORD_APPLICATION_DELIVERED, "A", "");
	world_turn(&w);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM company"), 2);
	assert_int_equal(erase(w.c, "B", &n), TG_ERASE_OPEN);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM company"), 0);
	assert_int_equal(tg_store_rebuild(w.c, NULL), TG_OK); /* between the two */
	assert_int_equal(lib_count("c", "SELECT count(*) FROM company"), 0);
	assert_int_equal(erase(w.c, "B", &n), TG_OK);
	finish(w.c);
	assert_int_equal(find_secret("c", SECRET), 0);
	world_close(&w);
}

/* What the reports count is kept: grounds of refusals, sums. */
static void c8_reports_and_sums_stay(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t n = 0;
	app_submit(w.a, "A",
	        PERSONAL ",\"proof\":\"desk\",\"currency\":\"KGS\",\"charges\":[{\"product\":\"x\","
	                 "\"amount\":500}]");
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A",
	        ",\"staff\":\"S\",\"staff_name\":\"" SECRET "\",\"outcome\":\"refused\",\"ground\":\"expired\"");
	world_turn(&w);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(n, 2);
	finish(w.c);
	assert_int_equal(find_secret("c", SECRET), 0);
	assert_string_equal(
	        lib_sqlite3("c", "SELECT json_extract(kept, '$.ground') FROM erased WHERE kiosk = 'K2'"), "expired");
	assert_int_equal(lib_count("c", "SELECT due FROM money WHERE number = 'A'"), 500);
	assert_int_equal(tg_store_rebuild(w.c, NULL), TG_OK);
	assert_int_equal(lib_count("c", "SELECT due FROM money WHERE number = 'A'"), 500);
	/* Both kiosks hold a part of it. */
	turn_and_ack(&w);
	ack(w.b, "K2", 0);
	assert_int_equal(due(w.a, 999, NOW), 1);
	assert_int_equal(due(w.b, 999, NOW), 1);
	world_close(&w);
}

/* An entry that comes after the erasure is erased the next time. */
static void c8_what_comes_later_goes_too(void **state)
{
	(void)state;
	struct world w = world_open();
	deliver(w.a, "A");
	world_turn(&w);
	assert_int_equal(due(w.c, 30, NOW + 31 * DAY), 2);
	app_add(w.b, TG_RECORD_HEAD_DECIDED, "A", ",\"yes\":true,\"why\":\"" SECRET "\"");
	world_turn(&w);
	assert_int_equal(lib_count("c", "SELECT held FROM application"), 1);
	assert_int_equal(due(w.c, 30, NOW + 99 * DAY), 1);
	assert_int_equal(erased_bodies(w.c), 3);
	world_close(&w);
}

/* K-8: chip work that is not taken back needs its entries. */
static void c8_not_while_keys_lie_on_the_card(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t n = 0;
	app_submit(w.a, "A", PERSONAL ",\"proof\":\"signature\"");
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_APPLICATION_CANCELLED, "A", ",\"why\":\"person\"");
	turn_and_ack(&w);
	app_assert_state(w.c, "A", "cancelled");
	assert_int_equal(erase(w.c, "A", &n), TG_ERASE_OPEN);
	assert_int_equal(due(w.c, 30, NOW + 99 * DAY), 0);
	assert_int_equal(due(w.a, 30, NOW + 99 * DAY), 0);
	app_add(w.a, TG_RECORD_CHIP_DONE, "A", ",\"serial\":\"S1\",\"step\":\"undo\",\"key\":\"\",\"code\":0");
	turn_and_ack(&w);
	assert_int_equal(due(w.a, 30, NOW + 99 * DAY), 2);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(n, 2);
	world_close(&w);
}

/* A month that was sealed before: its file is written to, its hashes stay, and nothing of it is left there either. */
static void c8_in_a_sealed_month_too(void **state)
{
	(void)state;
	struct world w = world_open();
	const struct tg_seal_order seal = {.now_ms = NOW + 400 * DAY, .keep_months = 1};
	uint64_t n = 0;
	deliver(w.a, "A");
	app_submit(w.a, "OPEN", ",\"iin\":\"1\"");
	world_turn(&w);
	assert_int_equal(tg_store_seal(w.c, &seal, NULL), TG_OK);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM segment"), 1);
	assert_int_equal(find_secret("segments/2026-11.db", SECRET), 2);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(n, 2);
	assert_int_equal(erased_bodies(w.c), 0); /* the files follow after the commit */
	finish(w.c);
	assert_int_equal(erased_bodies(w.c), 2);
	assert_int_equal(find_secret("segments/2026-11.db", SECRET) + find_secret("segments/2026-11.db", IIN), 0);
	assert_int_equal(find_secret("c", SECRET) + find_secret("c", IIN), 0);
	assert_int_equal(lib_count("segments/2026-11.db", "SELECT count(*) FROM journal WHERE body IS NULL"), 2);
	assert_int_equal(erase(w.c, "A", &n), TG_OK);
	assert_int_equal(n, 0);
	/* A month that was copied before and is registered now: what was erased meanwhile is wiped there too. */
	(void)lib_sqlite3("segments/2026-11.db", "UPDATE journal SET body = '" SECRET "' WHERE body IS NULL");
	(void)lib_sqlite3("c", "CREATE TEMP TABLE x AS SELECT * FROM segment_stream; DELETE FROM segment_stream; "
	                       "INSERT INTO segment_stream SELECT * FROM x");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM erase_todo"), 2);
	finish(w.c);
	assert_int_equal(find_secret("segments/2026-11.db", SECRET), 0);
	assert_int_equal(erased_bodies(w.c), 2);
	world_close(&w);
	assert_int_equal(unlink(lib_path("segments/2026-11.db")), 0);
	assert_int_equal(rmdir(lib_path("segments")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(c8_by_order_the_whole_application, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_nothing_of_it_is_left_in_a_file, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_a_reader_delays_the_end_and_no_more, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_tampering_is_found_all_the_same, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_by_rule_when_the_time_has_come, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_a_kiosks_clock_is_not_believed, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_a_kiosk_waits_for_the_centres_word, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_a_kiosk_keeps_what_a_restored_centre_lacks, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_entries_come_without_their_bodies, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_only_personal_bodies_may_be_missing, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_lists_of_companies, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_reports_and_sums_stay, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_what_comes_later_goes_too, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_not_while_keys_lie_on_the_card, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(c8_in_a_sealed_month_too, lib_setup, lib_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
