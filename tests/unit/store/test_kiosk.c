/* The journal of one kiosk and what it makes of applications. Requirements C-1, K-8, K-9, K-15. */
#include "lib.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBER "0001-0000-0144"

static void write_file(const char *name, const char *text)
{
	int fd = open(lib_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void test_open_refuses_what_is_not_its_own(void **state)
{
	(void)state;
	lib_open_fails("no/such/dir", TG_STORE_KIOSK, "K1", TG_STORE_OPEN);
	lib_open_fails("x", TG_STORE_KIOSK, "not valid", TG_STORE_OPEN);
	write_file("garbage",
	        "this is not a database at all, but long enough to be read as the header of one, is it not? ....");
	lib_open_fails("garbage", TG_STORE_KIOSK, "K1", TG_STORE_DAMAGED);
	assert_string_equal(lib_sqlite3("foreign", "CREATE TABLE a(b); SELECT 1"), "1");
	lib_open_fails("foreign", TG_STORE_KIOSK, "K1", TG_STORE_OPEN);
	tg_store_close(lib_open_kiosk("k", "K1"));
	lib_open_fails("k", TG_STORE_KIOSK, "K2", TG_STORE_OPEN);
	lib_open_fails("k", TG_STORE_CENTRE, NULL, TG_STORE_OPEN);
	(void)lib_sqlite3("k", "PRAGMA user_version = 99");
	lib_open_fails("k", TG_STORE_KIOSK, "K1", TG_STORE_OPEN);
}

static void test_readonly_makes_and_writes_nothing(void **state)
{
	(void)state;
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_store_open_readonly(&s, lib_path("none"), &err), TG_STORE_OPEN);
	assert_int_equal(access(lib_path("none"), F_OK), -1);
	write_file("empty", "");
	assert_int_equal(tg_store_open_readonly(&s, lib_path("empty"), &err), TG_STORE_OPEN);
	struct tg_store *w = lib_open_kiosk("k", "K1");
	(void)lib_append(w, TG_RECORD_KIOSK_STARTED, "{}");
	assert_int_equal(tg_store_open_readonly(&s, lib_path("k"), &err), TG_OK);
	uint64_t seq;
	assert_int_equal(tg_store_append(s, TG_RECORD_KIOSK_STARTED, "{}", NOW, &seq, &err), TG_STORE_OPEN);
	struct tg_verify_report report;
	assert_int_equal(lib_verify(s, &report), TG_OK);
	assert_int_equal(report.entries, 1);
	tg_store_close(s);
	tg_store_close(w);
}

static void test_files_are_not_for_everybody(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	(void)lib_append(s, TG_RECORD_KIOSK_STARTED, "{}");
	const char *const names[] = {"k", "k-wal", "k-shm"};
	for (size_t i = 0; i < 3; i++) {
		struct stat st;
		assert_int_equal(stat(lib_path(names[i]), &st), 0);
		assert_int_equal(st.st_mode & 0007, 0);
	}
	tg_store_close(s);
}

static void test_append_refuses_bodies_that_are_not_objects(void **state)
{
	(void)state;
	static char big[TG_BODY_MAX + 2];
	struct tg_store *s = lib_open_kiosk("k", "K1");
	const char *const bad[] = {"", "x", "[]", "1", "{", "{\"a\":1,\"a\":2}", "{} {}", "{\"a\":\"\xff\"}", "null"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tg_store_append(s, TG_RECORD_KIOSK_STARTED, bad[i], NOW, NULL, NULL), TG_INVALID);
	memset(big, ' ', sizeof(big) - 1);
	memcpy(big, "{}", 2);
	assert_int_equal(tg_store_append(s, TG_RECORD_KIOSK_STARTED, big, NOW, NULL, NULL), TG_LIMIT);
	big[TG_BODY_MAX] = '\0';
	assert_int_equal(tg_store_append(s, TG_RECORD_KIOSK_STARTED, big, NOW, NULL, NULL), TG_OK);
	tg_store_close(s);
	assert_int_equal(lib_count("k", "SELECT count(*) FROM journal"), 1);
}

static void test_c1_entries_are_chained_from_genesis(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K01A-3");
	for (uint64_t i = 1; i <= 50; i++)
		assert_int_equal(lib_append(s, TG_RECORD_FAILURE_SHOWN, "{\"code\":203}"), i);
	tg_store_close(s);
	/* From python3 hashlib, see tests/unit/record/vectors.py. */
	assert_string_equal(lib_sqlite3("k", "SELECT lower(hex(prev_hash)) FROM journal WHERE seq = 1"),
	        "7e9115030f7a48496840065ace5fa587e58a0f7093bd66252ed8199bb258d310");
	assert_int_equal(lib_count("k", "SELECT count(*) FROM journal a JOIN journal b ON b.seq = a.seq + 1 AND "
	                                "b.prev_hash = a.hash"),
	        49);
	assert_string_equal(lib_sqlite3("k", "SELECT count(*), min(seq), max(seq), count(DISTINCT salt) FROM journal"),
	        "50|1|50|50");
	assert_string_equal(
	        lib_sqlite3("k", "PRAGMA journal_mode; PRAGMA integrity_check; PRAGMA foreign_key_check"), "wal\nok");
}

static void test_head_is_genesis_then_the_newest(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	uint8_t hash[TG_HASH_LEN], genesis[TG_HASH_LEN];
	uint64_t seq = 9;
	tg_entry_genesis("K1", genesis);
	assert_int_equal(tg_store_head(s, "K1", &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, 0);
	assert_memory_equal(hash, genesis, TG_HASH_LEN);
	(void)lib_append(s, TG_RECORD_KIOSK_STARTED, "{}");
	struct lib_seen seen = {0};
	assert_int_equal(tg_store_read(s, "K1", 0, 10, lib_see, &seen, NULL), TG_OK);
	assert_int_equal(tg_store_head(s, "K1", &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, 1);
	assert_memory_equal(hash, seen.hash, TG_HASH_LEN);
	tg_store_close(s);
}

static enum tg_status stop_at_three(const struct tg_entry *e, void *ctx)
{
	(void)ctx;
	return e->seq == 3 ? TG_NOT_FOUND : TG_OK;
}

static void test_read_gives_ranges_and_passes_the_callbacks_answer(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	for (int i = 0; i < 10; i++)
		(void)lib_append(s, TG_RECORD_KIOSK_STARTED, "{}");
	const struct {
		uint64_t from;
		int max;
		uint64_t n, last;
	} cases[] = {{1, 100, 10, 10}, {0, 3, 3, 3}, {4, 3, 3, 6}, {10, 5, 1, 10}, {11, 5, 0, 0}, {1, 0, 0, 0},
	        {1, -1, 0, 0}, {UINT64_MAX, 5, 0, 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lib_seen seen = {.ordered = true};
		assert_int_equal(tg_store_read(s, "K1", cases[i].from, cases[i].max, lib_see, &seen, NULL), TG_OK);
		assert_true(seen.n == cases[i].n && seen.last_seq == cases[i].last && seen.ordered);
	}
	assert_int_equal(tg_store_read(s, "K1", 1, 10, stop_at_three, NULL, NULL), TG_NOT_FOUND);
	assert_int_equal(tg_store_each(s, stop_at_three, NULL, NULL), TG_NOT_FOUND);
	tg_store_close(s);
}

static void test_k9_counters_never_repeat(void **state)
{
	(void)state;
	uint32_t counter, last = 0;
	for (int round = 0; round < 5; round++) {
		struct tg_store *a = lib_open_kiosk("k", "K1"), *b = lib_open_kiosk("k", "K1");
		for (int i = 0; i < 10; i++) {
			assert_int_equal(tg_store_next_number(i % 2 ? a : b, &counter, NULL), TG_OK);
			assert_true(counter > last);
			last = counter;
		}
		tg_store_close(a);
		tg_store_close(b);
	}
	(void)lib_sqlite3("k", "UPDATE meta SET next_number = 268435455");
	struct tg_store *s = lib_open_kiosk("k", "K1");
	assert_int_equal(tg_store_next_number(s, &counter, NULL), TG_OK);
	assert_int_equal(counter, 268435455);
	assert_int_equal(tg_store_next_number(s, &counter, NULL), TG_LIMIT);
	tg_store_close(s);
}

static enum tg_app_state state_of(struct tg_store *s, const char *number)
{
	struct tg_app_row row;
	assert_int_equal(tg_store_app_find(s, number, &row, NULL), TG_OK);
	return row.state;
}

static void test_k8_an_application_goes_through_its_states(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_app_row row;
	assert_int_equal(tg_store_app_find(s, NUMBER, &row, NULL), TG_NOT_FOUND);
	(void)lib_append(s, TG_RECORD_KIOSK_STARTED, "{}");
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED,
	        "{\"number\":\"" NUMBER "\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a1\"}");
	assert_int_equal(tg_store_app_find(s, NUMBER, &row, NULL), TG_OK);
	assert_int_equal(row.state, TG_APP_SUBMITTED);
	assert_string_equal(row.provider, "kz-nca");
	assert_string_equal(row.service, "issue");
	assert_string_equal(row.form, "nca-a1");
	assert_string_equal(row.kiosk, "K1");
	assert_string_equal(row.carrier_serial, "");
	assert_true(row.accepted_ms == NOW && row.finished_ms == 0 && row.first_seq == 2 && row.last_seq == 2);
	(void)lib_append(s, TG_RECORD_APPLICATION_WAITING, "{\"number\":\"" NUMBER "\",\"code\":402}");
	assert_int_equal(state_of(s, NUMBER), TG_APP_WAITING);
	assert_int_equal(tg_store_app_unfinished(s, "S1", &row, NULL), TG_NOT_FOUND);
	(void)lib_append(
	        s, TG_RECORD_CHIP_INTENT, "{\"number\":\"" NUMBER "\",\"serial\":\"S1\",\"step\":\"generate\"}");
	assert_int_equal(state_of(s, NUMBER), TG_APP_WORKING);
	assert_int_equal(tg_store_app_unfinished(s, "S1", &row, NULL), TG_OK);
	assert_string_equal(row.number, NUMBER);
	assert_int_equal(tg_store_app_unfinished(s, "S2", &row, NULL), TG_NOT_FOUND);
	assert_int_equal(tg_store_app_unfinished(s, "", &row, NULL), TG_NOT_FOUND);
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"" NUMBER "\"}");
	(void)lib_append(s, TG_RECORD_RECEIPT_PRINTED, "{\"number\":\"" NUMBER "\"}");
	assert_int_equal(tg_store_app_unfinished(s, "S1", &row, NULL), TG_NOT_FOUND);
	assert_int_equal(tg_store_app_find(s, NUMBER, &row, NULL), TG_OK);
	assert_int_equal(row.state, TG_APP_DELIVERED);
	assert_true(row.finished_ms == NOW && row.first_seq == 2 && row.last_seq == 6);
	tg_store_close(s);
	assert_int_equal(lib_count("k", "SELECT irregular FROM application"), 0);
}

static void test_k8_moves_that_cannot_be_are_kept_and_flagged(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	/* without a number, with one that is none, with one too long: entries only */
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{}");
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":7}");
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"1234567890123456789012345\"}");
	/* never submitted */
	(void)lib_append(s, TG_RECORD_CHIP_DONE, "{\"number\":\"A\"}");
	/* delivered, then undone; submitted twice */
	lib_whole_application(s, "B", "S1");
	(void)lib_append(s, TG_RECORD_APPLICATION_UNDONE, "{\"number\":\"B\",\"code\":205}");
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"B\"}");
	assert_int_equal(state_of(s, "B"), TG_APP_DELIVERED);
	tg_store_close(s);
	assert_string_equal(
	        lib_sqlite3("k", "SELECT number, state, irregular, last_seq FROM application ORDER BY number"),
	        "A|working|1|4\nB|delivered|2|12");
	assert_int_equal(lib_count("k", "SELECT count(*) FROM journal"), 12);
}

