/* Money of applications and of balances (DOS-3, DOS-7): what came, what goes back, what an order takes. Sums are
 * counted here by hand. */
#include "app_lib.h"

#include <stdlib.h>

#define PRICE   ",\"charges\":[{\"product\":\"head\",\"amount\":151000}],\"currency\":\"KGS\""
#define AT_DESK ",\"proof\":\"desk\"" PRICE
#define ORDER   ",\"operation\":\"cloud\",\"account\":\"01203201810274\"" AT_DESK
#define OFFICE  ",\"operation\":\"cloud\"" AT_DESK

static void note(struct tg_store *s, const char *number, int amount, const char *how, const char *reference)
{
	char more[200];
	snprintf(more, sizeof(more),
	        ",\"account\":\"\",\"provider\":\"kz-nca\",\"amount\":%d,\"currency\":\"KGS\",\"how\":\"%s\","
	        "\"reference\":"
	        "\"%s\","
	        "\"staff\":\"S\",\"staff_name\":\"N\"",
	        amount, how, reference);
	app_add(s, TG_RECORD_PAYMENT_NOTED, number, more);
}

static void top_up(struct tg_store *s, const char *account, int amount, const char *reference)
{
	char body[300];
	snprintf(body, sizeof(body),
	        "{\"number\":\"\",\"account\":\"%s\",\"provider\":\"kz-nca\",\"amount\":%d,\"currency\":\"KGS\","
	        "\"how\":"
	        "\"bank\","
	        "\"reference\":\"%s\",\"staff\":\"S\",\"staff_name\":\"N\"}",
	        account, amount, reference);
	(void)lib_append(s, TG_RECORD_PAYMENT_NOTED, body);
}

static void refund(struct tg_store *s, const char *number, const char *what, int amount)
{
	char more[120];
	snprintf(more, sizeof(more), ",\"what\":\"%s\",\"amount\":%d,\"currency\":\"KGS\",\"staff\":\"S\"", what,
	        amount);
	app_add(s, TG_RECORD_PAYMENT_REFUND, number, more);
}

static void decide(struct world *w, const char *number, const char *outcome)
{
	char more[100];
	world_turn(w);
	assert_int_equal(app_claim(w->c, number, "K2", "S", NOW), TG_OK);
	snprintf(more, sizeof(more), ",\"outcome\":\"%s\",\"staff\":\"S\"", outcome);
	app_add(w->b, TG_RECORD_DESK_DECIDED, number, more);
	world_turn(w);
}

static struct tg_money money(struct tg_store *s, const char *number)
{
	struct tg_money m;
	assert_int_equal(tg_store_money(s, number, &m, NULL), TG_OK);
	return m;
}

static int64_t balance(struct tg_store *c, const char *account)
{
	int64_t amount = -1;
	assert_int_equal(tg_store_balance(c, "kz-nca", account, &amount, NULL), TG_OK);
	return amount;
}

static enum tg_status count_work(const struct tg_work_row *row, void *ctx)
{
	(void)row;
	++*(int *)ctx;
	return TG_OK;
}

static int owed(struct tg_store *c, const char *what)
{
	int n = 0;
	assert_int_equal(tg_store_work(c, what, 10, count_work, &n, NULL), TG_OK);
	return n;
}

static long irregular(const char *name, const char *number)
{
	char sql[120];
	snprintf(sql, sizeof(sql), "SELECT irregular FROM application WHERE number = '%s'", number);
	return lib_count(name, sql);
}

/* --- */

static void test_dos7_paid_in_two_parts_and_too_much(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", AT_DESK);
	app_submit(w.a, "B", ",\"proof\":\"desk\"");
	world_turn(&w);
	assert_false(tg_money_is_paid(&(struct tg_money){.due = 1}));
	struct tg_money m = money(w.c, "A");
	assert_true(m.due == 151000 && m.paid == 0 && tg_money_rest(&m) == 151000 && !tg_money_is_paid(&m));
	assert_int_equal(tg_store_money(w.c, "B", &m, NULL), TG_NOT_FOUND);
	note(w.b, "A", 100000, "cash", "");
	world_turn(&w);
	m = money(w.c, "A");
	assert_true(tg_money_rest(&m) == 51000 && !tg_money_is_paid(&m));
	/* The kiosk where it was handed in hears it. */
	m = money(w.a, "A");
	assert_true(tg_money_rest(&m) == 51000);
	note(w.b, "A", 60000, "cash", "");
	note(w.b, "B", 100, "cash", ""); /* it costs nothing */
	world_turn(&w);
	m = money(w.c, "A");
	assert_true(tg_money_is_paid(&m) && m.paid == 160000 && tg_money_refundable(&m) == 160000);
	m = money(w.a, "A");
	assert_true(tg_money_is_paid(&m));
	world_close(&w);
	assert_int_equal(irregular("c", "A"), 0);
	assert_int_equal(irregular("c", "B"), 1);
}

