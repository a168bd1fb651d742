/* The life of a token, PIN work that was begun, applications of a token, and the way from version 1 of the tables.
 * Requirements DOS-8, DOS-10, K-8, C-1, C-5. */
#include "lib.h"

#include <unistd.h>

/* Issue text: blank → in-use; in-use → suspended, lost, damaged, ended; suspended → in-use, lost, damaged, ended;
 * lost → in-use, ended; damaged → ended; ended is final. Rows: from; columns: to; in the order of the list. */
static const char *const allowed[TG_TOKEN_LIFE_COUNT] = {".x....", "..xxxx", ".x.xxx", ".x...x", ".....x", "......"};
static const char *const names[TG_TOKEN_LIFE_COUNT] = {"blank", "in-use", "suspended", "lost", "damaged", "ended"};

static void test_dos8_the_table_of_moves(void **state)
{
	(void)state;
	for (int from = 0; from < TG_TOKEN_LIFE_COUNT; from++) {
		assert_string_equal(tg_token_life_name((enum tg_token_life)from), names[from]);
		assert_int_equal(tg_token_life_find(names[from]), from);
		for (int to = 0; to < TG_TOKEN_LIFE_COUNT; to++)
			assert_int_equal(tg_token_life_allows((enum tg_token_life)from, (enum tg_token_life)to),
			        allowed[from][to] == 'x');
	}
	assert_int_equal(tg_token_life_find("stolen"), -1);
	assert_string_equal(tg_token_life_name(TG_TOKEN_LIFE_COUNT), "");
}

static enum tg_status state_at(struct tg_store *s, const char *serial, const char *to, int64_t at)
{
	char body[160];
	snprintf(body, sizeof(body), "{\"serial\":\"%s\",\"state\":\"%s\",\"why\":\"test\"}", serial, to);
	return tg_store_append(s, TG_RECORD_TOKEN_STATE, body, at, NULL, NULL);
}

static void assert_life(struct tg_store *s, const char *serial, const char *want)
{
	enum tg_token_life life;
	assert_int_equal(tg_store_token_life(s, serial, &life, NULL), TG_OK);
	assert_string_equal(tg_token_life_name(life), want);
}

static uint64_t head_of(struct tg_store *s, const char *kiosk)
{
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(tg_store_head(s, kiosk, &seq, hash, NULL), TG_OK);
	return seq;
}

