/* Version 2 of the tables, as its program made them, and what becomes of them. Requirements K-15, C-3; decision 0178.
 */
#include "lib.h"

#include <stdlib.h>

static const char *const tables =
        "CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), role TEXT NOT NULL, kiosk TEXT NOT NULL, "
        "next_number INTEGER NOT NULL) STRICT;"
        "CREATE TABLE journal (id INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, seq INTEGER NOT NULL, "
        "time_ms INTEGER NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT, salt BLOB NOT NULL, "
        "body_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL, before INTEGER NOT NULL, "
        "received_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE high_water (kiosk TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, "
        "last_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE mark (kiosk TEXT, block INTEGER, id INTEGER NOT NULL, PRIMARY KEY (kiosk, block)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE application (number TEXT PRIMARY KEY, kiosk TEXT NOT NULL, state TEXT NOT NULL, "
        "provider TEXT NOT NULL, service TEXT NOT NULL, form TEXT NOT NULL, carrier_serial TEXT NOT NULL, "
        "accepted_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, first_seq INTEGER NOT NULL, "
        "last_seq INTEGER NOT NULL, sent_ms INTEGER NOT NULL, registered_ms INTEGER NOT NULL, last_id INTEGER NOT "
        "NULL, "
        "irregular INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX application_open ON application (carrier_serial) WHERE finished_ms = 0 AND carrier_serial <> '';"
        "CREATE TABLE application_entry (id INTEGER PRIMARY KEY REFERENCES journal (id), before INTEGER NOT NULL) "
        "STRICT;"
        "CREATE TABLE sync_state (id INTEGER PRIMARY KEY CHECK (id = 1), acked_seq INTEGER NOT NULL, acked_hash BLOB, "
        "acked_centre_ms INTEGER NOT NULL, acked_signature BLOB, acked_at_ms INTEGER NOT NULL, "
        "best_seq INTEGER NOT NULL, best_hash BLOB, best_centre_ms INTEGER NOT NULL, best_signature BLOB) STRICT;"
        "INSERT INTO sync_state VALUES (1, 0, NULL, 0, NULL, 0, 0, NULL, 0, NULL);"
        "CREATE TABLE lock_try (certificate TEXT, kiosk TEXT, seq INTEGER, time_ms INTEGER NOT NULL, "
        "provider TEXT NOT NULL, PRIMARY KEY (certificate, kiosk, seq)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE lock_clear (certificate TEXT, kiosk TEXT, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL, "
        "PRIMARY KEY (certificate, kiosk)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE token (serial TEXT PRIMARY KEY, state TEXT NOT NULL, changed_ms INTEGER NOT NULL, "
        "stated_ms INTEGER NOT NULL, last_id INTEGER NOT NULL, irregular INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE token_entry (id INTEGER PRIMARY KEY REFERENCES journal (id), before INTEGER NOT NULL) STRICT;"
        "CREATE TABLE pin_work (serial TEXT, kiosk TEXT, what TEXT NOT NULL, seq INTEGER NOT NULL, "
        "PRIMARY KEY (serial, kiosk)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE feed (cursor INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, "
        "key TEXT NOT NULL, provider TEXT NOT NULL, audience TEXT NOT NULL, body TEXT) STRICT;"
        "CREATE UNIQUE INDEX feed_thing ON feed (kind, key);"
        "CREATE TABLE feed_state (id INTEGER PRIMARY KEY CHECK (id = 1), cursor INTEGER NOT NULL, "
        "centre_ms INTEGER NOT NULL) STRICT;"
        "INSERT INTO feed_state VALUES (1, 0, 0);"
        "PRAGMA application_id = 1414350657; PRAGMA user_version = 2; PRAGMA journal_mode = WAL;";
static const char *const kiosk_tables =
        "CREATE INDEX application_unsent ON application (last_seq) WHERE sent_ms = 0;"
        "DROP INDEX application_open;"
        "CREATE INDEX application_carrier ON application (carrier_serial) WHERE carrier_serial <> '';";