static void test_dos7_a_reference_is_good_once(void **state)
{
	(void)state;
	bool known = true;
	struct world w = world_open();
	app_submit(w.a, "A", AT_DESK);
	app_submit(w.a, "B", AT_DESK);
	world_turn(&w);
	assert_int_equal(tg_store_payment_known(w.c, "kz-nca", "bank", "R-1", &known, NULL), TG_OK);
	assert_false(known);
	note(w.b, "A", 151000, "bank", "R-1");
	note(w.b, "A", 151000, "bank", "R-1");
	note(w.b, "B", 151000, "bank", "R-1");
	top_up(w.b, "01203201810274", 5000, "R-1");
	world_turn(&w);
	assert_int_equal(tg_store_payment_known(w.c, "kz-nca", "bank", "R-1", &known, NULL), TG_OK);
	assert_true(known);
	assert_int_equal(tg_store_payment_known(w.c, "q", "bank", "R-1", &known, NULL), TG_OK);
	assert_false(known); /* another provider's bank */
	assert_true(money(w.c, "A").paid == 151000);
	assert_true(money(w.c, "B").paid == 0);
	assert_true(balance(w.c, "01203201810274") == 0);
	world_close(&w);
	assert_int_equal(irregular("c", "A"), 1);
	assert_int_equal(irregular("c", "B"), 1);
}

static void test_dos7_only_staff_note_money(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", AT_DESK);
	note(w.a, "A", 151000, "cash", ""); /* K1 has no role */
	top_up(w.a, "01203201810274", 5000, "R-9");
	note(w.b, "A", -5, "cash", "");
	world_turn(&w);
	assert_true(money(w.c, "A").paid == 0);
	assert_true(balance(w.c, "01203201810274") == 0);
	/* Another currency is no payment. */
	app_add(w.b, TG_RECORD_PAYMENT_NOTED, "A",
	        ",\"account\":\"\",\"amount\":151000,\"currency\":\"KZT\",\"how\":\"cash\",\"reference\":\"\"");
	world_turn(&w);
	assert_true(money(w.c, "A").paid == 0);
	world_close(&w);
	assert_int_equal(irregular("c", "A"), 3);
}

static void test_dos7_a_refund_until_the_certificate_is_made(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", AT_DESK);
	decide(&w, "A", "accepted");
	refund(w.b, "A", "asked", 151000); /* nothing came yet */
	note(w.b, "A", 151000, "cash", "");
	refund(w.b, "A", "paid", 151000); /* nobody asked */
	refund(w.b, "A", "asked", 151000);
	refund(w.b, "A", "asked", 151000); /* twice */
	world_turn(&w);
	struct tg_money m = money(w.c, "A");
	/* While it is on its way back nothing is made. */
	assert_true(m.paid == 151000 && m.asked == 151000 && !tg_money_is_paid(&m));
	refund(w.b, "A", "paid", 151000);
	refund(w.b, "A", "paid", 151000); /* twice */
	world_turn(&w);
	m = money(w.c, "A");
	assert_true(m.paid == 0 && m.refunded == 151000 && tg_money_rest(&m) == 151000);
	note(w.b, "A", 160000, "cash", "");
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_CHIP_DONE, "A",
	        ",\"serial\":\"S1\",\"step\":\"enrol\",\"key\":\"sign\",\"code\":0,\"certificate\":\"AA==\"");
	world_turn(&w);
	m = money(w.c, "A");
	assert_true(m.produced_ms == NOW && tg_money_refundable(&m) == 9000); /* what was too much */
	refund(w.b, "A", "asked", 151000);                                    /* too late */
	refund(w.b, "A", "asked", 9000);
	refund(w.b, "A", "paid", 9000);
	world_turn(&w);
	m = money(w.c, "A");
	assert_true(m.paid == 151000 && tg_money_refundable(&m) == 0 && tg_money_is_paid(&m));
	world_close(&w);
	assert_int_equal(irregular("c", "A"), 5);
}

