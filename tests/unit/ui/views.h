/* Hand-made views for the tests of ui: long Kazakh texts, every kind of item, foreign text that means harm. */
#ifndef TAMGA_TEST_VIEWS_H
#define TAMGA_TEST_VIEWS_H

#include "tamga/view.h"

struct test_view {
	const char *name;
	void (*make)(struct tg_view *v);
};
extern const struct test_view test_views[];
extern const unsigned n_test_views;

/* Moves the focus to the next or previous focusable item; returns false at the end. */
bool test_view_move(struct tg_view *v, int by);

#endif
