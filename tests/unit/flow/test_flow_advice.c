/* ADVISER and ADVICE (DOS-5), TOPICS and TOPIC (DOS-11), pages of services (DOS-0), answers that lead to another
 * service (DOS-4). The sums are those of seed 002 ("КАНДАЙ КЭК ТАНДОО КЕРЕК?", "КЭК КАНЧА ТУРАТ?"), typed from it. */
#include "flow_fixture.h"

#include <stdio.h>
#include <string.h>

static const struct tg_provider *dostek(void)
{
	const struct tg_provider *p = tg_catalog_provider(flow_shipped(), "kg-dostek");
	assert_non_null(p);
	return p;
}

/* Which of the open services is the one with this id, as a key of the list. */
static void to_service(struct flow *f, const char *id)
{
	const struct tg_provider *p = dostek();
	unsigned slot = 0;
	flow_begin(f, flow_shipped());
	f->wall = INT64_C(1795334400000); /* 22.11.2026 08:00 UTC (date -u -d @1795334400): prices are of a day */
	flow_walk(f, TG_STAGE_PROVIDER);
	f->s.lang = TG_LANG_EN;
	f->s.provider = p;
	f->s.stage = TG_STAGE_SERVICE;
	for (unsigned i = 0; i < p->n_services; i++) {
		if (strcmp(p->services[i].id, id) == 0) {
			f->s.focus = (int)slot;
			flow_keys(f, "Enter");
			return;
		}
		slot += p->services[i].open;
	}
	fail_msg("no service %s", id);
}

static void to_advice(struct flow *f, int organisation, const char *companies)
{
	char keys[64];
	to_service(f, "adviser");
	flow_at(f, "adviser");
	(void)snprintf(keys, sizeof keys, "%d", organisation);
	flow_keys(f, keys);
	if (companies) {
		flow_at(f, "adviser"); /* how many is asked on the same screen */
		for (const char *c = companies; *c; c++) {
			(void)snprintf(keys, sizeof keys, "'%c", *c);
			flow_keys(f, keys);
		}
		flow_keys(f, "Enter Enter"); /* the number, then "continue" */
	}
	flow_at(f, "advice");
}

static int64_t sum(const struct flow *f, unsigned companies)
{
	struct tg_advised list[TG_ADVICE_MAX];
	char set[512] = "";
	int64_t all = -1;
	const struct tg_provider *p = dostek();
	static const char *const organisations[] = {"", "nil", "no-accountant", "with-accountant", "serving"};
	(void)snprintf(set, sizeof set, "%s", organisations[f->s.adviser.replies.option[0]]);
	if (f->s.adviser.replies.option[1] > 0)
		(void)snprintf(set + strlen(set), sizeof set - strlen(set), " %s",
		        p->adviser[1].options[f->s.adviser.replies.option[1] - 1].sets);
	unsigned n = tg_advice_lines(p, set, "2026-11-22", list);
	assert_true(n > 0);
	assert_true(tg_advice_sum(list, n, companies, &all));
	return all;
}

