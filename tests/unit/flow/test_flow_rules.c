/* Named rules of the NCA's forms: NCA-V, NCA-9.trs, NCA-9.dom, NCA-10, P-7; DOS-1, DOS-4. */
#include "flow_fixture.h"

#include "tamga/workdays.h"

struct rule_row {
	const char *rule, *arg, *value, *error, *mend;
};

static const char *no_other(const char *field_id, const void *ctx)
{
	(void)ctx;
	if (strcmp(field_id, "main") == 0)
		return "shop.kz";
	return strcmp(field_id, "more") == 0 ? "www.shop.kz" : NULL;
}

static const struct tg_rule *rule_named(const char *name)
{
	const struct tg_rule *r = tg_flow_rules;
	while (r->name && strcmp(r->name, name) != 0)
		r++;
	if (!r->name)
		fail_msg("no rule %s", name);
	return r;
}

static bool listed(const char *const *ids, const char *id)
{
	for (const char *const *m = ids; m && *m; m++)
		if (strcmp(*m, id) == 0)
			return true;
	return false;
}

static void check_with(const struct rule_row *row, const struct tg_rule_values *v)
{
	char mend[TG_VALUE_MAX] = "";
	const struct tg_rule *r = rule_named(row->rule);
	if (row->arg)
		assert_true(r->arg_ok && r->arg_ok(row->arg));
	const char *error = r->check(row->value, row->arg, v, mend);
	if (!row->error) {
		if (error)
			fail_msg("%s: %s was refused: %s", row->rule, row->value, error);
		return;
	}
	if (strcmp(error ? error : "taken", row->error) != 0)
		fail_msg("%s: %s: %s instead of %s", row->rule, row->value, error ? error : "taken", row->error);
	assert_true(listed(r->messages, row->error));
	if (strcmp(mend, row->mend ? row->mend : "") != 0)
		fail_msg("%s: %s is mended as '%s'", row->rule, row->value, mend);
}

static void check_all(const struct rule_row *rows, size_t n, const char *today)
{
	const struct tg_rule_values v = {.get = no_other, .today = today};
	for (size_t i = 0; i < n; i++)
		check_with(&rows[i], &v);
}
#define CHECK(rows, today) check_all(rows, sizeof(rows) / sizeof(rows)[0], today)

static void nca_v_numbers_of_organisations(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"bin", NULL, "140840021970", NULL, NULL}, /* of a real entity */
	        {"bin", NULL, "140840021971", "rule.bin.check-digit", NULL},
	        {"bin", NULL, "14084002197", "rule.bin.length", NULL},
	        {"bin", NULL, "14084OO2197O", "rule.bin.characters", "140840021970"},
	        {"bin", NULL, "1408 4002 1970", "rule.bin.characters", "140840021970"},
	        {"bin", NULL, "900101300017", "rule.bin.not-entity", NULL}, /* a person's */
	        {"organisation", NULL, "ТОО «Қазақстан-Агро & Co» №1", NULL, NULL},
	        {"organisation", NULL, "\"ҚазАвтоЖол\" АҚ", NULL, NULL},
	        {"organisation", NULL, "12345", "rule.organisation.letters", NULL},
	        {"organisation", NULL, "Рога\x1bКопыта", "rule.organisation.characters", NULL},
	        {"address", NULL, "Астана қ., Мәңгілік Ел д-лы, 8, п. 12/а", NULL, NULL},
	        {"address", NULL, "010000, 8", "rule.address.letters", NULL},
	        {"address", NULL, "Астана {8}", "rule.address.characters", NULL},
	};
	CHECK(rows, "2026-11-22");
}

