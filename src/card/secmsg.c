#include "secmsg.h"
#include "ber.h"

#include <openssl/crypto.h>

/* Data objects (ISO/IEC 7816-4, 10.2) */
#define DO_CIPHERED     0x87 /* with a padding indicator in front */
#define DO_CIPHERED_ODD 0x85 /* of commands with an odd instruction */
#define DO_LE           0x97
#define DO_STATUS       0x99
#define DO_MAC          0x8E
#define PADDED          0x01

static const char no_memory[] = "no memory for secure messaging";

void tg_secmsg_wipe(struct tg_secmsg *s)
{
	OPENSSL_cleanse(s, sizeof *s);
}

enum tg_status tg_secmsg_start(struct tg_secmsg *s, enum tg_cipher cipher, struct tg_bytes secret, struct tg_error *err)
{
	tg_secmsg_wipe(s);
	s->cipher = cipher;
	if (!tg_cipher_derive(cipher, secret, 1, s->enc) || !tg_cipher_derive(cipher, secret, 2, s->mac))
		return tg_error_set(err, TG_NO_MEMORY, no_memory);
	s->on = true;
	return TG_OK;
}

static void count_up(struct tg_secmsg *s)
{
	for (size_t i = tg_cipher_block(s->cipher); i-- && ++s->ssc[i] == 0;)
		;
}

/* 3DES starts from zero, AES from the enciphered counter. */
static bool crypt_data(const struct tg_secmsg *s, bool encrypt, struct tg_bytes in, uint8_t *out)
{
	uint8_t iv[TG_CIPHER_BLOCK_MAX] = {0};
	if (s->cipher != TG_CIPHER_3DES && !tg_cipher_block_encrypt(s->cipher, s->enc, s->ssc, iv))
		return false;
	return tg_cipher_crypt(s->cipher, s->enc, iv, encrypt, in, out);
}

/* Over counter ‖ [padded header] ‖ objects, padded. */
static bool seal(const struct tg_secmsg *s, struct tg_bytes header, struct tg_bytes objects, uint8_t mac[TG_MAC_BYTES])
{
	struct tg_buf in = TG_BUF_INIT;
	size_t block = tg_cipher_block(s->cipher);
	tg_buf_add(&in, s->ssc, block);
	if (header.len) {
		tg_buf_add(&in, header.data, header.len);
		tg_cipher_pad(&in, block);
	}
	tg_buf_add(&in, objects.data, objects.len);
	tg_cipher_pad(&in, block);
	bool ok = !in.failed && tg_cipher_mac(s->cipher, s->mac, tg_buf_bytes(&in), mac);
	tg_buf_wipe(&in);
	return ok;
}

static bool put_ciphered(const struct tg_secmsg *s, const struct tg_apdu *plain, struct tg_buf *body)
{
	struct tg_buf data = TG_BUF_INIT;
	bool odd = plain->ins & 1;
	tg_buf_add(&data, plain->data.data, plain->data.len);
	tg_cipher_pad(&data, tg_cipher_block(s->cipher));
	bool ok = !data.failed && crypt_data(s, true, tg_buf_bytes(&data), data.data);
	if (ok) {
		tg_ber_put_head(body, odd ? DO_CIPHERED_ODD : DO_CIPHERED, data.len + !odd);
		if (!odd)
			tg_buf_add_u8(body, PADDED);
		tg_buf_add(body, data.data, data.len);
	}
	tg_buf_wipe(&data);
	return ok;
}

static void put_le(unsigned le, struct tg_buf *body)
{
	const uint8_t both[2] = {(uint8_t)(le >> 8), (uint8_t)le};
	bool extended = le > TG_LE_SHORT;
	tg_ber_put(body, DO_LE, (struct tg_bytes){extended ? both : both + 1, extended ? 2 : 1});
}

/* What the protected answer needs: the whole room of its kind. */
static unsigned outer_le(const struct tg_apdu *plain, size_t body)
{
	return plain->le > TG_LE_SHORT || body > 255 ? TG_LE_EXTENDED : TG_LE_SHORT;
}

