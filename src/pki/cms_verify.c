#include "cms.h"

#include "der.h"
#include "kazakh.h"
#include "ossl.h"

#include "tamga/gost.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define CMS_MAX          (256u * 1024u)
#define CERTIFICATES_MAX 16
#define CLOCKS_APART_MS  (INT64_C(24) * 3600 * 1000)

/* A SignedData with one signer, taken apart. */
struct cms {
	struct tg_bytes content, certificates; /* certificates: elements one after the other, may be empty */
	struct tg_bytes signer_id;             /* IssuerAndSerialNumber, or [0] SubjectKeyIdentifier: whole */
	struct tg_bytes hash, algorithm;       /* AlgorithmIdentifier, whole */
	struct tg_bytes attributes;            /* content of the SET */
	struct tg_bytes signature;
};
/* Its signed attributes. */
struct attributes {
	struct tg_bytes content_type, digest, certificate_hash;
	int64_t signed_ms;
	bool has_time;
};

static enum tg_status bad(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_SIGNATURE_BAD, "%s", why);
}

/* --- Outside in */
/* The one element of this tag that `in` consists of. */
static bool only(struct tg_bytes in, uint8_t tag, struct tg_der *out)
{
	return tg_der_take_tag(&in, tag, out) && in.len == 0;
}

static bool open_envelope(struct tg_bytes cms, struct tg_bytes *data)
{
	struct tg_der all, oid, wrap, inner;
	if (!only(cms, TG_CMS_TAG_SEQUENCE, &all))
		return false;
	struct tg_bytes in = all.content;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_OID, &oid) || !tg_cms_is(oid.content, TG_CMS_SIGNED_DATA) ||
	        !only(in, TG_CMS_CONTEXT(0), &wrap) || !only(wrap.content, TG_CMS_TAG_SEQUENCE, &inner))
		return false;
	*data = inner.content;
	return true;
}

static enum tg_status read_content(struct tg_bytes in, struct tg_bytes *content, struct tg_error *err)
{
	struct tg_der oid, wrap, octets;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_OID, &oid) || !tg_cms_is(oid.content, TG_CMS_DATA))
		return bad(err, "what is signed is no plain data");
	if (in.len == 0)
		return bad(err, "the signature has no content with it");
	if (!only(in, TG_CMS_CONTEXT(0), &wrap) || !only(wrap.content, TG_CMS_TAG_OCTETS, &octets))
		return bad(err, "the content is not in one piece");
	*content = octets.content;
	return TG_OK;
}

static enum tg_status read_signer(struct tg_bytes in, struct cms *c, struct tg_error *err)
{
	struct tg_der version, hash, attributes, algorithm, signature, unsigned_attributes;
	struct tg_der id;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_INTEGER, &version) ||
	        (!tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &id) && !tg_der_take_tag(&in, TG_CMS_PRIMITIVE(0), &id)) ||
	        !tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &hash))
		return bad(err, "the signer's part is not as RFC 5652 has it");
	if (!tg_der_take_tag(&in, TG_CMS_CONTEXT(0), &attributes))
		return bad(err, "the signature has no signed attributes, so no time");
	if (!tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &algorithm) ||
	        !tg_der_take_tag(&in, TG_CMS_TAG_OCTETS, &signature))
		return bad(err, "the signer's part is not as RFC 5652 has it");
	(void)tg_der_take_tag(&in, TG_CMS_CONTEXT(1), &unsigned_attributes); /* nobody vouches for them */
	c->signer_id = id.whole;
	c->hash = hash.whole;
	c->attributes = attributes.content;
	c->algorithm = algorithm.whole;
	c->signature = signature.content;
	return in.len == 0 ? TG_OK : bad(err, "something stands behind the signature");
}

static enum tg_status read_cms(struct tg_bytes cms, struct cms *c, struct tg_error *err)
{
	struct tg_der version, hashes, content, certificates = {0}, crls, signers, one;
	struct tg_bytes in;
	memset(c, 0, sizeof *c);
	if (cms.len > CMS_MAX)
		return bad(err, "longer than any application");
	if (!open_envelope(cms, &in) || !tg_der_take_tag(&in, TG_CMS_TAG_INTEGER, &version) ||
	        !tg_der_take_tag(&in, TG_CMS_TAG_SET, &hashes) || !tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &content))
		return bad(err, "no CMS SignedData in DER");
	(void)tg_der_take_tag(&in, TG_CMS_CONTEXT(0), &certificates);
	(void)tg_der_take_tag(&in, TG_CMS_CONTEXT(1), &crls);
	if (!only(in, TG_CMS_TAG_SET, &signers))
		return bad(err, "no CMS SignedData in DER");
	in = signers.content;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &one))
		return bad(err, "nobody signed");
	if (in.len != 0)
		return bad(err, "more than one signer");
	c->certificates = certificates.content;
	TG_TRY(read_content(content.content, &c->content, err));
	return read_signer(one.content, c, err);
}