static void nca_v_dates(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"date", NULL, "29.02.2024", NULL, NULL},
	        {"date", NULL, "29.02.2026", "rule.date.none", NULL},
	        {"date", NULL, "31.04.2026", "rule.date.none", NULL},
	        {"date", NULL, "01022026", "rule.date.none", "01.02.2026"},
	        {"date", NULL, "1.2.2026", "rule.date.none", "01.02.2026"},
	        {"date", NULL, "2026-02-01", "rule.date.none", "01.02.2026"},
	        {"date", NULL, "yesterday", "rule.date.none", NULL},
	        {"date", NULL, "1.2.", "rule.date.none", NULL},
	        {"date", NULL, "1..2.2026", "rule.date.none", NULL},
	        {"date", NULL, "99999999999", "rule.date.none", NULL},
	        {"date", NULL, "32.1.2026", "rule.date.none", NULL},
	        {"past-date", NULL, "22.11.2026", NULL, NULL},
	        {"past-date", NULL, "23.11.2026", "rule.past-date.future", NULL},
	        {"past-date", NULL, "1.2.2026", "rule.date.none", "01.02.2026"},
	};
	CHECK(rows, "2026-11-22");
}

/* The day of signing is not counted, the day of submission is: signed Monday 2 February 2026, Thursday 5 is accepted,
 * Friday 6 is not (sources line by line, 1). */
static void nca_9_trs_three_working_days(void **state)
{
	(void)state;
	static const struct rule_row taken = {"within_working_days", "3", "02.02.2026", NULL, NULL};
	static const struct rule_row late = {"within_working_days", "3", "02.02.2026", "rule.working-days.late", NULL};
	static const struct rule_row future = {"within_working_days", "3", "06.02.2026", "rule.past-date.future", NULL};
	check_all(&taken, 1, "2026-02-02");
	check_all(&taken, 1, "2026-02-05");
	check_all(&late, 1, "2026-02-06");
	check_all(&future, 1, "2026-02-05");
	/* Friday 30 January: Saturday and Sunday count for nothing. */
	static const struct rule_row friday = {"within_working_days", "3", "30.01.2026", NULL, NULL};
	static const struct rule_row friday_late = {
	        "within_working_days", "3", "30.01.2026", "rule.working-days.late", NULL};
	check_all(&friday, 1, "2026-02-04");
	check_all(&friday_late, 1, "2026-02-05");
	/* With a day off between, one day more. */
	static const struct tg_work_hours week[] = {{1, 540, 1110, 0, 0}, {2, 540, 1110, 0, 0}, {3, 540, 1110, 0, 0},
	        {4, 540, 1110, 0, 0}, {5, 540, 1110, 0, 0}};
	static const struct tg_work_day off[] = {{.date = "2026-02-03", .working = false}};
	struct tg_workdays *days = NULL;
	assert_int_equal(tg_workdays_create(&days, week, 5, off, 1, false, 300), TG_OK);
	const struct tg_rule_values friday6 = {.get = no_other, .today = "2026-02-06", .workdays = days};
	const struct tg_rule_values monday9 = {.get = no_other, .today = "2026-02-09", .workdays = days};
	check_with(&taken, &friday6);
	check_with(&late, &monday9);
	tg_workdays_destroy(days);
	const struct tg_rule *r = rule_named("within_working_days");
	static const char *const bad[] = {NULL, "", "0", "x", "3x", "-1", "1000"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(r->arg_ok(bad[i]));
}

/* Age is told by a birth date of the chip or of the papers, never by an IIN alone. */
static void nca_10_age(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"age_at_least", "16", "22.11.2010", NULL, NULL}, /* sixteen today */
	        {"age_at_least", "16", "23.11.2010", "rule.age.young", NULL},
	        {"age_at_least", "16", "23.11.2026", "rule.past-date.future", NULL},
	        {"age_at_least", "16", "120101500000", NULL, NULL}, /* an IIN that begins with a late birth date */
	};
	CHECK(rows, "2026-11-22");
	static const struct rule_row young = {"age_at_least", "16", "120101500000", "rule.age.young", NULL};
	static const struct rule_row old_enough = {"age_at_least", "16", "120101500000", NULL, NULL};
	const struct tg_rule_values v14 = {.get = no_other, .today = "2026-11-22", .chip_birth = "2012-01-01"};
	const struct tg_rule_values v16 = {.get = no_other, .today = "2026-11-22", .chip_birth = "2010-11-22"};
	check_with(&young, &v14);
	check_with(&old_enough, &v16);
}

