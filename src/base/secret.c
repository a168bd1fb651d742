#include "tamga/secret.h"
#include "tamga/buf.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* One page of its own between two pages that may not be touched: a stray read or write next to it stops the program
 * instead of carrying a PIN away. */
struct tg_secret {
	uint8_t *map;
	size_t page;
	size_t len;
	uint8_t *bytes; /* TG_SECRET_MAX + 1, inside the middle page */
};

enum tg_status tg_secret_create(struct tg_secret **out)
{
	*out = NULL;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return TG_NO_MEMORY;
	struct tg_secret *s = calloc(1, sizeof *s);
	if (!s || mprotect(map + page, page, PROT_READ | PROT_WRITE) || mlock(map + page, page) ||
	        madvise(map + page, page, MADV_DONTDUMP) || madvise(map + page, page, MADV_DONTFORK)) {
		munmap(map, 3 * page);
		free(s);
		return TG_NO_MEMORY;
	}
	s->map = map;
	s->page = page;
	s->bytes = map + page;
	*out = s;
	return TG_OK;
}

void tg_secret_wipe(struct tg_secret *s)
{
	explicit_bzero(s->bytes, s->page);
	s->len = 0;
}

void tg_secret_destroy(struct tg_secret *s)
{
	if (!s)
		return;
	tg_secret_wipe(s);
	munmap(s->map, 3 * s->page);
	free(s);
}

bool tg_secret_append(struct tg_secret *s, const void *bytes, size_t n)
{
	if (n > TG_SECRET_MAX - s->len)
		return false;
	memcpy(s->bytes + s->len, bytes, n);
	s->len += n;
	return true;
}

bool tg_secret_erase_last(struct tg_secret *s)
{
	if (!s->len)
		return false;
	do
		s->bytes[--s->len] &= 0xC0;
	while (s->len && s->bytes[s->len] == 0x80);
	explicit_bzero(s->bytes + s->len, TG_SECRET_MAX - s->len);
	return true;
}

size_t tg_secret_len(const struct tg_secret *s)
{
	return s->len;
}

size_t tg_secret_characters(const struct tg_secret *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->len; i++)
		n += (s->bytes[i] & 0xC0) != 0x80;
	return n;
}

const uint8_t *tg_secret_peek(const struct tg_secret *s)
{
	return s->bytes;
}

bool tg_secret_equal(const struct tg_secret *a, const struct tg_secret *b)
{
	uint8_t different = (uint8_t)(a->len != b->len);
	for (size_t i = 0; i < TG_SECRET_MAX; i++)
		different |= a->bytes[i] ^ b->bytes[i];
	return !different;
}

enum tg_status tg_secret_harden_process(void)
{
	const struct rlimit none = {0, 0};
	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
		return TG_IO;
	return TG_OK;
}
