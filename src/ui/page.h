/* Layer: ui, private. The items of a view, one below the other, as tall as they need: the part of the screen that
 * scrolls. */
#ifndef TAMGA_UI_PAGE_H
#define TAMGA_UI_PAGE_H

#include "grid.h"
#include "tamga/view.h"

/* Where an item landed, in rows of the page. `lead` is the first row of the headings and paragraphs before it that no
 * other focusable item owns: what should be seen together with it. `row` .. `end` is the item itself. */
struct tg_place {
	int lead, row, end;
};

struct tg_page {
	struct tg_grid grid; /* its cursor is the focus: the edit position, or the first letter */
	struct tg_place places[TG_VIEW_ITEMS];
	int rows;
};

/* Empty rows between items: between all, between unlike neighbours, only before headings and before what can be chosen.
 */
enum tg_density { TG_DENSITY_AIR, TG_DENSITY_USUAL, TG_DENSITY_TIGHT };

struct tg_page_style {
	int columns;
	enum tg_density density;
	const char *trail, *status; /* at the end of the page when they have no room of their own, or NULL */
};

void tg_page_finish(struct tg_page *p);
/* False without memory. */
bool tg_page_set(
        struct tg_page *p, const struct tg_view *v, const struct tg_i18n *i18n, const struct tg_page_style *style);

#endif
