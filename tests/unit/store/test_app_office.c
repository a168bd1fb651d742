/* What an application brings about beside its own state: the old certificate of a reissue (UBR-2), the lock of a
 * certificate (DOS-8), a person who is called back (UBR-3). */
#include "app_lib.h"

#define REISSUE  ",\"revokes\":true,\"serials\":[\"1\"],\"proof\":\"desk\""
#define UNLOCK   ",\"operation\":\"unlock\",\"serials\":[\"1\"]"
#define SHA      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ACCEPTED ",\"staff\":\"S\",\"outcome\":\"accepted\""
#define WHO      ",\"staff\":\"S\",\"outcome\":\"identified\""

static const char *owed(const char *what)
{
	char sql[120];
	snprintf(sql, sizeof(sql), "SELECT number FROM work WHERE what = '%s' ORDER BY 1", what);
	return lib_sqlite3("c", sql);
}

static enum tg_status take_number(const struct tg_app_row *row, void *ctx)
{
	char *all = ctx;
	snprintf(all + strlen(all), 100 - strlen(all), "%s ", row->number);
	return TG_OK;
}

/* ---- UBR-2 ---- */

static void test_ubr2_identified_before_anything_is_decided(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_app_row row;
	app_submit(w.a, "A", REISSUE);
	world_turn(&w);
	assert_string_equal(owed("revoke"), ""); /* nobody has seen who asks */
	/* A kiosk that has not claimed it says nothing that counts. */
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", WHO);
	world_turn(&w);
	assert_string_equal(owed("revoke"), "");
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", WHO);
	world_turn(&w);
	assert_string_equal(owed("revoke"), "A");
	app_assert_state(w.c, "A", "at-desk");
	app_add(w.c, TG_RECORD_APPLICATION_REVOKED, "A", ",\"serials\":[\"1\"],\"code\":0");
	world_turn(&w);
	assert_string_equal(owed("revoke"), "");
	app_assert_state(w.a, "A", "at-desk");
	assert_int_equal(tg_store_app_find(w.c, "A", &row, NULL), TG_OK);
	assert_true(row.revokes && row.taken_back);
	/* Accepted later: the old one is not revoked a second time. */
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ACCEPTED);
	world_turn(&w);
	app_assert_state(w.a, "A", "accepted");
	assert_string_equal(owed("revoke"), "");
	world_close(&w);
}

static void test_ubr2_at_the_latest_with_the_acceptance(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", REISSUE);
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ACCEPTED);
	world_turn(&w);
	assert_string_equal(owed("revoke"), "A");
	world_close(&w);
}

static void test_ubr2_a_judged_signature_is_enough(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A",
	        ",\"revokes\":true,\"serials\":[\"1\"],\"proof\":\"signature\",\"operation\":\"ssl\",\"signed\":\"AA=="
	        "\"");
	app_submit(w.a, "B",
	        ",\"revokes\":true,\"serials\":[\"2\"],\"proof\":\"signature\",\"operation\":\"ssl\",\"signed\":\"AA=="
	        "\"");
	world_turn(&w);
	assert_string_equal(owed("revoke"), "");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0,\"signature\":\"s1\"");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "B", ",\"code\":326,\"signature\":\"s2\"");
	world_turn(&w);
	assert_string_equal(owed("revoke"), "A");
	world_close(&w);
}

static void test_ubr2_it_comes_first_until_it_is_revoked(void **state)
{
	(void)state;
	struct world w = world_open();
	char all[100] = "";
	app_submit(w.a, "A", ",\"proof\":\"desk\"");
	app_submit(w.a, "B", REISSUE);
	world_turn(&w);
	assert_int_equal(tg_store_queue(w.c, 10, take_number, all, NULL), TG_OK);
	assert_string_equal(all, "B A ");
	app_add(w.c, TG_RECORD_APPLICATION_REVOKED, "B", ",\"serials\":[\"1\"],\"code\":0");
	world_turn(&w);
	all[0] = '\0';
	assert_int_equal(tg_store_queue(w.c, 10, take_number, all, NULL), TG_OK);
	assert_string_equal(all, "A B ");
	world_close(&w);
}

