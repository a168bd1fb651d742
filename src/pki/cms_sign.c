#include "cms.h"

#include "der.h"
#include "ossl.h"

#include "tamga/gost.h"
#include <openssl/err.h>
#include <openssl/objects.h>

static struct tg_bytes bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

/* --- Shared with verification */
struct tg_bytes tg_cms_oid(enum tg_cms_oid which)
{
#define PKCS 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01
	static const uint8_t signed_data[] = {PKCS, 0x07, 0x02}, data[] = {PKCS, 0x07, 0x01},
	                     content_type[] = {PKCS, 0x09, 0x03}, digest[] = {PKCS, 0x09, 0x04},
	                     time[] = {PKCS, 0x09, 0x05}, certificate[] = {PKCS, 0x09, 0x10, 0x02, 0x2f};
#undef PKCS
	static const struct tg_bytes all[] = {{signed_data, sizeof signed_data}, {data, sizeof data},
	        {content_type, sizeof content_type}, {digest, sizeof digest}, {time, sizeof time},
	        {certificate, sizeof certificate}};
	return all[which];
}

bool tg_cms_is(struct tg_bytes oid, enum tg_cms_oid which)
{
	struct tg_bytes want = tg_cms_oid(which);
	return oid.len == want.len && memcmp(oid.data, want.data, want.len) == 0;
}

static const struct tg_gost *gost_by_hash(int nid)
{
	static const char *const ids[] = {"gost2001", "gost2012-256", "gost2012-512"};
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		const struct tg_gost *g = tg_gost_find(ids[i]);
		if (g != NULL && g->hash_nid == nid)
			return g;
	}
	return NULL;
}

enum tg_status tg_cms_hash(int nid, struct tg_bytes message, struct tg_buf *out, struct tg_error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const struct tg_gost *g = gost_by_hash(nid);
	if (g != NULL)
		return tg_gost_hash(g, message, out, err);
	if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512)
		return tg_error_set(err, TG_ALGORITHM, "hash %s: not here, or too weak to prove anything",
		        nid == NID_undef ? "unknown" : OBJ_nid2sn(nid));
	if (EVP_Digest(message.data, message.len, digest, &n, EVP_get_digestbynid(nid), NULL) != 1)
		return tg_ossl_error(err, TG_NO_MEMORY, "hash");
	tg_buf_add(out, digest, n);
	return tg_buf_status(out);
}

/* --- Signing. DER from the inside out: what is put into `out` is one element. */
struct signing {
	struct tg_bytes content;
	X509 *certificate;
	int hash;
	struct tg_buf hash_algorithm, attributes, signature, algorithm;
};

static void put_oid(struct tg_buf *out, enum tg_cms_oid which)
{
	tg_der_put(out, TG_CMS_TAG_OID, tg_cms_oid(which));
}

/* Wraps what `inner` holds and empties it. */
static void wrap(struct tg_buf *out, uint8_t tag, struct tg_buf *inner)
{
	tg_der_put(out, tag, bytes(inner));
	out->failed = out->failed || inner->failed;
	tg_buf_finish(inner);
}

/* What goes into digestAlgorithm: for SHA-2 without parameters (RFC 5754 2), for GOST as well (RFC 4490 2.1 allows
 * it, RFC 9215 asks for it). */
static enum tg_status name_hash(int nid, struct tg_buf *out)
{
	unsigned char *der = NULL;
	struct tg_buf oid = TG_BUF_INIT;
	int n = i2d_ASN1_OBJECT(OBJ_nid2obj(nid), &der);
	TG_TRY(tg_der_take(&oid, der, n));
	wrap(out, TG_CMS_TAG_SEQUENCE, &oid);
	return tg_buf_status(out);
}

/* One attribute with one value, which is a whole element. */
static void put_attribute(struct tg_buf *out, enum tg_cms_oid type, struct tg_buf *value)
{
	struct tg_buf pair = TG_BUF_INIT;
	put_oid(&pair, type);
	wrap(&pair, TG_CMS_TAG_SET, value);
	wrap(out, TG_CMS_TAG_SEQUENCE, &pair);
}

static enum tg_status time_value(int64_t at_ms, struct tg_buf *out)
{
	/* RFC 5652 11.3: UTCTime until 2049. X509_time_adj chooses by the year. */
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)(at_ms / 1000));
	unsigned char *der = NULL;
	int n = t == NULL ? -1 : i2d_ASN1_TIME(t, &der);
	ASN1_TIME_free(t);
	return tg_der_take(out, der, n);
}

