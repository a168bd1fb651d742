/* The engine interface is deprecated in OpenSSL 3.0, but GOST signatures exist for it only: the provider that the same
 * package ships has digests, ciphers and MACs and no keys (github.com/gost-engine/engine/issues/424). */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tamga/gost.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <pthread.h>

#define POINT_MAX 128

/* --- The table. Everything in DER, as it stands in certificates and PKCS#11 attributes. */
static const uint8_t params_2001_a[] = {0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01};
static const uint8_t params_512_a[] = {0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x02, 0x01};
static const uint8_t hash_94[] = {0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x1e, 0x01};
static const uint8_t hash_256[] = {0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02};
static const uint8_t hash_512[] = {0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x03};
/* SubjectPublicKeyInfo up to the first byte of X. RFC 4491 2.3.2; RFC 9215 4.2: with a CryptoPro curve the 256-bit key
 * names its hash, the 512-bit key should not. */
static const uint8_t spki_2001[] = {0x30, 0x63, 0x30, 0x1c, 0x06, 0x06, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x13, 0x30, 0x12,
        0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01, 0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x1e, 0x01,
        0x03, 0x43, 0x00, 0x04, 0x40};
static const uint8_t spki_256[] = {0x30, 0x66, 0x30, 0x1f, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x01,
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01,
        0x01, 0x02, 0x02, 0x03, 0x43, 0x00, 0x04, 0x40};
static const uint8_t spki_512[] = {0x30, 0x81, 0xa0, 0x30, 0x17, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01,
        0x02, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x02, 0x01, 0x03, 0x81, 0x84, 0x00,
        0x04, 0x81, 0x80};
/* AlgorithmIdentifier of the signature, without parameters (RFC 4491 2.2.2, RFC 9215 3.2). */
static const uint8_t sign_2001[] = {0x30, 0x08, 0x06, 0x06, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x03};
static const uint8_t sign_256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x03, 0x02};
static const uint8_t sign_512[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x03, 0x03};

#define BYTES(a)                                                                                                       \
	{                                                                                                              \
		a, sizeof(a)                                                                                           \
	}
struct row {
	struct tg_gost gost;
	struct tg_bytes spki_head, sign;
	uint8_t octets_head[3]; /* of the OCTET STRING around X ‖ Y */
	size_t octets_head_len;
};
static const struct row rows[] = {
        {{"gost2001", NID_id_GostR3410_2001, NID_id_GostR3411_94, NID_id_GostR3411_94_with_GostR3410_2001, 32, 64,
                 BYTES(params_2001_a), BYTES(hash_94)},
                BYTES(spki_2001), BYTES(sign_2001), {0x04, 0x40}, 2},
        {{"gost2012-256", NID_id_GostR3410_2012_256, NID_id_GostR3411_2012_256,
                 NID_id_tc26_signwithdigest_gost3410_2012_256, 32, 64, BYTES(params_2001_a), BYTES(hash_256)},
                BYTES(spki_256), BYTES(sign_256), {0x04, 0x40}, 2},
        {{"gost2012-512", NID_id_GostR3410_2012_512, NID_id_GostR3411_2012_512,
                 NID_id_tc26_signwithdigest_gost3410_2012_512, 64, 128, BYTES(params_512_a), BYTES(hash_512)},
                BYTES(spki_512), BYTES(sign_512), {0x04, 0x81, 0x80}, 3},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static const struct row *row_of(const struct tg_gost *g)
{
	return (const struct row *)(const void *)g; /* `gost` stands first */
}

const struct tg_gost *tg_gost_find(const char *id)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].gost.id, id) == 0)
			return &rows[i].gost;
	return NULL;
}

static const struct tg_gost *by_key_nid(int nid)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].gost.key_nid == nid)
			return &rows[i].gost;
	return NULL;
}

const struct tg_gost *tg_gost_of_spki(struct tg_bytes spki)
{
	const unsigned char *p = spki.data;
	ASN1_OBJECT *oid = NULL;
	if (spki.len == 0 || spki.len > LONG_MAX)
		return NULL;
	(void)ERR_set_mark();
	X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &p, (long)spki.len);
	const struct tg_gost *g = NULL;
	if (key != NULL && p == spki.data + spki.len && X509_PUBKEY_get0_param(&oid, NULL, NULL, NULL, key) == 1)
		g = by_key_nid(OBJ_obj2nid(oid));
	X509_PUBKEY_free(key);
	(void)ERR_pop_to_mark();
	return g;
}

/* --- The engine */
static pthread_once_t loading = PTHREAD_ONCE_INIT;
static ENGINE *engine; /* held to the end of the process */

