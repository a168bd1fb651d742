/* Bytes of keyboards to actions. The sequences are those of the terminals' own descriptions (infocmp linux, xterm,
 * tmux, rxvt), written out here. */
#include "keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct tg_key_map none;

static void assert_key(const char *bytes, enum tg_action action)
{
	struct tg_key key;
	size_t used;
	enum tg_key_result r = tg_keys_parse(&none, (const uint8_t *)bytes, strlen(bytes), false, &key, &used);
	if (r != TG_KEY_READY || key.action != action || used != strlen(bytes))
		fail_msg("ESC%s: result %d action %d used %zu", bytes + 1, r, key.action, used);
}

static void test_sequences_of_common_terminals(void **state)
{
	static const struct {
		const char *bytes;
		enum tg_action action;
	} rows[] = {
	        {"\033[A", TG_ACTION_UP},
	        {"\033OA", TG_ACTION_UP},
	        {"\033[B", TG_ACTION_DOWN},
	        {"\033OB", TG_ACTION_DOWN},
	        {"\033[C", TG_ACTION_RIGHT},
	        {"\033[D", TG_ACTION_LEFT},
	        {"\033[1;5D", TG_ACTION_LEFT},
	        {"\033[H", TG_ACTION_HOME},
	        {"\033OH", TG_ACTION_HOME},
	        {"\033[1~", TG_ACTION_HOME},
	        {"\033[7~", TG_ACTION_HOME},
	        {"\033[F", TG_ACTION_END},
	        {"\033OF", TG_ACTION_END},
	        {"\033[4~", TG_ACTION_END},
	        {"\033[8~", TG_ACTION_END},
	        {"\033[5~", TG_ACTION_PAGE_UP},
	        {"\033[6~", TG_ACTION_PAGE_DOWN},
	        {"\033[3~", TG_ACTION_DELETE},
	        {"\033[Z", TG_ACTION_PREVIOUS},
	        {"\033\t", TG_ACTION_PREVIOUS},
	        {"\t", TG_ACTION_NEXT},
	        {"\r", TG_ACTION_ENTER},
	        {"\n", TG_ACTION_ENTER},
	        {"\033OM", TG_ACTION_ENTER},
	        {"\177", TG_ACTION_ERASE},
	        {"\b", TG_ACTION_ERASE},
	        {"\033OP", TG_ACTION_HELP},
	        {"\033[11~", TG_ACTION_HELP},
	        {"\033[[A", TG_ACTION_HELP},
	        {"\033OQ", TG_ACTION_LANGUAGE},
	        {"\033[12~", TG_ACTION_LANGUAGE},
	        {"\033[[B", TG_ACTION_LANGUAGE},
	        {"\033OR", TG_ACTION_WHERE},
	        {"\033[13~", TG_ACTION_WHERE},
	        {"\033[[C", TG_ACTION_WHERE},
	        {"\033[21~", TG_ACTION_CANCEL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_key(rows[i].bytes, rows[i].action);
}

static void assert_char(const char *bytes, uint32_t ch)
{
	struct tg_key key;
	size_t used;
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)bytes, strlen(bytes), false, &key, &used), TG_KEY_READY);
	assert_int_equal(key.action, TG_ACTION_CHAR);
	assert_int_equal(key.ch, ch);
	assert_int_equal(used, strlen(bytes));
}

static void test_letters(void **state)
{
	(void)state;
	assert_char("a", 'a');
	assert_char(" ", ' ');
	assert_char("ү", 0x4AF);
	assert_char("Ұ", 0x4B0);
	assert_char("№", 0x2116);
	assert_char("\033Op", '0');
	assert_char("\033Oy", '9');
}

static void assert_skipped(const char *bytes, size_t want)
{
	struct tg_key key;
	size_t used;
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)bytes, strlen(bytes), true, &key, &used), TG_KEY_SKIP);
	assert_int_equal(used, want);
}

