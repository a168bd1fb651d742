/* The form: typing, checking, mending; and the named rules. K-2, K-13, NCA-V, P-7. Right identifiers were computed
 * apart from this program, with the published weights. */
#include "flow_fixture.h"

static const struct tg_answer *answer(struct flow *f, const char *id)
{
	return &f->s.answers[flow_field(f, id)];
}

static void at_form(struct flow *f)
{
	flow_begin(f, flow_shipped());
	flow_to_typed_form(f);
}

static void typing_edits_whole_letters(void **state)
{
	(void)state;
	static const struct {
		const char *keys, *value;
		size_t cursor;
	} rows[] = {
	        {"'Әлия", "Әлия", 8},
	        {"'Әлия Backspace", "Әли", 6},
	        {"'Әлия Left*2 'х", "Әлхия", 6},
	        {"'Әлия Home Delete", "лия", 0},
	        {"'Әлия Home Backspace", "Әлия", 0},
	        {"'Әлия End Delete Right", "Әлия", 8},
	        {"'Әлия Home Right 'b End Left Backspace", "Әbля", 5},
	        {"'ab Backspace*5", "", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		at_form(&f);
		flow_to_field(&f, "surname");
		flow_keys(&f, rows[i].keys);
		assert_string_equal(answer(&f, "surname")->value, rows[i].value);
		assert_int_equal(answer(&f, "surname")->cursor, rows[i].cursor);
	}
}

/* What was erased is gone from the memory too. */
static void k1_erased_letters_leave_no_bytes(void **state)
{
	(void)state;
	static const char *const erasing[] = {
	        "Backspace*9", "Home Delete*9", "Left*4 Backspace*9 Delete*9", "Home Right Delete*9 Backspace"};
	for (size_t i = 0; i < sizeof erasing / sizeof erasing[0]; i++) {
		struct flow f;
		at_form(&f);
		flow_to_field(&f, "surname");
		flow_keys(&f, "'Xәүіңөһqz");
		flow_keys(&f, erasing[i]);
		for (size_t k = 0; k < TG_VALUE_MAX; k++)
			assert_int_equal(answer(&f, "surname")->value[k], 0);
		assert_int_equal(answer(&f, "surname")->by, TG_BY_NOBODY);
	}
}

static void foreign_characters_are_not_taken(void **state)
{
	(void)state;
	static const uint32_t bad[] = {0, 7, 0x1B, 0x7F, 0x85, 0xD800, 0x110000, 0x202E, 0x200B, 0xE000, 0xFEFF};
	struct flow f;
	at_form(&f);
	flow_to_field(&f, "surname");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct tg_event ev = flow_ev(&f, TG_EV_KEY);
		ev.action = TG_ACTION_CHAR;
		ev.ch = bad[i];
		flow_event(&f, &ev);
		assert_string_equal(answer(&f, "surname")->value, "");
	}
}

static void an_answer_has_its_longest_length(void **state)
{
	(void)state;
	struct flow f;
	at_form(&f);
	flow_to_field(&f, "iin");
	flow_keys(&f, "'9001013000170000");
	assert_string_equal(answer(&f, "iin")->value, "900101300017");
}

/* P-7: the digit row of the Kazakh layout gives  " ә і ң ғ , . ү ұ қ . */
static void p7_digit_fields_take_the_kazakh_row(void **state)
{
	(void)state;
	struct flow f;
	at_form(&f);
	flow_to_field(&f, "iin");
	flow_keys(&f, "'ұққ\"қ\"іқққ\".");
	assert_string_equal(answer(&f, "iin")->value, "900101300017");
	flow_to_field(&f, "phone");
	flow_keys(&f, "'+7,ә.");
	assert_string_equal(answer(&f, "phone")->value, "+7,2."); /* there a comma may be a comma */
}

static void nca_v_errors_are_named_when_the_field_is_left_and_go_when_mended(void **state)
{
	(void)state;
	struct flow f;
	at_form(&f);
	flow_to_field(&f, "iin");
	flow_keys(&f, "'900101300018");
	assert_null(answer(&f, "iin")->error); /* not while it is being typed the first time */
	flow_keys(&f, "Tab");
	assert_string_equal(answer(&f, "iin")->error, "rule.iin.check-digit");
	flow_see_id(&f, "rule.iin.check-digit");
	flow_keys(&f, "BackTab Backspace");
	assert_string_equal(answer(&f, "iin")->error, "rule.iin.length");
	flow_keys(&f, "7");
	assert_null(answer(&f, "iin")->error);
}

