/* The companies of a complex certificate (DOS-6): the first list in the application for it, the list that its holder
 * changes, and what of it goes into the record. Limits are those of seed 002: more than two at registration, up to 5, 6
 * to 10, any number. */
#include "flow_fixture.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "companies.h"

static const struct tg_provider *dostek(void)
{
	return tg_catalog_provider(flow_shipped(), "kg-dostek");
}

static const struct tg_service *service(const char *id)
{
	const struct tg_provider *p = dostek();
	for (unsigned i = 0; i < p->n_services; i++)
		if (strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	fail_msg("no service %s", id);
	return p->services; /* never reached: the compiler does not know that */
}

static void begin(struct flow *f, const char *id, const char *way)
{
	flow_begin(f, flow_shipped());
	f->wall = INT64_C(1795334400000); /* 22.11.2026 08:00 UTC */
	flow_walk(f, TG_STAGE_PROVIDER);
	f->silent = true;
	f->s.lang = TG_LANG_EN;
	f->s.provider = dostek();
	f->s.service = service(id);
	f->s.kind = &f->s.service->kinds[0];
	f->s.way = tg_provider_way(dostek(), way);
}

static unsigned field_of(const struct flow *f, enum tg_field_kind kind)
{
	const struct tg_form *form = f->s.kind->form;
	for (unsigned i = 0; i < form->n_fields; i++)
		if (form->fields[i].kind == kind)
			return i;
	fail_msg("no such field");
	return 0;
}

/* `n` companies, numbered from `from`. */
static void lines(struct flow *f, enum tg_field_kind kind, int from, int n)
{
	struct tg_answer *a = &f->s.answers[field_of(f, kind)];
	size_t at = 0;
	memset(a, 0, sizeof *a);
	for (int i = 0; i < n; i++)
		at += (size_t)snprintf(
		        a->value + at, sizeof a->value - at, "%s%014d Ф %d", i > 0 ? "\n" : "", from + i, from + i);
	assert_true(at < sizeof a->value);
}

static const char *said(struct flow *f, enum tg_field_kind kind)
{
	unsigned field = field_of(f, kind);
	(void)tg_answer_check(&f->config, &f->s, field);
	return f->s.answers[field].error ? f->s.answers[field].error : "";
}

static void choose_product(struct flow *f, const char *id)
{
	const struct tg_question *q = &f->s.kind->questions[0];
	for (unsigned i = 0; i < q->n_options; i++)
		if (strcmp(q->options[i].id, id) == 0)
			f->s.replies.option[0] = i + 1;
	assert_true(f->s.replies.option[0] > 0);
}

static void dos_6_how_many_at_registration(void **state)
{
	(void)state;
	static const struct {
		const char *product;
		int n;
		const char *error;
	} rows[] = {{"complex-5", 1, "companies.too-few"}, {"complex-5", 2, "companies.too-few"}, {"complex-5", 3, ""},
	        {"complex-5", 5, ""}, {"complex-5", 6, "companies.too-many"}, {"complex-10", 2, "companies.too-few"},
	        {"complex-10", 6, ""}, {"complex-10", 10, ""}, {"complex-10", 11, "companies.too-many"},
	        {"complex-all", 2, "companies.too-few"}, {"complex-all", 11, ""}, {"complex-all", 60, ""}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		begin(&f, "renew", "office");
		choose_product(&f, rows[i].product);
		lines(&f, TG_FIELD_COMPANIES, 1, rows[i].n);
		assert_string_equal(said(&f, TG_FIELD_COMPANIES), rows[i].error);
	}
}

static void dos_6_lines_that_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *value, *error;
		unsigned line;
	} rows[] = {{"ОсОО Ромашка", "rule.company.shape", 1}, {"123 ОсОО", "rule.company.shape", 1},
	        {"123456789012345 ОсОО", "rule.company.shape", 1}, {"00102199910018ОсОО", "rule.company.shape", 1},
	        {"00102199910018", "companies.no-name", 1},
	        {"00102199910018 А\n00102199910019 Б\n00102199910018 В", "companies.twice", 3},
	        {"00102199910018 А\n00102199910019 Б\n00102199910018 А", "rule.list.line-twice", 3}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		begin(&f, "renew", "office");
		choose_product(&f, "complex-5");
		unsigned field = field_of(&f, TG_FIELD_COMPANIES);
		(void)tg_copy(f.s.answers[field].value, sizeof f.s.answers[field].value, rows[i].value);
		assert_string_equal(said(&f, TG_FIELD_COMPANIES), rows[i].error);
		assert_int_equal(f.s.answers[field].error_line, rows[i].line);
	}
}

