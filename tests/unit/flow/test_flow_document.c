/* DOCUMENT and READING: what opens the chip, every way a reading can end, and what of it comes into the form (K-4,
 * P-7). */
#include "flow_chip.h"

#include "tamga/buf.h"
#include <stdlib.h>
#include <string.h>

static struct flow f;

static int begin(void **state)
{
	(void)state;
	flow_begin(&f, flow_shipped());
	return 0;
}

static const char *typed(enum tg_open_field field)
{
	return f.s.doc.typed[field].value;
}

static const struct tg_answer *answer(const char *id)
{
	return &f.s.answers[flow_field(&f, id)];
}

static void read_ends(enum tg_status status)
{
	flow_to_document(&f);
	flow_read(&f, status);
}

/* ---- what cannot open a chip is not sent to one ---- */

static void k4_nothing_is_read_before_shape_and_dates_are_right(void **state)
{
	(void)state;
	static const char *const wrong[][3] = {{"'1234", "'01011990", "'04052032"},
	        {"'000123456", "'31021990", "'04052032"}, {"'000123456", "'01011990", "'0405203"},
	        {"'000123456", "'01012090", "'04052032"}, {"'000123456", "'29021991", "'04052032"},
	        {"'12345678901234567890123", "'01011990", "'00002032"}};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		flow_begin(&f, flow_shipped());
		flow_to_document(&f);
		for (int k = 0; k < 3; k++) {
			flow_keys(&f, wrong[i][k]);
			flow_keys(&f, "Tab");
		}
		flow_keys(&f, "Enter");
		flow_at(&f, "document");
		assert_int_equal(f.count[TG_FX_READ_DOCUMENT], 0);
		bool named = false;
		for (int k = 0; k < TG_OPEN_COUNT; k++)
			named = named || f.s.doc.typed[k].error != NULL;
		assert_true(named);
	}
}

static void k4_an_empty_can_is_named(void **state)
{
	(void)state;
	flow_to_document(&f);
	flow_keys(&f, "Down*4 Enter Tab Enter");
	flow_at(&f, "document");
	flow_see_id(&f, "form.required-missing");
	flow_keys(&f, "'12345 Tab Enter");
	flow_see_id(&f, "document.bad-can");
	flow_keys(&f, "'6 Tab Enter");
	flow_at(&f, "reading");
	assert_true(f.s.doc.by_can);
}

/* The upper row of the Kazakh layout: " ә і ң ғ , . ү ұ қ stand where 1 2 3 … 9 0 are. */
static void p7_digits_work_in_the_kazakh_layout(void **state)
{
	(void)state;
	flow_to_document(&f);
	flow_keys(&f, "'қққ\"әіңғ, Tab");
	assert_string_equal(typed(TG_OPEN_NUMBER), "000123456");
	flow_keys(&f, "'\".қ.\"ұүғ Tab"); /* 17.07.1985 */
	assert_string_equal(typed(TG_OPEN_BIRTH), "17.07.1985");
	flow_keys(&f, "'4.5.2032 Tab");
	assert_string_equal(typed(TG_OPEN_EXPIRY), "04.05.2032");
	flow_keys(&f, "Enter");
	flow_at(&f, "reading");
}

static void p7_letters_of_a_number_are_latin_capitals(void **state)
{
	(void)state;
	flow_to_document(&f);
	flow_keys(&f, "'сА12b_<-345678"); /* Cyrillic с, А */
	assert_string_equal(typed(TG_OPEN_NUMBER), "CA12B345678");
}

static void dates_are_mended_by_erasing(void **state)
{
	(void)state;
	flow_to_document(&f);
	flow_keys(&f, "Tab '0101199");
	assert_string_equal(typed(TG_OPEN_BIRTH), "01.01.199");
	flow_keys(&f, "Backspace*6");
	assert_string_equal(typed(TG_OPEN_BIRTH), "0");
	flow_keys(&f, "'2032000 Home Delete");
	assert_string_equal(typed(TG_OPEN_BIRTH), "20.32.000");
	flow_keys(&f, "Left '1");
	assert_string_equal(typed(TG_OPEN_BIRTH), "12.03.2000");
	flow_keys(&f, "End '99");
	assert_string_equal(typed(TG_OPEN_BIRTH), "12.03.2000");
}

