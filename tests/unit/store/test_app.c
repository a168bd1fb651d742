/* Applications that others decide on: desk, head and centre; what the kiosk hears of it. Requirements K-15, K-16,
 * NCA-9, NCA-10, NCA-11, NCA-14, C-5. */
#include "app_lib.h"

#include <stdlib.h>

/* --- The table */

static void test_k15_the_table_of_moves(void **state)
{
	(void)state;
	/* Written from the requirements, not from the table. */
	static const struct {
		const char *from, *to;
	} wanted[] = {{"draft", "submitted confirming at-desk verifying recorded"},
	        {"submitted", "verifying working waiting delivered undone issued revoked refused cancelled"},
	        {"confirming", "submitted at-desk verifying accepted declined refused cancelled undone"},
	        {"at-desk", "accepted not-accepted refused cancelled recorded"},
	        {"verifying", "accepted refused cancelled"},
	        {"accepted", "working waiting delivered undone issued revoked refused cancelled"},
	        {"working", "working waiting delivered undone issued"},
	        {"waiting", "working waiting delivered undone issued"}, {"issued", "working waiting delivered undone"},
	        {"delivered", "complained"}, {"undone", "complained"}, {"declined", "complained"},
	        {"not-accepted", "complained"}, {"refused", "complained"}, {"revoked", "complained"},
	        {"recorded", "complained"}, {"cancelled", ""},
	        {"complained", "delivered undone refused not-accepted revoked declined recorded"}};
	assert_int_equal(sizeof(wanted) / sizeof(wanted[0]), TG_APP_STATE_COUNT);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		for (int to = 0; to < TG_APP_STATE_COUNT; to++) {
			char list[200], word[40];
			int from = tg_app_state_find(wanted[i].from);
			assert_true(from >= 0);
			snprintf(list, sizeof(list), " %s ", wanted[i].to);
			snprintf(word, sizeof(word), " %s ", tg_app_state_name((enum tg_app_state)to));
			bool want = strstr(list, word) != NULL;
			if (tg_app_state_allows((enum tg_app_state)from, (enum tg_app_state)to) != want)
				fail_msg("%s ->%s", wanted[i].from, word);
		}
	assert_int_equal(tg_app_state_find("nonsense"), -1);
}

static void test_nca9_the_first_state_by_the_body(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1");
	static const struct {
		const char *more, *state;
	} cases[] = {{"", "submitted"}, {",\"proof\":\"chip\"", "submitted"}, {",\"proof\":\"desk\"", "at-desk"},
	        {",\"proof\":\"signature\"", "submitted"}, {",\"proof\":7", "submitted"},
	        {",\"proof\":\"desk\",\"confirm\":true", "confirming"},
	        {",\"proof\":\"desk\",\"confirm\":false", "at-desk"},
	        {",\"proof\":\"desk\",\"confirm\":\"true\"", "at-desk"},
	        {",\"operation\":\"paper\",\"proof\":\"desk\"", "recorded"},
	        {",\"operation\":\"complaint\",\"proof\":\"desk\"", "submitted"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char number[2] = {(char)('A' + i), '\0'};
		app_submit(k, number, cases[i].more);
		app_assert_state(k, number, cases[i].state);
	}
	/* Chip work before anybody accepted it is kept, counted, and moves nothing. */
	app_add(k, TG_RECORD_CHIP_INTENT, "C", CHIP);
	app_add(k, TG_RECORD_APPLICATION_DELIVERED, "D", "");
	app_assert_state(k, "C", "at-desk");
	app_assert_state(k, "D", "submitted");
	struct tg_app_row row;
	assert_int_equal(tg_store_app_unfinished(k, "S1", &row, NULL), TG_NOT_FOUND);
	tg_store_close(k);
	assert_string_equal(
	        lib_sqlite3("k", "SELECT group_concat(irregular) FROM application WHERE number IN ('C', 'D')"), "1,1");
	assert_string_equal(lib_sqlite3("k", "SELECT finished_ms > 0 FROM application WHERE number = 'I'"), "1");
}

/* --- Order */

static void test_c5_what_comes_first_waits_for_what_it_speaks_of(void **state)
{
	(void)state;
	struct world w = world_open();
	app_role(w.c, "K1", "field");
	app_submit(w.a, "A", ",\"proof\":\"desk\",\"confirm\":true");
	app_submit(w.a, "B", "");
	/* The other streams arrive first: a head's word, the centre's verdict about it, a decision. */
	app_add(w.b, TG_RECORD_HEAD_DECIDED, "A", ",\"yes\":true,\"signed\":\"AA==\"");
	lib_send_all(w.b, "K2", w.c, NOW);
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A",
	        ",\"what\":\"head\",\"code\":0,\"yes\":true,\"kiosk\":\"K2\",\"seq\":1");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM application"), 0);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM early"), 2);
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	app_assert_state(w.a, "A", "at-desk");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM early"), 0);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM work WHERE what = 'head'"), 0);
	/* All of it is read back. */
	struct lib_seen seen = {0};
	assert_int_equal(tg_store_app_entries(w.c, "A", lib_see, &seen, NULL), TG_OK);
	assert_int_equal(seen.n, 3);
	world_close(&w);
}

