/* Entering with a token and the cabinet: devices, company, PIN with two counts, first page, leaving (DOS-8, DOS-9,
 * DOS-10, DOS-12). */
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

/* ---- devices ---- */

static void dos9_the_kind_of_storage_is_asked_first(void **state)
{
	(void)state;
	begin();
	flow_keys(&f, "3 2 1");
	flow_at(&f, "devices");
	flow_see(&f, "Вход через токен");
	flow_see_not(&f, "DECC0401234");
	flow_keys(&f, "2");
	flow_see_id(&f, "storage.cloud-text");
	flow_see(&f, PHONE);
	flow_keys(&f, "Esc 1");
	flow_see(&f, "Выберите устройство");
	flow_see(&f, "DECC0401234");
	flow_see(&f, "Virtual PCD 00 01");
}

/* Sources #59: connection, then installing anew, then calling; and the four numbers of DOS-12. */
static void dos9_dos12_the_empty_list_is_explained_in_the_order_of_the_guide(void **state)
{
	(void)state;
	begin();
	f.facts.n_devices = 0;
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	flow_see_id(&f, "devices.empty");
	tg_flow_view(&f.config, &f.s, &f.view);
	unsigned help = 0;
	for (unsigned i = 0; i < f.view.n_items; i++) {
		const char *text = f.view.items[i].label, *one = strstr(text, "1. Проверьте");
		const char *two = strstr(text, "2. "), *three = strstr(text, "3. ");
		help += one && two > one && three > two && strstr(two, "переустановить") && strstr(three, "позвоните");
	}
	assert_int_equal(help, 1);
	static const char *const numbers[] = {PHONE, "+996\u00A0706\u00A0960\u00A0360",
	        "+996\u00A0776\u00A0960\u00A0360", "+996\u00A0558\u00A0960\u00A0360"};
	for (size_t i = 0; i < 4; i++)
		flow_see(&f, numbers[i]);
}

static void dos9_the_list_follows_the_readers(void **state)
{
	(void)state;
	begin();
	f.facts.n_devices = 0;
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	f.facts.n_devices = 1;
	flow_card(&f, true);
	flow_see(&f, "DECC0401234");
	f.facts.n_devices = 0;
	flow_forget_effects(&f);
	struct tg_event ev = flow_ev(&f, TG_EV_READER); /* another reader changed: ours looks the same */
	ev.reader = f.s.reader;
	flow_event(&f, &ev);
	assert_int_equal(f.count[TG_FX_DEVICES], 1);
	flow_see_id(&f, "devices.empty");
}

static void dos9_an_unusable_card_is_named_and_cannot_be_chosen(void **state)
{
	(void)state;
	begin();
	f.facts.devices[0].status = TG_CARD_FOREIGN;
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	flow_see(&f, "T-206");
	flow_keys(&f, "1");
	flow_at(&f, "devices");
	flow_see(&f, PHONE);
}

/* An answer about the devices that were there before comes after a newer question: it is not believed. */
static void dos9_a_late_list_is_not_believed(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	f.silent = true;
	flow_keys(&f, "End Enter");
	flow_card(&f, false);
	struct tg_event late = flow_ev(&f, TG_EV_DEVICES);
	struct tg_cabinet_facts old = f.facts, now = f.facts;
	now.n_devices = 0;
	late.cabinet = &old;
	flow_event(&f, &late);
	late.cabinet = &now;
	flow_event(&f, &late);
	flow_see_id(&f, "devices.empty");
}

/* ---- company ---- */

static void dos9_one_certificate_is_chosen_by_itself(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	flow_keys(&f, "1");
	flow_at(&f, "enter");
	assert_string_equal(f.s.wanted_reader, "Virtual PCD 00 01");
	flow_see(&f, "Ала-Тоо");
	flow_see(&f, "DECC0401234");
	flow_keys(&f, "Esc");
	flow_at(&f, "devices");
	assert_string_equal(f.s.wanted_reader, "");
}

