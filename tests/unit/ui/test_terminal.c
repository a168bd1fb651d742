/* ui on a real pseudo-terminal, its screen read by libvterm: what layout lays is what stands there; the terminal is
 * given back; no key can stop the program; nothing of a PIN stays in its memory. */
#include "harness.h"
#include "views.h"

#include "tamga/ui.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct tg_view view;

static struct tg_harness *show_as(const char *name, int columns, int rows, const char *term)
{
	const char *const argv[] = {TAMGA_BINARY_DIR "/bin/ui-show", name, NULL};
	const struct tg_harness_options o = {.columns = columns, .rows = rows, .term = term};
	struct tg_harness *h = NULL;
	struct tg_error err = {0};
	if (tg_harness_spawn(&h, argv, &o, &err) != TG_OK)
		fail_msg("%s", err.detail);
	return h;
}

static struct tg_harness *show(const char *name, int columns, int rows)
{
	return show_as(name, columns, rows, "xterm");
}

static void assert_screen(struct tg_harness *h, int columns, int rows)
{
	struct tg_buf want = TG_BUF_INIT, got = TG_BUF_INIT;
	tg_ui_render_text(&view, columns, rows, NULL, &want);
	for (int i = 0; i < 100; i++) {
		tg_buf_reset(&got);
		tg_harness_text(h, &got);
		if (strcmp(tg_buf_str(&got), tg_buf_str(&want)) == 0)
			break;
		tg_harness_settle(h, 50, 50);
	}
	assert_string_equal(tg_buf_str(&got), tg_buf_str(&want));
	tg_buf_finish(&want);
	tg_buf_finish(&got);
}

static void test_the_terminal_shows_what_was_laid_out(void **state)
{
	static const int sizes[][2] = {{120, 33}, {80, 24}, {50, 18}};
	static const char *const terms[] = {"xterm", "linux", "tmux"};
	(void)state;
	for (unsigned i = 0; i < n_test_views; i++) {
		if (strcmp(test_views[i].name, "modal") == 0 || strcmp(test_views[i].name, "tall-modal") == 0 ||
		        strcmp(test_views[i].name, "empty") == 0)
			continue; /* ui-show lays something under them; the other waits for no key */
		for (size_t k = 0; k < 3; k++) {
			test_views[i].make(&view);
			struct tg_harness *h = show_as(test_views[i].name, sizes[k][0], sizes[k][1], terms[k]);
			assert_screen(h, sizes[k][0], sizes[k][1]);
			tg_harness_destroy(h);
		}
	}
}

static void test_resize_at_any_time(void **state)
{
	static const int sizes[][2] = {{50, 18}, {120, 33}, {40, 10}, {64, 24}, {80, 24}};
	(void)state;
	test_views[1].make(&view);
	struct tg_harness *h = show("form", 80, 24);
	assert_screen(h, 80, 24);
	for (size_t k = 0; k < 5; k++) {
		tg_harness_resize(h, sizes[k][0], sizes[k][1]);
		assert_screen(h, sizes[k][0], sizes[k][1]);
	}
	tg_harness_destroy(h);
}

/* P-3: the hardware cursor is on the focus, for the braille line. */
static void test_p3_cursor_follows_the_focus(void **state)
{
	(void)state;
	test_views[0].make(&view);
	struct tg_harness *h = show("languages", 80, 24);
	assert_screen(h, 80, 24);
	static const uint32_t first[] = {0x49A, 0x41A, 0x420, 'E'}; /* Қ К Р E */
	for (size_t i = 0; i < 4; i++) {
		int row, col;
		tg_harness_cursor(h, &row, &col);
		assert_int_equal(tg_harness_cell(h, row, col).ch, first[i]);
		assert_int_equal(tg_harness_cell(h, row, 2).ch, '>');
		assert_true(tg_harness_key(h, "Down"));
		tg_harness_settle(h, 100, 1000);
	}
	tg_harness_destroy(h);
}

static void test_typing(void **state)
{
	(void)state;
	struct tg_harness *h = show("wide", 80, 24);
	assert_true(tg_harness_wait(h, "joined", 5000));
	tg_harness_send(h, "Айгүл Ұ", strlen("Айгүл Ұ"));
	assert_true(tg_harness_wait(h, "Айгүл Ұ", 5000));
	assert_true(tg_harness_key(h, "Backspace*2"));
	assert_true(tg_harness_wait(h, "[Айгүл ", 5000));
	tg_harness_settle(h, 100, 1000);
	assert_false(tg_harness_shows(h, "Айгүл Ұ"));
	tg_harness_destroy(h);
}