static enum tg_status join_kinds(const struct tg_entry *e, void *ctx)
{
	tg_buf_addf(ctx, "%llu %s;", (unsigned long long)e->seq, e->kind);
	return TG_OK;
}

static void test_k8_entries_of_one_application_in_order(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_buf b = TG_BUF_INIT;
	assert_int_equal(tg_store_app_entries(s, "A", join_kinds, &b, NULL), TG_NOT_FOUND);
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"A\"}");
	lib_whole_application(s, "B", "S1");
	(void)lib_append(s, TG_RECORD_CHIP_INTENT, "{\"number\":\"A\",\"serial\":\"S2\"}");
	(void)lib_append(s, TG_RECORD_FAILURE_SHOWN, "{\"code\":205}");
	(void)lib_append(s, TG_RECORD_APPLICATION_UNDONE, "{\"number\":\"A\",\"code\":205}");
	assert_int_equal(tg_store_app_entries(s, "A", join_kinds, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "1 application.submitted;8 chip.intent;10 application.undone;");
	tg_buf_finish(&b);
	tg_store_close(s);
}

static void test_k8_the_newest_unfinished_of_a_carrier(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_app_row row;
	for (char c = 'A'; c <= 'C'; c++) {
		char body[80];
		snprintf(body, sizeof(body), "{\"number\":\"%c\",\"serial\":\"S\"}", c);
		(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, body);
		(void)lib_append(s, TG_RECORD_CHIP_INTENT, body);
	}
	(void)lib_append(s, TG_RECORD_APPLICATION_UNDONE, "{\"number\":\"C\",\"code\":205}");
	assert_int_equal(tg_store_app_unfinished(s, "S", &row, NULL), TG_OK);
	assert_string_equal(row.number, "B");
	tg_store_close(s);
}

