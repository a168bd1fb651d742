/* The journey as tables of keys over the pure function. */
#include "flow_fixture.h"

#include <jansson.h>

static void k1_idle_shows_four_languages_each_in_its_own_words(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	static const char *const names[] = {"Қазақша", "Кыргызча", "Русский", "English"};
	tg_flow_view(&f.config, &f.s, &f.view);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(f.view.items[i].label, names[i]);
		assert_int_equal(f.view.items[i].kind, TG_ITEM_CHOICE);
		assert_true(f.view.items[i].number[0] == (char)('1' + i));
	}
	assert_int_equal(f.view.focus, 0);
	assert_null(f.view.trail);
}

static void k1_digits_choose_the_language_and_so_does_enter(void **state)
{
	(void)state;
	static const struct {
		const char *keys;
		enum tg_lang lang;
	} rows[] = {{"1", TG_LANG_KK}, {"2", TG_LANG_KY}, {"3", TG_LANG_RU}, {"4", TG_LANG_EN}, {"Enter", TG_LANG_KK},
	        {"Down Enter", TG_LANG_KY}, {"Tab Tab Enter", TG_LANG_RU}, {"BackTab Enter", TG_LANG_EN},
	        {"End Enter", TG_LANG_EN}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		flow_keys(&f, rows[i].keys);
		flow_at(&f, "provider");
		assert_int_equal(f.s.lang, rows[i].lang);
	}
}

/* P-7: on a Kazakh keyboard the keys of the digit row give letters. */
static void p7_digits_work_in_the_kazakh_layout(void **state)
{
	(void)state;
	static const struct {
		const char *typed;
		enum tg_lang lang;
	} rows[] = {
	        {"'\"", TG_LANG_KK}, {"'ә", TG_LANG_KY}, {"'і", TG_LANG_RU}, {"'ң", TG_LANG_EN}, {"'Ң", TG_LANG_EN}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		flow_keys(&f, rows[i].typed);
		flow_at(&f, "provider");
		assert_int_equal(f.s.lang, rows[i].lang);
	}
}

static void k2_the_whole_way_from_idle_to_result_and_back_to_idle(void **state)
{
	(void)state;
	static const char *const order[] = {"provider", "service", "kind", "way", "carrier", "document", "reading",
	        "carriers", "form", "documents", "review", "consent", "pin", "working", "result"};
	static const enum tg_stage stages[] = {TG_STAGE_PROVIDER, TG_STAGE_SERVICE, TG_STAGE_KIND, TG_STAGE_WAY,
	        TG_STAGE_CARRIER, TG_STAGE_DOCUMENT, TG_STAGE_READING, TG_STAGE_CARRIERS, TG_STAGE_FORM,
	        TG_STAGE_DOCUMENTS, TG_STAGE_REVIEW, TG_STAGE_CONSENT, TG_STAGE_PIN, TG_STAGE_WORKING, TG_STAGE_RESULT};
	struct flow f;
	flow_begin(&f, flow_shipped());
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		flow_walk(&f, stages[i]);
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_string_equal(f.view.screen, order[i]);
	}
	assert_int_equal(f.count[TG_FX_SUBMIT], 1);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 1);
	flow_see(&f, "5a01c0ffee");
	flow_see(&f, "5a02c0ffee");
	flow_see(&f, "K7M2-0004-9QX1");
	flow_keys(&f, "Enter");
	flow_at(&f, "idle");
	assert_int_equal(f.wipings, 1);
	assert_int_equal(f.bugs, 0);
}

/* What was typed must still be there after going back over every screen and forth again. */
static void k2_back_works_at_every_step_and_keeps_what_was_typed(void **state)
{
	(void)state;
	static const char *const way_back[] = {"consent", "review", "documents", "form", "carriers", "reading",
	        "document", "carrier", "way", "kind", "service", "provider"};
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_PIN);
	for (size_t i = 0; i < sizeof way_back / sizeof way_back[0]; i++) {
		flow_keys(&f, "Esc");
		flow_at(&f, way_back[i]);
	}
	flow_keys(&f, "1 1 1 1");
	flow_at(&f, "carrier");
	flow_keys(&f, "Enter Enter"); /* neither the card nor its chip was asked again */
	flow_at(&f, "form");
	assert_int_equal(f.count[TG_FX_READ_DOCUMENT], 1);
	assert_string_equal(f.s.answers[flow_field(&f, "surname")].value, "Нұрланова");
	assert_string_equal(f.s.answers[flow_field(&f, "iin")].value, "900101300017");
	assert_true(f.s.consents[0]);
	assert_int_equal(f.wipings, 0);
}

