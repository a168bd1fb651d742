#include "kazakh.h"

#include "der.h"

#include "tamga/gost.h"
#include <openssl/objects.h>

#define TAG_BITS     0x03
#define TAG_OCTETS   0x04
#define TAG_OID      0x06
#define TAG_SEQUENCE 0x30
#define OID_TEXT     80

/* 1.2.398.3.10, the arc of Kazakh cryptography */
static const uint8_t arc[] = {0x2a, 0x83, 0x0e, 0x03, 0x0a};
/* Below the arc: signatures, 1.1.2.3.1 and 1.1.2.3.2 (СТ РК ГОСТ Р 34.10-2015), 1.1.1.2 (GOST 34.310-2004). */
static const uint8_t sign_2015_256[] = {0x01, 0x01, 0x02, 0x03, 0x01};
static const uint8_t sign_2015_512[] = {0x01, 0x01, 0x02, 0x03, 0x02};
static const uint8_t sign_2004[] = {0x01, 0x01, 0x01, 0x02};

/* SubjectPublicKeyInfo of the same key in Russian identifiers, up to the first byte of the point.
 * 512 bits: tc26-gost-3410-12-512-paramSetA, verified on the NCA's own key. 256 bits: no key is published; the curve is
 * the one of the two that the point lies on (it cannot lie on both by chance). */
static const uint8_t head_512[] = {0x30, 0x81, 0xa0, 0x30, 0x17, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01,
        0x02, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x02, 0x01, 0x03, 0x81, 0x84, 0x00,
        0x04, 0x81, 0x80};
static const uint8_t head_256_tc26_a[] = {0x30, 0x5e, 0x30, 0x17, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01,
        0x01, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x01, 0x01, 0x03, 0x43, 0x00, 0x04,
        0x40};
static const uint8_t head_256_cryptopro_a[] = {0x30, 0x66, 0x30, 0x1f, 0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01,
        0x01, 0x01, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01, 0x06, 0x08, 0x2a, 0x85, 0x03,
        0x07, 0x01, 0x01, 0x02, 0x02, 0x03, 0x43, 0x00, 0x04, 0x40};

struct family {
	struct tg_bytes sign; /* below the arc */
	const char *gost;
	struct tg_bytes heads[2];
};
static const struct family families[] = {
        {{sign_2015_256, sizeof sign_2015_256}, "gost2012-256",
                {{head_256_tc26_a, sizeof head_256_tc26_a}, {head_256_cryptopro_a, sizeof head_256_cryptopro_a}}},
        {{sign_2015_512, sizeof sign_2015_512}, "gost2012-512", {{head_512, sizeof head_512}, {NULL, 0}}},
};

static bool below(struct tg_bytes oid, const uint8_t *rest, size_t n)
{
	return oid.len == sizeof arc + n && memcmp(oid.data + sizeof arc, rest, n) == 0;
}

bool tg_kazakh_is(struct tg_bytes oid)
{
	return oid.len > sizeof arc && memcmp(oid.data, arc, sizeof arc) == 0;
}

/* Below the arc: СТ РК ГОСТ Р 34.11-2015, which is Streebog. GOST 34.311-95 (1.3.1) has another S-box than the engine's
 * (domain-facts.md §1.3). */
int tg_kazakh_hash(struct tg_bytes oid)
{
	static const uint8_t hash_256[] = {0x01, 0x03, 0x02}, hash_512[] = {0x01, 0x03, 0x03};
	if (!tg_kazakh_is(oid))
		return NID_undef;
	return below(oid, hash_256, sizeof hash_256)   ? NID_id_GostR3411_2012_256
	       : below(oid, hash_512, sizeof hash_512) ? NID_id_GostR3411_2012_512
	                                               : NID_undef;
}

static void oid_text(struct tg_bytes oid, char out[OID_TEXT])
{
	(void)tg_copy(out, OID_TEXT, "?");
	struct tg_buf der = TG_BUF_INIT;
	tg_der_put(&der, TAG_OID, oid);
	const unsigned char *p = der.data;
	ASN1_OBJECT *o = der.failed ? NULL : d2i_ASN1_OBJECT(NULL, &p, (long)der.len);
	if (o != NULL)
		(void)OBJ_obj2txt(out, OID_TEXT, o, 1);
	ASN1_OBJECT_free(o);
	tg_buf_finish(&der);
}

