#include "ca_parts.h"

#include "ca_outside.h"
#include "issue.h"
#include "ossl.h"
#include "sign.h"

#include "tamga/gost.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_SECONDS  INT64_C(86400)
#define ROOT_DAYS    7300
#define ISSUING_DAYS 3650
#define BACKDATE_MS  INT64_C(86400000)

enum tg_status tg_ca_path(const struct tg_ca *ca, const char *file, char out[TG_CA_PATH], struct tg_error *err)
{
	return (size_t)snprintf(out, TG_CA_PATH, "%s/%s", ca->config.dir, file) < TG_CA_PATH
	               ? TG_OK
	               : tg_error_set(err, TG_CONFIG, "path of the CA's folder is too long");
}

int64_t tg_ca_now(const struct tg_ca *ca)
{
	return ca->clock.wall_ms(ca->clock.ctx);
}

/* --- Configuration outlives the call */
static bool keep(struct tg_ca *ca, const char **text)
{
	if (*text == NULL)
		return true;
	char *copy = strdup(*text);
	if (copy == NULL || ca->n_strings == sizeof ca->strings / sizeof *ca->strings) {
		free(copy);
		return false;
	}
	ca->strings[ca->n_strings++] = copy;
	*text = copy;
	return true;
}

static enum tg_status keep_config(struct tg_ca *ca, const struct tg_ca_config *c)
{
	ca->config = *c;
	ca->config.pin = NULL;
	ca->config.module = ca->config.token_label = ca->config.cloud_label = NULL;
	struct tg_ca_urls *g = &ca->config.gost_urls;
	struct tg_ca_outside *o = &ca->config.outside;
	bool ok = keep(ca, &o->trust_pem) && keep(ca, &o->cert_pem) && keep(ca, &o->key_pem) && keep(ca, &g->crl) &&
	          keep(ca, &g->delta_crl) && keep(ca, &g->ca_cert) && keep(ca, &g->ocsp) && keep(ca, &ca->config.dir) &&
	          keep(ca, &ca->config.urls.crl) && keep(ca, &ca->config.urls.delta_crl) &&
	          keep(ca, &ca->config.urls.ca_cert) && keep(ca, &ca->config.urls.ocsp) &&
	          keep(ca, &ca->config.kiosk_trust_pem);
	return ok ? TG_OK : TG_NO_MEMORY;
}

/* --- The CA's own three certificates */
static X509_NAME *own_name(const char *what, int year)
{
	char common[128];
	X509_NAME *n = X509_NAME_new();
	(void)snprintf(common, sizeof common, "%s %d", what, year);
	bool ok = n != NULL &&
	          X509_NAME_add_entry_by_txt(n, "C", V_ASN1_PRINTABLESTRING, (const unsigned char *)"KZ", 2, -1, 0) ==
	                  1 &&
	          X509_NAME_add_entry_by_txt(n, "CN", V_ASN1_UTF8STRING, (const unsigned char *)common, -1, -1, 0) == 1;
	if (ok)
		return n;
	X509_NAME_free(n);
	return NULL;
}

struct own_plan {
	const char *file, *label, *name, *key_usage, *ext_key_usage;
	bool ca;
	int path_length, days;
	bool gost;
};
static const struct own_plan plan_root = {"root.pem", "tamga-root", "ТАМГА ОҚУ НЕГІЗГІ КО (RSA)",
        "critical,keyCertSign,cRLSign", NULL, true, 1, ROOT_DAYS, false};
static const struct own_plan plan_issuing = {"issuing.pem", "tamga-issuing", "ТАМГА ОҚУ КО (RSA)",
        "critical,keyCertSign,cRLSign", NULL, true, 0, ISSUING_DAYS, false};
/* RFC 9480 2.2: id-kp-cmcCA, a server that speaks for the CA. */
static const struct own_plan plan_cmp = {"cmp.pem", "tamga-cmp", "ТАМГА ОҚУ CMP (RSA)", "critical,digitalSignature",
        "1.3.6.1.5.5.7.3.27", false, -1, ISSUING_DAYS - 1, false};
