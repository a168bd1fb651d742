/* A request that is brought on a medium, and the certificate that goes back on one: NCA-9.dom, NCA-A4, P-7. */
#include "flow_fixture.h"

/* What the pretended medium holds. */
static struct tg_medium_facts medium;

static struct tg_flow_config with_media(const struct tg_flow_config *c)
{
	struct tg_flow_config more = *c;
	more.media = true;
	return more;
}

static void tell(struct flow *f, enum tg_status status, const struct tg_medium_facts *facts)
{
	struct tg_event ev = flow_ev(f, TG_EV_MEDIUM);
	ev.status = status;
	ev.medium = facts;
	flow_event(f, &ev);
}

static void at_medium(struct flow *f)
{
	flow_begin(f, flow_shipped());
	f->config = with_media(&f->config);
	f->silent = true;
	flow_keys(f, "4 1 1 4 1"); /* issue, a domain, with papers */
	flow_at(f, "medium");
}

static void two_files(struct flow *f)
{
	memset(&medium, 0, sizeof medium);
	(void)tg_copy(medium.files[0].name, sizeof medium.files[0].name, "a.csr");
	(void)tg_copy(medium.files[0].algorithm, sizeof medium.files[0].algorithm, "rsa-2048");
	(void)tg_copy(medium.files[0].domain, sizeof medium.files[0].domain, "www.example.kz");
	medium.files[0].n_names = 2;
	(void)tg_copy(medium.files[1].name, sizeof medium.files[1].name, "b.txt");
	medium.files[1].status = TG_PKCS10;
	medium.n = 2;
	tell(f, TG_OK, &medium);
}

static const struct tg_medium_facts *chosen(void)
{
	(void)tg_copy(medium.text, sizeof medium.text,
	        "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n");
	(void)tg_copy(medium.request.algorithm, sizeof medium.request.algorithm, "rsa-2048");
	(void)tg_copy(medium.request.names[0], sizeof medium.request.names[0], "www.example.kz");
	(void)tg_copy(medium.request.names[1], sizeof medium.request.names[1], "example.kz");
	medium.request.n_names = 2;
	return &medium;
}

static const char *value(struct flow *f, const char *id)
{
	return f->s.answers[flow_field(f, id)].value;
}

static void without_a_place_for_media_the_form_comes_at_once(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "4 1 1 4 1");
	flow_at(&f, "form");
}

static void a_form_without_a_request_asks_for_no_medium(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.config = with_media(&f.config);
	flow_keys(&f, "4 1 2 1 2"); /* revoke, a person, with papers */
	flow_at(&f, "form");
}

static void nca_9_dom_the_request_and_its_names_come_into_the_form(void **state)
{
	(void)state;
	struct flow f;
	at_medium(&f);
	assert_int_equal(f.count[TG_FX_MEDIUM_LIST], 1);
	flow_see_id(&f, "medium.looking");
	two_files(&f);
	flow_see(&f, "a.csr: rsa-2048, www.example.kz and 1 more");
	flow_see(&f, "b.txt");
	flow_keys(&f, "1");
	assert_int_equal(f.count[TG_FX_MEDIUM_READ], 1);
	tell(&f, TG_OK, chosen());
	flow_at(&f, "form");
	assert_string_equal(value(&f, "domain"), "www.example.kz");
	assert_string_equal(value(&f, "additional-domains"), "example.kz");
	assert_non_null(strstr(value(&f, "pkcs10"), "MIIB"));
}

static void a_bad_file_is_named_and_not_taken(void **state)
{
	(void)state;
	struct flow f;
	at_medium(&f);
	two_files(&f);
	flow_keys(&f, "2");
	assert_int_equal(f.count[TG_FX_MEDIUM_READ], 0);
	flow_at(&f, "medium");
	flow_see_id(&f, "error.pkcs10");
}

