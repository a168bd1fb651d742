/* Kiosks in ca.db: one-time secrets, certificates one after the other, what the journal is told. C-2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/registry.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW INT64_C(1800000000000)

static char dir[] = "/tmp/tamga-test-XXXXXX", path[64], centre[64];
static struct tg_registry *r;

static int setup(void **state)
{
	struct tg_error err = {0};
	(void)state;
	memcpy(dir, "/tmp/tamga-test-XXXXXX", sizeof(dir));
	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ca.db", dir);
	(void)snprintf(centre, sizeof(centre), "%s/centre.db", dir);
	return tg_registry_open(&r, path, &err) != TG_OK;
}

static int teardown(void **state)
{
	static const char *const names[] = {
	        "ca.db", "ca.db-wal", "ca.db-shm", "centre.db", "centre.db-wal", "centre.db-shm"};
	char name[96];
	(void)state;
	tg_registry_close(r);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", dir, names[i]);
		(void)!unlink(name);
	}
	return rmdir(dir);
}

static enum tg_status add(const char *kiosk, const char *follows)
{
	struct tg_kiosk_announcement a = {
	        .kiosk = kiosk, .place = "Almaty", .follows = follows, .by = "t", .until_ms = NOW + 1000};
	struct tg_error err = {0};
	memset(a.verifier, 7, sizeof(a.verifier));
	return tg_kiosk_add(r, &a, NOW, &err);
}

static enum tg_status replace(const char *kiosk)
{
	struct tg_kiosk_announcement a = {.kiosk = kiosk, .by = "t", .until_ms = NOW + 9000};
	struct tg_error err = {0};
	memset(a.verifier, 8, sizeof(a.verifier));
	return tg_kiosk_replace(r, &a, NOW, &err);
}

/* A certificate whose fingerprint and key are made of `n`. */
static enum tg_status issue(const char *kiosk, enum tg_kiosk_way way, uint8_t n)
{
	uint32_t number = 0;
	struct tg_kiosk_issue i = {.kiosk = kiosk, .key_in = "file", .pem = "PEM", .way = way, .until_ms = NOW + n};
	memset(i.fingerprint, n, sizeof(i.fingerprint));
	memset(i.spki, n, sizeof(i.spki));
	return tg_kiosk_issued(r, &i, NOW + n, &number);
}

static enum tg_status show(uint8_t n)
{
	uint8_t fingerprint[TG_FINGERPRINT_LEN];
	char kiosk[TG_KIOSK_MAX + 1] = "";
	memset(fingerprint, n, sizeof(fingerprint));
	return tg_kiosk_by_certificate(r, fingerprint, kiosk, NOW);
}

static enum tg_status look(uint8_t n)
{
	uint8_t fingerprint[TG_FINGERPRINT_LEN];
	char kiosk[TG_KIOSK_MAX + 1] = "";
	memset(fingerprint, n, sizeof(fingerprint));
	return tg_kiosk_of_certificate(r, fingerprint, kiosk);
}

static void c_2_a_secret_serves_one_certificate(void **state)
{
	struct tg_kiosk_secret s;
	struct tg_kiosk_row k;
	(void)state;
	assert_int_equal(tg_kiosk_secret_find(r, "K01A-1", &s), TG_NOT_FOUND);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_NOT_FOUND);
	assert_int_equal(add("K01A-1", NULL), TG_OK);
	assert_int_equal(tg_kiosk_secret_find(r, "K01A-1", &s), TG_OK);
	assert_true(s.used_ms == 0 && s.until_ms == NOW + 1000);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_OK);
	assert_int_equal(tg_kiosk_secret_find(r, "K01A-1", &s), TG_OK);
	assert_true(s.used_ms == NOW + 1 && s.spki[0] == 1);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 2), TG_ENROL_USED);
	assert_int_equal(look(2), TG_KIOSK_UNKNOWN);
	assert_int_equal(tg_kiosk_find(r, "K01A-1", &k), TG_OK);
	assert_true(k.enrolled && k.pending && k.number == 1 && k.until_ms == NOW + 1 && k.secret_until_ms == 0);
	assert_string_equal(k.place, "Almaty");
	assert_int_equal(add("K01A-1", NULL), TG_INVALID); /* has a certificate: replace */
	assert_int_equal(add(TG_CENTRE_STREAM, NULL), TG_INVALID);
	assert_int_equal(add("no id!", NULL), TG_INVALID);
	assert_int_equal(replace("K02B-1"), TG_KIOSK_UNKNOWN);
}