static const struct own_plan plan_gost_root = {"gost-root.pem", "gost-root", "ТАМГА ОҚУ НЕГІЗГІ КО (GOST)",
        "critical,keyCertSign,cRLSign", NULL, true, 1, ROOT_DAYS, true};
static const struct own_plan plan_gost_issuing = {"gost-issuing.pem", "gost-issuing", "ТАМГА ОҚУ КО (GOST)",
        "critical,keyCertSign,cRLSign", NULL, true, 0, ISSUING_DAYS, true};

static enum tg_status make_own(const struct tg_ca *ca, const struct own_plan *p, const struct tg_ca_own *issuer,
        struct tg_ca_own *own, const char *path, struct tg_error *err)
{
	char serial[TG_CA_SERIAL_MAX];
	X509_NAME *name = own_name(p->name, ca->config.year);
	const struct tg_issue_plain in = {.subject = name,
	        .key = own->key,
	        .issuer = issuer->cert,
	        .issuer_key = issuer->key,
	        .ca = p->ca,
	        .path_length = p->path_length,
	        .key_usage = p->key_usage,
	        .ext_key_usage = p->ext_key_usage,
	        .from_ms = tg_ca_now(ca) - BACKDATE_MS,
	        .seconds = p->days * DAY_SECONDS};
	enum tg_status status = name == NULL ? TG_NO_MEMORY : tg_issue_plain(&in, &own->cert, err);
	X509_NAME_free(name);
	if (status == TG_OK)
		status = tg_pem_write_cert(path, own->cert, err);
	if (status == TG_OK && tg_serial_text(X509_get0_serialNumber(own->cert), serial, sizeof serial))
		tg_ca_tell(
		        ca, &(struct tg_ca_event){.what = TG_CA_OWN_CERTIFICATE, .label = p->file, .serial = serial});
	return status;
}

void tg_ca_tell(const struct tg_ca *ca, const struct tg_ca_event *e)
{
	if (ca->config.watch.told != NULL)
		ca->config.watch.told(ca->config.watch.ctx, e);
}

static enum tg_status token_key(struct tg_ca *ca, const char *label, EVP_PKEY **out, struct tg_error *err)
{
	bool made;
	TG_TRY(tg_ca_token_key(ca->token, label, &made, out, err));
	tg_ca_tell(ca, &(struct tg_ca_event){.what = made ? TG_CA_KEY_MADE : TG_CA_KEY_OPENED, .label = label});
	return TG_OK;
}

static enum tg_status take_key(struct tg_ca *ca, const struct own_plan *p, struct tg_ca_own *own, struct tg_error *err)
{
	if (!p->gost)
		return token_key(ca, p->label, &own->key, err);
	return ca->gost_place == TG_CA_GOST_TOKEN ? tg_ca_gost_token_key(ca, p->label, own->cert, &own->key, err)
	                                          : tg_ca_gost_file_key(ca, p->label, &own->key, err);
}

static enum tg_status open_own(struct tg_ca *ca, const struct own_plan *p, const struct tg_ca_own *issuer,
        struct tg_ca_own *own, struct tg_error *err)
{
	char path[TG_CA_PATH];
	TG_TRY(tg_ca_path(ca, p->file, path, err));
	bool made = access(path, F_OK) == 0;
	if (made && (own->cert = tg_pem_cert(path, err)) == NULL)
		return TG_CONFIG;
	TG_TRY(take_key(ca, p, own, err));
	if (!made) {
		const struct tg_ca_own self = {NULL, own->key};
		return make_own(ca, p, issuer == NULL ? &self : issuer, own, path, err);
	}
	EVP_PKEY *signer = issuer == NULL ? own->key : issuer->key;
	if (EVP_PKEY_eq(X509_get0_pubkey(own->cert), own->key) != 1 || X509_verify(own->cert, signer) != 1) {
		ERR_clear_error();
		return tg_error_at(err, TG_CERT_INVALID, path, 0, 0, "the certificate is not of the key in the token");
	}
	return TG_OK;
}

