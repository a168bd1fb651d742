/* Basic access control (ICAO 9303-11, 4.3). */
#include "chip.h"
#include "ber.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#define INS_GET_CHALLENGE 0x84
#define INS_EXTERNAL_AUTH 0x82
#define RND               8
#define SEED              16
#define S_BYTES           32 /* RND ‖ RND ‖ K */

static bool put_checked(struct tg_buf *out, const char *text)
{
	int digit = tg_mrz_check_digit(text, strlen(text));
	tg_buf_add_str(out, text);
	if (digit >= 0)
		tg_buf_add_u8(out, (uint8_t)('0' + digit));
	return digit >= 0;
}

/* YYYY-MM-DD to YYMMDD; what is not known stands as fillers. */
static bool put_date(struct tg_buf *out, const char *date)
{
	static const char shape[] = "0000-00-00";
	char text[7];
	if (strlen(date) != sizeof shape - 1)
		return false;
	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (shape[i] == '-' ? date[i] != '-' : !isdigit((unsigned char)date[i]))
			return false;
	memcpy(text, date + 2, 2);
	memcpy(text + 2, date + 5, 2);
	memcpy(text + 4, date + 8, 2);
	text[6] = 0;
	for (size_t i = 2; i < 6; i += 2)
		if (memcmp(text + i, "00", 2) == 0)
			memset(text + i, '<', 2);
	return put_checked(out, text);
}

enum tg_status tg_access_text(const struct tg_mrtd_access *access, struct tg_buf *out, struct tg_error *err)
{
	char number[sizeof access->number + 9];
	if (access->can || !memchr(access->number, 0, sizeof access->number) || !access->number[0] ||
	        !memchr(access->birth, 0, sizeof access->birth) || !memchr(access->expiry, 0, sizeof access->expiry))
		return tg_error_set(err, TG_INVALID, "no data of a machine-readable zone");
	/* Shorter numbers are filled to nine characters; longer ones count in full (9303-11, 4.3.2). */
	(void)snprintf(number, sizeof number, "%s", access->number);
	while (strlen(number) < 9)
		(void)tg_copy(number + strlen(number), 2, "<");
	bool ok = put_checked(out, number) && put_date(out, access->birth) && put_date(out, access->expiry);
	OPENSSL_cleanse(number, sizeof number);
	if (!ok)
		return tg_error_set(err, TG_INVALID, "what was typed cannot stand in a machine-readable zone");
	return tg_buf_status(out);
}

/* Holds keys: wiped by its user. */
struct bac_keys {
	uint8_t enc[TG_CIPHER_KEY_MAX], mac[TG_CIPHER_KEY_MAX];
};

static enum tg_status access_keys(const struct tg_mrtd_access *access, struct bac_keys *k, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	uint8_t hash[SHA_DIGEST_LENGTH];
	enum tg_status status = tg_access_text(access, &text, err);
	if (status == TG_OK) {
		(void)SHA1(text.data, text.len, hash);
		const struct tg_bytes seed = {hash, SEED};
		if (!tg_cipher_derive(TG_CIPHER_3DES, seed, 1, k->enc) ||
		        !tg_cipher_derive(TG_CIPHER_3DES, seed, 2, k->mac))
			status = tg_error_set(err, TG_NO_MEMORY, "no memory for the access keys");
	}
	OPENSSL_cleanse(hash, sizeof hash);
	tg_buf_wipe(&text);
	return status;
}

static bool mac_of(const struct bac_keys *k, const uint8_t e[S_BYTES], uint8_t mac[TG_MAC_BYTES])
{
	struct tg_buf in = TG_BUF_INIT;
	tg_buf_add(&in, e, S_BYTES);
	tg_cipher_pad(&in, tg_cipher_block(TG_CIPHER_3DES));
	bool ok = !in.failed && tg_cipher_mac(TG_CIPHER_3DES, k->mac, tg_buf_bytes(&in), mac);
	tg_buf_finish(&in);
	return ok;
}

static enum tg_status get_challenge(struct tg_chip *c, struct tg_buf *rnd_ic, struct tg_error *err)
{
	const struct tg_apdu get = {0x00, INS_GET_CHALLENGE, 0, 0, {NULL, 0}, RND};
	uint16_t sw = 0;
	TG_TRY(tg_chip_send(c, &get, rnd_ic, &sw, err));
	if (sw != TG_SW_OK || rnd_ic->len != RND)
		return tg_error_set(err, TG_DOC_READ, "the chip's challenge: %04X with %zu bytes", sw, rnd_ic->len);
	return TG_OK;
}