static void dos9_expired_and_foreign_certificates_are_named_and_not_entered(void **state)
{
	(void)state;
	begin();
	flow_cabinet_many(&f);
	flow_cabinet_walk(&f, TG_STAGE_COMPANY);
	flow_see(&f, "Срок действия закончился 24.10.2025");
	flow_see_id(&f, "company.foreign");
	flow_keys(&f, "3");
	flow_at(&f, "company");
	flow_keys(&f, "4");
	flow_at(&f, "company");
	flow_keys(&f, "2");
	flow_at(&f, "enter");
	flow_see(&f, "Көк-Жангак");
	flow_see(&f, "сегодня – 2, всего – 3");
	flow_keys(&f, "Esc");
	flow_at(&f, "company");
}

static void dos9_a_token_without_a_certificate_of_the_provider_leads_back(void **state)
{
	(void)state;
	begin();
	f.facts.certificates[0].foreign = true;
	flow_cabinet_walk(&f, TG_STAGE_COMPANY);
	flow_see(&f, "T-319");
	flow_see(&f, PHONE);
	flow_keys(&f, "Enter");
	flow_at(&f, "devices");
}

static void dos9_the_token_leaves_while_the_company_is_chosen(void **state)
{
	(void)state;
	begin();
	flow_cabinet_many(&f);
	flow_cabinet_walk(&f, TG_STAGE_COMPANY);
	flow_card(&f, false);
	flow_at(&f, "devices");
	flow_see(&f, "T-205");
	flow_see(&f, PHONE);
	assert_false(flow_state_has(&f.s, "Көк-Жангак"));
}

/* K-8: chip work on this token that was broken off comes before anything else. */
static void k8_unfinished_work_on_the_token_is_found(void **state)
{
	(void)state;
	begin();
	f.unfinished = "K7M2-0004-9QX1";
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	flow_keys(&f, "1");
	flow_at(&f, "resume");
	flow_see(&f, "K7M2-0004-9QX1");
}

/* ---- entering ---- */

static void dos8_both_counts_stand_before_the_pin(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	tg_flow_view(&f.config, &f.s, &f.view);
	int counts = -1, tries = -1, box = -1;
	for (int i = 0; i < (int)f.view.n_items; i++) {
		if (strstr(f.view.items[i].label, "сегодня – 5, всего – 7"))
			counts = i;
		if (strstr(f.view.items[i].label, "Осталось попыток ввода PIN-кода: 3"))
			tries = i;
		if (f.view.items[i].kind == TG_ITEM_PIN)
			box = i;
	}
	assert_true(counts >= 0 && tries >= 0 && box > counts && box > tries);
}

static void dos8_a_centre_that_was_not_reached_is_named(void **state)
{
	(void)state;
	begin();
	f.facts.centre_reached = false;
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	flow_see(&f, "без связи с центром");
	flow_see(&f, "22.11.2025 14:25"); /* known up to a minute before 14:26 in Bishkek */
}

static void refused(enum tg_status lock, const char *code, const char *mend)
{
	begin();
	f.facts.certificates[0].lock = lock;
	f.facts.certificates[0].left_in_all = 2;
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	assert_int_equal(tg_flow_wants_secret(&f.s), TG_SECRET_NONE);
	flow_see(&f, code);
	flow_see(&f, mend);
	flow_see(&f, PHONE);
	flow_forget_effects(&f);
	pin();
	assert_int_equal(f.count[TG_FX_ENTER], 0);
	flow_at(&f, "devices");
}

static void dos8_a_locked_certificate_is_refused_before_the_pin(void **state)
{
	(void)state;
	refused(TG_LOCK_DAY, "T-322", "23.11.2025 00:00"); /* the next midnight in Bishkek */
	refused(TG_LOCK_ALL, "T-323", "доверенное лицо");
}

static void dos9_a_wrong_pin_is_told_with_fresh_counts(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	f.entered = TG_PIN_WRONG;
	f.token.tries_left = 2;
	f.facts.certificates[0].left_today = 4;
	f.facts.certificates[0].left_in_all = 6;
	flow_forget_effects(&f);
	pin();
	flow_at(&f, "enter");
	assert_int_equal(f.count[TG_FX_ENTER], 1);
	assert_true(f.count[TG_FX_CLEAR_PIN] > 0);
	flow_see(&f, "T-301");
	flow_see(&f, "сегодня – 4, всего – 6");
	flow_see(&f, "Осталось попыток ввода PIN-кода: 2");
	assert_false(f.s.cabinet.entered);
}