static void passing_by_is_no_mistake_continue_names_it_and_goes_there(void **state)
{
	(void)state;
	struct flow f;
	at_form(&f);
	flow_keys(&f, "Tab*4");
	for (int i = 0; i < TG_FORM_FIELDS_MAX; i++)
		assert_null(f.s.answers[i].error);
	flow_keys(&f, "PageDown*5 Enter");
	flow_at(&f, "form");
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_int_equal(f.view.items[f.view.focus].id, flow_field(&f, "iin"));
	assert_string_equal(answer(&f, "surname")->error, "form.required-missing");
	assert_null(answer(&f, "patronymic")->error);
	flow_see(&f, ": 6."); /* iin, surname, given name, region, city, telephone */
}

static void p7_the_mend_is_offered_and_enter_takes_it(void **state)
{
	(void)state;
	static const struct {
		const char *field, *typed, *error, *mended;
	} rows[] = {
	        {"email", "'аigul@examрle.kz", "rule.email.latin", "aigul@example.kz"}, /* Cyrillic а and р */
	        {"surname", "'Нұрланoва", "rule.one-script.mixed", "Нұрланова"},        /* Latin o */
	        {"phone", "'87011234567", NULL, NULL},
	        {"phone", "'+7_7O1_123_45_67", "rule.phone.characters", "+7 701 123 45 67"},
	        {"city", "'Aстана", "rule.one-script.mixed", "Астана"}, /* Latin A */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		at_form(&f);
		flow_to_field(&f, rows[i].field);
		flow_keys(&f, rows[i].typed);
		flow_keys(&f, "Enter");
		if (!rows[i].error) {
			assert_null(answer(&f, rows[i].field)->error);
			continue;
		}
		assert_string_equal(answer(&f, rows[i].field)->error, rows[i].error);
		flow_see(&f, rows[i].mended);
		flow_keys(&f, "Enter");
		assert_string_equal(answer(&f, rows[i].field)->value, rows[i].mended);
		assert_null(answer(&f, rows[i].field)->error);
		int before = f.s.focus;
		flow_keys(&f, "Enter");
		assert_int_equal(f.s.focus, before + 1);
	}
}

static void k2_review_leads_to_a_field_and_back(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_to_typed_form(&f);
	flow_walk(&f, TG_STAGE_REVIEW);
	flow_keys(&f, "Down Down Enter");
	flow_at(&f, "form");
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_string_equal(f.view.items[f.view.focus].number, "A1.4"); /* the third question that is asked */
	assert_string_equal(f.view.items[f.view.focus].value, "Айгүл");
	flow_keys(&f, "Backspace*5 'Әсел Enter");
	flow_at(&f, "review");
	assert_int_equal(f.s.focus, 2); /* on the same line */
	flow_see(&f, "Әсел");
	flow_keys(&f, "Enter Backspace*4 Enter"); /* a needed answer may not be emptied */
	flow_at(&f, "form");
	flow_see_id(&f, "form.required-missing");
	flow_keys(&f, "Esc");
	flow_at(&f, "review");
	flow_keys(&f, "End Enter");
	flow_at(&f, "form"); /* wrong answers never pass the review */
	flow_keys(&f, "'Әсел PageDown*9 Enter");
	flow_at(&f, "review");
	flow_keys(&f, "Esc"); /* the way back is the ordinary one again */
	flow_at(&f, "documents");
	flow_keys(&f, "Esc");
	flow_see_id(&f, "button.continue");
	flow_keys(&f, "PageDown*9 Enter");
	flow_at(&f, "documents");
	flow_keys(&f, "End Enter");
	flow_at(&f, "review");
	flow_keys(&f, "End Enter");
	flow_at(&f, "consent");
}

static void what_the_program_fills_cannot_be_typed(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_FORM);
	tg_flow_view(&f.config, &f.s, &f.view);
	unsigned locked = 0;
	for (unsigned i = 0; i < f.view.n_items; i++) {
		const struct tg_item *it = &f.view.items[i];
		if (it->kind != TG_ITEM_FIELD || !it->locked)
			continue;
		assert_false(it->focusable);
		locked++;
	}
	assert_int_equal(locked, 4); /* unique number, the IIN of the chip, and two public keys */
	flow_see_id(&f, "form.number-later");
	flow_see_id(&f, "form.key-later");
	f.s.answers[flow_field(&f, "surname")].by = TG_BY_CHIP; /* K-4: what the chip filled is marked and locked */
	(void)tg_copy(f.s.answers[flow_field(&f, "surname")].value, TG_VALUE_MAX, "CHIP");
	flow_see_id(&f, "form.by-chip");
	for (int i = 0; i < 30; i++)
		flow_keys(&f, "'1 Tab");
	assert_string_equal(answer(&f, "surname")->value, "CHIP");
}

