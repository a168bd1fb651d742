/* What an application costs and how a clerk notes that it is paid (DOS-3, DOS-5, DOS-7). Prices are those of seed 002,
 * typed from there. */
#include "flow_fixture.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "money.h"
#include "ways.h"

#define AT INT64_C(1795334400000) /* 22.11.2026 08:00 UTC */

static struct flow f;
static struct tg_desk_facts told;

static const struct tg_provider *dostek(void)
{
	return tg_catalog_provider(flow_shipped(), "kg-dostek");
}

static void begin(const char *service, const char *way)
{
	flow_begin(&f, flow_shipped());
	f.wall = AT;
	flow_walk(&f, TG_STAGE_PROVIDER);
	f.silent = true;
	f.s.lang = TG_LANG_EN;
	f.s.now_wall_ms = AT;
	f.s.provider = dostek();
	for (unsigned i = 0; i < dostek()->n_services; i++)
		if (strcmp(dostek()->services[i].id, service) == 0)
			f.s.service = &dostek()->services[i];
	assert_non_null(f.s.service);
	f.s.kind = &f.s.service->kinds[0];
	f.s.way = tg_provider_way(dostek(), way);
	assert_non_null(f.s.way);
}

/* ---- what it costs ---- */

static void dos7_prices_of_the_source(void **state)
{
	(void)state;
	static const int seed_002[] = {1510, 1420, 1420, 1800, 2000, 2350}; /* som, in the order of the question */
	begin("renew", "office");
	for (unsigned i = 0; i < 6; i++) {
		f.s.replies.option[0] = i + 1;
		assert_int_equal(tg_charges_sum(&f.s), (int64_t)seed_002[i] * 100);
	}
	f.s.replies.option[0] = 0;
	assert_int_equal(tg_charges_sum(&f.s), 0);
}

static json_t *body(void)
{
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	json_t *o = json_loads(tg_buf_str(&out), 0, NULL);
	tg_buf_finish(&out);
	assert_non_null(o);
	return o;
}

static void dos7_what_is_recorded(void **state)
{
	(void)state;
	begin("renew", "office");
	f.s.replies.option[0] = 2;
	json_t *o = body(), *charge = json_array_get(json_object_get(o, "charges"), 0);
	assert_string_equal(json_string_value(json_object_get(charge, "product")), "accountant");
	assert_int_equal(json_integer_value(json_object_get(charge, "amount")), 142000);
	assert_string_equal(json_string_value(json_object_get(o, "currency")), "KGS");
	assert_null(json_object_get(o, "account"));
	json_decref(o);
}

static void dos7_a_day_without_a_price_hands_nothing_in(void **state)
{
	(void)state;
	struct tg_buf out = TG_BUF_INIT;
	begin("renew", "office");
	f.s.replies.option[0] = 1;
	f.s.now_wall_ms = INT64_C(1735689600000); /* 1 January 2025 */
	assert_int_equal(tg_charges_sum(&f.s), -1);
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_CONFIG);
	tg_buf_finish(&out);
}

static void dos3_an_order_is_paid_from_the_balance(void **state)
{
	(void)state;
	begin("renew-cloud", "office");
	f.s.replies.option[0] = 1;
	assert_false(tg_is_order(&f.s));
	assert_false(tg_makes_keys(&f.s)); /* no card has to do with it */
	begin("renew-cloud", "online");
	f.s.replies.option[0] = 1;
	assert_true(tg_is_order(&f.s));
	const struct tg_form *form = f.s.kind->form;
	for (unsigned i = 0; i < form->n_fields; i++)
		if (strcmp(form->fields[i].id, "organisation-number") == 0)
			(void)tg_copy(f.s.answers[i].value, sizeof f.s.answers[i].value, "01203201810274");
	json_t *o = body();
	assert_string_equal(json_string_value(json_object_get(o, "account")), "01203201810274");
	assert_string_equal(json_string_value(json_object_get(o, "operation")), "cloud");
	/* «даярдоо 7 күнгө чейин созулушу мүмкүн» */
	assert_int_equal(json_integer_value(json_object_get(o, "promised_ms")), AT + INT64_C(7) * 86400000);
	json_decref(o);
}