/* The same rows under the tables of version 2; the projections it had are what its program knew then. */
static void make_v2(const char *name, const char *from, bool kiosk)
{
	static char sql[12000];
	int n = snprintf(sql, sizeof(sql),
	        "%s%sATTACH '%s' AS new; INSERT INTO meta SELECT * FROM new.meta;"
	        "INSERT INTO journal SELECT * FROM new.journal; INSERT INTO high_water SELECT * FROM new.high_water;"
	        "INSERT INTO mark SELECT * FROM new.mark; INSERT INTO application SELECT number, kiosk, 'submitted', "
	        "provider, "
	        "service, form, carrier_serial, accepted_ms, 0, first_seq, last_seq, sent_ms, registered_ms, "
	        "first_seq, 0 FROM "
	        "new.application; INSERT INTO application_entry SELECT first_seq, 0 FROM new.application;"
	        "UPDATE sync_state SET (acked_seq, acked_centre_ms, acked_at_ms) = (SELECT acked_seq, acked_centre_ms, "
	        "acked_at_ms FROM new.sync_state);",
	        tables, kiosk ? kiosk_tables : "", lib_path(from));
	assert_true(n > 0 && (size_t)n < sizeof(sql));
	(void)lib_sqlite3(name, sql);
	assert_int_equal(lib_count(name, "PRAGMA user_version"), 2);
}

#define DUMP                                                                                                           \
	"SELECT number, state, kind, way, operation, proof, promised_ms, changed_ms, finished_ms, code, sent_ms, "     \
	"registered_ms, last_seq, irregular FROM application ORDER BY 1; SELECT * FROM application_entry;"             \
	"SELECT * FROM token; SELECT * FROM lock_try; SELECT * FROM work; PRAGMA "                                     \
	"user_version;"                                                                                                \
	"SELECT name, sql FROM sqlite_schema ORDER BY name"

static void fill(struct tg_store *k, struct tg_store *c)
{
	struct tg_ack ack = {.seq = 7, .centre_time_ms = NOW + 1, .signature_len = 70};
	uint8_t hash[TG_HASH_LEN];
	lib_whole_application(k, "A", "S1");
	(void)lib_append(k, TG_RECORD_APPLICATION_SUBMITTED,
	        "{\"number\":\"B\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"kind\":\"entity\",\"proof\":"
	        "\"signature\","
	        "\"signed\":\"AA==\",\"iin\":\"850101400001\",\"promised_ms\":1795000000000}");
	uint64_t head;
	assert_int_equal(tg_store_head(k, "K1", &head, hash, NULL), TG_OK);
	assert_true(head == ack.seq && tg_copy(ack.kiosk, sizeof(ack.kiosk), "K1"));
	memcpy(ack.hash, hash, sizeof(hash));
	assert_int_equal(tg_store_set_acked(k, &ack, NOW + 2, NULL), TG_OK);
	for (int i = 0; i < 100; i++)
		(void)lib_append(k, TG_RECORD_FAILURE_SHOWN, "{\"code\":203}");
	lib_send_all(k, "K1", c, NOW + 10);
	/* What an older centre kept without understanding it. */
	(void)lib_append(c, TG_RECORD_APPLICATION_VERIFIED, "{\"number\":\"B\",\"code\":320}");
}

static void test_a_database_of_version_2_is_brought_up_to_date(void **state)
{
	(void)state;
	const char *const now[] = {"k", "c"}, *const old[] = {"k2", "c2"};
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c"), *s = NULL;
	struct tg_app_row row;
	struct tg_verify_report report;
	fill(k, c);
	tg_store_close(k);
	tg_store_close(c);
	for (int i = 0; i < 2; i++) {
		make_v2(old[i], now[i], i == 0);
		/* For looking only: the journal can be read, what it lacks is said, nothing is changed. */
		assert_int_equal(tg_store_open_readonly(&s, lib_path(old[i]), NULL), TG_OK);
		assert_int_equal(lib_verify(s, &report), TG_OK);
		assert_int_equal(tg_store_app_find(s, "A", &row, NULL), TG_STORE_OPEN);
		tg_store_close(s);
		assert_int_equal(lib_count(old[i], "PRAGMA user_version"), 2);
		s = i == 0 ? lib_open_kiosk(old[i], "K1") : lib_open_centre(old[i]);
		assert_int_equal(lib_verify(s, &report), TG_OK);
		assert_int_equal(tg_store_app_find(s, "B", &row, NULL), TG_OK);
		assert_string_equal(tg_app_state_name(row.state), i == 0 ? "verifying" : "refused");
		assert_string_equal(row.kind, "entity");
		assert_true(row.promised_ms == INT64_C(1795000000000));
		tg_store_close(s);
		char *want = strdup(lib_sqlite3(now[i], DUMP));
		assert_string_equal(lib_sqlite3(old[i], DUMP), want);
		free(want);
	}
	/* When the centre had it is not in a kiosk's journal: kept from the old rows. */
	assert_string_equal(
	        lib_sqlite3("k2", "SELECT sent_ms - 1795338930000 FROM application WHERE number = 'A'"), "2");
}