/* ---- every way a reading ends, by its own name ---- */

static void k4_wrong_data_are_mended_and_kept(void **state)
{
	(void)state;
	read_ends(TG_DOC_ACCESS);
	flow_at(&f, "reading");
	flow_see(&f, "T-220");
	flow_see(&f, "000123456");
	flow_keys(&f, "Enter");
	flow_at(&f, "document");
	assert_string_equal(typed(TG_OPEN_NUMBER), "000123456");
	assert_string_equal(typed(TG_OPEN_EXPIRY), "04.05.2032");
}

static void k4_each_failure_has_its_name_and_its_way_on(void **state)
{
	(void)state;
	static const struct {
		enum tg_status status;
		const char *code, *first, *last;
	} rows[] = {{TG_DOC_NONE, "T-221", "carrier", "questions"}, {TG_DOC_READ, "T-222", "reading", "questions"},
	        {TG_CARD_BROKEN, "T-207", "reading", "questions"}, {TG_TOKEN_LOST, "T-305", "reading", "questions"},
	        {TG_CONFIG, "T-105", "reading", "questions"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (int last = 0; last < 2; last++) {
			flow_begin(&f, flow_shipped());
			read_ends(rows[i].status);
			flow_see(&f, rows[i].code);
			f.reading = TG_DOC_READ;
			flow_keys(&f, last ? "End Enter" : "Enter");
			flow_at(&f, last ? rows[i].last : rows[i].first);
			assert_string_equal(typed(TG_OPEN_NUMBER), "000123456");
		}
	}
}

static void k4_what_is_not_proven_fills_nothing(void **state)
{
	(void)state;
	static const struct {
		enum tg_status passive, active, chip;
		const char *code;
	} rows[] = {{TG_DOC_SIGNER, TG_OK, TG_OK, "T-223"}, {TG_DOC_TAMPERED, TG_OK, TG_OK, "T-224"},
	        {TG_OK, TG_DOC_COPY, TG_OK, "T-225"}, {TG_OK, TG_NOT_FOUND, TG_DOC_COPY, "T-225"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		flow_begin(&f, flow_shipped());
		f.chip.passive = rows[i].passive;
		f.chip.active = rows[i].active;
		f.chip.chip = rows[i].chip;
		read_ends(TG_OK);
		flow_see(&f, rows[i].code);
		flow_see_not(&f, "NURLANOVA");
		assert_false(flow_state_has(&f.s, "NURLANOVA"));
		flow_see_id(&f, "document.papers");
		flow_keys(&f, "Enter Enter"); /* with papers, no new identity card */
		flow_at(&f, "form");
		assert_string_equal(f.s.way->proof, "desk");
		assert_string_equal(answer("iin")->value, "");
		assert_int_equal(answer("iin")->by, TG_BY_NOBODY);
	}
}

static void k4_an_expired_document_and_anothers_go_no_further(void **state)
{
	(void)state;
	for (int other = 0; other < 2; other++) {
		flow_begin(&f, flow_shipped());
		f.chip.expired = !other;
		f.chip.other_holder = other;
		read_ends(TG_OK);
		flow_see(&f, other ? "T-226" : "T-213");
		flow_keys(&f, "Tab");
		flow_see_id(&f, "button.leave");
		flow_keys(&f, "Tab Enter"); /* round to the first: another card */
		flow_at(&f, "carrier");
		assert_false(flow_state_has(&f.s, "NURLANOVA"));
	}
}

static void k3_a_card_pulled_at_any_moment_leads_to_carrier_and_keeps_what_was_typed(void **state)
{
	(void)state;
	flow_to_document(&f);
	flow_type_document(&f);
	flow_card(&f, false);
	flow_at(&f, "carrier");
	flow_see(&f, "T-205");
	flow_card(&f, true);
	flow_keys(&f, "Enter");
	flow_at(&f, "document");
	assert_string_equal(typed(TG_OPEN_NUMBER), "000123456");
	f.silent = true; /* pulled while it is read: the worker tells */
	flow_keys(&f, "Down*3 Enter");
	flow_at(&f, "reading");
	flow_card(&f, false);
	flow_at(&f, "reading");
	struct tg_event ev = flow_ev(&f, TG_EV_DOCUMENT);
	ev.status = TG_CARD_PULLED;
	flow_event(&f, &ev);
	flow_at(&f, "carrier");
	assert_string_equal(typed(TG_OPEN_BIRTH), "01.01.1990");
	f.silent = false;
	flow_begin(&f, flow_shipped()); /* and with the failure on the screen */
	read_ends(TG_DOC_READ);
	flow_card(&f, false);
	flow_at(&f, "carrier");
}

static void nothing_can_be_pressed_while_it_reads_and_late_answers_mean_nothing(void **state)
{
	(void)state;
	flow_to_document(&f);
	f.silent = true;
	flow_read(&f, TG_OK);
	flow_keys(&f, "Enter Esc F10 1 2");
	flow_at(&f, "reading");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	flow_tick(&f, 200000);
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	assert_int_equal(f.count[TG_FX_READ_DOCUMENT], 1);
	struct tg_event ev = flow_ev(&f, TG_EV_DOCUMENT_STEP);
	ev.key = 99;
	flow_event(&f, &ev);
	ev.key = -1;
	flow_event(&f, &ev);
	assert_int_equal(f.s.doc.step, 0);
	ev = flow_ev(&f, TG_EV_DOCUMENT);
	ev.status = TG_DOC_ACCESS;
	flow_event(&f, &ev);
	flow_see(&f, "T-220");
	ev.status = TG_OK; /* a second answer that nobody asked for */
	ev.document = f.chip;
	flow_event(&f, &ev);
	flow_see(&f, "T-220");
}

/* ---- a good one ---- */

static void k4_the_chip_fills_marks_and_locks(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_see(&f, "NURLANOVA AIGUL");
	flow_see(&f, "000123456");
	flow_see(&f, "04.05.2032");
	flow_see(&f, "Document signer 1");
	flow_keys(&f, "Enter Enter"); /* onto the same card */
	flow_at(&f, "form");
	assert_string_equal(answer("iin")->value, "900101300017");
	assert_int_equal(answer("iin")->by, TG_BY_CHIP);
	tg_flow_view(&f.config, &f.s, &f.view);
	for (unsigned i = 0; i < f.view.n_items; i++)
		if (f.view.items[i].kind == TG_ITEM_FIELD && f.view.items[i].id == flow_field(&f, "iin")) {
			assert_true(f.view.items[i].locked);
			assert_false(f.view.items[i].focusable);
			assert_string_equal(f.view.items[i].mark, tg_text(f.config.i18n, f.s.lang, "form.by-chip"));
		}
	flow_keys(&f, "'9"); /* goes to the surname: the first that is asked */
	assert_string_equal(answer("iin")->value, "900101300017");
	assert_string_equal(f.s.doc.chip.birth, "1990-01-01");
}

static void k4_names_stay_typed_and_are_compared(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "Enter Enter 'Нұрланова Enter 'Айша Enter");
	assert_int_equal(answer("surname")->by, TG_BY_PERSON);
	flow_see_id(&f, "form.fits-chip");
	flow_see_id(&f, "form.differs-from-chip");
}

static char *submitted(void)
{
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json(&f.s, &out), TG_OK);
	char *text = strdup(tg_buf_str(&out));
	tg_buf_wipe(&out);
	return text;
}