static void dos_5_sums_of_the_source(void **state)
{
	(void)state;
	static const struct {
		int organisation;
		const char *companies;
		int64_t som;
		const char *shown;
	} rows[] = {{1, NULL, 1510, "1510"}, {2, NULL, 2930, "2930"}, {3, NULL, 2930, "2930"}, {4, "5", 3310, "3310"},
	        {4, "6", 3510, "3510"}, {4, "10", 3510, "3510"}, {4, "11", 3860, "3860"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		to_advice(&f, rows[i].organisation, rows[i].companies);
		assert_int_equal(sum(&f, 1), rows[i].som * 100);
		flow_see(&f, rows[i].shown);
		flow_see_not(&f, "advice.");
	}
}

/* sources-line-by-line, 52: the head's certificate is the head's of each served company. */
static void dos_5_each_company_has_a_head(void **state)
{
	(void)state;
	static const struct {
		const char *companies;
		int64_t n, complex;
		const char *shown;
	} rows[] = {{"3", 3, 1800, "6330"}, {"5", 5, 1800, "9350"}, {"6", 6, 2000, "11060"}, {"10", 10, 2000, "17100"},
	        {"11", 11, 2350, "18960"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		to_advice(&f, 4, rows[i].companies);
		assert_int_equal(sum(&f, (unsigned)rows[i].n), (rows[i].complex + rows[i].n * 1510) * 100);
		flow_see(&f, rows[i].shown);
	}
}

static void dos_5_borders(void **state)
{
	(void)state;
	static const struct {
		const char *companies, *product, *not ;
	} rows[] = {{"2", "accountant", "complex-5"}, {"3", "complex-5", "accountant"},
	        {"5", "complex-5", "complex-10"}, {"6", "complex-10", "complex-5"}, {"10", "complex-10", "complex-all"},
	        {"11", "complex-all", "complex-10"}, {"999999", "complex-all", "complex-10"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		to_advice(&f, 4, rows[i].companies);
		flow_see_id(&f, tg_provider_product(dostek(), rows[i].product)->label);
		flow_see_not(
		        &f, tg_text(flow_sentences(), TG_LANG_EN, tg_provider_product(dostek(), rows[i].not )->label));
	}
}

static void dos_5_a_number_that_is_none(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "adviser");
	flow_keys(&f, "4");
	flow_keys(&f, "Enter"); /* nothing typed */
	flow_at(&f, "adviser");
	flow_see_id(&f, "questions.missing");
	flow_keys(&f, "'0 Enter");
	flow_at(&f, "adviser");
	flow_see_id(&f, "questions.number-wrong");
	flow_keys(&f, "Backspace Backspace 'x '- ';"); /* no digits: nothing stands there */
	assert_string_equal(f.s.adviser.replies.typed[1], "");
	flow_keys(&f, "'1 '2 '3 '4 '5 '6 '7 '8 '9"); /* no more than fit */
	assert_string_equal(f.s.adviser.replies.typed[1], "1234567");
	flow_keys(&f, "Backspace*7 '\"'"); /* on the Kazakh layout the quotation mark stands where 1 is */
	assert_string_equal(f.s.adviser.replies.typed[1], "1");
}

static void dos_5_other_answer_other_advice(void **state)
{
	(void)state;
	struct flow f;
	to_advice(&f, 4, "5");
	flow_keys(&f, "Esc");
	flow_at(&f, "adviser");
	flow_keys(&f, "Home Enter"); /* nil after all: how many is not asked any more */
	flow_at(&f, "advice");
	flow_see(&f, "1510");
	flow_see_not(&f, "3310");
}

static void dos_5_from_the_advice_to_a_service(void **state)
{
	(void)state;
	struct flow f;
	to_advice(&f, 3, NULL);
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	flow_keys(&f, "Enter Enter Enter Enter"); /* two certificates and the sum are read; then the first service */
	assert_int_not_equal(f.s.stage, TG_STAGE_ADVICE);
	assert_non_null(f.s.service);
	assert_string_equal(f.s.service->id, "renew");
	to_advice(&f, 3, NULL);
	flow_keys(&f, "End Enter");
	flow_at(&f, "service");
}

/* Prices are data with days: a day without a price has no sum. */
static void dos_5_a_day_without_prices(void **state)
{
	(void)state;
	static const struct tg_price prices[] = {
	        {.id = "a", .amount = 100, .from = "2026-01-01", .until = "2026-06-30"},
	        {.id = "a", .amount = 200, .from = "2026-07-01"}};
	static const struct tg_product products[] = {
	        {.id = "p", .label = "x", .holder = "y", .price = "a", .months = 12}};
	static const struct tg_advice advice[] = {{.id = "1", .product = "p", .reason = "z"}};
	const struct tg_provider p = {.prices = prices,
	        .n_prices = 2,
	        .products = products,
	        .n_products = 1,
	        .advice = advice,
	        .n_advice = 1};
	struct tg_advised list[TG_ADVICE_MAX];
	static const struct {
		const char *day;
		int64_t sum;
	} rows[] = {
	        {"2025-12-31", -1}, {"2026-01-01", 100}, {"2026-06-30", 100}, {"2026-07-01", 200}, {"2030-01-01", 200}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t all;
		assert_int_equal(tg_advice_lines(&p, "", rows[i].day, list), 1);
		assert_int_equal(tg_advice_sum(list, 1, 1, &all), rows[i].sum >= 0);
		if (rows[i].sum >= 0)
			assert_int_equal(all, rows[i].sum);
	}
}

/* ---- TOPICS ---- */

static void found(struct flow *f, enum tg_status status, const unsigned *list, unsigned n)
{
	struct tg_topics t = {.n = n};
	struct tg_event ev = flow_ev(f, TG_EV_TOPICS);
	for (unsigned i = 0; i < n; i++)
		t.list[i] = list[i];
	ev.status = status;
	ev.topics = &t;
	flow_event(f, &ev);
}

static void dos_11_all_topics_then_what_was_found(void **state)
{
	(void)state;
	struct flow f;
	static const unsigned two[] = {3, 1};
	to_service(&f, "help");
	flow_at(&f, "topics");
	assert_int_equal(f.s.helpdesk.found.n, dostek()->n_help);
	f.silent = true;
	flow_forget_effects(&f);
	flow_keys(&f, "'п 'и");
	assert_int_equal(f.count[TG_FX_TOPICS], 2);
	found(&f, TG_OK, two, 1); /* of the first letter: not the last that was asked */
	assert_int_equal(f.s.helpdesk.found.n, dostek()->n_help);
	found(&f, TG_OK, two, 2);
	assert_int_equal(f.s.helpdesk.found.n, 2);
	flow_keys(&f, "Down Enter");
	flow_at(&f, "topic");
	flow_see_id(&f, dostek()->help[3].title);
	flow_see_id(&f, dostek()->help[3].text[0]);
	flow_keys(&f, "Esc");
	flow_at(&f, "topics");
	flow_keys(&f, "Backspace Backspace"); /* nothing is typed: all of them again, without asking */
	assert_int_equal(f.s.helpdesk.found.n, dostek()->n_help);
}

static void dos_11_nothing_found_shows_where_to_ask(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "help");
	f.silent = true;
	flow_keys(&f, "'z");
	found(&f, TG_OK, NULL, 0);
	flow_see_id(&f, "topics.nothing");
	flow_see(&f, "960 360"); /* the numbers of seed 003 */
	flow_see(&f, "312");
	flow_keys(&f, "Down*3 Enter"); /* lines to be read: nothing opens */
	flow_at(&f, "topics");
}

static void dos_11_without_the_search_all_can_be_read(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "help");
	f.silent = true;
	flow_keys(&f, "'z");
	found(&f, TG_STORE_OPEN, NULL, 0);
	assert_int_equal(f.s.helpdesk.found.n, dostek()->n_help);
	flow_see_id(&f, "error.store-open");
}