/* SigningCertificateV2 { certs { ESSCertIDv2 { certHash } } }: SHA-256 is the default and not named. */
static enum tg_status certificate_value(struct tg_bytes certificate, struct tg_buf *out, struct tg_error *err)
{
	struct tg_buf hash = TG_BUF_INIT, id = TG_BUF_INIT, inner = TG_BUF_INIT;
	enum tg_status status = tg_cms_hash(NID_sha256, certificate, &hash, err);
	wrap(&id, TG_CMS_TAG_OCTETS, &hash);
	wrap(&inner, TG_CMS_TAG_SEQUENCE, &id);
	wrap(&id, TG_CMS_TAG_SEQUENCE, &inner);
	wrap(out, TG_CMS_TAG_SEQUENCE, &id);
	return status == TG_OK ? tg_buf_status(out) : status;
}

#define N_ATTRIBUTES 4

static int by_bytes(const void *a, const void *b)
{
	const struct tg_buf *x = a, *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);
	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* DER wants the elements of a SET OF in the order of their bytes. */
static enum tg_status put_in_order(struct tg_buf one[N_ATTRIBUTES], struct tg_buf *out)
{
	bool ok = true;
	for (unsigned i = 0; i < N_ATTRIBUTES; i++)
		ok = ok && !one[i].failed && one[i].len > 0;
	if (ok)
		qsort(one, N_ATTRIBUTES, sizeof *one, by_bytes);
	for (unsigned i = 0; i < N_ATTRIBUTES; i++) {
		tg_buf_add(out, one[i].data, one[i].len);
		tg_buf_finish(&one[i]);
	}
	return ok ? tg_buf_status(out) : TG_NO_MEMORY;
}

static enum tg_status make_attributes(
        struct signing *s, struct tg_bytes certificate, int64_t at_ms, struct tg_error *err)
{
	struct tg_buf one[N_ATTRIBUTES] = {{0}}, value = TG_BUF_INIT, hash = TG_BUF_INIT;
	put_oid(&value, TG_CMS_DATA);
	put_attribute(&one[0], TG_CMS_CONTENT_TYPE, &value);
	enum tg_status status = time_value(at_ms, &value);
	put_attribute(&one[1], TG_CMS_SIGNING_TIME, &value);
	if (status == TG_OK)
		status = tg_cms_hash(s->hash, s->content, &hash, err);
	wrap(&value, TG_CMS_TAG_OCTETS, &hash);
	put_attribute(&one[2], TG_CMS_MESSAGE_DIGEST, &value);
	if (status == TG_OK)
		status = certificate_value(certificate, &value, err);
	put_attribute(&one[3], TG_CMS_SIGNING_CERTIFICATE, &value);
	enum tg_status put = put_in_order(one, &s->attributes);
	return status == TG_OK ? put : status;
}