/* --- Signed attributes */
static bool read_time(struct tg_bytes value, int64_t *out)
{
	const unsigned char *p = value.data;
	struct tm tm;
	ASN1_TIME *t = value.len == 0 ? NULL : d2i_ASN1_TIME(NULL, &p, (long)value.len);
	bool ok = t != NULL && p == value.data + value.len && ASN1_TIME_to_tm(t, &tm) == 1;
	ASN1_TIME_free(t);
	ERR_clear_error();
	if (ok)
		*out = (int64_t)timegm(&tm) * 1000;
	return ok;
}

/* SigningCertificateV2: the hash of the first, which is the signer's. */
static bool read_certificate_hash(struct tg_bytes value, struct tg_bytes *out)
{
	struct tg_der all, list, id, hash;
	if (!only(value, TG_CMS_TAG_SEQUENCE, &all))
		return false;
	struct tg_bytes in = all.content;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &list))
		return false;
	in = list.content;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &id))
		return false;
	in = id.content;
	/* Named only when it is another hash than SHA-256: then it is not compared. */
	if (in.len > 0 && in.data[0] == TG_CMS_TAG_SEQUENCE)
		return true;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_OCTETS, &hash) || hash.content.len != 32)
		return false;
	*out = hash.content;
	return true;
}

static bool read_attribute(struct tg_bytes in, struct attributes *a)
{
	struct tg_der oid, set, value;
	if (!tg_der_take_tag(&in, TG_CMS_TAG_OID, &oid) || !only(in, TG_CMS_TAG_SET, &set))
		return false;
	if (tg_cms_is(oid.content, TG_CMS_SIGNING_TIME)) {
		bool again = a->has_time;
		a->has_time = true;
		return !again && read_time(set.content, &a->signed_ms);
	}
	if (tg_cms_is(oid.content, TG_CMS_SIGNING_CERTIFICATE))
		return a->certificate_hash.len == 0 && read_certificate_hash(set.content, &a->certificate_hash);
	bool type = tg_cms_is(oid.content, TG_CMS_CONTENT_TYPE);
	if (!type && !tg_cms_is(oid.content, TG_CMS_MESSAGE_DIGEST))
		return true; /* others may stand there */
	struct tg_bytes *to = type ? &a->content_type : &a->digest;
	if (to->len != 0 || !only(set.content, type ? TG_CMS_TAG_OID : TG_CMS_TAG_OCTETS, &value))
		return false;
	*to = value.content;
	return true;
}

static enum tg_status read_attributes(struct tg_bytes in, struct attributes *a, struct tg_error *err)
{
	struct tg_der one;
	memset(a, 0, sizeof *a);
	while (in.len > 0)
		if (!tg_der_take_tag(&in, TG_CMS_TAG_SEQUENCE, &one) || !read_attribute(one.content, a))
			return bad(err, "a signed attribute is not as RFC 5652 has it");
	if (!tg_cms_is(a->content_type, TG_CMS_DATA))
		return bad(err, "the signed type of the content is another");
	if (a->digest.len == 0 || !a->has_time)
		return bad(err, "hash or time of signing are not signed");
	return TG_OK;
}

/* --- Algorithms */
static bool first_oid(struct tg_bytes algorithm, struct tg_der *oid)
{
	struct tg_der all;
	return only(algorithm, TG_CMS_TAG_SEQUENCE, &all) && tg_der_take_tag(&all.content, TG_CMS_TAG_OID, oid);
}

static int nid_of(struct tg_bytes algorithm)
{
	struct tg_der oid;
	if (!first_oid(algorithm, &oid))
		return NID_undef;
	const unsigned char *p = oid.whole.data;
	ASN1_OBJECT *o = d2i_ASN1_OBJECT(NULL, &p, (long)oid.whole.len);
	int nid = o == NULL ? NID_undef : OBJ_obj2nid(o);
	ASN1_OBJECT_free(o);
	ERR_clear_error();
	return nid;
}

