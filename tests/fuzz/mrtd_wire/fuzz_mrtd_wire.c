/* Both sides of the messages between the kiosk and tamga-chip, above all what a child says that a chip has taken over:
 * a result is one that a reading can have, with words that no terminal obeys, or it is none. */
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_result(struct tg_buf *body)
{
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	enum tg_status status;
	bool ok = tg_chip_result_decode(body, &status, &raw, &err);
	must(ok || raw.dg1.len == 0);
	must(!ok || (status != TG_BUG && status != TG_TOKEN_LOST && (status == TG_OK) == (raw.dg1.len > 0)));
	must(memchr(err.detail, 0, sizeof err.detail) != NULL);
	for (const char *c = err.detail; *c; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7F);
	tg_mrtd_raw_finish(&raw);
}

static void check_request(const struct tg_buf *body)
{
	struct tg_chip_request q;
	struct tg_buf again = TG_BUF_INIT;
	if (tg_chip_request_decode(&q, body)) {
		tg_chip_request_encode(&q, &again);
		must(again.len == body->len); /* nothing was dropped on the way */
	}
	tg_buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_buf body = TG_BUF_INIT;
	tg_buf_add(&body, data, n);
	check_result(&body);
	check_request(&body);
	tg_buf_finish(&body);
	return 0;
}
