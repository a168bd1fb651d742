/* The harness against programs that everybody knows: cat, sh, stty. */
#include "harness.h"

#include "match.h"
#include "tamga/text.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct tg_harness *spawn_sh(const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct tg_harness_options o = {.columns = 40, .rows = 10};
	struct tg_harness *h = NULL;
	struct tg_error err = {0};
	if (tg_harness_spawn(&h, argv, &o, &err) != TG_OK)
		fail_msg("%s", err.detail);
	return h;
}

static void test_types_and_sees(void **state)
{
	(void)state;
	struct tg_harness *h = spawn_sh("stty -echo; echo ready; cat");
	assert_true(tg_harness_wait(h, "ready", 5000));
	tg_harness_send(h, "Айгүл 漢\r", strlen("Айгүл 漢\r"));
	assert_true(tg_harness_wait(h, "Айгүл 漢", 5000));
	assert_false(tg_harness_shows(h, "Аигүл"));
	int row, col;
	tg_harness_settle(h, 50, 500);
	tg_harness_cursor(h, &row, &col);
	assert_int_equal(row, 2);
	assert_int_equal(col, 0);
	struct tg_buf text = TG_BUF_INIT;
	tg_harness_text(h, &text);
	assert_memory_equal(tg_buf_str(&text), "ready\nАйгүл 漢\n\n", strlen("ready\nАйгүл 漢\n\n"));
	tg_buf_finish(&text);
	tg_harness_destroy(h);
}

static void test_wait_ends_in_time(void **state)
{
	struct timespec a, b;
	(void)state;
	struct tg_harness *h = spawn_sh("echo one; sleep 60");
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_false(tg_harness_wait(h, "two", 300));
	clock_gettime(CLOCK_MONOTONIC, &b);
	long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	assert_in_range(ms, 290, 3000);
	tg_harness_kill(h, SIGKILL);
	assert_false(tg_harness_running(h, NULL));
	tg_harness_destroy(h);
}

static void test_end_and_status_are_seen(void **state)
{
	int status;
	(void)state;
	struct tg_harness *h = spawn_sh("echo last words; exit 7");
	assert_true(tg_harness_wait(h, "last words", 5000));
	assert_false(tg_harness_wait(h, "more", 5000)); /* returns at once when it has ended */
	assert_false(tg_harness_running(h, &status));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	tg_harness_destroy(h);
}

static void test_size_reaches_the_program(void **state)
{
	(void)state;
	struct tg_harness *h = spawn_sh("trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done");
	assert_true(tg_harness_wait(h, "10 40", 5000));
	tg_harness_resize(h, 64, 24);
	assert_true(tg_harness_wait(h, "24 64", 5000));
	tg_harness_destroy(h);
}

static void test_attributes(void **state)
{
	(void)state;
	struct tg_harness *h = spawn_sh("printf '\\033[1;33;44mX\\033[0m\\033[7mY\\033[0mZ'; sleep 60");
	assert_true(tg_harness_wait(h, "XYZ", 5000));
	struct tg_harness_cell x = tg_harness_cell(h, 0, 0), y = tg_harness_cell(h, 0, 1), z = tg_harness_cell(h, 0, 2);
	assert_true(x.bold && x.background == 4);
	assert_true(x.foreground == 3 || x.foreground == 11); /* libvterm shows bold as bright */
	assert_true(y.reverse && !y.bold && y.foreground == -1);
	assert_true(!z.reverse && z.ch == 'Z');
	tg_harness_kill(h, SIGKILL);
	tg_harness_destroy(h);
}

