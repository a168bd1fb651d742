/* DOCUMENTS under conditions, alternatives and proofs (NCA-9.1 … 9.8, R1 … R3, 9.id, 9.trs), and the question about
 * open applications (K-16). */
#include "flow_fixture.h"

#include "flow_chip.h"

/* Ways of a kind in its order. */
static void at_documents(struct flow *f, const char *choices)
{
	flow_begin(f, flow_shipped());
	f->wall = INT64_C(1770271200000); /* Thursday 5 February 2026, 11:00 in Kazakhstan (date -u -d @1770271200) */
	flow_keys(f, choices);
	f->s.stage = TG_STAGE_FORM; /* what the form asks is not the matter here */
	f->s.picked = true;
	for (unsigned i = 0; i < f->s.kind->form->n_fields; i++)
		(void)tg_copy(f->s.answers[i].value, TG_VALUE_MAX, "");
	f->s.stage = TG_STAGE_DOCUMENTS;
	f->s.focus = 0;
}

static const struct tg_item *item(struct flow *f, const char *message_id)
{
	const char *label = tg_text(flow_sentences(), f->s.lang, message_id);
	tg_flow_view(&f->config, &f->s, &f->view);
	for (unsigned i = 0; i < f->view.n_items; i++)
		if (f->view.items[i].label && strcmp(f->view.items[i].label, label) == 0)
			return &f->view.items[i];
	fail_msg("'%s' is not on the screen", label);
	return &f->view.items[0];
}

static bool shown(struct flow *f, const char *message_id)
{
	tg_flow_view(&f->config, &f->s, &f->view);
	return flow_view_has(&f->view, tg_text(flow_sentences(), f->s.lang, message_id));
}

static const char *sentence(const struct flow *f, const char *id)
{
	return tg_text(flow_sentences(), f->s.lang, id);
}

static unsigned document(const struct flow *f, const char *id)
{
	for (unsigned i = 0; i < f->s.kind->n_documents; i++)
		if (strcmp(f->s.kind->documents[i].id, id) == 0)
			return i;
	fail_msg("no document %s", id);
	return 0;
}

static void to_document(struct flow *f, const char *id)
{
	flow_keys(f, "PageUp*9");
	for (int i = 0; i < 40; i++) {
		tg_flow_view(&f->config, &f->s, &f->view);
		const struct tg_item *it = f->view.focus >= 0 ? &f->view.items[f->view.focus] : NULL;
		if (it && it->kind == TG_ITEM_CHECK && it->id == (int)document(f, id))
			return;
		flow_keys(f, "Down");
	}
	fail_msg("the focus never came to %s", id);
}

static void nca_9_1_lists_follow_the_way(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 1 2 1"); /* an individual, with papers, no identity card */
	assert_true(shown(&f, "nca.doc.identity-applicant"));
	assert_false(shown(&f, "nca.doc.power"));
	at_documents(&f, "4 1 1 1 3 1"); /* through a representative: the power, and an own identity document */
	assert_true(shown(&f, "nca.doc.identity-applicant"));
	assert_true(shown(&f, "nca.doc.identity-representative"));
	assert_true(shown(&f, "nca.doc.power"));
}

/* The form is this application; nobody ticks it, and why is said. */
static void what_is_proven_is_ticked_by_itself_with_the_reason(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 1 2 1");
	const struct tg_item *it = item(&f, "nca.doc.application");
	assert_true(it->checked);
	assert_true(it->locked);
	assert_false(it->focusable);
	assert_string_equal(it->mark, sentence(&f, "documents.by-form"));
	assert_false(item(&f, "nca.doc.identity-applicant")->checked);
	at_documents(&f, "4 1 1 1 1"); /* on the spot, the chip proves */
	f.s.doc.tried = true;
	it = item(&f, "nca.doc.identity-applicant");
	assert_true(it->checked);
	assert_string_equal(it->mark, sentence(&f, "documents.by-chip"));
	f.s.doc.status = TG_DOC_SIGNER; /* read, but not proven */
	assert_false(item(&f, "nca.doc.identity-applicant")->checked);
	at_documents(&f, "4 1 1 7 3"); /* a non-resident, by signature (NCA-9.again) */
	assert_string_equal(f.s.way->id, "signature");
	it = item(&f, "nca.doc.residence-permit");
	assert_string_equal(it->mark, sentence(&f, "documents.by-certificate"));
	assert_false(item(&f, "nca.doc.stateless")->checked); /* of "any one of" one is enough */
	flow_keys(&f, "End Enter");
	flow_at(&f, "review");
}

