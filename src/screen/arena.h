/* Memory that lives and dies with its owner: pieces are handed out, all is freed at once. Private to screen. */
#ifndef TAMGA_SCREEN_ARENA_H
#define TAMGA_SCREEN_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks;
};

/* Zeroed memory, aligned for any type; NULL when there is none. */
void *arena_get(struct arena *a, size_t n);
/* `n` bytes of text with a NUL behind them; NULL when there is no memory. */
char *arena_text(struct arena *a, const char *s, size_t n);
void arena_finish(struct arena *a);

#endif