static struct tg_ack ack_for(const char *kiosk, uint64_t seq, const char *hash_hex)
{
	struct tg_ack a = {.seq = seq, .centre_time_ms = NOW, .signature = {0x30, 0x01}, .signature_len = 70};
	assert_true(tg_copy(a.kiosk, sizeof(a.kiosk), kiosk));
	assert_int_equal(tg_unhex(hash_hex, a.hash, sizeof(a.hash)), TG_HASH_LEN);
	return a;
}

static struct tg_ack ack_of(const char *name, uint64_t seq)
{
	char sql[80];
	snprintf(sql, sizeof(sql), "SELECT lower(hex(hash)) FROM journal WHERE seq = %llu", (unsigned long long)seq);
	return ack_for("K1", seq, lib_sqlite3(name, sql));
}

static void assert_acked(struct tg_store *s, uint64_t want)
{
	uint64_t acked = 99;
	assert_int_equal(tg_store_acked(s, &acked, NULL), TG_OK);
	assert_int_equal(acked, want);
}

static void test_c1_false_acknowledgements_are_refused(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	for (int i = 0; i < 3; i++)
		(void)lib_append(s, TG_RECORD_KIOSK_STARTED, "{}");
	struct tg_ack a = ack_of("k", 2);
	a.seq = 3;
	assert_int_equal(tg_store_set_acked(s, &a, NOW, NULL), TG_SYNC_FORK);
	a.seq = 4;
	assert_int_equal(tg_store_set_acked(s, &a, NOW, NULL), TG_SYNC_FORK);
	a = ack_of("k", 2);
	a.hash[31] ^= 1;
	assert_int_equal(tg_store_set_acked(s, &a, NOW, NULL), TG_SYNC_FORK);
	a = ack_of("k", 2);
	assert_true(tg_copy(a.kiosk, sizeof(a.kiosk), "K2"));
	assert_int_equal(tg_store_set_acked(s, &a, NOW, NULL), TG_SYNC_FOREIGN);
	a = ack_of("k", 2);
	a.seq = 0;
	assert_int_equal(tg_store_set_acked(s, &a, NOW, NULL), TG_SYNC_FORK);
	assert_acked(s, 0);
	tg_store_close(s);
}

