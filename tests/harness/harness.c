#include "harness.h"

#include "match.h"
#include "tamga/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#define RAW_KEPT (4u << 20)

struct tg_harness {
	int fd; /* -1 once the other side is gone */
	char slave[64];
	pid_t pid;
	bool ended;
	int status;
	int columns, rows;
	VTerm *vt;
	VTermScreen *screen;
	bool alternate;
	struct tg_buf raw;
};

/* ---- start and end ---- */

static void become_child(int fd, const char *const *argv, const struct tg_harness_options *options)
{
	sigset_t none;
	setsid();
	if (ioctl(fd, TIOCSCTTY, 0) != 0)
		_exit(126);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	for (size_t i = 0; options->unset && options->unset[i]; i++)
		unsetenv(options->unset[i]);
	setenv("TERM", options->term ? options->term : "xterm", 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void set_size(int fd, int columns, int rows)
{
	struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
	(void)ioctl(fd, TIOCSWINSZ, &size);
}

static enum tg_status open_pty(struct tg_harness *h, struct tg_error *err)
{
	h->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (h->fd < 0 || grantpt(h->fd) != 0 || unlockpt(h->fd) != 0 ||
	        ptsname_r(h->fd, h->slave, sizeof h->slave) != 0)
		return tg_error_set(err, TG_IO, "pseudo-terminal: %s", strerror(errno));
	set_size(h->fd, h->columns, h->rows);
	return TG_OK;
}

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
	struct tg_harness *h = user;
	if (prop == VTERM_PROP_ALTSCREEN)
		h->alternate = value->boolean;
	return 1;
}

static enum tg_status make_screen(struct tg_harness *h, struct tg_error *err)
{
	static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
	h->vt = vterm_new(h->rows, h->columns);
	if (!h->vt)
		return tg_error_set(err, TG_NO_MEMORY, "libvterm");
	vterm_set_utf8(h->vt, 1);
	h->screen = vterm_obtain_screen(h->vt);
	vterm_screen_enable_altscreen(h->screen, 1);
	vterm_screen_set_callbacks(h->screen, &callbacks, h);
	vterm_screen_reset(h->screen, 1);
	return TG_OK;
}

enum tg_status tg_harness_spawn(struct tg_harness **out, const char *const *argv,
        const struct tg_harness_options *options, struct tg_error *err)
{
	*out = NULL;
	struct tg_harness *h = calloc(1, sizeof *h);
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "harness");
	*h = (struct tg_harness){.fd = -1, .ended = true, .columns = options->columns, .rows = options->rows};
	enum tg_status st = make_screen(h, err);
	if (st == TG_OK)
		st = open_pty(h, err);
	if (st != TG_OK) {
		tg_harness_destroy(h);
		return st;
	}
	/* Opened before there is a child: as long as that lives, whoever else opens and closes it is not the last. */
	int slave = open(h->slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
	h->pid = slave < 0 ? -1 : fork();
	if (h->pid == 0)
		become_child(slave, argv, options);
	if (slave >= 0)
		close(slave);
	h->ended = h->pid < 0;
	if (h->ended) {
		tg_harness_destroy(h);
		return tg_error_set(err, TG_IO, "fork: %s", strerror(errno));
	}
	*out = h;
	return TG_OK;
}

bool tg_harness_running(struct tg_harness *h, int *status)
{
	if (!h->ended && waitpid(h->pid, &h->status, WNOHANG) == h->pid)
		h->ended = true;
	if (status)
		*status = h->status;
	return !h->ended;
}

static void wait_end(struct tg_harness *h, int ms)
{
	for (; ms > 0 && tg_harness_running(h, NULL); ms -= 10)
		(void)tg_harness_pump(h, 10);
}

void tg_harness_kill(struct tg_harness *h, int signal_number)
{
	if (!tg_harness_running(h, NULL))
		return;
	kill(h->pid, signal_number);
	if (signal_number == SIGKILL)
		wait_end(h, 5000);
}

void tg_harness_destroy(struct tg_harness *h)
{
	if (!h)
		return;
	if (!h->ended) {
		kill(h->pid, SIGHUP);
		wait_end(h, 5000);
		tg_harness_kill(h, SIGKILL);
	}
	if (h->fd >= 0)
		close(h->fd);
	if (h->vt)
		vterm_free(h->vt);
	tg_buf_finish(&h->raw);
	free(h);
}

pid_t tg_harness_pid(const struct tg_harness *h)
{
	return h->pid;
}

/* ---- bytes ---- */

static void answer_queries(struct tg_harness *h)
{
	char bytes[256];
	size_t n;
	while ((n = vterm_output_read(h->vt, bytes, sizeof bytes)) > 0)
		tg_harness_send(h, bytes, n);
}

bool tg_harness_pump(struct tg_harness *h, int ms)
{
	char bytes[16384];
	struct pollfd p = {.fd = h->fd, .events = POLLIN};
	if (h->fd < 0) {
		poll(NULL, 0, ms); /* so that whoever waits for the end does wait */
		return false;
	}
	if (poll(&p, 1, ms) != 1)
		return false;
	ssize_t n = read(h->fd, bytes, sizeof bytes);
	if (n <= 0) {
		close(h->fd);
		h->fd = -1;
		return false;
	}
	vterm_input_write(h->vt, bytes, (size_t)n);
	if (h->raw.len < RAW_KEPT)
		tg_buf_add(&h->raw, bytes, (size_t)n);
	answer_queries(h);
	return true;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool all_is_read(const struct tg_harness *h)
{
	int left = 0, fd = open(h->slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		(void)ioctl(fd, FIONREAD, &left);
		close(fd);
	}
	return left == 0;
}

static bool sleeps(pid_t pid)
{
	char path[32], line[256] = "";
	(void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, line, sizeof line - 1) : -1;
	if (fd >= 0)
		close(fd);
	const char *name_end = n > 0 ? strrchr(line, ')') : NULL; /* "7 (tamga) S …" */
	return !name_end || strncmp(name_end, ") S", 3) == 0;
}

/* On a busy machine a program may be silent because it has not had its turn: that is not the same as being ready. */
void tg_harness_settle(struct tg_harness *h, int quiet_ms, int ms)
{
	int64_t end = now_ms() + ms;
	while (now_ms() < end && (tg_harness_pump(h, quiet_ms) || (h->fd >= 0 && !(all_is_read(h) && sleeps(h->pid)))))
		;
}

/* A program that does not read must not hang us: what it writes is taken meanwhile. */
void tg_harness_send(struct tg_harness *h, const void *bytes, size_t n)
{
	const char *p = bytes;
	int tries = 0;
	while (n > 0 && h->fd >= 0 && tries < 500) {
		struct pollfd f = {.fd = h->fd, .events = POLLOUT};
		if (poll(&f, 1, 10) != 1 || !(f.revents & POLLOUT)) {
			tries++;
			(void)tg_harness_pump(h, 0);
			continue;
		}
		ssize_t k = write(h->fd, p, n < 256 ? n : 256);
		if (k <= 0)
			return;
		p += k;
		n -= (size_t)k;
	}
}

void tg_harness_resize(struct tg_harness *h, int columns, int rows)
{
	h->columns = columns;
	h->rows = rows;
	vterm_set_size(h->vt, rows, columns);
	if (h->fd >= 0)
		set_size(h->fd, columns, rows);
}

/* ---- what is seen ---- */

static VTermScreenCell cell(const struct tg_harness *h, int row, int col)
{
	VTermScreenCell c = {0};
	(void)vterm_screen_get_cell(h->screen, (VTermPos){row, col}, &c);
	return c;
}

static int last_used(const struct tg_harness *h, int row)
{
	int n = h->columns;
	while (n > 0) {
		uint32_t ch = cell(h, row, n - 1).chars[0];
		if (ch && ch != ' ')
			break;
		n--;
	}
	return n;
}

void tg_harness_text(const struct tg_harness *h, struct tg_buf *out)
{
	for (int row = 0; row < h->rows; row++) {
		int n = last_used(h, row);
		for (int col = 0; col < n; col++) {
			VTermScreenCell c = cell(h, row, col);
			if (c.chars[0] == (uint32_t)-1) /* right half of a wide letter */
				continue;
			for (size_t i = 0; i == 0 || (i < VTERM_MAX_CHARS_PER_CELL && c.chars[i]); i++) {
				char bytes[4];
				tg_buf_add(out, bytes, tg_utf8_put(c.chars[i] ? c.chars[i] : ' ', bytes));
			}
		}
		tg_buf_add_str(out, "\n");
	}
}

void tg_harness_cursor(const struct tg_harness *h, int *row, int *col)
{
	VTermPos pos;
	vterm_state_get_cursorpos(vterm_obtain_state(h->vt), &pos);
	*row = pos.row;
	*col = pos.col;
}

static int colour(const VTermColor *c, bool own)
{
	return own || !VTERM_COLOR_IS_INDEXED(c) ? -1 : c->indexed.idx;
}

struct tg_harness_cell tg_harness_cell(const struct tg_harness *h, int row, int col)
{
	VTermScreenCell c = cell(h, row, col);
	return (struct tg_harness_cell){
	        .ch = c.chars[0],
	        .bold = c.attrs.bold,
	        .underline = c.attrs.underline != 0,
	        .reverse = c.attrs.reverse,
	        .foreground = colour(&c.fg, VTERM_COLOR_IS_DEFAULT_FG(&c.fg)),
	        .background = colour(&c.bg, VTERM_COLOR_IS_DEFAULT_BG(&c.bg)),
	};
}

bool tg_harness_alternate(const struct tg_harness *h)
{
	return h->alternate;
}

const struct tg_buf *tg_harness_raw(const struct tg_harness *h)
{
	return &h->raw;
}

static bool shows_in_columns(const struct tg_harness *h, const char *folded)
{
	size_t n = (size_t)h->columns * (size_t)h->rows;
	uint32_t *cells = calloc(n, sizeof *cells);
	for (size_t i = 0; cells && i < n; i++)
		cells[i] = cell(h, (int)(i / (size_t)h->columns), (int)(i % (size_t)h->columns)).chars[0];
	struct tg_match_grid g = {h->columns, h->rows, cells};
	bool found = cells && tg_match_columns(&g, folded);
	free(cells);
	return found;
}

bool tg_harness_shows(const struct tg_harness *h, const char *text)
{
	struct tg_buf screen = TG_BUF_INIT, want = TG_BUF_INIT, folded = TG_BUF_INIT;
	tg_harness_text(h, &screen);
	tg_match_fold(tg_buf_str(&screen), &folded);
	tg_match_fold(text, &want);
	bool found = strstr(tg_buf_str(&folded), tg_buf_str(&want)) || shows_in_columns(h, tg_buf_str(&want));
	tg_buf_finish(&screen);
	tg_buf_finish(&want);
	tg_buf_finish(&folded);
	return found;
}

bool tg_harness_wait(struct tg_harness *h, const char *text, int ms)
{
	int64_t end = now_ms() + ms;
	for (;;) {
		if (tg_harness_shows(h, text))
			return true;
		int64_t left = end - now_ms();
		if (left <= 0 || !tg_harness_running(h, NULL)) {
			tg_harness_settle(h, 20, 200); /* the last words of a program that ended */
			return tg_harness_shows(h, text);
		}
		(void)tg_harness_pump(h, left < 100 ? (int)left : 100);
	}
}
