/* What shows that a chip is not a copy (ICAO 9303-11, 6): chip authentication, by a key agreement, and active
 * authentication, by a signature. Here is the talking; signatures are verified by who relies on them (active.c). */
#include "chip.h"
#include "secinfo.h"
#include "ber.h"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define INS_MANAGE_SECURITY_ENVIRONMENT 0x22
#define INS_GENERAL_AUTHENTICATE        0x86
#define INS_INTERNAL_AUTHENTICATE       0x88
#define FAMILY_PUBLIC_KEY               1
#define FAMILY_CHIP_AUTHENTICATION      3
#define SHORT_ANSWER                    224 /* bytes that fit into a protected short answer */
#define TAG_SEQUENCE                    0x30

/* What DG14 says about it. */
struct offer {
	struct tg_bytes spki; /* whole SubjectPublicKeyInfo */
	struct tg_bytes oid;  /* of the protocol; empty: 3DES (9303-11, 9.2.6: then no info is needed) */
	enum tg_cipher cipher;
	bool has_id;
	unsigned id;
};

/* The element that begins at the front of `rest`, with its header. */
static bool first_element(struct tg_bytes rest, uint32_t tag, struct tg_bytes *whole)
{
	struct tg_reader r;
	struct tg_ber t;
	tg_reader_init(&r, rest.data, rest.len);
	if (!tg_ber_next(&r, &t) || t.tag != tag)
		return false;
	*whole = (struct tg_bytes){rest.data, (size_t)(r.p - rest.data)};
	return true;
}

static bool find_key(struct tg_bytes dg14, struct offer *o, uint8_t *kind)
{
	struct tg_reader r;
	struct tg_security_info info;
	uint8_t nothing;
	if (!tg_security_of_dg14(dg14, &r))
		return false;
	while (tg_security_info_next(&r, &info)) {
		if (!tg_security_protocol(info.oid, FAMILY_PUBLIC_KEY, kind, &nothing) || nothing ||
		        (*kind != 1 && *kind != 2) || !first_element(info.rest, TAG_SEQUENCE, &o->spki))
			continue;
		o->has_id = tg_security_integer(info.rest, 0, &o->id);
		return true;
	}
	return false;
}

/* The protocol for that key: 1 DH or 2 ECDH, with the key's id when there are several. */
static void find_protocol(struct tg_bytes dg14, uint8_t kind, struct offer *o)
{
	struct tg_reader r;
	struct tg_security_info info;
	if (!tg_security_of_dg14(dg14, &r))
		return;
	while (tg_security_info_next(&r, &info)) {
		uint8_t a, b;
		unsigned id;
		enum tg_cipher cipher;
		if (!tg_security_protocol(info.oid, FAMILY_CHIP_AUTHENTICATION, &a, &b) || a != kind ||
		        !tg_security_cipher(b, &cipher) || (o->oid.data && cipher <= o->cipher))
			continue;
		if (tg_security_integer(info.rest, 1, &id) && o->has_id && id != o->id)
			continue;
		o->oid = info.oid;
		o->cipher = cipher;
	}
}

static bool find_offer(struct tg_bytes dg14, struct offer *o)
{
	uint8_t kind;
	*o = (struct offer){.cipher = TG_CIPHER_3DES};
	if (!find_key(dg14, o, &kind))
		return false;
	find_protocol(dg14, kind, o);
	return true;
}

bool tg_chip_authentication_offered(struct tg_bytes dg14)
{
	struct offer o;
	return find_offer(dg14, &o);
}

static EVP_PKEY *read_spki(struct tg_bytes spki)
{
	const unsigned char *p = spki.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.len);
	if (key && p != spki.data + spki.len) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static EVP_PKEY *make_own(EVP_PKEY *theirs)
{
	EVP_PKEY *own = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(theirs, NULL);
	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_keygen(ctx, &own) != 1)
		own = NULL;
	EVP_PKEY_CTX_free(ctx);
	return own;
}

/* As it goes on the wire: an uncompressed point, or the number in the length of the prime. */
static bool encode_own(EVP_PKEY *own, struct tg_buf *out)
{
	unsigned char *bytes = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(own, &bytes);
	tg_buf_add(out, bytes, n);
	OPENSSL_free(bytes);
	return n > 0 && !out->failed;
}

static bool derive(EVP_PKEY *own, EVP_PKEY *theirs, struct tg_buf *secret)
{
	size_t n = 0;
	bool ok = false;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	if (ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, theirs) == 1 &&
	        (!EVP_PKEY_is_a(own, "DH") || EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1) &&
	        EVP_PKEY_derive(ctx, NULL, &n) == 1) {
		for (size_t i = 0; i < n; i++)
			tg_buf_add_u8(secret, 0);
		ok = !secret->failed && EVP_PKEY_derive(ctx, secret->data, &n) == 1;
		secret->len = ok ? n : 0;
	}
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static enum tg_status send_plain(struct tg_chip *c, const struct tg_apdu *a, struct tg_error *err)
{
	struct tg_buf none = TG_BUF_INIT;
	uint16_t sw = 0;
	enum tg_status status = tg_chip_send(c, a, &none, &sw, err);
	tg_buf_finish(&none);
	TG_TRY(status);
	return sw == TG_SW_OK ? TG_OK : tg_error_set(err, TG_DOC_READ, "chip authentication: %04X", sw);
}