/* News of older programs become entries of the centre's stream; the kiosks are not told a second time. C-5. */
static void test_c5_old_news_become_entries(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	tg_store_close(c);
	make_v2("c2", "c", false);
	(void)lib_sqlite3("c2", "INSERT INTO feed VALUES (7, 70, 'news', 'n1', 'kz-nca', '', '{\"from_ms\":1,\"title\":"
	                        "{\"kk\":\"k\",\"ky\":\"y\",\"ru\":\"r\",\"en\":\"e\"}}'), "
	                        "(8, 80, 'news', 'n2', '', '', NULL), (9, 90, 'news', 'n3', '', '', '{\"title\":"
	                        "{\"kk\":\"k\",\"ky\":\"y\",\"ru\":\"r\",\"en\":\"e\"}}'); "
	                        "UPDATE feed_state SET cursor = 9, centre_ms = 90");
	char *old = strdup(lib_sqlite3("c2", "SELECT cursor, time_ms, kind, key, provider, body FROM feed"));
	for (int again = 0; again < 2; again++) {
		struct tg_verify_report report;
		c = lib_open_centre("c2");
		assert_int_equal(lib_verify(c, &report), TG_OK);
		assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
		tg_store_close(c);
		assert_string_equal(
		        lib_sqlite3("c2", "SELECT cursor, time_ms, kind, key, provider, body FROM feed"), old);
		assert_string_equal(
		        lib_sqlite3("c2",
		                "SELECT group_concat(kiosk || ' ' || kind || ' ' || json_extract(body, '$.id')) "
		                "FROM (SELECT * FROM journal ORDER BY body ->> '$.id')"),
		        "C00-1 news.told n1,C00-1 news.told n3");
	}
	free(old);
}

static void test_a_migration_that_fails_leaves_version_2(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c");
	struct tg_app_row row;
	fill(k, c);
	tg_store_close(k);
	tg_store_close(c);
	make_v2("k2", "k", true);
	(void)lib_sqlite3("k2", "CREATE TABLE power (other TEXT)"); /* in the way */
	lib_open_fails("k2", TG_STORE_KIOSK, "K1", TG_STORE_DAMAGED);
	assert_string_equal(
	        lib_sqlite3("k2", "PRAGMA user_version; SELECT count(*) FROM sqlite_schema WHERE name = 'claim';"
	                          "SELECT count(*) FROM pragma_table_info('application') WHERE name = 'kind'"),
	        "2\n0\n0");
	(void)lib_sqlite3("k2", "DROP TABLE power");
	k = lib_open_kiosk("k2", "K1");
	assert_int_equal(tg_store_app_find(k, "B", &row, NULL), TG_OK);
	tg_store_close(k);
}

/* Version 6 keeps the centre's own entries a second time; those that stand there already too. */
static void test_c3_own_entries_get_their_second_row(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		        tg_store_append(c, TG_RECORD_BACKUP_MADE, "{\"to\":\"x\"}", 1000 + i, NULL, NULL), TG_OK);
	tg_store_close(c);
	(void)lib_sqlite3("c", "DROP TABLE own; DROP INDEX application_idle; PRAGMA user_version = 5");
	c = lib_open_centre("c");
	assert_int_equal(tg_store_append(c, TG_RECORD_BACKUP_MADE, "{\"to\":\"y\"}", 2000, NULL, NULL), TG_OK);
	tg_store_close(c);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM own"), 6);
	assert_string_equal(
	        lib_sqlite3("c", "SELECT * FROM own EXCEPT SELECT * FROM journal; PRAGMA user_version"), "6");
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_a_database_of_version_2_is_brought_up_to_date),
	        T(test_c5_old_news_become_entries),
	        T(test_a_migration_that_fails_leaves_version_2),
	        T(test_c3_own_entries_get_their_second_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