/* The chip's answer to our half: what it signs must be both randoms, and its own half of the key. */
static enum tg_status check_answer(const struct bac_keys *k, const struct tg_buf *answer, const uint8_t *rnd_ic,
        const uint8_t *rnd_ifd, uint8_t r[S_BYTES], struct tg_error *err)
{
	uint8_t mac[TG_MAC_BYTES];
	if (answer->len != S_BYTES + TG_MAC_BYTES)
		return tg_error_set(err, TG_DOC_READ, "the chip authenticates with %zu bytes", answer->len);
	if (!mac_of(k, answer->data, mac) ||
	        !tg_cipher_crypt(TG_CIPHER_3DES, k->enc, NULL, false, (struct tg_bytes){answer->data, S_BYTES}, r))
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the chip's authentication");
	if (CRYPTO_memcmp(mac, answer->data + S_BYTES, sizeof mac) != 0)
		return tg_error_set(err, TG_DOC_READ, "the seal of the chip's authentication is wrong");
	if (memcmp(r, rnd_ic, RND) != 0 || memcmp(r + RND, rnd_ifd, RND) != 0)
		return tg_error_set(err, TG_DOC_READ, "the chip authenticates something else");
	return TG_OK;
}

/* Sends our half, sealed, and receives the chip's. */
static enum tg_status exchange_keys(struct tg_chip *c, const struct bac_keys *k, const uint8_t s[S_BYTES],
        struct tg_buf *answer, struct tg_error *err)
{
	uint8_t token[S_BYTES + TG_MAC_BYTES];
	uint16_t sw = 0;
	if (!tg_cipher_crypt(TG_CIPHER_3DES, k->enc, NULL, true, (struct tg_bytes){s, S_BYTES}, token) ||
	        !mac_of(k, token, token + S_BYTES))
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the authentication");
	const struct tg_apdu authenticate = {0x00, INS_EXTERNAL_AUTH, 0, 0, {token, sizeof token}, sizeof token};
	TG_TRY(tg_chip_send(c, &authenticate, answer, &sw, err));
	if (sw != TG_SW_OK)
		return tg_error_set(err, TG_DOC_ACCESS, "the chip does not open: %04X", sw);
	return TG_OK;
}

static enum tg_status start_channel(
        struct tg_chip *c, const uint8_t s[S_BYTES], const uint8_t r[S_BYTES], struct tg_error *err)
{
	uint8_t seed[SEED];
	for (size_t i = 0; i < SEED; i++)
		seed[i] = s[2 * RND + i] ^ r[2 * RND + i];
	enum tg_status status = tg_secmsg_start(&c->sm, TG_CIPHER_3DES, (struct tg_bytes){seed, sizeof seed}, err);
	OPENSSL_cleanse(seed, sizeof seed);
	/* The counter is the low half of both randoms (9303-11, 9.8.6.3): r begins with the chip's. */
	memcpy(c->sm.ssc, r + RND / 2, RND / 2);
	memcpy(c->sm.ssc + RND / 2, s + RND / 2, RND / 2);
	return status;
}

enum tg_status tg_bac(struct tg_chip *c, const struct tg_mrtd_access *access, const uint8_t rnd_ifd[8],
        const uint8_t k_ifd[16], struct tg_error *err)
{
	struct bac_keys keys;
	struct tg_buf rnd_ic = TG_BUF_INIT, answer = TG_BUF_INIT;
	uint8_t s[S_BYTES] = {0}, r[S_BYTES] = {0};
	enum tg_status status = access_keys(access, &keys, err);
	if (status == TG_OK)
		status = get_challenge(c, &rnd_ic, err);
	if (status == TG_OK) {
		memcpy(s, rnd_ifd, RND);
		memcpy(s + RND, rnd_ic.data, RND);
		memcpy(s + 2 * RND, k_ifd, SEED);
		status = exchange_keys(c, &keys, s, &answer, err);
	}
	if (status == TG_OK)
		status = check_answer(&keys, &answer, rnd_ic.data, rnd_ifd, r, err);
	if (status == TG_OK)
		status = start_channel(c, s, r, err);
	OPENSSL_cleanse(&keys, sizeof keys);
	OPENSSL_cleanse(s, sizeof s);
	OPENSSL_cleanse(r, sizeof r);
	tg_buf_wipe(&rnd_ic);
	tg_buf_wipe(&answer);
	return status;
}
