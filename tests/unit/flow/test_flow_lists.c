/* Fields with one answer a line, requests, and certificates that are picked instead of typed: NCA-A7, NCA-9.dom, NCA-V,
 * P-7. */
#include "flow_fixture.h"

static void at_revocation(struct flow *f)
{
	flow_begin(f, flow_shipped());
	flow_keys(f, "4 1 2 1 2"); /* revoke, a person, with papers */
	flow_at(f, "form");
}

static struct tg_answer *answer(struct flow *f, const char *id)
{
	return &f->s.answers[flow_field(f, id)];
}

static void nca_a7_enter_adds_a_line_and_an_empty_one_ends_the_list(void **state)
{
	(void)state;
	struct flow f;
	at_revocation(&f);
	flow_to_field(&f, "serials");
	flow_keys(&f, "'5a01c0ff Enter '5a02c0ff Enter");
	assert_string_equal(answer(&f, "serials")->value, "5a01c0ff\n5a02c0ff\n");
	flow_keys(&f, "Enter");
	assert_string_equal(answer(&f, "serials")->value, "5a01c0ff\n5a02c0ff");
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_int_not_equal(f.view.items[f.view.focus].id, flow_field(&f, "serials"));
}

static void nca_a7_lines_are_edited_and_joined(void **state)
{
	(void)state;
	static const struct {
		const char *keys, *value;
		size_t cursor;
	} rows[] = {
	        {"'11112222 Enter '33334444 Up Backspace", "1111222\n33334444", 7},
	        {"'11112222 Enter '33334444 Home Backspace", "1111222233334444", 8},
	        {"'11112222 Enter '33334444 Up End Delete", "1111222233334444", 8},
	        {"'11112222 Enter '33334444 Up Home 'ab", "ab11112222\n33334444", 2},
	        {"'11112222 Enter '3333 Left*2 Up 'a", "11a112222\n3333", 3},
	        {"'11112222 Enter '33334444 Up Down 'a", "11112222\n33334444a", 18},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		at_revocation(&f);
		flow_to_field(&f, "serials");
		flow_keys(&f, rows[i].keys);
		assert_string_equal(answer(&f, "serials")->value, rows[i].value);
		assert_int_equal(answer(&f, "serials")->cursor, rows[i].cursor);
	}
}

/* At the first and the last line the arrows lead on, as on every other field. */
static void arrows_leave_a_list_at_its_ends(void **state)
{
	(void)state;
	struct flow f;
	at_revocation(&f);
	flow_to_field(&f, "serials");
	int here = f.s.focus;
	flow_keys(&f, "'11112222 Enter '33334444 Up");
	assert_int_equal(f.s.focus, here);
	flow_keys(&f, "Up");
	assert_int_equal(f.s.focus, here - 1);
	flow_keys(&f, "Down Down");
	assert_int_equal(f.s.focus, here + 1);
	flow_keys(&f, "Up Tab");
	assert_int_equal(f.s.focus, here + 1);
}

static void nca_v_the_wrong_line_is_named_and_mended(void **state)
{
	(void)state;
	struct flow f;
	at_revocation(&f);
	flow_to_field(&f, "serials");
	flow_keys(&f, "'5a01c0ff Enter '5a:02:c0:ff Enter");
	assert_string_equal(answer(&f, "serials")->error, "rule.serial.characters");
	assert_int_equal(answer(&f, "serials")->error_line, 2);
	flow_see(&f, "Line 2: ");
	flow_see(&f, "“5a02c0ff”"); /* only the line, not the whole list */
	flow_keys(&f, "Enter");
	assert_string_equal(answer(&f, "serials")->value, "5a01c0ff\n5a02c0ff");
	assert_null(answer(&f, "serials")->error);
	flow_keys(&f, "Enter '5A01C0FF Enter"); /* the first one again, in capitals */
	assert_string_equal(answer(&f, "serials")->error, "rule.list.line-twice");
	assert_int_equal(answer(&f, "serials")->error_line, 3);
	flow_keys(&f, "Enter");
	assert_string_equal(answer(&f, "serials")->value, "5a01c0ff\n5a02c0ff");
}

static void nca_a7_lines_are_counted_and_a_further_sheet_is_said(void **state)
{
	(void)state;
	struct flow f;
	at_revocation(&f);
	flow_to_field(&f, "serials");
	for (int i = 0; i < 17; i++) {
		char line[32];
		(void)snprintf(line, sizeof line, "'%08x Enter", 0x5a010000 + i);
		flow_keys(&f, line);
	}
	assert_int_equal(f.s.kind->form->lines_per_sheet, 17);
	flow_see(&f, "17 of 17 lines");
	flow_keys(&f, "'5a019999 Enter");
	flow_see(&f, "lines: 18; further sheets: 1");
	/* All of it goes into the record. */
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json_as(&f.s, "N", &out), TG_OK);
	assert_non_null(strstr(tg_buf_str(&out), "\"5a010010\",\"5a019999\"]"));
	tg_buf_wipe(&out);
}

