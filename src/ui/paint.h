/* Layer: ui, private. Cells onto an ncurses window. */
#ifndef TAMGA_UI_PAINT_H
#define TAMGA_UI_PAINT_H

#include "grid.h"

/* After newterm: colours, when the terminal has them. */
void tg_paint_init(void);
/* Writes the rows of `g` that differ from `shown`, and puts the cursor. Nothing reaches the terminal before doupdate.
 */
void tg_paint(const struct tg_grid *g, const struct tg_grid *shown);

#endif