/* Only where a profile wants it and a place is there for the keys. Else the CA works without, and refuses those
 * profiles by name. */
static enum tg_status open_gost(struct tg_ca *ca, struct tg_error *err)
{
	bool wanted = false;
	for (unsigned i = 0; i < ca->config.profiles->n; i++)
		wanted = wanted || ca->config.profiles->list[i]->issuer == TG_CA_GOST;
	if (!wanted || tg_gost_load(NULL) != TG_OK)
		return TG_OK;
	TG_TRY(tg_ca_gost_place(ca, &ca->gost_place, err));
	if (ca->gost_place == TG_CA_GOST_NOWHERE)
		return TG_OK;
	TG_TRY(open_own(ca, &plan_gost_root, NULL, &ca->gost_root, err));
	TG_TRY(open_own(ca, &plan_gost_issuing, &ca->gost_root, &ca->gost_issuing, err));
	ca->gost_lint_key = tg_gost_key_new(tg_gost_of_key(ca->gost_issuing.key));
	return ca->gost_lint_key == NULL ? tg_ossl_error(err, TG_KEY_GENERATE, "GOST key for the linter") : TG_OK;
}

/* A token that is away keeps nobody from the other issuer: tg_ca_ocsp_renew comes back to it. */
static enum tg_status open_ocsp(struct tg_ca *ca, struct tg_error *err)
{
	TG_TRY(tg_ca_ocsp_signer(ca, TG_CA_RSA, err));
	enum tg_status status = tg_ca_ocsp_signer(ca, TG_CA_GOST, err);
	return ca->gost_place == TG_CA_GOST_TOKEN ? TG_OK : status;
}

static enum tg_status open_parts(struct tg_ca *ca, const struct tg_ca_config *c, struct tg_error *err)
{
	TG_TRY(tg_pki_check_openssl(err));
	TG_TRY(keep_config(ca, c));
	if (mkdir(ca->config.dir, 0750) != 0 && access(ca->config.dir, W_OK | X_OK) != 0)
		return tg_error_at(err, TG_IO, ca->config.dir, 0, 0, "the CA's folder cannot be written");
	TG_TRY(tg_ca_tokens_open(ca, c, err));
	TG_TRY(open_own(ca, &plan_root, NULL, &ca->root, err));
	TG_TRY(open_own(ca, &plan_issuing, &ca->root, &ca->issuing, err));
	TG_TRY(open_own(ca, &plan_cmp, &ca->issuing, &ca->cmp, err));
	TG_TRY(open_gost(ca, err));
	TG_TRY(open_ocsp(ca, err));
	TG_TRY(tg_ca_outside_open(ca, err));
	ca->lint_key = EVP_RSA_gen(2048);
	ca->transactions = tg_ca_transactions_create(ca);
	if (ca->lint_key == NULL || ca->transactions == NULL)
		return TG_NO_MEMORY;
	if (c->kiosk_trust_pem == NULL) {
		ca->kiosks = X509_STORE_new();
		return ca->kiosks == NULL ? TG_NO_MEMORY : TG_OK;
	}
	ca->kiosks = tg_trust_store(c->kiosk_trust_pem, 0, err);
	return ca->kiosks == NULL ? TG_CONFIG : TG_OK;
}

