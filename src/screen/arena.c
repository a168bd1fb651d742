/* A list of chunks; a piece larger than a chunk gets one of its own. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>

#define CHUNK 8192u

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, cap;
	alignas(max_align_t) unsigned char bytes[];
};

static struct arena_chunk *add_chunk(struct arena *a, size_t n)
{
	size_t cap = n > CHUNK ? n : CHUNK;
	struct arena_chunk *c = calloc(1, sizeof(*c) + cap);
	if (!c)
		return NULL;
	c->cap = cap;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *arena_get(struct arena *a, size_t n)
{
	size_t step = alignof(max_align_t);
	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + step - 1) / step * step;
	struct arena_chunk *c = a->chunks;
	if (!c || c->cap - c->used < n)
		c = add_chunk(a, n);
	if (!c)
		return NULL;
	void *piece = c->bytes + c->used;
	c->used += n;
	return piece;
}

char *arena_text(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_get(a, n + 1);
	if (copy && n)
		memcpy(copy, s, n);
	return copy;
}

void arena_finish(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;
		free(a->chunks);
		a->chunks = next;
	}
}