static void nca_v_serial_numbers(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"serial-hex", NULL, "5a01c0ff", NULL, NULL},
	        {"serial-hex", NULL, "5A01C0FF", NULL, NULL},
	        {"serial-hex", NULL, "0123456789abcdef0123456789abcdef01234567", NULL, NULL},
	        {"serial-hex", NULL, "0123456789abcdef0123456789abcdef0123456789", "rule.serial.length", NULL},
	        {"serial-hex", NULL, "5a01c0", "rule.serial.length", NULL},
	        {"serial-hex", NULL, "5a01c0ffe", "rule.serial.odd", NULL},
	        {"serial-hex", NULL, "5a:01:c0:ff", "rule.serial.characters", "5a01c0ff"},
	        {"serial-hex", NULL, "5a 01 c0 ff", "rule.serial.characters", "5a01c0ff"},
	        {"serial-hex", NULL, "5aO1cOff", "rule.serial.characters", "5a01c0ff"},
	        {"serial-hex", NULL, "5a0lc0ff", "rule.serial.characters", "5a01c0ff"},
	        {"serial-hex", NULL, "5а01с0ff", "rule.serial.characters", "5a01c0ff"}, /* Cyrillic а, с */
	        {"serial-hex", NULL, "ВЕ01С0FF", "rule.serial.characters", "BE01C0FF"}, /* Cyrillic В, Е, С */
	        {"serial-hex", NULL, "5a01g0ff", "rule.serial.characters", NULL},
	        {"serial-hex", NULL, "5a01c0ff\n5a01g0ff", "rule.serial.characters", NULL},
	};
	CHECK(rows, "2026-11-22");
}

static void nca_9_dom_domain_names_by_shape(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"domain", "kz қаз", "shop.kz", NULL, NULL},
	        {"domain", "kz қаз", "WWW.Shop-1.KZ", NULL, NULL},
	        {"domain", "kz қаз", "дүкен.қаз", NULL, NULL},
	        {"domain", "kz қаз", "ДҮКЕН.ҚАЗ", NULL, NULL},
	        {"domain", "kz қаз", "xn--d1abbgf6aiiy.xn--80ao21a", NULL, NULL},
	        {"domain", "kz қаз", "shop.com", "rule.domain.zone", NULL},
	        {"domain", NULL, "shop.com", NULL, NULL},
	        {"domain", "kz қаз", "shop", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "-shop.kz", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "shop-.kz", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "sh op.kz", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "a..kz", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "shop_1.kz", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "https://shop.kz/index", "rule.domain.shape", "shop.kz"},
	        {"domain", "kz қаз", "shop.kz.", "rule.domain.shape", "shop.kz"},
	        {"domain", "kz қаз", "shоp.kz", "rule.domain.letters", "shop.kz"}, /* Cyrillic о */
	        {"domain", "kz қаз", "дүкен.kz", NULL, NULL},
	        {"domain", "kz қаз", "сору.kz", "rule.domain.letters", "copy.kz"}, /* all of it looks Latin */
	        {"domains", "kz қаз", "a1.kz\nb2.kz", NULL, NULL},
	        {"domains", "kz қаз", "a1.kz\nb2.org", "rule.domain.zone", NULL},
	};
	CHECK(rows, "2026-11-22");
}

static enum tg_status known_names(const char *name, const char *zones, char ascii[256], char shown[256])
{
	assert_string_equal(zones, "kz қаз");
	ascii[0] = shown[0] = '\0';
	if (strcmp(name, "shop.kz") == 0)
		return TG_OK;
	return strstr(name, ".com") ? TG_NOT_FOUND : TG_INVALID;
}