static void k4_the_record_says_chip_and_what_was_proven(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "Enter");
	flow_walk(&f, TG_STAGE_REVIEW);
	char *json = submitted();
	assert_non_null(
	        strstr(json, "\"field\":\"iin\",\"number\":\"A1.2\",\"value\":\"900101300017\",\"by\":\"chip\""));
	assert_non_null(strstr(json, "\"value\":\"Нұрланова\",\"by\":\"person\""));
	assert_non_null(strstr(json, "\"document\":{\"access\":\"bac\",\"passive\":0,\"active\":113,\"chip\":0,"
	                             "\"signer\":\"C=KZ, O=Training, CN=Document signer 1\",\"chip_name\":\"same\"}"));
	free(json);
}

static void k4_what_was_read_and_not_proven_is_in_the_record_too(void **state)
{
	(void)state;
	f.chip.passive = TG_DOC_TAMPERED;
	f.chip.pace = true;
	read_ends(TG_OK);
	flow_keys(&f, "Enter");
	flow_walk(&f, TG_STAGE_REVIEW);
	char *json = submitted();
	assert_non_null(strstr(json, "\"document\":{\"access\":\"pace\",\"passive\":224,"));
	assert_null(strstr(json, "\"by\":\"chip\""));
	assert_null(strstr(json, "chip_name"));
	free(json);
}