/* Algorithm, its parameters and the key out of a SubjectPublicKeyInfo. */
struct key {
	struct tg_bytes hash_params; /* OID, content; empty when not said */
	struct tg_bytes point;       /* content of the OCTET STRING */
};

static bool read_key(struct tg_bytes spki, struct key *k)
{
	struct tg_der all, algorithm, e, params, hash;
	memset(k, 0, sizeof *k);
	if (!tg_der_take_tag(&spki, TAG_SEQUENCE, &all) || spki.len != 0)
		return false;
	struct tg_bytes in = all.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &algorithm) || !tg_der_take_tag(&in, TAG_BITS, &e) || in.len != 0 ||
	        e.content.len < 2 || e.content.data[0] != 0)
		return false;
	in = (struct tg_bytes){e.content.data + 1, e.content.len - 1};
	if (!tg_der_take_tag(&in, TAG_OCTETS, &e) || in.len != 0)
		return false;
	k->point = e.content;
	in = algorithm.content;
	if (!tg_der_take_tag(&in, TAG_OID, &e) || !tg_kazakh_is(e.content))
		return false;
	if (tg_der_take_tag(&in, TAG_SEQUENCE, &params)) {
		in = params.content;
		if (tg_der_take_tag(&in, TAG_OID, &e) && tg_der_take_tag(&in, TAG_OID, &hash))
			k->hash_params = hash.content;
	}
	return true;
}

static enum tg_status cannot_2004(const struct key *k, struct tg_error *err)
{
	char params[OID_TEXT] = "not named";
	if (k->hash_params.len > 0)
		oid_text(k->hash_params, params);
	return tg_error_set(err, TG_ALGORITHM,
	        "GOST 34.310-2004 with GOST 34.311-95, hash parameters %s: cannot be verified here", params);
}

static enum tg_status verify_on(struct tg_bytes head, const struct key *k, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	tg_buf_add(&spki, head.data, head.len);
	tg_buf_add(&spki, k->point.data, k->point.len);
	enum tg_status status = tg_buf_status(&spki);
	if (status == TG_OK)
		status = tg_gost_verify((struct tg_bytes){spki.data, spki.len}, message, signature, err);
	tg_buf_finish(&spki);
	return status;
}

static enum tg_status verify_2015(const struct family *f, const struct key *k, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	const struct tg_gost *g = tg_gost_find(f->gost);
	struct tg_buf turned = TG_BUF_INIT;
	TG_BUG_IF(g == NULL);
	TG_TRY(tg_gost_load(err));
	if (k->point.len != g->point_len || tg_gost_signature_swap(g, signature, &turned) != TG_OK) {
		tg_buf_finish(&turned);
		return tg_error_set(
		        err, TG_CERT_INVALID, "key and signature are of other lengths than the algorithm's");
	}
	enum tg_status status = TG_INVALID;
	for (unsigned i = 0; i < 2 && f->heads[i].len > 0 && status == TG_INVALID; i++)
		status = verify_on(f->heads[i], k, message, (struct tg_bytes){turned.data, turned.len}, err);
	tg_buf_finish(&turned);
	if (status == TG_PROOF_FAILED)
		return tg_error_set(err, TG_CERT_INVALID, "the signature does not fit");
	return status == TG_INVALID ? tg_error_set(err, TG_CERT_INVALID, "the key is no point of its curve") : status;
}

enum tg_status tg_kazakh_verify(struct tg_bytes oid, struct tg_bytes spki, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	struct key k;
	char name[OID_TEXT];
	if (!read_key(spki, &k))
		return tg_error_set(err, TG_CERT_INVALID, "the issuer has no key of the family of the signature");
	if (below(oid, sign_2004, sizeof sign_2004))
		return cannot_2004(&k, err);
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (below(oid, families[i].sign.data, families[i].sign.len))
			return verify_2015(&families[i], &k, message, signature, err);
	oid_text(oid, name);
	return tg_error_set(err, TG_ALGORITHM, "the Kazakh signature algorithm %s cannot be verified here", name);
}
