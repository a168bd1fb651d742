/* Tampering with a finished journal, through sqlite3 and byte by byte. Requirements C-1, C-8. */
#include "lib.h"

#include <fcntl.h>
#include <unistd.h>

#define ENTRIES 40

/* One kiosk's journal with 40 entries, acknowledged up to 30, and a centre's with the same and a second stream. */
static struct tg_ack ack_for_30;

static enum tg_status keep_hash(const struct tg_entry *e, void *ctx)
{
	(void)ctx;
	memcpy(ack_for_30.hash, e->hash, TG_HASH_LEN);
	return TG_OK;
}

static enum tg_status to_centre(const struct tg_entry *e, void *centre)
{
	enum tg_status result;
	assert_int_equal(tg_store_receive(centre, e, 1, NOW, &result, NULL), TG_OK);
	return result;
}

static int make_journals(void **state)
{
	(void)state;
	lib_make_dir();
	struct tg_store *k = lib_open_kiosk("kiosk", "K1"), *c = lib_open_centre("centre");
	struct lib_chain other;
	enum tg_status results[13];
	for (int i = 0; i < 4; i++)
		lib_whole_application(k, (const char *const[]){"A", "B", "C", "D"}[i], "S");
	while (lib_append(k, TG_RECORD_FAILURE_SHOWN, "{\"code\":203,\"screen\":\"idle\"}") < ENTRIES)
		;
	ack_for_30 = (struct tg_ack){.kiosk = "K1", .seq = 30, .signature_len = 70};
	assert_int_equal(tg_store_read(k, "K1", 30, 1, keep_hash, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_set_acked(k, &ack_for_30, NOW, NULL), TG_OK);
	lib_chain_make(&other, "K0", 13);
	assert_int_equal(tg_store_receive(c, other.entries, 7, NOW, results, NULL), TG_OK);
	assert_int_equal(tg_store_read(k, "K1", 1, ENTRIES, to_centre, c, NULL), TG_OK);
	assert_int_equal(tg_store_receive(c, other.entries + 7, 6, NOW, results, NULL), TG_OK);
	lib_chain_free(&other);
	tg_store_close(k);
	tg_store_close(c);
	return 0;
}

static int remove_journals(void **state)
{
	(void)state;
	lib_remove_dir();
	return 0;
}

static enum tg_status verify_file(const char *name, struct tg_verify_report *r)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	*r = (struct tg_verify_report){0};
	enum tg_status st = tg_store_open_readonly(&s, lib_path(name), &err);
	if (st == TG_OK)
		st = tg_store_verify(s, r, &err);
	tg_store_close(s);
	return st;
}

static void test_c1_untouched_journals_are_whole(void **state)
{
	(void)state;
	struct tg_verify_report r;
	assert_int_equal(verify_file("kiosk", &r), TG_OK);
	assert_true(r.entries == ENTRIES && r.streams == 1 && r.seq == 0 && !r.what[0]);
	assert_int_equal(verify_file("centre", &r), TG_OK);
	assert_true(r.entries == ENTRIES + 13 && r.streams == 2);
}