static void typed_by_hand_there_is_no_document_in_the_record(void **state)
{
	(void)state;
	flow_to_document(&f);
	flow_keys(&f, "BackTab Enter Enter");
	flow_at(&f, "form");
	flow_walk(&f, TG_STAGE_REVIEW);
	char *json = submitted();
	assert_null(strstr(json, "\"document\":"));
	assert_null(strstr(json, "\"by\":\"chip\""));
	assert_non_null(strstr(json, "\"way\":\"papers\",\"proof\":\"desk\""));
	assert_non_null(strstr(json, "\"value\":\"900101300017\",\"by\":\"person\""));
	free(json);
}

static void k4_another_persons_card_takes_its_answers_away(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "Enter");
	flow_walk(&f, TG_STAGE_PIN);
	flow_card(&f, false);
	flow_at(&f, "carrier");
	(void)snprintf(f.token.serial, sizeof f.token.serial, "OTHER-CARD");
	flow_card(&f, true);
	assert_string_equal(answer("iin")->value, "");
	assert_string_equal(answer("surname")->value, "Нұрланова");
	assert_false(flow_state_has(&f.s, "NURLANOVA"));
	flow_keys(&f, "Enter");
	flow_at(&f, "document"); /* not straight to its PIN */
}

static void the_same_card_again_keeps_what_its_chip_told(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "Enter");
	flow_walk(&f, TG_STAGE_PIN);
	flow_card(&f, false);
	flow_card(&f, true);
	assert_string_equal(answer("iin")->value, "900101300017");
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
}

static void k2_back_leads_over_what_was_read(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "Enter Enter Esc");
	flow_at(&f, "carriers");
	flow_keys(&f, "Esc");
	flow_at(&f, "reading");
	assert_int_equal(f.count[TG_FX_READ_DOCUMENT], 1); /* it is shown, not read again */
	flow_keys(&f, "Esc");
	flow_at(&f, "document");
	flow_keys(&f, "Esc");
	flow_at(&f, "carrier");
	flow_keys(&f, "Enter");
	flow_at(&f, "carriers");
}

static void a_form_without_use_for_a_document_passes_it_by(void **state)
{
	(void)state;
	flow_begin(&f, &flow_small);
	flow_keys(&f, "3 2 1");
	for (int i = 0; i < 8 && f.s.stage != TG_STAGE_FORM; i++)
		flow_next(&f);
	flow_at(&f, "form");
}

static void k1_nothing_of_the_document_outlives_the_person(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "F10 2");
	flow_at(&f, "idle");
	assert_false(flow_state_has(&f.s, "NURLANOVA"));
	assert_false(flow_state_has(&f.s, "000123456"));
	assert_false(flow_state_has(&f.s, "01.01.1990"));
}

