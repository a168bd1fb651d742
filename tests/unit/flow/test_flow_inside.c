/* The cabinet: first page, certificates, applications, trying, renewal, and every way out of it (DOS-9, DOS-10). */
#include "flow_cabinet.h"

#define PHONE "+996\u00A0312\u00A0960\u00A0360"

static struct flow f;

static void begin(void)
{
	flow_begin(&f, flow_shipped());
}

static void pin(void)
{
	flow_pin(&f, 8);
	flow_keys(&f, "Enter");
}

/* ---- the cabinet ---- */

static void dos9_the_first_page_has_the_news_in_the_persons_language(void **state)
{
	(void)state;
	begin();
	(void)tg_copy(f.facts.news[0].title[TG_LANG_KY], 160, "КЫРГЫЗЧА");
	(void)tg_copy(f.facts.news[0].title[TG_LANG_RU], 160, "ПО-РУССКИ");
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_see(&f, "ПО-РУССКИ");
	flow_see_not(&f, "КЫРГЫЗЧА");
	flow_see(&f, "Ала-Тоо");
	flow_see(&f, "Асанов Бакыт Эмилевич");
	flow_see(&f, "за данные в нём не отвечает");
	flow_keys(&f, "F2 2");
	flow_see(&f, "КЫРГЫЗЧА");
}

static void dos10_near_the_end_renewal_is_offered(void **state)
{
	(void)state;
	begin();
	flow_days_left(&f, 0, 31);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_false(flow_view_has(&f.view, "осталось дней"));
	begin();
	flow_days_left(&f, 0, 29);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_see(&f, "осталось дней: 29");
	flow_keys(&f, "1");
	flow_at(&f, "certificate");
}

static void dos10_certificates_with_their_days(void **state)
{
	(void)state;
	begin();
	flow_cabinet_many(&f);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1");
	flow_at(&f, "certificates");
	flow_see(&f, "осталось дней: 200");
	flow_see(&f, "осталось дней: 20");
	flow_see(&f, "закончился 24.10.2025");
	flow_keys(&f, "3");
	flow_at(&f, "certificate");
	flow_see_id(&f, "certificate.renew-office");
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_int_equal(f.view.items[f.view.focus].id, 1000); /* only "back" */
	flow_keys(&f, "Esc Esc");
	flow_at(&f, "home");
}

static void dos10_applications_with_their_three_times(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "2");
	flow_at(&f, "applications");
	flow_see(&f, "K7M2-0004-9QX1");
	flow_see_id(&f, "work.not-sent");
	flow_see(&f, "17.12.2024 14:28");
	flow_keys(&f, "Enter");
	flow_at(&f, "home");
}

/* Own decision (0146): nobody stays logged in, so the PIN is asked for; a try like any other. */
static void dos10_trying_the_signature(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_forget_effects(&f);
	flow_keys(&f, "4");
	flow_at(&f, "enter");
	flow_see_id(&f, "title.enter-try");
	f.entered = TG_PIN_WRONG;
	pin();
	flow_at(&f, "enter");
	f.entered = TG_OK;
	pin();
	flow_at(&f, "try");
	assert_int_equal(f.count[TG_FX_ENTER], 2);
	flow_see_id(&f, "try.proven");
	flow_see_id(&f, "try.revocation-unknown");
	f.entered = TG_PROOF_FAILED;
	f.chain = TG_CERT_INVALID;
	flow_keys(&f, "Down Enter");
	pin();
	flow_at(&f, "try");
	flow_see(&f, "T-312");
	flow_see(&f, PHONE);
	flow_see(&f, "не подтвердилась");
	flow_keys(&f, "Home Enter");
	flow_at(&f, "home");
	flow_keys(&f, "4 Esc");
	flow_at(&f, "home");
	assert_false(f.s.cabinet.trying);
}

static void dos10_changing_the_pin_leads_back(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "3");
	flow_at(&f, "pin-change");
	assert_int_equal(f.s.pin.then, TG_STAGE_HOME);
}

/* ---- the notice of a near end ---- */

/* The place of a text among the items of the view. */
static unsigned place(const char *text)
{
	for (unsigned i = 0; i < f.view.n_items; i++)
		if (f.view.items[i].label && strstr(f.view.items[i].label, text))
			return i;
	fail_msg("nowhere: %s", text);
	return 0;
}

