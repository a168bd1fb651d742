/* DosTek against its own pages, and against values typed from them. Requirements DOS-0 … DOS-12. */
#include "kyrgyz_fixture.h"

#include <stdlib.h>

#define DAY "2026-11-22"

static void services_in_their_order(void **state)
{
	(void)state;
	static const char *const ids[] = {"renew", "renew-cloud", "first", "adviser", "companies", "unlock", "cabinet",
	        "status", "help", "about", "renew-online", "replace"};
	assert_int_equal(kg_dostek()->n_services, 12);
	for (unsigned i = 0; i < 12; i++) {
		assert_string_equal(kg_dostek()->services[i].id, ids[i]);
		assert_int_equal(kg_dostek()->services[i].open, i < 10);
	}
	static const char *const ubr_ids[] = {"order", "issue", "reissue", "status", "about"};
	assert_int_equal(kg_ubr()->n_services, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_string_equal(kg_ubr()->services[i].id, ubr_ids[i]);
		assert_true(kg_ubr()->services[i].open);
	}
}

static void DOS_1_papers_by_condition(void **state)
{
	(void)state;
	const struct tg_kind *k = kg_kind(kg_dostek(), "renew");
	kg_expect_list(k, "at-desk head-citizen", "registration head-id power trustee-passport carrier");
	kg_expect_list(k, "at-desk head-citizen accountant",
	        "registration head-id accountant-id power trustee-passport carrier");
	kg_expect_list(
	        k, "at-desk head-foreigner", "registration head-passport head-pin power trustee-passport carrier");
	kg_expect_list(k, "at-desk head-foreigner foreign-language",
	        "registration head-passport head-translation head-pin power trustee-passport carrier");
	kg_expect_list(k, "at-desk head-citizen holder-changed",
	        "registration head-id dismissal appointment power trustee-passport carrier");
	assert_string_equal(kg_document(k, "carrier")->proven_by, "carrier");
	assert_string_equal(kg_document(k, "power")->paper, "original");
	assert_string_equal(kg_document(k, "head-translation")->paper, "notarised");
	static const char *const copies[] = {"registration", "head-id", "head-passport", "accountant-id", "dismissal",
	        "appointment", "trustee-passport"};
	for (size_t i = 0; i < sizeof(copies) / sizeof(*copies); i++)
		assert_string_equal(kg_document(k, copies[i])->paper, "copy");
}

static void DOS_1_titles_are_the_sources(void **state)
{
	(void)state;
	static const struct kg_phrase phrases[] = {
	        {"dostek.doc.registration", "Юридикалык жакты же жеке ишкерди (ИП, ЧП) Мамлекеттик каттоо"},
	        {"dostek.doc.registration", "күбөлүгүнүн көчүрмөсү"},
	        {"dostek.doc.head-id", "Жетекчинин паспортунун көчүрмөсү"},
	        {"dostek.doc.head-id", "ID-картанын көчүрмөсү"},
	        {"dostek.doc.head-passport", "чет мамлекетке баруу үчүн берилген паспорттун көчүрмөсү"},
	        {"dostek.doc.head-translation", "мамлекеттик же расмий тилдеги нотариалдык ырасталган котормосу"},
	        {"dostek.doc.head-translation", "чет тилде жазылган паспорттун көчүрмөсү"},
	        {"dostek.doc.head-pin", "Чет өлкөлүк жарандардын ПИНи (персоналдык идентификациялык номер)"},
	        {"dostek.doc.accountant-id", "Башкы бухгалтердин паспортунун (ID-карта) көчүрмөсү"},
	        {"dostek.doc.dismissal", "буйрук же чечимдин"},
	        {"dostek.doc.appointment", "буйрук же чечимдин"},
	        {"dostek.doc.power", "КЭК алуу үчүн М-2а формасындагы ишеним кат"},
	        {"dostek.doc.power", "компаниянын мөөрү"},
	        {"dostek.doc.trustee-passport",
	                "Колтамга алууга жоопкерчиликтүү ишенимдүү адамдын паспортунун көчүрмөсү"},
	        {"dostek.doc.carrier", "Жеке корголгон сактагычтын 2.0 чыгарылышы («RuToken ЭЦП 2.0») же андан жаңысы"},
	        {"dostek.doc.first-package", "биринчи катталууда тапшырылуучу документтер"},
	        {"dostek.doc.change-proof", "реквизиттердин алмашышын далилдеген документтер"},
	};
	KG_EXPECT_PHRASES(kg_page_renewal, phrases);
}

