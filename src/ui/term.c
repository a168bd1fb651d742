#include "caps.h"
#include "layout.h"
#include "paint.h"

#include "tamga/buf.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_DELAY_MS 25
#define READ_AT_ONCE                                                                                                   \
	64 /* keys between two looks at the rest of the world: a pasted flood stays in the kernel's queue */

struct tg_ui {
	int in_fd, out_fd;
	FILE *in, *out;
	SCREEN *screen;
	const struct tg_i18n *i18n;
	struct tg_layout layout;
	struct tg_grid shown; /* what curses was last given */
	char name[32];        /* of the view on the screen */
	int columns, rows;
	int top; /* page that was turned to, or TG_LAYOUT_FOCUS */
	struct tg_key_map map;
	uint8_t bytes[READ_AT_ONCE + TG_KEY_BYTES];
	size_t n, at;
	unsigned burst;
};

/* What a signal handler needs to give the terminal back: made while all is well, only read later. */
static struct {
	volatile sig_atomic_t active;
	int in_fd, out_fd;
	struct termios termios;
	bool termios_known;
	char sequence[128];
	size_t n;
} giving_back;

/* The variables that ncurses listens to beside TERM. */
void tg_ui_clean_environment(void)
{
	static const char *const names[] = {"LINES", "COLUMNS", "TERMINFO", "TERMINFO_DIRS", "TERMCAP", "TERMPATH",
	        "ESCDELAY", "NCURSES_ASSUMED_COLORS", "NCURSES_CONSOLE2", "NCURSES_GPM_TERMS", "NCURSES_NO_HARD_TABS",
	        "NCURSES_NO_MAGIC_COOKIE", "NCURSES_NO_PADDING", "NCURSES_NO_SETBUF", "NCURSES_NO_UTF8_ACS",
	        "NCURSES_TRACE", "COLORTERM", "CC", "BAUDRATE"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}

/* ---- giving the terminal back ---- */

static void plan_giving_back(const struct tg_ui *ui, const struct termios *before)
{
	giving_back.n = tg_caps_leaving(giving_back.sequence, sizeof giving_back.sequence);
	giving_back.in_fd = ui->in_fd;
	giving_back.out_fd = ui->out_fd;
	giving_back.termios_known = before != NULL;
	if (before)
		giving_back.termios = *before;
	giving_back.active = 1;
}

void tg_ui_restore(void)
{
	int saved = errno;
	if (!giving_back.active)
		return;
	giving_back.active = 0;
	for (size_t at = 0; at < giving_back.n;) {
		ssize_t k = write(giving_back.out_fd, giving_back.sequence + at, giving_back.n - at);
		if (k <= 0)
			break;
		at += (size_t)k;
	}
	if (giving_back.termios_known)
		tcsetattr(giving_back.in_fd, TCSANOW, &giving_back.termios);
	errno = saved;
}

/* ---- taking it ---- */

static void read_size(struct tg_ui *ui)
{
	struct winsize size;
	bool known = ioctl(ui->out_fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
	ui->columns = known ? size.ws_col : 80;
	ui->rows = known ? size.ws_row : 24;
	ui->columns = ui->columns > TG_UI_MOST_COLUMNS ? TG_UI_MOST_COLUMNS : ui->columns;
	ui->rows = ui->rows > TG_UI_MOST_ROWS ? TG_UI_MOST_ROWS : ui->rows;
}

/* No key may stop or end the program, or freeze its output. */
static void make_deaf(int fd)
{
	static const int signals[] = {
	        VINTR, VQUIT, VSUSP, VSTART, VSTOP, VLNEXT, VDISCARD, VREPRINT, VEOL, VEOL2, VWERASE, VKILL};
	struct termios t;
	if (tcgetattr(fd, &t) != 0)
		return;
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		t.c_cc[signals[i]] = _POSIX_VDISABLE;
	t.c_iflag &= (tcflag_t) ~(IXON | IXOFF | IXANY | ICRNL | INLCR | IGNCR | ISTRIP | BRKINT | PARMRK);
	t.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	t.c_lflag |= NOFLSH;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &t);
}

/* newterm puts handlers in where there are none; which signal does what is the program's decision. */
static SCREEN *open_screen(struct tg_ui *ui)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
	struct sigaction before[4];
	for (size_t i = 0; i < 4; i++)
		sigaction(signals[i], NULL, &before[i]);
	use_env(FALSE);
	use_tioctl(TRUE);
	SCREEN *screen = newterm(NULL, ui->out, ui->in);
	for (size_t i = 0; i < 4; i++)
		sigaction(signals[i], &before[i], NULL);
	return screen;
}