static void dos_11_an_answer_out_of_range_is_none(void **state)
{
	(void)state;
	struct flow f;
	static const unsigned bad[] = {4000000000u, 2};
	to_service(&f, "help");
	f.silent = true;
	flow_keys(&f, "'z");
	found(&f, TG_OK, bad, 2);
	assert_int_equal(f.s.helpdesk.found.n, 1);
	assert_int_equal(f.s.helpdesk.found.list[0], 2);
}

static void p_1_another_language_is_searched_again(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "help");
	f.silent = true;
	flow_keys(&f, "'z");
	found(&f, TG_OK, NULL, 0);
	flow_forget_effects(&f);
	flow_keys(&f, "F2 1");
	assert_int_equal(f.s.lang, TG_LANG_KK);
	assert_int_equal(f.count[TG_FX_TOPICS], 1);
}

static void k_1_what_was_typed_is_forgotten(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "help");
	f.silent = true;
	flow_keys(&f, "'q 'u 'x");
	flow_keys(&f, "Esc");
	flow_at(&f, "service");
	assert_false(flow_state_has(&f.s, "qux"));
}

/* ---- an answer that leads to another service ---- */

static void at_change(struct flow *f)
{
	to_service(f, "renew-cloud");
	flow_at(f, "way");
	flow_keys(f, "2"); /* the online order */
	flow_at(f, "questions");
}