/* Every move from every state, at the centre's own stream: refused by name and nothing written, or done. */
static void test_dos8_moves_are_refused_by_name(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	static const char *const way[TG_TOKEN_LIFE_COUNT][3] = {{NULL}, {"in-use"}, {"in-use", "suspended"},
	        {"in-use", "lost"}, {"in-use", "damaged"}, {"in-use", "ended"}};
	for (int from = 0; from < TG_TOKEN_LIFE_COUNT; from++) {
		for (int to = 0; to < TG_TOKEN_LIFE_COUNT; to++) {
			char serial[8];
			snprintf(serial, sizeof(serial), "S%d%d", from, to);
			for (int i = 0; i < 3 && way[from][i]; i++)
				assert_int_equal(state_at(c, serial, way[from][i], NOW), TG_OK);
			uint64_t before = head_of(c, TG_CENTRE_STREAM);
			bool may = allowed[from][to] == 'x';
			assert_int_equal(state_at(c, serial, names[to], NOW), may ? TG_OK : TG_CARD_STATE);
			assert_int_equal(head_of(c, TG_CENTRE_STREAM), before + (may ? 1 : 0));
			assert_life(c, serial, may ? names[to] : names[from]);
		}
	}
	const char *const bad[] = {"{}", "{\"serial\":\"S\"}", "{\"serial\":\"S\",\"state\":\"stolen\"}",
	        "{\"serial\":\"\",\"state\":\"in-use\"}", "{\"serial\":7,\"state\":\"in-use\"}",
	        "{\"serial\":\"1234567890123456789012345678901234567890123456789012345678901234\",\"state\":\"in-"
	        "use\"}"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tg_store_append(c, TG_RECORD_TOKEN_STATE, bad[i], NOW, NULL, NULL), TG_INVALID);
	tg_store_close(c);
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

static void test_dos8_delivery_puts_a_token_to_use(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	struct tg_token_row row;
	assert_life(a, "S1", "blank");
	assert_int_equal(tg_store_token_find(a, "S1", &row, NULL), TG_NOT_FOUND);
	(void)lib_append(a, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"A\"}");
	(void)lib_append(a, TG_RECORD_CHIP_INTENT, "{\"number\":\"A\",\"serial\":\"S1\"}");
	assert_life(a, "S1", "blank");
	(void)lib_append(a, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"A\"}");
	assert_life(a, "S1", "in-use");
	/* What came to nothing uses no token. */
	(void)lib_append(a, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"B\",\"carrier\":{\"serial\":\"S2\"}}");
	(void)lib_append(a, TG_RECORD_APPLICATION_UNDONE, "{\"number\":\"B\",\"code\":1}");
	(void)lib_append(a, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"B\"}");
	assert_life(a, "S2", "blank");
	lib_send_all(a, "K1", c, NOW + 10);
	assert_life(c, "S1", "in-use");
	assert_life(c, "S2", "blank");
	/* Every issue is not told to every kiosk; what forbids work is. */
	read_feed(b, c);
	assert_life(b, "S1", "blank");
	assert_int_equal(state_at(c, "S1", "suspended", NOW + 20), TG_OK);
	read_feed(a, c);
	read_feed(b, c);
	assert_life(a, "S1", "suspended");
	assert_life(b, "S1", "suspended");
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
}

static void test_dos8_a_kiosk_acts_on_what_it_was_told(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	lib_whole_application(a, "A", "S1");
	lib_send_all(a, "K1", c, NOW + 1);
	assert_int_equal(state_at(c, "S1", "lost", NOW + 2), TG_OK);
	read_feed(b, c);
	/* Found again at a kiosk that never saw it: allowed by what the feed said, and newer than that. */
	assert_int_equal(state_at(b, "S1", "suspended", NOW + 3), TG_CARD_STATE);
	assert_int_equal(state_at(b, "S1", "in-use", NOW + 3), TG_OK);
	assert_life(b, "S1", "in-use");
	lib_send_all(b, "K2", c, NOW + 4);
	assert_life(c, "S1", "in-use");
	read_feed(a, c);
	assert_life(a, "S1", "in-use");
	/* Suspended in the office; a delivery made offline later lifts no ban, and stays visible as irregular. */
	assert_int_equal(state_at(c, "S1", "suspended", NOW + 5), TG_OK);
	read_feed(a, c);
	(void)lib_append(a, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"B\",\"carrier\":{\"serial\":\"S1\"}}");
	assert_int_equal(
	        tg_store_append(a, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"B\"}", NOW + 6, NULL, NULL), TG_OK);
	assert_life(a, "S1", "suspended");
	lib_send_all(a, "K1", c, NOW + 7);
	assert_life(c, "S1", "suspended");
	struct tg_token_row row;
	assert_int_equal(tg_store_token_find(c, "S1", &row, NULL), TG_OK);
	assert_int_equal(row.irregular, 1);
	assert_int_equal(row.changed_ms, NOW + 5);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
}

/* Two kiosks that could not know of each other: what comes second and is not allowed is kept and flagged. */
static void test_dos8_a_move_that_cannot_be_is_kept_and_flagged(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2"), *c = lib_open_centre("c");
	struct tg_token_row row;
	lib_whole_application(a, "A", "S1");
	lib_whole_application(b, "B", "S1");
	assert_int_equal(state_at(a, "S1", "ended", NOW + 1), TG_OK);
	assert_int_equal(state_at(b, "S1", "lost", NOW + 2), TG_OK);
	lib_send_all(a, "K1", c, NOW + 3);
	lib_send_all(b, "K2", c, NOW + 4);
	assert_life(c, "S1", "ended");
	assert_int_equal(tg_store_token_find(c, "S1", &row, NULL), TG_OK);
	assert_int_equal(row.irregular, 2); /* a delivery and a loss after the end */
	read_feed(a, c);
	read_feed(b, c);
	assert_life(a, "S1", "ended");
	assert_life(b, "S1", "ended");
	struct lib_seen seen = {0};
	assert_int_equal(tg_store_token_entries(c, "S1", lib_see, &seen, NULL), TG_OK);
	assert_int_equal(seen.n, 4);
	assert_int_equal(tg_store_token_entries(c, "S2", lib_see, &seen, NULL), TG_NOT_FOUND);
	tg_store_close(a);
	tg_store_close(b);
	tg_store_close(c);
}

static void test_k8_pin_work_that_was_begun(void **state)
{
	(void)state;
	char what[16];
	struct tg_store *s = lib_open_kiosk("k", "K1");
	assert_int_equal(tg_store_pin_unfinished(s, "S1", what, NULL), TG_NOT_FOUND);
	(void)lib_append(s, TG_RECORD_PIN_INTENT, "{\"serial\":\"S1\",\"carrier\":\"r\",\"what\":\"change\"}");
	tg_store_close(s); /* the power goes */
	s = lib_open_kiosk("k", "K1");
	assert_int_equal(tg_store_pin_unfinished(s, "S1", what, NULL), TG_OK);
	assert_string_equal(what, "change");
	assert_int_equal(tg_store_pin_unfinished(s, "S2", what, NULL), TG_NOT_FOUND);
	/* The end of other work is not this one's. */
	(void)lib_append(s, TG_RECORD_PIN_DONE, "{\"serial\":\"S1\",\"what\":\"unblock\",\"code\":0}");
	(void)lib_append(s, TG_RECORD_PIN_DONE, "{\"serial\":\"S2\",\"what\":\"change\",\"code\":0}");
	assert_int_equal(tg_store_pin_unfinished(s, "S1", what, NULL), TG_OK);
	(void)lib_append(s, TG_RECORD_PIN_INTENT, "{\"serial\":\"S1\",\"carrier\":\"r\",\"what\":\"unblock\"}");
	assert_int_equal(tg_store_pin_unfinished(s, "S1", what, NULL), TG_OK);
	assert_string_equal(what, "unblock");
	(void)lib_append(s, TG_RECORD_PIN_DONE, "{\"serial\":\"S1\",\"what\":\"unblock\",\"code\":301}");
	assert_int_equal(tg_store_pin_unfinished(s, "S1", what, NULL), TG_NOT_FOUND);
	(void)lib_append(s, TG_RECORD_PIN_INTENT, "{\"serial\":\"S1\",\"what\":\"a name that is too long\"}");
	(void)lib_append(s, TG_RECORD_PIN_INTENT, "{\"serial\":\"\",\"what\":\"change\"}");
	(void)lib_append(s, TG_RECORD_PIN_INTENT, "{\"what\":\"change\"}");
	tg_store_close(s);
	assert_int_equal(lib_count("k", "SELECT count(*) FROM pin_work"), 0);
}

static enum tg_status join_numbers(const struct tg_app_row *row, void *ctx)
{
	tg_buf_addf(ctx, "%s %s;", row->number, tg_app_state_name(row->state));
	return TG_OK;
}

static enum tg_status stop_at_once(const struct tg_app_row *row, void *ctx)
{
	(void)row;
	(void)ctx;
	return TG_CANCELLED;
}

static void test_dos10_applications_of_a_token(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	const char *const serials[] = {"S1", "S2", "S1", "S1"};
	for (int i = 0; i < 4; i++) {
		char body[80];
		snprintf(body, sizeof(body), "{\"number\":\"N%d\",\"carrier\":{\"serial\":\"%s\"}}", i, serials[i]);
		assert_int_equal(tg_store_append(s, TG_RECORD_APPLICATION_SUBMITTED, body, NOW + i, NULL, NULL), TG_OK);
	}
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"N4\"}"); /* of no token */
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"N2\"}");
	assert_int_equal(tg_store_apps_of_token(s, "S1", 10, join_numbers, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "N3 submitted;N2 delivered;N0 submitted;");
	tg_buf_reset(&b);
	assert_int_equal(tg_store_apps_of_token(s, "S1", 2, join_numbers, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "N3 submitted;N2 delivered;");
	tg_buf_reset(&b);
	assert_int_equal(tg_store_apps_of_token(s, "", 10, join_numbers, &b, NULL), TG_OK);
	assert_int_equal(tg_store_apps_of_token(s, "S3", 10, join_numbers, &b, NULL), TG_OK);
	assert_int_equal(b.len, 0);
	assert_int_equal(tg_store_apps_of_token(s, "S1", 10, stop_at_once, NULL, NULL), TG_CANCELLED);
	struct tg_app_row row;
	assert_int_equal(tg_store_app_unfinished(s, "S1", &row, NULL), TG_OK);
	assert_string_equal(row.number, "N3");
	tg_buf_finish(&b);
	tg_store_close(s);
	/* Both questions of a kiosk go by the index, however many applications it has. */
	assert_non_null(
	        strstr(lib_sqlite3("k", "EXPLAIN QUERY PLAN SELECT number FROM application WHERE carrier_serial = 'x' "
	                                "AND carrier_serial <> '' ORDER BY accepted_ms DESC"),
	                "application_carrier"));
}

static void test_rebuild_makes_the_same_lives(void **state)
{
	(void)state;
	const char *const dump = "SELECT * FROM token ORDER BY 1; SELECT * FROM token_entry; SELECT * FROM pin_work; "
	                         "SELECT * FROM feed";
	struct tg_store *a = lib_open_kiosk("a", "K1"), *c = lib_open_centre("c");
	lib_whole_application(a, "A", "S1");
	assert_int_equal(state_at(a, "S1", "suspended", NOW + 1), TG_OK);
	lib_whole_application(a, "B", "S2");
	(void)lib_append(a, TG_RECORD_PIN_INTENT, "{\"serial\":\"S1\",\"what\":\"change\"}");
	lib_send_all(a, "K1", c, NOW + 2);
	assert_int_equal(state_at(c, "S1", "ended", NOW + 3), TG_OK);
	read_feed(a, c);
	const char *const files[] = {"a", "c"};
	struct tg_store *const stores[] = {a, c};
	for (int i = 0; i < 2; i++) {
		char *before = strdup(lib_sqlite3(files[i], dump));
		assert_non_null(strstr(before, i == 0 ? "S1|suspended" : "S1|ended"));
		assert_int_equal(tg_store_rebuild(stores[i], NULL), TG_OK);
		assert_string_equal(lib_sqlite3(files[i], dump), before);
		(void)lib_sqlite3(
		        files[i], "DELETE FROM token_entry; UPDATE token SET state = 'nonsense'; DELETE FROM pin_work");
		enum tg_token_life life;
		assert_int_equal(tg_store_token_life(stores[i], "S1", &life, NULL), TG_STORE_DAMAGED);
		assert_int_equal(tg_store_rebuild(stores[i], NULL), TG_OK);
		assert_string_equal(lib_sqlite3(files[i], dump), before);
		free(before);
	}
	assert_life(a, "S1", "ended");
	/* What the kiosks were told wrongly is told rightly. */
	(void)lib_sqlite3("c", "UPDATE feed SET body = '{\"state\":\"in-use\"}' WHERE key = 'S1'");
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("c", "SELECT body FROM feed WHERE key = 'S1'"), "{\"state\":\"ended\"}");
	tg_store_close(a);
	tg_store_close(c);
}