static void k16_a_key_that_was_used_is_said_at_the_medium(void **state)
{
	(void)state;
	struct flow f;
	at_medium(&f);
	two_files(&f);
	flow_keys(&f, "1");
	memset(&medium, 0, sizeof medium);
	tell(&f, TG_KEY_USED, &medium);
	flow_at(&f, "medium");
	flow_see_id(&f, "error.key-used");
	flow_see(&f, "a.csr"); /* another one can be chosen */
	assert_string_equal(value(&f, "pkcs10"), "");
}

static void centre_knows_the_key(struct flow *f, enum tg_stage stage)
{
	struct tg_event ev = flow_ev(f, TG_EV_OPEN);
	ev.status = TG_KEY_USED;
	f->s.stage = stage;
	f->s.asked.open = 1;
	flow_event(f, &ev);
}

/* However the request came there: found out while the answers are read, said beside the request. */
static void k16_a_key_that_was_used_is_not_handed_in(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_REVIEW, TG_STAGE_CONSENT}; /* the answer may come late */
	for (size_t i = 0; i < 2; i++) {
		struct flow f;
		at_medium(&f);
		tell(&f, TG_MEDIUM_NONE, NULL);
		flow_keys(&f, "End Enter");
		flow_at(&f, "form");
		flow_fill_form(&f);
		memset(f.s.consents, true, sizeof f.s.consents);
		centre_knows_the_key(&f, stages[i]);
		flow_keys(&f, "End Enter");
		flow_at(&f, "form");
		flow_see_id(&f, "error.key-used");
		assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	}
}

static void nothing_there_is_said_and_can_be_tried_again_or_typed(void **state)
{
	(void)state;
	struct flow f;
	at_medium(&f);
	tell(&f, TG_MEDIUM_NONE, NULL);
	flow_see_id(&f, "error.medium-none");
	flow_keys(&f, "Enter"); /* again */
	assert_int_equal(f.count[TG_FX_MEDIUM_LIST], 2);
	tell(&f, TG_OK, &(struct tg_medium_facts){0});
	flow_see_id(&f, "medium.nothing");
	flow_keys(&f, "Down Enter"); /* typed */
	flow_at(&f, "form");
	assert_string_equal(value(&f, "pkcs10"), "");
}

/* What the person typed already is not overwritten; more names than are known by name are not filled in part. */
static void typed_names_stay_and_too_many_are_not_filled(void **state)
{
	(void)state;
	struct flow f;
	at_medium(&f);
	two_files(&f);
	(void)tg_copy(f.s.answers[flow_field(&f, "domain")].value, TG_VALUE_MAX, "mine.kz");
	flow_keys(&f, "1");
	tell(&f, TG_OK, chosen());
	assert_string_equal(value(&f, "domain"), "mine.kz");
	at_medium(&f);
	two_files(&f);
	flow_keys(&f, "1");
	(void)chosen();
	medium.request.n_names = TG_PKCS10_NAMES_MAX + 1;
	tell(&f, TG_OK, &medium);
	assert_string_equal(value(&f, "domain"), "");
	assert_string_equal(value(&f, "additional-domains"), "");
}

/* An answer that comes when the person is gone brings nothing to the next one. */
static void an_answer_for_the_last_person_is_not_the_next_ones(void **state)
{
	(void)state;
	struct flow f;
	at_medium(&f);
	flow_keys(&f, "F10 2");
	tell(&f, TG_OK, chosen());
	assert_false(flow_state_has(&f.s, "www.example.kz"));
}

/* ---- DELIVER ---- */

static void delivered(struct flow *f, enum tg_status status, const char *serial)
{
	struct tg_event ev = flow_ev(f, TG_EV_DELIVERED);
	ev.status = status;
	(void)tg_copy(ev.serial[0], sizeof ev.serial[0], serial);
	(void)tg_copy(ev.where, sizeof ev.where, "K1.pem");
	flow_event(f, &ev);
}

