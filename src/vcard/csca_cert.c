/* Certificates and revocation lists of the document issuers, after the profile of ICAO 9303-12 §7. */
#include "vdoc_make.h"
#include <openssl/rand.h>
#include <openssl/x509v3.h>

static bool set_time(ASN1_TIME *t, int64_t ms)
{
	return ASN1_TIME_set(t, (time_t)(ms / 1000)) != NULL;
}

static X509_NAME *name_of(const struct tg_csca_plan *p)
{
	X509_NAME *n = X509_NAME_new();
	const struct {
		const char *key, *value;
		int type;
	} parts[] = {{"C", p->country, V_ASN1_PRINTABLESTRING}, {"O", "Tamga training", V_ASN1_UTF8STRING},
	        {"CN", p->name, V_ASN1_UTF8STRING}};
	for (size_t i = 0; n && i < sizeof parts / sizeof *parts; i++) {
		if (X509_NAME_add_entry_by_txt(
		            n, parts[i].key, parts[i].type, (const unsigned char *)parts[i].value, -1, -1, 0) != 1) {
			X509_NAME_free(n);
			n = NULL;
		}
	}
	return n;
}

static bool add_text(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = e && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* Until when the private key signs: for a signer much shorter than until when its documents are checked. */
static bool add_usage_period(X509 *cert, int64_t from_ms, int64_t until_ms)
{
	PKEY_USAGE_PERIOD *period = PKEY_USAGE_PERIOD_new();
	bool ok = period != NULL;
	if (ok) {
		period->notBefore = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(from_ms / 1000));
		period->notAfter = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(until_ms / 1000));
		ok = period->notBefore && period->notAfter &&
		     X509_add1_ext_i2d(cert, NID_private_key_usage_period, period, 0, 0) == 1;
	}
	PKEY_USAGE_PERIOD_free(period);
	return ok;
}

/* §7.1.1: a contact, and the state's three letters as a directory name's locality. */
static bool add_alternative(X509 *cert, int nid, const char *state)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *one = GENERAL_NAME_new();
	X509_NAME *dn = X509_NAME_new();
	bool ok = names && one && dn &&
	          X509_NAME_add_entry_by_txt(
	                  dn, "L", V_ASN1_PRINTABLESTRING, (const unsigned char *)state, -1, -1, 0) == 1;
	if (ok) {
		GENERAL_NAME_set0_value(one, GEN_DIRNAME, dn);
		dn = NULL;
		ok = sk_GENERAL_NAME_push(names, one) > 0;
		one = ok ? NULL : one;
		ok = ok && X509_add1_ext_i2d(cert, nid, names, 0, 0) == 1;
	}
	X509_NAME_free(dn);
	GENERAL_NAME_free(one);
	GENERAL_NAMES_free(names);
	return ok;
}

/* §7.1.1.6 DocumentType: SEQUENCE { version 0, SET OF PrintableString } */
static bool add_document_type(X509 *cert, const char *type)
{
	struct tg_buf text = TG_BUF_INIT, body = TG_BUF_INIT, der = TG_BUF_INIT;
	ASN1_OBJECT *oid = OBJ_txt2obj("2.23.136.1.1.6.2", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	tg_tlv_put(&text, 0x13, type, strlen(type));
	tg_tlv_put(&body, 0x02, "\0", 1);
	tg_tlv_put_buf(&body, 0x31, &text);
	tg_tlv_put_buf(&der, 0x30, &body);
	bool ok = oid && value && !der.failed && ASN1_OCTET_STRING_set(value, der.data, (int)der.len) == 1;
	X509_EXTENSION *e = ok ? X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value) : NULL;
	ok = e && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	tg_buf_finish(&text);
	tg_buf_finish(&body);
	tg_buf_finish(&der);
	return ok;
}

