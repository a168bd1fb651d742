/* A reading whose answers are the input: the first byte says how far the chip is already open, then each answer is two
 * bytes of length (big-endian) and as many bytes. A chip that has nothing more to say is out of the reader.
 *   0: from the start, with the printed data   1: with an access number   2: behind the access, in clear
 *   3: behind the access, where each answer is sealed with the keys of the reading, so that what is inside is reached
 */
#include "ber.h"
#include "chip.h"
#include "pace.h"
#include "read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
	struct tg_reader r;
	struct tg_chip *chip; /* its answers are sealed; NULL: they go as they are */
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* What a genuine chip does with an answer, before the reader's counter goes on. */
static void seal(const struct tg_chip *chip, struct tg_bytes plain, uint16_t sw, struct tg_buf *answer)
{
	struct tg_secmsg s = chip->sm;
	struct tg_buf data = TG_BUF_INIT, in = TG_BUF_INIT;
	uint8_t mac[TG_MAC_BYTES];
	const uint8_t status[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
	for (size_t i = tg_cipher_block(s.cipher); i-- && ++s.ssc[i] == 0;)
		;
	if (plain.len) {
		tg_buf_add(&data, plain.data, plain.len);
		tg_cipher_pad(&data, tg_cipher_block(s.cipher));
		must(tg_cipher_crypt(s.cipher, s.enc, NULL, true, tg_buf_bytes(&data), data.data));
		tg_ber_put_head(answer, 0x87, data.len + 1);
		tg_buf_add_u8(answer, 1);
		tg_buf_add(answer, data.data, data.len);
	}
	tg_ber_put(answer, 0x99, (struct tg_bytes){status, 2});
	tg_buf_add(&in, s.ssc, tg_cipher_block(s.cipher));
	tg_buf_add(&in, answer->data, answer->len);
	tg_cipher_pad(&in, tg_cipher_block(s.cipher));
	must(tg_cipher_mac(s.cipher, s.mac, tg_buf_bytes(&in), mac));
	tg_ber_put(answer, 0x8E, (struct tg_bytes){mac, sizeof mac});
	tg_buf_add_u16(answer, 0x9000);
	tg_buf_finish(&data);
	tg_buf_finish(&in);
}

static enum tg_status answer_next(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	struct input *in = ctx;
	must(command.len >= 4);
	if (in->r.p == in->r.end)
		return tg_error_set(err, TG_CARD_PULLED, "nothing more");
	size_t left = (size_t)(in->r.end - in->r.p), n = left < 2 ? left : tg_read_u16(&in->r);
	left = (size_t)(in->r.end - in->r.p);
	struct tg_bytes piece = tg_read_bytes(&in->r, n < left ? n : left);
	if (!in->chip || !in->chip->sm.on || in->chip->sm.cipher != TG_CIPHER_3DES || piece.len < 2 ||
	        piece.len > 30000) {
		tg_buf_add(answer, piece.data, piece.len);
		return TG_OK;
	}
	const uint8_t *sw = piece.data + piece.len - 2;
	seal(in->chip, (struct tg_bytes){piece.data, piece.len - 2}, (uint16_t)(sw[0] << 8 | sw[1]), answer);
	return TG_OK;
}

static void no_progress(enum tg_mrtd_step step, void *ctx)
{
	(void)ctx;
	must(step < TG_MRTD_STEP_COUNT);
}

static void check(enum tg_status status, const struct tg_error *err)
{
	must(status == TG_OK || status == TG_DOC_READ || status == TG_DOC_ACCESS || status == TG_DOC_NONE ||
	        status == TG_CARD_PULLED || status == TG_NOT_FOUND);
	must(status == TG_OK || err->status == status);
	for (const char *c = err->detail; *c != 0; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7F);
}

static void from_start(const struct tg_apdu_port *port, bool can)
{
	static const struct tg_mrtd_access mrz = {.number = "L898902C3", .birth = "1974-08-12", .expiry = "2012-04-15"};
	static const struct tg_mrtd_access number = {.can = true, .number = "123456"};
	static const uint8_t challenge[8] = {0};
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	check(tg_mrtd_read_with(port, can ? &number : &mrz, challenge, NULL, NULL, &raw, &err), &err);
	tg_mrtd_raw_finish(&raw);
}

static void from_open(const struct tg_apdu_port *port, struct input *in, bool sealed)
{
	struct tg_chip chip;
	struct tg_mrtd_raw raw = {0};
	struct tg_error err = {0};
	tg_chip_init(&chip, port);
	if (sealed) {
		must(tg_secmsg_start(&chip.sm, TG_CIPHER_3DES,
		             (struct tg_bytes){(const uint8_t *)"0123456789abcdef", 16}, &err) == TG_OK);
		in->chip = &chip;
	}
	check(tg_mrtd_collect(&chip, no_progress, NULL, &raw, &err), &err);
	tg_chip_finish(&chip);
	tg_mrtd_raw_finish(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool ready;
	struct input in = {0};
	if (!ready) {
		tg_pace_initialise();
		FILE *nowhere = fopen("/dev/null", "we");
		if (nowhere)
			stderr = nowhere; /* libeac tells there of each mistake of the chip; the fuzzer has its own */
	}
	ready = true;
	if (n == 0)
		return 0;
	tg_reader_init(&in.r, data + 1, n - 1);
	const struct tg_apdu_port port = {answer_next, &in};
	if (data[0] % 4 < 2)
		from_start(&port, data[0] % 4 == 1);
	else
		from_open(&port, &in, data[0] % 4 == 3);
	return 0;
}
