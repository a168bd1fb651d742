#include "channel_key.h"
#include "issue.h"
#include "ossl.h"
#include "chain.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#define DAY_SECONDS  INT64_C(86400)
#define CA_DAYS      7300
#define CA_LEFT_DAYS 1095
#define BACKDATE_MS  INT64_C(86400000) /* kiosks with a late clock must be able to connect and learn the time */

static X509_NAME *make_name(const char *organisation, const char *common)
{
	X509_NAME *n = X509_NAME_new();
	bool ok = n != NULL &&
	          X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8, (const unsigned char *)organisation, -1, -1, 0) ==
	                  1 &&
	          X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1, -1, 0) == 1;
	if (ok)
		return n;
	X509_NAME_free(n);
	return NULL;
}

static enum tg_status failed(const struct tg_error *err)
{
	return err != NULL && err->status != TG_OK ? err->status : TG_CONFIG;
}

/* Long enough for every certificate that is issued under it today, and for kiosks to fetch the next one meanwhile. A
 * file that is no certificate is somebody's mistake, and not overwritten. */
static bool ca_is_good(const char *cert_pem, int64_t now_ms)
{
	struct tg_channel_facts facts;
	if (access(cert_pem, F_OK) != 0)
		return false;
	return tg_channel_certificate(cert_pem, &facts, NULL) != TG_OK ||
	       facts.until_ms - now_ms > CA_LEFT_DAYS * DAY_SECONDS * 1000;
}

enum tg_status tg_channel_ca_create(
        const char *cert_pem, const char *key_pem, const char *name, int64_t now_ms, struct tg_error *err)
{
	struct tg_error local = {0};
	err = err == NULL ? &local : err;
	if (ca_is_good(cert_pem, now_ms))
		return TG_OK;
	EVP_PKEY *key = tg_channel_key_of(key_pem, err);
	if (key == NULL)
		return failed(err);
	X509_NAME *subject = make_name("Tamga", name);
	X509 *x = NULL;
	const struct tg_issue_plain in = {.subject = subject,
	        .key = key,
	        .issuer_key = key,
	        .ca = true,
	        .path_length = 0,
	        .key_usage = "critical,keyCertSign,cRLSign",
	        .from_ms = now_ms - BACKDATE_MS,
	        .seconds = CA_DAYS * DAY_SECONDS};
	enum tg_status status = subject == NULL ? TG_NO_MEMORY : tg_issue_plain(&in, &x, err);
	if (status == TG_OK)
		status = tg_pem_write_cert(cert_pem, x, err);
	X509_free(x);
	X509_NAME_free(subject);
	EVP_PKEY_free(key);
	return status;
}

/* "localhost,127.0.0.1" as OpenSSL writes alternative names. */
static enum tg_status alt_names(const char *hosts, struct tg_buf *out, struct tg_error *err)
{
	char host[256];
	unsigned char address[sizeof(struct in6_addr)];
	while (*hosts != '\0') {
		size_t n = strcspn(hosts, ",");
		if (n == 0 || n >= sizeof host)
			return tg_error_set(err, TG_CONFIG, "a host name is empty or too long");
		memcpy(host, hosts, n);
		host[n] = '\0';
		bool ip = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
		if (!ip && strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != n)
			return tg_error_set(err, TG_CONFIG, "a host name holds a character that may not stand there");
		tg_buf_addf(out, "%s%s:%s", out->len == 0 ? "" : ",", ip ? "IP" : "DNS", host);
		hosts += n + (hosts[n] == ',');
	}
	return out->len == 0 ? tg_error_set(err, TG_CONFIG, "no host name") : tg_buf_status(out);
}

struct authority {
	X509 *cert;
	EVP_PKEY *key;
};

static enum tg_status load_authority(struct authority *a, const char *cert, const char *key, struct tg_error *err)
{
	a->cert = tg_pem_cert(cert, err);
	a->key = a->cert == NULL ? NULL : tg_pem_key(key, err);
	if (a->key == NULL)
		return TG_CONFIG;
	if (X509_check_private_key(a->cert, a->key) != 1)
		return tg_error_at(err, TG_CONFIG, key, 0, 0, "the key is not that of the certificate");
	return TG_OK;
}

