/* EF.SOD: hashes of the data groups, signed by the document signer (ICAO 9303-10 §4.6.2, 9303-12 §4.2; CMS). */
#include "vdoc_make.h"
#include <openssl/cms.h>
#include <openssl/evp.h>

/* 2.16.840.1.101.3.4.2.1, SHA-256, without parameters */
static const uint8_t sha256[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};

static bool put_hash(const struct tg_vdoc *d, enum tg_vdoc_file file, struct tg_buf *out)
{
	uint8_t digest[32], number = (uint8_t)tg_vdoc_group(file);
	struct tg_buf one = TG_BUF_INIT;
	if (EVP_Digest(d->files[file].data, d->files[file].len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	tg_tlv_put(&one, 0x02, &number, 1);
	tg_tlv_put(&one, 0x04, digest, sizeof digest);
	tg_tlv_put_buf(out, 0x30, &one);
	tg_buf_finish(&one);
	return true;
}

/* LDSSecurityObject ::= SEQUENCE { version 0, hashAlgorithm, SEQUENCE OF { number, hash } } */
static bool security_object(const struct tg_vdoc *d, struct tg_buf *out)
{
	struct tg_buf hashes = TG_BUF_INIT, body = TG_BUF_INIT;
	bool ok = true;
	for (int i = 0; i < TG_VDOC_READABLE; i++) {
		enum tg_vdoc_file file = (enum tg_vdoc_file)i;
		if (tg_vdoc_group(file) && d->files[i].len)
			ok = ok && put_hash(d, file, &hashes);
	}
	tg_tlv_put(&body, 0x02, "\0", 1);
	tg_buf_add(&body, sha256, sizeof sha256);
	tg_tlv_put_buf(&body, 0x30, &hashes);
	tg_tlv_put_buf(out, 0x30, &body);
	tg_buf_finish(&hashes);
	tg_buf_finish(&body);
	return ok && !out->failed;
}

/* The time of signing is given: OpenSSL would take the machine's. */
static bool add_time(CMS_SignerInfo *signer, int64_t now_ms)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)(now_ms / 1000));
	bool ok = t && CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, t->type, t, -1) == 1;
	ASN1_TIME_free(t);
	return ok;
}

static CMS_ContentInfo *sign(const struct tg_buf *content, X509 *cert, EVP_PKEY *key, int64_t now_ms)
{
	const unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP;
	ASN1_OBJECT *type = OBJ_txt2obj("2.23.136.1.1.1", 1);
	BIO *in = BIO_new_mem_buf(content->data, (int)content->len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	bool ok = type && in && cms && CMS_set1_eContentType(cms, type) == 1;
	CMS_SignerInfo *signer = ok ? CMS_add1_signer(cms, cert, key, EVP_sha256(), flags) : NULL;
	ok = signer && add_time(signer, now_ms) && CMS_final(cms, in, NULL, flags) == 1;
	BIO_free(in);
	ASN1_OBJECT_free(type);
	if (ok)
		return cms;
	CMS_ContentInfo_free(cms);
	return NULL;
}

bool tg_vdoc_sod_make(const struct tg_vdoc *d, X509 *cert, EVP_PKEY *key, int64_t now_ms, struct tg_buf *out)
{
	struct tg_buf content = TG_BUF_INIT;
	uint8_t *der = NULL;
	CMS_ContentInfo *cms = security_object(d, &content) ? sign(&content, cert, key, now_ms) : NULL;
	int n = cms ? i2d_CMS_ContentInfo(cms, &der) : -1;
	if (n > 0)
		tg_tlv_put(out, 0x77, der, (size_t)n);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	tg_buf_finish(&content);
	return n > 0 && !out->failed;
}
