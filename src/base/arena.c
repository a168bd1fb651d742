/* A list of chunks; a piece larger than a chunk gets one of its own. */
#include "tamga/arena.h"

#include <stdalign.h>
#include <stdint.h>

#define CHUNK 8192u

struct tg_arena_chunk {
	struct tg_arena_chunk *next;
	size_t used, cap;
	alignas(max_align_t) unsigned char bytes[];
};

static struct tg_arena_chunk *add_chunk(struct tg_arena *a, size_t n)
{
	size_t cap = n > CHUNK ? n : CHUNK;
	struct tg_arena_chunk *c = calloc(1, sizeof(*c) + cap);
	if (!c)
		return NULL;
	c->cap = cap;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *tg_arena_get(struct tg_arena *a, size_t n)
{
	size_t step = alignof(max_align_t);
	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + step - 1) / step * step;
	struct tg_arena_chunk *c = a->chunks;
	if (!c || c->cap - c->used < n)
		c = add_chunk(a, n);
	if (!c)
		return NULL;
	void *piece = c->bytes + c->used;
	c->used += n;
	return piece;
}

char *tg_arena_text(struct tg_arena *a, const char *s, size_t n)
{
	char *copy = tg_arena_get(a, n + 1);
	if (copy && n)
		memcpy(copy, s, n);
	return copy;
}

void tg_arena_finish(struct tg_arena *a)
{
	while (a->chunks) {
		struct tg_arena_chunk *next = a->chunks->next;
		free(a->chunks);
		a->chunks = next;
	}
}
