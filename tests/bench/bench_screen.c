/* Key → finished screen: the time from a key's bytes going into the pseudo-terminal until the whole screen, read by
 * libvterm, and its cursor stand as they should. The same loop first measures a bare ncurses program that does the
 * least a program can do for the same change; the ratio to it is what our layers cost. bench_screen [--rounds N]
 * [--keys K1,K2] [--wait TEXT] [-- PROGRAM ARGS…] K1 and K2 must lead from one screen to another and back. Without a
 * program, ui's own view of a form is measured. */
#include "harness.h"

#include <curses.h>
#include <getopt.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define COLUMNS      80
#define ROWS         25
#define ROWS_OF_FORM 10

/* ---- the floor: no layout, no model; only what changes is written ---- */

static void bare_line(int i, bool on)
{
	attrset(on ? A_REVERSE : A_NORMAL);
	mvprintw(3 + i * 2, 4, "A1.%d  Жеке сәйкестендіру нөмірі            [                              ]", i + 1);
	attrset(A_NORMAL);
}

static int bare(void)
{
	int at = 0, ch;
	char typed[2] = "";
	setlocale(LC_CTYPE, "C.UTF-8");
	initscr();
	raw();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	for (int i = 0; i < ROWS_OF_FORM; i++)
		bare_line(i, i == at);
	mvaddstr(0, 0, "ready");
	move(3, 45);
	refresh();
	while ((ch = getch()) != ERR && ch != KEY_F(10)) {
		bare_line(at, false);
		at += ch == KEY_DOWN ? 1 : ch == KEY_UP ? -1 : 0;
		typed[0] = ch == KEY_BACKSPACE ? '\0' : ch < 128 ? (char)ch : typed[0];
		bare_line(at, true);
		mvaddstr(3 + at * 2, 45, *typed ? typed : " ");
		move(3 + at * 2, *typed ? 46 : 45);
		refresh();
	}
	endwin();
	return 0;
}

/* ---- measuring ---- */

/* Letters, attributes and cursor: a highlight that has moved is a change, too. */
struct look {
	struct tg_buf cells;
	int row, col;
};

static void read_cells(const struct tg_harness *h, struct tg_buf *out)
{
	tg_buf_reset(out);
	for (int row = 0; row < ROWS; row++)
		for (int col = 0; col < COLUMNS; col++) {
			struct tg_harness_cell c = tg_harness_cell(h, row, col);
			tg_buf_add_u32(out, c.ch ? c.ch : ' ');
			tg_buf_add_u8(out, (uint8_t)(c.bold | c.underline << 1 | c.reverse << 2));
			tg_buf_add_u16(out, (uint16_t)((c.foreground & 0xFF) << 8 | (c.background & 0xFF)));
		}
}

static void take_look(struct tg_harness *h, struct look *l)
{
	tg_harness_settle(h, 150, 3000);
	read_cells(h, &l->cells);
	tg_harness_cursor(h, &l->row, &l->col);
}