static void DOS_2_osh_and_jalal_abad(void **state)
{
	(void)state;
	const struct tg_kind *k = kg_kind(kg_dostek(), "renew");
	kg_expect_list(k, "at-desk branch-full head-citizen",
	        "registration head-id power trustee-passport carrier first-package seal");
	const struct tg_question *q = kg_question(k->questions, k->n_questions, "branch");
	assert_int_equal(q->n_options, 3);
	assert_null(q->options[0].sets);
	assert_string_equal(q->options[1].id, "osh");
	assert_string_equal(q->options[1].sets, "branch-full");
	assert_string_equal(q->options[2].id, "jalal-abad");
	assert_string_equal(q->options[2].sets, "branch-full");
}

static void DOS_3_cloud_at_the_office_and_by_order(void **state)
{
	(void)state;
	const struct tg_kind *k = kg_kind(kg_dostek(), "renew-cloud");
	assert_true(tg_service_is(kg_service(kg_dostek(), "renew-cloud"), "cloud"));
	assert_string_equal(k->ways, "office online");
	kg_expect_list(
	        k, "at-desk head-citizen accountant", "registration head-id accountant-id power trustee-passport");
	kg_expect_list(k, "online", "");
	assert_int_equal(tg_provider_term(kg_dostek(), "cloud-order")->days, 7);
	assert_true(kg_dostek()->notice_days > 7);
	assert_string_equal(kg_dostek()->order_service, "renew-cloud"); /* from the notice (sources #49) */
	assert_string_equal(kg_dostek()->order_way, "online");
	const struct tg_key_plan *keys[4];
	assert_int_equal(tg_form_keys(k->form, "cloud", "online product-head", keys, 4), 1);
	assert_string_equal(keys[0]->profile, "kg-dostek-head");
	assert_int_equal(tg_form_keys(k->form, "token", "online product-head", keys, 4), 0);
}

/* Each of the six changes goes to the office with a reason; there the papers that prove it are asked for. */
static void expect_changes(const char *from, const char *to)
{
	static const char *const ids[] = {"name", "tax-number", "place", "holder-name", "position", "passport"};
	const struct tg_kind *k = kg_kind(kg_dostek(), from);
	const struct tg_question *q = kg_question(k->questions, k->n_questions, "change");
	assert_int_equal(q->n_options, 7);
	assert_null(q->options[0].leads);
	for (unsigned i = 0; i < 6; i++) {
		assert_string_equal(q->options[i + 1].id, ids[i]);
		assert_string_equal(q->options[i + 1].leads, to);
		assert_non_null(q->options[i + 1].why);
	}
}

static void DOS_4_changes_lead_to_the_office(void **state)
{
	(void)state;
	expect_changes("renew-cloud", "renew-cloud"); /* by its other way: the question is asked of orders only */
	expect_changes("renew-online", "renew");
	expect_changes("replace", "renew");
	const struct tg_kind *cloud = kg_kind(kg_dostek(), "renew-cloud");
	assert_string_equal(kg_question(cloud->questions, cloud->n_questions, "change")->when, "online");
	kg_expect_list(kg_kind(kg_dostek(), "renew"), "at-desk head-citizen changed",
	        "registration head-id power trustee-passport carrier change-proof");
	kg_expect_list(
	        cloud, "at-desk head-citizen changed", "registration head-id power trustee-passport change-proof");
	static const struct kg_phrase phrases[] = {
	        {"dostek.q.change.place", "жайгашкан жери (шаар, айыл)"},
	        {"dostek.q.change.passport", "паспортунун сериясы"},
	};
	KG_EXPECT_PHRASES(kg_page_renewal, phrases);
}

/* The sum in som of what is advised, one head's certificate, as the source counts. */
static int advised(const char *set)
{
	int sum = 0;
	for (unsigned i = 0; i < kg_dostek()->n_advice; i++) {
		const struct tg_advice *a = &kg_dostek()->advice[i];
		if (!tg_when_holds(a->when, set))
			continue;
		const struct tg_price *p = tg_provider_price(kg_dostek(), a->product, DAY);
		assert_non_null(p);
		assert_int_equal(p->amount % 100, 0);
		sum += p->amount / 100;
	}
	return sum;
}