static int64_t sent_ms(struct tg_store *s, const char *number)
{
	struct tg_app_row row;
	assert_int_equal(tg_store_app_find(s, number, &row, NULL), TG_OK);
	return row.sent_ms;
}

static void test_k15_registered_when_acknowledged_to_the_last_entry(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	lib_whole_application(s, "A", "S1"); /* 1 … 6 */
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"B\"}");
	struct tg_ack a = ack_of("k", 5);
	assert_int_equal(tg_store_set_acked(s, &a, NOW + 1, NULL), TG_OK);
	assert_true(sent_ms(s, "A") == 0);
	a = ack_of("k", 6);
	assert_int_equal(tg_store_set_acked(s, &a, NOW + 2, NULL), TG_OK);
	assert_true(sent_ms(s, "A") == NOW + 2 && sent_ms(s, "B") == 0);
	a = ack_of("k", 7);
	assert_int_equal(tg_store_set_acked(s, &a, NOW + 3, NULL), TG_OK);
	assert_true(sent_ms(s, "A") == NOW + 2 && sent_ms(s, "B") == NOW + 3);
	/* more happens to B: what is registered is no longer all of it */
	(void)lib_append(s, TG_RECORD_APPLICATION_WAITING, "{\"number\":\"B\",\"code\":402}");
	assert_true(sent_ms(s, "B") == 0);
	assert_acked(s, 7);
	tg_store_close(s);
}

static void test_c3_a_restored_centre_lowers_the_acknowledgement(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	lib_whole_application(s, "A", "S1");
	struct tg_ack a = ack_of("k", 6), none = {.kiosk = "K1", .signature_len = 70};
	assert_int_equal(tg_store_set_acked(s, &a, NOW, NULL), TG_OK);
	a = ack_of("k", 3);
	assert_int_equal(tg_store_set_acked(s, &a, NOW + 5, NULL), TG_OK);
	assert_acked(s, 3);
	assert_true(sent_ms(s, "A") == 0);
	tg_entry_genesis("K1", none.hash);
	assert_int_equal(tg_store_set_acked(s, &none, NOW + 6, NULL), TG_OK);
	assert_acked(s, 0);
	tg_store_close(s);
	/* the highest one, with its signature, stays as proof */
	assert_string_equal(
	        lib_sqlite3("k", "SELECT acked_seq, best_seq, length(best_signature) FROM sync_state"), "0|6|70");
}

