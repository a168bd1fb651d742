#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "script.h"

void add_hex(struct tg_buf *b, const char *hex)
{
	uint8_t bytes[4096];
	int n = tg_unhex(hex, bytes, sizeof bytes);
	assert_true(n >= 0);
	tg_buf_add(b, bytes, (size_t)n);
}

void assert_hex(struct tg_bytes bytes, const char *hex)
{
	struct tg_buf want = TG_BUF_INIT;
	add_hex(&want, hex);
	assert_int_equal(bytes.len, want.len);
	if (want.len)
		assert_memory_equal(bytes.data, want.data, want.len);
	tg_buf_finish(&want);
}

static enum tg_status play(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	struct script *s = ctx;
	(void)err;
	assert_true(s->next < s->n);
	assert_hex(command, s->list[s->next].command);
	add_hex(answer, s->list[s->next++].answer);
	return TG_OK;
}

struct tg_apdu_port script_port(struct script *s)
{
	return (struct tg_apdu_port){play, s};
}