static void k13_every_question_has_its_number_on_form_and_review(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_FORM);
	const struct tg_form *form = f.s.kind->form;
	static const enum tg_stage stages[] = {TG_STAGE_FORM, TG_STAGE_REVIEW};
	for (size_t k = 0; k < 2; k++) {
		flow_walk(&f, stages[k]);
		tg_flow_view(&f.config, &f.s, &f.view);
		unsigned found = 0;
		for (unsigned i = 0; i < f.view.n_items; i++) {
			const struct tg_item *it = &f.view.items[i];
			if ((it->kind != TG_ITEM_FIELD && it->kind != TG_ITEM_ANSWER) || !it->number)
				continue; /* way, case and documents of the review are no questions of the form */
			assert_string_equal(it->number, form->fields[it->id].number);
			assert_memory_equal(it->number, "A1.", 3);
			found++;
		}
		assert_int_equal(found, form->n_fields);
	}
}

static void k14_a_journey_that_cannot_be_finished_is_not_begun(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.services = TG_READER_SERVICE;
	flow_keys(&f, "4");
	flow_at(&f, "provider");
	flow_see(&f, "T-203");
	flow_keys(&f, "1 Enter 2 3");
	flow_at(&f, "provider");
	flow_keys(&f, "Esc");
	flow_at(&f, "idle");
	flow_see(&f, "T-203");
	f.services = TG_OK;
	flow_tick(&f, 31000); /* asked again by itself */
	flow_see_not(&f, "T-203");
	flow_keys(&f, "4 1");
	flow_at(&f, "service");
}

/* Providers without an open service are shown, say so, and cannot be chosen. */
static void k14_what_is_not_here_yet_says_so(void **state)
{
	(void)state;
	static struct tg_provider providers[16];
	struct tg_catalog catalog = *flow_shipped();
	assert_in_range(catalog.n_providers, 2, 16);
	memcpy(providers, catalog.providers, catalog.n_providers * sizeof providers[0]);
	providers[1].n_services = 0;
	catalog.providers = providers;
	struct flow f;
	flow_begin(&f, &catalog);
	flow_keys(&f, "4");
	flow_see_id(&f, "choice.not-here");
	unsigned shown = 0, open = 0;
	for (unsigned i = 0; i < f.view.n_items; i++) {
		shown += f.view.items[i].kind == TG_ITEM_CHOICE;
		open += f.view.items[i].kind == TG_ITEM_CHOICE && f.view.items[i].focusable;
	}
	assert_int_equal(shown, catalog.n_providers);
	assert_int_equal(open, catalog.n_providers - 1);
	flow_keys(&f, "3 4 5"); /* there are no numbers but of what is open */
	flow_at(&f, "provider");
}

static void k15_each_state_has_its_own_time(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_RESULT);
	/* date -u -d @1763800000: 08:26 UTC; the provider is at +300 minutes: 13:26; sent one minute later */
	flow_see(&f, "22.11.2025 13:26");
	flow_see(&f, "22.11.2025 13:27");
	flow_see_id(&f, "work.not-registered");
	struct tg_event ev = flow_ev(&f, TG_EV_SYNC);
	ev.registered_ms = f.wall + 120000;
	(void)tg_copy(ev.number, sizeof ev.number, "AAAA-0000-0000");
	flow_event(&f, &ev); /* another application's */
	flow_see_id(&f, "work.not-registered");
	(void)tg_copy(ev.number, sizeof ev.number, "K7M2-0004-9QX1");
	flow_event(&f, &ev);
	flow_see(&f, "22.11.2025 13:28");
}