static int hash_of(struct tg_bytes algorithm)
{
	struct tg_der oid;
	if (first_oid(algorithm, &oid) && tg_kazakh_is(oid.content))
		return tg_kazakh_hash(oid.content);
	return nid_of(algorithm);
}

static enum tg_status put_algorithm(int nid, struct tg_buf *out)
{
	struct tg_buf oid = TG_BUF_INIT;
	unsigned char *der = NULL;
	int n = i2d_ASN1_OBJECT(OBJ_nid2obj(nid), &der);
	TG_TRY(tg_der_take(&oid, der, n));
	tg_der_put(out, TG_CMS_TAG_SEQUENCE, (struct tg_bytes){oid.data, oid.len});
	tg_buf_finish(&oid);
	return tg_buf_status(out);
}

/* signatureAlgorithm may name the key alone (rsaEncryption, RFC 3370 3.2; id-GostR3410-2001, RFC 4490 3.2), the hash
 * stands before it then. Where it names a hash too, it is the same. */
static enum tg_status whole_algorithm(const struct cms *c, int hash, struct tg_buf *out, struct tg_error *err)
{
	struct tg_der oid;
	int signature = nid_of(c->algorithm), named = NID_undef, key = NID_undef;
	if (first_oid(c->algorithm, &oid) && tg_kazakh_is(oid.content)) {
		tg_buf_add(out, c->algorithm.data, c->algorithm.len);
		return tg_buf_status(out);
	}
	if (OBJ_find_sigid_by_algs(&named, hash, signature) == 1)
		return put_algorithm(named, out);
	if (OBJ_find_sigid_algs(signature, &named, &key) != 1 || named == NID_undef)
		return tg_error_set(err, TG_ALGORITHM, "%s with %s: cannot be verified here", OBJ_nid2sn(signature),
		        OBJ_nid2sn(hash));
	if (named != hash)
		return bad(err, "the signature names another hash than its attributes");
	return put_algorithm(signature, out);
}

static bool holds(const struct tg_buf *b, struct tg_bytes want)
{
	return b->len > 0 && b->len == want.len && memcmp(b->data, want.data, want.len) == 0;
}

/* --- The signer's certificate */
static bool issuer_fits(X509 *x, struct tg_bytes id)
{
	struct tg_buf name = TG_BUF_INIT;
	unsigned char *der = NULL;
	int n = i2d_ASN1_INTEGER(X509_get0_serialNumber(x), &der);
	bool ok = TG_DER_ADD(X509_NAME, X509_get_issuer_name(x), &name) == TG_OK &&
	          tg_der_take(&name, der, n) == TG_OK && holds(&name, id);
	tg_buf_finish(&name);
	return ok;
}

static bool is_signer(struct tg_bytes der, struct tg_bytes id)
{
	struct tg_der e;
	X509 *x = tg_x509_parse(der);
	bool ok = x != NULL && tg_der_next(&id, &e);
	if (ok && e.tag == TG_CMS_TAG_SEQUENCE) {
		ok = issuer_fits(x, e.content);
	} else if (ok) {
		const ASN1_OCTET_STRING *key_id = X509_get0_subject_key_id(x);
		ok = key_id != NULL && (size_t)ASN1_STRING_length(key_id) == e.content.len &&
		     memcmp(ASN1_STRING_get0_data(key_id), e.content.data, e.content.len) == 0;
	}
	X509_free(x);
	ERR_clear_error();
	return ok;
}

/* `chain` gets all the others. */
static enum tg_status find_signer(
        const struct cms *c, struct tg_bytes *certificate, struct tg_buf *chain, struct tg_error *err)
{
	struct tg_bytes in = c->certificates;
	struct tg_der e;
	*certificate = (struct tg_bytes){0};
	for (unsigned n = 0; in.len > 0; n++) {
		if (!tg_der_next(&in, &e) || n == CERTIFICATES_MAX)
			return bad(err, "the certificates cannot be read, or are too many");
		if (e.tag != TG_CMS_TAG_SEQUENCE)
			continue; /* attribute certificates */
		if (certificate->len == 0 && is_signer(e.whole, c->signer_id))
			*certificate = e.whole;
		else
			tg_buf_add(chain, e.whole.data, e.whole.len);
	}
	if (certificate->len == 0)
		return bad(err, "the signer's certificate is not with it");
	return tg_buf_status(chain);
}

static bool is_hash_of(struct tg_bytes hash, struct tg_bytes certificate)
{
	struct tg_buf ours = TG_BUF_INIT;
	bool same = tg_cms_hash(NID_sha256, certificate, &ours, NULL) == TG_OK && holds(&ours, hash);
	tg_buf_finish(&ours);
	return same;
}