static void cards_are_named_before_any_pin(void **state)
{
	(void)state;
	static const struct {
		enum tg_status status;
		const char *code;
	} rows[] = {{TG_CARD_UNSUPPORTED, "T-212"}, {TG_CARD_VERSION, "T-214"}, {TG_CARD_STATE, "T-215"},
	        {TG_CARD_EXPIRED, "T-213"}, {TG_CARD_FOREIGN, "T-206"}, {TG_CARD_BLANK, "T-211"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		flow_begin(&f, flow_shipped());
		f.token.status = rows[i].status;
		f.token.document = false; /* with one it would say who asks, though nothing can be written to it */
		flow_walk(&f, TG_STAGE_CARRIER);
		flow_card(&f, true);
		flow_see(&f, rows[i].code);
		flow_see_id(&f, "carrier.kz-idcard");
		flow_keys(&f, "Enter");
		flow_at(&f, "carrier");
		assert_int_equal(tg_flow_wants_secret(&f.s), TG_SECRET_NONE);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

/* ---- a way that rests on the chip alone ---- */

static void to_spot_revocation(void)
{
	f.token.document = true;
	flow_keys(&f, "4 1 2 1 1");
	flow_at(&f, "carrier");
	flow_card(&f, true);
	flow_keys(&f, "Enter");
	flow_at(&f, "document");
}

static void sent_to_papers(void)
{
	assert_string_equal(f.s.way->id, "papers");
	flow_at(&f, "pick"); /* the card may still tell which certificates there are */
	flow_keys(&f, "End Enter");
	flow_at(&f, "form");
}

static void r1_on_the_spot_nothing_is_typed_by_hand(void **state)
{
	(void)state;
	to_spot_revocation();
	flow_see_id(&f, "document.papers");
	flow_keys(&f, "BackTab Enter");
	sent_to_papers();
}

static void r1_on_the_spot_a_chip_that_is_not_proven_leads_nowhere(void **state)
{
	(void)state;
	static const enum tg_status ends[] = {TG_DOC_SIGNER, TG_DOC_TAMPERED, TG_DOC_COPY, TG_DOC_READ};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		flow_begin(&f, flow_shipped());
		to_spot_revocation();
		flow_read(&f, ends[i]);
		flow_at(&f, "reading");
		flow_see_id(&f, "document.papers");
		flow_keys(&f, ends[i] == TG_DOC_READ ? "Down Enter" : "Enter");
		sent_to_papers();
	}
}

/* A kind that no clerk takes: back to the ways, with the reason. */
static void k4_without_papers_the_ways_are_shown_with_the_reason(void **state)
{
	(void)state;
	flow_to_document(&f);
	struct tg_kind kind = *f.s.kind;
	kind.ways = "spot signature";
	f.s.kind = &kind;
	f.s.lang = TG_LANG_EN;
	flow_see_id(&f, "document.other-way");
	flow_keys(&f, "BackTab Enter");
	flow_at(&f, "way");
	flow_see_id(&f, "way.chip-needed");
	flow_see_id(&f, "nca.way.signature");
}

/* A foreigner's document: proven, but no IIN on it says whom the certificate is for. */
static void k4_a_document_without_an_iin_identifies_nobody(void **state)
{
	(void)state;
	static const char *const numbers[] = {"", "900101300018", "PP1234567"}; /* none, check digit, another number */
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		flow_begin(&f, flow_shipped());
		(void)snprintf(f.chip.iin, sizeof f.chip.iin, "%s", numbers[i]);
		read_ends(TG_OK);
		flow_see_id(&f, "reading.no-iin");
		flow_keys(&f, "Enter");
		flow_at(&f, "questions");
		assert_string_equal(f.s.way->proof, "desk");
	}
}

/* What was typed goes along: back at the chip after another person's card, then with papers. */
static void k4_papers_keep_what_was_typed(void **state)
{
	(void)state;
	read_ends(TG_OK);
	flow_keys(&f, "Enter Enter 'Нұрланова Enter");
	(void)snprintf(f.token.serial, sizeof f.token.serial, "OTHER-CARD");
	flow_card(&f, false);
	flow_card(&f, true);
	flow_at(&f, "carrier"); /* who asks is not known any more */
	flow_keys(&f, "Enter");
	flow_at(&f, "document");
	flow_keys(&f, "BackTab Enter Enter");
	flow_at(&f, "form");
	assert_string_equal(answer("surname")->value, "Нұрланова");
	assert_int_equal(answer("surname")->by, TG_BY_PERSON);
	assert_string_equal(answer("iin")->value, "");
}

/* Another person's identity card at any stage behind the proof: back to the card, nothing is handed in. */
static void k4_no_stage_behind_the_proof_is_reached_without_it(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {
	        TG_STAGE_CARRIERS, TG_STAGE_FORM, TG_STAGE_DOCUMENTS, TG_STAGE_REVIEW, TG_STAGE_CONSENT, TG_STAGE_PIN};
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		flow_begin(&f, flow_shipped());
		flow_walk(&f, stages[i]);
		(void)snprintf(f.token.serial, sizeof f.token.serial, "OTHER-CARD");
		flow_card(&f, false);
		flow_card(&f, true);
		flow_at(&f, "carrier");
		assert_false(flow_state_has(&f.s, "NURLANOVA"));
		flow_keys(&f, "Enter");
		flow_at(&f, "document");
		flow_keys(&f, "Esc Esc");
		flow_at(&f, "way");
		flow_keys(&f, "1 Enter");
		flow_at(&f, "document");
		assert_int_equal(f.count[TG_FX_SUBMIT], 0);
		assert_int_equal(f.bugs, 0);
	}
}