static void put_id(const struct offer *o, struct tg_buf *data)
{
	const uint8_t id[2] = {(uint8_t)(o->id >> 8), (uint8_t)o->id};
	if (o->has_id)
		tg_ber_put(data, 0x84, (struct tg_bytes){o->id > 255 ? id : id + 1, o->id > 255 ? 2 : 1});
}

/* With 3DES in one command, which every such chip knows; with AES by General Authenticate (9303-11, 6.2.4). */
static enum tg_status send_own(struct tg_chip *c, const struct offer *o, struct tg_bytes own, struct tg_error *err)
{
	struct tg_buf data = TG_BUF_INIT, inner = TG_BUF_INIT;
	bool one = o->cipher == TG_CIPHER_3DES;
	tg_ber_put(&data, one ? 0x91 : 0x80, one ? own : o->oid);
	put_id(o, &data);
	const struct tg_apdu set = {
	        0x00, INS_MANAGE_SECURITY_ENVIRONMENT, 0x41, one ? 0xA6 : 0xA4, tg_buf_bytes(&data), 0};
	enum tg_status status = data.failed ? TG_NO_MEMORY : send_plain(c, &set, err);
	if (status == TG_OK && !one) {
		tg_ber_put(&inner, 0x80, own);
		tg_buf_reset(&data);
		tg_ber_put(&data, 0x7C, tg_buf_bytes(&inner));
		const struct tg_apdu agree = {0x00, INS_GENERAL_AUTHENTICATE, 0, 0, tg_buf_bytes(&data), TG_LE_SHORT};
		status = data.failed || inner.failed ? TG_NO_MEMORY : send_plain(c, &agree, err);
	}
	tg_buf_finish(&data);
	tg_buf_finish(&inner);
	return status;
}

static enum tg_status agree(struct tg_chip *c, const struct offer *o, EVP_PKEY *theirs, struct tg_error *err)
{
	struct tg_buf public = TG_BUF_INIT, secret = TG_BUF_INIT;
	EVP_PKEY *own = make_own(theirs);
	enum tg_status status = TG_OK;
	if (!own || !encode_own(own, &public) || !derive(own, theirs, &secret))
		status = tg_error_set(err, TG_NOT_FOUND, "the chip's key for chip authentication is of no known kind");
	if (status == TG_OK)
		status = send_own(c, o, tg_buf_bytes(&public), err);
	if (status == TG_OK)
		status = tg_secmsg_start(&c->sm, o->cipher, tg_buf_bytes(&secret), err);
	EVP_PKEY_free(own);
	tg_buf_finish(&public);
	tg_buf_wipe(&secret);
	ERR_clear_error();
	return status;
}

enum tg_status tg_chip_authenticate(struct tg_chip *c, struct tg_bytes dg14, struct tg_error *err)
{
	struct offer o;
	if (!find_offer(dg14, &o))
		return tg_error_set(err, TG_NOT_FOUND, "no key for chip authentication");
	EVP_PKEY *theirs = read_spki(o.spki);
	if (!theirs) {
		ERR_clear_error();
		return tg_error_set(err, TG_NOT_FOUND, "the chip's key for chip authentication cannot be read");
	}
	enum tg_status status = agree(c, &o, theirs, err);
	EVP_PKEY_free(theirs);
	return status;
}

enum tg_status tg_active_authenticate(struct tg_chip *c, struct tg_bytes dg15, const uint8_t challenge[8],
        struct tg_buf *response, struct tg_error *err)
{
	struct tg_bytes spki = {NULL, 0};
	uint16_t sw = 0;
	EVP_PKEY *key = tg_ber_whole(dg15, TG_TAG_DG15, &spki) ? read_spki(spki) : NULL;
	bool longer = key && EVP_PKEY_get_size(key) > SHORT_ANSWER;
	EVP_PKEY_free(key);
	ERR_clear_error();
	const struct tg_apdu sign = {
	        0x00, INS_INTERNAL_AUTHENTICATE, 0, 0, {challenge, 8}, longer ? TG_LE_EXTENDED : TG_LE_SHORT};
	TG_TRY(tg_chip_send(c, &sign, response, &sw, err));
	if (sw != TG_SW_OK || response->len == 0)
		return tg_error_set(err, TG_DOC_READ, "active authentication: %04X with %zu bytes", sw, response->len);
	return TG_OK;
}
