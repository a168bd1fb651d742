/* Layer: flow, and the only header of it that ui may see. What stands on the screen, without saying how it is painted:
 * the same model is painted by ncurses, spoken, and read by a script. Requirements P-2, P-3, K-13; design.md §2.5.
 *
 * Strings are borrowed: they live in the catalogue, in the flow state or in the view's own arena, until the next step.
 */
#ifndef TAMGA_VIEW_H
#define TAMGA_VIEW_H

#include "tamga/i18n.h"
#include <stddef.h>
#include <stdint.h>

/* One list: keys, help line, manual and tests come from it. The label is a message id. */
/*      name       keys as a walk file names them   message id of what it does */
/* clang-format off */
#define TG_ACTIONS(X) \
	X(NONE,     "",              "") \
	X(CHAR,     "",              "action.char") \
	X(ENTER,    "Enter",         "action.enter") \
	X(NEXT,     "Tab",           "action.next") \
	X(PREVIOUS, "BackTab",       "action.previous") \
	X(UP,       "Up",            "action.up") \
	X(DOWN,     "Down",          "action.down") \
	X(LEFT,     "Left",          "action.left") \
	X(RIGHT,    "Right",         "action.right") \
	X(HOME,     "Home",          "action.home") \
	X(END,      "End",           "action.end") \
	X(PAGE_UP,  "PageUp",        "action.page-up") \
	X(PAGE_DOWN, "PageDown",     "action.page-down") \
	X(ERASE,    "Backspace",     "action.erase") \
	X(DELETE,   "Delete",        "action.delete") \
	X(BACK,     "Esc",           "action.back") \
	X(CANCEL,   "F10",           "action.cancel") \
	X(HELP,     "F1",            "action.help") \
	X(LANGUAGE, "F2",            "action.language") \
	X(WHERE,    "F3",            "action.where") \
	X(STAFF,    "F9",            "action.staff") \
	X(QUIT,     "Ctrl-Q",        "action.quit") /* training machines only */
/* clang-format on */
#define TG_ACTION_ENUM(name, key, id) TG_ACTION_##name,
enum tg_action { TG_ACTIONS(TG_ACTION_ENUM) TG_ACTION_COUNT };
#undef TG_ACTION_ENUM
const char *tg_action_key(enum tg_action action);   /* "F10" */
const char *tg_action_label(enum tg_action action); /* message id */

enum tg_item_kind {
	TG_ITEM_TEXT, /* a paragraph; wraps */
	TG_ITEM_HEADING,
	TG_ITEM_CHOICE, /* one line that Enter chooses */
	TG_ITEM_FIELD,  /* question with an answer box */
	TG_ITEM_CHECK,  /* a declaration or a document to tick: [x] label */
	TG_ITEM_BUTTON,
	TG_ITEM_PIN,    /* answer box that shows only how many characters there are: `pin_characters` */
	TG_ITEM_ANSWER, /* review: number, question, answer; Enter jumps back to the field */
	TG_ITEM_STEP,   /* progress: label and `state` */
	TG_ITEM_NOTICE, /* good news or guidance that must be seen */
	TG_ITEM_ERROR,  /* what went wrong and what to do */
};
enum tg_step_state { TG_STEP_WAITING, TG_STEP_RUNNING, TG_STEP_DONE, TG_STEP_FAILED };

struct tg_item {
	enum tg_item_kind kind;
	int id; /* stable on its screen; events name it */
	bool focusable;
	bool checked;
	bool locked;        /* filled by chip or program: shown, marked, not editable */
	const char *number; /* "A1.2" or NULL */
	const char *label;
	const char *value; /* answer, or NULL */
	const char *hint;  /* shown while focused, or NULL */
	const char *error; /* what is wrong and how to mend it, or NULL */
	const char *mark;  /* short note behind a value: "chip" … or NULL */
	size_t cursor;     /* byte offset in value, for a focused field */
	int max_chars;     /* width wanted for the answer box; 0 = as wide as there is room */
	unsigned pin_characters;
	enum tg_step_state state;
};

#define TG_VIEW_ITEMS 80
#define TG_VIEW_KEYS  8
#define TG_VIEW_ARENA 24576

struct tg_view {
	enum tg_lang lang;
	const char *screen; /* "form", "pin" …: a stable name for tests, speech and the failure record; never shown */
	const char *title;  /* of the screen */
	const char *trail;  /* "НУЦ РК · Сертификат беру": where one is, or NULL */
	const char *banner; /* "TRAINING …" on every screen when sandbox (K-17), or NULL */
	const char *status; /* reader and card, one line: "Reader … · card …", or NULL */
	struct tg_item items[TG_VIEW_ITEMS];
	unsigned n_items;
	int focus; /* index of the focused item, -1 none; the hardware cursor stands on it */
	struct {
		enum tg_action action;
		const char *label;
	} keys[TG_VIEW_KEYS]; /* help line at the bottom */
	unsigned n_keys;
	const char *countdown; /* idle warning text with seconds, or NULL (K-11) */
	bool modal;            /* items are a question laid over the screen (cancel, time-out): paint as a box */
	char arena[TG_VIEW_ARENA];
	size_t arena_used;
};

#endif