/* Sources #49: the notice stands first, names the certificate and its days, and offers the renewal. */
static void dos3_dos10_the_notice_stands_first_and_names_the_certificate(void **state)
{
	(void)state;
	begin();
	flow_days_left(&f, 0, 12);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	tg_flow_view(&f.config, &f.s, &f.view);
	unsigned at = place("Асанов Бакыт Эмилевич, директор: сертификат действует до 05.12.2025, осталось дней: 12");
	assert_int_equal(f.view.items[at].kind, TG_ITEM_NOTICE);
	assert_true(at < place("Добро пожаловать") && at < place("Мои сертификаты"));
	flow_keys(&f, "1");
	flow_at(&f, "certificate");
	flow_see_id(&f, "certificate.renew");
}

static void dos3_the_notice_comes_as_many_days_before_as_the_provider_says(void **state)
{
	(void)state;
	static const int64_t day = 86400000;
	for (int late = 0; late <= 1; late++) {
		begin();
		f.facts.certificates[0].until_ms = f.wall + 30 * day + (late ? 1 : -60000);
		flow_cabinet_walk(&f, TG_STAGE_HOME);
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_true(flow_view_has(&f.view, "осталось дней") == !late);
	}
}

/* The entered one lasts; another one of the company does not. That of another company is not told here. */
static void dos3_dos10_another_certificate_of_the_company_is_told_of(void **state)
{
	(void)state;
	begin();
	flow_cabinet_many(&f); /* [1]: 20 days, of another company */
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_false(flow_view_has(&f.view, "осталось дней"));
	begin();
	flow_cabinet_many(&f);
	(void)tg_copy(f.facts.certificates[1].organisation_number, 32, f.facts.certificates[0].organisation_number);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_see(&f, "главный бухгалтер: сертификат действует");
	flow_keys(&f, "1");
	flow_at(&f, "certificate");
	flow_see(&f, "Көк-Жангак");
}

static void dos3_where_the_next_one_is_there_nothing_is_told(void **state)
{
	(void)state;
	begin();
	flow_days_left(&f, 0, 12);
	f.facts.certificates[1] = f.facts.certificates[0];
	(void)tg_copy(f.facts.certificates[1].sha256, 65, "next");
	f.facts.n_certificates = 2;
	flow_days_left(&f, 1, 365);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_false(flow_view_has(&f.view, "осталось дней"));
}

/* In E-Cloud: days, the seven of the making, the order with what the old certificate says. */
static void dos3_the_order_is_begun_from_the_notice(void **state)
{
	(void)state;
	begin();
	flow_cabinet_in_cloud(&f, "77aa01", "бухгалтер", 20, TG_OK);
	flow_cabinet_in_cloud(&f, "77aa02", "директор", 300, TG_ORDER_OFFICE);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	assert_int_equal(f.count[TG_FX_CLOUD], 1);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_true(place("бухгалтер: подпись в E-Cloud действует до") < place("Добро пожаловать"));
	flow_see(&f, "до 7 календарных дней");
	flow_keys(&f, "1");
	flow_at(&f, "certificate");
	flow_see(&f, "77aa01");
	flow_see(&f, "до 7 календарных дней");
	flow_keys(&f, "Enter");
	flow_at(&f, "questions");
	assert_string_equal(f.s.service->id, "renew-cloud");
	assert_string_equal(f.s.way->id, "online");
	assert_string_equal(f.s.cabinet.old, ""); /* no key of the token signs it */
	struct tg_buf json = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "K7M2-0004-9QX1", &json), TG_OK);
	static const char *const has[] = {"\"operation\":\"cloud\"", "77aa01", "01234567890123", "ОсОО «Ала-Тоо»"};
	for (size_t i = 0; i < sizeof has / sizeof has[0]; i++)
		if (!strstr(tg_buf_str(&json), has[i]))
			fail_msg("%s not in %s", has[i], tg_buf_str(&json));
	tg_buf_finish(&json);
	flow_keys(&f, "Esc");
	flow_at(&f, "certificate");
	assert_false(f.s.cabinet.ordering);
	assert_null(f.s.way);
}

static void dos3_dos10_what_cannot_be_ordered_yet_is_listed_with_its_day(void **state)
{
	(void)state;
	begin();
	flow_cabinet_in_cloud(&f, "77aa02", "директор", 300, TG_ORDER_OFFICE);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_false(flow_view_has(&f.view, "E-Cloud"));
	flow_keys(&f, "1");
	flow_at(&f, "certificates");
	flow_see_id(&f, "certificates.cloud");
	flow_see(&f, "осталось дней: 300");
	flow_keys(&f, "2");
	flow_at(&f, "certificate");
	flow_see(&f, "Заказать следующий можно с");
	flow_keys(&f, "Enter");
	flow_at(&f, "certificates"); /* nothing but the way back */
}

