/* Notices and registers without a network: addresses, the text of a message, which entry asks for which notice, and
 * what is the same to a register. NCA-9.mail, NCA-9.check. The ways to servers are tests/integration/centre. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail_parts.h"
#include "tamga/register.h"
#include "tamga/report.h"
#include "tamga/text.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Addresses. A-labels by Python's encodings.idna and idn(1), not by this program. */
static void nca_9_mail_addresses(void **state)
{
	static const struct {
		const char *typed, *wanted; /* NULL: none */
	} cases[] = {
	        {"aigul@mail.kz", "aigul@mail.kz"},
	        {"A.B+c_d-e'f@Mail.KZ", "A.B+c_d-e'f@mail.kz"},
	        {"info@ұко.қаз", "info@xn--j1ai75a.xn--80ao21a"},
	        {"info@xn--j1ai75a.xn--80ao21a", "info@xn--j1ai75a.xn--80ao21a"},
	        {"", NULL},
	        {"@mail.kz", NULL},
	        {"a@", NULL},
	        {"a@kz", NULL},
	        {"a@.kz", NULL},
	        {"a@mail..kz", NULL},
	        {"a@mail.kz.", NULL},
	        {"a@-mail.kz", NULL},
	        {"a@mail-.kz", NULL},
	        {"a@ma_il.kz", NULL},
	        {".a@mail.kz", NULL},
	        {"a.@mail.kz", NULL},
	        {"a..b@mail.kz", NULL},
	        {"a b@mail.kz", NULL},
	        {"a@mail.kz\r\nBcc: b@c.kz", NULL},
	        {"a\r\n@mail.kz", NULL},
	        {"a@b.kz,c@d.kz", NULL},
	        {"a@mail.kz> SIZE=1", NULL},
	        {"<a@mail.kz>", NULL},
	        {"\"a\"@mail.kz", NULL},
	        {"a@[127.0.0.1]", NULL},
	        {"a(b)@mail.kz", NULL},
	        {"a@mail.kz\t", NULL},
	        {"айгүл@mail.kz", NULL},
	        {"a@mail\xff.kz", NULL},
	        {"a\x01@mail.kz", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[TG_MAIL_ADDRESS] = "x";
		enum tg_status st = tg_mail_address(cases[i].typed, out);
		if (st != (cases[i].wanted ? TG_OK : TG_INVALID) ||
		        strcmp(out, cases[i].wanted ? cases[i].wanted : "") != 0)
			fail_msg("%s: %d %s", cases[i].typed, (int)st, out);
	}
}

/* RFC 5321 §4.5.3.1: 64 octets before the sign, 255 after it in a path. */
static void nca_9_mail_lengths(void **state)
{
	char typed[700], out[TG_MAIL_ADDRESS];
	(void)state;
	(void)snprintf(typed, sizeof(typed), "%064d@mail.kz", 1);
	assert_int_equal(tg_mail_address(typed, out), TG_OK);
	(void)snprintf(typed, sizeof(typed), "%065d@mail.kz", 1);
	assert_int_equal(tg_mail_address(typed, out), TG_INVALID);
	(void)snprintf(typed, sizeof(typed), "a@%063d.kz", 1);
	assert_int_equal(tg_mail_address(typed, out), TG_OK);
	(void)snprintf(typed, sizeof(typed), "a@%064d.kz", 1);
	assert_int_equal(tg_mail_address(typed, out), TG_INVALID);
	(void)snprintf(typed, sizeof(typed), "a@%062d.%062d.%062d.%061d.kz", 1, 1, 1, 1);
	assert_int_equal(tg_mail_address(typed, out), TG_OK);
	(void)snprintf(typed, sizeof(typed), "a@%062d.%062d.%062d.%063d.kz", 1, 1, 1, 1);
	assert_int_equal(tg_mail_address(typed, out), TG_INVALID);
}

static void nca_9_mail_settings(void **state)
{
	static const struct {
		const char *url, *from;
		enum tg_status wanted;
	} cases[] = {
	        {"smtp://127.0.0.1:25", "a@b.kz", TG_OK},
	        {"smtps://mail.b.kz", "a@b.kz", TG_OK},
	        {"smtp://[::1]:25", "a@b.kz", TG_OK},
	        {NULL, "a@b.kz", TG_CONFIG},
	        {"smtp://", "a@b.kz", TG_CONFIG},
	        {"http://b.kz", "a@b.kz", TG_CONFIG},
	        {"file:///etc/passwd", "a@b.kz", TG_CONFIG},
	        {"smtp://user:word@b.kz", "a@b.kz", TG_CONFIG},
	        {"smtp://b.kz\r\n", "a@b.kz", TG_CONFIG},
	        {"smtp://[::1", "a@b.kz", TG_CONFIG},
	        {"smtp://b.kz", NULL, TG_CONFIG},
	        {"smtp://b.kz", "a@b.kz\r\nX: y", TG_CONFIG},
	        {"smtp://b.kz", "a@ұко.қаз", TG_CONFIG},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tg_mail_settings s = {.url = cases[i].url, .from = cases[i].from};
		struct tg_error err = {0};
		if (tg_mail_settings_check(&s, &err) != cases[i].wanted)
			fail_msg("%s %s: %s", s.url ? s.url : "-", s.from ? s.from : "-", err.detail);
	}
}

/* --- The message */

static struct tg_i18n *texts(void)
{
	struct tg_i18n *t = NULL;
	struct tg_error err = {0};
	if (tg_i18n_load(&t, TAMGA_LOCALE_DIR, &err) != TG_OK)
		fail_msg("%s", err.detail);
	return t;
}

static char *compose(const struct tg_mail_text *m)
{
	struct tg_buf b = TG_BUF_INIT;
	struct tg_i18n *t = texts();
	assert_int_equal(tg_mail_compose(m, t, &b), TG_OK);
	char *copy = strdup(tg_buf_str(&b));
	assert_non_null(copy);
	tg_buf_finish(&b);
	tg_i18n_destroy(t);
	return copy;
}

/* RFC 5322 §2.1.1, §2.3: lines end with CRLF, none longer than 998; CR and LF nowhere else. RFC 2047 §2: a word at most
 * 75, a line with one at most 76 characters. */
static void check_lines(const char *m)
{
	while (*m) {
		const char *end = strstr(m, "\r\n");
		assert_non_null(end);
		size_t n = (size_t)(end - m);
		assert_true(n <= 998);
		for (size_t i = 0; i < n; i++)
			if (m[i] == '\r' || m[i] == '\n' || (unsigned char)m[i] < ' ' || (unsigned char)m[i] > '~')
				fail_msg("a byte %d in «%.*s»", m[i], (int)n, m);
		const char *word = m;
		while ((word = strstr(word, "=?UTF-8?B?")) && word < end) {
			const char *stop = strstr(word, "?=");
			assert_non_null(stop);
			assert_true(stop + 2 - word <= 75);
			word = stop;
		}
		m = end + 2;
	}
}

/* The words of one header joined and decoded by OpenSSL. */
static void decode_words(const char *m, const char *header, char *out, size_t cap)
{
	const char *at = strstr(m, header), *end = at;
	size_t n = 0;
	assert_non_null(at);
	do {
		end = strstr(end + 2, "\r\n");
		assert_non_null(end);
	} while (end[2] == ' ');
	while ((at = strstr(at, "=?UTF-8?B?")) && at < end) {
		unsigned char raw[128];
		const char *stop = strstr(at, "?=");
		assert_non_null(stop);
		const char *from = at + 10;
		int len = EVP_DecodeBlock(raw, (const unsigned char *)from, (int)(stop - from));
		assert_true(len > 0);
		for (const char *p = stop - 1; *p == '='; p--)
			len--;
		assert_true(tg_utf8_valid((const char *)raw, (size_t)len)); /* RFC 2047 §5: no character is cut */
		assert_true(n + (size_t)len < cap);
		memcpy(out + n, raw, (size_t)len);
		n += (size_t)len;
		at = stop;
	}
	out[n] = '\0';
}

static struct tg_mail_text a_text(enum tg_notice what, enum tg_lang lang)
{
	return (struct tg_mail_text){.what = what,
	        .number = "0001-0000-0144",
	        .to = "a@b.kz",
	        .from = "notices@centre.kz",
	        .lang = lang,
	        .provider = "Қазақстан Республикасының ұлттық куәландырушы орталығы «ҚР ҰКО» – өте ұзақ атау",
	        .service = "Сертификаттарды алу",
	        .contact = "1414",
	        .ground = "",
	        .promised = "",
	        .place = "",
	        .date_ms = INT64_C(1795342530000)}; /* date -u -d @1795342530: Sun Nov 22 10:15:30 2026 */
}

static void nca_9_mail_message(void **state)
{
	char decoded[1024];
	(void)state;
	for (int what = 0; what < TG_NOTICE_COUNT; what++)
		for (int lang = 0; lang < TG_LANG_COUNT; lang++) {
			struct tg_mail_text t = a_text((enum tg_notice)what, (enum tg_lang)lang);
			char *m = compose(&t);
			check_lines(m);
			decode_words(m, "From: ", decoded, sizeof(decoded));
			assert_string_equal(decoded, t.provider);
			decode_words(m, "Subject: ", decoded, sizeof(decoded));
			assert_non_null(strstr(decoded, t.number));
			assert_null(strchr(decoded, '{'));
			assert_null(strchr(decoded, '<')); /* a sentence that is missing */
			assert_memory_equal(m, "Date: Sun, 22 Nov 2026 10:15:30 +0000\r\n", 39);
			assert_non_null(strstr(m, "\r\nTo: <a@b.kz>\r\n"));
			assert_non_null(strstr(m, "\r\nAuto-Submitted: auto-generated\r\n"));
			free(m);
		}
}

static void nca_9_mail_in_four_languages(void **state)
{
	struct tg_i18n *t = texts();
	(void)state;
	for (const char *const *id = tg_mail_messages; *id; id++)
		for (int lang = 0; lang < TG_LANG_COUNT; lang++)
			if (!tg_text_has(t, (enum tg_lang)lang, *id))
				fail_msg("%s is missing in %s", *id, tg_lang_code((enum tg_lang)lang));
	tg_i18n_destroy(t);
}

static void nca_9_mail_same_message_id(void **state)
{
	struct tg_mail_text one = a_text(TG_NOTICE_ACCEPTED, TG_LANG_KK),
	                    again = a_text(TG_NOTICE_ACCEPTED, TG_LANG_EN);
	again.date_ms += 86400000;
	const char *wanted = "\r\nMessage-ID: <tamga.0001-0000-0144.accepted@centre.kz>\r\n";
	char *a = compose(&one), *b = compose(&again);
	(void)state;
	assert_non_null(strstr(a, wanted));
	assert_non_null(strstr(b, wanted));
	free(a);
	free(b);
}

/* Whatever stands in a number of a foreign system or in a name: no further header line. */
static void nca_9_mail_no_injection(void **state)
{
	struct tg_mail_text t = a_text(TG_NOTICE_REFUSED, TG_LANG_RU);
	(void)state;
	t.number = "1\r\nBcc: x@y.kz\r\n\r\n<b>";
	t.provider = "P\r\nBcc: x@y.kz";
	t.ground = "g\r\n.\r\nMAIL FROM:<x@y.kz>\r\n";
	char *m = compose(&t);
	check_lines(m);
	assert_null(strstr(m, "\r\nBcc"));
	assert_null(strstr(m, "MAIL FROM"));
	char *id = strstr(m, "Message-ID: <tamga.");
	assert_non_null(id);
	char *end = strstr(id, "\r\n");
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(id, "Message-ID: <tamga.1_0d_0aBcc_3a_20x_40y_2ekz_0d_0a_0d_0a_3cb_3e.refused@centre.kz>");
	free(m);
}

/* --- Which entry asks for which notice */

static int asked(enum tg_record_kind kind, const char *json, enum tg_app_state state)
{
	struct tg_entry e = {0};
	(void)tg_copy(e.kind, sizeof(e.kind), tg_record_kind_name(kind));
	json_t *body = json_loads(json, 0, NULL);
	assert_non_null(body);
	int what = tg_mail_asked(&e, body, state);
	json_decref(body);
	return what;
}

static void nca_9_mail_which_entries(void **state)
{
	static const struct {
		enum tg_record_kind kind;
		const char *json;
		enum tg_app_state now;
		int wanted;
	} cases[] = {
	        {TG_RECORD_APPLICATION_SUBMITTED, "{}", TG_APP_SUBMITTED, TG_NOTICE_ACCEPTED},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"proof\":\"chip\"}", TG_APP_DELIVERED, TG_NOTICE_ACCEPTED},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"proof\":\"desk\"}", TG_APP_AT_DESK, -1},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"proof\":\"desk\"}", TG_APP_ACCEPTED, -1},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"proof\":\"signature\"}", TG_APP_VERIFYING, -1},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"confirm\":true}", TG_APP_CONFIRMING, -1},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"operation\":\"paper\"}", TG_APP_RECORDED, -1},
	        {TG_RECORD_APPLICATION_SUBMITTED, "{\"operation\":\"complaint\"}", TG_APP_SUBMITTED, -1},
	        {TG_RECORD_DESK_DECIDED, "{\"outcome\":\"accepted\"}", TG_APP_ACCEPTED, TG_NOTICE_ACCEPTED},
	        {TG_RECORD_DESK_DECIDED, "{\"outcome\":\"accepted\"}", TG_APP_AT_DESK, -1}, /* nobody may say so */
	        {TG_RECORD_DESK_DECIDED, "{\"outcome\":\"refused\"}", TG_APP_REFUSED, TG_NOTICE_REFUSED},
	        {TG_RECORD_DESK_DECIDED, "{\"outcome\":\"refused\"}", TG_APP_DELIVERED, -1},
	        {TG_RECORD_DESK_DECIDED, "{\"outcome\":\"not-accepted\"}", TG_APP_NOT_ACCEPTED, TG_NOTICE_NOT_ACCEPTED},
	        {TG_RECORD_DESK_DECIDED, "{\"outcome\":\"other\"}", TG_APP_ACCEPTED, -1},
	        {TG_RECORD_APPLICATION_VERIFIED, "{\"code\":0}", TG_APP_ACCEPTED, TG_NOTICE_ACCEPTED},
	        {TG_RECORD_APPLICATION_VERIFIED, "{\"code\":413}", TG_APP_REFUSED, TG_NOTICE_REFUSED},
	        {TG_RECORD_APPLICATION_VERIFIED, "{\"code\":0,\"what\":\"head\",\"yes\":true}", TG_APP_AT_DESK,
	                TG_NOTICE_CONFIRMED},
	        {TG_RECORD_APPLICATION_VERIFIED, "{\"code\":0,\"what\":\"head\",\"yes\":false}", TG_APP_DECLINED,
	                TG_NOTICE_DECLINED},
	        {TG_RECORD_APPLICATION_VERIFIED, "{\"code\":413,\"what\":\"head\",\"yes\":true}", TG_APP_CONFIRMING,
	                -1},
	        {TG_RECORD_HEAD_DECIDED, "{\"yes\":true}", TG_APP_CONFIRMING, -1}, /* before it was verified */
	        {TG_RECORD_APPLICATION_ISSUED, "{}", TG_APP_ISSUED, TG_NOTICE_ISSUED},
	        {TG_RECORD_APPLICATION_DELIVERED, "{}", TG_APP_DELIVERED, TG_NOTICE_DELIVERED},
	        {TG_RECORD_APPLICATION_DELIVERED, "{}", TG_APP_WAITING, -1},
	        {TG_RECORD_APPLICATION_REVOKED, "{\"code\":0}", TG_APP_REVOKED, TG_NOTICE_REVOKED},
	        {TG_RECORD_APPLICATION_REVOKED, "{\"code\":406}", TG_APP_ACCEPTED, -1},
	        {TG_RECORD_RECEIPT_PRINTED, "{}", TG_APP_DELIVERED, -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (asked(cases[i].kind, cases[i].json, cases[i].now) != cases[i].wanted)
			fail_msg("%s %s in state %s", tg_record_kind_name(cases[i].kind), cases[i].json,
			        tg_app_state_name(cases[i].now));
}