/* --- Signed when its keys are made (NCA-9.again) */

#define SIGNATURE ",\"proof\":\"signature\",\"carrier\":{\"serial\":\"S1\"}"
#define UNDO      ",\"serial\":\"S1\",\"step\":\"undo\""

/* The application that is open on the token, or left keys there; "" for none. */
static const char *open_on_token(struct tg_store *s)
{
	static char number[TG_NUMBER_MAX];
	struct tg_app_row row;
	enum tg_status st = tg_store_app_unfinished(s, "S1", &row, NULL);
	assert_true(st == TG_OK || st == TG_NOT_FOUND);
	(void)tg_copy(number, sizeof(number), st == TG_OK ? row.number : "");
	return number;
}

static void test_nca9_again_keys_come_before_the_signature(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_app_row row;
	app_submit(w.a, "A", SIGNATURE);
	app_assert_state(w.a, "A", "submitted");
	assert_string_equal(open_on_token(w.a), "A");
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_CHIP_DONE, "A", CHIP);
	app_assert_state(w.a, "A", "submitted"); /* nobody has accepted it: this is no chip work yet */
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", "SELECT what FROM work"), "");
	app_add(w.a, TG_RECORD_APPLICATION_SIGNED, "A", ",\"signed\":\"AA==\"");
	app_assert_state(w.a, "A", "verifying");
	assert_string_equal(open_on_token(w.a), ""); /* nothing to do but wait */
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", "SELECT what, j.kind FROM work JOIN journal j ON j.id = work.id"),
	        "judge|application.signed");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0,\"signature\":\"aa\"");
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", "SELECT what FROM work"), "");
	app_assert_state(w.a, "A", "accepted");
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", ",\"serial\":\"S1\",\"step\":\"request\"");
	app_assert_state(w.a, "A", "working");
	app_add(w.a, TG_RECORD_APPLICATION_DELIVERED, "A", "");
	world_turn(&w);
	app_assert_state(w.a, "A", "delivered");
	app_assert_state(w.c, "A", "delivered");
	assert_int_equal(lib_count("c", "SELECT sum(irregular) FROM application"), 0);
	assert_int_equal(tg_store_app_find(w.a, "A", &row, NULL), TG_OK);
	assert_false(row.keys_left);
	/* And when the kiosk's tables are made again, without the centre's entries. */
	assert_int_equal(tg_store_rebuild(w.a, NULL), TG_OK);
	app_assert_state(w.a, "A", "delivered");
	assert_int_equal(lib_count("a", "SELECT irregular FROM application"), 0);
	world_close(&w);
}