/* --- Version 1: its tables as its program made them, and entries of kinds that it did not know. */
#define V1_TABLES                                                                                                      \
	"CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), role TEXT NOT NULL, kiosk TEXT NOT NULL, "          \
	"next_number INTEGER NOT NULL) STRICT;"                                                                        \
	"CREATE TABLE journal (id INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, seq INTEGER NOT NULL, "                    \
	"time_ms INTEGER NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT, salt BLOB NOT NULL, "      \
	"body_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL, before INTEGER NOT NULL, "              \
	"received_ms INTEGER NOT NULL) STRICT;"                                                                        \
	"CREATE TABLE high_water (kiosk TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, "                  \
	"last_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;"                                                             \
	"CREATE TABLE mark (kiosk TEXT, block INTEGER, id INTEGER NOT NULL, PRIMARY KEY (kiosk, block)) "              \
	"STRICT, WITHOUT ROWID;"                                                                                       \
	"CREATE TABLE application (number TEXT PRIMARY KEY, kiosk TEXT NOT NULL, state TEXT NOT NULL, "                \
	"provider TEXT NOT NULL, service TEXT NOT NULL, form TEXT NOT NULL, carrier_serial TEXT NOT NULL, "            \
	"accepted_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, first_seq INTEGER NOT NULL, "                     \
	"last_seq INTEGER NOT NULL, sent_ms INTEGER NOT NULL, registered_ms INTEGER NOT NULL, "                        \
	"last_id INTEGER NOT NULL, irregular INTEGER NOT NULL) STRICT, WITHOUT ROWID;"                                 \
	"CREATE INDEX application_open ON application (carrier_serial) WHERE finished_ms = 0 AND carrier_serial <> "   \
	"'';"                                                                                                          \
	"CREATE TABLE application_entry (id INTEGER PRIMARY KEY REFERENCES journal (id), before INTEGER NOT NULL) "    \
	"STRICT;"                                                                                                      \
	"CREATE TABLE sync_state (id INTEGER PRIMARY KEY CHECK (id = 1), acked_seq INTEGER NOT NULL, "                 \
	"acked_hash BLOB, acked_centre_ms INTEGER NOT NULL, acked_signature BLOB, acked_at_ms INTEGER NOT NULL, "      \
	"best_seq INTEGER NOT NULL, best_hash BLOB, best_centre_ms INTEGER NOT NULL, best_signature BLOB) STRICT;"     \
	"INSERT INTO sync_state VALUES (1, 0, NULL, 0, NULL, 0, 0, NULL, 0, NULL);"                                    \
	"PRAGMA application_id = 1414350657; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