/* --- Registers */

static void nca_9_check_same_spelling(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
	        {"СЕРІКОВА", "Серікова", true}, {"Серікова", "Серикова", false}, /* і and и are two letters */
	        {" Анна  Мария ", "анна мария", true}, {"Анна-Мария", "Анна–Мария", true},
	        {"Анна-Мария", "Анна Мария", false}, {"ТОО \"Ромашка\"", "ТОО «Ромашка»", true},
	        {"ҚҰРМАНҒАЗЫ", "құрманғазы", true}, {"22.11.1990", "1990-11-22", true},
	        {"22.11.1990", "1990-11-23", false}, {"2.11.1990", "1990-11-02", false}, {"", "", true},
	        {"a", "", false}, {"\xff", "\xfe", true}, /* both are no text, and the same sign stands for them */
	};
	char a[3000], b[3000];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (tg_register_same(cases[i].a, cases[i].b) != cases[i].same)
			fail_msg("«%s» and «%s»", cases[i].a, cases[i].b);
	memset(a, 'a', sizeof(a));
	memset(b, 'a', sizeof(b));
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
	assert_false(tg_register_same(a, b)); /* too long to say */
}

/* --- Days of the report */

static void c_6_days(void **state)
{
	char day[11];
	(void)state;
	tg_report_day(INT64_C(1795374000000), 300, day); /* date -u -d @1795374000: Sun Nov 22 19:00:00 2026 */
	assert_string_equal(day, "2026-11-23");
	tg_report_day(INT64_C(1795373999000), 300, day);
	assert_string_equal(day, "2026-11-22");
	assert_true(tg_report_day_ok("2028-02-29"));
	assert_false(tg_report_day_ok("2026-02-29"));
	assert_false(tg_report_day_ok("2026-2-9"));
	assert_false(tg_report_day_ok("22.11.2026"));
	assert_false(tg_report_day_ok("2026-11-22x"));
	assert_false(tg_report_day_ok(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca_9_mail_addresses),
	        cmocka_unit_test(nca_9_mail_lengths),
	        cmocka_unit_test(nca_9_mail_settings),
	        cmocka_unit_test(nca_9_mail_message),
	        cmocka_unit_test(nca_9_mail_in_four_languages),
	        cmocka_unit_test(nca_9_mail_same_message_id),
	        cmocka_unit_test(nca_9_mail_no_injection),
	        cmocka_unit_test(nca_9_mail_which_entries),
	        cmocka_unit_test(nca_9_check_same_spelling),
	        cmocka_unit_test(c_6_days),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
