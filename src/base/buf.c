#include "tamga/buf.h"
#include "tamga/text.h"

#include <stdarg.h>

void tg_buf_finish(struct tg_buf *b)
{
	free(b->data);
	*b = (struct tg_buf)TG_BUF_INIT;
}

void tg_buf_wipe(struct tg_buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	tg_buf_finish(b);
}

void tg_buf_reset(struct tg_buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = 0;
}

/* Growing copies and wipes by hand: realloc would leave the old bytes, which may be a PIN's frame, in free memory. */
static bool grow(struct tg_buf *b, size_t need)
{
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : 64;
	while (cap < need) {
		if (cap > SIZE_MAX / 2)
			return false;
		cap *= 2;
	}
	uint8_t *data = malloc(cap);
	if (!data)
		return false;
	if (b->data) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void tg_buf_add(struct tg_buf *b, const void *bytes, size_t n)
{
	if (b->failed)
		return;
	if (n > SIZE_MAX - b->len - 1 || !grow(b, b->len + n + 1)) {
		b->failed = true;
		return;
	}
	if (n)
		memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = 0;
}

void tg_buf_add_str(struct tg_buf *b, const char *s)
{
	tg_buf_add(b, s, strlen(s));
}

void tg_buf_addf(struct tg_buf *b, const char *fmt, ...)
{
	if (b->failed)
		return;
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || !grow(b, b->len + (size_t)n + 1)) {
		b->failed = true;
	} else {
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void tg_buf_add_u8(struct tg_buf *b, uint8_t v)
{
	tg_buf_add(b, &v, 1);
}

static void add_number(struct tg_buf *b, uint64_t v, int n)
{
	uint8_t bytes[8];
	for (int i = 0; i < n; i++)
		bytes[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	tg_buf_add(b, bytes, (size_t)n);
}

void tg_buf_add_u16(struct tg_buf *b, uint16_t v)
{
	add_number(b, v, 2);
}

void tg_buf_add_u32(struct tg_buf *b, uint32_t v)
{
	add_number(b, v, 4);
}

void tg_buf_add_u64(struct tg_buf *b, uint64_t v)
{
	add_number(b, v, 8);
}

const char *tg_buf_str(const struct tg_buf *b)
{
	return b->data ? (const char *)b->data : "";
}

enum tg_status tg_buf_status(const struct tg_buf *b)
{
	return b->failed ? TG_NO_MEMORY : TG_OK;
}

void tg_reader_init(struct tg_reader *r, const void *data, size_t len)
{
	static const uint8_t nothing[1];
	r->p = data ? data : nothing;
	r->end = r->p + (data ? len : 0);
	r->failed = false;
}

static uint64_t read_number(struct tg_reader *r, size_t n)
{
	struct tg_bytes b = tg_read_bytes(r, n);
	uint64_t v = 0;
	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.data[i];
	return v;
}

uint8_t tg_read_u8(struct tg_reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint16_t tg_read_u16(struct tg_reader *r)
{
	return (uint16_t)read_number(r, 2);
}

uint32_t tg_read_u32(struct tg_reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t tg_read_u64(struct tg_reader *r)
{
	return read_number(r, 8);
}

struct tg_bytes tg_read_bytes(struct tg_reader *r, size_t n)
{
	struct tg_bytes none = {r->end, 0};
	if (r->failed || n > (size_t)(r->end - r->p)) {
		r->failed = true;
		return none;
	}
	struct tg_bytes b = {r->p, n};
	r->p += n;
	return b;
}

bool tg_reader_done(const struct tg_reader *r)
{
	return !r->failed && r->p == r->end;
}

void tg_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = bytes;
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int tg_unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = strlen(hex);
	if (n % 2 || n / 2 > cap)
		return -1;
	for (size_t i = 0; i < n / 2; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(n / 2);
}

bool tg_copy(char *dst, size_t cap, const char *src)
{
	if (!cap)
		return false;
	size_t n = strlen(src);
	bool fits = n < cap;
	if (!fits) {
		n = cap - 1;
		while (n && ((unsigned char)src[n] & 0xC0) == 0x80)
			n--;
	}
	memmove(dst, src, n);
	dst[n] = '\0';
	return fits;
}