#define V1_KIOSK "CREATE INDEX application_unsent ON application (last_seq) WHERE sent_ms = 0;"

static const char *copy_of(const char *name)
{
	static char sql[1000];
	snprintf(sql, sizeof(sql),
	        "ATTACH '%s' AS new; INSERT INTO meta SELECT * FROM new.meta; INSERT INTO journal SELECT * FROM "
	        "new.journal;"
	        "INSERT INTO high_water SELECT * FROM new.high_water; INSERT INTO mark SELECT * FROM new.mark;"
	        "INSERT INTO application SELECT number, kiosk, state, provider, service, form, carrier_serial, "
	        "accepted_ms, "
	        "finished_ms, first_seq, last_seq, sent_ms, registered_ms, last_id, irregular FROM new.application;"
	        "INSERT INTO application_entry SELECT * FROM new.application_entry;",
	        lib_path(name));
	return sql;
}

/* The same rows under the tables of version 1. */
static void make_v1(const char *name, const char *from, bool kiosk)
{
	static char sql[8000];
	snprintf(sql, sizeof(sql), "%s%s%s", V1_TABLES, kiosk ? V1_KIOSK : "", copy_of(from));
	(void)lib_sqlite3(name, sql);
	assert_int_equal(lib_count(name, "PRAGMA user_version"), 1);
}