static void choices_are_made_by_arrows_digits_and_letters(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, &flow_small);
	flow_keys(&f, "4 1 1 1");
	flow_card(&f, true);
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
	assert_string_equal(f.s.answers[0].value, "blue"); /* preset by the form */
	flow_see_id(&f, "button.close");
	static const char *const rows[][2] = {{"Right", "green"}, {"Right", "red"}, {"Left", "green"}, {"1", "red"},
	        {"End", "green"}, {"Home", "red"}, {"Space", "blue"}, {"'t", "green"}, {"'C", "blue"},
	        {"Backspace", ""}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		flow_keys(&f, rows[i][0]);
		assert_string_equal(f.s.answers[0].value, rows[i][1]);
	}
}

static void a_length_sentence_says_its_bounds(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, &flow_small);
	flow_keys(&f, "4 1 1 1");
	flow_card(&f, true);
	flow_keys(&f, "Enter Tab 'abcdefg Tab");
	assert_string_equal(f.s.answers[1].error, "rule.length.long");
	flow_see(&f, "5");
	flow_see_not(&f, "{");
}

struct rule_row {
	const char *rule, *arg, *value, *error, *mend;
};

static const char *no_other(const char *id, const void *ctx)
{
	(void)id, (void)ctx;
	return NULL;
}

static const struct tg_rule *rule_named(const char *name)
{
	const struct tg_rule *r = tg_flow_rules;
	while (r->name && strcmp(r->name, name) != 0)
		r++;
	assert_non_null(r->name);
	return r;
}

static bool listed(const struct tg_rule *r, const char *id)
{
	for (const char *const *m = r->messages; *m; m++)
		if (strcmp(*m, id) == 0)
			return true;
	return false;
}

static void check_rule(const struct rule_row *row, bool test_numbers)
{
	char mend[TG_VALUE_MAX] = "";
	const struct tg_rule_values v = {
	        .get = no_other, .today = "2026-11-22", .accept_nca_test_numbers = test_numbers};
	const struct tg_rule *r = rule_named(row->rule);
	const char *error = r->check(row->value, row->arg, &v, mend);
	if (!row->error) {
		if (error)
			fail_msg("%s: %s was refused: %s", row->rule, row->value, error);
		return;
	}
	if (!error)
		fail_msg("%s: %s was taken", row->rule, row->value);
	assert_string_equal(error, row->error);
	assert_true(listed(r, error));
	assert_string_equal(mend, row->mend ? row->mend : "");
}

static void nca_v_rules_of_identifiers_and_addresses(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"iin", NULL, "900101300017", NULL, NULL},
	        {"iin", NULL, "850312400277", NULL, NULL},
	        {"iin", NULL, "701228300118", NULL, NULL},
	        {"iin", NULL, "900101300016", "rule.iin.check-digit", NULL},
	        {"iin", NULL, "90010130001", "rule.iin.length", NULL},
	        {"iin", NULL, "9OO1O13OOOl7", "rule.iin.characters", "900101300017"},
	        {"iin", NULL, "900101-300017", "rule.iin.characters", "900101300017"},
	        {"iin", NULL, "abcdefghijkl", "rule.iin.characters", NULL},
	        {"iin", NULL, "140840021970", "rule.iin.not-person", NULL}, /* a real BIN */
	        {"email", NULL, "a.b-c+d@x-y.example.kz", NULL, NULL},
	        {"email", NULL, "nobody", "rule.email.shape", NULL},
	        {"email", NULL, "@example.kz", "rule.email.shape", NULL},
	        {"email", NULL, "a@", "rule.email.shape", NULL},
	        {"email", NULL, "a@b", "rule.email.shape", NULL},
	        {"email", NULL, "a@b@c.kz", "rule.email.shape", NULL},
	        {"email", NULL, "a b@c.kz", "rule.email.shape", NULL},
	        {"email", NULL, "a@b..kz", "rule.email.shape", NULL},
	        {"email", NULL, "a.@b.kz", "rule.email.shape", NULL},
	        {"email", NULL, "a@b.kz.", "rule.email.shape", NULL},
	        {"email", NULL, "жук@b.kz", "rule.email.latin", NULL}, /* not all letters have a likeness */
	        {"email", NULL, "сора@ехо.kz", "rule.email.latin", "copa@exo.kz"},
	        {"email", NULL, "a2345678901234567890123456789012345678901234567890123456789012345@b.kz",
	                "rule.email.long", NULL},
	        {"phone", NULL, "+7 (701) 123-45-67", NULL, NULL},
	        {"phone", NULL, "87011234567", NULL, NULL},
	        {"phone", NULL, "123456", "rule.phone.length", NULL},
	        {"phone", NULL, "1234567890123456", "rule.phone.length", NULL},
	        {"phone", NULL, "8701123456З", "rule.phone.characters", "+7 701 123 45 63"},
	        {"phone", NULL, "7+01", "rule.phone.characters", NULL},
	        {"phone", NULL, "call me", "rule.phone.characters", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_rule(&rows[i], false);
}