static enum tg_status open_streams(struct tg_ui *ui, struct tg_error *err)
{
	int in = dup(ui->in_fd), out = dup(ui->out_fd);
	ui->in = in < 0 ? NULL : fdopen(in, "r");
	ui->out = out < 0 ? NULL : fdopen(out, "w");
	if (!ui->in && in >= 0)
		close(in);
	if (!ui->out && out >= 0)
		close(out);
	if (!ui->in || !ui->out)
		return tg_error_set(err, TG_IO, "terminal: %s", strerror(errno));
	return TG_OK;
}

static enum tg_status take_terminal(struct tg_ui *ui, struct tg_error *err)
{
	struct termios before;
	bool known = tcgetattr(ui->in_fd, &before) == 0;
	if (!isatty(ui->out_fd))
		return tg_error_set(err, TG_IO, "the output is not a terminal");
	/* ncurses writes letters in the encoding of the process; texts do not come from the locale. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return tg_error_set(err, TG_CONFIG, "the system has no C.UTF-8");
	TG_TRY(open_streams(ui, err));
	ui->screen = open_screen(ui);
	if (!ui->screen)
		return tg_error_set(err, TG_IO, "the kind of terminal in TERM is not known");
	set_term(ui->screen);
	plan_giving_back(ui, known ? &before : NULL);
	raw();
	noecho();
	nonl();
	make_deaf(ui->in_fd);
	read_size(ui);
	resize_term(ui->rows, ui->columns);
	tg_paint_init();
	leaveok(stdscr, FALSE);
	tg_caps_keys(&ui->map);
	return TG_OK;
}

enum tg_status tg_ui_create(struct tg_ui **out, int in_fd, int out_fd, const struct tg_i18n *i18n, struct tg_error *err)
{
	*out = NULL;
	TG_BUG_IF(giving_back.active);
	struct tg_ui *ui = calloc(1, sizeof *ui);
	if (!ui)
		return tg_error_set(err, TG_NO_MEMORY, "ui");
	ui->in_fd = in_fd;
	ui->out_fd = out_fd;
	ui->i18n = i18n;
	ui->top = TG_LAYOUT_FOCUS;
	enum tg_status st = take_terminal(ui, err);
	if (st != TG_OK)
		tg_ui_destroy(ui);
	else
		*out = ui;
	return st;
}

static void close_screen(struct tg_ui *ui)
{
	erase();
	refresh();
	endwin();
	giving_back.active = 0;
	if (giving_back.termios_known)
		tcsetattr(ui->in_fd, TCSANOW, &giving_back.termios);
	delscreen(ui->screen);
}

void tg_ui_destroy(struct tg_ui *ui)
{
	if (!ui)
		return;
	if (ui->screen)
		close_screen(ui);
	if (ui->in)
		fclose(ui->in);
	if (ui->out)
		fclose(ui->out);
	tg_layout_forget(&ui->layout);
	tg_layout_finish(&ui->layout);
	tg_grid_finish(&ui->shown);
	explicit_bzero(ui, sizeof *ui);
	free(ui);
}

/* ---- drawing ---- */

static void keep_shown(struct tg_ui *ui)
{
	const struct tg_grid *g = &ui->layout.screen;
	if (ui->shown.columns != g->columns || ui->shown.rows != g->rows)
		if (!tg_grid_reset(&ui->shown, g->columns, g->rows))
			return;
	memcpy(ui->shown.cells, g->cells, (size_t)g->columns * (size_t)g->rows * sizeof *g->cells);
}

/* A new screen: nothing of the one before stays behind in our memory. */
static void enter_screen(struct tg_ui *ui, const char *name)
{
	if (name && strncmp(name, ui->name, sizeof ui->name - 1) == 0)
		return;
	ui->top = TG_LAYOUT_FOCUS;
	tg_layout_forget(&ui->layout);
	(void)tg_copy(ui->name, sizeof ui->name, name ? name : "");
}

void tg_ui_draw(struct tg_ui *ui, const struct tg_view *v)
{
	if (!v->modal)
		enter_screen(ui, v->screen);
	if (!tg_layout_set(&ui->layout, v, ui->i18n, ui->columns, ui->rows, ui->top))
		return;
	tg_paint(&ui->layout.screen, &ui->shown);
	keep_shown(ui);
	refresh();
}

void tg_ui_resized(struct tg_ui *ui)
{
	read_size(ui);
	resize_term(ui->rows, ui->columns);
	clear();
	tg_grid_finish(&ui->shown);
	ui->top = TG_LAYOUT_FOCUS;
}

/* ---- reading ---- */

static bool input_waits(const struct tg_ui *ui, int ms)
{
	struct pollfd p = {.fd = ui->in_fd, .events = POLLIN};
	return poll(&p, 1, ms) == 1 && (p.revents & POLLIN);
}

static bool fill(struct tg_ui *ui, int ms)
{
	if (ui->at) { /* what is spent is zero already */
		memmove(ui->bytes, ui->bytes + ui->at, ui->n - ui->at);
		explicit_bzero(ui->bytes + (ui->n - ui->at), ui->at);
		ui->n -= ui->at;
		ui->at = 0;
	}
	if (ui->n >= sizeof ui->bytes || !input_waits(ui, ms))
		return false;
	size_t room = sizeof ui->bytes - ui->n;
	ssize_t k = read(ui->in_fd, ui->bytes + ui->n, room < READ_AT_ONCE ? room : READ_AT_ONCE);
	if (k <= 0)
		return false;
	ui->n += (size_t)k;
	return true;
}

static void spend(struct tg_ui *ui, size_t n)
{
	explicit_bzero(ui->bytes + ui->at, n);
	ui->at += n;
}

static bool next_key(struct tg_ui *ui, struct tg_key *key)
{
	bool final = false;
	for (;;) {
		if (ui->at == ui->n && !fill(ui, 0))
			return false;
		size_t used;
		enum tg_key_result r = tg_keys_parse(&ui->map, ui->bytes + ui->at, ui->n - ui->at, final, key, &used);
		if (r == TG_KEY_MORE) {
			final = !fill(ui, ESCAPE_DELAY_MS);
			continue;
		}
		spend(ui, used);
		final = false;
		if (r == TG_KEY_READY)
			return true;
	}
}

/* Turning pages changes only what is seen, so it is done here: the flow hears of it when there is nothing to turn. */
static void turn_page(struct tg_ui *ui, struct tg_key *key)
{
	const struct tg_layout *l = &ui->layout;
	int step = l->seen > 2 ? l->seen - 1 : 1, last = l->page.rows - l->seen;
	/* Several keys may come between two drawings: each goes on from where the one before led. */
	int top = ui->top == TG_LAYOUT_FOCUS ? l->top : ui->top;
	bool down = key->action == TG_ACTION_PAGE_DOWN, up = key->action == TG_ACTION_PAGE_UP;
	if (down && top < last)
		ui->top = top + step < last ? top + step : last;
	else if (up && top > 0)
		ui->top = top > step ? top - step : 0;
	else if (!down && !up) /* at the first and last page there is nothing to turn, but no way back either */
		ui->top = TG_LAYOUT_FOCUS;
	if ((down || up) && ui->top != TG_LAYOUT_FOCUS)
		key->action = TG_ACTION_NONE;
}

bool tg_ui_read(struct tg_ui *ui, struct tg_key *key)
{
	if (++ui->burst > READ_AT_ONCE && ui->at == ui->n) {
		ui->burst = 0;
		return false;
	}
	if (!next_key(ui, key)) {
		ui->burst = 0;
		return false;
	}
	turn_page(ui, key);
	return true;
}

void tg_ui_scrub(struct tg_ui *ui)
{
	explicit_bzero(ui->bytes, ui->at);
	if (ui->at == ui->n)
		ui->at = ui->n = 0;
}