static void dos_6_only_a_complex_certificate_has_a_list(void **state)
{
	(void)state;
	struct flow f;
	struct tg_buf json = TG_BUF_INIT;
	begin(&f, "renew", "office");
	choose_product(&f, "accountant");
	lines(&f, TG_FIELD_COMPANIES, 1, 3); /* typed before another product was chosen */
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &json), TG_OK);
	json_t *body = json_loads(tg_buf_str(&json), 0, NULL);
	assert_non_null(body);
	assert_null(json_object_get(body, "companies"));
	json_decref(body);
	tg_buf_reset(&json);
	choose_product(&f, "complex-5");
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &json), TG_OK);
	body = json_loads(tg_buf_str(&json), 0, NULL);
	const json_t *list = json_object_get(body, "companies");
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "inn")), "00000000000002");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "name")), "Ф 2");
	assert_string_equal(json_string_value(json_object_get(body, "product")), "complex-5");
	json_decref(body);
	tg_buf_finish(&json);
}

/* ---- the change ---- */

static struct tg_companies present;

static void told(struct flow *f, const char *product, int n)
{
	struct tg_event ev = flow_ev(f, TG_EV_COMPANIES);
	memset(&present, 0, sizeof present);
	present.count = n;
	for (int i = 0; i < n && i < TG_COMPANIES_MAX; i++) {
		(void)snprintf(present.list[i].inn, sizeof present.list[i].inn, "%014d", i + 1);
		(void)snprintf(present.list[i].name, sizeof present.list[i].name, "Ф %d", i + 1);
		present.n = (unsigned)i + 1;
	}
	(void)tg_copy(present.product, sizeof present.product, product);
	f->s.stage = TG_STAGE_COMPANIES;
	f->s.asked.companies = 1;
	ev.companies = &present;
	flow_event(f, &ev);
}

static void dos_6_the_limit_is_held_against_the_list_as_it_will_be(void **state)
{
	(void)state;
	static const struct {
		const char *product;
		int now, removed, added;
		const char *error;
	} rows[] = {{"complex-5", 5, 0, 1, "companies.too-many"}, {"complex-5", 5, 1, 1, ""},
	        {"complex-5", 4, 0, 1, ""}, {"complex-5", 3, 3, 0, ""}, /* "at registration" only there must be three */
	        {"complex-10", 10, 0, 1, "companies.too-many"}, {"complex-10", 10, 2, 3, "companies.too-many"},
	        {"complex-10", 6, 0, 4, ""}, {"complex-all", 64, 0, 20, ""}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		begin(&f, "companies", "token");
		told(&f, rows[i].product, rows[i].now);
		lines(&f, TG_FIELD_COMPANIES_REMOVED, 1, rows[i].removed);
		lines(&f, TG_FIELD_COMPANIES_ADDED, 1001, rows[i].added);
		assert_string_equal(said(&f, TG_FIELD_COMPANIES_ADDED), rows[i].error);
	}
}

static void dos_6_there_already_and_not_there(void **state)
{
	(void)state;
	struct flow f;
	begin(&f, "companies", "token");
	told(&f, "complex-5", 3);
	lines(&f, TG_FIELD_COMPANIES_ADDED, 3, 1);
	assert_string_equal(said(&f, TG_FIELD_COMPANIES_ADDED), "companies.there");
	lines(&f, TG_FIELD_COMPANIES_REMOVED, 3, 1); /* out and in again: under another name */
	assert_string_equal(said(&f, TG_FIELD_COMPANIES_ADDED), "");
	lines(&f, TG_FIELD_COMPANIES_REMOVED, 4, 1);
	assert_string_equal(said(&f, TG_FIELD_COMPANIES_REMOVED), "companies.not-there");
	lines(&f, TG_FIELD_COMPANIES_REMOVED, 1, 0);
	lines(&f, TG_FIELD_COMPANIES_ADDED, 1, 0);
	assert_string_equal(said(&f, TG_FIELD_COMPANIES_ADDED), "form.required-missing"); /* nothing would change */
}