static void test_nca9_again_what_is_not_signed_is_not_worked_on(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", SIGNATURE);
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", ",\"serial\":\"S1\",\"step\":\"request\"");
	app_add(w.a, TG_RECORD_APPLICATION_DELIVERED, "A", "");
	app_add(w.b, TG_RECORD_APPLICATION_SIGNED, "A", ",\"signed\":\"AA==\""); /* another kiosk's word */
	app_add(w.a, TG_RECORD_APPLICATION_SIGNED, "A", "");                     /* nothing is signed */
	world_turn(&w);
	app_assert_state(w.a, "A", "submitted");
	app_assert_state(w.c, "A", "submitted");
	assert_string_equal(lib_sqlite3("c", "SELECT what FROM work"), "");
	app_add(w.a, TG_RECORD_APPLICATION_SIGNED, "A", ",\"signed\":\"AA==\"");
	app_add(w.a, TG_RECORD_APPLICATION_SIGNED, "A", ",\"signed\":\"BB==\""); /* the first one counts */
	app_submit(w.a, "B", ",\"proof\":\"desk\"");
	app_add(w.a, TG_RECORD_APPLICATION_SIGNED, "B", ",\"signed\":\"AA==\"");
	world_turn(&w);
	app_assert_state(w.c, "B", "at-desk");
	assert_string_equal(lib_sqlite3("c", "SELECT what, number FROM work"), "judge|A");
	assert_int_equal(lib_count("c", "SELECT irregular FROM application WHERE number = 'A'"), 5);
	world_close(&w);
}

static void test_nca9_again_refused_keys_are_remembered_until_they_are_gone(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_app_row row;
	app_submit(w.a, "A", SIGNATURE);
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_APPLICATION_SIGNED, "A", ",\"signed\":\"AA==\"");
	world_turn(&w);
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":321");
	world_turn(&w);
	app_assert_state(w.a, "A", "refused");
	assert_string_equal(open_on_token(w.a), "A");
	assert_int_equal(tg_store_app_find(w.a, "A", &row, NULL), TG_OK);
	assert_true(row.keys_left);
	assert_int_equal(tg_store_rebuild(w.a, NULL), TG_OK);
	assert_string_equal(open_on_token(w.a), "A");
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", UNDO);
	assert_string_equal(open_on_token(w.a), "A"); /* the power may go here */
	app_add(w.a, TG_RECORD_CHIP_DONE, "A", UNDO);
	assert_string_equal(open_on_token(w.a), "");
	world_turn(&w);
	app_assert_state(w.a, "A", "refused");
	app_assert_state(w.c, "A", "refused");
	assert_int_equal(app_code(w.a, "A"), TG_CERT_REVOKED);
	assert_int_equal(lib_count("c", "SELECT sum(irregular) FROM application"), 0);
	world_close(&w);
}

static void test_nca9_again_given_up_before_the_signature(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", SIGNATURE);
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", UNDO);
	app_add(w.a, TG_RECORD_CHIP_DONE, "A", UNDO);
	app_add(w.a, TG_RECORD_APPLICATION_UNDONE, "A", ",\"code\":107");
	world_turn(&w);
	app_assert_state(w.c, "A", "undone");
	assert_string_equal(open_on_token(w.a), "");
	assert_int_equal(lib_count("c", "SELECT sum(irregular) FROM application"), 0);
	world_close(&w);
}

/* Nobody could be asked: it stays where it is, is told, and is judged again. */
static void test_427_is_no_verdict(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"proof\":\"signature\",\"signed\":\"AA==\"");
	world_turn(&w);
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":427,\"signature\":\"aa\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "verifying");
	app_assert_state(w.a, "A", "verifying");
	assert_int_equal(app_code(w.a, "A"), TG_CERT_STATUS);
	assert_string_equal(lib_sqlite3("c", "SELECT what, number FROM work"), "judge|A");
	assert_string_equal(lib_sqlite3("c", "SELECT hash FROM used_signature"), "");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0,\"signature\":\"aa\"");
	world_turn(&w);
	app_assert_state(w.a, "A", "accepted");
	assert_int_equal(app_code(w.a, "A"), 0);
	world_close(&w);
}

/* --- Centre and head */