/* clang-format off */
/* `seq`: where the break is said to be, 0 = anywhere. */
static const struct {
	const char *what, *sql;
	uint64_t seq;
} tampering[] = {
        {"body, one letter", "UPDATE journal SET body = replace(body, 'kz-nca', 'kz-ncb') WHERE kiosk='K1' AND seq = 7", 7},
        {"body, one space", "UPDATE journal SET body = body || ' ' WHERE kiosk='K1' AND seq = 8", 8},
        {"body emptied", "UPDATE journal SET body = '' WHERE kiosk='K1' AND seq = 9", 9},
        {"salt", "UPDATE journal SET salt = zeroblob(16) WHERE kiosk='K1' AND seq = 10", 10},
        {"salt too short", "UPDATE journal SET salt = zeroblob(15) WHERE kiosk='K1' AND seq = 10", 10},
        {"body hash", "UPDATE journal SET body_hash = zeroblob(32) WHERE kiosk='K1' AND seq = 11", 11},
        {"previous hash", "UPDATE journal SET prev_hash = zeroblob(32) WHERE kiosk='K1' AND seq = 12", 12},
        {"hash", "UPDATE journal SET hash = zeroblob(32) WHERE kiosk='K1' AND seq = 13", 13},
        {"hash of the newest", "UPDATE journal SET hash = zeroblob(32) WHERE kiosk='K1' AND seq = 40", 40},
        {"hash of the first", "UPDATE journal SET hash = zeroblob(32) WHERE kiosk='K1' AND seq = 1", 1},
        {"time", "UPDATE journal SET time_ms = time_ms + 1 WHERE kiosk='K1' AND seq = 14", 14},
        {"kind", "UPDATE journal SET kind = 'chip.done' WHERE kiosk='K1' AND seq = 15", 15},
        {"version", "UPDATE journal SET version = 2 WHERE kiosk='K1' AND seq = 16", 16},
        {"stream", "UPDATE journal SET kiosk = 'K9' WHERE kiosk='K1' AND seq = 17", 0},
        {"link", "UPDATE journal SET before = before - 1 WHERE kiosk='K1' AND seq = 18", 18},
        {"number", "UPDATE journal SET seq = 50 WHERE kiosk='K1' AND seq = 19", 0},
        {"two numbers changed", "UPDATE journal SET seq = 41 - seq WHERE kiosk='K1' AND seq IN (20, 21)", 0},
        {"two rows changed", "UPDATE journal SET id = 99 WHERE kiosk='K1' AND seq = 20;"
                             "UPDATE journal SET id = id - 1 WHERE kiosk='K1' AND seq = 21;"
                             "UPDATE journal SET id = (SELECT id + 1 FROM journal WHERE kiosk='K1' AND seq = 21) WHERE id = 99", 0},
        {"one left out", "DELETE FROM journal WHERE kiosk='K1' AND seq = 22", 22},
        {"the first left out", "DELETE FROM journal WHERE kiosk='K1' AND seq = 1", 1},
        {"the newest left out", "DELETE FROM journal WHERE kiosk='K1' AND seq = 40", 40},
        {"all left out", "DELETE FROM journal WHERE kiosk='K1'", 1},
        {"end cut, head moved", "DELETE FROM journal WHERE kiosk='K1' AND seq > 25; UPDATE high_water SET seq = 25, hash = "
                                "(SELECT hash FROM journal WHERE kiosk='K1' AND seq = 25), last_id = "
                                "(SELECT id FROM journal WHERE kiosk='K1' AND seq = 25) WHERE kiosk = 'K1'", 26},
        {"head", "UPDATE high_water SET hash = zeroblob(32) WHERE kiosk = 'K1'", 40},
        {"head lowered", "UPDATE high_water SET seq = 39 WHERE kiosk = 'K1'", 40},
        {"head raised", "UPDATE high_water SET seq = 41 WHERE kiosk = 'K1'", 41},
        {"head left out", "DELETE FROM high_water WHERE kiosk = 'K1'", 0},
        {"one doubled", "INSERT INTO journal SELECT 99, kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, "
                        "hash, before, received_ms FROM journal WHERE kiosk='K1' AND seq = 40", 40},
};
/* clang-format on */

static void tamper(const char *from, size_t i)
{
	struct tg_verify_report r;
	lib_copy(from, "copy");
	(void)lib_sqlite3("copy", tampering[i].sql);
	enum tg_status st = verify_file("copy", &r);
	/* At the centre a stream cut together with its head is a consistent shorter one: the empty place shows it. */
	bool is_gap = st == TG_CHAIN_BROKEN && r.place > 0;
	bool placed = is_gap ? r.place == 7 + (int64_t)tampering[i].seq : r.seq == tampering[i].seq;
	if (st != TG_CHAIN_BROKEN || (tampering[i].seq && !placed))
		print_error("%s (%s): %s, entry %llu, place %lld: %s\n", tampering[i].what, from, tg_status_name(st),
		        (unsigned long long)r.seq, (long long)r.place, r.what);
	assert_int_equal(st, TG_CHAIN_BROKEN);
	assert_true(r.what[0]);
	assert_true(!tampering[i].seq || placed);
}

static void test_c1_every_kind_of_tampering_is_placed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tampering) / sizeof(tampering[0]); i++) {
		tamper("kiosk", i);
		tamper("centre", i);
	}
}

static void test_c1_opening_sees_a_changed_end(void **state)
{
	(void)state;
	const char *const seen[] = {"hash of the newest", "the newest left out", "all left out", "end cut, head moved",
	        "head", "head lowered", "head raised", "head left out", "one doubled"};
	for (size_t i = 0; i < sizeof(tampering) / sizeof(tampering[0]); i++) {
		for (size_t k = 0; k < sizeof(seen) / sizeof(seen[0]); k++) {
			if (strcmp(seen[k], tampering[i].what) != 0)
				continue;
			lib_copy("kiosk", "copy");
			(void)lib_sqlite3("copy", tampering[i].sql);
			lib_open_fails("copy", TG_STORE_KIOSK, "K1", TG_CHAIN_BROKEN);
		}
	}
}

static void test_c8_erased_bodies_are_counted_not_broken(void **state)
{
	(void)state;
	struct tg_verify_report r;
	lib_copy("kiosk", "copy");
	(void)lib_sqlite3(
	        "copy", "UPDATE journal SET body = NULL, salt = zeroblob(16) WHERE kind = 'application.submitted'");
	/* Somebody took them out: that is no erasure. */
	assert_int_equal(verify_file("copy", &r), TG_CHAIN_BROKEN);
	(void)lib_sqlite3("copy", "INSERT INTO erased SELECT kiosk, seq, '{}' FROM journal WHERE body IS NULL");
	assert_int_equal(verify_file("copy", &r), TG_OK);
	assert_true(r.entries == ENTRIES && r.erased_bodies == 4);
}

