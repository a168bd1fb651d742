/* Layer: ui, private. A view laid into a screen of cells: pure, without curses, so that a test reads what a person
 * sees. */
#ifndef TAMGA_UI_LAYOUT_H
#define TAMGA_UI_LAYOUT_H

#include "page.h"

#define TG_UI_LEAST_COLUMNS 50
#define TG_UI_LEAST_ROWS    18
#define TG_UI_MOST_COLUMNS  400 /* a terminal that says more is not believed */
#define TG_UI_MOST_ROWS     200

struct tg_layout {
	struct tg_grid screen; /* the result, with the cursor */
	struct tg_page page;
	/* The window through which the page is seen. */
	int top;                    /* first row of the page in it */
	int seen;                   /* rows of it */
	bool above, below;          /* there is more */
	struct tg_grid under;       /* the last screen without a box over it */
	int under_head, under_foot; /* its separators */
};

/* TG_LAYOUT_FOCUS: the window is chosen so that the focused item is wholly in it; else the wanted first row. */
#define TG_LAYOUT_FOCUS (-1)

void tg_layout_finish(struct tg_layout *l);
/* Zeroes everything that earlier screens left in the memory, beyond what is drawn now, too. */
void tg_layout_forget(struct tg_layout *l);
/* False without memory: the screen is then as far as it came. */
bool tg_layout_set(
        struct tg_layout *l, const struct tg_view *v, const struct tg_i18n *i18n, int columns, int rows, int top);

#endif
