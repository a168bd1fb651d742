/* The walk file: keystrokes and events, one step a line (docs in the manual; grammar in walkfile.c). Reading is apart
 * from playing, so that a mistake is found before anything is started. */
#ifndef TAMGA_WALKFILE_H
#define TAMGA_WALKFILE_H

#include "tamga/status.h"
#include <stdint.h>

/* clang-format off */
#define TG_WALK_VERBS(X)                                                                                               \
	X(SIZE, "size")                                                                                                \
	X(TYPE, "type") X(KEY, "key") X(WAIT, "wait") X(EXPECT, "expect") X(EXPECT_NOT, "expect-not") X(CARD, "card")  \
	        X(TOKEN, "token") X(NET, "net") X(KILL, "kill") X(RESTART, "restart") X(CLOCK, "clock")                \
	                X(SHOT, "shot") X(SLEEP, "sleep")
/* clang-format on */
#define TG_WALK_ENUM(name, word) TG_WALK_##name,
enum tg_walk_verb { TG_WALK_VERBS(TG_WALK_ENUM) TG_WALK_VERB_COUNT };
#undef TG_WALK_ENUM

struct tg_walk_step {
	enum tg_walk_verb verb;
	int line;          /* 1-based */
	char *text;        /* owned: what to type, to wait for, a key, a name, "insert" … */
	char *more;        /* owned: PERSONA, the number of pull-at and slow; NULL = none */
	int64_t ms;        /* wait, sleep, clock */
	int columns, rows; /* size */
};

struct tg_walk {
	struct tg_walk_step *steps; /* owned; a line with several keys is several steps */
	size_t n;
};

/* TG_INVALID with line and column of the mistake; TG_NO_MEMORY. `file` is its name for messages. */
enum tg_status tg_walk_parse(
        struct tg_walk *out, const char *file, const char *text, size_t n, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_walk_load(struct tg_walk *out, const char *file, struct tg_error *err) TG_MUST_USE;
void tg_walk_finish(struct tg_walk *w);
const char *tg_walk_verb_name(enum tg_walk_verb verb);

#endif