static void k15_waiting_is_honest_and_can_be_tried_again(void **state)
{
	(void)state;
	static const enum tg_status down[] = {TG_CENTRE_DOWN, TG_CA_DOWN, TG_AGENT_DOWN, TG_TIMEOUT, TG_TLS,
	        TG_CA_GARBAGE, TG_CA_PROTECTION, TG_CENTRE_REFUSED, TG_CENTRE_GARBAGE, TG_CERT_MISMATCH,
	        TG_CERT_INVALID, TG_KIOSK_UNKNOWN};
	static const char *const codes[] = {"T-402", "T-406", "T-401", "T-109", "T-405", "T-408", "T-409", "T-403",
	        "T-404", "T-410", "T-411", "T-412"};
	for (size_t i = 0; i < sizeof down / sizeof down[0]; i++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		flow_walk(&f, TG_STAGE_WORKING);
		flow_chip_ended(&f, down[i]);
		flow_at(&f, "waiting");
		flow_see(&f, codes[i]);
		flow_see(&f, "K7M2-0004-9QX1");
		flow_see_id(&f, "work.not-sent");
		flow_see_id(&f, "receipt.paper");
		assert_int_equal(f.count[TG_FX_RECEIPT], 1);
		flow_keys(&f, "End Enter");
		flow_at(&f, "pin");
		flow_pin(&f, 6);
		flow_keys(&f, "Enter");
		flow_at(&f, "working");
		assert_int_equal(f.count[TG_FX_SUBMIT], 1); /* not submitted twice */
		assert_int_equal(f.count[TG_FX_CHIP_RUN], 2);
	}
}

/* One key was certified before the CA refused the other: it cannot be taken back, so it is kept. */
static void k8_refused_after_a_certificate_is_kept(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_WORKING);
	struct tg_event ev = flow_ev(&f, TG_EV_CHIP_ENDED);
	ev.status = TG_CA_REFUSED;
	(void)tg_copy(ev.serial[0], sizeof ev.serial[0], "5a01c0ffee");
	flow_event(&f, &ev);
	flow_at(&f, "waiting");
	flow_see(&f, "T-407");
}

static void k17_training_stands_on_every_screen(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.token.document = true;
	for (int stage = TG_STAGE_IDLE; stage <= TG_STAGE_RESULT; stage++) {
		if (!flow_on_the_way((enum tg_stage)stage))
			continue;
		flow_walk(&f, (enum tg_stage)stage);
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_string_equal(f.view.banner, tg_text(flow_sentences(), f.s.lang, "banner.sandbox"));
		f.config.sandbox = false;
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_null(f.view.banner);
		f.config.sandbox = true;
	}
}

static void k12_failures_have_a_code_a_sentence_and_a_place_to_ask(void **state)
{
	(void)state;
	static const struct {
		enum tg_status status;
		const char *code, *sentence;
		unsigned buttons;
	} rows[] = {
	        {TG_CA_REFUSED, "T-407", "error.ca-refused", 1},     /* leave: it was undone */
	        {TG_KEY_GENERATE, "T-307", "error.key-generate", 3}, /* retry, undo, leave */
	        {TG_PIN_LOCKED, "T-302", "error.pin-locked", 1},     /* leave */
	        {TG_CARD_FULL, "T-210", "error.card-full", 2},       /* undo, leave */
	        {TG_DISK_FULL, "T-103", "error.disk-full", 3},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		flow_walk(&f, TG_STAGE_WORKING);
		flow_forget_effects(&f);
		flow_chip_ended(&f, rows[i].status);
		flow_at(&f, "failure");
		assert_int_equal(f.count[TG_FX_RECORD_FAILURE], 1);
		assert_int_equal(f.count[TG_FX_CLEAR_PIN], 1);
		flow_see(&f, rows[i].code);
		flow_see_id(&f, rows[i].sentence);
		flow_see_id(&f, f.s.provider->contact);
		unsigned buttons = 0;
		for (unsigned k = 0; k < f.view.n_items; k++)
			buttons += f.view.items[k].kind == TG_ITEM_BUTTON;
		assert_int_equal(buttons, rows[i].buttons);
		flow_keys(&f, "End Enter");
		flow_at(&f, "idle");
		assert_int_equal(f.wipings, 1);
	}
}

