/* Who brings what (NCA-9.1 … 9.8, R1 … R3): the lists of each kind of applicant, typed from point 9 of the standard as
 * sources-line-by-line reads it; ways, terms, grounds and contacts. Requirements NCA-4, NCA-8, NCA-9.*, NCA-10, NCA-11,
 * NCA-13, 16, 17, NCA-14, NCA-15. */
#include "screen_fixture.h"

#include "tamga/workdays.h"
#include <stdlib.h>

#define SCREENS TAMGA_SOURCE_DIR "/screens"
#define LOCALE  TAMGA_BINARY_DIR "/locale"

static struct tg_catalog *catalog;
static struct tg_i18n *texts;

static int set_up(void **state)
{
	(void)state;
	struct tg_error err = {0};
	if (tg_catalog_load(&catalog, SCREENS, fixture_rules, &err) != TG_OK)
		fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.detail);
	if (tg_i18n_load(&texts, LOCALE, &err) != TG_OK)
		fail_msg("%s: %s", err.file, err.detail);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	tg_i18n_destroy(texts);
	return 0;
}

static const struct tg_provider *nca(void)
{
	return tg_catalog_provider(catalog, "kz-nca");
}

static const struct tg_service *service(const char *id)
{
	for (unsigned i = 0; i < nca()->n_services; i++)
		if (strcmp(nca()->services[i].id, id) == 0)
			return &nca()->services[i];
	fail_msg("no service %s", id);
	abort(); /* never reached: fail_msg does not return */
}

static const struct tg_kind *kind(const char *service_id, const char *id)
{
	const struct tg_service *s = service(service_id);
	for (unsigned i = 0; s && i < s->n_kinds; i++)
		if (strcmp(s->kinds[i].id, id) == 0)
			return &s->kinds[i];
	fail_msg("no kind %s", id);
	abort();
}

/* The list under some conditions as one line: "a b|c d?" - words that stand alone are asked for, "b|c" are any one of,
 * "x=y" stands in place of y, "?" is if there is one. */
static void list_of(const struct tg_kind *k, const char *set, char out[1024])
{
	const char *group = NULL;
	size_t n = 0;
	out[0] = '\0';
	for (unsigned i = 0; i < k->n_documents; i++) {
		const struct tg_document *d = &k->documents[i];
		if (!tg_when_holds(d->when, set))
			continue;
		bool same = group && d->group && strcmp(group, d->group) == 0;
		n += (size_t)snprintf(out + n, 1024 - n, "%s%s%s%s%s",
		        n == 0 ? ""
		        : same ? "|"
		               : " ",
		        d->id, d->instead ? "=" : "", d->instead ? d->instead : "", d->optional ? "?" : "");
		group = d->group;
	}
}

struct expected {
	const char *service, *kind, *set, *form, *list;
};