/* The centre's word counts: its clock, and what was revoked there. */
static void dos3_what_the_centre_refuses_is_not_offered(void **state)
{
	(void)state;
	begin();
	flow_cabinet_in_cloud(&f, "77aa01", "бухгалтер", 20, TG_ORDER_OFFICE);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_see(&f, "обновите её в офисе");
	flow_keys(&f, "1 2");
	flow_at(&f, "certificate");
	flow_see_id(&f, "certificate.order-office");
}

static void dos3_an_unreachable_centre_is_said_and_stops_nobody(void **state)
{
	(void)state;
	static const enum tg_status down[] = {TG_AGENT_DOWN, TG_NOT_FOUND};
	for (size_t i = 0; i < 2; i++) {
		begin();
		f.cloud = down[i];
		flow_cabinet_walk(&f, TG_STAGE_HOME);
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_true(flow_view_has(&f.view, "центр не отвечает") == (i == 0)); /* none known: nothing to say */
		flow_keys(&f, "1");
		flow_at(&f, "certificates");
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_true(flow_view_has(&f.view, "центр не отвечает") == (i == 0));
	}
}

/* It may come late: whoever stands on an entry stays on it. */
static void dos3_a_late_answer_moves_nobody(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "Down"); /* my applications */
	struct tg_event late = flow_ev(&f, TG_EV_CLOUD);
	flow_cabinet_in_cloud(&f, "77aa01", "бухгалтер", 20, TG_OK);
	late.cabinet = &f.facts;
	f.s.asked.cloud = 1;
	flow_event(&f, &late);
	flow_keys(&f, "Enter");
	flow_at(&f, "applications");
}

/* ---- renewal ---- */

/* The CA takes a renewal in the last 60 days only: earlier it is not offered, and it is said from when (K-16). */
static void dos10_too_early_a_renewal_is_not_offered(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1");
	flow_at(&f, "certificate");
	flow_see(&f, "Обновить его можно с 12.04.2026"); /* 11.06.2026 02:26 less 60 days */
	flow_keys(&f, "Enter");
	flow_at(&f, "certificates");
}

static void begin_near_the_end(void)
{
	begin();
	flow_days_left(&f, 0, 45);
}

static void dos10_renewal_is_filled_from_the_certificate_and_locked(void **state)
{
	(void)state;
	begin_near_the_end();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1");
	flow_at(&f, "certificate");
	flow_forget_effects(&f);
	flow_keys(&f, "Enter");
	flow_at(&f, "questions");
	flow_keys(&f, "1");
	flow_at(&f, "review");
	flow_see(&f, "ОсОО «Ала-Тоо»");
	flow_see(&f, "20101199012345");
	flow_see_id(&f, "form.by-certificate");
	assert_string_equal(f.s.cabinet.old, f.facts.certificates[0].sha256);
	struct tg_buf json = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "K7M2-0004-9QX1", &json), TG_OK);
	assert_non_null(strstr(tg_buf_str(&json), "\"operation\":\"renew\""));
	assert_non_null(strstr(tg_buf_str(&json), "\"by\":\"certificate\""));
	tg_buf_finish(&json);
	flow_keys(&f, "Esc");
	flow_at(&f, "certificate");
	assert_string_equal(f.s.cabinet.old, "");
}

/* DOS-4: whoever has changed goes to the office; nothing of the certificate is renewed on the way there. */
static void dos4_whoever_has_changed_is_led_to_the_office(void **state)
{
	(void)state;
	begin_near_the_end();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1 Enter 6"); /* another position */
	flow_at(&f, "questions");
	assert_int_equal(f.s.overlay, TG_OVERLAY_LEADS);
	flow_see_id(&f, "dostek.why.changed");
	flow_keys(&f, "2");
	flow_at(&f, "questions"); /* of the other service: it has one kind and one way */
	assert_string_equal(f.s.service->id, "renew");
	assert_string_equal(f.s.cabinet.old, "");
}