static void test_nca15_only_the_centre_judges(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"proof\":\"signature\",\"signed\":\"AA==\"");
	app_submit(w.a, "B", ",\"proof\":\"signature\",\"signed\":\"AA==\"");
	app_add(w.a, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0");
	app_add(w.b, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0");
	app_add(w.b, TG_RECORD_APPLICATION_REVOKED, "A", ",\"code\":0,\"serials\":[\"1\"]");
	app_add(w.b, TG_RECORD_APPLICATION_CANCELLED, "A", ",\"why\":\"person\"");
	world_turn(&w);
	app_assert_state(w.a, "A", "verifying");
	app_assert_state(w.c, "A", "verifying");
	assert_string_equal(lib_sqlite3("c", "SELECT what, number FROM work"), "judge|A\njudge|B");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0,\"signature\":\"aa\"");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "B", ",\"code\":321");
	world_turn(&w);
	app_assert_state(w.a, "A", "accepted");
	app_assert_state(w.a, "B", "refused");
	assert_int_equal(app_code(w.a, "B"), TG_CERT_REVOKED);
	assert_string_equal(lib_sqlite3("c", "SELECT what, number FROM work"), "");
	char user[TG_NUMBER_MAX];
	assert_int_equal(tg_store_signature_user(w.c, "aa", user, NULL), TG_OK);
	assert_string_equal(user, "A");
	/* The kiosk goes on by itself, also after its tables were made again. */
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_CHIP_INTENT, "B", CHIP);
	app_add(w.a, TG_RECORD_APPLICATION_DELIVERED, "A", "");
	world_turn(&w);
	app_assert_state(w.a, "A", "delivered");
	app_assert_state(w.a, "B", "refused");
	app_assert_state(w.c, "A", "delivered");
	world_close(&w);
}

static void test_nca9_head_a_word_is_not_a_verdict(void **state)
{
	(void)state;
	struct world w = world_open();
	char number[TG_NUMBER_MAX];
	app_submit(
	        w.a, "A", ",\"proof\":\"signature\",\"confirm\":true,\"signed\":\"AA==\",\"iin\":\"1\",\"bin\":\"2\"");
	app_submit(w.a, "B", ",\"confirm\":true,\"bin\":\"2\"");
	world_turn(&w);
	assert_int_equal(lib_count("c", "SELECT count(DISTINCT head) FROM application WHERE head <> ''"), 1);
	app_add(w.b, TG_RECORD_HEAD_DECIDED, "A", ",\"yes\":true,\"signed\":\"AA==\"");
	app_add(w.b, TG_RECORD_HEAD_DECIDED, "B", ",\"yes\":false,\"signed\":\"AA==\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "confirming");
	assert_string_equal(lib_sqlite3("c", "SELECT what, number FROM work"), "head|A\nhead|B\njudge|A");
	/* Not good: it stays, and the kiosk learns why. */
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A",
	        ",\"what\":\"head\",\"code\":326,\"yes\":true,\"kiosk\":\"K2\",\"seq\":1");
	world_turn(&w);
	app_assert_state(w.a, "A", "confirming");
	assert_int_equal(app_code(w.a, "A"), TG_CERT_OTHER_PERSON);
	/* Its own signature was judged while the head took time. */
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0");
	app_assert_state(w.c, "A", "confirming");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A",
	        ",\"what\":\"head\",\"code\":0,\"yes\":true,\"kiosk\":\"K2\",\"seq\":9");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "B",
	        ",\"what\":\"head\",\"code\":0,\"yes\":false,\"kiosk\":\"K2\",\"seq\":2");
	world_turn(&w);
	app_assert_state(w.a, "A", "accepted");
	app_assert_state(w.a, "B", "declined");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM application WHERE head <> ''"), 0);
	assert_int_equal(tg_store_app_open(w.c, "kz-nca", "issue", "1", "2", number, NULL), TG_OK);
	world_close(&w);
}

