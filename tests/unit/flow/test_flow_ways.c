/* The ways between consent and result, as the shipped data have them: what asks for a card, what waits for whom, and
 * that nothing is said to be done that is not (K-8, K-15, NCA-9.again, NCA-9.head, NCA-9.R1 … R3, NCA-9.poa). */
#include "flow_fixture.h"

#define NUMBER "K7M2-0004-9QX1"

static void answer(struct flow *f, enum tg_event_kind kind, enum tg_status status, const char *state)
{
	static struct tg_ways_facts facts;
	struct tg_event ev = flow_ev(f, kind);
	memset(&facts, 0, sizeof facts);
	(void)tg_copy(facts.application.number, sizeof facts.application.number, NUMBER);
	(void)tg_copy(facts.application.provider, sizeof facts.application.provider, "kz-nca");
	(void)tg_copy(facts.application.service, sizeof facts.application.service, "issue");
	(void)tg_copy(facts.application.kind, sizeof facts.application.kind, "individual");
	(void)tg_copy(facts.application.form, sizeof facts.application.form, "nca-a1");
	(void)tg_copy(facts.application.state, sizeof facts.application.state, state);
	facts.application.ours = true;
	ev.status = status;
	ev.ways = &facts;
	(void)tg_copy(ev.number, sizeof ev.number, NUMBER);
	flow_event(f, &ev);
}

/* A journey of the shipped catalogue at its consents, all ticked: what was typed before is another test's business. */
static void at_consent(struct flow *f, const char *service, const char *kind, const char *way)
{
	const struct tg_provider *p;
	flow_begin(f, flow_shipped());
	f->silent = true;
	p = tg_catalog_provider(flow_shipped(), "kz-nca");
	assert_non_null(p);
	f->s.provider = p;
	for (unsigned i = 0; i < p->n_services; i++)
		for (unsigned k = 0; k < p->services[i].n_kinds; k++)
			if (!strcmp(p->services[i].id, service) && !strcmp(p->services[i].kinds[k].id, kind)) {
				f->s.service = &p->services[i];
				f->s.kind = &p->services[i].kinds[k];
			}
	assert_non_null(f->s.kind);
	f->s.way = way ? tg_provider_way(p, way) : NULL;
	f->s.open_agreed = true;
	for (unsigned i = 0; i < f->s.kind->form->n_consents; i++)
		f->s.consents[i] = true;
	f->s.stage = TG_STAGE_CONSENT;
	f->s.focus = (int)f->s.kind->form->n_consents;
	f->s.reader.card = false;
}

static void go(struct flow *f)
{
	flow_keys(f, "Enter");
}

static void desk_way_asks_for_no_card_and_waits_for_the_desk(void **state)
{
	(void)state;
	struct flow f;
	at_consent(&f, "issue", "individual", "papers");
	go(&f);
	assert_int_equal(f.s.stage, TG_STAGE_SUBMITTING);
	assert_int_equal(f.count[TG_FX_SUBMIT], 1);
	answer(&f, TG_EV_SUBMITTED, TG_OK, "at-desk");
	assert_int_equal(f.s.stage, TG_STAGE_RESULT);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
	assert_int_equal(f.count[TG_FX_PRINT_FORM], 1);
	tg_flow_view(&f.config, &f.s, &f.view);
	bool told = false;
	for (unsigned i = 0; i < f.view.n_items; i++)
		told = told || f.view.items[i].label == tg_text(f.config.i18n, f.s.lang, "result.at-desk");
	assert_true(told);
}

static void not_recorded_is_not_handed_in(void **state)
{
	(void)state;
	struct flow f;
	at_consent(&f, "issue", "individual", "papers");
	go(&f);
	answer(&f, TG_EV_SUBMITTED, TG_DISK_FULL, "");
	assert_int_equal(f.s.stage, TG_STAGE_FAILURE);
	assert_int_equal(f.count[TG_FX_PRINT_FORM], 0);
}