/* The old one is good until the new one is shown, and not a moment longer. */
static void c_2_certificates_follow_one_another(void **state)
{
	(void)state;
	assert_int_equal(add("K01A-1", NULL), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_OK);
	assert_int_equal(show(1), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_RENEWAL, 2), TG_OK);
	assert_int_equal(show(1), TG_OK);
	assert_int_equal(look(2), TG_OK); /* a look is no showing */
	assert_int_equal(show(1), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_RENEWAL, 3), TG_OK); /* the kiosk lost 2 before it kept it */
	assert_int_equal(show(2), TG_KIOSK_UNKNOWN);
	assert_int_equal(show(3), TG_OK);
	assert_int_equal(show(1), TG_KIOSK_UNKNOWN);
	assert_int_equal(show(3), TG_OK);
	assert_int_equal(replace("K01A-1"), TG_OK);
	assert_int_equal(show(3), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 4), TG_OK);
	assert_int_equal(show(3), TG_OK);
	assert_int_equal(show(4), TG_OK);
	assert_int_equal(show(3), TG_KIOSK_UNKNOWN);
}

static void c_2_disabled_is_refused_whatever_it_shows(void **state)
{
	struct tg_error err = {0};
	struct tg_kiosk_secret s;
	(void)state;
	assert_int_equal(tg_kiosk_disable(r, "K01A-1", true, "t", NOW, &err), TG_KIOSK_UNKNOWN);
	assert_int_equal(add("K01A-1", NULL), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_OK);
	assert_int_equal(replace("K01A-1"), TG_OK);
	assert_int_equal(tg_kiosk_disable(r, "K01A-1", true, "t", NOW + 5, &err), TG_OK);
	assert_int_equal(show(1), TG_KIOSK_UNKNOWN);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 2), TG_KIOSK_UNKNOWN);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_RENEWAL, 2), TG_KIOSK_UNKNOWN);
	assert_int_equal(replace("K01A-1"), TG_INVALID);
	assert_int_equal(tg_kiosk_disable(r, "K01A-1", false, "t", NOW + 6, &err), TG_OK);
	assert_int_equal(show(1), TG_OK);
	assert_int_equal(tg_kiosk_secret_find(r, "K01A-1", &s), TG_OK);
	assert_true(s.until_ms == NOW + 5); /* what was carried then ended then */
}

static void c_2_a_follower_ends_its_predecessor(void **state)
{
	struct tg_kiosk_row k;
	(void)state;
	assert_int_equal(add("K01A-1", NULL), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_OK);
	assert_int_equal(show(1), TG_OK);
	assert_int_equal(add("K01A-2", "K01A-1"), TG_OK);
	assert_int_equal(issue("K01A-2", TG_KIOSK_BY_SECRET, 2), TG_OK);
	assert_int_equal(show(1), TG_OK);
	assert_int_equal(show(2), TG_OK);
	assert_int_equal(show(1), TG_KIOSK_UNKNOWN);
	assert_int_equal(tg_kiosk_find(r, "K01A-1", &k), TG_OK);
	assert_true(k.disabled);
}

static void c_2_next_ids(void **state)
{
	static const char *const cases[][2] = {
	        {"K01A-1", "K01A-2"}, {"K01A-9", "K01A-10"}, {"K01", "K01-2"}, {"K-A", "K-A-2"}, {"A-1-3", "A-1-4"}};
	char out[TG_KIOSK_MAX + 1], longest[TG_KIOSK_MAX + 1];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(tg_kiosk_next_id(cases[i][0], out));
		assert_string_equal(out, cases[i][1]);
	}
	memset(longest, 'K', TG_KIOSK_MAX);
	longest[TG_KIOSK_MAX] = '\0';
	assert_false(tg_kiosk_next_id(longest, out));
}

struct told {
	unsigned n;
	char kinds[16][TG_KIND_MAX + 1];
};

static enum tg_status see(const struct tg_entry *e, void *ctx)
{
	struct told *t = ctx;
	if (t->n < 16)
		(void)tg_copy(t->kinds[t->n++], TG_KIND_MAX + 1, e->kind);
	assert_string_equal(e->kiosk, TG_CENTRE_STREAM);
	assert_non_null(strstr(e->body, "\"event\":"));
	return TG_OK;
}

