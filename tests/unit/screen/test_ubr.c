/* UBR against its own page, and against values typed from it. Requirements UBR-1 … UBR-3. */
#include "kyrgyz_fixture.h"

#include "tamga/workdays.h"

static void UBR_1_the_list_of_the_source(void **state)
{
	(void)state;
	static const char first[] = "application tax registration fund appointment decision power head-passport "
	                            "accountant-passport";
	const struct tg_kind *k = kg_kind(kg_ubr(), "issue");
	kg_expect_list(k, "at-desk", first);
	kg_expect_list(kg_kind(kg_ubr(), "reissue"), "at-desk early reason-lost", first);
	kg_expect_list(k, "at-desk head-foreign accountant-foreign",
	        "application tax registration fund appointment decision power head-passport head-translation "
	        "accountant-passport accountant-translation");
	kg_expect_list(k, "at-desk managed",
	        "application tax registration fund appointment decision power head-passport accountant-passport "
	        "managed-decision managed-charter managed-tax managed-registration");
	for (unsigned i = 0; i < k->n_documents; i++) /* sources, line 63 */
		if (strcmp(k->documents[i].id, "managed-charter") != 0)
			assert_null(k->documents[i].paper);
	assert_string_equal(kg_document(k, "managed-charter")->paper, "copy");
}

static void UBR_1_titles_are_the_sources(void **state)
{
	(void)state;
	static const struct kg_phrase phrases[] = {
	        {"ubr.doc.application", "Электрондук кол тамга даярдоо боюнча арыз"},
	        {"ubr.doc.tax", "Салык органына катталганы"},
	        {"ubr.doc.registration", "күбөлүк (эки жагынан)"},
	        {"ubr.doc.fund", "Социалдык фонддо катталганы"},
	        {"ubr.doc.appointment", "чечим/протокол"},
	        {"ubr.doc.decision", "Компаниянын (кайра)катталганы"},
	        {"ubr.doc.power", "ЭСКТ алуу үчүн ишеним кат"},
	        {"ubr.doc.head-passport", "Жетекчинин паспорту"},
	        {"ubr.doc.head-translation", "мыйзамдаштырылган котормосу"},
	        {"ubr.doc.accountant-passport", "Бухгалтердин паспорту"},
	        {"ubr.doc.accountant-translation", "мыйзамдаштырылган котормосу"},
	        {"ubr.doc.managed-decision", "уюмдун катышуучуларынын/акционерлеринин жалпы жыйналышынын чечими"},
	        {"ubr.doc.managed-charter", "Уюмдун уставынын көчүрмөсү"},
	        {"ubr.doc.managed-tax", "Башкаруучу уюмдун салык органында катталганы"},
	        {"ubr.doc.managed-registration", "Башкаруучу уюмдун мамлекеттик каттоо"},
	        {"ubr.contact.more", "кошумча документтерди талап кылууга укуктуу"},
	        {"ubr.line.term", "даярдалган мезгилден тартып 1 жыл"},
	};
	KG_EXPECT_PHRASES(kg_page_ubr, phrases);
	/* what the page misprints is mended, and listed */
	assert_int_equal(kg_ubr()->n_errata, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(kg_stands_in(kg_page_ubr, kg_ubr()->errata[i].printed));
	assert_non_null(strstr(kg_ky("ubr.doc.tax"), kg_ubr()->errata[0].mended));
	assert_non_null(strstr(kg_ky("ubr.doc.appointment"), kg_ubr()->errata[1].mended));
	assert_non_null(strstr(kg_ky("ubr.q.reason.lost"), kg_ubr()->errata[2].mended));
}

static void UBR_1_within_one_working_day(void **state)
{
	(void)state;
	const struct tg_term *t = tg_provider_term(kg_ubr(), "result");
	assert_int_equal(t->working_days, 1);
	const struct tg_workdays *w = tg_calendar_workdays(kg_ubr(), tg_provider_calendar(kg_ubr(), t->calendar));
	/* Labour Code of 2025: 1 to 9 May are off, 7 November is worked where it is no Saturday, nothing is moved. */
	assert_false(tg_workdays_is_working(w, 2026, 5, 6));
	assert_true(tg_workdays_is_working(w, 2026, 5, 11));
	assert_true(tg_workdays_is_working(w, 2026, 3, 9));
	assert_false(tg_workdays_is_working(w, 2026, 3, 20));
	assert_false(tg_workdays_is_working(w, 2026, 8, 31));
	assert_true(tg_workdays_is_working(w, 2026, 2, 23));
	assert_true(tg_workdays_is_working(w, 2028, 11, 7));
	assert_false(tg_workdays_is_working(w, 2028, 5, 2));
	assert_int_equal(tg_workdays_between(w, "2026-12-31", "2027-01-11"), 2);
}

static void UBR_2_seven_reasons_of_which_one_needs_no_revocation(void **state)
{
	(void)state;
	const struct tg_kind *k = kg_kind(kg_ubr(), "reissue");
	const struct tg_question *q = kg_question(k->questions, k->n_questions, "reason");
	assert_int_equal(q->n_options, 7);
	assert_string_equal(q->options[0].id, "expired");
	assert_false(tg_when_holds(k->revokes, q->options[0].sets));
	assert_false(tg_when_holds(tg_form_field(k->form, "old-serial")->when, q->options[0].sets));
	for (unsigned i = 1; i < 7; i++) {
		assert_true(tg_when_holds(k->revokes, q->options[i].sets));
		assert_true(tg_when_holds(tg_form_field(k->form, "old-serial")->when, q->options[i].sets));
	}
	assert_null(kg_kind(kg_ubr(), "issue")->revokes);
	static const struct kg_phrase phrases[] = {{"ubr.q.reason.broken", "жарактан чык"},
	        {"ubr.q.reason.formatted", "форматтал"}, {"ubr.q.reason.lost", "Сертификацияланган"},
	        {"ubr.q.reason.compromised", "Электрондук кол тамга компрометациялан"}};
	KG_EXPECT_PHRASES(kg_page_ubr, phrases);
}

static void UBR_3_order_and_agreement(void **state)
{
	(void)state;
	const struct tg_kind *k = kg_kind(kg_ubr(), "order");
	assert_true(tg_kind_is(kg_service(kg_ubr(), "order"), k, "order"));
	assert_true(tg_form_field(k->form, "phone")->required);
	assert_string_equal(k->printed, "ubr-u2");
	const struct tg_form *agreement = tg_catalog_form(kg_catalog, "ubr-u2");
	assert_non_null(agreement);
	for (unsigned i = 0; i < agreement->n_fields; i++) /* all of it comes from the order */
		assert_non_null(tg_form_field(k->form, agreement->fields[i].id));
	kg_expect_phrase(kg_page_ubr, kg_ubr()->contacts[0].text, "(0312) 98 68 66");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(UBR_1_the_list_of_the_source),
	        cmocka_unit_test(UBR_1_titles_are_the_sources),
	        cmocka_unit_test(UBR_1_within_one_working_day),
	        cmocka_unit_test(UBR_2_seven_reasons_of_which_one_needs_no_revocation),
	        cmocka_unit_test(UBR_3_order_and_agreement),
	};
	return cmocka_run_group_tests_name("ubr", tests, kg_set_up, kg_tear_down);
}