/* As STATUS leads there once the desk has accepted it. */
static void at_deliver(struct flow *f)
{
	static struct tg_ways_facts facts;
	memset(&facts, 0, sizeof facts);
	flow_begin(f, flow_shipped());
	f->config = with_media(&f->config);
	f->silent = true;
	flow_keys(f, "4 1 5");
	flow_at(f, "status");
	flow_keys(f, "'0001-0000-0144 Enter");
	(void)tg_copy(facts.application.number, sizeof facts.application.number, "0001-0000-0144");
	(void)tg_copy(facts.application.provider, sizeof facts.application.provider, "kz-nca");
	(void)tg_copy(facts.application.service, sizeof facts.application.service, "issue");
	(void)tg_copy(facts.application.kind, sizeof facts.application.kind, "domain-person");
	(void)tg_copy(facts.application.form, sizeof facts.application.form, "nca-a4");
	(void)tg_copy(facts.application.state, sizeof facts.application.state, TG_STATE_ACCEPTED);
	facts.application.ours = true;
	struct tg_event ev = flow_ev(f, TG_EV_STATUS);
	ev.ways = &facts;
	flow_event(f, &ev);
	flow_keys(f, "Enter '940317450215 Enter");
	(void)tg_copy(facts.answers.provider, sizeof facts.answers.provider, "kz-nca");
	(void)tg_copy(facts.answers.service, sizeof facts.answers.service, "issue");
	(void)tg_copy(facts.answers.kind, sizeof facts.answers.kind, "domain-person");
	(void)tg_copy(facts.answers.way, sizeof facts.answers.way, "papers");
	ev = flow_ev(f, TG_EV_APPLICATION);
	ev.ways = &facts;
	flow_event(f, &ev);
	flow_at(f, "deliver");
}

static void a_certificate_goes_onto_the_medium(void **state)
{
	(void)state;
	struct flow f;
	at_deliver(&f);
	assert_int_equal(f.count[TG_FX_DELIVER], 1);
	flow_see_id(&f, "deliver.busy");
	flow_keys(&f, "Esc F10 Enter"); /* nothing is broken off */
	flow_at(&f, "deliver");
	delivered(&f, TG_OK, "5a01");
	flow_at(&f, "result");
	flow_see_id(&f, "result.delivered-medium");
}

static void a_full_medium_leaves_paper_again_and_later(void **state)
{
	(void)state;
	struct flow f;
	at_deliver(&f);
	delivered(&f, TG_CA_DOWN, ""); /* not issued: nothing can be printed */
	flow_see_id(&f, "error.ca-down");
	flow_see_id(&f, "deliver.not-issued");
	flow_keys(&f, "Enter");
	delivered(&f, TG_MEDIUM_WRITE, "5a01");
	flow_see_id(&f, "error.medium-write");
	flow_see_id(&f, "deliver.issued");
	flow_keys(&f, "Down Enter");
	assert_int_equal(f.count[TG_FX_DELIVER_PAPER], 1);
	delivered(&f, TG_PRINTER_NONE, "5a01");
	flow_see_id(&f, "error.printer-none");
	flow_keys(&f, "End Enter");
	flow_at(&f, "result");
	flow_see_id(&f, "result.issued-medium"); /* nothing is said to be done that is not (K-15) */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(without_a_place_for_media_the_form_comes_at_once),
	        cmocka_unit_test(a_form_without_a_request_asks_for_no_medium),
	        cmocka_unit_test(nca_9_dom_the_request_and_its_names_come_into_the_form),
	        cmocka_unit_test(a_bad_file_is_named_and_not_taken),
	        cmocka_unit_test(k16_a_key_that_was_used_is_said_at_the_medium),
	        cmocka_unit_test(k16_a_key_that_was_used_is_not_handed_in),
	        cmocka_unit_test(nothing_there_is_said_and_can_be_tried_again_or_typed),
	        cmocka_unit_test(typed_names_stay_and_too_many_are_not_filled),
	        cmocka_unit_test(an_answer_for_the_last_person_is_not_the_next_ones),
	        cmocka_unit_test(a_certificate_goes_onto_the_medium),
	        cmocka_unit_test(a_full_medium_leaves_paper_again_and_later),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