static void k12_a_bug_wipes_and_puts_out_of_service(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_PIN);
	struct tg_event ev = flow_ev(&f, TG_EV_BUG);
	f.silent = true;
	flow_forget_effects(&f);
	flow_event(&f, &ev);
	flow_at(&f, "out-of-service");
	assert_int_equal(f.count[TG_FX_WIPE], 1);
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 1);
	assert_int_equal(f.count[TG_FX_RECORD_FAILURE], 1);
	assert_false(flow_state_has(&f.s, "Нұрланова"));
	flow_see(&f, "T-199");
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		char sentence[16];
		(void)tg_copy(
		        sentence, sizeof sentence, tg_text(flow_sentences(), (enum tg_lang)l, "out-of-service.text"));
		flow_see(&f, sentence);
	}
	flow_keys(&f, "Enter Esc 1");
	flow_at(&f, "out-of-service");
	f.silent = false;
	ev = flow_ev(&f, TG_EV_START); /* the machine was looked after */
	flow_event(&f, &ev);
	flow_at(&f, "idle");
}

static void a_full_disk_while_submitting_fails_and_can_be_tried_again(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.submit = TG_DISK_FULL;
	flow_walk(&f, TG_STAGE_PIN);
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	flow_at(&f, "failure");
	flow_see(&f, "T-103");
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
	f.submit = TG_OK;
	flow_keys(&f, "1 Enter");
	flow_at(&f, "pin");
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	flow_at(&f, "working");
}

static void a_single_kind_is_no_question_several_are(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, &flow_small);
	flow_keys(&f, "4 1 1");
	flow_at(&f, "kind");
	flow_see_id(&f, "choice.not-here"); /* the kind whose form is not there */
	flow_keys(&f, "2");
	flow_at(&f, "carrier");
	assert_string_equal(f.s.kind->id, "two");
	flow_keys(&f, "Esc");
	flow_at(&f, "kind");
	assert_int_equal(f.s.focus, 1); /* where it was left */
	flow_keys(&f, "Esc");
	flow_at(&f, "service");
}

static void another_kind_begins_with_empty_answers(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, &flow_small);
	flow_keys(&f, "4 1 1 1");
	flow_card(&f, true);
	flow_keys(&f, "Enter Tab 'abc Esc Esc");
	flow_at(&f, "kind");
	flow_keys(&f, "1 Enter");
	assert_string_equal(f.s.answers[1].value, "abc");
	flow_keys(&f, "Esc Esc 2 Enter");
	flow_at(&f, "form");
	assert_false(flow_state_has(&f.s, "abc"));
}

/* A form without documents and consents has neither screen, forth and back. */
static void empty_lists_are_no_screens(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, &flow_small);
	flow_keys(&f, "4 1 1 1");
	flow_card(&f, true);
	flow_keys(&f, "Enter PageDown*3 Enter");
	flow_at(&f, "review");
	flow_keys(&f, "End Enter");
	flow_at(&f, "pin");
	flow_keys(&f, "Esc");
	flow_at(&f, "review");
	flow_keys(&f, "Esc");
	flow_at(&f, "form");
}

/* NCA-decl: nothing goes on without each tick, and each is an act of its own. */
static void nca_decl_each_consent_is_ticked_by_itself(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_CONSENT);
	unsigned n = f.s.kind->form->n_consents;
	assert_true(n >= 4);
	for (unsigned missing = 0; missing < n; missing++) {
		memset(f.s.consents, 0, sizeof f.s.consents);
		flow_keys(&f, "Home");
		for (unsigned i = 0; i < n; i++)
			flow_keys(&f, i == missing ? "Tab" : i % 2 ? "Space Tab" : "Enter Tab");
		flow_keys(&f, "Enter");
		flow_at(&f, "consent");
		assert_int_equal(f.s.focus, missing); /* led to the one that is missing */
		flow_see_id(&f, "consent.missing");
	}
	flow_keys(&f, "Enter End Enter");
	flow_at(&f, "pin");
}

static void documents_that_are_needed_must_be_ticked_others_may(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_to_typed_form(&f);
	flow_walk(&f, TG_STAGE_DOCUMENTS);
	flow_keys(&f, "End Enter"); /* the application itself is proven by the form, the identity by nothing yet */
	flow_at(&f, "documents");
	flow_see_id(&f, "documents.go-on-without");
	flow_see_id(&f, "documents.by-form");
	flow_keys(&f, "Space End Enter"); /* the focus was led to it */
	flow_at(&f, "review");
}