/* DOS-4: an answer that differs, however it came there, is named with the way to the office; nothing is recorded. */
static void dos4_an_answer_that_differs_is_refused(void **state)
{
	(void)state;
	begin_near_the_end();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1 Enter 1");
	flow_at(&f, "review");
	for (unsigned i = 0; i < f.s.kind->form->n_fields; i++)
		if (f.s.kind->form->fields[i].certificate &&
		        !strcmp(f.s.kind->form->fields[i].certificate, "organisation"))
			(void)tg_copy(f.s.answers[i].value, sizeof f.s.answers[i].value, "ОсОО «Ала-Тоо Плюс»");
	flow_forget_effects(&f);
	flow_keys(&f, "Enter");
	flow_at(&f, "failure");
	assert_int_equal(f.s.failure, TG_CHANGED);
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	flow_see(&f, "T-430");
	flow_see(&f, "ОсОО «Ала-Тоо»");
	flow_keys(&f, "Enter");
	assert_string_equal(f.s.service->id, "renew");
}

/* DOS-4 is about what a certificate says: other letters or spaces are no change. */
static void dos4_small_letters_are_no_change(void **state)
{
	(void)state;
	begin_near_the_end();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1 Enter 1");
	for (unsigned i = 0; i < f.s.kind->form->n_fields; i++)
		if (f.s.kind->form->fields[i].certificate &&
		        !strcmp(f.s.kind->form->fields[i].certificate, "organisation"))
			(void)tg_copy(f.s.answers[i].value, sizeof f.s.answers[i].value, "осоо  «ала-тоо» ");
	flow_keys(&f, "Enter");
	flow_at(&f, "consent");
}

static void to_result(void)
{
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1 Enter 1 Enter"); /* nothing has changed */
	flow_at(&f, "consent");
	flow_walk(&f, TG_STAGE_RESULT);
}

static void dos10_a_renewal_leads_back_into_the_cabinet(void **state)
{
	(void)state;
	begin_near_the_end();
	to_result();
	flow_forget_effects(&f);
	flow_keys(&f, "Enter");
	flow_at(&f, "home");
	assert_int_equal(f.count[TG_FX_CERTIFICATES], 1); /* there is a new one now */
	assert_string_equal(f.s.number, "");
	assert_string_equal(f.s.service->id, "cabinet");
	assert_null(f.s.kind);
}

static void dos10_pulled_at_the_result_the_session_ends(void **state)
{
	(void)state;
	begin_near_the_end();
	to_result();
	flow_card(&f, false);
	flow_at(&f, "result");
	flow_keys(&f, "Enter");
	flow_at(&f, "leave");
}

static void dos9_pulled_during_a_renewal_that_is_not_recorded(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_REVIEW, TG_STAGE_CONSENT, TG_STAGE_PIN};
	for (size_t i = 0; i < 3; i++) {
		begin_near_the_end();
		flow_cabinet_walk(&f, TG_STAGE_HOME);
		flow_keys(&f, "1 1 Enter 1");
		flow_walk(&f, stages[i]);
		flow_card(&f, false);
		flow_at(&f, "leave");
		assert_false(flow_state_has(&f.s, "Ала-Тоо"));
	}
}

/* K-8: what was recorded is finished, not forgotten. */
static void k8_pulled_while_the_chip_works(void **state)
{
	(void)state;
	begin_near_the_end();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1 Enter 1");
	flow_walk(&f, TG_STAGE_WORKING);
	flow_card(&f, false);
	flow_chip_ended(&f, TG_CARD_PULLED);
	flow_at(&f, "resume");
	assert_string_equal(f.s.number, "K7M2-0004-9QX1");
}

/* ---- leaving ---- */

static void nothing_is_left(void)
{
	static const char *const traces[] = {
	        "Ала-Тоо", "Асанов", "20101199012345", "K7M2", "DECC0401234", "5a01c0ffee", "профилакт", "Профилакт"};
	for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++)
		if (flow_state_has(&f.s, traces[i]))
			fail_msg("%s is still in the state", traces[i]);
}

static void dos9_leaving_reminds_with_the_guides_reasons(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_forget_effects(&f);
	flow_keys(&f, "5");
	flow_at(&f, "leave");
	assert_true(f.count[TG_FX_WIPE] == 1 && f.count[TG_FX_CLEAR_PIN] == 1);
	nothing_is_left();
	flow_see_id(&f, "leave.take-token");
	flow_see(&f, "никто не отправит отчёт от Вашего имени");
	flow_see(&f, "не появятся ошибки");
	flow_see(&f, "неполадок с устройством");
	flow_card(&f, false);
	flow_at(&f, "idle");
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "Esc Enter");
	flow_at(&f, "idle");
}