static void nca_9_nr_any_one_of_three(void **state)
{
	(void)state;
	static const char *const papers[] = {"residence-permit", "stateless", "foreigner-registration"};
	for (size_t i = 0; i < 3; i++) {
		struct flow f;
		at_documents(&f, "4 1 1 7 1");
		assert_true(shown(&f, "documents.any-one"));
		to_document(&f, "identity");
		flow_keys(&f, "Space PageDown*9 Enter");
		flow_at(&f, "documents");
		flow_see(&f, sentence(&f, "nca.doc.residence-permit")); /* the first of the group is named */
		assert_int_equal(f.s.notice, TG_INVALID);
		to_document(&f, papers[i]);
		flow_keys(&f, "Space PageDown*9 Enter");
		flow_at(&f, "review");
	}
}

static void nca_9_head_a_paper_in_place_of_the_power(void **state)
{
	(void)state;
	static const char *const papers[] = {"power-a3", "employment", "appointment"};
	for (size_t i = 0; i < 3; i++) {
		struct flow f;
		at_documents(&f, "4 1 1 3 1 Down Enter Down Enter Enter"); /* the head, who comes in person */
		assert_string_equal(item(&f, "nca.doc.employment")->mark, sentence(&f, "documents.instead"));
		to_document(&f, "identity-representative");
		flow_keys(&f, "Space PageDown*9 Enter");
		flow_at(&f, "documents");
		to_document(&f, papers[i]);
		flow_keys(&f, "Space PageDown*9 Enter");
		flow_at(&f, "review");
	}
	struct flow f;
	at_documents(&f, "4 1 1 3 1 Enter Enter Enter"); /* a representative has no such way */
	assert_false(shown(&f, "nca.doc.employment"));
	assert_string_equal(item(&f, "nca.doc.head-confirmation")->mark, sentence(&f, "documents.by-head"));
	assert_string_equal(item(&f, "nca.doc.registration")->mark, sentence(&f, "documents.if-any"));
}

/* The desk decides: who goes on with less is told once what is missing. */
static void for_the_desk_the_list_reminds(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 1 3 1");
	flow_keys(&f, "PageDown*9 Enter");
	flow_at(&f, "documents");
	flow_see(&f, "Missing: ");
	flow_see(&f, "and 2 more");
	flow_see_id(&f, "documents.go-on-without");
	flow_keys(&f, "Enter");
	flow_at(&f, "review");
	flow_keys(&f, "Esc");
	flow_at(&f, "documents");
	flow_see_not(&f, "Missing: ");
}

static void nca_r2_r3_two_ways_of_a_dismissal_order(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 2 3 1 Enter Enter Enter"); /* A8 by the head */
	assert_true(shown(&f, "nca.doc.a8"));
	assert_false(shown(&f, "nca.doc.dismissal-copy"));
	at_documents(&f, "4 1 2 3 1 Enter Down Enter Enter"); /* a copy in place of A8 */
	assert_false(shown(&f, "nca.doc.a8"));
	assert_true(shown(&f, "nca.doc.dismissal-copy"));
	at_documents(&f, "4 1 2 3 1 Enter Down*2 Enter Enter"); /* A8 by the owner, with an extract */
	assert_true(shown(&f, "nca.doc.a8"));
	assert_true(shown(&f, "nca.doc.dismissal-extract"));
	assert_false(shown(&f, "nca.doc.dismissal-copy"));
}

/* The date is asked as soon as the paper is ticked, and judged as soon as it is whole. */
static void nca_9_trs_the_agreement_is_dated_and_judged(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 6");
	to_document(&f, "agreement");
	flow_keys(&f, "Space");
	assert_true(shown(&f, "documents.date"));
	flow_keys(&f, "'0102202");
	assert_null(f.s.documents[document(&f, "agreement")].error);
	flow_keys(&f, "6"); /* Sunday 1 February: Monday, Tuesday, Wednesday, Thursday are four */
	assert_string_equal(f.s.documents[document(&f, "agreement")].date, "01.02.2026");
	assert_string_equal(f.s.documents[document(&f, "agreement")].error, "rule.working-days.late");
	flow_see(&f, "More than 3 working days");
	flow_keys(&f, "PageDown*9 Enter Enter");
	flow_at(&f, "documents");               /* nor does the desk take it */
	flow_keys(&f, "Backspace*8 '02022026"); /* the focus was led there; Monday 2, today is Thursday 5 */
	assert_null(f.s.documents[document(&f, "agreement")].error);
	flow_keys(&f, "PageDown*9 Enter Enter");
	flow_at(&f, "review");
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	assert_non_null(strstr(tg_buf_str(&out), "{\"id\":\"agreement\",\"by\":\"person\",\"date\":\"02.02.2026\"}"));
	tg_buf_wipe(&out);
}

