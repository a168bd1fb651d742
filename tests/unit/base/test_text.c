/* UTF-8, columns and letter case against GNU libunistring, which knows Unicode from its own tables. */
#include "tamga/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <unicase.h>
#include <unistr.h>
#include <uniwidth.h>

static void every_scalar_round_trips(void **state)
{
	(void)state;
	for (uint32_t cp = 1; cp <= 0x10FFFF; cp++) {
		char ours[4];
		uint8_t theirs[6];
		size_t n = tg_utf8_put(cp, ours);
		int m = u8_uctomb(theirs, cp, sizeof theirs);
		if (cp >= 0xD800 && cp <= 0xDFFF) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_int_equal(n, m);
		assert_memory_equal(ours, theirs, n);
		const char *p = ours;
		assert_int_equal(tg_utf8_next(&p, ours + n), cp);
		assert_ptr_equal(p, ours + n);
	}
}

/* All sequences of three bytes with a high first one: valid for us exactly when valid for libunistring. */
static void validity_agrees_on_every_short_sequence(void **state)
{
	(void)state;
	for (unsigned a = 0xC0; a < 0x100; a++)
		for (unsigned b = 0; b < 0x100; b += 3)
			for (unsigned c = 0; c < 0x100; c += 5) {
				const uint8_t s[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, 'x'};
				bool theirs = u8_check(s, 4) == NULL;
				assert_int_equal(tg_utf8_valid((const char *)s, 4), theirs);
			}
}

static void case_of_the_four_languages(void **state)
{
	(void)state;
	for (uint32_t cp = 0x20; cp < 0x530; cp++) {
		if (cp == 0xB5 || cp == 0xDF || cp == 0xFF || (cp >= 0x130 && cp <= 0x131) || cp == 0x138 ||
		        cp == 0x149 || (cp >= 0x178 && cp < 0x400))
			continue; /* letters of no language here, with mappings outside their block */
		assert_int_equal(tg_text_upper(cp), uc_toupper(cp));
		assert_int_equal(tg_text_lower(cp), uc_tolower(cp));
	}
	char upper[128];
	assert_true(tg_text_to_upper(upper, sizeof upper, "әғқңөұүһі ёңөү җ"));
	assert_string_equal(upper, "ӘҒҚҢӨҰҮҺІ ЁҢӨҮ Җ");
	assert_false(tg_text_to_upper(upper, 4, "әәә"));
}

static void columns_of_letters_we_print(void **state)
{
	(void)state;
	for (uint32_t cp = 0x20; cp < 0x590; cp++) {
		if (cp == 0xAD || (cp >= 0x7F && cp < 0xA0))
			continue;
		assert_int_equal(tg_text_width(cp), uc_width(cp, "UTF-8"));
	}
	static const uint32_t some[] = {
	        0x2013, 0x2014, 0x2026, 0x2116, 0x20B8, 0x2500, 0x2588, 0x4E2D, 0xFF21, 0x3042, 0xAC00};
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		assert_int_equal(tg_text_width(some[i]), uc_width(some[i], "UTF-8"));
}

/* limits.md §5: no byte of foreign text reaches the terminal outside printable cells. */
static void foreign_text_is_harmless(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
	        {"plain", "plain"},
	        {"\033[2J\033]0;x\007", "�[2J�]0;x�"},
	        {"a\xE2\x80\xAE"
	         "b",
	                "a�b"}, /* right-to-left override */
	        {"\xC2\x9B"
	         "31m",
	                "�31m"}, /* CSI as one C1 character */
	        {"two\nlines\ttab", "two lines tab"},
	        {"\xFF\xFE", "��"},
	        {"\xEF\xBB\xBFx", "�x"},
	        {"Айгүл Әбдіқызы", "Айгүл Әбдіқызы"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char out[100];
		tg_text_clean(out, sizeof out, rows[i].in, strlen(rows[i].in), 60);
		assert_string_equal(out, rows[i].out);
	}
	char tower[400] = "a", out[400];
	for (size_t i = 0; i < 100; i++)
		memcpy(tower + 1 + 2 * i, "\xCC\x81", 3);
	tg_text_clean(out, sizeof out, tower, strlen(tower), 60);
	assert_true(strlen(out) <= 5);
	tg_text_clean(out, sizeof out, "қазақстан", strlen("қазақстан"), 5);
	assert_string_equal(out, "қаза…");
	assert_int_equal(tg_text_columns(out), 5);
	char tiny[6];
	tg_text_clean(tiny, sizeof tiny, "ққққққққ", 16, 60);
	assert_true(tg_utf8_valid(tiny, strlen(tiny)));
}

/* Random bytes: the answer is always valid, printable, and no wider than asked. */
static void any_bytes_are_harmless(void **state)
{
	(void)state;
	uint32_t seed = 20261122;
	for (int round = 0; round < 20000; round++) {
		char in[64], out[64];
		size_t n = 0;
		for (; n < sizeof in; n++) {
			seed = seed * 1664525u + 1013904223u;
			in[n] = (char)(seed >> 24);
		}
		tg_text_clean(out, sizeof out, in, n, 20);
		assert_null(u8_check((const uint8_t *)out, strlen(out)));
		assert_true(tg_text_columns(out) <= 20);
		for (const char *p = out, *end = out + strlen(out); p < end;) {
			uint32_t cp = tg_utf8_next(&p, end);
			assert_true(cp >= 0x20 && !(cp >= 0x7F && cp < 0xA0));
		}
	}
}

struct lines {
	char text[512];
};

static void collect(const char *line, size_t bytes, void *ctx)
{
	struct lines *l = ctx;
	size_t at = strlen(l->text);
	snprintf(l->text + at, sizeof l->text - at, "%.*s|", (int)bytes, line);
}

static void wraps_at_words(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		int columns;
		const char *out;
	} rows[] = {
	        {"", 10, "|"},
	        {"one two three", 7, "one two|three|"},
	        {"one two three", 8, "one two|three|"},
	        {"электрондықпошта", 6, "электр|ондықп|ошта|"},
	        {"a\nb", 10, "a|b|"},
	        {"ән ән", 2, "ән|ән|"},
	        {"中文字", 4, "中文|字|"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lines l = {""};
		tg_text_wrap(rows[i].in, rows[i].columns, collect, &l);
		assert_string_equal(l.text, rows[i].out);
	}
}

/* Landon Curt Noll's published vectors. */
static void hashes_as_fnv_1a(void **state)
{
	(void)state;
	assert_int_equal(tg_text_hash(""), 0x811c9dc5);
	assert_int_equal(tg_text_hash("a"), 0xe40c292c);
	assert_int_equal(tg_text_hash("foobar"), 0xbf9cf968);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_scalar_round_trips),
	        cmocka_unit_test(validity_agrees_on_every_short_sequence),
	        cmocka_unit_test(case_of_the_four_languages),
	        cmocka_unit_test(columns_of_letters_we_print),
	        cmocka_unit_test(foreign_text_is_harmless),
	        cmocka_unit_test(any_bytes_are_harmless),
	        cmocka_unit_test(wraps_at_words),
	        cmocka_unit_test(hashes_as_fnv_1a),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
