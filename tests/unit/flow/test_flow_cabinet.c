/* Entering with a token: devices, company, PIN with two counts, and what goes wrong on the way (DOS-8, DOS-9, DOS-12).
 */
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
	flow_keys(&f, "3 2");
	flow_cabinet_service(&f);
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
	flow_see(&f, "сегодня\u00A0–\u00A02, всего\u00A0–\u00A03");
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

/* C-5: the list names it, and when nothing else is there the screen says why, with the code: not that there is none. */
static void c5_a_revoked_certificate_is_named_and_not_entered(void **state)
{
	(void)state;
	begin();
	flow_cabinet_many(&f);
	f.facts.certificates[0].status = f.facts.certificates[1].status = TG_CERT_REVOKED;
	f.facts.n_certificates = 2;
	flow_cabinet_walk(&f, TG_STAGE_COMPANY);
	flow_see(&f, "T-321");
	flow_see_id(&f, "mend.cert-revoked");
	flow_keys(&f, "1");
	flow_at(&f, "devices");
	f.facts.certificates[2].status = TG_CERT_EXPIRED;
	f.facts.n_certificates = 3;
	flow_keys(&f, "1");
	flow_at(&f, "company");
	flow_see(&f, "T-321"); /* said before what has ended, wherever each stands */
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
		if (strstr(f.view.items[i].label, "сегодня\u00A0–\u00A05, всего\u00A0–\u00A07"))
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
	flow_see(&f, "сегодня\u00A0–\u00A04, всего\u00A0–\u00A06");
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

static void whole(const char *text, void *ctx)
{
	(void)ctx;
	const char *open = strchr(text, '<');
	if (open && strchr(open, '>'))
		fail_msg("a sentence is missing: %s", text);
	assert_null(strchr(text, '{')); /* no place left unfilled */
}

static void whole_in_all_languages(void)
{
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		f.s.lang = (enum tg_lang)l;
		tg_flow_view(&f.config, &f.s, &f.view);
		flow_view_strings(&f.view, whole, NULL);
		assert_true(f.view.n_items > 0 && f.view.arena_used < TG_VIEW_ARENA * 9 / 10);
	}
}

/* K-12: whatever goes wrong has its sentences on every screen that may have to show it. */
static void k12_every_status_on_the_screens_of_the_way_in(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_DEVICES, TG_STAGE_COMPANY, TG_STAGE_ENTER,
	        TG_STAGE_CERTIFICATES, TG_STAGE_CERTIFICATE, TG_STAGE_TRY};
	begin();
	flow_cabinet_many(&f);
	flow_cabinet_walk(&f, TG_STAGE_COMPANY);
	enum tg_status status;
	for (size_t i = 0; tg_status_each(i, &status); i++)
		for (size_t k = 0; k < sizeof stages / sizeof stages[0]; k++) {
			f.s.stage = stages[k];
			f.s.notice = f.s.cabinet.tried = f.s.cabinet.chain = status;
			f.s.cabinet.facts.devices[0].status = f.s.cabinet.facts.certificates[1].status = status;
			f.s.cabinet.shown = 1;
			whole_in_all_languages();
		}
}

/* The fullest token, the longest names: nothing overflows. */
static void dos9_thirty_two_certificates_fit(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < TG_HELD_CERTIFICATES_MAX; i++) {
		struct tg_held_certificate *c = &f.facts.certificates[i];
		*c = f.facts.certificates[0];
		for (size_t k = 0; k + 2 < sizeof c->organisation; k += 2)
			memcpy(c->organisation + k, "Ө", 3), memcpy(c->holder + k, "Ң", 3);
	}
	f.facts.n_certificates = TG_HELD_CERTIFICATES_MAX;
	flow_cabinet_walk(&f, TG_STAGE_COMPANY);
	whole_in_all_languages();
	assert_true(f.view.n_items >= TG_HELD_CERTIFICATES_MAX);
	f.s.stage = TG_STAGE_CERTIFICATES;
	whole_in_all_languages();
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
	        cmocka_unit_test(c5_a_revoked_certificate_is_named_and_not_entered),
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
	        cmocka_unit_test(k12_every_status_on_the_screens_of_the_way_in),
	        cmocka_unit_test(dos9_thirty_two_certificates_fit),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
