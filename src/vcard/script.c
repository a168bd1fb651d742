/* A card that answers from a list, whatever it is asked. */
#include "script.h"

#define NO_ANSWER_LEFT 0x6f00

struct tg_script {
	struct tg_buf bytes;
	size_t first, at; /* of the first reply, of the next one */
};

/* The block at `at`; false at the end or when it is cut. */
static bool block(const struct tg_buf *b, size_t at, struct tg_bytes *out)
{
	if (b->len - at < 2)
		return false;
	size_t n = (size_t)(b->data[at] | b->data[at + 1] << 8);
	if (b->len - at - 2 < n)
		return false;
	*out = (struct tg_bytes){b->data + at + 2, n};
	return true;
}

struct tg_script *tg_script_create(struct tg_bytes bytes)
{
	struct tg_script *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	tg_buf_add(&s->bytes, bytes.data, bytes.len);
	struct tg_bytes atr;
	if (s->bytes.failed || !block(&s->bytes, 0, &atr) || atr.len < 2) {
		tg_script_destroy(s);
		return NULL;
	}
	s->first = s->at = 2 + atr.len;
	return s;
}

void tg_script_destroy(struct tg_script *s)
{
	if (!s)
		return;
	tg_buf_finish(&s->bytes);
	free(s);
}

struct tg_bytes tg_script_bytes(const struct tg_script *s)
{
	return (struct tg_bytes){s->bytes.data, s->bytes.len};
}

struct tg_bytes tg_script_atr(const struct tg_script *s)
{
	struct tg_bytes atr = {0};
	(void)!block(&s->bytes, 0, &atr); /* there since creation */
	return atr;
}

void tg_script_reset(struct tg_script *s)
{
	s->at = s->first;
}

/* Where the last `n` replies begin, of those before `s->at`. */
static size_t repeat_from(const struct tg_script *s, unsigned n)
{
	struct tg_bytes reply;
	size_t replies = 0, at = s->first;
	for (; at < s->at && block(&s->bytes, at, &reply); at += 2 + reply.len)
		replies++;
	size_t skip = n && n < replies ? replies - n : 0;
	for (at = s->first; skip && block(&s->bytes, at, &reply); at += 2 + reply.len)
		skip--;
	return at;
}

void tg_script_answer(struct tg_script *s, struct tg_buf *out)
{
	struct tg_bytes reply, after;
	if (!block(&s->bytes, s->at, &reply)) {
		tg_buf_add_u16(out, NO_ANSWER_LEFT);
		return;
	}
	s->at += 2 + reply.len;
	if (reply.len)
		tg_buf_add(out, reply.data, reply.len);
	if (block(&s->bytes, s->at, &after) && after.len == 1 && s->at + 3 == s->bytes.len)
		s->at = repeat_from(s, after.data[0]);
}