static void dos_6_ticked_off_and_typed(void **state)
{
	(void)state;
	struct flow f;
	begin(&f, "companies", "token");
	told(&f, "complex-5", 3);
	flow_see(&f, "00000000000002");
	flow_see(&f, "1510"); /* for an added company only its head's certificate is bought */
	flow_keys(&f, "Down Space");
	flow_see_id(&f, "companies.goes");
	flow_keys(&f, "Space Enter Enter"); /* back, off, back again */
	assert_false(f.s.change.removed[1]);
	flow_keys(&f, "Space Down Space End Up Enter");
	flow_at(&f, "form");
	assert_string_equal(
	        f.s.answers[field_of(&f, TG_FIELD_COMPANIES_REMOVED)].value, "00000000000002 Ф 2\n00000000000003 Ф 3");
	assert_false(tg_field_asked(&f.s, field_of(&f, TG_FIELD_COMPANIES_REMOVED)));
	flow_keys(&f, "Esc");
	flow_at(&f, "companies");
	assert_true(f.s.change.removed[1]); /* back keeps what was chosen */
	assert_int_equal(f.count[TG_FX_COMPANIES], 0);
}

static void dos_6_a_certificate_without_a_list(void **state)
{
	(void)state;
	struct flow f;
	begin(&f, "companies", "token");
	f.s.stage = TG_STAGE_COMPANIES;
	f.s.asked.companies = 1;
	struct tg_event ev = flow_ev(&f, TG_EV_COMPANIES);
	ev.status = TG_NOT_FOUND;
	flow_event(&f, &ev);
	flow_see_id(&f, "companies.none");
	flow_keys(&f, "Home Enter"); /* again */
	assert_int_equal(f.count[TG_FX_COMPANIES], 1);
	ev.status = TG_AGENT_DOWN;
	flow_event(&f, &ev);
	flow_see_id(&f, "error.agent-down");
	flow_keys(&f, "End Enter");
	assert_int_equal(f.wipings, 1);
}

static void k_1_the_list_is_forgotten(void **state)
{
	(void)state;
	struct flow f;
	begin(&f, "companies", "token");
	told(&f, "complex-5", 3);
	assert_true(flow_state_has(&f.s, "00000000000002"));
	flow_keys(&f, "F10 2");
	assert_int_equal(f.wipings, 1);
	struct tg_event ev = flow_ev(&f, TG_EV_WIPED);
	flow_event(&f, &ev);
	assert_false(flow_state_has(&f.s, "00000000000002"));
}

static void dos_6_what_goes_into_the_record(void **state)
{
	(void)state;
	struct flow f;
	struct tg_buf json = TG_BUF_INIT;
	begin(&f, "companies", "token");
	told(&f, "complex-5", 3);
	flow_keys(&f, "Space End Up Enter");
	lines(&f, TG_FIELD_COMPANIES_ADDED, 7, 2);
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &json), TG_OK);
	json_t *body = json_loads(tg_buf_str(&json), 0, NULL);
	assert_non_null(body);
	assert_string_equal(json_string_value(json_object_get(body, "operation")), "companies");
	assert_int_equal(json_array_size(json_object_get(body, "removed")), 1);
	assert_int_equal(json_array_size(json_object_get(body, "added")), 2);
	assert_null(json_object_get(body, "companies"));
	json_decref(body);
	tg_buf_finish(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dos_6_how_many_at_registration),
	        cmocka_unit_test(dos_6_lines_that_are_none),
	        cmocka_unit_test(dos_6_only_a_complex_certificate_has_a_list),
	        cmocka_unit_test(dos_6_the_limit_is_held_against_the_list_as_it_will_be),
	        cmocka_unit_test(dos_6_there_already_and_not_there),
	        cmocka_unit_test(dos_6_ticked_off_and_typed),
	        cmocka_unit_test(dos_6_a_certificate_without_a_list),
	        cmocka_unit_test(k_1_the_list_is_forgotten),
	        cmocka_unit_test(dos_6_what_goes_into_the_record),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