#define HEAD_PAPERS "employment=power-a3 appointment=power-a3"
#define IIN_PAPERS  "residence-permit|stateless|foreigner-registration"
static const struct expected lists[] = {
        /* 1: identity of the applicant; notarised power when represented */
        {"issue", "individual", "", "A1", "application identity"},
        {"issue", "individual", "at-desk", "A1", "application identity"},
        {"issue", "individual", "at-desk with-id-card", "A1", "application-without-number identity"},
        {"issue", "individual", "at-desk represented", "A1", "application identity identity-representative power"},
        {"issue", "individual", "by-signature", "A1", "application identity"},
        /* 2: identity of the representative; registration certificate, without "if there is one" */
        {"issue", "joint", "at-desk role-employee", "A2", "application identity-representative sole-proprietor"},
        {"issue", "joint", "at-desk represented role-employee", "A2",
                "application identity-representative power sole-proprietor"},
        /* 3: A3, in whose place the head brings papers; registration if there is one; the head's confirmation */
        {"issue", "entity", "at-desk role-employee presenter-representative", "A2",
                "application identity-representative power-a3 registration? head-confirmation"},
        {"issue", "entity", "at-desk role-head presenter-head", "A2",
                "application identity-representative power-a3 " HEAD_PAPERS " registration?"},
        {"issue", "entity", "by-signature role-employee", "A2", "application identity-representative registration?"},
        /* 4, 5: a copy of one of two proofs of the domain */
        {"issue", "domain-person", "at-desk", "A4", "application identity kaznic|whois"},
        {"issue", "domain-person", "at-desk represented", "A4",
                "application identity identity-representative power kaznic|whois"},
        {"issue", "domain-entity", "at-desk", "A5", "application identity-representative power-a3 kaznic|whois"},
        /* by signature nothing on paper: the centre knows the domain, or refuses (src/decisions/0163) */
        {"issue", "domain-person", "by-signature", "A4", "application identity"},
        {"issue", "domain-entity", "by-signature", "A5", "application identity-representative"},
        /* 6: agreement or supplementary agreement */
        {"issue", "treasury", "at-desk", "A6", "application identity-representative power-a3 agreement|agreement-more"},
        /* 7: one of three papers with the IIN; the source names the representative's identity document */
        {"issue", "nonresident-person", "at-desk", "A1", "application identity " IIN_PAPERS},
        {"issue", "nonresident-person", "at-desk represented", "A1",
                "application identity-representative power " IIN_PAPERS},
        /* 8: one of the same three and one paper with the BIN, by the case */
        {"issue", "nonresident-entity", "at-desk role-employee presenter-representative nr-registration", "A2",
                "application identity identity-representative power-a3 " IIN_PAPERS " nonresident-registration"},
        {"issue", "nonresident-entity", "at-desk role-head presenter-head nr-branch", "A2",
                "application identity power-a3 " HEAD_PAPERS " " IIN_PAPERS " branch?"},
        /* R1: no way by an order of dismissal */
        {"revoke", "person", "", "A7", "application identity"}, /* by the chip */
        {"revoke", "person", "at-desk", "A7", "application identity"},
        {"revoke", "person", "at-desk represented", "A7", "application identity identity-representative power"},
        {"revoke", "person", "at-desk dismissal-order dismissal-copy", "A7", "application identity"},
        /* R2, R3: A8; or a copy of the order in its place; or A8 with an extract */
        {"revoke", "joint", "at-desk", "A8", "application identity-representative"},
        {"revoke", "joint", "at-desk represented", "A8", "application identity-representative power"},
        {"revoke", "joint", "at-desk dismissal-order dismissal-copy", "A8", "dismissal-copy identity-representative"},
        {"revoke", "entity", "at-desk", "A8", "application identity-representative power-a3"},
        {"revoke", "entity", "at-desk treasury dismissal-order dismissal-copy", "A8",
                "dismissal-copy identity-representative power-a3"},
        {"revoke", "entity", "at-desk dismissal-order dismissal-extract", "A8",
                "application dismissal-extract identity-representative power-a3"},
        {"revoke", "entity", "by-signature treasury", "A8", "application identity-representative"},
};

static void NCA_9_lists_of_every_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const struct tg_kind *k = kind(lists[i].service, lists[i].kind);
		char list[1024];
		list_of(k, lists[i].set, list);
		assert_string_equal(k->form->code, lists[i].form);
		if (strcmp(list, lists[i].list) != 0)
			fail_msg(
			        "%s (%s):\n  wanted %s\n  has    %s", lists[i].kind, lists[i].set, lists[i].list, list);
	}
	assert_int_equal(service("issue")->n_kinds, 8);
	assert_int_equal(service("revoke")->n_kinds, 3);
}

