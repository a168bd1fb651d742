#include "der.h"
#include "kazakh.h"
#include "ossl.h"

#include "tamga/gost.h"
#include "tamga/pki.h"
#include <openssl/err.h>

#define TAG_BITS     0x03
#define TAG_OID      0x06
#define TAG_SEQUENCE 0x30

/* What certificates and CRLs have in common: SEQUENCE { what is signed, AlgorithmIdentifier, BIT STRING }. */
struct signed_object {
	struct tg_bytes tbs, algorithm, signature;
};

static bool take_apart(struct tg_bytes in, struct signed_object *o)
{
	struct tg_der all, tbs, algorithm, bits;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &all) || in.len != 0)
		return false;
	in = all.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &tbs) || !tg_der_take_tag(&in, TAG_SEQUENCE, &algorithm) ||
	        !tg_der_take_tag(&in, TAG_BITS, &bits) || in.len != 0 || bits.content.len < 1 ||
	        bits.content.data[0] != 0)
		return false;
	*o = (struct signed_object){tbs.whole, algorithm.whole, {bits.content.data + 1, bits.content.len - 1}};
	return true;
}

/* --- One signature */
static enum tg_status verify_evp(
        EVP_PKEY *key, const EVP_MD *md, struct tg_bytes message, struct tg_bytes signature, struct tg_error *err)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestVerifyInit(c, NULL, md, NULL, key) == 1 &&
	          EVP_DigestVerify(c, signature.data, signature.len, message.data, message.len) == 1;
	EVP_MD_CTX_free(c);
	ERR_clear_error();
	return ok ? TG_OK : tg_error_set(err, TG_CERT_INVALID, "the signature does not fit");
}

static enum tg_status cannot(const ASN1_OBJECT *o, const char *why, struct tg_error *err)
{
	char name[80];
	(void)OBJ_obj2txt(name, sizeof name, o, 0);
	return tg_error_set(err, TG_ALGORITHM, "%s: %s", name, why);
}

/* RSA (PKCS#1 v1.5) and EC. With MD5 or SHA-1 a certificate can be forged without the key. */
static enum tg_status verify_common(const ASN1_OBJECT *o, struct tg_bytes spki, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	int hash = NID_undef, type = NID_undef;
	if (OBJ_find_sigid_algs(OBJ_obj2nid(o), &hash, &type) != 1 || hash == NID_undef)
		return cannot(o, "cannot be verified here", err);
	if (hash == NID_md4 || hash == NID_md5 || hash == NID_sha1)
		return cannot(o, "too weak to prove anything", err);
	const EVP_MD *md = EVP_get_digestbynid(hash);
	EVP_PKEY *key = tg_spki_parse(spki);
	ERR_clear_error();
	enum tg_status status = TG_OK;
	if (md == NULL || (type != EVP_PKEY_RSA && type != EVP_PKEY_EC))
		status = cannot(o, "cannot be verified here", err);
	else if (key == NULL || EVP_PKEY_get_base_id(key) != (type == EVP_PKEY_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC))
		status = tg_error_set(err, TG_CERT_INVALID, "the key is of another kind than the signature");
	else
		status = verify_evp(key, md, message, signature, err);
	EVP_PKEY_free(key);
	return status;
}

static enum tg_status verify_russian(const ASN1_OBJECT *o, struct tg_bytes spki, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	const struct tg_gost *g = tg_gost_of_spki(spki);
	if (g == NULL || g->sign_nid != OBJ_obj2nid(o))
		return tg_error_set(err, TG_CERT_INVALID, "the key is of another kind than the signature");
	enum tg_status status = tg_gost_verify(spki, message, signature, err);
	if (status == TG_PROOF_FAILED || status == TG_INVALID)
		return tg_error_set(err, TG_CERT_INVALID, "the signature does not fit");
	return status;
}

static bool is_russian(int nid)
{
	return nid == NID_id_GostR3411_94_with_GostR3410_2001 || nid == NID_id_tc26_signwithdigest_gost3410_2012_256 ||
	       nid == NID_id_tc26_signwithdigest_gost3410_2012_512;
}

