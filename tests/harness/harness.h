/* A program on a pseudo-terminal, its screen kept by libvterm: what a person would see and type, for tests, walks and
 * measurements. One thread; no signals are used. */
#ifndef TAMGA_HARNESS_H
#define TAMGA_HARNESS_H

#include "tamga/buf.h"
#include <sys/types.h>

struct tg_harness;

struct tg_harness_options {
	int columns, rows;
	const char *term;         /* NULL: xterm */
	const char *const *unset; /* names of variables that the program must not get, ends with NULL; or NULL */
};

/* Starts argv[0] (found in PATH) as the leader of a session of its own. */
enum tg_status tg_harness_spawn(struct tg_harness **out, const char *const *argv,
        const struct tg_harness_options *options, struct tg_error *err) TG_MUST_USE;
/* Hangs up, waits up to five seconds for the end, then kills. Takes NULL. */
void tg_harness_destroy(struct tg_harness *h);

pid_t tg_harness_pid(const struct tg_harness *h);
/* False when it has ended; then `status` (may be NULL) is as waitpid gives it. */
bool tg_harness_running(struct tg_harness *h, int *status);
void tg_harness_kill(struct tg_harness *h, int signal);

/* Takes what the program writes, for up to `ms` milliseconds or until something came. Returns false when nothing came.
 */
bool tg_harness_pump(struct tg_harness *h, int ms);
/* Pumps until nothing came for `quiet_ms` and the program waits with everything read that was typed; at most `ms`. */
void tg_harness_settle(struct tg_harness *h, int quiet_ms, int ms);

void tg_harness_send(struct tg_harness *h, const void *bytes, size_t n);
/* "F10", "Enter", "Ctrl-C", "Down*3" … Returns false for a name that there is not. */
bool tg_harness_key(struct tg_harness *h, const char *name);
/* The bytes of one key, NULL when there is no such key. */
const char *tg_harness_key_bytes(const char *name);
void tg_harness_resize(struct tg_harness *h, int columns, int rows);

/* One line per row, UTF-8, trailing spaces cut. */
void tg_harness_text(const struct tg_harness *h, struct tg_buf *out);
void tg_harness_cursor(const struct tg_harness *h, int *row, int *col);
struct tg_harness_cell {
	uint32_t ch; /* 0 = nothing was written there */
	bool bold, underline, reverse;
	int foreground, background; /* colour numbers, -1 = the terminal's own */
};
struct tg_harness_cell tg_harness_cell(const struct tg_harness *h, int row, int col);
/* True while the alternate screen is on, as full-screen programs switch it on xterm. */
bool tg_harness_alternate(const struct tg_harness *h);
/* Everything the program has written, without interpretation; for tests of what must not be there. */
const struct tg_buf *tg_harness_raw(const struct tg_harness *h);

/* True when `text` stands on the screen. Runs of spaces, line ends and box lines count as one space on both sides, and
 * a text that was wrapped within a column is found, too. */
bool tg_harness_shows(const struct tg_harness *h, const char *text);
/* Pumps until it does. */
bool tg_harness_wait(struct tg_harness *h, const char *text, int ms);

#endif
