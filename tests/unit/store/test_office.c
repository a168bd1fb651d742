/* The desk's side of applications: claims, decisions, roles of kiosks, complaints, measured minutes. Requirements P-5,
 * NCA-4, NCA-10, NCA-11, NCA-14. */
#include "app_lib.h"

#include <stdlib.h>

static void test_nca10_a_decision_needs_a_claim_of_that_clerk(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"proof\":\"desk\"");
	world_turn(&w);
	/* nobody claimed; then from a kiosk that is no desk and about its own application */
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	app_assert_state(w.a, "A", "at-desk");
	app_add(w.a, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	lib_send_all(w.a, "K1", w.c, NOW + 30);
	app_assert_state(w.c, "A", "at-desk");
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	/* another clerk, an outcome that is none */
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"T\",\"outcome\":\"accepted\"");
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"perhaps\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A",
	        ",\"staff\":\"S\",\"outcome\":\"not-accepted\",\"promised_ms\":1795000000000");
	world_turn(&w);
	app_assert_state(w.c, "A", "not-accepted");
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_CARD_STATE);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "not-accepted");
	assert_int_equal(lib_count("c", "SELECT irregular FROM application"), 5);
	assert_int_equal(lib_count("c", "SELECT promised_ms / 1000 FROM application"), 1795000000);
	tg_store_close(w.a);
	tg_store_close(w.b);
	tg_store_close(w.c);
}

static void test_p5_two_clerks_never_have_the_same_one(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_claim held;
	app_role(w.c, "K3", "desk");
	app_submit(w.a, "A", ",\"proof\":\"desk\"");
	app_submit(w.a, "B", "");
	world_turn(&w);
	assert_int_equal(app_claim(w.c, "NONE", "K2", "S", NOW), TG_NOT_FOUND);
	assert_int_equal(app_claim(w.c, "B", "K2", "S", NOW), TG_CARD_STATE);
	assert_int_equal(app_claim(w.c, "A", "K2", "", NOW), TG_INVALID);
	assert_int_equal(app_claim(w.a, "A", "K2", "S", NOW), TG_INVALID); /* only at the centre */
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	assert_int_equal(app_claim(w.c, "A", "K3", "S", NOW), TG_CLAIMED);
	assert_int_equal(app_claim(w.c, "A", "K2", "T", NOW), TG_CLAIMED);
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW + 60000), TG_OK);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kind = 'desk.claimed'"), 1);
	assert_int_equal(app_claim(w.c, "A", "K3", "T", NOW + 15 * 60000 - 1), TG_CLAIMED);
	/* its time is over: another takes it, and the first one's word is worth nothing any more */
	assert_int_equal(app_claim(w.c, "A", "K3", "T", NOW + 15 * 60000), TG_OK);
	assert_int_equal(tg_store_claim_of(w.c, "A", &held, NULL), TG_OK);
	assert_string_equal(held.staff, "T");
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "at-desk");
	world_close(&w);
}

static void test_nca14_a_field_set_decides_on_its_own(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"proof\":\"desk\"");
	app_submit(w.b, "B", ",\"proof\":\"desk\"");
	app_add(w.a, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"accepted\",\"place\":\"Абай 1\"");
	app_add(w.a, TG_RECORD_CHIP_INTENT, "A", CHIP);
	app_add(w.a, TG_RECORD_APPLICATION_DELIVERED, "A", "");
	app_add(w.a, TG_RECORD_DESK_DECIDED, "B", ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	app_assert_state(w.a, "A", "delivered");
	app_role(w.c, "K1", "field");
	world_turn(&w);
	app_assert_state(w.c, "A", "delivered");
	app_assert_state(w.c, "B", "at-desk");
	world_close(&w);
}

static void test_roles_are_given_at_the_centre(void **state)
{
	(void)state;
	struct world w = world_open();
	char role_now[16];
	assert_int_equal(tg_store_set_kiosk_role(w.a, "K1", "desk", NOW, NULL), TG_INVALID);
	assert_int_equal(tg_store_set_kiosk_role(w.c, "K1", "boss", NOW, NULL), TG_INVALID);
	assert_int_equal(tg_store_set_kiosk_role(w.c, "k 1", "desk", NOW, NULL), TG_INVALID);
	assert_int_equal(tg_store_set_kiosk_role(w.c, TG_CENTRE_STREAM, "desk", NOW, NULL), TG_INVALID);
	/* A kiosk that says so of itself. */
	(void)lib_append(w.a, TG_RECORD_KIOSK_ROLE, "{\"kiosk\":\"K1\",\"role\":\"desk\"}");
	world_turn(&w);
	assert_int_equal(tg_store_kiosk_role(w.c, "K1", role_now, NULL), TG_OK);
	assert_string_equal(role_now, "");
	app_role(w.c, "K2", "desk");
	assert_int_equal(
	        lib_count("c", "SELECT count(*) FROM journal WHERE kind = 'kiosk.role' AND kiosk = 'C00-1'"), 1);
	app_role(w.c, "K2", "");
	assert_int_equal(tg_store_kiosk_role(w.c, "K2", role_now, NULL), TG_OK);
	assert_string_equal(role_now, "");
	world_close(&w);
}

