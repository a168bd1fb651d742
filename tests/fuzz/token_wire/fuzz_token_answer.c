/* The kiosk's parser of answers: the child may have been taken over by a card. Input: two bytes of kind, then the body
 * of the frame. What is accepted holds only harmless text and a status of the list. */
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must_be_harmless(const char *s, size_t cap)
{
	if (!memchr(s, 0, cap))
		abort();
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7F)
			abort();
}

static void must_be_inside(struct tg_bytes part, struct tg_bytes whole)
{
	if (part.len && (part.data < whole.data || part.data + part.len > whole.data + whole.len))
		abort();
}

/* What the kiosk reads out of results; the operation does not matter here, both parsers get every one. */
static void read_results(struct tg_bytes result)
{
	struct tg_bytes algorithm, signature;
	struct tg_token_certificate c;
	struct tg_reader r;
	if (tg_token_signature_take(result, &algorithm, &signature) == TG_OK) {
		must_be_inside(algorithm, result);
		must_be_inside(signature, result);
		if (!algorithm.len || !signature.len)
			abort();
	}
	tg_reader_init(&r, result.data, result.len);
	while (tg_token_certificate_next(&r, &c)) {
		must_be_harmless(c.label, sizeof c.label);
		must_be_inside(c.der, result);
		if (!c.der.len || c.id_len > sizeof c.id)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_token_answer a;
	if (n < 2)
		return 0;
	uint16_t kind = (uint16_t)(data[0] << 8 | data[1]);
	enum tg_token_op asked = (enum tg_token_op)(data[1] % TG_OP_END);
	if (tg_token_answer_parse(&a, kind, asked, data + 2, n - 2) != TG_OK)
		return 0;
	if (kind != ((unsigned)asked | TG_OP_ANSWER) || !tg_status_name(a.status)[0])
		abort();
	must_be_harmless(a.detail, sizeof a.detail);
	must_be_harmless(a.info.carrier, sizeof a.info.carrier);
	must_be_harmless(a.info.reader, sizeof a.info.reader);
	must_be_harmless(a.info.label, sizeof a.info.label);
	must_be_harmless(a.info.serial, sizeof a.info.serial);
	must_be_harmless(a.info.model, sizeof a.info.model);
	must_be_harmless(a.info.version, sizeof a.info.version);
	read_results(a.result);
	if (a.info.tries_left < -1 ||
	        (a.result.len && (a.result.data < data || a.result.data + a.result.len > data + n)))
		abort();
	return 0;
}
