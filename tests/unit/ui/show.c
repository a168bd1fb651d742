/* Shows a hand-made view: on the terminal with keys, or as text.
 *   ui-show NAME             on this terminal; F10 leaves
 *   ui-show NAME 80x24 [k]   as text, after moving the focus k times */
#include "views.h"

#include "tamga/buf.h"
#include "tamga/text.h"
#include "tamga/ui.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct tg_view view, behind;
static char typed[200];
static volatile sig_atomic_t resized;

static void on_winch(int s)
{
	(void)s;
	resized = 1;
}

static void on_fatal(int s)
{
	tg_ui_restore();
	_exit(128 + s);
}

static int as_text(const char *size, int moves)
{
	int columns = 0, rows = 0;
	if (sscanf(size, "%dx%d", &columns, &rows) != 2)
		return 2;
	while (moves-- > 0)
		(void)test_view_move(&view, 1);
	struct tg_buf out = TG_BUF_INIT;
	tg_ui_render_text(&view, columns, rows, NULL, &out);
	fputs(tg_buf_str(&out), stdout);
	tg_buf_finish(&out);
	return 0;
}

static void type_char(uint32_t ch)
{
	char bytes[4];
	size_t n = tg_utf8_put(ch, bytes), len = strlen(typed);
	if (len + n < sizeof typed) {
		memcpy(typed + len, bytes, n);
		typed[len + n] = '\0';
	}
}

static void act(const struct tg_key *key)
{
	struct tg_item *it = view.focus >= 0 ? &view.items[view.focus] : NULL;
	if (key->action == TG_ACTION_NEXT || key->action == TG_ACTION_DOWN)
		(void)test_view_move(&view, 1);
	else if (key->action == TG_ACTION_PREVIOUS || key->action == TG_ACTION_UP)
		(void)test_view_move(&view, -1);
	else if (key->action == TG_ACTION_CHAR && it && it->kind == TG_ITEM_FIELD)
		type_char(key->ch);
	else if (key->action == TG_ACTION_ERASE)
		typed[tg_utf8_prev(typed, strlen(typed))] = '\0';
	if (it && it->kind == TG_ITEM_FIELD && (key->action == TG_ACTION_CHAR || key->action == TG_ACTION_ERASE)) {
		it->value = typed;
		it->cursor = strlen(typed);
	}
}

static int run(struct tg_ui *ui)
{
	for (;;) {
		struct tg_key key;
		if (resized) {
			resized = 0;
			tg_ui_resized(ui);
		}
		tg_ui_draw(ui, &view);
		struct pollfd p = {.fd = 0, .events = POLLIN};
		if (poll(&p, 1, -1) < 0)
			continue;
		if (p.revents & POLLHUP)
			return 1;
		while (tg_ui_read(ui, &key)) {
			if (key.action == TG_ACTION_CANCEL)
				return 0;
			if (key.action == TG_ACTION_HELP) /* a fatal signal, for the test of restoring */
				raise(SIGTERM);
			act(&key);
			tg_ui_scrub(ui);
		}
	}
}

static int on_terminal(void)
{
	struct tg_ui *ui;
	struct tg_error err = {0};
	struct sigaction winch = {.sa_handler = on_winch}, fatal = {.sa_handler = on_fatal};
	tg_ui_clean_environment();
	sigaction(SIGWINCH, &winch, NULL);
	sigaction(SIGTERM, &fatal, NULL);
	if (tg_ui_create(&ui, 0, 1, NULL, &err) != TG_OK) {
		fprintf(stderr, "%s\n", err.detail);
		return 1;
	}
	if (view.modal) {
		test_views[1].make(&behind);
		tg_ui_draw(ui, &behind);
	}
	int rc = run(ui);
	tg_ui_destroy(ui);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned i = 0;
	while (i < n_test_views && argc > 1 && strcmp(test_views[i].name, argv[1]) != 0)
		i++;
	if (argc < 2 || i == n_test_views)
		return 2;
	test_views[i].make(&view);
	if (argc > 2)
		return as_text(argv[2], argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0);
	return on_terminal();
}