static void test_nca11_a_complaint_and_what_it_is_about(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_complaint_row row;
	app_submit(w.a, "A", ",\"proof\":\"desk\"");
	app_submit(w.a, "Z", ",\"operation\":\"complaint\",\"about\":\"A\"");
	world_turn(&w);
	assert_int_equal(tg_store_complaint(w.c, "Z", &row, NULL), TG_OK);
	assert_string_equal(row.state, "delivered");
	assert_int_equal(tg_store_complaint(w.c, "A", &row, NULL), TG_NOT_FOUND);
	/* Nobody but staff takes it; nothing is complained about before there is a result. */
	app_add(w.a, TG_RECORD_COMPLAINT_REGISTERED, "Z", ",\"about\":\"A\"");
	lib_send_all(w.a, "K1", w.c, NOW + 1);
	assert_int_equal(tg_store_complaint(w.c, "Z", &row, NULL), TG_OK);
	assert_string_equal(row.state, "delivered");
	assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
	app_add(w.b, TG_RECORD_DESK_DECIDED, "A", ",\"staff\":\"S\",\"outcome\":\"refused\",\"ground\":\"data\"");
	app_add(w.b, TG_RECORD_COMPLAINT_STATE, "Z", ",\"state\":\"answered\"");
	app_add(w.b, TG_RECORD_COMPLAINT_REGISTERED, "Z",
	        ",\"about\":\"A\",\"staff\":\"S\",\"staff_name\":\"Ким\",\"due_ms\":1795900000000,\"place\":"
	        "\"Астана\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "complained");
	app_assert_state(w.a, "A", "complained");
	assert_int_equal(tg_store_complaint_about(w.c, "A", &row, NULL), TG_OK);
	assert_string_equal(row.state, "registered");
	assert_string_equal(row.staff_name, "Ким");
	assert_true(row.due_ms == INT64_C(1795900000000));
	app_add(w.b, TG_RECORD_COMPLAINT_STATE, "Z", ",\"state\":\"executed\"");
	app_add(w.b, TG_RECORD_COMPLAINT_STATE, "Z", ",\"state\":\"registered\"");
	app_add(w.b, TG_RECORD_COMPLAINT_STATE, "Z", ",\"state\":\"lost\"");
	world_turn(&w);
	assert_int_equal(tg_store_complaint(w.c, "Z", &row, NULL), TG_OK);
	assert_string_equal(row.state, "executed");
	app_add(w.b, TG_RECORD_COMPLAINT_STATE, "Z", ",\"state\":\"answered\"");
	world_turn(&w);
	app_assert_state(w.c, "A", "refused");
	app_assert_state(w.a, "A", "refused");
	app_assert_state(w.c, "Z", "delivered");
	app_assert_state(w.a, "Z", "delivered");
	tg_store_close(w.a);
	tg_store_close(w.b);
	tg_store_close(w.c);
}

static enum tg_status print_ticket(const struct tg_ticket_row *t, void *ctx)
{
	tg_buf_addf(ctx, "%s %s %s %lld %lld %lld;", t->ticket, t->kiosk, t->number, (long long)(t->taken_ms - NOW),
	        (long long)(t->called_ms - NOW), (long long)(t->served_ms > 0 ? t->served_ms - NOW : 0));
	return TG_OK;
}

static void ticket(struct tg_store *s, const char *name, const char *number, const char *what, int64_t after_ms)
{
	char body[200];
	snprintf(body, sizeof(body), "{\"ticket\":\"%s\",\"number\":\"%s\",\"what\":\"%s\",\"time_ms\":%lld}", name,
	        number, what, (long long)(NOW + after_ms));
	(void)lib_append(s, TG_RECORD_QUEUE_TICKET, body);
}

static void test_nca4_minutes_are_measured(void **state)
{
	(void)state;
	struct world w = world_open();
	struct tg_buf b = TG_BUF_INIT;
	ticket(w.a, "A-1", "", "taken", 1);
	ticket(w.a, "A-2", "", "taken", 2);
	ticket(w.a, "", "", "taken", 2);
	ticket(w.a, "A-3", "", "lost", 3);
	ticket(w.b, "A-1", "N1", "called", 500);
	ticket(w.b, "A-1", "", "served", 900);
	lib_send_all(w.b, "K2", w.c, NOW); /* the desk's first */
	world_turn(&w);
	assert_int_equal(tg_store_tickets(w.c, NOW, NOW + 1000, print_ticket, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "A-1 K1 N1 1 500 900;A-2 K1  2 -1795338930000 0;");
	tg_buf_finish(&b);
	world_close(&w);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_nca10_a_decision_needs_a_claim_of_that_clerk),
	        T(test_p5_two_clerks_never_have_the_same_one),
	        T(test_nca14_a_field_set_decides_on_its_own),
	        T(test_roles_are_given_at_the_centre),
	        T(test_nca11_a_complaint_and_what_it_is_about),
	        T(test_nca4_minutes_are_measured),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
