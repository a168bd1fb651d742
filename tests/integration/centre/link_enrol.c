/* A whole CMP transaction through the agent's socket with a key made here, or one on a token:
 *   link-enrol SOCKET IDENTITY-DIR PROFILES-DIR NUMBER-COUNTER KEY CERTIFICATE-OUT [PROFILE FIELD=VALUE …]
 * KEY is a file (RSA, made when missing; or GOST), or a PKCS#11 URI with its PIN: then the request is signed by
 * OpenSSL's engine and the module in $PKCS11_MODULE_PATH, by nothing of ours. */
#define OPENSSL_SUPPRESS_DEPRECATED /* engines: the only way to a token that Debian 12 has in OpenSSL */
#include "tamga/ca.h"
#include "tamga/gost.h"
#include "tamga/link.h"
#include "tamga/record.h"

#include <openssl/engine.h>
#include <openssl/crmf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static const char *profile = "nca-individual-sign";
static char **given; /* FIELD=VALUE, ends with NULL; NULL: the person below */

static int fail(const char *what, const struct tg_error *err)
{
	fprintf(stderr, "%s: %s: %s\n", what, tg_status_name(err->status), err->detail);
	printf("%s\n", tg_status_name(err->status));
	return 1;
}

static const char *answer(const char *field, const void *ctx)
{
	static const char *const answers[][2] = {{"surname", "Әбілқасымова"}, {"given-name", "Айгүл"},
	        {"patronymic", "Серікқызы"}, {"iin", "850101400001"}};
	(void)ctx;
	size_t n = strlen(field);
	for (char **g = given; g && *g; g++)
		if (strncmp(*g, field, n) == 0 && (*g)[n] == '=')
			return *g + n + 1;
	for (size_t i = 0; !given && i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i][0], field) == 0)
			return answers[i][1];
	return NULL;
}

static EVP_PKEY *token_key(const char *uri)
{
	ENGINE *e = ENGINE_by_id("pkcs11");
	EVP_PKEY *key = e && ENGINE_init(e) == 1 ? ENGINE_load_private_key(e, uri, NULL, NULL) : NULL;
	ENGINE_free(e);
	return key;
}

static EVP_PKEY *key_of(const char *path)
{
	if (strncmp(path, "pkcs11:", 7) == 0)
		return token_key(path);
	FILE *f = fopen(path, "re");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	if (key)
		return key;
	key = EVP_RSA_gen(2048);
	f = fopen(path, "we");
	if (f && key)
		(void)PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	if (f)
		fclose(f);
	return key;
}

static const EVP_MD *digest_for(EVP_PKEY *key)
{
	int nid = NID_undef;
	bool gost = EVP_PKEY_get_default_digest_nid(key, &nid) > 0 && EVP_PKEY_get_id(key) != EVP_PKEY_RSA;
	return gost ? EVP_get_digestbynid(nid) : EVP_sha256();
}

static bool fill(OSSL_CRMF_MSG *m, const struct tg_profiles *profiles, EVP_PKEY *key, const char *number)
{
	struct tg_buf subject = TG_BUF_INIT, info = TG_BUF_INIT;
	struct tg_error err = {0};
	bool ok = tg_profile_subject(profiles, profile, answer, NULL, &subject, &err) == TG_OK;
	const unsigned char *p = subject.data;
	X509_NAME *name = ok ? d2i_X509_NAME(NULL, &p, (long)subject.len) : NULL;
	ASN1_UTF8STRING *pairs = ASN1_UTF8STRING_new();
	tg_pki_reg_info(number, profile, &info);
	ok = name && pairs && OSSL_CRMF_MSG_set_certReqId(m, 0) == 1 &&
	     OSSL_CRMF_CERTTEMPLATE_fill(OSSL_CRMF_MSG_get0_tmpl(m), key, name, NULL, NULL) == 1 &&
	     ASN1_STRING_set(pairs, info.data, (int)info.len) == 1 &&
	     OSSL_CRMF_MSG_set1_regInfo_utf8Pairs(m, pairs) == 1 &&
	     OSSL_CRMF_MSG_create_popo(OSSL_CRMF_POPO_SIGNATURE, m, key, digest_for(key), NULL, NULL) == 1;
	X509_NAME_free(name);
	ASN1_UTF8STRING_free(pairs);
	tg_buf_finish(&subject);
	tg_buf_finish(&info);
	return ok;
}

static bool make_request(const struct tg_profiles *profiles, EVP_PKEY *key, const char *counter, struct tg_buf *crmf,
        struct tg_buf *spki)
{
	char number[TG_NUMBER_MAX];
	unsigned char *der = NULL;
	OSSL_CRMF_MSG *m = OSSL_CRMF_MSG_new();
	bool ok = m && tg_number_make(1, (uint32_t)strtoul(counter, NULL, 10), number) == TG_OK &&
	          fill(m, profiles, key, number);
	int n = ok ? i2d_OSSL_CRMF_MSG(m, &der) : -1;
	if (n > 0)
		tg_buf_add(crmf, der, (size_t)n);
	OPENSSL_free(der);
	der = NULL;
	OSSL_CRMF_MSG_free(m);
	if (n <= 0 || (n = i2d_PUBKEY(key, &der)) <= 0)
		return false;
	tg_buf_add(spki, der, (size_t)n);
	OPENSSL_free(der);
	return true;
}

static bool save(const char *path, const struct tg_buf *b)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(b->data, 1, b->len, f) == b->len;
	if (f)
		ok = fclose(f) == 0 && ok;
	return ok;
}

int main(int argc, char **argv)
{
	struct tg_profiles *profiles = NULL;
	struct tg_cmp_result result = {0};
	struct tg_error err = {0};
	struct tg_buf crmf = TG_BUF_INIT, spki = TG_BUF_INIT;
	char trust[300], cert[300], key_path[300];
	struct tg_clock clock = tg_clock_real();
	if (argc < 7)
		return 2;
	if (argc > 7) {
		profile = argv[7];
		given = argv + 8;
	}
	(void)snprintf(trust, sizeof(trust), "%s/ca-trust.pem", argv[2]);
	(void)snprintf(cert, sizeof(cert), "%s/kiosk.crt", argv[2]);
	(void)snprintf(key_path, sizeof(key_path), "%s/kiosk.key", argv[2]);
	if (tg_gost_load(&err) != TG_OK) /* before a GOST key is read */
		fprintf(stderr, "%s\n", err.detail);
	EVP_PKEY *key = key_of(argv[5]);
	if (!key || tg_profiles_load(&profiles, argv[3], &err) != TG_OK ||
	        !make_request(profiles, key, argv[4], &crmf, &spki))
		return fail("request", &err);
	const struct tg_cmp_config c = {
	        .trust_pem = trust, .cert_pem = cert, .key_pem = key_path, .timeout_ms = 10000, .clock = &clock};
	struct tg_cmp_transport t = tg_link_cmp_transport(argv[1]);
	struct tg_bytes request = {crmf.data, crmf.len}, public = {spki.data, spki.len};
	enum tg_status st = tg_cmp_enrol(&c, &t, profile, request, public, NULL, NULL, &result, &err);
	int rc = st == TG_OK ? !save(argv[6], &result.certificate) : fail("enrolment", &err);
	tg_cmp_result_finish(&result);
	tg_buf_finish(&crmf);
	tg_buf_finish(&spki);
	tg_profiles_destroy(profiles);
	EVP_PKEY_free(key);
	tg_channel_key_forget(); /* an emulated TPM has nobody who makes room after us */
	return rc;
}