static void dos7_ways_of_paying_by_conditions(void **state)
{
	(void)state;
	const struct tg_payment *open[TG_PAYMENTS_MAX];
	unsigned n = tg_payments_open(dostek(), "at-desk product-head", open);
	assert_int_equal(n, 2);
	assert_string_equal(open[0]->id, "bank");
	assert_string_equal(open[0]->code, "42151410");
	assert_string_equal(open[0]->code2, "42122900");
	assert_string_equal(open[1]->id, "cash");
	n = tg_payments_open(dostek(), "online product-head", open);
	assert_int_equal(n, 4); /* terminal, wallet, internet bank, and the balance they fill */
	for (unsigned i = 0; i < n; i++)
		assert_false(open[i]->desk);
}

/* ---- nothing is issued unpaid ---- */

static void dos7_an_unpaid_application_makes_no_keys(void **state)
{
	(void)state;
	begin("renew", "office");
	f.s.way = NULL; /* as on the spot */
	assert_int_equal(tg_stage_after_submitting(&f.s), TG_STAGE_WORKING);
	f.s.ways.facts.rest = 1;
	assert_int_equal(tg_stage_after_submitting(&f.s), TG_STAGE_RESULT);
}

/* ---- the desk ---- */

static void at_payment(int64_t paid)
{
	begin("renew", "office");
	struct tg_desk *d = &f.s.desk;
	f.silent = true;
	d->entered = true;
	(void)tg_copy(d->app.number, sizeof d->app.number, "0001-0000-0144");
	(void)tg_copy(d->app.state, sizeof d->app.state, "accepted");
	d->app.provider = dostek();
	d->app.service = f.s.service;
	d->app.kind = f.s.kind;
	(void)tg_copy(d->app.conditions, sizeof d->app.conditions, "at-desk product-head");
	d->app.money = (struct tg_desk_money){
	        .currency = "KGS", .due = 151000, .paid = paid, .rest = 151000 - paid, .refundable = paid};
	f.s.stage = TG_STAGE_DESK_APPLICATION;
	f.s.focus = 0;
	flow_keys(&f, "Enter");
	flow_at(&f, "desk-payment");
	flow_forget_effects(&f);
}

static void answer(enum tg_status status, int64_t paid, int64_t asked)
{
	struct tg_event ev = flow_ev(&f, TG_EV_DESK);
	told.application.money = (struct tg_desk_money){.currency = "KGS",
	        .due = 151000,
	        .paid = paid,
	        .rest = 151000 - paid + asked,
	        .asked = asked,
	        .refundable = paid};
	ev.status = status;
	ev.desk = status == TG_OK ? &told : NULL;
	flow_event(&f, &ev);
}

static void dos7_a_transfer_needs_its_reference(void **state)
{
	(void)state;
	at_payment(0);
	flow_see(&f, "1510 som");
	flow_keys(&f, "Down*2 Enter");
	flow_see_id(&f, "desk.pay.reference.wrong");
	assert_int_equal(f.count[TG_FX_DESK_PAY], 0);
	flow_keys(&f, "'R '- '7 Down Enter");
	assert_int_equal(f.count[TG_FX_DESK_PAY], 1);
	assert_string_equal(f.s.desk.pay.how->id, "bank");
	assert_string_equal(f.s.desk.pay.typed[TG_PAY_REFERENCE], "R-7");
	assert_int_equal(f.s.desk.pay.amount, 151000); /* what is still to be paid stands there */
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_DESK_PAY], 1); /* one at a time */
	answer(TG_PAYMENT_TWICE, 0, 0);
	flow_see(&f, "T-444");
	assert_int_equal(f.s.focus, 1);
	flow_keys(&f, "'8 Down Enter");
	answer(TG_OK, 151000, 0);
	flow_see(&f, "Noted as received: 1510 som");
	assert_int_equal(f.s.desk.app.money.rest, 0);
	flow_keys(&f, "Esc");
	flow_at(&f, "desk-application");
	flow_see_id(&f, "desk.money.paid");
}

