/* Layer: ui. Paints a view-model with ncursesw and turns keys into actions. Reflows from 120×33 down to 50×18 (P-3);
 * below that, a sentence in four languages that asks for a larger window. The hardware cursor is on the focus. */
#ifndef TAMGA_UI_H
#define TAMGA_UI_H

#include "tamga/status.h"
#include "tamga/view.h"

struct tg_ui;

/* Removes from the environment what ncurses listens to beside TERM (LINES, TERMINFO, ESCDELAY …). For the beginning of
 * main, while there is one thread. */
void tg_ui_clean_environment(void);

/* Takes the terminal of `in` and `out` over (raw, alternate screen). The environment's TERM is used as it is; LINES and
 * COLUMNS are ignored. One at a time. */
enum tg_status tg_ui_create(
        struct tg_ui **out, int in_fd, int out_fd, const struct tg_i18n *i18n, struct tg_error *err) TG_MUST_USE;
/* Gives the terminal back as it was. Takes NULL. Also safe from a fatal-signal path: tg_ui_restore. */
void tg_ui_destroy(struct tg_ui *ui);
/* Async-signal-safe: writes the restoring sequences and termios of the last tg_ui_create. */
void tg_ui_restore(void);

void tg_ui_draw(struct tg_ui *ui, const struct tg_view *v);
/* After SIGWINCH: takes the new size; the caller draws again. */
void tg_ui_resized(struct tg_ui *ui);

/* Reads what is typed without waiting (but for 25 ms after the beginning of a sequence, so that Esc alone is known).
 * Returns false when there is nothing more, and after a flood of keys, so that the caller can look at other things;
 * then the rest is still in the kernel's queue and the descriptor readable. `ch` is set for TG_ACTION_CHAR.
 * PageUp and PageDown turn the pages of what does not fit on the screen; they come back as TG_ACTION_NONE, which means:
 * draw again. Any other key returns to the focus.
 * `scrub` afterwards leaves no copy of what was typed in the library's buffers: used after each key of a PIN. */
struct tg_key {
	enum tg_action action;
	uint32_t ch;
};
bool tg_ui_read(struct tg_ui *ui, struct tg_key *key);
void tg_ui_scrub(struct tg_ui *ui);
/* The screen as it should stand, one line per row, UTF-8, trailing spaces cut: for golden tests without a terminal. */
struct tg_buf;
void tg_ui_render_text(const struct tg_view *v, int columns, int rows, const struct tg_i18n *i18n, struct tg_buf *out);

#endif