static void a_date_that_is_missing_is_asked_for(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 6");
	to_document(&f, "agreement-more");
	flow_keys(&f, "Enter PageDown*9 Enter Enter");
	flow_at(&f, "documents");
	flow_see_id(&f, "documents.date-missing");
	to_document(&f, "agreement-more");
	flow_keys(&f, "Space"); /* not brought after all: no date is asked for */
	assert_false(shown(&f, "documents.date"));
	flow_keys(&f, "PageDown*9 Enter Enter");
	flow_at(&f, "review");
}

/* A power that was filled at a kiosk is named by its number: it is good for one application. */
static void nca_9_poa_the_number_of_the_power(void **state)
{
	(void)state;
	char number[TG_NUMBER_MAX], keys[64];
	assert_int_equal(tg_number_make(1, 7, number), TG_OK);
	struct flow f;
	at_documents(&f, "4 1 1 6");
	to_document(&f, "power-a3");
	flow_keys(&f, "Space Down 'K7 PageDown*9 Enter Enter");
	flow_at(&f, "documents");
	flow_see_id(&f, "documents.power-wrong");
	(void)snprintf(keys, sizeof keys, "Backspace*9 '%s PageDown*9 Enter Enter", number);
	flow_keys(&f, keys);
	flow_at(&f, "review");
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	(void)snprintf(keys, sizeof keys, "\"power\":\"%s\"", number);
	assert_non_null(strstr(tg_buf_str(&out), keys));
	tg_buf_wipe(&out);
}

/* NCA-9.rep, NCA-role: representatives are recorded. */
static void nca_9_rep_who_stands_here_with_a_power(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 1 3 1");
	assert_false(shown(&f, "role.presenter"));
	to_document(&f, "power");
	flow_keys(&f, "Space");
	assert_true(shown(&f, "role.presenter"));
	flow_keys(&f, "PageDown*9 Enter Enter");
	flow_at(&f, "documents");
	flow_see_id(&f, "form.required-missing");
	flow_keys(&f, "'Aсанов Enter"); /* the focus was led there; a Latin A among Cyrillic letters */
	flow_see_id(&f, "presenter.surname");
	flow_see(&f, "“Асанов”");
	flow_keys(&f, "Enter Enter 'Ерлан Enter '900101300016 Enter");
	flow_see_id(&f, "rule.iin.check-digit");
	flow_keys(&f, "Backspace 7 PageDown*9 Enter Enter");
	flow_at(&f, "review");
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	assert_non_null(strstr(tg_buf_str(&out), "\"presenter\":{\"surname\":\"Асанов\",\"given_name\":\"Ерлан\","
	                                         "\"iin\":\"900101300017\"}"));
	tg_buf_reset(&out);
	flow_keys(&f, "Esc");
	to_document(&f, "power");
	flow_keys(&f, "Space"); /* no power after all: nobody is recorded */
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	assert_null(strstr(tg_buf_str(&out), "presenter\":{"));
	tg_buf_wipe(&out);
}

/* The employee whom the certificate names may come with the power: then nobody else is asked for. */
static void nca_role_the_subject_may_come_in_person(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 6");
	to_document(&f, "power-a3");
	flow_keys(&f, "Space PageDown*9 Enter Enter");
	flow_at(&f, "review");
}

static void the_review_shows_way_case_and_documents(void **state)
{
	(void)state;
	struct flow f;
	at_documents(&f, "4 1 1 1 3 2");
	to_document(&f, "power");
	flow_keys(&f, "Space Down 'Асанов Down 'Ерлан Down '900101300017 PageDown*9 Enter Enter");
	flow_at(&f, "review");
	assert_string_equal(item(&f, "review.way")->value, sentence(&f, "nca.way.representative"));
	assert_string_equal(item(&f, "nca.q.id-card")->value, sentence(&f, "nca.q.yes"));
	assert_string_equal(item(&f, "nca.doc.power")->value, sentence(&f, "review.document-paper"));
	assert_string_equal(item(&f, "nca.doc.application-without-number")->value, sentence(&f, "documents.by-form"));
}