static const char *chosen_by(int companies)
{
	const struct tg_question *q = kg_question(kg_dostek()->adviser, kg_dostek()->n_adviser, "companies");
	assert_true(q->number);
	for (unsigned i = 0; i < q->n_options; i++)
		if (companies >= q->options[i].from && (q->options[i].to == 0 || companies <= q->options[i].to))
			return q->options[i].sets;
	return NULL;
}

static void DOS_5_six_sums(void **state)
{
	(void)state;
	static const struct {
		int companies, sum;
	} served[] = {{1, 2930}, {2, 2930}, {3, 3310}, {5, 3310}, {6, 3510}, {10, 3510}, {11, 3860}, {500, 3860}};
	assert_int_equal(advised("nil"), 1510);
	assert_int_equal(advised("no-accountant"), 2930);
	assert_int_equal(advised("with-accountant"), 2930);
	for (size_t i = 0; i < sizeof(served) / sizeof(*served); i++) {
		char set[64];
		snprintf(set, sizeof(set), "serving %s", chosen_by(served[i].companies));
		assert_int_equal(advised(set), served[i].sum);
	}
	assert_null(chosen_by(0));
}

/* Sources, line 52: n heads' certificates beside one complex one. */
static void DOS_5_heads_of_the_served_companies_are_counted(void **state)
{
	(void)state;
	unsigned each = 0;
	for (unsigned i = 0; i < kg_dostek()->n_advice; i++) {
		const struct tg_advice *a = &kg_dostek()->advice[i];
		bool complex = tg_provider_product(kg_dostek(), a->product)->complex;
		assert_false(a->each_company && complex);
		each += a->each_company && strcmp(a->product, "head") == 0 && tg_when_holds(a->when, "serving");
	}
	assert_int_equal(each, 1);
}

static void DOS_6_six_products(void **state)
{
	(void)state;
	static const struct {
		const char *id, *label, *holder;
		int som, least, most;
	} rows[] = {
	        {"head", "Жетекчилик КЭК", "компаниянын жетекчисине", 1510, 0, 0},
	        {"accountant", "Бухгалтердик КЭК", "компаниянын бухгалтерине", 1420, 0, 0},
	        {"acting", "Бухгалтердин милдетин аткаруучу жетекчилик КЭК",
	                "компанияда бухгалтер каралбаган учурларда, бухгалтердин милдетин аткаруучу жетекчиге", 1420, 0,
	                0},
	        {"complex-5", "Комплекстик КЭК (5 компанияга чейин)",
	                "компаниянын бухгалтердик тейлөөсүн аткаруучу бухгалтерге", 1800, 3, 5},
	        {"complex-10", "Комплекстик КЭК (6дан 10 компанияга чейин)",
	                "компаниянын бухгалтердик тейлөөсүн аткаруучу бухгалтерге", 2000, 3, 10},
	        {"complex-all", "Комплекстик, лимитсиз КЭК", "компаниянын бухгалтердик тейлөөсүн аткаруучу бухгалтерге",
	                2350, 3, 0},
	};
	assert_int_equal(kg_dostek()->n_products, 6);
	for (unsigned i = 0; i < 6; i++) {
		const struct tg_product *p = &kg_dostek()->products[i];
		assert_string_equal(p->id, rows[i].id);
		kg_expect_phrase(kg_page_questions, p->label, rows[i].label);
		kg_expect_phrase(kg_page_questions, p->holder, rows[i].holder);
		assert_int_equal(tg_provider_price(kg_dostek(), p->id, DAY)->amount, rows[i].som * 100);
		assert_int_equal(p->months, 12);
		assert_int_equal(p->companies_min, rows[i].least);
		assert_int_equal(p->companies_max, rows[i].most);
		assert_int_equal(p->complex, rows[i].least > 0);
	}
	assert_null(tg_provider_price(kg_dostek(), "head", "1999-01-01"));
	assert_null(tg_provider_price(kg_dostek(), "nothing", DAY));
	assert_string_equal(kg_dostek()->currency, "KGS");
}

