/* WAY and QUESTIONS, what they set, and what depends on it: NCA-9.again, 9.rep, 9.head, NCA-14, NCA-role, K-2. */
#include "flow_fixture.h"

#include "tamga/ways.h"

/* Kinds of «issue» in the order of the standard (NCA-9.1 … 9.8). */
enum { INDIVIDUAL = 1, JOINT, ENTITY, DOMAIN_PERSON, DOMAIN_ENTITY, TREASURY, NONRESIDENT, NONRESIDENT_ENTITY };

static void at_kind(struct flow *f, int service, int kind)
{
	char keys[16];
	flow_begin(f, flow_shipped());
	(void)snprintf(keys, sizeof keys, "4 1 %d %d", service, kind);
	flow_keys(f, keys);
}

static const char *conditions(const struct flow *f)
{
	static char set[TG_CONDITIONS_BYTES];
	tg_state_conditions(&f->s, set);
	return set;
}

static void k2_ways_of_the_kind_are_offered_and_set_their_conditions(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, INDIVIDUAL);
	flow_at(&f, "way");
	flow_see_id(&f, "nca.way.spot");
	flow_see_id(&f, "nca.way.papers");
	flow_see_id(&f, "nca.way.representative");
	flow_see_id(&f, "nca.way.signature");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "nca.way.address")); /* NCA-14: only a field set */
	flow_keys(&f, "3");
	assert_string_equal(f.s.way->id, "representative");
	assert_string_equal(conditions(&f), "at-desk represented");
	flow_at(&f, "questions");
	flow_keys(&f, "2");
	assert_string_equal(conditions(&f), "at-desk represented with-id-card");
	flow_at(&f, "form"); /* the desk needs no card yet */
}

static void nca_14_a_field_set_offers_the_address(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.config.field_set = true;
	flow_keys(&f, "4 1 1 1");
	flow_see_id(&f, "nca.way.address");
}

static void k2_one_way_is_no_question(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, TREASURY); /* NCA-9.again: no second request by signature for the Treasury */
	assert_string_equal(f.s.way->id, "papers");
	flow_at(&f, "form");
	flow_keys(&f, "Esc");
	flow_at(&f, "kind");
}

static void k2_back_leads_through_questions_and_way_and_keeps_them(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, INDIVIDUAL);
	flow_keys(&f, "2 1");
	flow_at(&f, "form");
	flow_keys(&f, "'900101300017");
	flow_keys(&f, "Esc");
	flow_at(&f, "questions");
	assert_int_equal(f.s.focus, 0);
	flow_keys(&f, "2 Esc Esc");
	flow_at(&f, "way");
	assert_int_equal(f.s.focus, 1); /* where it was left */
	flow_keys(&f, "Enter");
	flow_at(&f, "questions");
	assert_int_equal(f.s.focus, 1);
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
	assert_string_equal(f.s.answers[flow_field(&f, "iin")].value, "900101300017");
	assert_string_equal(conditions(&f), "at-desk with-id-card");
	/* A question that another way does not ask sets nothing. */
	flow_keys(&f, "Esc Esc 1");
	flow_at(&f, "carrier");
	assert_string_equal(conditions(&f), "");
}

static void k2_another_kind_forgets_way_and_answers_of_the_first(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, INDIVIDUAL);
	flow_keys(&f, "2 2 Esc Esc Esc");
	flow_at(&f, "kind");
	flow_keys(&f, "2");
	flow_at(&f, "way");
	assert_null(f.s.way);
	assert_string_equal(conditions(&f), "");
}

static void nca_9_nr_several_questions_are_ticked_and_all_must_be(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, NONRESIDENT_ENTITY);
	flow_keys(&f, "1"); /* papers */
	flow_at(&f, "questions");
	flow_see_id(&f, "nca.q.case.mission");
	flow_keys(&f, "End Enter");
	flow_at(&f, "questions");
	flow_see_id(&f, "questions.missing");
	assert_int_equal(f.s.focus, 0);
	flow_keys(&f, "Enter"); /* employee; then the next question has the focus */
	assert_int_equal(f.s.focus, 5);
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "questions.missing"));
	flow_keys(&f, "Down Space"); /* the head comes */
	assert_int_equal(f.s.focus, 7);
	flow_keys(&f, "Down*3 Enter"); /* diplomatic mission */
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_int_equal(f.view.items[f.view.focus].kind, TG_ITEM_BUTTON);
	assert_string_equal(conditions(&f), "at-desk role-employee presenter-head nr-registration");
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
}

/* With a signature nobody comes: neither who presents nor which paper is asked, only the role that the certificate is
 * for. */
static void nca_9_again_a_signature_asks_less(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, NONRESIDENT_ENTITY);
	flow_keys(&f, "2");
	flow_at(&f, "questions");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "nca.q.case.mission"));
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "nca.q.presenter.head"));
	flow_keys(&f, "2");
	flow_at(&f, "devices"); /* the certificate that signs */
	assert_string_equal(conditions(&f), "by-signature role-head");
	flow_keys(&f, "Esc");
	flow_at(&f, "questions");
}

static void nca_a8_treasury_fields_only_for_their_kind(void **state)
{
	(void)state;
	static const char *const hidden[] = {"A8.7", "A8.8"};
	for (int treasury = 0; treasury < 2; treasury++) {
		struct flow f;
		at_kind(&f, 2, 3);
		flow_keys(&f, "1"); /* papers */
		flow_at(&f, "questions");
		flow_keys(&f, treasury ? "Down Enter Enter Enter" : "Enter Enter Enter");
		flow_at(&f, "form");
		for (int i = 0; i < 2; i++)
			treasury ? flow_see(&f, hidden[i]) : flow_see_not(&f, hidden[i]);
		flow_see(&f, "A8.9");
	}
}