static void the_application_is_json_with_every_answer_and_who_gave_it(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json(&f.s, &out), TG_INVALID);
	tg_buf_reset(&out);
	flow_walk(&f, TG_STAGE_PIN);
	(void)tg_copy(f.s.answers[flow_field(&f, "additional")].value, TG_VALUE_MAX, "\"a\\b\"\t\x01 Ә");
	f.s.answers[flow_field(&f, "surname")].by = TG_BY_CHIP;
	assert_int_equal(tg_flow_application_json_as(&f.s, "K7M2-0004-9QX1", &out), TG_OK);
	json_error_t error;
	json_t *body = json_loads(tg_buf_str(&out), JSON_REJECT_DUPLICATES, &error);
	assert_non_null(body);
	assert_string_equal(json_string_value(json_object_get(body, "number")), "K7M2-0004-9QX1");
	assert_string_equal(json_string_value(json_object_get(body, "provider")), "kz-nca");
	assert_string_equal(json_string_value(json_object_get(body, "service")), "issue");
	assert_string_equal(json_string_value(json_object_get(body, "kind")), "individual");
	assert_string_equal(json_string_value(json_object_get(body, "form")), "nca-a1");
	assert_int_equal(json_integer_value(json_object_get(body, "form_version")), 1);
	assert_string_equal(json_string_value(json_object_get(body, "language")), "ru");
	assert_int_equal(json_array_size(json_object_get(body, "consents")), 4);
	json_t *carrier = json_object_get(body, "carrier");
	assert_string_equal(json_string_value(json_object_get(carrier, "name")), "kz-idcard");
	assert_string_equal(json_string_value(json_object_get(carrier, "serial")), "DECC0401234");
	size_t i;
	json_t *a;
	unsigned checked = 0;
	json_array_foreach(json_object_get(body, "answers"), i, a)
	{
		const char *field = json_string_value(json_object_get(a, "field"));
		const char *value = json_string_value(json_object_get(a, "value"));
		const char *by = json_string_value(json_object_get(a, "by"));
		if (strcmp(field, "surname") == 0) {
			assert_string_equal(value, "Нұрланова");
			assert_string_equal(by, "chip");
			assert_string_equal(json_string_value(json_object_get(a, "number")), "A1.3");
			checked++;
		} else if (strcmp(field, "additional") == 0) {
			assert_string_equal(value, "\"a\\b\"\t\x01 Ә");
			assert_string_equal(by, "person");
			checked++;
		}
	}
	assert_int_equal(checked, 2);
	json_decref(body);
	tg_buf_wipe(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k1_idle_shows_four_languages_each_in_its_own_words),
	        cmocka_unit_test(k1_digits_choose_the_language_and_so_does_enter),
	        cmocka_unit_test(p7_digits_work_in_the_kazakh_layout),
	        cmocka_unit_test(k2_the_whole_way_from_idle_to_result_and_back_to_idle),
	        cmocka_unit_test(k2_back_works_at_every_step_and_keeps_what_was_typed),
	        cmocka_unit_test(k13_every_question_has_its_number_on_form_and_review),
	        cmocka_unit_test(k14_a_journey_that_cannot_be_finished_is_not_begun),
	        cmocka_unit_test(k14_what_is_not_here_yet_says_so),
	        cmocka_unit_test(k15_each_state_has_its_own_time),
	        cmocka_unit_test(k15_waiting_is_honest_and_can_be_tried_again),
	        cmocka_unit_test(k8_refused_after_a_certificate_is_kept),
	        cmocka_unit_test(k17_training_stands_on_every_screen),
	        cmocka_unit_test(k12_failures_have_a_code_a_sentence_and_a_place_to_ask),
	        cmocka_unit_test(k12_a_bug_wipes_and_puts_out_of_service),
	        cmocka_unit_test(a_full_disk_while_submitting_fails_and_can_be_tried_again),
	        cmocka_unit_test(a_single_kind_is_no_question_several_are),
	        cmocka_unit_test(another_kind_begins_with_empty_answers),
	        cmocka_unit_test(empty_lists_are_no_screens),
	        cmocka_unit_test(nca_decl_each_consent_is_ticked_by_itself),
	        cmocka_unit_test(documents_that_are_needed_must_be_ticked_others_may),
	        cmocka_unit_test(the_application_is_json_with_every_answer_and_who_gave_it),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
