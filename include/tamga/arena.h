/* Layer: base. Memory that lives and dies with its owner: pieces are handed out, all is freed at once. */
#ifndef TAMGA_ARENA_H
#define TAMGA_ARENA_H

#include <stddef.h>

struct tg_arena_chunk;
struct tg_arena { /* zero to begin with */
	struct tg_arena_chunk *chunks;
};

/* Zeroed memory, aligned for any type; NULL when there is none. */
void *tg_arena_get(struct tg_arena *a, size_t n);
/* `n` bytes of text with a NUL behind them; NULL when there is no memory. */
char *tg_arena_text(struct tg_arena *a, const char *s, size_t n);
/* Frees all; empty and usable afterwards. */
void tg_arena_finish(struct tg_arena *a);

#endif