static bool same_cells(const struct tg_buf *a, const struct tg_buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool looks_like(struct tg_harness *h, const struct look *want, struct tg_buf *work)
{
	int row, col;
	tg_harness_cursor(h, &row, &col);
	if (row != want->row || col != want->col)
		return false;
	read_cells(h, work);
	return same_cells(work, &want->cells);
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The clock stops when the bytes that finish the screen have been taken, not after we have looked at them. */
static double one_key(struct tg_harness *h, const char *key, const struct look *want, struct tg_buf *work)
{
	double begin = now_us();
	tg_harness_send(h, key, strlen(key));
	while (tg_harness_pump(h, 2000)) {
		double end = now_us();
		if (looks_like(h, want, work))
			return end - begin;
	}
	return -1;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

struct result {
	double p50, p99;
};

static bool measure_loop(struct tg_harness *h, const char *const keys[2], int rounds, double *times)
{
	struct look looks[2] = {{.cells = TG_BUF_INIT}, {.cells = TG_BUF_INIT}};
	struct tg_buf work = TG_BUF_INIT;
	bool good = true;
	take_look(h, &looks[1]);
	tg_harness_send(h, keys[0], strlen(keys[0]));
	take_look(h, &looks[0]);
	tg_harness_send(h, keys[1], strlen(keys[1]));
	take_look(h, &looks[1]);
	good = !same_cells(&looks[0].cells, &looks[1].cells);
	for (int i = -200; good && i < rounds; i++) { /* the first 200 warm up */
		double us = one_key(h, keys[i & 1], &looks[i & 1], &work);
		good = us >= 0;
		if (i >= 0)
			times[i] = us;
		poll(NULL, 0, i % 50 == 0 ? 1 : 0);
	}
	tg_buf_finish(&looks[0].cells);
	tg_buf_finish(&looks[1].cells);
	tg_buf_finish(&work);
	return good;
}

static bool measure(
        const char *const *argv, const char *wait_for, const char *const keys[2], int rounds, struct result *out)
{
	const struct tg_harness_options o = {.columns = COLUMNS, .rows = ROWS, .term = "linux"};
	struct tg_harness *h = NULL;
	struct tg_error err = {0};
	double *times = calloc((size_t)rounds, sizeof *times);
	bool good = times && tg_harness_spawn(&h, argv, &o, &err) == TG_OK && tg_harness_wait(h, wait_for, 15000) &&
	            measure_loop(h, keys, rounds, times);
	if (good) {
		qsort(times, (size_t)rounds, sizeof *times, by_size);
		out->p50 = times[rounds / 2];
		out->p99 = times[rounds - 1 - rounds / 100];
	} else {
		fprintf(stderr, "bench_screen: %s did not show what it should: %s\n", argv[0], err.detail);
	}
	if (h)
		tg_harness_kill(h, SIGKILL);
	tg_harness_destroy(h);
	free(times);
	return good;
}

static void print(const char *what, const struct result *r, const struct result *floor)
{
	printf("screen-%s-p50 %.0f us %.2f bare-ncurses\n", what, r->p50, r->p50 / floor->p50);
	printf("screen-%s-p99 %.0f us %.2f bare-ncurses\n", what, r->p99, r->p99 / floor->p99);
}

static void print_floor(const char *what, const struct result *r)
{
	printf("screen-bare-ncurses-%s-p50 %.0f us\n", what, r->p50);
	printf("screen-bare-ncurses-%s-p99 %.0f us\n", what, r->p99);
}

static char self[512], shown[600];

static void find_programs(void)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	snprintf(shown, sizeof shown, "%.*s/../bin/ui-show", slash ? (int)(slash - self) : 0, self);
}

static const char *const moving[2] = {"\033[B", "\033[A"}, *const typing[2] = {"k", "\177"};

static int bench_ui(int rounds)
{
	const char *const floor_argv[] = {self, "--bare", NULL}, *const ui_argv[] = {shown, "typing", NULL};
	struct result floor_move, floor_type, ui_move, ui_type;
	if (!measure(floor_argv, "ready", typing, rounds, &floor_type) ||
	        !measure(floor_argv, "ready", moving, rounds, &floor_move) ||
	        !measure(ui_argv, "A1.1", typing, rounds, &ui_type) ||
	        !measure(ui_argv, "A1.1", moving, rounds, &ui_move))
		return 1;
	print_floor("typing", &floor_type);
	print_floor("moving", &floor_move);
	print("ui-typing", &ui_type, &floor_type);
	print("ui-moving", &ui_move, &floor_move);
	return 0;
}

static int bench_program(const char *const *argv, const char *wait_for, const char *const keys[2], int rounds)
{
	const char *const floor_argv[] = {self, "--bare", NULL};
	struct result floor_move, got;
	if (!measure(floor_argv, "ready", moving, rounds, &floor_move) || !measure(argv, wait_for, keys, rounds, &got))
		return 1;
	print_floor("moving", &floor_move);
	print("kiosk", &got, &floor_move);
	return 0;
}

static bool parse_keys(char *text, const char *keys[2])
{
	char *comma = strchr(text, ',');
	if (!comma)
		return false;
	*comma = '\0';
	for (int i = 0; i < 2; i++) {
		const char *name = i ? comma + 1 : text;
		const char *bytes = tg_harness_key_bytes(name);
		keys[i] = bytes ? bytes : name; /* not a name: typed as it is */
	}
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
	        {"keys", required_argument, NULL, 'k'}, {"wait", required_argument, NULL, 'w'},
	        {"bare", no_argument, NULL, 'b'}, {0}};
	const char *wait_for = "F10", *keys[2] = {moving[0], moving[1]};
	int rounds = 4000;
	find_programs();
	for (int c; (c = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		if (c == 'b')
			return bare();
		else if (c == 'r')
			rounds = (int)strtol(optarg, NULL, 10);
		else if (c == 'w')
			wait_for = optarg;
		else if (c != 'k' || !parse_keys(optarg, keys))
			return 2;
	}
	if (rounds < 100 || rounds > 1000000)
		return 2;
	if (optind < argc)
		return bench_program((const char *const *)(uintptr_t)(argv + optind), wait_for, keys, rounds);
	return bench_ui(rounds);
}