static void dos7_amounts_as_people_write_them(void **state)
{
	(void)state;
	static const struct {
		const char *typed;
		int64_t amount; /* 0: refused */
	} cases[] = {{"'1 '0 '0", 10000}, {"'1 '5 '1 '0 ', '5", 151050}, {"'1 '_ '5 '1 '0 '. '0 '5", 151005}, {"'0", 0},
	        {"'- '5", 0}, {"'1 ', '2 '3 '4", 0}, {"'1 'a", 0}, {"'1 ', '2 ', '3", 0}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		at_payment(0);
		memset(f.s.desk.pay.typed[TG_PAY_AMOUNT], 0, sizeof f.s.desk.pay.typed[TG_PAY_AMOUNT]);
		f.s.desk.pay.cursor = 0;
		flow_keys(&f, cases[i].typed);
		flow_keys(&f, "Down*3 Enter");
		assert_int_equal(f.count[TG_FX_DESK_PAY], cases[i].amount > 0);
		assert_int_equal(f.s.desk.pay.wrong, cases[i].amount > 0 ? -1 : TG_PAY_AMOUNT);
		if (cases[i].amount > 0)
			assert_int_equal(f.s.desk.pay.amount, cases[i].amount);
	}
}

static void dos7_a_refund_is_asked_then_paid(void **state)
{
	(void)state;
	at_payment(151000);
	flow_see_id(&f, "desk.pay.refund-ask");
	flow_keys(&f, "Down*4 Enter");
	assert_string_equal(f.s.desk.pay.refund, "asked");
	assert_int_equal(f.s.desk.pay.amount, 151000);
	answer(TG_OK, 151000, 151000);
	flow_see(&f, "The refund is asked for: 1510 som");
	flow_keys(&f, "Up Enter");
	assert_string_equal(f.s.desk.pay.refund, "paid");
	answer(TG_OK, 0, 0);
	flow_see(&f, "Noted as paid back: 1510 som");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "desk.pay.refund-ask")); /* nothing is left to go back */
}

static void dos7_no_refund_of_what_is_made(void **state)
{
	(void)state;
	at_payment(151000);
	f.s.desk.app.money.refundable = 0;
	f.s.desk.app.money.produced_ms = AT;
	flow_keys(&f, "Down*4 Enter");
	assert_int_equal(f.count[TG_FX_DESK_PAY], 0);
	flow_see(&f, "T-442");
}

static void dos3_too_little_on_the_balance(void **state)
{
	(void)state;
	at_payment(0);
	flow_keys(&f, "Esc");
	f.s.desk.app.money.order = true;
	f.s.desk.app.money.balance = 150999;
	flow_tick(&f, 100);
	flow_see(&f, "On acceptance 1510 som is taken from the balance; it has 1509,99 som.");
	flow_keys(&f, "Home Enter");
	flow_at(&f, "desk-payment");
	assert_true(f.s.desk.pay.balance);
	flow_keys(&f, "'0 '1 '2");
	flow_keys(&f, "Down*3 Enter");
	flow_see_id(&f, "desk.pay.account.wrong");
	assert_int_equal(f.count[TG_FX_DESK_PAY], 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(f.bugs, 0);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(dos7_prices_of_the_source),
	        T(dos7_what_is_recorded),
	        T(dos7_a_day_without_a_price_hands_nothing_in),
	        T(dos3_an_order_is_paid_from_the_balance),
	        T(dos7_ways_of_paying_by_conditions),
	        T(dos7_an_unpaid_application_makes_no_keys),
	        T(dos7_a_transfer_needs_its_reference),
	        T(dos7_amounts_as_people_write_them),
	        T(dos7_a_refund_is_asked_then_paid),
	        T(dos7_no_refund_of_what_is_made),
	        T(dos3_too_little_on_the_balance),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