static void test_keys_arrive_as_bytes(void **state)
{
	(void)state;
	struct tg_harness *h =
	        spawn_sh("stty -icanon -echo -isig -icrnl -iexten -ixon min 1; echo ready; od -An -tx1 -N 22 -v -w8");
	assert_true(tg_harness_wait(h, "ready", 5000));
	assert_true(tg_harness_key(h, "Down*2"));
	assert_true(tg_harness_key(h, "F10"));
	assert_true(tg_harness_key(h, "Enter"));
	assert_true(tg_harness_key(h, "Ctrl-C"));
	assert_true(tg_harness_key(h, "BackTab"));
	assert_true(tg_harness_key(h, "Backspace"));
	assert_true(tg_harness_key(h, "F1"));
	assert_true(tg_harness_key(h, "Space"));
	assert_true(tg_harness_key(h, "Esc"));
	assert_false(tg_harness_key(h, "Nonsense"));
	assert_false(tg_harness_key(h, "Down*x"));
	assert_true(tg_harness_wait(h, "1b 5b 42 1b 5b 42 1b 5b", 5000));
	assert_true(tg_harness_wait(h, "32 31 7e 0d 03 1b 5b 5a", 5000));
	assert_true(tg_harness_wait(h, "7f 1b 4f 50 20 1b", 5000));
	tg_harness_destroy(h);
}

/* A program that never reads or never ends does not hang the harness. */
static void test_deaf_programs(void **state)
{
	static char flood[200000];
	(void)state;
	memset(flood, 'x', sizeof flood);
	struct tg_harness *h = spawn_sh("stty raw -echo; trap '' HUP TERM; echo ready; sleep 2; sleep 1");
	assert_true(tg_harness_wait(h, "ready", 5000));
	tg_harness_send(h, flood, 60000);
	tg_harness_kill(h, SIGKILL);
	tg_harness_destroy(h);
}

static void assert_fold(const char *in, const char *want)
{
	struct tg_buf b = TG_BUF_INIT;
	tg_match_fold(in, &b);
	assert_string_equal(tg_buf_str(&b), want);
	tg_buf_finish(&b);
}

static void test_folding(void **state)
{
	(void)state;
	assert_fold("  a \n\n b\t│ c ─┐\n", "a b c");
	assert_fold("┌──┐\n│ҚҚ│\n└──┘", "ҚҚ");
	assert_fold("", "");
	assert_fold("   ", "");
}

static bool in_columns(const char *screen, const char *text)
{
	static uint32_t cells[10 * 60];
	struct tg_match_grid g = {60, 10, cells};
	int row = 0, col = 0;
	memset(cells, 0, sizeof cells);
	for (const char *p = screen, *end = screen + strlen(screen); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		if (cp == '\n') {
			row++;
			col = 0;
		} else {
			cells[row * 60 + col++] = cp;
		}
	}
	return tg_match_columns(&g, text);
}

static void test_wrapped_beside_other_text(void **state)
{
	static const char screen[] = "  > A1.3 Жеке сәйкестендіру     [9501401   ]\n"
	                             "         нөмірі (ЖСН)         ! Соңғы санның\n"
	                             "                                мәні дұрыс емес\n"
	                             "    A1.4 Ұялы телефоны        [          ]\n";
	(void)state;
	assert_true(in_columns(screen, "Жеке сәйкестендіру нөмірі (ЖСН)"));
	assert_true(in_columns(screen, "A1.3 Жеке сәйкестендіру нөмірі"));
	assert_true(in_columns(screen, "Соңғы санның мәні дұрыс емес"));
	assert_true(in_columns(screen, "Ұялы телефоны"));
	assert_false(in_columns(screen, "сәйкестендіру Ұялы"));
	assert_false(in_columns(screen, "нөмірі (ЖСН) мәні дұрыс")); /* two rows apart */
	assert_false(in_columns(screen, "мәні дұрыс емес Ұялы"));
	assert_false(in_columns(screen, "нет"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_types_and_sees),
	        cmocka_unit_test(test_wait_ends_in_time),
	        cmocka_unit_test(test_end_and_status_are_seen),
	        cmocka_unit_test(test_size_reaches_the_program),
	        cmocka_unit_test(test_attributes),
	        cmocka_unit_test(test_keys_arrive_as_bytes),
	        cmocka_unit_test(test_deaf_programs),
	        cmocka_unit_test(test_folding),
	        cmocka_unit_test(test_wrapped_beside_other_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