static void dos_4_a_change_leads_to_the_office(void **state)
{
	(void)state;
	struct flow f;
	at_change(&f);
	flow_keys(&f, "Home Enter"); /* the certificate of the head */
	unsigned product = f.s.replies.option[0];
	assert_int_equal(product, 1);
	flow_keys(&f, "Down Enter"); /* the name was changed */
	assert_int_equal(f.s.overlay, TG_OVERLAY_LEADS);
	flow_see_id(&f, "dostek.why.changed");
	flow_keys(&f, "Esc"); /* the safe way out: nobody goes on with this answer */
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	flow_at(&f, "questions");
	assert_int_equal(f.s.replies.option[1], 0);
	flow_keys(&f, "End Enter"); /* "continue": it is still to be answered */
	flow_at(&f, "questions");
	flow_see_id(&f, "questions.missing");
	flow_keys(&f, "Down Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_LEADS);
	flow_keys(&f, "2");
	flow_at(&f, "questions"); /* of the same service, now at the office */
	assert_string_equal(f.s.service->id, "renew-cloud");
	assert_string_equal(f.s.way->id, "office");
	assert_int_equal(f.s.replies.option[0], product); /* what was answered is kept */
	assert_int_equal(f.s.replies.option[1], 0);
}

static void dos_4_enter_on_the_question_stays(void **state)
{
	(void)state;
	struct flow f;
	at_change(&f);
	flow_keys(&f, "Home Enter Down Enter Enter"); /* the safe answer has the focus */
	flow_at(&f, "questions");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	flow_keys(&f, "Home Enter");
	assert_int_equal(f.s.leading, 0);
}

/* Two services whose forms share some fields. */
static const struct tg_field here[] = {
        {.id = "name", .number = "1", .kind = TG_FIELD_TEXT, .label = "l", .person = true},
        {.id = "only-here", .number = "2", .kind = TG_FIELD_TEXT, .label = "l", .person = true},
        {.id = "phone", .number = "3", .kind = TG_FIELD_PHONE, .label = "l", .person = true},
        {.id = "same-id", .number = "4", .kind = TG_FIELD_TEXT, .label = "l", .person = true}};
static const struct tg_field there[] = {
        {.id = "phone", .number = "1", .kind = TG_FIELD_PHONE, .label = "l", .person = true},
        {.id = "same-id", .number = "2", .kind = TG_FIELD_DATE, .label = "l", .person = true},
        {.id = "preset", .number = "3", .kind = TG_FIELD_TEXT, .label = "l", .person = true, .default_value = "d"},
        {.id = "name", .number = "4", .kind = TG_FIELD_TEXT, .label = "l", .person = true}};
static const struct tg_form form_here = {.id = "h", .code = "H", .title = "t", .fields = here, .n_fields = 4},
                            form_there = {.id = "t", .code = "T", .title = "t", .fields = there, .n_fields = 4};
static const struct tg_question_option yes_no[] = {{.id = "no", .label = "n"},
        {.id = "yes", .label = "y", .sets = "c"}},
                                       leading[] = {{.id = "stay", .label = "s"},
                                               {.id = "go", .label = "g", .leads = "second", .why = "w"}};
static const struct tg_question asked_here[] = {{.id = "both", .label = "b", .options = yes_no, .n_options = 2},
        {.id = "change", .label = "c", .options = leading, .n_options = 2}},
                                asked_there[] = {{.id = "own", .label = "o", .options = yes_no, .n_options = 2},
                                        {.id = "both", .label = "b", .options = yes_no, .n_options = 2}};
static const struct tg_kind
        kinds_here[] = {{.id = "k", .label = "k", .form = &form_here, .questions = asked_here, .n_questions = 2}},
        kinds_there[] = {{.id = "k", .label = "k", .form = &form_there, .questions = asked_there, .n_questions = 2}};
static const struct tg_service two_services[] = {
        {.id = "first", .label = "f", .kinds = kinds_here, .n_kinds = 1, .open = true},
        {.id = "second", .label = "s", .kinds = kinds_there, .n_kinds = 1, .open = true}};
static const struct tg_provider two = {.id = "two",
        .label = "p",
        .country = "KG",
        .place = "p",
        .contact = "c",
        .services = two_services,
        .n_services = 2};
static const struct tg_catalog two_catalog = {.providers = &two, .n_providers = 1};

static void dos_4_answers_that_fit_are_kept(void **state)
{
	(void)state;
	struct flow f;
	static const char *const answers[] = {"Айгүл", "secret", "+996555", "text"};
	flow_begin(&f, &two_catalog);
	flow_walk(&f, TG_STAGE_PROVIDER);
	f.s.provider = &two;
	f.s.service = &two_services[0];
	f.s.kind = &kinds_here[0];
	f.s.stage = TG_STAGE_QUESTIONS;
	for (unsigned i = 0; i < 4; i++)
		(void)tg_copy(f.s.answers[i].value, sizeof f.s.answers[i].value, answers[i]);
	f.s.answers[0].by = TG_BY_CERTIFICATE;
	f.s.consents[0] = true;
	f.s.replies.option[0] = 2;
	f.s.replies.option[1] = 2;
	f.s.focus = 4;
	flow_keys(&f, "Enter"); /* "continue", though an answer leads away */
	assert_int_equal(f.s.overlay, TG_OVERLAY_LEADS);
	flow_keys(&f, "2");
	flow_at(&f, "questions");
	assert_ptr_equal(f.s.kind, &kinds_there[0]);
	assert_string_equal(f.s.answers[0].value, "+996555");
	assert_string_equal(f.s.answers[1].value, ""); /* another kind of field */
	assert_string_equal(f.s.answers[2].value, "d");
	assert_string_equal(f.s.answers[3].value, "Айгүл");
	assert_int_equal(f.s.answers[3].by, TG_BY_PERSON); /* there nobody has looked at the certificate */
	assert_false(flow_state_has(&f.s, "secret"));
	assert_false(f.s.consents[0]);
	assert_int_equal(f.s.replies.option[0], 0);
	assert_int_equal(f.s.replies.option[1], 2); /* the same question, at another place */
}

/* ---- a service's own page ---- */

static void dos_0_first_registration_is_explained(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "first");
	flow_at(&f, "about");
	flow_see_id(&f, f.s.service->label);
	for (unsigned i = 0; i < f.s.service->n_lines; i++)
		flow_see_id(&f, f.s.service->lines[i].text);
	assert_true(f.s.service->n_lines >= 3);
	flow_keys(&f, "End Enter");
	flow_at(&f, "service");
	to_service(&f, "about");
	flow_at(&f, "about");
	flow_see(&f, "960 360");
}