enum tg_status tg_ca_open(struct tg_ca **out, const struct tg_ca_config *config, const struct tg_ca_store *store,
        const struct tg_clock *clock, struct tg_error *err)
{
	struct tg_ca *ca = calloc(1, sizeof *ca);
	*out = NULL;
	if (ca == NULL)
		return TG_NO_MEMORY;
	if (pthread_mutex_init(&ca->lock, NULL) != 0) {
		free(ca);
		return TG_NO_MEMORY;
	}
	ca->store = *store;
	ca->clock = *clock;
	ca->pin = config->pin;
	enum tg_status status = open_parts(ca, config, err);
	ca->pin = NULL;
	tg_secret_destroy(ca->gost_password);
	ca->gost_password = NULL;
	if (status == TG_OK)
		*out = ca;
	else
		tg_ca_close(ca);
	return status;
}

static void free_own(struct tg_ca_own *own)
{
	X509_free(own->cert);
	EVP_PKEY_free(own->key);
}

void tg_ca_close(struct tg_ca *ca)
{
	if (ca == NULL)
		return;
	tg_ca_transactions_destroy(ca->transactions);
	X509_STORE_free(ca->kiosks);
	EVP_PKEY_free(ca->lint_key);
	EVP_PKEY_free(ca->gost_lint_key);
	free_own(&ca->gost_ocsp);
	free_own(&ca->ocsp);
	tg_ca_ocsp_cache_destroy(ca->ocsp_cache);
	sk_X509_pop_free(ca->outside, X509_free);
	free_own(&ca->gost_issuing);
	free_own(&ca->gost_root);
	free_own(&ca->cmp);
	free_own(&ca->issuing);
	free_own(&ca->root);
	tg_ca_token_close(ca->cloud);
	tg_ca_token_close(ca->token);
	for (unsigned i = 0; i < ca->n_strings; i++)
		free(ca->strings[i]);
	(void)pthread_mutex_destroy(&ca->lock);
	free(ca);
}

/* --- Certificates for others */
enum tg_status tg_ca_chain_pem(struct tg_ca *ca, struct tg_buf *pem)
{
	BIO *mem = BIO_new(BIO_s_mem());
	bool ok = mem != NULL && PEM_write_bio_X509(mem, ca->issuing.cert) == 1 &&
	          PEM_write_bio_X509(mem, ca->root.cert) == 1;
	for (int i = 0; i < sk_X509_num(ca->outside) && ok; i++)
		ok = PEM_write_bio_X509(mem, sk_X509_value(ca->outside, i)) == 1;
	if (ok && ca->gost_issuing.cert != NULL)
		ok = PEM_write_bio_X509(mem, ca->gost_issuing.cert) == 1 &&
		     PEM_write_bio_X509(mem, ca->gost_root.cert) == 1;
	return tg_bio_take(pem, mem, ok);
}

enum tg_status tg_ca_issuing_der(struct tg_ca *ca, struct tg_buf *der)
{
	return TG_DER_ADD(X509, ca->issuing.cert, der);
}

enum tg_status tg_ca_gost_issuing_der(struct tg_ca *ca, struct tg_buf *der)
{
	return ca->gost_issuing.cert == NULL ? TG_NOT_FOUND : TG_DER_ADD(X509, ca->gost_issuing.cert, der);
}

/* --- Which of the two */
const struct tg_ca_own *tg_ca_issuer(const struct tg_ca *ca, enum tg_ca_family family)
{
	return family == TG_CA_GOST ? &ca->gost_issuing : &ca->issuing;
}

bool tg_ca_issued_by(const struct tg_ca *ca, const X509_NAME *issuer, enum tg_ca_family *family)
{
	for (*family = TG_CA_RSA; *family <= TG_CA_GOST; ++*family) {
		const X509 *x = tg_ca_issuer(ca, *family)->cert;
		if (x != NULL && X509_NAME_cmp(issuer, X509_get_subject_name(x)) == 0)
			return true;
	}
	/* Now TG_CA_OUTSIDE. */
	for (int i = 0; i < sk_X509_num(ca->outside); i++)
		if (X509_NAME_cmp(issuer, X509_get_subject_name(sk_X509_value(ca->outside, i))) == 0)
			return true;
	return false;
}