static void test_nca9_rep_a_power_is_good_for_one(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_power_row p;
	app_submit(w.a, "P", ",\"operation\":\"paper\",\"purpose\":\"revoke\",\"bin\":\"990240001237\"");
	app_submit(w.a, "A", ",\"proof\":\"signature\",\"signed\":\"AA==\",\"power\":\"P\"");
	app_submit(w.a, "B", ",\"proof\":\"signature\",\"signed\":\"AA==\",\"power\":\"P\"");
	app_submit(w.a, "D", ",\"proof\":\"desk\",\"power\":\"P\"");
	world_turn(&w);
	assert_int_equal(tg_store_power(w.c, "P", &p, NULL), TG_OK);
	assert_true(p.known && p.number[0] == '\0');
	assert_string_equal(p.purpose, "revoke");
	assert_string_equal(p.bin, "990240001237");
	assert_int_equal(tg_store_power(w.c, "A", &p, NULL), TG_OK); /* an application, but no power */
	assert_true(!p.known);
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "B", ",\"code\":0");
	app_add(w.c, TG_RECORD_APPLICATION_VERIFIED, "A", ",\"code\":0");
	world_turn(&w);
	app_assert_state(w.a, "B", "accepted");
	app_assert_state(w.a, "A", "refused");
	assert_int_equal(app_code(w.a, "A"), TG_POWER_USED);
	/* A clerk takes it up, who cannot accept it, though says so. */
	assert_int_equal(app_claim(w.c, "D", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "D", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(&w);
	app_assert_state(w.a, "D", "refused");
	assert_int_equal(app_code(w.a, "D"), TG_POWER_USED);
	assert_string_equal(lib_sqlite3("c", "SELECT what, number FROM work WHERE what = 'power'"), "power|B");
	app_add(w.c, TG_RECORD_POWER_USED, "B", ",\"power\":\"P\"");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM work WHERE what = 'power'"), 0);
	assert_int_equal(tg_store_power(w.c, "P", &p, NULL), TG_OK);
	assert_string_equal(p.number, "B");
	world_close(&w);
}

static void test_nca9_r_what_is_to_be_revoked(void **state)
{
	(void)state;
	struct world w = world_open();
	const char *const revoke = ",\"operation\":\"revoke\",\"serials\":[\"1\"]";
	char more[120];
	app_submit(w.a, "A", revoke);
	snprintf(more, sizeof(more), "%s,\"proof\":\"desk\"", revoke);
	app_submit(w.a, "B", more);
	app_submit(w.a, "C", "");
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", "SELECT number FROM work WHERE what = 'revoke'"), "A");
	assert_int_equal(app_claim(w.c, "B", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "B", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", "SELECT number FROM work WHERE what = 'revoke'"), "A\nB");
	app_add(w.c, TG_RECORD_APPLICATION_REVOKED, "A", ",\"serials\":[\"1\"],\"code\":0");
	app_add(w.c, TG_RECORD_APPLICATION_REVOKED, "B", ",\"serials\":[],\"code\":326");
	world_turn(&w);
	app_assert_state(w.a, "A", "revoked");
	app_assert_state(w.a, "B", "refused");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM work WHERE what = 'revoke'"), 0);
	world_close(&w);
}

/* --- What a kiosk hears */

static void tell(struct tg_store *k, uint64_t cursor, const char *number, const char *body)
{
	struct tg_feed_item item = {.cursor = cursor, .time_ms = NOW, .kind = "application", .body = body};
	assert_true(tg_copy(item.key, sizeof(item.key), number));
	item.body_len = strlen(body);
	assert_int_equal(tg_store_feed_take(k, &item, 1, NULL), TG_OK);
}

static void test_c5_a_kiosk_follows_by_the_table(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1");
	app_submit(k, "A", ",\"proof\":\"desk\",\"iin\":\"1\"");
	tell(k, 1, "NOBODY", "{\"state\":\"accepted\"}");
	tell(k, 2, "A", "{\"state\":\"nonsense\"}");
	tell(k, 3, "A", "{\"state\":\"draft\"}");
	tell(k, 4, "A", "{}");
	tell(k, 5, "A", "{\"state\":\"verifying\",\"code\":1}");
	app_assert_state(k, "A", "at-desk");
	assert_int_equal(app_code(k, "A"), 0);
	tell(k, 6, "A", "{\"state\":\"accepted\",\"ms\":1795000000000,\"promised_ms\":1795000000001}");
	app_assert_state(k, "A", "accepted");
	app_add(k, TG_RECORD_CHIP_INTENT, "A", CHIP);
	tell(k, 7, "A", "{\"state\":\"accepted\"}"); /* said again, late */
	app_assert_state(k, "A", "working");
	app_add(k, TG_RECORD_APPLICATION_DELIVERED, "A", "");
	tell(k, 8, "A", "{\"state\":\"refused\"}"); /* not even by way of a complaint */
	app_assert_state(k, "A", "delivered");
	tell(k, 9, "A", "{\"state\":\"complained\",\"ms\":1795000000005}");
	app_assert_state(k, "A", "complained");
	tell(k, 10, "A", "{\"state\":\"delivered\"}");
	app_assert_state(k, "A", "delivered");
	/* Only the end is told. */
	app_submit(k, "B", ",\"proof\":\"desk\",\"confirm\":true,\"operation\":\"revoke\"");
	tell(k, 11, "B", "{\"state\":\"revoked\",\"ms\":1795000000009}");
	app_assert_state(k, "B", "revoked");
	tg_store_close(k);
	assert_string_equal(
	        lib_sqlite3("k", "SELECT number, finished_ms > 0, person FROM application ORDER BY 1"), "A|1|\nB|1|");
}

/* --- Persons */

static void test_k16_one_open_application_of_a_person(void **state)
{
	(void)state;
	struct world w = world_open();
	char number[TG_NUMBER_MAX];
	app_submit(w.a, "A", ",\"proof\":\"desk\",\"iin\":\"850101400001\",\"bin\":\"\"");
	app_submit(w.a, "B", ",\"proof\":\"desk\"");
	world_turn(&w);
	struct tg_store *both[] = {w.a, w.c};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		        tg_store_app_open(both[i], "kz-nca", "issue", "850101400001", "", number, NULL), TG_OK);
		assert_string_equal(number, "A");
		assert_int_equal(
		        tg_store_app_open(both[i], "kz-nca", "revoke", "850101400001", "", number, NULL), TG_NOT_FOUND);
		assert_int_equal(tg_store_app_open(both[i], "kz-nca", "issue", "", "", number, NULL), TG_NOT_FOUND);
		assert_int_equal(
		        tg_store_app_open(both[i], "kz-nca", "issue", "850101400001", "990240001237", number, NULL),
		        TG_NOT_FOUND);
	}
	/* The fingerprints of two databases differ, none is a plain hash, and they go with the end. */
	char *one = strdup(lib_sqlite3("a", "SELECT person FROM application WHERE number = 'A'"));
	assert_int_equal(strlen(one), 64);
	assert_string_not_equal(lib_sqlite3("c", "SELECT person FROM application WHERE number = 'A'"), one);
	free(one);
	app_add(w.a, TG_RECORD_APPLICATION_CANCELLED, "A", ",\"why\":\"person\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "cancelled");
	assert_int_equal(tg_store_app_open(w.c, "kz-nca", "issue", "850101400001", "", number, NULL), TG_NOT_FOUND);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM application WHERE person <> ''"), 0);
	world_close(&w);
}

/* --- What is owed */

static enum tg_status print_work(const struct tg_work_row *r, void *ctx)
{
	tg_buf_addf(ctx, "%s %s %s %llu;", r->what, r->number, r->kiosk, (unsigned long long)r->seq);
	return TG_OK;
}

static void test_what_is_owed_names_its_entry(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_buf b = TG_BUF_INIT;
	app_submit(w.a, "A", ",\"confirm\":true,\"signed\":\"AA==\"");
	app_add(w.b, TG_RECORD_HEAD_DECIDED, "A", ",\"yes\":true,\"signed\":\"AA==\"");
	app_add(w.b, TG_RECORD_HEAD_DECIDED, "A", ",\"yes\":false,\"signed\":\"AA==\"");
	world_turn(&w);
	assert_int_equal(tg_store_work(w.c, "head", 10, print_work, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "head A K2 1;head A K2 2;");
	tg_buf_reset(&b);
	assert_int_equal(tg_store_work(w.c, "judge", 1, print_work, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "judge A K1 1;");
	tg_buf_finish(&b);
	world_close(&w);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k15_the_table_of_moves),
	        T(test_nca9_again_keys_come_before_the_signature),
	        T(test_nca9_again_what_is_not_signed_is_not_worked_on),
	        T(test_nca9_again_refused_keys_are_remembered_until_they_are_gone),
	        T(test_nca9_again_given_up_before_the_signature),
	        T(test_427_is_no_verdict),
	        T(test_nca9_the_first_state_by_the_body),
	        T(test_c5_what_comes_first_waits_for_what_it_speaks_of),
	        T(test_nca15_only_the_centre_judges),
	        T(test_nca9_head_a_word_is_not_a_verdict),
	        T(test_nca9_rep_a_power_is_good_for_one),
	        T(test_nca9_r_what_is_to_be_revoked),
	        T(test_c5_a_kiosk_follows_by_the_table),
	        T(test_k16_one_open_application_of_a_person),
	        T(test_what_is_owed_names_its_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