static enum tg_status verify(struct tg_bytes spki, struct tg_bytes algorithm, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	struct tg_der all, oid;
	if (!tg_der_take_tag(&algorithm, TAG_SEQUENCE, &all) || !tg_der_take_tag(&all.content, TAG_OID, &oid))
		return tg_error_set(err, TG_CERT_INVALID, "no signature algorithm");
	if (tg_kazakh_is(oid.content))
		return tg_kazakh_verify(oid.content, spki, message, signature, err);
	const unsigned char *p = oid.whole.data;
	ASN1_OBJECT *o = d2i_ASN1_OBJECT(NULL, &p, (long)oid.whole.len);
	if (o == NULL)
		return tg_ossl_error(err, TG_CERT_INVALID, "signature algorithm");
	enum tg_status status = is_russian(OBJ_obj2nid(o)) ? verify_russian(o, spki, message, signature, err)
	                                                   : verify_common(o, spki, message, signature, err);
	ASN1_OBJECT_free(o);
	return status;
}

enum tg_status tg_pki_verify_signature(struct tg_bytes certificate, struct tg_bytes algorithm, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	X509 *x = tg_x509_parse(certificate);
	enum tg_status status =
	        x == NULL ? tg_ossl_error(err, TG_CERT_INVALID, "not a certificate") : tg_x509_spki(x, &spki);
	ERR_clear_error();
	if (status == TG_OK)
		status = verify((struct tg_bytes){spki.data, spki.len}, algorithm, message, signature, err);
	tg_buf_finish(&spki);
	X509_free(x);
	return status;
}

/* --- Certificates and CRLs */
/* The algorithm once more, inside of what is signed: the first SEQUENCE of a TBSCertificate (behind version and serial
 * number) and of a TBSCertList (behind the version). */
static bool names_the_same(const struct signed_object *o)
{
	struct tg_bytes in = o->tbs;
	struct tg_der e;
	if (!tg_der_next(&in, &e))
		return false;
	in = e.content;
	do
		if (!tg_der_next(&in, &e))
			return false;
	while (e.tag != TAG_SEQUENCE);
	return e.whole.len == o->algorithm.len && memcmp(e.whole.data, o->algorithm.data, e.whole.len) == 0;
}

static enum tg_status verify_object(struct tg_bytes der, struct tg_bytes issuer, struct tg_error *err)
{
	struct signed_object o;
	if (!take_apart(der, &o))
		return tg_error_set(err, TG_CERT_INVALID, "not signed as a certificate or CRL is");
	if (!names_the_same(&o))
		return tg_error_set(err, TG_CERT_INVALID, "the algorithm outside is not the one that is signed");
	return tg_pki_verify_signature(issuer, o.algorithm, o.tbs, o.signature, err);
}

static enum tg_status same_name(const X509_NAME *issuer, struct tg_bytes certificate, struct tg_error *err)
{
	X509 *x = tg_x509_parse(certificate);
	bool ok = x != NULL && X509_NAME_cmp(issuer, X509_get_subject_name(x)) == 0;
	X509_free(x);
	ERR_clear_error();
	return ok ? TG_OK : tg_error_set(err, TG_CERT_INVALID, "it names another issuer");
}

enum tg_status tg_pki_verify_certificate(struct tg_bytes certificate, struct tg_bytes issuer, struct tg_error *err)
{
	X509 *x = tg_x509_parse(certificate);
	if (x == NULL)
		return tg_ossl_error(err, TG_CERT_INVALID, "not a certificate");
	enum tg_status status = same_name(X509_get_issuer_name(x), issuer, err);
	if (status == TG_OK)
		status = verify_object(certificate, issuer, err);
	X509_free(x);
	ERR_clear_error();
	return status;
}

static X509_CRL *parse_crl(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	X509_CRL *c = der.len == 0 || der.len > LONG_MAX ? NULL : d2i_X509_CRL(NULL, &p, (long)der.len);
	if (c != NULL && p != der.data + der.len) {
		X509_CRL_free(c);
		c = NULL;
	}
	return c;
}

enum tg_status tg_pki_verify_crl(struct tg_bytes crl, struct tg_bytes issuer, struct tg_error *err)
{
	X509_CRL *c = parse_crl(crl);
	if (c == NULL)
		return tg_ossl_error(err, TG_CERT_INVALID, "not a CRL");
	enum tg_status status = same_name(X509_CRL_get_issuer(c), issuer, err);
	if (status == TG_OK)
		status = verify_object(crl, issuer, err);
	X509_CRL_free(c);
	ERR_clear_error();
	return status;
}