/* NCA-9.again, NCA-9.rep, NCA-14: by which ways each kind comes. */
static void NCA_9_ways_of_every_kind(void **state)
{
	(void)state;
	static const struct {
		const char *service, *kind, *ways;
	} ways[] = {
	        {"issue", "individual", "spot papers representative signature address"},
	        {"issue", "joint", "papers representative signature address"}, {"issue", "entity", "papers signature"},
	        {"issue", "domain-person", "papers representative signature address"},
	        {"issue", "domain-entity", "papers signature"},
	        {"issue", "treasury", "papers"}, /* no second request by signature */
	        {"issue", "nonresident-person", "papers representative signature address"},
	        {"issue", "nonresident-entity", "papers signature"},
	        {"revoke", "person", "spot-revoke papers representative signature address"},
	        {"revoke", "joint", "papers representative signature address"},
	        {"revoke", "entity", "papers signature"}, /* Treasury-Client included */
	};
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		assert_string_equal(kind(ways[i].service, ways[i].kind)->ways, ways[i].ways);
	assert_string_equal(tg_provider_way(nca(), "spot")->proof, "chip");
	assert_string_equal(tg_provider_way(nca(), "spot-revoke")->proof, "chip");
	assert_string_equal(tg_provider_way(nca(), "papers")->proof, "desk");
	assert_string_equal(tg_provider_way(nca(), "representative")->proof, "desk");
	assert_true(tg_words_have(tg_provider_way(nca(), "representative")->sets, "represented"));
	assert_string_equal(tg_provider_way(nca(), "signature")->proof, "signature");
	for (unsigned i = 0; i < nca()->n_ways; i++)
		assert_int_equal(nca()->ways[i].field_set, strcmp(nca()->ways[i].id, "address") == 0);
	assert_null(tg_provider_way(nca(), "cloud"));
}

static void NCA_9_head_confirms_employees_of_kind_3_only(void **state)
{
	(void)state;
	for (unsigned i = 0; i < service("issue")->n_kinds; i++) {
		const struct tg_kind *k = &service("issue")->kinds[i];
		assert_int_equal(k->confirm != NULL, strcmp(k->id, "entity") == 0);
	}
	const char *confirm = kind("issue", "entity")->confirm;
	assert_true(tg_when_holds(confirm, "at-desk role-employee presenter-representative"));
	assert_true(tg_when_holds(confirm, "at-desk role-finance presenter-head"));
	assert_false(tg_when_holds(confirm, "at-desk role-head presenter-head"));
	assert_false(tg_when_holds(confirm, "by-signature role-employee"));
	for (unsigned i = 0; i < service("revoke")->n_kinds; i++)
		assert_null(service("revoke")->kinds[i].confirm);
}

static const struct tg_document *document(const struct tg_kind *k, const char *id)
{
	for (unsigned i = 0; i < k->n_documents; i++)
		if (strcmp(k->documents[i].id, id) == 0)
			return &k->documents[i];
	fail_msg("no document %s", id);
	abort();
}

static void papers_and_proofs_of_documents(void **state)
{
	(void)state;
	const struct tg_kind *entity = kind("issue", "entity"), *foreign = kind("issue", "nonresident-entity");
	assert_string_equal(document(entity, "power-a3")->form, "nca-a3");
	assert_string_equal(document(entity, "appointment")->paper, "sealed-copy");
	/* the seal is asked for in kind 3, and if there is one in kind 8 */
	assert_null(strstr(tg_text(texts, TG_LANG_EN, document(entity, "appointment")->label), "if there is"));
	assert_non_null(strstr(tg_text(texts, TG_LANG_EN, document(foreign, "appointment")->label), "if there is"));
	assert_string_equal(document(kind("issue", "domain-person"), "whois")->paper, "copy");
	assert_string_equal(document(kind("issue", "individual"), "power")->paper, "notarised");
	assert_string_equal(document(kind("revoke", "entity"), "dismissal-extract")->paper, "extract");
	assert_true(tg_words_have(document(kind("issue", "individual"), "identity")->proven_by, "chip"));
	assert_true(tg_words_have(document(entity, "registration")->proven_by, "register"));
	assert_string_equal(document(entity, "head-confirmation")->proven_by, "head");
	/* NCA-9.trs */
	assert_string_equal(document(kind("issue", "treasury"), "agreement")->rule, "within_working_days 3");
	assert_string_equal(document(kind("issue", "treasury"), "agreement-more")->rule, "within_working_days 3");
}