static void c_2_the_journal_is_told_once_and_in_order(void **state)
{
	static const char *const wanted[] = {"kiosk.added", "kiosk.enrolled", "kiosk.renewed", "kiosk.replaced",
	        "kiosk.disabled", "kiosk.enabled", "enrolment.refused", "enrolment.closed"};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct told t = {0};
	bool closed = true;
	(void)state;
	assert_int_equal(tg_store_open(&s, centre, TG_STORE_CENTRE, NULL, &err), TG_OK);
	assert_int_equal(add("K01A-1", NULL), TG_OK);
	assert_int_equal(tg_kiosk_tell(r, s, &err), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_RENEWAL, 2), TG_OK);
	assert_int_equal(replace("K01A-1"), TG_OK);
	assert_int_equal(tg_kiosk_disable(r, "K01A-1", true, "t", NOW, &err), TG_OK);
	assert_int_equal(tg_kiosk_disable(r, "K01A-1", false, "t", NOW, &err), TG_OK);
	assert_int_equal(tg_kiosk_refused(r, "K09Z-1", TG_ENROL_WRONG, 1, NOW), TG_OK);
	assert_int_equal(tg_kiosk_sandbox_closed(r, &closed), TG_OK);
	assert_false(closed);
	assert_int_equal(tg_kiosk_sandbox_close(r, "t", NOW), TG_OK);
	assert_int_equal(tg_kiosk_sandbox_close(r, "t", NOW), TG_OK);
	assert_int_equal(tg_kiosk_sandbox_closed(r, &closed), TG_OK);
	assert_true(closed);
	assert_int_equal(tg_kiosk_tell(r, s, &err), TG_OK);
	assert_int_equal(tg_kiosk_tell(r, s, &err), TG_OK);
	assert_int_equal(tg_store_each(s, see, &t, &err), TG_OK);
	assert_int_equal(t.n, sizeof(wanted) / sizeof(wanted[0]));
	for (unsigned i = 0; i < t.n; i++)
		assert_string_equal(t.kinds[i], wanted[i]);
	tg_store_close(s);
}

/* What is refused leaves nothing to tell. */
static void c_2_what_failed_is_not_told(void **state)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct told t = {0};
	(void)state;
	assert_int_equal(tg_store_open(&s, centre, TG_STORE_CENTRE, NULL, &err), TG_OK);
	assert_int_equal(replace("K01A-1"), TG_KIOSK_UNKNOWN);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_SECRET, 1), TG_NOT_FOUND);
	assert_int_equal(tg_kiosk_disable(r, "K01A-1", true, "t", NOW, &err), TG_KIOSK_UNKNOWN);
	err = (struct tg_error){0};
	assert_int_equal(tg_kiosk_tell(r, s, &err), TG_OK);
	assert_int_equal(tg_store_each(s, see, &t, &err), TG_OK);
	assert_int_equal(t.n, 0);
	tg_store_close(s);
}

/* A ca.db as an older centre left it, by sqlite3 itself. */
static void c_2_an_older_file_goes_on(void **state)
{
	sqlite3 *db = NULL;
	struct tg_error err = {0};
	struct tg_kiosk_row k;
	(void)state;
	tg_registry_close(r);
	r = NULL;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	        sqlite3_exec(db,
	                "CREATE TABLE kiosks (number INTEGER PRIMARY KEY AUTOINCREMENT, kiosk TEXT NOT NULL UNIQUE,"
	                " disabled INTEGER NOT NULL DEFAULT 0, may_enrol INTEGER NOT NULL DEFAULT 0,"
	                " added_ms INTEGER NOT NULL) STRICT;"
	                "CREATE TABLE kiosk_certificates (fingerprint BLOB PRIMARY KEY, kiosk TEXT NOT NULL REFERENCES"
	                " kiosks(kiosk), spki_hash BLOB NOT NULL, pem TEXT NOT NULL, issued_ms INTEGER NOT NULL,"
	                " replaced INTEGER NOT NULL DEFAULT 0) STRICT;"
	                "INSERT INTO kiosks VALUES(7, 'K01A-1', 0, 0, 1);"
	                "INSERT INTO kiosk_certificates VALUES(zeroblob(32), 'K01A-1', zeroblob(32), 'PEM', 1, 0);",
	                NULL, NULL, NULL),
	        SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(tg_registry_open(&r, path, &err), TG_OK);
	assert_int_equal(tg_kiosk_find(r, "K01A-1", &k), TG_OK);
	assert_true(k.number == 7 && k.enrolled && !k.pending && !k.disabled);
	assert_int_equal(show(0), TG_OK);
	assert_int_equal(issue("K01A-1", TG_KIOSK_BY_RENEWAL, 2), TG_OK);
	assert_int_equal(show(2), TG_OK);
	assert_int_equal(show(0), TG_KIOSK_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(c_2_a_secret_serves_one_certificate, setup, teardown),
	        cmocka_unit_test_setup_teardown(c_2_certificates_follow_one_another, setup, teardown),
	        cmocka_unit_test_setup_teardown(c_2_disabled_is_refused_whatever_it_shows, setup, teardown),
	        cmocka_unit_test_setup_teardown(c_2_a_follower_ends_its_predecessor, setup, teardown),
	        cmocka_unit_test(c_2_next_ids),
	        cmocka_unit_test_setup_teardown(c_2_the_journal_is_told_once_and_in_order, setup, teardown),
	        cmocka_unit_test_setup_teardown(c_2_what_failed_is_not_told, setup, teardown),
	        cmocka_unit_test_setup_teardown(c_2_an_older_file_goes_on, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
