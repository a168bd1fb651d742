/* The walk file's grammar: good lines, and mistakes named by line and column. */
#include "walkfile.h"

#include "harness.h"
#include "tamga/view.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct tg_walk parse(const char *text)
{
	struct tg_walk w;
	struct tg_error err = {0};
	if (tg_walk_parse(&w, "x.walk", text, strlen(text), &err) != TG_OK)
		fail_msg("%d:%d: %s", err.line, err.column, err.detail);
	return w;
}

static const struct {
	enum tg_walk_verb verb;
	int line;
	const char *text, *more;
	int64_t ms;
} every_step[] = {
        {TG_WALK_SIZE, 2, NULL, NULL, 0},
        {TG_WALK_TYPE, 4, "Айгүл # 5 ", NULL, 0},
        {TG_WALK_TYPE, 5, " spaces ", NULL, 0},
        {TG_WALK_KEY, 6, "Enter", NULL, 0},
        {TG_WALK_KEY, 6, "Tab", NULL, 0},
        {TG_WALK_KEY, 6, "F1", NULL, 0},
        {TG_WALK_KEY, 6, "Esc", NULL, 0},
        {TG_WALK_KEY, 6, "Down*3", NULL, 0},
        {TG_WALK_KEY, 6, "Ctrl-C", NULL, 0},
        {TG_WALK_WAIT, 7, "Сәлем", NULL, 15000},
        {TG_WALK_WAIT, 8, "a \"b\" \\", NULL, 250},
        {TG_WALK_EXPECT, 9, "x", NULL, 0},
        {TG_WALK_EXPECT_NOT, 10, "y", NULL, 0},
        {TG_WALK_CARD, 11, "insert", "aigul", 0},
        {TG_WALK_CARD, 12, "insert", NULL, 0},
        {TG_WALK_CARD, 13, "pull", NULL, 0},
        {TG_WALK_CARD, 14, "pull-at", "17", 0},
        {TG_WALK_CARD, 15, "slow", "300", 0},
        {TG_WALK_CARD, 16, "break", NULL, 0},
        {TG_WALK_TOKEN, 17, "insert", "rutoken", 0},
        {TG_WALK_NET, 18, "down", NULL, 0},
        {TG_WALK_NET, 19, "up", NULL, 0},
        {TG_WALK_KILL, 20, "token", NULL, 0},
        {TG_WALK_RESTART, 21, "centre", NULL, 0},
        {TG_WALK_CLOCK, 22, NULL, NULL, 300000},
        {TG_WALK_CLOCK, 23, NULL, NULL, -3600000},
        {TG_WALK_SHOT, 24, "form-1", NULL, 0},
        {TG_WALK_SLEEP, 25, NULL, NULL, 1000},
};