static const struct tg_question *question(const struct tg_kind *k, const char *id)
{
	for (unsigned i = 0; i < k->n_questions; i++)
		if (strcmp(k->questions[i].id, id) == 0)
			return &k->questions[i];
	fail_msg("no question %s", id);
	abort();
}

static void NCA_9_nr_seven_cases_decide_the_paper(void **state)
{
	(void)state;
	const struct tg_question *q = question(kind("issue", "nonresident-entity"), "case");
	assert_int_equal(q->n_options, 7);
	unsigned branch = 0, other = 0;
	for (unsigned i = 0; i < q->n_options; i++) {
		branch += tg_words_have(q->options[i].sets, "nr-branch");
		other += tg_words_have(q->options[i].sets, "nr-registration");
	}
	assert_int_equal(branch, 1);
	assert_int_equal(other, 6);
}

static void roles_are_conditions_of_the_certificates_of_employees(void **state)
{
	(void)state;
	static const char *const roles[] = {"role-head", "role-signer", "role-finance", "role-hr", "role-employee"};
	static const char *const kinds[] = {"joint", "entity", "nonresident-entity"};
	for (size_t i = 0; i < 3; i++) {
		const struct tg_question *q = question(kind("issue", kinds[i]), "role");
		assert_int_equal(q->n_options, 5);
		/* a clerk looks at it; of who signs, the centre (src/decisions/0163) */
		assert_true(tg_when_holds(q->when, "at-desk"));
		assert_true(tg_when_holds(q->when, "by-signature"));
		for (size_t r = 0; r < 5; r++) {
			unsigned n = 0;
			for (unsigned o = 0; o < 5; o++)
				n += tg_words_have(q->options[o].sets, roles[r]);
			assert_int_equal(n, 1);
			assert_true(tg_words_have(kind("issue", kinds[i])->extensions, roles[r]));
		}
	}
}

static void operations_of_services_and_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *service, *kind, *operation;
	} rows[] = {{"issue", "individual", "issue"}, {"issue", "entity", "issue"}, {"issue", "domain-person", "ssl"},
	        {"issue", "domain-entity", "ssl"}, {"revoke", "person", "revoke"}, {"power", "entity", "paper"},
	        {"complaint", "anyone", "complaint"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct tg_kind *k = kind(rows[i].service, rows[i].kind);
		assert_string_equal(tg_kind_operation(service(rows[i].service), k), rows[i].operation);
		assert_true(tg_kind_is(service(rows[i].service), k, rows[i].operation));
		assert_false(tg_kind_is(service(rows[i].service), k, "renew"));
	}
	assert_string_equal(tg_kind_operation(service("issue"), NULL), "issue");
	assert_string_equal(tg_kind_operation(service("revoke"), NULL), "revoke");
	static const char *const opens[] = {"status", "confirm", "about", "cabinet"};
	for (size_t i = 0; i < 4; i++) {
		assert_true(tg_service_has_opens(service(opens[i]), opens[i]));
		assert_false(tg_service_has_opens(service(opens[i]), "form"));
	}
	assert_true(tg_service_has_opens(service("issue"), "form"));
}

static void NCA_4_NCA_11_terms(void **state)
{
	(void)state;
	static const struct {
		const char *id;
		int days, minutes;
	} terms[] = {{"result", 1, 0}, {"queue", 0, 20}, {"service", 0, 20}, {"complaint", 5, 0},
	        {"complaint-quality", 15, 0}};
	assert_int_equal(nca()->n_terms, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct tg_term *t = tg_provider_term(nca(), terms[i].id);
		assert_non_null(t);
		assert_int_equal(t->working_days, terms[i].days);
		assert_int_equal(t->minutes, terms[i].minutes);
		assert_int_equal(t->calendar != NULL, terms[i].days > 0);
	}
	assert_null(tg_provider_term(nca(), "portal")); /* next working day only, no promised day */
}