static void revocation_waits_for_the_centre_and_says_so_when_it_does_not_answer(void **state)
{
	(void)state;
	struct flow f;
	at_consent(&f, "revoke", "person", "signature");
	f.s.stage = TG_STAGE_SUBMITTING;
	f.s.asked.submit = 1;
	answer(&f, TG_EV_SUBMITTED, TG_OK, "verifying");
	assert_int_equal(f.s.stage, TG_STAGE_JUDGING);
	assert_int_equal(f.count[TG_FX_VERDICT], 1);
	answer(&f, TG_EV_VERDICT, TG_CENTRE_DOWN, "verifying");
	assert_int_equal(f.s.stage, TG_STAGE_JUDGING);
	f.now += 60000;
	answer(&f, TG_EV_VERDICT, TG_CENTRE_DOWN, "verifying");
	assert_int_equal(f.s.stage, TG_STAGE_RESULT);
	assert_string_equal(f.s.ways.facts.state, "verifying");
}

/* Handed in, its keys made and signed with it (NCA-9.again): where the centre judges. */
static void at_judging(struct flow *f)
{
	at_consent(f, "issue", "individual", "signature");
	f->s.stage = TG_STAGE_SUBMITTING;
	f->s.asked.submit = 1;
	answer(f, TG_EV_SUBMITTED, TG_OK, "submitted");
	assert_int_equal(f->s.stage, TG_STAGE_WORKING);
	assert_int_equal(f->count[TG_FX_CHIP_RUN], 1);
	assert_true(tg_flow_pin_again(&f->s));
	answer(f, TG_EV_CHIP_ENDED, TG_OK, "verifying");
	assert_int_equal(f->s.stage, TG_STAGE_JUDGING);
	assert_int_equal(f->count[TG_FX_CLEAR_PIN], 0);
}

static void signed_request_makes_its_keys_then_waits_for_the_verdict(void **state)
{
	(void)state;
	struct flow f;
	at_judging(&f);
	answer(&f, TG_EV_VERDICT, TG_OK, "accepted");
	assert_int_equal(f.s.stage, TG_STAGE_WORKING);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 2);
	assert_false(tg_flow_pin_again(&f.s));
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 0);
}

static void signed_request_that_is_refused_takes_its_keys_off_the_card(void **state)
{
	(void)state;
	struct flow f;
	at_judging(&f);
	answer(&f, TG_EV_VERDICT, TG_OK, "refused");
	assert_int_equal(f.s.stage, TG_STAGE_WORKING);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 1);
	assert_int_equal(f.count[TG_FX_CHIP_UNDO], 1);
	answer(&f, TG_EV_CHIP_ENDED, TG_CANCELLED, "refused");
	assert_int_equal(f.s.stage, TG_STAGE_RESULT);
	assert_string_equal(f.s.ways.facts.state, "refused");
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 1);
}

/* The card left while they were taken off: nothing can be continued, the same card is waited for. */
static void refused_keys_wait_for_their_card(void **state)
{
	(void)state;
	struct flow f;
	at_judging(&f);
	answer(&f, TG_EV_VERDICT, TG_OK, "refused");
	answer(&f, TG_EV_CHIP_ENDED, TG_CARD_PULLED, "refused");
	assert_int_equal(f.s.stage, TG_STAGE_RESUME);
	tg_flow_view(&f.config, &f.s, &f.view);
	for (unsigned i = 0; i < f.view.n_items; i++)
		assert_true(f.view.items[i].label != tg_text(f.config.i18n, f.s.lang, "resume.continue"));
}

/* What another visit left: refused meanwhile, its keys still there. */
static void refused_meanwhile_leaves_nothing_to_continue(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.silent = true;
	f.s.reader.card = true;
	f.s.token = f.token;
	f.s.asked.unfinished = 1;
	struct tg_event ev = flow_ev(&f, TG_EV_UNFINISHED);
	ev.ended = true;
	(void)tg_copy(ev.number, sizeof ev.number, NUMBER);
	(void)tg_copy(ev.form, sizeof ev.form, "nca-a1");
	f.s.stage = TG_STAGE_PROVIDER;
	flow_event(&f, &ev);
	assert_int_equal(f.s.stage, TG_STAGE_RESUME);
	go(&f); /* the first button takes the keys away */
	assert_int_equal(f.s.stage, TG_STAGE_PIN);
	assert_true(f.s.undoing);
}