#define CERT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LIFE_DUMP                                                                                                      \
	"SELECT * FROM token ORDER BY 1; SELECT * FROM token_entry; SELECT * FROM pin_work; SELECT * FROM lock_try; "  \
	"SELECT * FROM lock_clear; SELECT * FROM application ORDER BY 1; PRAGMA user_version; "                        \
	"SELECT name, sql FROM sqlite_schema ORDER BY name"

static void fill_for_migration(struct tg_store *k, struct tg_store *c)
{
	lib_whole_application(k, "A", "S1");
	(void)lib_append(
	        k, TG_RECORD_PIN_TRIED, "{\"certificate\":\"" CERT "\",\"provider\":\"kg-dostek\",\"right\":false}");
	(void)lib_append(k, TG_RECORD_PIN_INTENT, "{\"serial\":\"S1\",\"what\":\"change\"}");
	assert_int_equal(state_at(k, "S1", "lost", NOW + 5), TG_OK);
	for (int i = 0; i < 100; i++)
		(void)lib_append(k, TG_RECORD_FAILURE_SHOWN, "{\"code\":203}");
	lib_send_all(k, "K1", c, NOW + 10);
}

static void test_a_database_of_version_1_is_brought_up_to_date(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c"), *s = NULL;
	fill_for_migration(k, c);
	tg_store_close(k);
	tg_store_close(c);
	const char *const now[] = {"k", "c"}, *const old[] = {"k1", "c1"};
	for (int i = 0; i < 2; i++) {
		struct tg_verify_report report;
		enum tg_token_life life;
		uint64_t cursor;
		make_v1(old[i], now[i], i == 0);
		/* For looking only: the journal can be read, what it lacks is said, nothing is changed. */
		assert_int_equal(tg_store_open_readonly(&s, lib_path(old[i]), NULL), TG_OK);
		assert_int_equal(lib_verify(s, &report), TG_OK);
		assert_int_equal(report.entries, 109);
		assert_int_equal(tg_store_token_life(s, "S1", &life, NULL), TG_STORE_OPEN);
		assert_int_equal(tg_store_feed_cursor(s, &cursor, NULL), TG_STORE_OPEN);
		tg_store_close(s);
		assert_int_equal(lib_count(old[i], "PRAGMA user_version"), 1);
		s = i == 0 ? lib_open_kiosk(old[i], "K1") : lib_open_centre(old[i]);
		assert_life(s, "S1", "lost");
		assert_int_equal(lib_verify(s, &report), TG_OK);
		tg_store_close(s);
		char *want = strdup(lib_sqlite3(now[i], LIFE_DUMP));
		assert_string_equal(lib_sqlite3(old[i], LIFE_DUMP), want);
		free(want);
	}
	/* The centre tells its kiosks what it had not understood until now. */
	assert_string_equal(lib_sqlite3("c1", "SELECT kind, key FROM feed ORDER BY kind"), "lock|" CERT "\ntoken|S1");
	/* The technicians' tool does the same. */
	make_v1("k2", "k", true);
	assert_int_equal(tg_store_open_existing(&s, lib_path("k2"), NULL), TG_OK);
	assert_life(s, "S1", "lost");
	tg_store_close(s);
}