/* Whatever product is chosen, one certificate is made, paid for, and under its own profile. */
static void DOS_6_each_product_has_its_charge_and_its_key(void **state)
{
	(void)state;
	static const struct {
		const char *set, *product, *profile;
	} rows[] = {{"product-head", "head", "kg-dostek-head"},
	        {"product-accountant", "accountant", "kg-dostek-accountant"},
	        {"product-acting", "acting", "kg-dostek-acting"},
	        {"product-complex-5 complex", "complex-5", "kg-dostek-complex"},
	        {"product-complex-10 complex", "complex-10", "kg-dostek-complex"},
	        {"product-complex-all complex", "complex-all", "kg-dostek-complex"}};
	static const char *const services[] = {"renew", "renew-cloud"}, *const carriers[] = {"token", "cloud"};
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			const struct tg_kind *k = kg_kind(kg_dostek(), services[s]);
			const struct tg_key_plan *keys[4];
			unsigned paid = 0;
			for (unsigned c = 0; c < k->n_charges; c++)
				if (tg_when_holds(k->charges[c].when, rows[i].set)) {
					assert_string_equal(k->charges[c].product, rows[i].product);
					paid++;
				}
			assert_int_equal(paid, 1);
			assert_int_equal(tg_form_keys(k->form, carriers[s], rows[i].set, keys, 4), 1);
			assert_string_equal(keys[0]->profile, rows[i].profile);
			assert_string_equal(keys[0]->algorithm, "rsa-2048");
		}
}

static const struct tg_payment *payment(const char *id)
{
	for (unsigned i = 0; i < kg_dostek()->n_payments; i++)
		if (strcmp(kg_dostek()->payments[i].id, id) == 0)
			return &kg_dostek()->payments[i];
	fail_msg("no payment %s", id);
	abort();
}

static void DOS_7_ways_to_pay(void **state)
{
	(void)state;
	static const char *const online[] = {"terminal", "wallet", "internet-bank"};
	assert_int_equal(kg_dostek()->n_payments, 6);
	assert_string_equal(payment("bank")->code, "42151410");
	assert_string_equal(payment("bank")->code2, "42122900");
	assert_true(payment("bank")->desk && payment("cash")->desk);
	assert_true(tg_when_holds(payment("cash")->when, "at-desk"));
	for (size_t i = 0; i < 3; i++) {
		assert_false(tg_when_holds(payment(online[i])->when, "at-desk"));
		assert_true(tg_when_holds(payment(online[i])->when, "online"));
		assert_false(payment(online[i])->desk);
	}
	assert_true(tg_when_holds(payment("balance")->when, "online"));
	assert_true(kg_stands_in(kg_page_questions, "42151410"));
	assert_true(kg_stands_in(kg_page_questions, "42122900"));
	kg_expect_phrase(kg_page_questions, kg_dostek()->payment_note, "иштелип чыгарыла элек болсо");
	kg_expect_phrase(kg_page_questions, kg_dostek()->payment_note, "төлөнгөн акча кайтарылбайт");
}

static void DOS_0_nothing_is_invented_for_a_first_registration(void **state)
{
	(void)state;
	const struct tg_service *s = kg_service(kg_dostek(), "first");
	assert_true(tg_service_has_opens(s, "about"));
	assert_int_equal(s->n_kinds, 0);
	assert_true(s->n_lines >= 4);
	kg_expect_phrase(kg_page_questions, s->lines[1].text, "компаниянын кеңсесинде катталуу");
	kg_expect_phrase(kg_page_questions, s->lines[2].text, "онлайн катталуу");
	bool numbers = false;
	for (unsigned i = 0; i < s->n_lines; i++)
		numbers = numbers || strstr(kg_ky(s->lines[i].text), "+996 558 960 360");
	assert_true(numbers);
}