/* Of a revocation: it is signed before it is recorded. */
static void wrong_pin_of_a_signature_is_asked_again(void **state)
{
	(void)state;
	struct flow f;
	at_consent(&f, "revoke", "person", "signature");
	f.s.reader.card = true;
	f.s.token = f.token;
	(void)tg_copy(f.s.work_serial, sizeof f.s.work_serial, f.token.serial);
	f.s.stage = TG_STAGE_SUBMITTING;
	f.s.asked.submit = 1;
	answer(&f, TG_EV_SUBMITTED, TG_PIN_WRONG, "");
	assert_int_equal(f.s.stage, TG_STAGE_PIN);
	assert_int_equal(f.s.notice, TG_PIN_WRONG);
	assert_string_equal(f.s.number, "");
}

static void at_status(struct flow *f)
{
	flow_begin(f, flow_shipped());
	f->silent = true;
	f->s.provider = tg_catalog_provider(flow_shipped(), "kz-nca");
	for (unsigned i = 0; i < f->s.provider->n_services; i++)
		if (tg_service_has_opens(&f->s.provider->services[i], "status"))
			f->s.service = &f->s.provider->services[i];
	f->s.stage = TG_STAGE_STATUS;
}

/* Decision 0160's number with one character changed is none; small letters and spaces are taken. */
static void number_is_checked_before_anybody_is_asked(void **state)
{
	(void)state;
	struct flow f;
	char good[TG_NUMBER_MAX];
	assert_int_equal(tg_number_make(1, 7, good), TG_OK);
	at_status(&f);
	flow_keys(&f, "'0001-0000-0145 Enter");
	assert_int_equal(f.count[TG_FX_STATUS], 0);
	assert_string_equal(f.s.ways.number.error, "status.number-wrong");
	flow_keys(&f, "Backspace*20");
	for (const char *p = good; *p != '\0'; p++) {
		char key[3] = {'\'', *p, '\0'};
		if (*p != '-')
			flow_keys(&f, key);
	}
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_STATUS], 1);
	assert_string_equal(f.s.ways.facts.number, good);
}

static void accepted_application_goes_on_only_for_who_knows_whose_it_is(void **state)
{
	(void)state;
	struct flow f;
	at_status(&f);
	f.s.asked.status = 1;
	answer(&f, TG_EV_STATUS, TG_OK, "accepted");
	assert_int_equal(f.s.ways.step, TG_STATUS_SHOWN);
	go(&f);
	assert_int_equal(f.s.ways.step, TG_STATUS_PROVE);
	assert_string_equal(f.s.number, "");
	for (int i = 0; i < TG_PROOF_TRIES; i++) {
		flow_keys(&f, "'1 Enter");
		answer(&f, TG_EV_APPLICATION, TG_CERT_OTHER_PERSON, "");
	}
	assert_int_equal(f.count[TG_FX_APPLICATION], TG_PROOF_TRIES);
	go(&f);
	assert_int_equal(f.count[TG_FX_APPLICATION], TG_PROOF_TRIES); /* no fourth */
	assert_int_equal(f.s.notice, TG_LIMIT);
}

static void what_is_at_the_desk_cannot_be_continued(void **state)
{
	(void)state;
	struct flow f;
	at_status(&f);
	f.s.asked.status = 1;
	answer(&f, TG_EV_STATUS, TG_OK, "at-desk");
	tg_flow_view(&f.config, &f.s, &f.view);
	for (unsigned i = 0; i < f.view.n_items; i++)
		assert_ptr_not_equal(f.view.items[i].label, tg_text(f.config.i18n, f.s.lang, "status.continue"));
}

/* K-12: what was typed to prove whose the application is answers one question and is gone after it. */
static void typed_proof_is_forgotten_when_the_withdrawal_is_not_wanted(void **state)
{
	(void)state;
	static const char *const leave[] = {"Enter", "Esc", NULL};
	for (const char *const *no = leave; *no; no++) {
		struct flow f;
		at_status(&f);
		f.s.asked.status = 1;
		answer(&f, TG_EV_STATUS, TG_OK, "at-desk");
		flow_keys(&f, "Down Enter '9 '4 Enter"); /* withdraw: behind "correct" */
		assert_int_equal(f.count[TG_FX_APPLICATION], 1);
		assert_string_equal(f.s.ways.proof.value, "94");
		answer(&f, TG_EV_APPLICATION, TG_OK, "at-desk");
		assert_int_equal(f.s.ways.step, TG_STATUS_WITHDRAW);
		flow_keys(&f, *no);
		assert_int_equal(f.s.ways.step, TG_STATUS_SHOWN);
		assert_int_equal(f.count[TG_FX_WITHDRAW], 0);
		assert_string_equal(f.s.ways.proof.value, "");
		flow_keys(&f, "Down Enter");
		assert_int_equal(f.s.ways.step, TG_STATUS_PROVE); /* asked anew */
		flow_see_not(&f, "94");
	}
}