static void test_every_step(void **state)
{
	(void)state;
	struct tg_walk w =
	        parse("# a comment\r\n"
	              "size 64x24\n"
	              "\n"
	              "type Айгүл # 5 \n"
	              "type \" spaces \"\n"
	              "key Enter Tab F1 Esc Down*3 Ctrl-C  # comment\n"
	              "wait \"Сәлем\"\n"
	              "wait \"a \\\"b\\\" \\\\\" 250ms\n"
	              "expect \"x\"\nexpect-not \"y\"\n"
	              "card insert aigul\ncard insert\ncard pull\ncard pull-at 17\ncard slow 300\ncard break\n"
	              "token insert rutoken\n"
	              "net down\nnet up\nkill token\nrestart centre\nclock +5m\nclock -1h\nshot form-1\nsleep 1s");
	assert_int_equal(w.n, sizeof every_step / sizeof every_step[0]);
	for (size_t i = 0; i < w.n; i++) {
		assert_int_equal(w.steps[i].verb, every_step[i].verb);
		assert_int_equal(w.steps[i].line, every_step[i].line);
		assert_int_equal(w.steps[i].ms, every_step[i].ms);
		assert_int_equal(w.steps[i].text == NULL, every_step[i].text == NULL);
		assert_int_equal(w.steps[i].more == NULL, every_step[i].more == NULL);
		if (every_step[i].text)
			assert_string_equal(w.steps[i].text, every_step[i].text);
		if (every_step[i].more)
			assert_string_equal(w.steps[i].more, every_step[i].more);
	}
	assert_int_equal(w.steps[0].columns, 64);
	assert_int_equal(w.steps[0].rows, 24);
	tg_walk_finish(&w);
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *text;
		int line, column;
	} rows[] = {
	        {"\n\njump\n", 3, 1},
	        {"key Entre", 1, 5},
	        {"key Enter Foo", 1, 11},
	        {"key", 1, 4},
	        {"key Down*0", 1, 5},
	        {"key Down*", 1, 5},
	        {"key Down*3x", 1, 5},
	        {"wait text", 1, 6},
	        {"wait \"open", 1, 11},
	        {"wait \"\"", 1, 8},
	        {"wait \"a\" ten", 1, 13},
	        {"wait \"a\" -1s", 1, 13},
	        {"wait \"a\" 1s more", 1, 13},
	        {"size 80", 1, 8},
	        {"size 80x24x2", 1, 13},
	        {"size 0x5", 1, 9},
	        {"card eject", 1, 6},
	        {"card pull-at", 1, 13},
	        {"card pull-at x", 1, 15},
	        {"card pull 3", 1, 11},
	        {"net sideways", 1, 5},
	        {"kill init", 1, 6},
	        {"kill", 1, 5},
	        {"restart token", 1, 9},
	        {"clock 5m", 1, 9},
	        {"clock +5", 1, 9},
	        {"shot ../x", 1, 10},
	        {"shot .x", 1, 8},
	        {"sleep -1s", 1, 10},
	        {"type", 1, 5},
	        {"expect \"a\" \"b\"", 1, 12},
	        {"type \xFF", 1, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_walk w;
		struct tg_error err = {0};
		enum tg_status st = tg_walk_parse(&w, "x.walk", rows[i].text, strlen(rows[i].text), &err);
		if (st != TG_INVALID || err.line != rows[i].line || err.column != rows[i].column ||
		        strcmp(err.file, "x.walk") != 0)
			fail_msg("'%s': %d at %d:%d: %s", rows[i].text, st, err.line, err.column, err.detail);
		assert_null(w.steps);
	}
}

static void test_a_missing_file_is_named(void **state)
{
	struct tg_walk w;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(tg_walk_load(&w, "/nowhere/x.walk", &err), TG_NOT_FOUND);
	assert_string_equal(err.file, "/nowhere/x.walk");
}

/* One list: every key of an action is one that a walk file can press. */
static void test_every_action_has_a_key(void **state)
{
#define KEY(name, key, id) key,
	static const char *const names[] = {TG_ACTIONS(KEY)};
#undef KEY
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (*names[i] && !tg_harness_key_bytes(names[i]))
			fail_msg("no key %s", names[i]);
}

/* Any bytes: no crash, no step out of nothing. */
static void test_noise(void **state)
{
	static const char *const words[] = {"key ", "wait ", "\"", "Enter", "*", "9", "card ", "pull-at ", "\n", "#",
	        " ", "size ", "x", "clock +", "m", "type ", "\\", "ү", "shot ", "kill kiosk"};
	uint32_t seed = 7;
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct tg_buf text = TG_BUF_INIT;
		for (int i = 0; i < 20; i++) {
			seed = seed * 1664525u + 1013904223u;
			tg_buf_add_str(&text, words[(seed >> 16) % (sizeof words / sizeof words[0])]);
		}
		struct tg_walk w;
		struct tg_error err = {0};
		enum tg_status st = tg_walk_parse(&w, "noise", tg_buf_str(&text), text.len, &err);
		assert_true(st == TG_OK || (st == TG_INVALID && err.line > 0 && err.column > 0));
		tg_walk_finish(&w);
		tg_buf_finish(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_step),
	        cmocka_unit_test(test_mistakes_are_named),
	        cmocka_unit_test(test_a_missing_file_is_named),
	        cmocka_unit_test(test_every_action_has_a_key),
	        cmocka_unit_test(test_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