static void a_list_has_room_and_an_end(void **state)
{
	(void)state;
	struct flow f;
	at_revocation(&f);
	flow_to_field(&f, "serials");
	for (int i = 0; i < 300; i++) {
		char line[32];
		(void)snprintf(line, sizeof line, "'%08x Enter", 0x5a010000 + i);
		flow_keys(&f, line);
	}
	const struct tg_answer *a = answer(&f, "serials");
	assert_true(strlen(a->value) < TG_VALUE_MAX);
	assert_true(strlen(a->value) > 1000);
	assert_true(a->cursor <= strlen(a->value));
}

/* ---- certificates on the card ---- */

static void put_certificates(struct flow *f, unsigned n)
{
	static const char *const serials[] = {"5a01c0ffee", "5a02c0ffee", "7b03c0ffee"};
	memset(&f->facts, 0, sizeof f->facts);
	f->facts.n_certificates = n;
	for (unsigned i = 0; i < n; i++) {
		struct tg_held_certificate *c = &f->facts.certificates[i];
		(void)tg_copy(c->serial, sizeof c->serial, serials[i]);
		(void)tg_copy(c->holder, sizeof c->holder, "Айгүл Нұрланова");
		c->from_ms = INT64_C(1750000000000);
		c->until_ms = INT64_C(1790000000000);
	}
}

static void nca_a7_serials_are_picked_from_the_card(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	put_certificates(&f, 3);
	flow_card(&f, true);
	flow_keys(&f, "4 1 2 1 2");
	flow_at(&f, "pick");
	flow_see(&f, "7b03c0ffee");
	flow_keys(&f, "Space Down*2 Enter End Enter");
	flow_at(&f, "form");
	assert_string_equal(answer(&f, "serials")->value, "5a01c0ffee\n7b03c0ffee");
	/* What is typed besides stays when one comes back; the first tick is taken away. */
	flow_to_field(&f, "serials");
	flow_keys(&f, "End Enter '99998888 Esc");
	flow_at(&f, "pick");
	flow_keys(&f, "Home Space End Enter");
	flow_at(&f, "form");
	assert_string_equal(answer(&f, "serials")->value, "7b03c0ffee\n99998888");
	flow_keys(&f, "Esc Esc");
	flow_at(&f, "way");
}

/* The day of issue comes from the certificates: once where it is the same, beside each number where it is not. */
static void nca_a7_the_day_of_issue_comes_from_the_certificates(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	put_certificates(&f, 3);
	f.facts.certificates[2].from_ms = INT64_C(1751328000000); /* 01.07.2025 00:00 UTC, 05:00 at the place */
	flow_card(&f, true);
	flow_keys(&f, "4 1 2 1 2");
	flow_keys(&f, "Space Down Space End Enter");
	assert_string_equal(answer(&f, "issued")->value, "15.06.2025"); /* date -u -d @1750000000: 15:06 UTC */
	assert_int_equal(answer(&f, "issued")->by, TG_BY_CERTIFICATE);
	flow_keys(&f, "Esc Down*2 Space End Enter");
	assert_string_equal(
	        answer(&f, "issued")->value, "5a01c0ffee 15.06.2025\n5a02c0ffee 15.06.2025\n7b03c0ffee 01.07.2025");
	flow_to_field(&f, "serials"); /* one more is typed: its day only the person knows */
	flow_keys(&f, "End Enter '99998888");
	assert_string_equal(answer(&f, "issued")->value, "");
	flow_to_field(&f, "issued");
	flow_keys(&f, "'01062025");
	flow_keys(&f, "Esc End Enter");
	assert_string_equal(answer(&f, "issued")->value, "01.06.2025");
}

static void a_card_without_certificates_is_no_screen(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	put_certificates(&f, 0);
	flow_card(&f, true);
	flow_keys(&f, "4 1 2 1 2");
	flow_at(&f, "form");
	flow_keys(&f, "Esc");
	assert_int_equal(f.bugs, 0);
}

/* ---- a request ---- */

static enum tg_status judge(const char *text, const char *domain, const char *more_domains, struct tg_pkcs10_facts *out)
{
	(void)more_domains;
	if (strncmp(text, "MIIC", 4) != 0)
		return TG_PKCS10;
	(void)tg_copy(out->algorithm, sizeof out->algorithm, "rsa-2048");
	(void)tg_copy(out->names[0], sizeof out->names[0], "shop.kz");
	out->n_names = 1;
	return domain && strcmp(domain, "shop.kz") != 0 ? TG_PKCS10_NAMES : TG_OK;
}

static void at_ssl(struct flow *f)
{
	flow_begin(f, flow_shipped());
	f->config.pkcs10 = judge;
	flow_keys(f, "4 1 1 4 1");
	for (int i = 0; i < 4 && f->s.stage != TG_STAGE_FORM; i++)
		flow_keys(f, "Enter");
	flow_at(f, "form");
}