static enum tg_status add_line(const struct tg_entry *e, void *ctx)
{
	tg_entry_encode(e, ctx);
	return TG_OK;
}

/* All entries as bytes; empty when they cannot be read. */
static void export_file(const char *name, struct tg_buf *out)
{
	struct tg_store *s = NULL;
	tg_buf_reset(out);
	if (tg_store_open_readonly(&s, lib_path(name), NULL) == TG_OK && tg_store_each(s, add_line, out, NULL) != TG_OK)
		tg_buf_reset(out);
	tg_store_close(s);
}

static uint8_t change_byte(const char *name, size_t at, uint8_t value)
{
	uint8_t was = 0;
	int fd = open(lib_path(name), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &was, 1, (off_t)at), 1);
	assert_int_equal(pwrite(fd, &value, 1, (off_t)at), 1);
	close(fd);
	return was;
}

/* A byte anywhere in the file. Either verification says so, or no entry is another than before: the byte lay in unused
 * space or in a table that is no part of the journal. */
static void test_c1_any_byte_of_the_file(void **state)
{
	(void)state;
	struct tg_buf whole = TG_BUF_INIT, now = TG_BUF_INIT;
	uint64_t seed = 20261122;
	int broken = 0;
	export_file("kiosk", &whole);
	assert_true(whole.len > 4000);
	lib_copy("kiosk", "copy");
	size_t size = lib_file_size(lib_path("copy"));
	for (int i = 0; i < 1500; i++) {
		struct tg_verify_report r;
		size_t at = lib_rnd(&seed, (uint32_t)size);
		uint8_t was = change_byte("copy", at, 0);
		(void)change_byte("copy", at, (uint8_t)(was ^ (1u << lib_rnd(&seed, 8))));
		enum tg_status st = verify_file("copy", &r);
		if (st == TG_OK) {
			export_file("copy", &now);
			assert_true(now.len == whole.len && memcmp(now.data, whole.data, now.len) == 0);
		} else {
			assert_true(
			        st == TG_CHAIN_BROKEN || st == TG_STORE_DAMAGED || st == TG_STORE_OPEN || st == TG_IO);
			broken++;
		}
		(void)change_byte("copy", at, was);
	}
	assert_true(broken > 100);
	tg_buf_finish(&whole);
	tg_buf_finish(&now);
}

/* What the centre itself wrote stands twice: so that the second is of use one day, a change of it is named today. */
static void test_c1_changed_second_rows_are_placed(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		uint64_t seq;
	} changes[] = {
	        {"UPDATE own SET body = body || ' ' WHERE seq = 2", 2},
	        {"UPDATE own SET salt = zeroblob(16) WHERE seq = 3", 3},
	        {"UPDATE own SET time_ms = time_ms + 1 WHERE seq = 1", 1},
	        {"UPDATE own SET kind = 'chip.done' WHERE seq = 3", 3},
	        {"UPDATE own SET hash = zeroblob(32) WHERE seq = 2", 2},
	        {"UPDATE own SET before = before + 1 WHERE seq = 2", 2},
	        {"UPDATE own SET id = 1000 WHERE seq = 3", 0},
	};
	struct tg_verify_report r;
	lib_copy("centre", "own");
	struct tg_store *c = lib_open_centre("own");
	for (int i = 0; i < 3; i++)
		(void)lib_append(c, TG_RECORD_BACKUP_MADE, "{\"to\":\"x\",\"files\":1}");
	tg_store_close(c);
	assert_int_equal(verify_file("own", &r), TG_OK);
	assert_int_equal(lib_count("own", "SELECT count(*) FROM own"), 3);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		lib_copy("own", "copy");
		(void)lib_sqlite3("copy", changes[i].sql);
		assert_int_equal(verify_file("copy", &r), TG_CHAIN_BROKEN);
		assert_string_equal(r.kiosk, TG_CENTRE_STREAM);
		assert_int_equal(r.seq, changes[i].seq);
	}
}

static void test_a_cut_file_is_named(void **state)
{
	(void)state;
	struct tg_verify_report r;
	size_t size = lib_file_size(lib_path("kiosk"));
	for (size_t n = size - 1; n > 100; n = n * 3 / 4) {
		lib_copy("kiosk", "copy");
		assert_int_equal(truncate(lib_path("copy"), (off_t)n), 0);
		enum tg_status st = verify_file("copy", &r);
		assert_true(st == TG_STORE_DAMAGED || st == TG_CHAIN_BROKEN || st == TG_STORE_OPEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c1_every_kind_of_tampering_is_placed),
	        cmocka_unit_test(test_c1_opening_sees_a_changed_end),
	        cmocka_unit_test(test_c1_any_byte_of_the_file),
	        cmocka_unit_test(test_c1_changed_second_rows_are_placed),
	        cmocka_unit_test(test_a_cut_file_is_named),
	        cmocka_unit_test(test_c8_erased_bodies_are_counted_not_broken),
	        cmocka_unit_test(test_c1_untouched_journals_are_whole),
	};
	return cmocka_run_group_tests(tests, make_journals, remove_journals);
}