static void test_pages_are_turned(void **state)
{
	(void)state;
	struct tg_harness *h = show("consent", 50, 18);
	assert_true(tg_harness_wait(h, "[x]", 5000));
	assert_false(tg_harness_shows(h, "1. Дербес"));
	assert_true(tg_harness_key(h, "PageUp*40"));
	for (int i = 0; i < 50 && tg_harness_shows(h, "жоғарыда тағы бар"); i++)
		tg_harness_settle(h, 100, 100);
	assert_true(tg_harness_shows(h, "─ 1. Дербес"));
	assert_false(tg_harness_shows(h, "[x]"));
	assert_true(tg_harness_key(h, "PageDown"));
	assert_true(tg_harness_wait(h, "жоғарыда тағы бар", 5000));
	assert_true(tg_harness_key(h, "Left")); /* any other key is back at the focus */
	assert_true(tg_harness_wait(h, "[x]", 5000));
	tg_harness_destroy(h);
}

/* No key reaches the shell, stops, ends or freezes the program. */
static void test_k12_no_key_stops_it(void **state)
{
	static const char *const keys[] = {"Ctrl-C", "Ctrl-Z", "Ctrl-\\", "Ctrl-S", "Ctrl-Q", "Ctrl-D", "Ctrl-V",
	        "Ctrl-O", "Ctrl-Y", "Ctrl-]", "Esc", "F4", "F12", "Insert"};
	(void)state;
	struct tg_harness *h = show("languages", 80, 24);
	assert_true(tg_harness_wait(h, "English", 5000));
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		assert_true(tg_harness_key(h, keys[i]));
	assert_true(tg_harness_key(h, "Down*3"));
	tg_harness_settle(h, 200, 2000);
	assert_true(tg_harness_running(h, NULL));
	int row, col;
	tg_harness_cursor(h, &row, &col);
	assert_int_equal(tg_harness_cell(h, row, col).ch, 'E');
	tg_harness_destroy(h);
}

static void test_a_flood_does_no_harm(void **state)
{
	(void)state;
	struct tg_harness *h = show("wide", 80, 24);
	assert_true(tg_harness_wait(h, "joined", 5000));
	static const char flood[] = "\033[200~\033[<0;1;1M\033]0;x\007aaaaaaaaaaaaaaaaaaaaaaaaaaaa\xFF\xFE\033[";
	for (int i = 0; i < 200; i++)
		tg_harness_send(h, flood, sizeof flood - 1);
	assert_true(tg_harness_running(h, NULL));
	tg_harness_settle(h, 300, 10000);
	assert_true(tg_harness_key(h, "F10"));
	tg_harness_settle(h, 300, 3000);
	int status;
	for (int i = 0; i < 100 && tg_harness_running(h, &status); i++)
		tg_harness_settle(h, 20, 20);
	assert_false(tg_harness_running(h, &status));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	tg_harness_destroy(h);
}

/* Afterwards the shell's terminal is as before: its settings, its screen, its cursor. */
static void check_given_back(const char *key, const char *term)
{
	static const char script[] = "before=$(stty -a); " TAMGA_BINARY_DIR "/bin/ui-show form; "
	                             "[ \"$(stty -a)\" = \"$before\" ] && echo same; sleep 60";
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct tg_harness_options o = {.columns = 80, .rows = 24, .term = term};
	struct tg_harness *h = NULL;
	assert_int_equal(tg_harness_spawn(&h, argv, &o, NULL), TG_OK);
	assert_true(tg_harness_wait(h, "Айгүл", 5000));
	assert_true(tg_harness_key(h, key));
	assert_true(tg_harness_wait(h, "same", 5000));
	assert_false(tg_harness_shows(h, "Айгүл"));
	assert_false(tg_harness_alternate(h));
	tg_harness_kill(h, SIGKILL);
	tg_harness_destroy(h);
}

static void test_the_terminal_is_given_back(void **state)
{
	(void)state;
	check_given_back("F10", "xterm");
	check_given_back("F10", "linux");
	check_given_back("F1", "xterm"); /* a fatal signal */
	check_given_back("F1", "linux");
}