static void test_rebuild_makes_the_same_rows(void **state)
{
	(void)state;
	const char *const dump = "SELECT * FROM application ORDER BY number; SELECT * FROM application_entry";
	struct tg_store *s = lib_open_kiosk("k", "K1");
	lib_whole_application(s, "A", "S1");
	lib_whole_application(s, "B", "S2");
	(void)lib_append(s, TG_RECORD_APPLICATION_UNDONE, "{\"number\":\"B\",\"code\":1}");
	(void)lib_append(s, TG_RECORD_CHIP_INTENT, "{\"number\":\"C\",\"serial\":\"S3\"}");
	struct tg_ack a = ack_of("k", 13);
	assert_int_equal(tg_store_set_acked(s, &a, NOW + 7, NULL), TG_OK);
	char *before = strdup(lib_sqlite3("k", dump));
	assert_int_equal(tg_store_rebuild(s, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("k", dump), before);
	(void)lib_sqlite3("k",
	        "DELETE FROM application WHERE number = 'A'; UPDATE application SET state = 'nonsense', sent_ms=0;"
	        "DELETE FROM application_entry");
	struct tg_app_row row;
	assert_int_equal(tg_store_app_find(s, "B", &row, NULL), TG_STORE_DAMAGED);
	assert_int_equal(tg_store_rebuild(s, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("k", dump), before);
	assert_true(strstr(before, "A|K1|delivered") && strstr(before, "B|K1|delivered"));
	free(before);
	tg_store_close(s);
}

static void test_broken_links_end_with_a_name(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_buf b = TG_BUF_INIT;
	lib_whole_application(s, "A", "S1");
	(void)lib_sqlite3("k", "UPDATE application_entry SET before = 6 WHERE id = 4");
	assert_int_equal(tg_store_app_entries(s, "A", join_kinds, &b, NULL), TG_STORE_DAMAGED);
	(void)lib_sqlite3("k", "DELETE FROM application_entry WHERE id = 4");
	assert_int_equal(tg_store_app_entries(s, "A", join_kinds, &b, NULL), TG_STORE_DAMAGED);
	tg_buf_finish(&b);
	tg_store_close(s);
}

static void test_busy_is_named_and_writes_nothing(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	(void)lib_append(s, TG_RECORD_KIOSK_STARTED, "{}");
	struct tg_store *other = lib_open_kiosk("k", "K1");
	extern enum tg_status tg_db_begin(struct tg_store * s, struct tg_error * err);
	extern enum tg_status tg_db_end(struct tg_store * s, enum tg_status st, struct tg_error * err);
	assert_int_equal(tg_db_begin(other, NULL), TG_OK);
	assert_int_equal(tg_store_append(s, TG_RECORD_KIOSK_STARTED, "{}", NOW, NULL, NULL), TG_STORE_BUSY);
	assert_int_equal(tg_db_end(other, TG_OK, NULL), TG_OK);
	assert_int_equal(lib_append(s, TG_RECORD_KIOSK_STARTED, "{}"), 2);
	tg_store_close(other);
	tg_store_close(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_open_refuses_what_is_not_its_own),
	        T(test_readonly_makes_and_writes_nothing),
	        T(test_files_are_not_for_everybody),
	        T(test_append_refuses_bodies_that_are_not_objects),
	        T(test_c1_false_acknowledgements_are_refused),
	        T(test_k8_moves_that_cannot_be_are_kept_and_flagged),
	        T(test_broken_links_end_with_a_name),
	        T(test_busy_is_named_and_writes_nothing),
	        T(test_c1_entries_are_chained_from_genesis),
	        T(test_head_is_genesis_then_the_newest),
	        T(test_read_gives_ranges_and_passes_the_callbacks_answer),
	        T(test_k9_counters_never_repeat),
	        T(test_k8_an_application_goes_through_its_states),
	        T(test_k8_entries_of_one_application_in_order),
	        T(test_k8_the_newest_unfinished_of_a_carrier),
	        T(test_k15_registered_when_acknowledged_to_the_last_entry),
	        T(test_c3_a_restored_centre_lowers_the_acknowledgement),
	        T(test_rebuild_makes_the_same_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