enum tg_status tg_secmsg_wrap(
        struct tg_secmsg *s, const struct tg_apdu *plain, struct tg_buf *command, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	uint8_t mac[TG_MAC_BYTES];
	const uint8_t header[4] = {plain->cla | 0x0C, plain->ins, plain->p1, plain->p2};
	count_up(s);
	bool ok = plain->data.len == 0 || put_ciphered(s, plain, &body);
	if (plain->le)
		put_le(plain->le, &body);
	ok = ok && !body.failed && seal(s, (struct tg_bytes){header, sizeof header}, tg_buf_bytes(&body), mac);
	if (ok) {
		tg_ber_put(&body, DO_MAC, (struct tg_bytes){mac, sizeof mac});
		const struct tg_apdu protected = {
		        header[0], header[1], header[2], header[3], tg_buf_bytes(&body), outer_le(plain, body.len)};
		tg_apdu_build(&protected, command);
	}
	ok = ok && !body.failed && !command->failed;
	tg_buf_wipe(&body);
	return ok ? TG_OK : tg_error_set(err, TG_NO_MEMORY, no_memory);
}

/* The objects of an answer, where each may stand once. */
struct objects {
	struct tg_bytes ciphered, status, mac;
	bool odd;
	size_t sealed; /* how many bytes stand before the MAC */
};

static bool take(struct tg_bytes *where, struct tg_bytes value)
{
	bool first = where->data == NULL;
	*where = value;
	return first;
}

static bool read_objects(struct tg_bytes answer, struct objects *o)
{
	struct tg_reader r;
	struct tg_ber t;
	*o = (struct objects){0};
	tg_reader_init(&r, answer.data, answer.len);
	for (size_t at = 0; tg_ber_next(&r, &t); at = (size_t)(r.p - answer.data)) {
		bool known = false;
		if (o->mac.data)
			return false; /* nothing may follow the seal */
		if (t.tag == DO_CIPHERED || t.tag == DO_CIPHERED_ODD) {
			known = take(&o->ciphered, t.value);
			o->odd = t.tag == DO_CIPHERED_ODD;
		} else if (t.tag == DO_STATUS) {
			known = take(&o->status, t.value);
		} else if (t.tag == DO_MAC) {
			known = take(&o->mac, t.value);
			o->sealed = at;
		}
		if (!known)
			return false;
	}
	return !r.failed && o->mac.len == TG_MAC_BYTES && o->status.len == 2;
}

static enum tg_status decipher(
        const struct tg_secmsg *s, const struct objects *o, struct tg_buf *data, struct tg_error *err)
{
	struct tg_bytes in = o->ciphered;
	if (!in.data)
		return TG_OK;
	if (!o->odd && (in.len < 1 || in.data[0] != PADDED))
		return tg_error_set(err, TG_DOC_READ, "the chip enciphered without padding");
	if (!o->odd)
		in = (struct tg_bytes){in.data + 1, in.len - 1};
	if (in.len == 0 || in.len % tg_cipher_block(s->cipher))
		return tg_error_set(err, TG_DOC_READ, "the chip enciphered %zu bytes", in.len);
	struct tg_buf plain = TG_BUF_INIT;
	tg_buf_add(&plain, in.data, in.len); /* room of the right size */
	bool ok = !plain.failed && crypt_data(s, false, in, plain.data);
	long n = ok ? tg_cipher_unpad(tg_buf_bytes(&plain)) : 0;
	if (n > 0)
		tg_buf_add(data, plain.data, (size_t)n);
	tg_buf_wipe(&plain);
	if (!ok || data->failed)
		return tg_error_set(err, TG_NO_MEMORY, no_memory);
	return n < 0 ? tg_error_set(err, TG_DOC_READ, "the chip's answer is padded wrongly") : TG_OK;
}

enum tg_status tg_secmsg_unwrap(struct tg_secmsg *s, struct tg_bytes answer, uint16_t outer, struct tg_buf *data,
        uint16_t *sw, struct tg_error *err)
{
	struct objects o;
	uint8_t mac[TG_MAC_BYTES];
	count_up(s);
	if (answer.len == 0)
		return tg_error_set(err, TG_DOC_READ, "the chip left secure messaging with %04X", outer);
	if (!read_objects(answer, &o))
		return tg_error_set(err, TG_DOC_READ, "the chip's answer is not sealed as it should be");
	if (!seal(s, (struct tg_bytes){0}, (struct tg_bytes){answer.data, o.sealed}, mac))
		return tg_error_set(err, TG_NO_MEMORY, no_memory);
	if (CRYPTO_memcmp(mac, o.mac.data, sizeof mac) != 0)
		return tg_error_set(err, TG_DOC_READ, "the seal of the chip's answer is wrong");
	*sw = (uint16_t)(o.status.data[0] << 8 | o.status.data[1]);
	return decipher(s, &o, data, err);
}