/* --- The signature */
static enum tg_status check_content(const struct cms *c, const struct attributes *a, int hash, struct tg_error *err)
{
	struct tg_buf digest = TG_BUF_INIT;
	enum tg_status status = tg_cms_hash(hash, c->content, &digest, err);
	if (status == TG_OK && !holds(&digest, a->digest))
		status = bad(err, "another content was signed");
	tg_buf_finish(&digest);
	return status;
}

static enum tg_status check_signature(const struct cms *c, struct tg_bytes certificate, int hash, struct tg_error *err)
{
	struct tg_buf set = TG_BUF_INIT, algorithm = TG_BUF_INIT;
	tg_der_put(&set, TG_CMS_TAG_SET, c->attributes);
	enum tg_status status = whole_algorithm(c, hash, &algorithm, err);
	if (status == TG_OK)
		status = tg_pki_verify_signature(certificate, (struct tg_bytes){algorithm.data, algorithm.len},
		        (struct tg_bytes){set.data, set.len}, c->signature, err);
	tg_buf_finish(&algorithm);
	tg_buf_finish(&set);
	return status == TG_CERT_INVALID ? bad(err, "the signature does not fit") : status;
}

static enum tg_status check_all(
        const struct cms *c, struct attributes *a, struct tg_bytes certificate, int64_t at_ms, struct tg_error *err)
{
	TG_TRY(read_attributes(c->attributes, a, err));
	int hash = hash_of(c->hash);
	TG_TRY(check_content(c, a, hash, err));
	TG_TRY(check_signature(c, certificate, hash, err));
	if (a->certificate_hash.len > 0 && !is_hash_of(a->certificate_hash, certificate))
		return bad(err, "it was signed for another certificate");
	if (a->signed_ms > at_ms + CLOCKS_APART_MS || a->signed_ms < at_ms - CLOCKS_APART_MS)
		return bad(err, "it was signed on another day");
	return TG_OK;
}

/* --- What the certificate is worth */
static enum tg_status judge_certificate(
        struct tg_bytes certificate, struct tg_bytes chain, const char *trust_pem, int64_t at_ms, struct tg_error *err)
{
	struct tg_certificate_facts f;
	TG_TRY(tg_pki_certificate_facts(certificate, &f, err));
	if (at_ms < f.from_ms || at_ms > f.until_ms)
		return tg_error_set(err, TG_CERT_EXPIRED, "the signer's certificate is out of its time");
	TG_TRY(tg_pki_check_chain(certificate, chain, trust_pem, at_ms, err));
	return f.signs ? TG_OK
	               : tg_error_set(err, TG_CERT_INVALID, "the signer's key is for entering, not for signing");
}

void tg_cms_judged_finish(struct tg_cms_judged *j)
{
	tg_buf_wipe(&j->content);
	tg_buf_finish(&j->certificate);
	j->signed_ms = 0;
}

static enum tg_status judge(const struct cms *c, const char *trust_pem, int64_t at_ms, tg_cms_revoked *revoked,
        void *ctx, struct tg_buf *chain, struct tg_cms_judged *out, struct tg_error *err)
{
	struct attributes a;
	struct tg_bytes certificate;
	TG_TRY(find_signer(c, &certificate, chain, err));
	TG_TRY(check_all(c, &a, certificate, at_ms, err));
	tg_buf_add(&out->content, c->content.data, c->content.len);
	tg_buf_add(&out->certificate, certificate.data, certificate.len);
	out->signed_ms = a.signed_ms;
	TG_TRY(tg_buf_status(&out->content));
	TG_TRY(tg_buf_status(&out->certificate));
	TG_TRY(judge_certificate(certificate, (struct tg_bytes){chain->data, chain->len}, trust_pem, at_ms, err));
	return revoked == NULL ? TG_OK : revoked(certificate, at_ms, ctx, err);
}

enum tg_status tg_cms_verify(struct tg_bytes cms, const char *trust_pem, int64_t at_ms, tg_cms_revoked *revoked,
        void *ctx, struct tg_cms_judged *out, struct tg_error *err)
{
	struct cms c;
	struct tg_buf chain = TG_BUF_INIT;
	memset(out, 0, sizeof *out);
	TG_TRY(read_cms(cms, &c, err));
	enum tg_status status = judge(&c, trust_pem, at_ms, revoked, ctx, &chain, out, err);
	tg_buf_finish(&chain);
	return status;
}