static void test_what_means_nothing_does_nothing(void **state)
{
	(void)state;
	assert_skipped("\003", 1);           /* Ctrl-C */
	assert_skipped("\032", 1);           /* Ctrl-Z */
	assert_skipped("\034", 1);           /* Ctrl-\ */
	assert_skipped("\023", 1);           /* Ctrl-S */
	assert_skipped("\033x", 2);          /* Alt-x: not Esc and x */
	assert_skipped("\033[200~", 6);      /* the beginning of a paste */
	assert_skipped("\033[M", 3);         /* a mouse */
	assert_skipped("\033[<0;10;5M", 10); /* a newer mouse */
	assert_skipped("\033[24;80R", 8);    /* an answer that nobody asked for */
	assert_skipped("\033[?1;2c", 7);
	assert_skipped("\033[15~", 5); /* F5 */
	assert_skipped("\033OS", 3);   /* F4 */
	assert_skipped("\xFF", 1);
	assert_skipped("\xD2", 1);         /* half a letter, and no more comes */
	assert_skipped("\xC2\x9B", 2);     /* C1 */
	assert_skipped("\xED\xA0\x80", 1); /* a surrogate */
	assert_skipped("\xC0\xAF", 1);     /* overlong */
}

static void test_escape_alone_is_back_after_the_delay(void **state)
{
	struct tg_key key;
	size_t used;
	(void)state;
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)"\033", 1, false, &key, &used), TG_KEY_MORE);
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)"\033", 1, true, &key, &used), TG_KEY_READY);
	assert_int_equal(key.action, TG_ACTION_BACK);
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)"\033\033", 2, false, &key, &used), TG_KEY_READY);
	assert_int_equal(key.action, TG_ACTION_BACK);
	assert_int_equal(used, 1);
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)"\033[", 2, false, &key, &used), TG_KEY_MORE);
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)"\033[2", 3, false, &key, &used), TG_KEY_MORE);
	assert_int_equal(tg_keys_parse(&none, (const uint8_t *)"\xD2", 1, false, &key, &used), TG_KEY_MORE);
}

static void test_sequences_of_the_terminal_itself(void **state)
{
	struct tg_key_map map = {.rows = {{"\033[99q", TG_ACTION_CANCEL}}, .n = 1};
	struct tg_key key;
	size_t used;
	(void)state;
	assert_int_equal(tg_keys_parse(&map, (const uint8_t *)"\033[99", 4, false, &key, &used), TG_KEY_MORE);
	assert_int_equal(tg_keys_parse(&map, (const uint8_t *)"\033[99qx", 6, false, &key, &used), TG_KEY_READY);
	assert_int_equal(key.action, TG_ACTION_CANCEL);
	assert_int_equal(used, 5);
	assert_int_equal(tg_keys_parse(&map, (const uint8_t *)"\033[A", 3, false, &key, &used), TG_KEY_READY);
	assert_int_equal(key.action, TG_ACTION_UP);
}

/* Any bytes: it always comes to an end, spends no more than there is, and never makes a control character of them. */
static void test_noise_ends(void **state)
{
	uint32_t seed = 20261122;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[48];
		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1664525u + 1013904223u;
			uint8_t pick = (uint8_t)(seed >> 24);
			bytes[i] = pick < 60    ? 0x1B
			           : pick < 100 ? (uint8_t)'['
			           : pick < 140 ? (uint8_t)('0' + pick % 12)
			                        : pick;
		}
		for (size_t at = 0; at < sizeof bytes;) {
			struct tg_key key;
			size_t used, left = sizeof bytes - at;
			enum tg_key_result r = tg_keys_parse(&none, bytes + at, left, left < TG_KEY_BYTES, &key, &used);
			if (r == TG_KEY_MORE)
				r = tg_keys_parse(&none, bytes + at, left, true, &key, &used);
			assert_int_not_equal(r, TG_KEY_MORE);
			assert_in_range(used, 1, left);
			if (key.action == TG_ACTION_CHAR)
				assert_true(key.ch >= 0x20 && !(key.ch >= 0x7F && key.ch < 0xA0));
			at += used;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sequences_of_common_terminals),
	        cmocka_unit_test(test_letters),
	        cmocka_unit_test(test_what_means_nothing_does_nothing),
	        cmocka_unit_test(test_escape_alone_is_back_after_the_delay),
	        cmocka_unit_test(test_sequences_of_the_terminal_itself),
	        cmocka_unit_test(test_noise_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