static void nca_9_dom_a_request_is_shown_as_what_it_says(void **state)
{
	(void)state;
	static const char pem[] = "-----BEGIN CERTIFICATE REQUEST-----\r\nMIICanary\r\n";
	struct flow f;
	at_ssl(&f);
	assert_int_equal(tg_flow_set_pkcs10(&f.config, &f.s, "no request", 10), TG_PKCS10);
	assert_string_equal(answer(&f, "pkcs10")->error, "rule.pkcs10.none");
	flow_to_field(&f, "domain");
	flow_keys(&f, "'shop.kz Tab");
	assert_int_equal(tg_flow_set_pkcs10(&f.config, &f.s, "MIICanary\r\n", 11), TG_OK);
	assert_string_equal(answer(&f, "pkcs10")->value, "MIICanary");
	flow_see(&f, "rsa-2048; shop.kz");
	flow_see_not(&f, "MIICanary");
	flow_to_field(&f, "pkcs10");
	flow_keys(&f, "'x");
	assert_string_equal(answer(&f, "pkcs10")->value, "MIICanary"); /* no text to type into */
	flow_keys(&f, "Backspace");
	assert_string_equal(answer(&f, "pkcs10")->value, "");
	flow_see_not(&f, "rsa-2048");
	assert_int_equal(tg_flow_set_pkcs10(&f.config, &f.s, pem, sizeof pem - 1), TG_PKCS10); /* for this judge */
	assert_null(strchr(answer(&f, "pkcs10")->value, '\r'));
}

static void nca_9_dom_names_of_the_request_are_those_of_the_form(void **state)
{
	(void)state;
	struct flow f;
	at_ssl(&f);
	flow_to_field(&f, "domain");
	flow_keys(&f, "'other.kz Tab");
	assert_int_equal(tg_flow_set_pkcs10(&f.config, &f.s, "MIICanary", 9), TG_PKCS10);
	assert_string_equal(answer(&f, "pkcs10")->error, "rule.pkcs10.names");
	flow_see(&f, "rsa-2048; shop.kz"); /* what it does say */
}

static void a_request_is_typed_or_pasted_line_by_line(void **state)
{
	(void)state;
	struct flow f;
	at_ssl(&f);
	flow_to_field(&f, "domain");
	flow_keys(&f, "'shop.kz");
	flow_to_field(&f, "pkcs10");
	flow_keys(&f, "'MIICij Enter 'CCAX Enter 'last== Enter");
	assert_string_equal(answer(&f, "pkcs10")->value, "MIICij\nCCAX\nlast==\n");
	flow_keys(&f, "Enter");
	assert_string_equal(answer(&f, "pkcs10")->value, "MIICij\nCCAX\nlast==");
	flow_see(&f, "rsa-2048; shop.kz");
}

static void a_request_that_is_too_long_is_not_taken(void **state)
{
	(void)state;
	static char text[TG_VALUE_MAX + 1];
	struct flow f;
	at_ssl(&f);
	memset(text, 'A', TG_VALUE_MAX);
	assert_int_equal(tg_flow_set_pkcs10(&f.config, &f.s, text, TG_VALUE_MAX), TG_LIMIT);
	at_revocation(&f);
	assert_int_equal(tg_flow_set_pkcs10(&f.config, &f.s, "MIIC", 4), TG_INVALID); /* no such field there */
}

static void nca_9_dom_further_names_are_a_list(void **state)
{
	(void)state;
	struct flow f;
	at_ssl(&f);
	flow_to_field(&f, "additional-domains");
	flow_keys(&f, "'www.shop.kz Enter 'shop.org Enter");
	assert_string_equal(answer(&f, "additional-domains")->error, "rule.domain.zone");
	assert_int_equal(answer(&f, "additional-domains")->error_line, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca_a7_enter_adds_a_line_and_an_empty_one_ends_the_list),
	        cmocka_unit_test(nca_a7_lines_are_edited_and_joined),
	        cmocka_unit_test(arrows_leave_a_list_at_its_ends),
	        cmocka_unit_test(nca_v_the_wrong_line_is_named_and_mended),
	        cmocka_unit_test(nca_a7_lines_are_counted_and_a_further_sheet_is_said),
	        cmocka_unit_test(a_list_has_room_and_an_end),
	        cmocka_unit_test(nca_a7_serials_are_picked_from_the_card),
	        cmocka_unit_test(nca_a7_the_day_of_issue_comes_from_the_certificates),
	        cmocka_unit_test(a_card_without_certificates_is_no_screen),
	        cmocka_unit_test(nca_9_dom_a_request_is_shown_as_what_it_says),
	        cmocka_unit_test(nca_9_dom_names_of_the_request_are_those_of_the_form),
	        cmocka_unit_test(a_request_is_typed_or_pasted_line_by_line),
	        cmocka_unit_test(a_request_that_is_too_long_is_not_taken),
	        cmocka_unit_test(nca_9_dom_further_names_are_a_list),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