/* DosTek has ten services: 0 stands behind 9 on the keyboard. Of UBR's five it chooses none. */
static void p_3_zero_chooses_the_tenth_service(void **state)
{
	(void)state;
	struct flow f;
	to_service(&f, "about");
	flow_keys(&f, "Esc");
	flow_at(&f, "service");
	f.s.focus = 0;
	flow_keys(&f, "0");
	flow_at(&f, "about");
	flow_keys(&f, "Esc");
	f.s.provider = tg_catalog_provider(flow_shipped(), "kg-ubr");
	flow_keys(&f, "0");
	flow_at(&f, "service");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dos_5_sums_of_the_source),
	        cmocka_unit_test(dos_5_each_company_has_a_head),
	        cmocka_unit_test(dos_5_borders),
	        cmocka_unit_test(dos_5_a_number_that_is_none),
	        cmocka_unit_test(dos_5_other_answer_other_advice),
	        cmocka_unit_test(dos_5_from_the_advice_to_a_service),
	        cmocka_unit_test(dos_5_a_day_without_prices),
	        cmocka_unit_test(dos_11_all_topics_then_what_was_found),
	        cmocka_unit_test(dos_11_nothing_found_shows_where_to_ask),
	        cmocka_unit_test(dos_11_without_the_search_all_can_be_read),
	        cmocka_unit_test(dos_11_an_answer_out_of_range_is_none),
	        cmocka_unit_test(p_1_another_language_is_searched_again),
	        cmocka_unit_test(k_1_what_was_typed_is_forgotten),
	        cmocka_unit_test(dos_4_a_change_leads_to_the_office),
	        cmocka_unit_test(dos_4_enter_on_the_question_stays),
	        cmocka_unit_test(dos_4_answers_that_fit_are_kept),
	        cmocka_unit_test(dos_0_first_registration_is_explained),
	        cmocka_unit_test(p_3_zero_chooses_the_tenth_service),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