static void r1_on_the_spot_with_the_chip(void **state)
{
	(void)state;
	to_spot_revocation();
	flow_read(&f, TG_OK);
	flow_keys(&f, "Enter");
	if (f.s.stage == TG_STAGE_PICK)
		flow_keys(&f, "End Enter");
	flow_at(&f, "form");
	assert_int_equal(answer("iin")->by, TG_BY_CHIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(k4_nothing_is_read_before_shape_and_dates_are_right),
	        TEST(k4_an_empty_can_is_named), TEST(p7_digits_work_in_the_kazakh_layout),
	        TEST(p7_letters_of_a_number_are_latin_capitals), TEST(dates_are_mended_by_erasing),
	        TEST(k4_wrong_data_are_mended_and_kept), TEST(k4_each_failure_has_its_name_and_its_way_on),
	        TEST(k4_what_is_not_proven_fills_nothing), TEST(k4_an_expired_document_and_anothers_go_no_further),
	        TEST(k3_a_card_pulled_at_any_moment_leads_to_carrier_and_keeps_what_was_typed),
	        TEST(nothing_can_be_pressed_while_it_reads_and_late_answers_mean_nothing),
	        TEST(k4_the_chip_fills_marks_and_locks), TEST(k4_names_stay_typed_and_are_compared),
	        TEST(k4_the_record_says_chip_and_what_was_proven),
	        TEST(k4_what_was_read_and_not_proven_is_in_the_record_too),
	        TEST(typed_by_hand_there_is_no_document_in_the_record),
	        TEST(k4_another_persons_card_takes_its_answers_away),
	        TEST(the_same_card_again_keeps_what_its_chip_told), TEST(k2_back_leads_over_what_was_read),
	        TEST(a_form_without_use_for_a_document_passes_it_by),
	        TEST(k1_nothing_of_the_document_outlives_the_person), TEST(cards_are_named_before_any_pin),
	        TEST(r1_on_the_spot_nothing_is_typed_by_hand),
	        TEST(k4_without_papers_the_ways_are_shown_with_the_reason),
	        TEST(k4_a_document_without_an_iin_identifies_nobody), TEST(k4_papers_keep_what_was_typed),
	        TEST(k4_no_stage_behind_the_proof_is_reached_without_it),
	        TEST(r1_on_the_spot_a_chip_that_is_not_proven_leads_nowhere), TEST(r1_on_the_spot_with_the_chip)};
	return cmocka_run_group_tests_name("document", tests, flow_group_setup, flow_group_teardown);
}