static void test_dos3_an_order_takes_from_the_balance(void **state)
{
	(void)state;
	struct world w = world_open();
	top_up(w.b, "01203201810274", 200000, "R-1");
	top_up(w.b, "99999999999999", 900000, "R-2"); /* another's */
	app_submit(w.a, "A", ORDER);
	app_submit(w.a, "B", ORDER);
	world_turn(&w);
	assert_true(balance(w.c, "01203201810274") == 200000);
	assert_true(money(w.c, "A").order);
	decide(&w, "A", "accepted");
	app_assert_state(w.c, "A", "accepted");
	assert_true(balance(w.c, "01203201810274") == 49000);
	assert_true(money(w.c, "A").charged == 151000 && money(w.c, "A").paid == 151000);
	assert_int_equal(owed(w.c, "charge"), 1);
	assert_int_equal(owed(w.c, "cloud"), 1);
	/* Too little is left for the second: it is not accepted, and its kiosk is told why. */
	decide(&w, "B", "accepted");
	app_assert_state(w.c, "B", "at-desk");
	assert_int_equal(app_code(w.c, "B"), TG_BALANCE_LOW);
	assert_int_equal(app_code(w.a, "B"), TG_BALANCE_LOW);
	assert_true(balance(w.c, "01203201810274") == 49000);
	assert_int_equal(owed(w.c, "cloud"), 1);
	top_up(w.b, "01203201810274", 102000, "R-3");
	decide(&w, "B", "accepted");
	app_assert_state(w.c, "B", "accepted");
	assert_true(balance(w.c, "01203201810274") == 0);
	/* The centre writes down what it took, and delivers the first. */
	app_add(w.c, TG_RECORD_BALANCE_CHARGED, "A", ",\"account\":\"01203201810274\",\"amount\":151000");
	app_add(w.c, TG_RECORD_APPLICATION_ISSUED, "A", ",\"certificate\":\"AA==\"");
	assert_int_equal(owed(w.c, "charge"), 1);
	assert_int_equal(owed(w.c, "cloud"), 1);
	app_assert_state(w.c, "A", "delivered");
	/* The second cannot be made: what was taken goes back. */
	app_add(w.c, TG_RECORD_APPLICATION_UNDONE, "B", ",\"code\":446");
	assert_true(balance(w.c, "01203201810274") == 151000);
	assert_int_equal(owed(w.c, "cloud"), 0);
	world_turn(&w);
	app_assert_state(w.a, "A", "delivered");
	app_assert_state(w.a, "B", "undone");
	assert_int_equal(app_code(w.a, "B"), TG_ORDER_OFFICE);
	world_close(&w);
}

static void test_dos3_at_the_office_it_is_made_when_accepted_and_paid(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", OFFICE);
	decide(&w, "A", "accepted");
	app_assert_state(w.c, "A", "accepted");
	assert_int_equal(owed(w.c, "cloud"), 0);
	note(w.b, "A", 151000, "cash", "");
	world_turn(&w);
	assert_int_equal(owed(w.c, "cloud"), 1);
	refund(w.b, "A", "asked", 151000);
	world_turn(&w);
	assert_int_equal(owed(w.c, "cloud"), 0);
	/* Nobody but the centre makes it. */
	app_add(w.a, TG_RECORD_APPLICATION_ISSUED, "A", ",\"certificate\":\"AA==\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "accepted");
	world_close(&w);
}

static void test_dos7_notes_before_the_application_count(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", AT_DESK);
	note(w.b, "A", 151000, "bank", "R-1");
	lib_send_all(w.b, "K2", w.c, NOW);
	lib_send_all(w.a, "K1", w.c, NOW + 1);
	assert_true(money(w.c, "A").paid == 151000);
	world_close(&w);
}

#define SUMS                                                                                                           \
	"SELECT * FROM money ORDER BY number; SELECT * FROM money_move ORDER BY id; SELECT * FROM payment ORDER BY "   \
	"reference; SELECT amount FROM balance "                                                                       \
	"ORDER BY amount; SELECT what, number FROM work ORDER BY what, number"

static void test_dos7_rebuilt_and_migrated_the_same(void **state)
{
	(void)state;
	struct world w = world_open();
	top_up(w.b, "01203201810274", 200000, "R-1");
	app_submit(w.a, "A", ORDER);
	app_submit(w.a, "B", AT_DESK);
	decide(&w, "A", "accepted");
	note(w.b, "B", 200000, "bank", "R-2");
	refund(w.b, "B", "asked", 200000);
	world_turn(&w);
	char *want = strdup(lib_sqlite3("c", SUMS)), *kiosk = strdup(lib_sqlite3("a", "SELECT * FROM money"));
	assert_non_null(strstr(want, "49000"));
	assert_int_equal(tg_store_rebuild(w.c, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("c", SUMS), want);
	assert_int_equal(tg_store_rebuild(w.a, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("a", "SELECT * FROM money"), kiosk);
	world_close(&w);
	/* A database of version 3 that received all this without knowing what it means. */
	lib_make_version_3("c");
	struct tg_store *c = lib_open_centre("c");
	assert_string_equal(lib_sqlite3("c", SUMS), want);
	tg_store_close(c);
	free(want);
	free(kiosk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_dos7_paid_in_two_parts_and_too_much),
	        T(test_dos7_a_reference_is_good_once),
	        T(test_dos7_only_staff_note_money),
	        T(test_dos7_a_refund_until_the_certificate_is_made),
	        T(test_dos3_an_order_takes_from_the_balance),
	        T(test_dos3_at_the_office_it_is_made_when_accepted_and_paid),
	        T(test_dos7_notes_before_the_application_count),
	        T(test_dos7_rebuilt_and_migrated_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
