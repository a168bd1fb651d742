/* Bytes from the network as entries and acknowledgements (record.h). Whatever is accepted must be written again as the
 * very bytes that were read, and whatever a hash fits must be a whole entry: no second reading of the same bytes. */
#include "tamga/record.h"

static void same_again(const struct tg_buf *again, const uint8_t *from, const uint8_t *to)
{
	if (tg_buf_status(again) != TG_OK)
		return;
	if (again->len != (size_t)(to - from) || memcmp(again->data, from, again->len) != 0)
		abort();
}

static void entries(const uint8_t *data, size_t n)
{
	struct tg_reader r;
	struct tg_entry e;
	tg_reader_init(&r, data, n);
	for (const uint8_t *from = r.p; tg_entry_decode(&r, &e) == TG_OK; from = r.p) {
		struct tg_buf again = TG_BUF_INIT;
		tg_entry_encode(&e, &again);
		same_again(&again, from, r.p);
		tg_buf_finish(&again);
		if (!tg_kiosk_id_valid(e.kiosk) || e.seq == 0 || e.body_len > TG_BODY_MAX)
			abort();
		(void)!tg_entry_check(&e, e.prev_hash);
	}
	if (!r.failed)
		abort(); /* a refusal leaves the reader unusable */
}

static void acks(const uint8_t *data, size_t n)
{
	struct tg_reader r;
	struct tg_ack a;
	tg_reader_init(&r, data, n);
	if (tg_ack_decode(&r, &a) != TG_OK)
		return;
	struct tg_buf again = TG_BUF_INIT;
	tg_ack_encode(&a, &again);
	same_again(&again, data, r.p);
	tg_buf_finish(&again);
}

/* The unique number is typed or scanned: what is accepted must be accepted again in its canonical form. */
static void numbers(const uint8_t *data, size_t n)
{
	char text[64], once[TG_NUMBER_MAX], twice[TG_NUMBER_MAX];
	if (n >= sizeof(text))
		return;
	memcpy(text, data, n);
	text[n] = '\0';
	if (tg_number_check(text, once) == TG_OK && (tg_number_check(once, twice) != TG_OK || strcmp(once, twice) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	entries(data, n);
	acks(data, n);
	numbers(data, n);
	return 0;
}