/* What the key of the certificate signs with. */
static enum tg_status choose_hash(struct signing *s, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	TG_TRY(tg_x509_spki(s->certificate, &spki));
	const struct tg_gost *g = tg_gost_of_spki(bytes(&spki));
	tg_buf_finish(&spki);
	const EVP_PKEY *key = g != NULL ? NULL : X509_get0_pubkey(s->certificate);
	int type = key == NULL ? 0 : EVP_PKEY_get_base_id(key);
	ERR_clear_error();
	if (g == NULL && type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
		return tg_error_set(err, TG_ALGORITHM, "documents cannot be signed with a key of this kind");
	s->hash = g != NULL ? g->hash_nid : NID_sha256;
	return name_hash(s->hash, &s->hash_algorithm);
}

/* The signer names its algorithm only afterwards: it must be the one whose hash the attributes hold. */
static enum tg_status same_hash(const struct signing *s, struct tg_error *err)
{
	const unsigned char *p = s->algorithm.data;
	int hash = NID_undef;
	X509_ALGOR *a = s->algorithm.len == 0 ? NULL : d2i_X509_ALGOR(NULL, &p, (long)s->algorithm.len);
	const ASN1_OBJECT *o = NULL;
	if (a != NULL)
		X509_ALGOR_get0(&o, NULL, NULL, a);
	bool same = o != NULL && OBJ_find_sigid_algs(OBJ_obj2nid(o), &hash, NULL) == 1 && hash == s->hash;
	X509_ALGOR_free(a);
	ERR_clear_error();
	return same ? TG_OK : tg_error_set(err, TG_ALGORITHM, "the key signs with another hash than expected");
}

static enum tg_status sign_attributes(struct signing *s, const struct tg_cmp_signer *signer, struct tg_error *err)
{
	struct tg_buf set = TG_BUF_INIT;
	tg_der_put(&set, TG_CMS_TAG_SET, bytes(&s->attributes));
	enum tg_status status = tg_buf_status(&set);
	if (status == TG_OK)
		status = signer->sign(signer->ctx, bytes(&set), &s->signature, &s->algorithm, err);
	tg_buf_finish(&set);
	return status == TG_OK ? same_hash(s, err) : status;
}

static void put_version(struct tg_buf *out)
{
	static const uint8_t one[] = {1};
	tg_der_put(out, TG_CMS_TAG_INTEGER, (struct tg_bytes){one, sizeof one});
}

/* IssuerAndSerialNumber */
static enum tg_status put_signer_id(const X509 *x, struct tg_buf *out)
{
	struct tg_buf id = TG_BUF_INIT;
	unsigned char *der = NULL;
	enum tg_status status = TG_DER_ADD(X509_NAME, X509_get_issuer_name(x), &id);
	int n = i2d_ASN1_INTEGER(X509_get0_serialNumber(x), &der);
	if (status == TG_OK)
		status = tg_der_take(&id, der, n);
	else
		OPENSSL_free(der);
	wrap(out, TG_CMS_TAG_SEQUENCE, &id);
	return status;
}

static enum tg_status put_signer_info(const struct signing *s, struct tg_buf *out)
{
	struct tg_buf info = TG_BUF_INIT;
	put_version(&info);
	enum tg_status status = put_signer_id(s->certificate, &info);
	tg_buf_add(&info, s->hash_algorithm.data, s->hash_algorithm.len);
	tg_der_put(&info, TG_CMS_CONTEXT(0), bytes(&s->attributes));
	tg_buf_add(&info, s->algorithm.data, s->algorithm.len);
	tg_der_put(&info, TG_CMS_TAG_OCTETS, bytes(&s->signature));
	wrap(out, TG_CMS_TAG_SEQUENCE, &info);
	return status;
}

static void put_content(struct tg_bytes content, struct tg_buf *out)
{
	struct tg_buf inner = TG_BUF_INIT, info = TG_BUF_INIT;
	tg_der_put(&inner, TG_CMS_TAG_OCTETS, content);
	put_oid(&info, TG_CMS_DATA);
	wrap(&info, TG_CMS_CONTEXT(0), &inner);
	wrap(out, TG_CMS_TAG_SEQUENCE, &info);
}

static enum tg_status put_signed_data(const struct signing *s, struct tg_bytes certificate, struct tg_buf *out)
{
	struct tg_buf data = TG_BUF_INIT, inner = TG_BUF_INIT, all = TG_BUF_INIT;
	put_version(&data);
	tg_der_put(&data, TG_CMS_TAG_SET, bytes(&s->hash_algorithm));
	put_content(s->content, &data);
	tg_der_put(&data, TG_CMS_CONTEXT(0), certificate);
	enum tg_status status = put_signer_info(s, &inner);
	wrap(&data, TG_CMS_TAG_SET, &inner);
	wrap(&inner, TG_CMS_TAG_SEQUENCE, &data);
	put_oid(&all, TG_CMS_SIGNED_DATA);
	wrap(&all, TG_CMS_CONTEXT(0), &inner);
	wrap(out, TG_CMS_TAG_SEQUENCE, &all);
	return status == TG_OK ? tg_buf_status(out) : status;
}

enum tg_status tg_cms_sign(struct tg_bytes content, const struct tg_cmp_signer *signer, int64_t at_ms,
        struct tg_buf *cms, struct tg_error *err)
{
	struct signing s = {.content = content, .certificate = tg_x509_parse(signer->certificate)};
	enum tg_status status =
	        s.certificate == NULL ? tg_ossl_error(err, TG_CERT_INVALID, "the signer's certificate") : TG_OK;
	if (status == TG_OK)
		status = choose_hash(&s, err);
	if (status == TG_OK)
		status = make_attributes(&s, signer->certificate, at_ms, err);
	if (status == TG_OK)
		status = sign_attributes(&s, signer, err);
	if (status == TG_OK)
		status = put_signed_data(&s, signer->certificate, cms);
	tg_buf_finish(&s.hash_algorithm);
	tg_buf_finish(&s.attributes);
	tg_buf_finish(&s.signature);
	tg_buf_finish(&s.algorithm);
	X509_free(s.certificate);
	return status;
}