static enum tg_status judge_request(
        const char *text, const char *domain, const char *more_domains, struct tg_pkcs10_facts *out)
{
	(void)out;
	assert_string_equal(domain, "shop.kz");
	assert_string_equal(more_domains, "www.shop.kz");
	if (strcmp(text, "GOOD") == 0)
		return TG_OK;
	return strcmp(text, "WEAK") == 0 ? TG_KEY_WEAK : strcmp(text, "NAMES") == 0 ? TG_PKCS10_NAMES : TG_PKCS10;
}

/* Who knows IDNA and requests is asked where there is somebody. */
static void nca_9_dom_the_judges_are_asked(void **state)
{
	(void)state;
	const struct tg_rule_values v = {
	        .get = no_other, .today = "2026-11-22", .domain = known_names, .pkcs10 = judge_request};
	static const struct rule_row rows[] = {
	        {"domain", "kz қаз", "shop.kz", NULL, NULL},
	        {"domain", "kz қаз", "shop.com", "rule.domain.zone", NULL},
	        {"domain", "kz қаз", "other.kz", "rule.domain.shape", NULL},
	        {"domain", "kz қаз", "http://shop.kz", "rule.domain.shape", "shop.kz"},
	        {"domain", "kz қаз", "http://other.kz", "rule.domain.shape", NULL},
	        {"pkcs10", "main more", "GOOD", NULL, NULL},
	        {"pkcs10", "main more", "WEAK", "rule.pkcs10.weak", NULL},
	        {"pkcs10", "main more", "NAMES", "rule.pkcs10.names", NULL},
	        {"pkcs10", "main more", "junk", "rule.pkcs10.none", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_with(&rows[i], &v);
	static const struct rule_row unjudged[] = {
	        {"pkcs10", NULL, "short", "rule.pkcs10.none", NULL},
	        {"pkcs10", NULL,
	                "MIICijCCAXICAQAwRTELMAkGA1UEBhMCQVUxEzARBgNVBAgMClNvbWUtU3RhdGUx\n"
	                "ITAfBgNVBAoMGEludGVybmV0IFdpZGdpdHMgUHR5IEx0ZDCCASIwDQYJKoZIhvcN",
	                NULL, NULL},
	        {"pkcs10", NULL, "кириллица", "rule.pkcs10.none", NULL},
	};
	CHECK(unjudged, "2026-11-22");
}

/* The shape of the code is in no source: a strange one is said, not refused (sources line by line, 79). */
static void nca_9_trs_code_and_role(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"treasury-code", "KS##### ####", "KS01234", NULL, NULL},
	        {"treasury-code", "KS##### ####", "1234", NULL, NULL},
	        {"treasury-code", NULL, "AB12", NULL, NULL},
	        {"treasury-code", "KS##### ####", "AB12", "rule.treasury-code.unusual", NULL},
	        {"treasury-code", "KS##### ####", "ks01234", "rule.treasury-code.latin", "KS01234"},
	        {"treasury-code", "KS##### ####", "КS01234", "rule.treasury-code.latin", "KS01234"}, /* Cyrillic К */
	        {"treasury-code", "KS##### ####", "KS-01234", "rule.treasury-code.characters", NULL},
	        {"treasury-code", "KS##### ####", "Ж1", "rule.treasury-code.characters", NULL},
	        {"treasury-role", NULL, "ROLE01", NULL, NULL},
	        {"treasury-role", NULL, "role04", "rule.treasury-role.shape", "ROLE04"},
	        {"treasury-role", NULL, "4", "rule.treasury-role.shape", "ROLE04"},
	        {"treasury-role", NULL, "12", "rule.treasury-role.shape", "ROLE12"},
	        {"treasury-role", NULL, "RОLЕ01", "rule.treasury-role.shape", "ROLE01"}, /* Cyrillic О, Е */
	        {"treasury-role", NULL, "director", "rule.treasury-role.shape", NULL},
	};
	CHECK(rows, "2026-11-22");
	const struct tg_rule *code = rule_named("treasury-code");
	assert_true(listed(code->warnings, "rule.treasury-code.unusual"));
	assert_false(listed(code->warnings, "rule.treasury-code.characters"));
}