static void NCA_10_grounds_and_the_form_of_refusal(void **state)
{
	(void)state;
	static const struct {
		const char *id, *event;
	} grounds[] = {{"incorrect", "service"}, {"court", "service"}, {"age", "service"}, {"incomplete", "acceptance"},
	        {"corrected", "acceptance"}};
	assert_int_equal(nca()->n_grounds, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(nca()->grounds[i].id, grounds[i].id);
		assert_string_equal(nca()->grounds[i].event, grounds[i].event);
	}
	assert_string_equal(tg_catalog_form(catalog, nca()->refusal_form)->code, "A9");
}

static void NCA_13_16_17_where_to_ask(void **state)
{
	(void)state;
	static const char *const named[] = {
	        "1414", "8 (7172) 74-10-34", "www.pki.gov.kz", "www.mid.gov.kz", "www.egov.kz"};
	for (size_t i = 0; i < 5; i++)
		for (int l = 0; l < TG_LANG_COUNT; l++)
			assert_non_null(strstr(tg_text(texts, (enum tg_lang)l, nca()->contacts[i].text), named[i]));
}

static int64_t at(int year_day_ms_utc_hours)
{
	return (int64_t)year_day_ms_utc_hours * 3600 * 1000;
}

/* Calendars of the three channels (NCA-8), by the clock of the place (UTC+5). 2026-11-23 is a Monday: hour 498,504
 * since 1970 is its 00:00 UTC (date -d 2026-11-23T00:00Z +%s: 1795392000). */