static void test_foreign_text_does_not_steer(void **state)
{
	(void)state;
	struct tg_harness *h = show("hostile", 80, 24);
	assert_true(tg_harness_wait(h, "reader", 5000));
	tg_harness_settle(h, 100, 500);
	const struct tg_buf *raw = tg_harness_raw(h);
	assert_null(strstr(tg_buf_str(raw), "\033]0;own"));
	assert_null(strstr(tg_buf_str(raw), "\033[6n"));
	assert_null(strstr(tg_buf_str(raw), "\033c\033[?1049h"));
	assert_null(strstr(tg_buf_str(raw), "\007"));
	tg_harness_destroy(h);
}

/* Counts how often `bytes` stand in the writable memory of a process. */
static unsigned count_in_memory(pid_t pid, const char *bytes)
{
	char path[64], line[512];
	static char part[1 << 20];
	unsigned found = 0;
	size_t n = strlen(bytes);
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	FILE *maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	FILE *mem = fopen(path, "r");
	assert_true(maps && mem);
	while (fgets(line, sizeof line, maps)) {
		unsigned long from, to;
		char rights[8];
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w' || to - from > (1ul << 30))
			continue;
		for (unsigned long at = from; at < to && fseeko(mem, (off_t)at, SEEK_SET) == 0; at += sizeof part - n) {
			size_t want = to - at < sizeof part ? to - at : sizeof part;
			size_t got = fread(part, 1, want, mem);
			for (char *p = part; got >= n && (p = memmem(p, got - (size_t)(p - part), bytes, n)); p++)
				found++;
			if (got < want || want < sizeof part)
				break;
		}
	}
	fclose(maps);
	fclose(mem);
	return found;
}

/* K-5: what was typed into a PIN box stands nowhere in the program's memory; what was typed into a field does, which
 * shows that the search finds it. */
static void test_k5_a_typed_pin_leaves_no_copy(void **state)
{
	(void)state;
	struct tg_harness *h = show("pin", 80, 24);
	assert_true(tg_harness_wait(h, "[******", 5000));
	tg_harness_send(h, "48151623420", 11);
	tg_harness_settle(h, 200, 2000);
	assert_int_equal(count_in_memory(tg_harness_pid(h), "48151623"), 0);
	tg_harness_destroy(h);
	h = show("wide", 80, 24);
	assert_true(tg_harness_wait(h, "joined", 5000));
	tg_harness_send(h, "48151623420", 11);
	tg_harness_settle(h, 200, 2000);
	assert_true(count_in_memory(tg_harness_pid(h), "48151623") > 0);
	tg_harness_destroy(h);
}

static void test_no_terminal_is_an_error(void **state)
{
	int ends[2];
	struct tg_ui *ui = NULL;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(tg_ui_create(&ui, ends[0], ends[1], NULL, &err), TG_IO);
	assert_null(ui);
	assert_true(*err.detail);
	tg_ui_destroy(NULL);
	tg_ui_restore();
	close(ends[0]);
	close(ends[1]);
}

static void test_an_unknown_terminal_is_an_error(void **state)
{
	(void)state;
	struct tg_harness *h = show_as("form", 80, 24, "nonsense");
	int status = 0;
	assert_true(tg_harness_wait(h, "the kind of terminal in TERM is not known", 5000));
	for (int i = 0; i < 100 && tg_harness_running(h, &status); i++)
		tg_harness_settle(h, 20, 20);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	tg_harness_destroy(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_terminal_shows_what_was_laid_out),
	        cmocka_unit_test(test_resize_at_any_time),
	        cmocka_unit_test(test_p3_cursor_follows_the_focus),
	        cmocka_unit_test(test_typing),
	        cmocka_unit_test(test_pages_are_turned),
	        cmocka_unit_test(test_k12_no_key_stops_it),
	        cmocka_unit_test(test_a_flood_does_no_harm),
	        cmocka_unit_test(test_the_terminal_is_given_back),
	        cmocka_unit_test(test_foreign_text_does_not_steer),
	        cmocka_unit_test(test_k5_a_typed_pin_leaves_no_copy),
	        cmocka_unit_test(test_an_unknown_terminal_is_an_error),
	        cmocka_unit_test(test_no_terminal_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