/* Numbers of Kyrgyzstan: shape only, for no check digit is published; a personal number that is not like a citizen's
 * (sex, day of birth) is asked about and stops nobody, for foreigners have one too (DOS-1). */
static void dos_1_personal_numbers(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"kg-pin", NULL, "21204197900147", NULL, NULL},
	        {"kg-pin", NULL, "10101200000001", NULL, NULL},
	        {"kg-pin", NULL, "2120419790014", "rule.kg-pin.length", NULL},
	        {"kg-pin", NULL, "212041979001470", "rule.kg-pin.length", NULL},
	        {"kg-pin", NULL, "212 0419 7900147", "rule.kg-pin.characters", "21204197900147"},
	        {"kg-pin", NULL, "2120419790014x", "rule.kg-pin.characters", NULL},
	        {"kg-pin", NULL, "31204197900147", "rule.kg-pin.odd", NULL},
	        {"kg-pin", NULL, "23204197900147", "rule.kg-pin.odd", NULL},
	        {"kg-pin", NULL, "21213197900147", "rule.kg-pin.odd", NULL},
	        {"kg-pin", NULL, "21204187900147", "rule.kg-pin.odd", NULL},
	};
	CHECK(rows, NULL);
	const struct tg_rule *r = rule_named("kg-pin");
	assert_true(listed(r->warnings, "rule.kg-pin.odd"));
	assert_false(listed(r->warnings, "rule.kg-pin.length"));
}

static void dos_4_numbers_of_organisations_and_passports(void **state)
{
	(void)state;
	static const struct rule_row rows[] = {
	        {"kg-inn", NULL, "01203201810274", NULL, NULL},
	        {"kg-inn", NULL, "99999999999999", NULL, NULL},
	        {"kg-inn", NULL, "0120320181027", "rule.kg-inn.length", NULL},
	        {"kg-inn", NULL, "0120320181O274", "rule.kg-inn.characters", "01203201810274"},
	        {"kg-okpo", NULL, "30110456", NULL, NULL},
	        {"kg-okpo", NULL, "3011045", "rule.kg-okpo.length", NULL},
	        {"kg-okpo", NULL, "3011-0456", "rule.kg-okpo.characters", "30110456"},
	        {"document-number", NULL, "ID2874620", NULL, NULL},
	        {"document-number", NULL, "AN 1234567", NULL, NULL},
	        {"document-number", NULL, "ID", "rule.document-number.digits", NULL},
	        {"document-number", NULL, "№1234567", "rule.document-number.characters", NULL},
	        {"document-number", NULL, "АН1234567", "rule.document-number.latin", "AH1234567"}, /* Cyrillic */
	        {"document-number", NULL, "ЖЖ1234567", "rule.document-number.latin", NULL},
	};
	CHECK(rows, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca_v_numbers_of_organisations),
	        cmocka_unit_test(nca_v_dates),
	        cmocka_unit_test(nca_9_trs_three_working_days),
	        cmocka_unit_test(nca_10_age),
	        cmocka_unit_test(nca_v_serial_numbers),
	        cmocka_unit_test(nca_9_dom_domain_names_by_shape),
	        cmocka_unit_test(nca_9_dom_the_judges_are_asked),
	        cmocka_unit_test(nca_9_trs_code_and_role),
	        cmocka_unit_test(dos_1_personal_numbers),
	        cmocka_unit_test(dos_4_numbers_of_organisations_and_passports),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