static void DOS_11_thirteen_questions_and_the_notice(void **state)
{
	(void)state;
	static const char *const titles[] = {"КЭК деген эмне?", "КЭК эмнеге окшош?",
	        "КЭКти колдонуунун мыйзамченемдүүлүгү", "Күбөлөндүрүүчү борбор (КБ) деген эмне?",
	        "Кандай КЭК тандоо керек?", "Комплекстик КЭК жөнүндө", "КЭКти кантип алса болот?", "КЭК канча турат?",
	        "КЭК үчүн кантип төлөө керек?", "КЭК кимге катталат?", "КЭК канча убакытка берилет?",
	        "КЭКтин кулпулануусу", "КЭК үчүн акча кайтарылабы?"};
	assert_int_equal(kg_dostek()->n_help, 14);
	for (unsigned i = 0; i < 13; i++) {
		char text[1024];
		fixture_fold(kg_ky(kg_dostek()->help[i].title), text, sizeof(text));
		assert_true(kg_stands_in(text, titles[i]));
		if (i != 5) /* "КОМПЛЕКТИК" in the page */
			kg_expect_phrase(kg_page_questions, kg_dostek()->help[i].title, titles[i]);
		assert_true(kg_dostek()->help[i].n_text > 0);
		assert_true(strlen(kg_dostek()->help[i].source) > 0);
	}
	static const struct kg_phrase answers[] = {{"dostek.help.law.1", "Электр жана почта байланышы жөнүндө"},
	        {"dostek.help.law.1", "Жеке мүнөздөгү маалымат жөнүндө"},
	        {"dostek.help.law.1", "Электрондук башкаруу жөнүндө"},
	        {"dostek.help.law.1", "Электрондук кол тамга жөнүндөгү"},
	        {"dostek.help.law.2", "Мамлекеттик салык кызматы"},
	        {"dostek.help.law.2", "Улуттук статистика комитети"}, {"dostek.help.centre.1", "Инфоком"},
	        {"dostek.help.pay.1", "42151410, 42122900"}, {"dostek.help.lock.1", "7 жолу"},
	        {"dostek.help.lock.3", "5 туура эмес аракет"}, {"dostek.help.lock.3", "00.00дөн кийин"},
	        {"dostek.help.refund.1", "иштелип чыгарыла элек болсо"}};
	KG_EXPECT_PHRASES(kg_page_questions, answers);
	kg_expect_phrase(kg_page_guide, "dostek.help.responsibility.1", "жоопкерчиликтүү эмес");
}

/* The answers of the source name amounts: they are those of the price list, or would be told wrong. */
static void DOS_11_amounts_of_the_help_are_the_prices(void **state)
{
	(void)state;
	for (unsigned i = 0; i < kg_dostek()->n_products; i++) {
		char id[48], som[16];
		snprintf(id, sizeof(id), "dostek.help.price.%u", i + 2);
		snprintf(som, sizeof(som), "%d",
		        tg_provider_price(kg_dostek(), kg_dostek()->products[i].id, DAY)->amount / 100);
		assert_non_null(strstr(kg_ky(id), som));
	}
}

static void DOS_12_numbers_and_whom_to_ask_what(void **state)
{
	(void)state;
	static const char *const numbers[] = {
	        "+996 312 960 360", "+996 706 960 360", "+996 776 960 360", "+996 558 960 360"};
	for (size_t i = 0; i < 4; i++)
		kg_expect_phrase(kg_page_guide, kg_dostek()->contacts[0].text, numbers[i]);
	static const struct kg_phrase bodies[] = {
	        {"dostek.contact.support", "катталуу, кайра катталуу, системада иштөө жана отчет тапшыруунун"},
	        {"dostek.contact.tax", "Мамлекеттик салык кызматы"}, {"dostek.contact.fund", "Социалдык фонд"},
	        {"dostek.contact.statistics", "Улуттук статистика комитет"}};
	KG_EXPECT_PHRASES(kg_page_guide, bodies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(services_in_their_order),
	        cmocka_unit_test(DOS_0_nothing_is_invented_for_a_first_registration),
	        cmocka_unit_test(DOS_1_papers_by_condition),
	        cmocka_unit_test(DOS_1_titles_are_the_sources),
	        cmocka_unit_test(DOS_2_osh_and_jalal_abad),
	        cmocka_unit_test(DOS_3_cloud_at_the_office_and_by_order),
	        cmocka_unit_test(DOS_4_changes_lead_to_the_office),
	        cmocka_unit_test(DOS_5_six_sums),
	        cmocka_unit_test(DOS_5_heads_of_the_served_companies_are_counted),
	        cmocka_unit_test(DOS_6_six_products),
	        cmocka_unit_test(DOS_6_each_product_has_its_charge_and_its_key),
	        cmocka_unit_test(DOS_7_ways_to_pay),
	        cmocka_unit_test(DOS_11_thirteen_questions_and_the_notice),
	        cmocka_unit_test(DOS_11_amounts_of_the_help_are_the_prices),
	        cmocka_unit_test(DOS_12_numbers_and_whom_to_ask_what),
	};
	return cmocka_run_group_tests_name("dostek", tests, kg_set_up, kg_tear_down);
}