/* ---- K-16 ---- */

static void at_review(struct flow *f, const char *open)
{
	flow_begin(f, flow_shipped());
	f->open = open;
	flow_walk(f, TG_STAGE_REVIEW);
}

static void k16_an_open_application_is_told_before_another_is_handed_in(void **state)
{
	(void)state;
	struct flow f;
	at_review(&f, "K1A2-0003-0000");
	assert_int_equal(f.count[TG_FX_OPEN_ASK], 1);
	flow_keys(&f, "PageDown*9 Enter");
	flow_at(&f, "open");
	flow_see(&f, "K1A2-0003-0000");
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	flow_keys(&f, "Esc");
	flow_at(&f, "review");
	flow_keys(&f, "PageDown*9 Enter 2");
	flow_at(&f, "open"); /* digits choose nothing here: nobody hands in another one by a slip */
	flow_keys(&f, "Down Enter");
	flow_at(&f, "consent");
	flow_walk(&f, TG_STAGE_PIN); /* told once */
}

static void k16_who_wants_no_other_one_leaves(void **state)
{
	(void)state;
	struct flow f;
	at_review(&f, "K1A2-0003-0000");
	flow_keys(&f, "PageDown*9 Enter Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
	flow_keys(&f, "2");
	flow_at(&f, "idle");
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	assert_false(flow_state_has(&f.s, "K1A2"));
}

static void k16_nobody_waits_for_a_centre_that_cannot_be_asked(void **state)
{
	(void)state;
	struct flow f;
	at_review(&f, NULL);
	flow_walk(&f, TG_STAGE_PIN);
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_DOCUMENTS);
	f.silent = true; /* no answer at all */
	flow_walk(&f, TG_STAGE_PIN);
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_DOCUMENTS);
	f.silent = true;
	flow_walk(&f, TG_STAGE_CONSENT);
	struct tg_event ev = flow_ev(&f, TG_EV_OPEN); /* it comes while the consents are being read */
	(void)tg_copy(ev.number, sizeof ev.number, "K1A2-0003-0000");
	flow_event(&f, &ev);
	flow_at(&f, "consent");
	flow_walk(&f, TG_STAGE_OPEN);
	struct tg_event down = flow_ev(&f, TG_EV_OPEN);
	down.status = TG_AGENT_DOWN;
	flow_event(&f, &down); /* was not asked for: nothing happens */
	flow_at(&f, "open");
}

/* NCA-10: the chip proves an age under sixteen: the journey ends, nothing is recorded. */
static void nca_10_the_chip_of_a_child_ends_the_journey(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.token.document = true;
	(void)tg_copy(f.chip.birth, sizeof f.chip.birth, "2012-05-01");
	for (int i = 0; i < 20 && f.s.stage != TG_STAGE_READING && f.s.stage != TG_STAGE_FAILURE; i++)
		flow_next(&f);
	flow_at(&f, "failure");
	assert_int_equal(f.s.failure, TG_DOC_YOUNG);
	flow_see_id(&f, "error.doc-young");
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca_9_1_lists_follow_the_way),
	        cmocka_unit_test(what_is_proven_is_ticked_by_itself_with_the_reason),
	        cmocka_unit_test(nca_9_nr_any_one_of_three),
	        cmocka_unit_test(nca_9_head_a_paper_in_place_of_the_power),
	        cmocka_unit_test(for_the_desk_the_list_reminds),
	        cmocka_unit_test(nca_r2_r3_two_ways_of_a_dismissal_order),
	        cmocka_unit_test(nca_9_trs_the_agreement_is_dated_and_judged),
	        cmocka_unit_test(a_date_that_is_missing_is_asked_for),
	        cmocka_unit_test(nca_9_poa_the_number_of_the_power),
	        cmocka_unit_test(nca_9_rep_who_stands_here_with_a_power),
	        cmocka_unit_test(nca_role_the_subject_may_come_in_person),
	        cmocka_unit_test(the_review_shows_way_case_and_documents),
	        cmocka_unit_test(k16_an_open_application_is_told_before_another_is_handed_in),
	        cmocka_unit_test(k16_who_wants_no_other_one_leaves),
	        cmocka_unit_test(k16_nobody_waits_for_a_centre_that_cannot_be_asked),
	        cmocka_unit_test(nca_10_the_chip_of_a_child_ends_the_journey),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