/* Killed in between: the old tables, whole, or the new ones. */
static void test_a_migration_that_fails_leaves_version_1(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c");
	fill_for_migration(k, c);
	tg_store_close(k);
	tg_store_close(c);
	make_v1("k1", "k", true);
	(void)lib_sqlite3("k1", "CREATE TABLE feed (other TEXT)"); /* in the way */
	lib_open_fails("k1", TG_STORE_KIOSK, "K1", TG_STORE_DAMAGED);
	assert_string_equal(
	        lib_sqlite3("k1", "PRAGMA user_version; SELECT count(*) FROM sqlite_schema WHERE name LIKE 'lock%'"),
	        "1\n0");
	(void)lib_sqlite3("k1", "DROP TABLE feed");
	k = lib_open_kiosk("k1", "K1");
	assert_life(k, "S1", "lost");
	tg_store_close(k);
	/* Another program's version 1 is not touched. */
	(void)lib_sqlite3("other", "CREATE TABLE a (b); PRAGMA user_version = 1");
	lib_open_fails("other", TG_STORE_KIOSK, "K1", TG_STORE_OPEN);
	assert_string_equal(lib_sqlite3("other", "SELECT group_concat(name) FROM sqlite_schema"), "a");
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_dos8_moves_are_refused_by_name),
	        T(test_dos8_a_move_that_cannot_be_is_kept_and_flagged),
	        T(test_a_migration_that_fails_leaves_version_1),
	        cmocka_unit_test(test_dos8_the_table_of_moves),
	        T(test_dos8_delivery_puts_a_token_to_use),
	        T(test_dos8_a_kiosk_acts_on_what_it_was_told),
	        T(test_k8_pin_work_that_was_begun),
	        T(test_dos10_applications_of_a_token),
	        T(test_rebuild_makes_the_same_lives),
	        T(test_a_database_of_version_1_is_brought_up_to_date),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