static bool add_extensions(X509 *cert, const struct tg_csca_plan *p)
{
	char crl[96];
	X509 *issuer = p->issuer ? p->issuer : cert;
	snprintf(crl, sizeof crl, "URI:http://csca.tamga.example/csca-%s.crl", p->country);
	bool ok = add_text(cert, issuer, NID_subject_key_identifier, "hash") &&
	          add_text(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
	          add_usage_period(cert, p->from_ms, p->sign_until_ms) &&
	          add_alternative(cert, NID_subject_alt_name, p->state) &&
	          add_alternative(cert, NID_issuer_alt_name, p->state) &&
	          add_text(cert, issuer, NID_crl_distribution_points, crl);
	if (p->issuer)
		return ok && add_text(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
		       add_document_type(cert, p->document);
	return ok && add_text(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       add_text(cert, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
}

static bool random_serial(ASN1_INTEGER *serial)
{
	uint8_t bytes[16];
	BIGNUM *n = NULL;
	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return false;
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40);
	n = BN_bin2bn(bytes, sizeof bytes, NULL);
	bool ok = n && BN_to_ASN1_INTEGER(n, serial);
	BN_free(n);
	return ok;
}

static bool fill(X509 *cert, const struct tg_csca_plan *p, X509_NAME *name)
{
	return X509_set_version(cert, X509_VERSION_3) == 1 && random_serial(X509_get_serialNumber(cert)) &&
	       set_time(X509_getm_notBefore(cert), p->from_ms) && set_time(X509_getm_notAfter(cert), p->until_ms) &&
	       X509_set_subject_name(cert, name) == 1 &&
	       X509_set_issuer_name(cert, p->issuer ? X509_get_subject_name(p->issuer) : name) == 1 &&
	       X509_set_pubkey(cert, p->key) == 1 && add_extensions(cert, p) &&
	       X509_sign(cert, p->issuer ? p->issuer_key : p->key, EVP_sha256()) > 0;
}

X509 *tg_csca_certificate(const struct tg_csca_plan *plan)
{
	X509 *cert = X509_new();
	X509_NAME *name = name_of(plan);
	bool ok = cert && name && fill(cert, plan, name);
	X509_NAME_free(name);
	if (ok)
		return cert;
	X509_free(cert);
	return NULL;
}

static bool add_revoked(X509_CRL *crl, const X509 *cert, int64_t now_ms)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_new();
	bool ok = r && when && set_time(when, now_ms) &&
	          X509_REVOKED_set_serialNumber(r, (ASN1_INTEGER *)X509_get0_serialNumber(cert)) == 1 &&
	          X509_REVOKED_set_revocationDate(r, when) == 1 && X509_CRL_add0_revoked(crl, r) == 1;
	if (!ok)
		X509_REVOKED_free(r);
	ASN1_TIME_free(when);
	return ok;
}

static bool crl_extensions(X509_CRL *crl, X509 *issuer, int64_t number)
{
	X509V3_CTX ctx;
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
	X509_EXTENSION *akid = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
	bool ok = n && akid && X509_CRL_add_ext(crl, akid, -1) == 1 && ASN1_INTEGER_set_int64(n, number) == 1 &&
	          X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, 0) == 1;
	X509_EXTENSION_free(akid);
	ASN1_INTEGER_free(n);
	return ok;
}

/* §7.1.4: at least every 90 days */
#define CRL_MS (INT64_C(90) * 86400000)

X509_CRL *tg_csca_crl(X509 *issuer, EVP_PKEY *key, const X509 *revoked, int64_t now_ms, int64_t number)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_new(), *until = ASN1_TIME_new();
	bool ok = crl && from && until && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	          X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) == 1 && set_time(from, now_ms - 60000) &&
	          set_time(until, now_ms + CRL_MS) && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
	          X509_CRL_set1_nextUpdate(crl, until) == 1 &&
	          (!revoked || add_revoked(crl, revoked, now_ms - 60000)) && crl_extensions(crl, issuer, number) &&
	          X509_CRL_sort(crl) == 1 && X509_CRL_sign(crl, key, EVP_sha256()) > 0;
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	if (ok)
		return crl;
	X509_CRL_free(crl);
	return NULL;
}