static void free_authority(struct authority *a)
{
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
	ERR_clear_error();
}

enum tg_status tg_channel_server(const char *ca_cert_pem, const char *ca_key_pem, const char *cert_pem,
        const char *key_pem, const char *hosts, int64_t seconds, int64_t now_ms, struct tg_error *err)
{
	struct tg_error local = {0};
	err = err == NULL ? &local : err;
	struct authority ca = {0};
	struct tg_buf names = TG_BUF_INIT;
	X509 *x = NULL;
	EVP_PKEY *key = NULL;
	X509_NAME *subject = NULL;
	enum tg_status status = load_authority(&ca, ca_cert_pem, ca_key_pem, err);
	if (status == TG_OK)
		status = alt_names(hosts, &names, err);
	if (status == TG_OK && (key = tg_channel_key_of(key_pem, err)) == NULL)
		status = failed(err);
	if (status == TG_OK && (subject = make_name("Tamga", "Tamga centre")) == NULL)
		status = TG_NO_MEMORY;
	if (status == TG_OK) {
		const struct tg_issue_plain in = {.subject = subject,
		        .key = key,
		        .issuer = ca.cert,
		        .issuer_key = ca.key,
		        .key_usage = "critical,digitalSignature",
		        .ext_key_usage = "serverAuth",
		        .alt_names = tg_buf_str(&names),
		        .from_ms = now_ms - BACKDATE_MS,
		        .seconds = seconds + BACKDATE_MS / 1000};
		status = tg_issue_plain(&in, &x, err);
	}
	if (status == TG_OK)
		status = tg_pem_write_cert(cert_pem, x, err);
	X509_free(x);
	X509_NAME_free(subject);
	EVP_PKEY_free(key);
	tg_buf_finish(&names);
	free_authority(&ca);
	return status;
}

enum tg_status tg_channel_request(const char *key_pem, const char *kiosk, struct tg_buf *csr_der, struct tg_error *err)
{
	struct tg_error local = {0};
	err = err == NULL ? &local : err;
	if (!tg_kiosk_id_valid(kiosk))
		return tg_error_set(err, TG_INVALID, "not a kiosk id");
	EVP_PKEY *key = tg_channel_key_of(key_pem, err);
	if (key == NULL)
		return failed(err);
	X509_NAME *subject = make_name("Tamga kiosk", kiosk);
	X509_REQ *csr = X509_REQ_new();
	bool ok = subject != NULL && csr != NULL && X509_REQ_set_version(csr, X509_REQ_VERSION_1) == 1 &&
	          X509_REQ_set_subject_name(csr, subject) == 1 && X509_REQ_set_pubkey(csr, key) == 1 &&
	          X509_REQ_sign(csr, key, EVP_sha256()) > 0;
	enum tg_status status = ok ? TG_DER_ADD(X509_REQ, csr, csr_der) : tg_ossl_error(err, TG_NO_MEMORY, "PKCS#10");
	X509_REQ_free(csr);
	X509_NAME_free(subject);
	EVP_PKEY_free(key);
	return status;
}