/* A hidden answer is neither asked for nor recorded, but it comes back with its condition. */
static void hidden_answers_are_not_recorded(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 2, 3);
	flow_keys(&f, "1 Down Enter Enter Enter");
	flow_to_field(&f, "institution-code");
	flow_keys(&f, "'KS01234");
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	assert_non_null(strstr(tg_buf_str(&out), "KS01234"));
	flow_keys(&f, "Esc Home Enter End Enter"); /* not of the Treasury after all */
	flow_at(&f, "form");
	tg_buf_reset(&out);
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	assert_null(strstr(tg_buf_str(&out), "KS01234"));
	tg_buf_wipe(&out);
	flow_keys(&f, "Esc Down Enter End Enter");
	flow_at(&f, "form");
	flow_see(&f, "KS01234");
}

/* NCA-role: whose data is asked for stands over it. */
static void nca_role_headings_over_the_people_of_a_form(void **state)
{
	(void)state;
	struct flow f;
	at_kind(&f, 1, TREASURY);
	flow_see_id(&f, "role.organisation");
	flow_see_id(&f, "role.subject");
	at_kind(&f, 3, 1); /* A3 has one kind and no ways: the form comes at once */
	flow_at(&f, "form");
	flow_see_id(&f, "role.head");
	flow_see_id(&f, "role.representative-1");
	flow_see_id(&f, "role.representative-4");
}

/* Where a form knows several people, screens that ask for a card or its PIN say whose. */
static void nca_role_whose_card_and_pin(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_CARRIER, TG_STAGE_PIN, TG_STAGE_DOCUMENT};
	const char *whose = tg_text(flow_sentences(), TG_LANG_EN, "whose.subject");
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		struct flow f;
		at_kind(&f, 1, TREASURY);
		f.s.stage = stages[i];
		flow_see(&f, whose);
		at_kind(&f, 1, INDIVIDUAL);
		f.s.stage = stages[i];
		flow_see_not(&f, whose); /* there is only one */
	}
}

/* More than nine: digits choose the first nine, the arrows all. */
static void k2_a_long_list_can_be_chosen_from(void **state)
{
	(void)state;
	static const struct tg_field word[] = {
	        {.id = "word", .number = "T.1", .label = "help.title", .person = true, .max_chars = 10}};
	static const struct tg_form form = {
	        .id = "t", .code = "T", .version = 1, .title = "help.title", .fields = word, .n_fields = 1};
	static struct tg_kind kinds[12];
	static struct tg_service service = {
	        .id = "s", .label = "title.kind", .open = true, .kinds = kinds, .n_kinds = 12};
	static struct tg_provider provider = {.id = "p",
	        .label = "help.title",
	        .place = "help.title",
	        .contact = "help.title",
	        .office_language = "ru",
	        .services = &service,
	        .n_services = 1};
	static const struct tg_catalog catalog = {.providers = &provider, .n_providers = 1};
	for (int i = 0; i < 12; i++)
		kinds[i] = (struct tg_kind){.id = i == 11 ? "last" : "k", .label = "help.title", .form = &form};
	struct flow f;
	flow_begin(&f, &catalog);
	flow_keys(&f, "4 1 1 9");
	assert_ptr_equal(f.s.kind, &kinds[8]);
	flow_keys(&f, "Esc Down*3 Enter");
	assert_string_equal(f.s.kind->id, "last");
}

/* NCA-9.poa: one to four representatives, each whole or not at all. */
static void nca_9_poa_a_further_representative_is_whole_or_not_there(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "4 1 3");
	flow_at(&f, "form");
	flow_keys(&f, "PageDown*9 Enter");
	assert_string_equal(f.s.answers[flow_field(&f, "representative-1-iin")].error, "form.required-missing");
	assert_null(f.s.answers[flow_field(&f, "representative-3-iin")].error);
	flow_to_field(&f, "representative-3");
	flow_keys(&f, "'Асан_Үсенов PageDown*9 Enter");
	assert_string_equal(f.s.answers[flow_field(&f, "representative-3-iin")].error, "form.required-missing");
	assert_null(f.s.answers[flow_field(&f, "representative-4-iin")].error);
	assert_null(f.s.answers[flow_field(&f, "representative-2")].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k2_ways_of_the_kind_are_offered_and_set_their_conditions),
	        cmocka_unit_test(nca_14_a_field_set_offers_the_address),
	        cmocka_unit_test(k2_one_way_is_no_question),
	        cmocka_unit_test(k2_back_leads_through_questions_and_way_and_keeps_them),
	        cmocka_unit_test(k2_another_kind_forgets_way_and_answers_of_the_first),
	        cmocka_unit_test(nca_9_nr_several_questions_are_ticked_and_all_must_be),
	        cmocka_unit_test(nca_9_again_a_signature_asks_less),
	        cmocka_unit_test(nca_a8_treasury_fields_only_for_their_kind),
	        cmocka_unit_test(hidden_answers_are_not_recorded),
	        cmocka_unit_test(nca_role_headings_over_the_people_of_a_form),
	        cmocka_unit_test(nca_role_whose_card_and_pin),
	        cmocka_unit_test(k2_a_long_list_can_be_chosen_from),
	        cmocka_unit_test(nca_9_poa_a_further_representative_is_whole_or_not_there),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
