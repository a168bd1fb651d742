/* A .mo file of any bytes: refused, or every look-up stays inside it. */
#include "mo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look_up(const struct mo *m, const char *id)
{
	const char *s = mo_find(m, id);
	if (s && (s < (const char *)m->data || s + strlen(s) >= (const char *)m->data + m->len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mo m;
	uint8_t *copy = malloc(n ? n : 1); /* its own block: the sanitizer sees one byte too far */
	if (!copy)
		return 0;
	if (n)
		memcpy(copy, data, n);
	if (mo_open(&m, copy, n) == NULL) {
		look_up(&m, "");
		look_up(&m, "a");
		look_up(&m, "b.text");
		look_up(&m, "zzzz");
	}
	free(copy);
	return 0;
}
