#include "ossl.h"

#include "tamga/pki.h"
#include "tamga/text.h"
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#define VALUE_MAX 1024

/* The n-th attribute of a name as UTF-8 text; false when it is too long for us or no text. */
static bool value_at(const X509_NAME *name, int n, char out[VALUE_MAX])
{
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, n)));
	bool ok = len > 0 && len < VALUE_MAX && memchr(utf8, 0, (size_t)len) == NULL;
	if (ok) {
		memcpy(out, utf8, (size_t)len);
		out[len] = '\0';
	}
	OPENSSL_free(utf8);
	return ok;
}

/* The last attribute of this kind, cleaned; "" when there is none. Of several the last is the most specific. */
static void take_text(const X509_NAME *name, int nid, char *out, size_t cap)
{
	char value[VALUE_MAX];
	out[0] = '\0';
	for (int n = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)name, nid, -1); n >= 0;
	        n = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)name, nid, n))
		if (value_at(name, n, value))
			tg_text_clean(out, cap, value, strlen(value), (int)cap - 1);
}

/* 12 digits in Kazakhstan, 14 in Kyrgyzstan. */
static bool is_number(const char *text)
{
	size_t n = strspn(text, "0123456789");
	return text[n] == '\0' && (n == 12 || n == 14);
}

/* An attribute of this kind that holds a number behind one of the prefixes, as "IIN123456789011". */
static void take_number(const X509_NAME *name, int nid, const char *const *prefixes, char *out, size_t cap)
{
	char value[VALUE_MAX];
	for (int n = 0; out[0] == '\0' && n < X509_NAME_entry_count(name); n++) {
		if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(X509_NAME_get_entry(name, n))) != nid ||
		        !value_at(name, n, value))
			continue;
		for (const char *const *p = prefixes; *p != NULL; p++)
			if (strncmp(value, *p, strlen(*p)) == 0 && is_number(value + strlen(*p)))
				(void)tg_copy(out, cap, value + strlen(*p));
	}
}

/* Kazakhstan: serialNumber=IIN…, OU=BIN… (domain-facts.md §1.1). Kyrgyzstan: as our profiles write it, PIN… and INN…,
 * or bare, or with the prefixes of ETSI EN 319 412-1. */
static void take_numbers(const X509_NAME *name, struct tg_certificate_facts *out)
{
	static const char *const person[] = {"IIN", "PIN", "PNOKZ-", "PNOKG-", "", NULL};
	static const char *const entity[] = {"BIN", "INN", "NTRKZ-", "NTRKG-", "VATKG-", "", NULL};
	take_number(name, NID_serialNumber, person, out->personal_number, sizeof out->personal_number);
	take_number(
	        name, NID_organizationalUnitName, entity, out->organisation_number, sizeof out->organisation_number);
	take_number(
	        name, NID_organizationIdentifier, entity, out->organisation_number, sizeof out->organisation_number);
}

static bool has_purpose(X509 *x, int nid)
{
	EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	bool found = false;
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++)
		found = found || OBJ_obj2nid(sk_ASN1_OBJECT_value(list, i)) == nid;
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
	return found;
}

/* NCA and Kyrgyz centres alike: nonRepudiation is for signing, clientAuth for entering. A server's key signs nothing
 * that a person means. */
static void take_use(X509 *x, struct tg_certificate_facts *out)
{
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(x, NID_key_usage, NULL, NULL);
	bool digital = usage == NULL || ASN1_BIT_STRING_get_bit(usage, 0) == 1;
	bool binding = usage == NULL || ASN1_BIT_STRING_get_bit(usage, 1) == 1;
	ASN1_BIT_STRING_free(usage);
	out->authenticates = digital && has_purpose(x, NID_client_auth);
	out->signs = binding || (digital && !out->authenticates && !has_purpose(x, NID_server_auth));
}

static bool time_ms(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = (int64_t)timegm(&tm) * 1000;
	return true;
}

static bool take_all(struct tg_bytes der, X509 *x, struct tg_certificate_facts *out)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	const X509_NAME *name = X509_get_subject_name(x);
	if (!tg_serial_text(X509_get0_serialNumber(x), out->serial, sizeof out->serial) ||
	        !time_ms(X509_get0_notBefore(x), &out->from_ms) || !time_ms(X509_get0_notAfter(x), &out->until_ms))
		return false;
	SHA256(der.data, der.len, hash);
	tg_hex(hash, sizeof hash, out->sha256);
	take_text(name, NID_commonName, out->common_name, sizeof out->common_name);
	take_text(name, NID_organizationName, out->organisation, sizeof out->organisation);
	take_text(name, NID_title, out->title, sizeof out->title);
	take_text(X509_get_issuer_name(x), NID_commonName, out->issuer, sizeof out->issuer);
	take_numbers(name, out);
	tg_x509_algorithm(x, out->algorithm, sizeof out->algorithm);
	take_use(x, out);
	return true;
}

enum tg_status tg_pki_certificate_facts(
        struct tg_bytes certificate, struct tg_certificate_facts *out, struct tg_error *err)
{
	memset(out, 0, sizeof *out);
	X509 *x = tg_x509_parse(certificate);
	bool ok = x != NULL && take_all(certificate, x, out);
	X509_free(x);
	ERR_clear_error(); /* a key of a family that OpenSSL does not know leaves its mark */
	if (ok)
		return TG_OK;
	memset(out, 0, sizeof *out);
	return tg_error_set(err, TG_CERT_INVALID, "not a certificate");
}

enum tg_status tg_pki_public_key(struct tg_bytes spki, char algorithm[32], struct tg_error *err)
{
	return tg_spki_algorithm(spki, algorithm, 32) ? TG_OK : tg_error_set(err, TG_INVALID, "no public key");
}

enum tg_status tg_pki_certificate_subject(struct tg_bytes certificate, struct tg_buf *der, struct tg_error *err)
{
	X509 *x = tg_x509_parse(certificate);
	enum tg_status status = x == NULL ? tg_ossl_error(err, TG_CERT_INVALID, "not a certificate")
	                                  : TG_DER_ADD(X509_NAME, X509_get_subject_name(x), der);
	X509_free(x);
	return status;
}