static void test_ubr2_without_a_certificate_nothing_is_revoked(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"revokes\":true,\"serials\":[],\"proof\":\"desk\"");
	app_submit(w.a, "B", ",\"serials\":[\"1\"],\"proof\":\"desk\"");
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	assert_int_equal(app_claim(w.c, "B", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", WHO);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "B", WHO);
	app_add(w.c, TG_RECORD_APPLICATION_REVOKED, "B", ",\"serials\":[\"1\"],\"code\":0");
	world_turn(&w);
	assert_string_equal(owed("revoke"), "");
	app_assert_state(w.a, "B", "at-desk");
	world_close(&w);
}

/* ---- DOS-8 ---- */

static void test_dos8_only_a_clerk_opens_a_lock(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", UNLOCK ",\"proof\":\"desk\"");
	app_submit(w.a, "B", UNLOCK);
	app_submit(w.a, "C", UNLOCK ",\"proof\":\"signature\",\"signed\":\"AA==\"");
	world_turn(&w);
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "C", ",\"code\":0,\"signature\":\"s1\"");
	world_turn(&w);
	assert_string_equal(owed("unlock"), "");
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ACCEPTED);
	world_turn(&w);
	assert_string_equal(owed("unlock"), "A");
	/* A kiosk that says so itself ends nothing. */
	app_add(w.a, TG_RECORD_LOCK_RESET, "A", ",\"certificate\":\"" SHA "\",\"left\":0,\"code\":0");
	world_turn(&w);
	app_assert_state(w.c, "A", "accepted");
	app_add(w.c, TG_RECORD_LOCK_RESET, "A", ",\"certificate\":\"" SHA "\",\"left\":1,\"code\":0");
	app_assert_state(w.c, "A", "accepted"); /* another one follows */
	app_add(w.c, TG_RECORD_LOCK_RESET, "A", ",\"certificate\":\"" SHA "\",\"left\":0,\"code\":0");
	world_turn(&w);
	app_assert_state(w.a, "A", "delivered");
	assert_string_equal(owed("unlock"), "");
	world_close(&w);
}

static void test_dos8_what_cannot_be_unlocked_is_refused(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", UNLOCK ",\"proof\":\"desk\"");
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ACCEPTED);
	world_turn(&w);
	app_add(w.c, TG_RECORD_LOCK_RESET, "A", ",\"certificate\":\"\",\"left\":0,\"code\":326");
	world_turn(&w);
	app_assert_state(w.a, "A", "refused");
	assert_int_equal(app_code(w.a, "A"), 326);
	assert_string_equal(owed("unlock"), "");
	world_close(&w);
}

/* ---- UBR-3 ---- */

static void test_ubr3_who_is_not_reached_stays(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_claim claim;
	app_submit(w.a, "A", ",\"operation\":\"order\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	/* Only who has taken it calls. */
	app_add(w.b, TG_RECORD_CALLBACK_DONE, "A", ",\"staff\":\"S\",\"reached\":true");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_CALLBACK_DONE, "A", ",\"staff\":\"S\",\"reached\":false");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	assert_int_equal(tg_store_claim_of(w.c, "A", &claim, NULL), TG_NOT_FOUND); /* any clerk may call next */
	assert_int_equal(app_claim(w.c, "A", "K2", "T", NOW), TG_OK);
	app_add(w.b, TG_RECORD_CALLBACK_DONE, "A", ",\"staff\":\"T\",\"reached\":true");
	world_turn(&w);
	app_assert_state(w.a, "A", "recorded");
	world_close(&w);
}

static void test_ubr3_a_call_ends_nothing_else(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"proof\":\"desk\"");
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_CALLBACK_DONE, "A", ",\"staff\":\"S\",\"reached\":true");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(
	                test_ubr2_identified_before_anything_is_decided, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_ubr2_at_the_latest_with_the_acceptance, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_ubr2_a_judged_signature_is_enough, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_ubr2_it_comes_first_until_it_is_revoked, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(
	                test_ubr2_without_a_certificate_nothing_is_revoked, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_dos8_only_a_clerk_opens_a_lock, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_dos8_what_cannot_be_unlocked_is_refused, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_ubr3_who_is_not_reached_stays, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(test_ubr3_a_call_ends_nothing_else, lib_setup, lib_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