static void load(void)
{
	(void)ERR_set_mark();
	/* By name out of OpenSSL's own folder of engines: no configuration file is read. Its random numbers and ciphers
	 * are not taken. */
	ENGINE *e = ENGINE_by_id("gost");
	if (e != NULL && ENGINE_init(e) == 1) {
		const unsigned what = ENGINE_METHOD_DIGESTS | ENGINE_METHOD_PKEY_METHS | ENGINE_METHOD_PKEY_ASN1_METHS;
		if (ENGINE_set_default(e, what) == 1)
			engine = e;
		else
			ENGINE_finish(e);
	}
	ENGINE_free(e);
	(void)ERR_pop_to_mark();
}

enum tg_status tg_gost_load(struct tg_error *err)
{
	(void)pthread_once(&loading, load);
	return engine != NULL
	               ? TG_OK
	               : tg_error_set(err, TG_ALGORITHM, "OpenSSL has no GOST engine: install libengine-gost-openssl");
}

/* --- Hash and keys */
enum tg_status tg_gost_hash(const struct tg_gost *g, struct tg_bytes message, struct tg_buf *out, struct tg_error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	TG_TRY(tg_gost_load(err));
	const EVP_MD *md = ENGINE_get_digest(engine, g->hash_nid);
	if (md == NULL || EVP_Digest(message.data, message.len, digest, &n, md, engine) != 1 || n != g->hash_len) {
		ERR_clear_error();
		return tg_error_set(err, TG_ALGORITHM, "the hash of %s cannot be made", g->id);
	}
	tg_buf_add(out, digest, n);
	return tg_buf_status(out);
}

static EVP_PKEY *parse(struct tg_bytes spki)
{
	const unsigned char *p = spki.data;
	EVP_PKEY *key = spki.len == 0 || spki.len > LONG_MAX ? NULL : d2i_PUBKEY(NULL, &p, (long)spki.len);
	if (key != NULL && p != spki.data + spki.len) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

enum tg_status tg_gost_spki(const struct tg_gost *g, struct tg_bytes point, struct tg_buf *out, struct tg_error *err)
{
	const struct row *r = row_of(g);
	uint8_t der[sizeof spki_512 + POINT_MAX];
	TG_TRY(tg_gost_load(err));
	size_t head = r->octets_head_len;
	if (point.len == head + g->point_len && memcmp(point.data, r->octets_head, head) == 0)
		point = (struct tg_bytes){point.data + head, point.len - head};
	if (point.len != g->point_len)
		return tg_error_set(
		        err, TG_INVALID, "a public key of %s has %zu bytes, not %zu", g->id, g->point_len, point.len);
	memcpy(der, r->spki_head.data, r->spki_head.len);
	memcpy(der + r->spki_head.len, point.data, point.len);
	const struct tg_bytes spki = {der, r->spki_head.len + point.len};
	EVP_PKEY *key = parse(spki);
	ERR_clear_error();
	if (key == NULL)
		return tg_error_set(err, TG_INVALID, "the public key is no point of the curve of %s", g->id);
	EVP_PKEY_free(key);
	tg_buf_add(out, spki.data, spki.len);
	return tg_buf_status(out);
}

/* --- Signatures */
enum tg_status tg_gost_signature_algorithm(const struct tg_gost *g, struct tg_buf *out)
{
	const struct row *r = row_of(g);
	tg_buf_add(out, r->sign.data, r->sign.len);
	return tg_buf_status(out);
}

enum tg_status tg_gost_signature_swap(const struct tg_gost *g, struct tg_bytes in, struct tg_buf *out)
{
	if (in.len != g->point_len)
		return TG_INVALID;
	for (size_t i = in.len; i > 0; i--)
		tg_buf_add_u8(out, in.data[i - 1]);
	return tg_buf_status(out);
}

static int verify(EVP_PKEY *key, const EVP_MD *md, struct tg_bytes message, struct tg_bytes signature)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int ok = c != NULL && md != NULL && EVP_DigestVerifyInit(c, NULL, md, engine, key) == 1
	                 ? EVP_DigestVerify(c, signature.data, signature.len, message.data, message.len)
	                 : -1;
	EVP_MD_CTX_free(c);
	return ok;
}

enum tg_status tg_gost_verify(
        struct tg_bytes spki, struct tg_bytes message, struct tg_bytes signature, struct tg_error *err)
{
	const struct tg_gost *g = tg_gost_of_spki(spki);
	if (g == NULL)
		return tg_error_set(err, TG_ALGORITHM, "not a GOST key");
	TG_TRY(tg_gost_load(err));
	if (signature.len != g->point_len)
		return tg_error_set(err, TG_PROOF_FAILED, "a signature of %s has %zu bytes, not %zu", g->id,
		        g->point_len, signature.len);
	EVP_PKEY *key = parse(spki);
	int ok = key == NULL ? -1 : verify(key, ENGINE_get_digest(engine, g->hash_nid), message, signature);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (ok == 1)
		return TG_OK;
	return key == NULL ? tg_error_set(err, TG_INVALID, "the GOST public key cannot be read")
	                   : tg_error_set(err, TG_PROOF_FAILED, "the GOST signature does not fit");
}