static void NCA_8_hours(void **state)
{
	(void)state;
	const struct tg_workdays *provider = tg_calendar_workdays(nca(), tg_provider_calendar(nca(), "provider"));
	const struct tg_workdays *corporation = tg_calendar_workdays(nca(), tg_provider_calendar(nca(), "corporation"));
	const struct tg_workdays *portal = tg_calendar_workdays(nca(), tg_provider_calendar(nca(), "portal"));
	const int monday = 1795392000 / 3600 - 5; /* 00:00 at the place */
	static const struct {
		int hour;
		bool provider, corporation;
	} rows[] = {{8, false, false}, {9, true, true}, {12, true, true}, {13, false, true}, {14, false, true},
	        {15, true, true}, {18, true, true}, {19, false, true}, {20, false, false}, {5 * 24 + 10, false, true},
	        {6 * 24 + 10, false, false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(tg_workdays_is_open(provider, at(monday + rows[i].hour)), rows[i].provider);
		assert_int_equal(tg_workdays_is_open(corporation, at(monday + rows[i].hour)), rows[i].corporation);
		assert_true(tg_workdays_is_open(portal, at(monday + rows[i].hour)));
	}
	assert_null(tg_provider_calendar(nca(), "post"));
}

/* The public holidays of Kazakhstan; days off moved from a weekend by the Labour Code, by each calendar's own weekend.
 */
static void NCA_8_holidays_of_2026_and_2027(void **state)
{
	(void)state;
	const struct tg_workdays *p = tg_calendar_workdays(nca(), tg_provider_calendar(nca(), "provider"));
	const struct tg_workdays *c = tg_calendar_workdays(nca(), tg_provider_calendar(nca(), "corporation"));
	static const struct {
		int year, month, day;
		bool provider, corporation;
	} rows[] = {{2026, 1, 1, false, false}, {2026, 1, 2, false, false}, {2026, 1, 5, true, true},
	        {2026, 1, 7, false, false}, {2026, 1, 8, true, true}, {2026, 3, 9, false, false},
	        {2026, 3, 10, true, true}, {2026, 3, 23, false, false}, {2026, 3, 24, false, false},
	        {2026, 3, 25, false, true}, {2026, 3, 26, true, true}, {2026, 5, 1, false, false},
	        {2026, 5, 7, false, false}, {2026, 5, 8, true, true}, {2026, 5, 9, false, false},
	        {2026, 5, 11, false, true}, {2026, 5, 27, false, false}, {2026, 7, 6, false, false},
	        {2026, 8, 31, false, false}, {2026, 10, 26, false, false}, {2026, 12, 16, false, false},
	        {2027, 1, 1, false, false}, {2027, 1, 2, false, false}, {2027, 1, 4, false, true},
	        {2027, 1, 7, false, false}, {2027, 3, 8, false, false}, {2027, 3, 24, false, false},
	        {2027, 3, 25, true, true}, {2027, 5, 3, false, true}, {2027, 5, 10, false, false},
	        {2027, 7, 6, false, false}, {2027, 8, 30, false, false}, {2027, 10, 25, false, false},
	        {2027, 12, 16, false, false},
	        /* later years follow the rule: 1 January 2028 is a Saturday, 2 January a Sunday, 8 March a Wednesday */
	        {2028, 1, 1, false, false}, {2028, 1, 3, false, false}, {2028, 1, 4, false, true},
	        {2028, 1, 5, true, true}, {2028, 3, 8, false, false}, {2028, 3, 9, true, true}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool right = tg_workdays_is_working(p, rows[i].year, rows[i].month, rows[i].day) == rows[i].provider &&
		             tg_workdays_is_working(c, rows[i].year, rows[i].month, rows[i].day) == rows[i].corporation;
		if (!right)
			fail_msg("%d-%02d-%02d", rows[i].year, rows[i].month, rows[i].day);
	}
}

/* Signed Monday 2 February 2026: Thursday 5 is accepted, Friday 6 is not. */
static void NCA_9_trs_days_of_the_agreement(void **state)
{
	(void)state;
	const struct tg_workdays *w = tg_calendar_workdays(nca(), tg_provider_calendar(nca(), "provider"));
	assert_int_equal(tg_workdays_between(w, "2026-02-02", "2026-02-05"), 3);
	assert_int_equal(tg_workdays_between(w, "2026-02-02", "2026-02-06"), 4);
	/* over a weekend and over Nauryz */
	assert_int_equal(tg_workdays_between(w, "2026-02-05", "2026-02-10"), 3);
	assert_int_equal(tg_workdays_between(w, "2026-03-20", "2026-03-30"), 3);
}

static void when_words(void **state)
{
	(void)state;
	assert_true(tg_when_holds(NULL, NULL));
	assert_true(tg_when_holds("", "a"));
	assert_true(tg_when_holds("a", "b a"));
	assert_false(tg_when_holds("a", NULL));
	assert_false(tg_when_holds("a", ""));
	assert_false(tg_when_holds("a b", "a"));
	assert_true(tg_when_holds("a b", "b c a"));
	assert_true(tg_when_holds("!a", NULL));
	assert_false(tg_when_holds("!a", "a"));
	assert_true(tg_when_holds("!a b", "b"));
	assert_false(tg_when_holds("a", "ab"));
	assert_true(tg_when_holds("!a", "ab ba"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(NCA_9_lists_of_every_kind),
	        cmocka_unit_test(NCA_9_ways_of_every_kind),
	        cmocka_unit_test(NCA_9_head_confirms_employees_of_kind_3_only),
	        cmocka_unit_test(papers_and_proofs_of_documents),
	        cmocka_unit_test(NCA_9_nr_seven_cases_decide_the_paper),
	        cmocka_unit_test(roles_are_conditions_of_the_certificates_of_employees),
	        cmocka_unit_test(operations_of_services_and_kinds),
	        cmocka_unit_test(NCA_4_NCA_11_terms),
	        cmocka_unit_test(NCA_10_grounds_and_the_form_of_refusal),
	        cmocka_unit_test(NCA_13_16_17_where_to_ask),
	        cmocka_unit_test(NCA_8_hours),
	        cmocka_unit_test(NCA_8_holidays_of_2026_and_2027),
	        cmocka_unit_test(NCA_9_trs_days_of_the_agreement),
	        cmocka_unit_test(when_words),
	};
	return cmocka_run_group_tests_name("lists", tests, set_up, tear_down);
}