static void dos8_the_try_that_locks_ends_the_asking(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	f.entered = TG_PIN_WRONG;
	f.facts.certificates[0].lock = TG_LOCK_DAY;
	f.facts.certificates[0].left_today = 0;
	pin();
	flow_at(&f, "enter");
	flow_see(&f, "T-322");
	assert_int_equal(tg_flow_wants_secret(&f.s), TG_SECRET_NONE);
}

static void k5_no_try_is_burnt_by_a_short_pin(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	flow_forget_effects(&f);
	flow_pin(&f, 3);
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_ENTER], 0);
	flow_see(&f, "T-303");
}

static void k5_the_last_try_of_the_token_asks_first(void **state)
{
	(void)state;
	begin();
	f.token.tries_left = 1;
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	flow_forget_effects(&f);
	pin();
	assert_int_equal(f.s.overlay, TG_OVERLAY_LAST_TRY);
	assert_int_equal(f.count[TG_FX_ENTER], 0);
	flow_keys(&f, "2");
	assert_int_equal(f.count[TG_FX_ENTER], 1);
	flow_at(&f, "home");
}

static void k5_the_makers_pin_must_be_changed_first(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	flow_forget_effects(&f);
	struct tg_event ev = flow_ev(&f, TG_EV_PIN);
	ev.pin_characters = 8;
	ev.factory = true;
	flow_event(&f, &ev);
	flow_keys(&f, "Enter");
	flow_at(&f, "pin-change");
	assert_int_equal(f.count[TG_FX_ENTER], 0);
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 0);
	assert_int_equal(f.s.pin.then, TG_STAGE_ENTER);
}

static void dos9_a_lost_connection_is_told_with_the_numbers(void **state)
{
	(void)state;
	static const enum tg_status lost[] = {
	        TG_TOKEN_LOST, TG_CARD_PULLED, TG_CARD_NONE, TG_READER_GONE, TG_CARD_OTHER};
	for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
		begin();
		flow_cabinet_walk(&f, TG_STAGE_ENTER);
		f.entered = lost[i];
		pin();
		flow_at(&f, "devices");
		flow_see(&f, "Связь с устройством прервалась");
		flow_see(&f, PHONE);
		assert_false(f.s.cabinet.entered);
	}
}

static void dos9_pulled_while_the_pin_is_checked(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	f.silent = true;
	pin();
	assert_int_equal(tg_flow_wants_secret(&f.s), TG_SECRET_NONE);
	flow_card(&f, false);
	flow_at(&f, "devices");
	struct tg_event late = flow_ev(&f, TG_EV_ENTERED); /* the worker had been quicker than the person */
	late.cabinet = &f.facts;
	flow_event(&f, &late);
	flow_at(&f, "devices");
	assert_false(f.s.cabinet.entered);
}