static void dos9_pulling_the_token_ends_the_session_at_any_place(void **state)
{
	(void)state;
	static const char *const ways[] = {"", "1", "1 1", "2", "3", "4", "F1", "F2"};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		begin();
		flow_cabinet_walk(&f, TG_STAGE_HOME);
		flow_keys(&f, ways[i]);
		flow_card(&f, false);
		flow_at(&f, "leave");
		assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
		flow_see_id(&f, "leave.pulled");
		nothing_is_left();
		flow_card(&f, true); /* putting it back opens nothing */
		flow_at(&f, "leave");
		flow_keys(&f, "Enter");
		flow_at(&f, "idle");
	}
}

static void k11_time_out_in_the_cabinet_reminds_and_wipes(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_tick(&f, 100000);
	assert_int_equal(f.s.overlay, TG_OVERLAY_IDLE);
	flow_tick(&f, 40000);
	flow_at(&f, "leave");
	flow_see_id(&f, "leave.idle");
	flow_see_id(&f, "leave.take-token");
	nothing_is_left();
	flow_tick(&f, 70000);
	flow_tick(&f, 40000);
	flow_at(&f, "idle");
}

/* P-3: while the machine works the count-down stands still. */
static void p3_no_time_out_while_the_pin_is_checked(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	f.silent = true;
	pin();
	for (int i = 0; i < 20; i++)
		flow_tick(&f, 20000);
	flow_at(&f, "enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
}

static void k1_every_way_out_of_the_cabinet_leaves_nothing(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_DEVICES, TG_STAGE_COMPANY, TG_STAGE_ENTER, TG_STAGE_HOME};
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		begin();
		flow_cabinet_many(&f);
		flow_cabinet_walk(&f, stages[i]);
		flow_keys(&f, "F10 2");
		flow_at(&f, "idle");
		nothing_is_left();
		assert_string_equal(f.s.wanted_reader, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dos9_the_first_page_has_the_news_in_the_persons_language),
	        cmocka_unit_test(dos10_near_the_end_renewal_is_offered),
	        cmocka_unit_test(dos10_certificates_with_their_days),
	        cmocka_unit_test(dos10_applications_with_their_three_times),
	        cmocka_unit_test(dos10_trying_the_signature),
	        cmocka_unit_test(dos10_changing_the_pin_leads_back),
	        cmocka_unit_test(dos3_dos10_the_notice_stands_first_and_names_the_certificate),
	        cmocka_unit_test(dos3_the_notice_comes_as_many_days_before_as_the_provider_says),
	        cmocka_unit_test(dos3_dos10_another_certificate_of_the_company_is_told_of),
	        cmocka_unit_test(dos3_where_the_next_one_is_there_nothing_is_told),
	        cmocka_unit_test(dos3_the_order_is_begun_from_the_notice),
	        cmocka_unit_test(dos3_dos10_what_cannot_be_ordered_yet_is_listed_with_its_day),
	        cmocka_unit_test(dos3_what_the_centre_refuses_is_not_offered),
	        cmocka_unit_test(dos3_an_unreachable_centre_is_said_and_stops_nobody),
	        cmocka_unit_test(dos3_a_late_answer_moves_nobody),
	        cmocka_unit_test(dos10_too_early_a_renewal_is_not_offered),
	        cmocka_unit_test(dos10_renewal_is_filled_from_the_certificate_and_locked),
	        cmocka_unit_test(dos4_whoever_has_changed_is_led_to_the_office),
	        cmocka_unit_test(dos4_an_answer_that_differs_is_refused),
	        cmocka_unit_test(dos4_small_letters_are_no_change),
	        cmocka_unit_test(dos10_a_renewal_leads_back_into_the_cabinet),
	        cmocka_unit_test(dos10_pulled_at_the_result_the_session_ends),
	        cmocka_unit_test(dos9_pulled_during_a_renewal_that_is_not_recorded),
	        cmocka_unit_test(k8_pulled_while_the_chip_works),
	        cmocka_unit_test(dos9_leaving_reminds_with_the_guides_reasons),
	        cmocka_unit_test(dos9_pulling_the_token_ends_the_session_at_any_place),
	        cmocka_unit_test(k11_time_out_in_the_cabinet_reminds_and_wipes),
	        cmocka_unit_test(p3_no_time_out_while_the_pin_is_checked),
	        cmocka_unit_test(k1_every_way_out_of_the_cabinet_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