static void decided(struct flow *f)
{
	flow_begin(f, flow_shipped());
	f->silent = true;
	f->s.stage = TG_STAGE_SUBMITTING;
	f->s.ways.deciding = f->s.ways.yes = true;
	(void)tg_copy(f->s.ways.pending[0].number, sizeof f->s.ways.pending[0].number, NUMBER);
	f->s.ways.n_pending = 1;
	f->s.asked.decide = 1;
	answer(f, TG_EV_DECIDED, TG_OK, "");
	assert_int_equal(f->s.stage, TG_STAGE_PENDING);
	answer(f, TG_EV_PENDING, TG_OK, "");
}

/* NCA-9.head, K-15: what the head signed counts when the centre has judged it, and until then nothing else is said. */
static void decision_of_a_head_is_not_said_to_be_done_before_the_centre_judged(void **state)
{
	(void)state;
	struct flow f;
	decided(&f);
	flow_see_id(&f, "pending.sent");
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "pending.done"));
	assert_int_equal(f.count[TG_FX_VERDICT], 1);
	answer(&f, TG_EV_VERDICT, TG_OK, "confirming");
	flow_see_id(&f, "pending.sent");
	assert_int_equal(f.count[TG_FX_VERDICT], 2);
	answer(&f, TG_EV_VERDICT, TG_OK, "at-desk");
	assert_int_equal(f.count[TG_FX_VERDICT], 2);
	assert_int_equal(f.count[TG_FX_PENDING], 2); /* the list without it */
	answer(&f, TG_EV_PENDING, TG_OK, "");
	flow_see_id(&f, "pending.done");
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "pending.sent"));
}

static void declined_is_said_when_the_centre_says_so(void **state)
{
	(void)state;
	struct flow f;
	decided(&f);
	answer(&f, TG_EV_VERDICT, TG_OK, "declined");
	answer(&f, TG_EV_PENDING, TG_OK, "");
	flow_see_id(&f, "pending.declined");
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "pending.done"));
}

/* A centre that does not answer: the head reads what is true, and the kiosk does not ask for ever. */
static void no_verdict_leaves_the_decision_sent(void **state)
{
	(void)state;
	struct flow f;
	decided(&f);
	for (int i = 0; i < 3; i++)
		answer(&f, TG_EV_VERDICT, TG_CENTRE_DOWN, "");
	flow_see_id(&f, "pending.sent");
	f.s.now_ms += 60000;
	unsigned asked = f.count[TG_FX_VERDICT];
	answer(&f, TG_EV_VERDICT, TG_CENTRE_DOWN, "");
	assert_int_equal(f.count[TG_FX_VERDICT], asked);
	flow_see_id(&f, "pending.sent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(typed_proof_is_forgotten_when_the_withdrawal_is_not_wanted),
	        cmocka_unit_test(decision_of_a_head_is_not_said_to_be_done_before_the_centre_judged),
	        cmocka_unit_test(declined_is_said_when_the_centre_says_so),
	        cmocka_unit_test(no_verdict_leaves_the_decision_sent),
	        cmocka_unit_test(desk_way_asks_for_no_card_and_waits_for_the_desk),
	        cmocka_unit_test(not_recorded_is_not_handed_in),
	        cmocka_unit_test(revocation_waits_for_the_centre_and_says_so_when_it_does_not_answer),
	        cmocka_unit_test(signed_request_makes_its_keys_then_waits_for_the_verdict),
	        cmocka_unit_test(signed_request_that_is_refused_takes_its_keys_off_the_card),
	        cmocka_unit_test(refused_keys_wait_for_their_card),
	        cmocka_unit_test(refused_meanwhile_leaves_nothing_to_continue),
	        cmocka_unit_test(wrong_pin_of_a_signature_is_asked_again),
	        cmocka_unit_test(number_is_checked_before_anybody_is_asked),
	        cmocka_unit_test(accepted_application_goes_on_only_for_who_knows_whose_it_is),
	        cmocka_unit_test(what_is_at_the_desk_cannot_be_continued),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