/* The key of a request whose own signature fits; NULL otherwise. */
static EVP_PKEY *request_key(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	char group[32] = "";
	size_t n = 0;
	X509_REQ *csr = der.len == 0 || der.len > 65536 ? NULL : d2i_X509_REQ(NULL, &p, (long)der.len);
	EVP_PKEY *key = csr == NULL || p != der.data + der.len ? NULL : X509_REQ_get_pubkey(csr);
	bool ok = key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	          EVP_PKEY_get_group_name(key, group, sizeof group, &n) == 1 && strcmp(group, "prime256v1") == 0 &&
	          X509_REQ_verify(csr, key) == 1;
	X509_REQ_free(csr);
	if (ok)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static enum tg_status add_pem(X509 *x, struct tg_buf *out)
{
	BIO *mem = BIO_new(BIO_s_mem());
	return tg_bio_take(out, mem, mem != NULL && PEM_write_bio_X509(mem, x) == 1);
}

enum tg_status tg_channel_issue(const char *ca_cert_pem, const char *ca_key_pem, const char *kiosk,
        struct tg_bytes csr_der, int64_t seconds, int64_t now_ms, struct tg_buf *cert_pem, struct tg_error *err)
{
	if (!tg_kiosk_id_valid(kiosk))
		return tg_error_set(err, TG_INVALID, "not a kiosk id");
	EVP_PKEY *key = request_key(csr_der);
	if (key == NULL)
		return tg_ossl_error(err, TG_INVALID, "not a PKCS#10 of an EC P-256 key with its own signature");
	struct authority ca = {0};
	X509_NAME *subject = make_name("Tamga kiosk", kiosk);
	X509 *x = NULL;
	enum tg_status status = subject == NULL ? TG_NO_MEMORY : load_authority(&ca, ca_cert_pem, ca_key_pem, err);
	if (status == TG_OK) {
		const struct tg_issue_plain in = {.subject = subject,
		        .key = key,
		        .issuer = ca.cert,
		        .issuer_key = ca.key,
		        .key_usage = "critical,digitalSignature",
		        .ext_key_usage = "clientAuth",
		        .from_ms = now_ms - BACKDATE_MS,
		        .seconds = seconds + BACKDATE_MS / 1000};
		status = tg_issue_plain(&in, &x, err);
	}
	if (status == TG_OK)
		status = add_pem(x, cert_pem);
	X509_free(x);
	X509_NAME_free(subject);
	EVP_PKEY_free(key);
	free_authority(&ca);
	return status;
}

enum tg_status tg_channel_peer(const char *ca_cert_pem, struct tg_bytes certificate, int64_t now_ms,
        char kiosk[TG_KIOSK_MAX + 1], struct tg_error *err)
{
	char name[TG_KIOSK_MAX + 2];
	X509_STORE *store = tg_trust_store(ca_cert_pem, now_ms, err);
	if (store == NULL)
		return TG_CONFIG;
	X509 *x = tg_x509_parse(certificate);
	struct tg_error why = {0};
	enum tg_status status = x == NULL ? TG_CERT_INVALID : tg_chain_verify(x, NULL, store, NULL, &why);
	/* All bits set means: no such extension. */
	uint32_t usage = status == TG_OK ? X509_get_extended_key_usage(x) : 0;
	if (status == TG_OK && (usage == UINT32_MAX || (usage & XKU_SSL_CLIENT) == 0))
		status = TG_CERT_INVALID;
	int n = status == TG_OK ? X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof name)
	                        : -1;
	X509_free(x);
	X509_STORE_free(store);
	ERR_clear_error();
	if (n <= 0 || !tg_kiosk_id_valid(name))
		return tg_error_set(err, TG_KIOSK_UNKNOWN, "not a kiosk's certificate: %s", why.detail);
	(void)tg_copy(kiosk, TG_KIOSK_MAX + 1, name);
	return TG_OK;
}

static bool time_ms(const ASN1_TIME *t, int64_t *ms)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

enum tg_status tg_channel_certificate(const char *cert_pem, struct tg_channel_facts *out, struct tg_error *err)
{
	char name[TG_KIOSK_MAX + 2];
	*out = (struct tg_channel_facts){0};
	X509 *x = tg_pem_cert(cert_pem, err);
	if (x == NULL)
		return TG_CONFIG;
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof name);
	if (n > 0)
		(void)tg_copy(out->name, sizeof out->name, name);
	bool ok = time_ms(X509_get0_notBefore(x), &out->issued_ms) && time_ms(X509_get0_notAfter(x), &out->until_ms);
	out->issued_ms += BACKDATE_MS;
	X509_free(x);
	return ok ? TG_OK : tg_error_at(err, TG_CONFIG, cert_pem, 0, 0, "the certificate's times cannot be read");
}

bool tg_channel_pair(const char *cert_pem, const char *key_pem)
{
	struct tg_error err = {0};
	X509 *x = tg_pem_cert(cert_pem, &err);
	EVP_PKEY *key = x == NULL ? NULL : tg_channel_key_load(key_pem, &err);
	bool fits = key != NULL && X509_check_private_key(x, key) == 1;
	X509_free(x);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return fits;
}
