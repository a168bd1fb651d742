/* TICKET: numbers of the electronic queue (NCA-8), and what comes of them in the application (NCA-4). */
#include "flow_fixture.h"

#include <jansson.h>
#include <string.h>

static void at_service(struct flow *f, bool tickets)
{
	flow_begin(f, flow_shipped());
	f->config.tickets = tickets;
	flow_keys(f, "4 1");
	flow_at(f, "service");
}

static void at_ticket(struct flow *f)
{
	at_service(f, true);
	flow_keys(f, "End Enter");
	flow_at(f, "ticket");
}

static void answer(struct flow *f, enum tg_status status, const char *ticket, const char *where)
{
	struct tg_event ev = flow_ev(f, TG_EV_TICKET);
	ev.status = status;
	(void)tg_copy(ev.number, sizeof ev.number, ticket);
	(void)tg_copy(ev.where, sizeof ev.where, where);
	flow_event(f, &ev);
}

static void nca_8_only_where_there_is_a_queue(void **state)
{
	(void)state;
	struct flow f;
	at_service(&f, false);
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "nca.ticket"));
	flow_keys(&f, "End Enter");
	assert_int_not_equal(f.s.stage, TG_STAGE_TICKET);
	at_service(&f, true);
	flow_see_id(&f, "nca.ticket");
}

static void nca_8_a_number_is_taken_once(void **state)
{
	(void)state;
	struct flow f;
	at_ticket(&f);
	flow_see(&f, "20"); /* the term of the source, in minutes */
	flow_forget_effects(&f);
	flow_keys(&f, "Home Enter");
	assert_int_equal(f.count[TG_FX_TICKET], 1);
	flow_keys(&f, "Enter Enter Esc 'x");
	assert_int_equal(f.count[TG_FX_TICKET], 1); /* while it is being written nothing more is asked */
	flow_at(&f, "ticket");
	answer(&f, TG_OK, "A-017", "HP");
	flow_see(&f, "A-017");
	flow_see_id(&f, "ticket.printed");
	flow_keys(&f, "Home Enter");
	assert_int_equal(f.wipings, 1);
	assert_false(flow_state_has(&f.s, "A-017"));
}

static void nca_8_without_paper_the_number_is_to_be_remembered(void **state)
{
	(void)state;
	struct flow f;
	at_ticket(&f);
	flow_keys(&f, "Home Enter");
	answer(&f, TG_OK, "A-001", "");
	flow_see_id(&f, "ticket.remember");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "ticket.printed"));
}

static void nca_8_none_written_none_shown(void **state)
{
	(void)state;
	struct flow f;
	at_ticket(&f);
	flow_keys(&f, "Home Enter");
	answer(&f, TG_DISK_FULL, "", "");
	flow_at(&f, "ticket");
	flow_see_id(&f, "error.disk-full");
	flow_see_id(&f, "ticket.take");
	assert_string_equal(f.s.ticket.number, "");
	flow_keys(&f, "Home Enter");
	answer(&f, TG_OK, "A-002", "");
	flow_see(&f, "A-002");
}

static void nca_8_a_booked_number(void **state)
{
	(void)state;
	struct flow f;
	at_ticket(&f);
	flow_forget_effects(&f);
	flow_keys(&f, "Home Down Enter"); /* nothing typed */
	flow_see_id(&f, "form.required-missing");
	flow_keys(&f, "'B '; Enter"); /* a sign that stands on no ticket */
	flow_see_id(&f, "ticket.booked-wrong");
	assert_int_equal(f.count[TG_FX_TICKET], 0);
	flow_keys(&f, "Backspace '- '1 '2 Down Enter");
	assert_int_equal(f.count[TG_FX_TICKET], 1);
	assert_string_equal(f.s.ticket.typed.value, "B-12");
	answer(&f, TG_OK, "B-12", "");
	flow_see(&f, "B-12");
}

static void nca_4_the_number_goes_with_the_application(void **state)
{
	(void)state;
	struct flow f;
	struct tg_buf json = TG_BUF_INIT;
	at_ticket(&f);
	flow_keys(&f, "Home Enter");
	answer(&f, TG_OK, "A-017", "HP");
	flow_keys(&f, "Home Down Enter");
	flow_at(&f, "service");
	flow_keys(&f, "Home 1 1 2 1");
	flow_at(&f, "form");
	flow_put_answers(&f);
	assert_int_equal(tg_flow_application_json_as(&f.s, "0001-0000-0144", &json), TG_OK);
	json_t *body = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(body);
	assert_string_equal(json_string_value(json_object_get(body, "ticket")), "A-017");
	json_decref(body);
	tg_buf_wipe(&json);
	flow_keys(&f, "F10 Down Enter"); /* stop: yes */
	if (f.wipings == 0)
		flow_keys(&f, "F10 Up Enter");
	assert_true(f.wipings > 0);
	assert_false(flow_state_has(&f.s, "A-017"));
}

/* The answer to somebody who left is not the next person's. */
static void k1_a_late_answer_is_forgotten(void **state)
{
	(void)state;
	struct flow f;
	at_ticket(&f);
	flow_keys(&f, "Home Enter F10 Down Enter");
	if (f.wipings == 0)
		flow_keys(&f, "F10 Up Enter");
	assert_int_equal(f.wipings, 1);
	flow_at(&f, "idle");
	flow_keys(&f, "4 1 End Enter Home Enter");
	flow_at(&f, "ticket");
	answer(&f, TG_OK, "A-009", "HP");
	assert_string_equal(f.s.ticket.number, "");
	answer(&f, TG_OK, "A-010", "HP");
	flow_see(&f, "A-010");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca_8_only_where_there_is_a_queue),
	        cmocka_unit_test(nca_8_a_number_is_taken_once),
	        cmocka_unit_test(nca_8_without_paper_the_number_is_to_be_remembered),
	        cmocka_unit_test(nca_8_none_written_none_shown),
	        cmocka_unit_test(nca_8_a_booked_number),
	        cmocka_unit_test(nca_4_the_number_goes_with_the_application),
	        cmocka_unit_test(k1_a_late_answer_is_forgotten),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