static void a_locked_token_goes_to_failure(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	f.entered = TG_PIN_LOCKED;
	pin();
	flow_at(&f, "failure");
	flow_see(&f, "T-302");
	flow_see(&f, PHONE);
	begin();
	f.held = TG_PIN_LOCKED;
	flow_cabinet_walk(&f, TG_STAGE_DEVICES);
	flow_keys(&f, "1");
	flow_at(&f, "failure");
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
	flow_days_left(&f, 0, 30);
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_see(&f, "осталось дней: 30");
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

static void dos10_trying_the_signature(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_forget_effects(&f);
	flow_keys(&f, "4");
	flow_at(&f, "try");
	assert_int_equal(f.count[TG_FX_TRY], 1);
	flow_see_id(&f, "try.proven");
	flow_see_id(&f, "try.revocation-unknown");
	f.tried = TG_PROOF_FAILED;
	f.chain = TG_CERT_INVALID;
	flow_keys(&f, "Down Enter");
	flow_see(&f, "T-312");
	flow_see(&f, PHONE);
	flow_see(&f, "не подтвердилась");
	flow_keys(&f, "Home Enter");
	flow_at(&f, "home");
}

/* Own decision: the login is kept for trying; where it is gone the PIN is asked first. */
static void dos10_trying_after_the_login_ended_asks_for_the_pin(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	f.s.cabinet.logged_in = false;
	flow_keys(&f, "4");
	flow_at(&f, "enter");
	pin();
	flow_at(&f, "try");
}

static void dos10_changing_the_pin_ends_the_login(void **state)
{
	(void)state;
	begin();
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_forget_effects(&f);
	flow_keys(&f, "3");
	flow_at(&f, "pin-change");
	assert_int_equal(f.count[TG_FX_LOGOUT], 1);
	assert_int_equal(f.s.pin.then, TG_STAGE_HOME);
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
	flow_at(&f, "review");
	assert_int_equal(f.count[TG_FX_LOGOUT], 1); /* renewing asks for the PIN anew */
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

static void to_result(void)
{
	flow_cabinet_walk(&f, TG_STAGE_HOME);
	flow_keys(&f, "1 1 Enter Enter");
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
	assert_false(f.s.cabinet.logged_in);
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
		flow_keys(&f, "1 1 Enter");
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
	flow_keys(&f, "1 1 Enter");
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
	assert_true(f.count[TG_FX_LOGOUT] == 1 && f.count[TG_FX_WIPE] == 1 && f.count[TG_FX_CLEAR_PIN] == 1);
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
	static const char *const ways[] = {"", "1", "1 1", "2", "4", "F1", "F2"};
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
	        cmocka_unit_test(dos9_the_kind_of_storage_is_asked_first),
	        cmocka_unit_test(dos9_dos12_the_empty_list_is_explained_in_the_order_of_the_guide),
	        cmocka_unit_test(dos9_the_list_follows_the_readers),
	        cmocka_unit_test(dos9_an_unusable_card_is_named_and_cannot_be_chosen),
	        cmocka_unit_test(dos9_a_late_list_is_not_believed),
	        cmocka_unit_test(dos9_one_certificate_is_chosen_by_itself),
	        cmocka_unit_test(dos9_expired_and_foreign_certificates_are_named_and_not_entered),
	        cmocka_unit_test(dos9_a_token_without_a_certificate_of_the_provider_leads_back),
	        cmocka_unit_test(dos9_the_token_leaves_while_the_company_is_chosen),
	        cmocka_unit_test(k8_unfinished_work_on_the_token_is_found),
	        cmocka_unit_test(dos8_both_counts_stand_before_the_pin),
	        cmocka_unit_test(dos8_a_centre_that_was_not_reached_is_named),
	        cmocka_unit_test(dos8_a_locked_certificate_is_refused_before_the_pin),
	        cmocka_unit_test(dos9_a_wrong_pin_is_told_with_fresh_counts),
	        cmocka_unit_test(dos8_the_try_that_locks_ends_the_asking),
	        cmocka_unit_test(k5_no_try_is_burnt_by_a_short_pin),
	        cmocka_unit_test(k5_the_last_try_of_the_token_asks_first),
	        cmocka_unit_test(k5_the_makers_pin_must_be_changed_first),
	        cmocka_unit_test(dos9_a_lost_connection_is_told_with_the_numbers),
	        cmocka_unit_test(dos9_pulled_while_the_pin_is_checked),
	        cmocka_unit_test(a_locked_token_goes_to_failure),
	        cmocka_unit_test(dos9_the_first_page_has_the_news_in_the_persons_language),
	        cmocka_unit_test(dos10_near_the_end_renewal_is_offered),
	        cmocka_unit_test(dos10_certificates_with_their_days),
	        cmocka_unit_test(dos10_applications_with_their_three_times),
	        cmocka_unit_test(dos10_trying_the_signature),
	        cmocka_unit_test(dos10_trying_after_the_login_ended_asks_for_the_pin),
	        cmocka_unit_test(dos10_changing_the_pin_ends_the_login),
	        cmocka_unit_test(dos10_too_early_a_renewal_is_not_offered),
	        cmocka_unit_test(dos10_renewal_is_filled_from_the_certificate_and_locked),
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