static void nca_v_test_numbers_only_where_the_provider_says_so(void **state)
{
	(void)state;
	static const struct rule_row refused = {"iin", NULL, "123456789011", "rule.iin.test-number", NULL};
	static const struct rule_row taken = {"iin", NULL, "123456789011", NULL, NULL};
	static const struct rule_row wrong = {"iin", NULL, "123456789012", "rule.iin.check-digit", NULL};
	check_rule(&refused, false);
	check_rule(&taken, true);
	check_rule(&wrong, true); /* no other wrong number */
}

static void p7_rules_of_letters(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"length", "2..4", "әіңғ", NULL, NULL},
	        {"length", "2..4", "ә", "rule.length.short", NULL},
	        {"length", "2..4", "әіңғү", "rule.length.long", NULL},
	        {"letters", NULL, "Нұрланова-Әлиева", NULL, NULL},
	        {"letters", NULL, "O’Brien Jr.", NULL, NULL},
	        {"letters", NULL, "Ёжиков", NULL, NULL},
	        {"letters", NULL, "Ivan4", "rule.letters.characters", NULL},
	        {"letters", NULL, "-Ivan", "rule.letters.start", NULL},
	        {"letters", NULL, "Ivan@", "rule.letters.characters", NULL},
	        {"place", NULL, "г. Алматы, мкр-н №5 (юг)/1", NULL, NULL},
	        {"place", NULL, "Алматы;", "rule.place.characters", NULL},
	        {"one-script", NULL, "Айгүл Smith", NULL, NULL},
	        {"one-script", NULL, "Aйгүл", "rule.one-script.mixed", "Айгүл"},
	        {"one-script", NULL, "Smіth", "rule.one-script.mixed", "Smith"},
	        {"one-script", NULL, "аb", "rule.one-script.mixed",
	                NULL}, /* a tie: Cyrillic, but b has no likeness there */
	        {"one-script", NULL, "oо", "rule.one-script.mixed", "оо"},
	        {"one-script", NULL, "Aсан, Rоза", "rule.one-script.mixed", NULL}, /* R has no likeness */
	        {"no-control", NULL, "ok, №1 «so»", NULL, NULL},
	        {"no-control", NULL, "a\x1b[31mb", "rule.no-control.characters", "a[31mb"},
	        {"no-control", NULL,
	                "a\xE2\x80\xAE"
	                "b",
	                "rule.no-control.characters", "ab"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_rule(&rows[i], false);
}

static void arguments_of_rules_are_checked(void **state)
{
	(void)state;
	const struct tg_rule *length = rule_named("length");
	static const char *const good[] = {"0..0", "2..60", "1..4095"};
	static const char *const bad[] = {
	        NULL, "", "2", "2..", "..2", "a..b", "9..2", "1..4096", "1..2x", "-1..2", "1...2"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(length->arg_ok(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(length->arg_ok(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(typing_edits_whole_letters),
	        cmocka_unit_test(k1_erased_letters_leave_no_bytes),
	        cmocka_unit_test(foreign_characters_are_not_taken),
	        cmocka_unit_test(an_answer_has_its_longest_length),
	        cmocka_unit_test(p7_digit_fields_take_the_kazakh_row),
	        cmocka_unit_test(nca_v_errors_are_named_when_the_field_is_left_and_go_when_mended),
	        cmocka_unit_test(passing_by_is_no_mistake_continue_names_it_and_goes_there),
	        cmocka_unit_test(p7_the_mend_is_offered_and_enter_takes_it),
	        cmocka_unit_test(k2_review_leads_to_a_field_and_back),
	        cmocka_unit_test(what_the_program_fills_cannot_be_typed),
	        cmocka_unit_test(choices_are_made_by_arrows_digits_and_letters),
	        cmocka_unit_test(a_length_sentence_says_its_bounds),
	        cmocka_unit_test(nca_v_rules_of_identifiers_and_addresses),
	        cmocka_unit_test(nca_v_test_numbers_only_where_the_provider_says_so),
	        cmocka_unit_test(p7_rules_of_letters),
	        cmocka_unit_test(arguments_of_rules_are_checked),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
