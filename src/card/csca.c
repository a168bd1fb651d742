#include "csca.h"
#include "tamga/file.h"
#include "tamga/text.h"

#include <dirent.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define FILE_BYTES (4u * 1024u * 1024u) /* a state's revocation list may be long */

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n > m && strcmp(name + n - m, end) == 0;
}

/* Only what may sign certificates becomes an anchor: a document signer that somebody put there must not vouch for
 * itself. */
static bool add_certificate(X509_STORE *store, X509 *c)
{
	bool ok = X509_check_ca(c) == 0 || X509_STORE_add_cert(store, c) == 1;
	X509_free(c);
	return ok;
}

static bool add_crl(X509_STORE *store, X509_CRL *crl)
{
	bool ok = X509_STORE_add_crl(store, crl) == 1;
	X509_CRL_free(crl);
	return ok;
}

/* PEM with one or more objects. Counts them. */
static bool add_pem(X509_STORE *store, const struct tg_buf *b, bool crl, unsigned *taken)
{
	bool ok = true;
	BIO *bio = BIO_new_mem_buf(b->data, (int)b->len);
	for (;;) {
		X509 *c = crl ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
		X509_CRL *l = crl ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
		if (!c && !l)
			break;
		ok = (c ? add_certificate(store, c) : add_crl(store, l)) && ok;
		++*taken;
	}
	BIO_free(bio);
	/* It ended because nothing more begins, not because something was broken. */
	return ok && (!*taken || ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE);
}

static bool add_der(X509_STORE *store, const struct tg_buf *b, bool crl)
{
	const unsigned char *p = b->data;
	X509 *c = crl ? NULL : d2i_X509(NULL, &p, (long)b->len);
	X509_CRL *l = crl ? d2i_X509_CRL(NULL, &p, (long)b->len) : NULL;
	if (!c && !l)
		return false;
	return c ? add_certificate(store, c) : add_crl(store, l);
}

static enum tg_status add_file(X509_STORE *store, const char *folder, const char *name, struct tg_error *err)
{
	char path[4096];
	struct tg_buf b = TG_BUF_INIT;
	unsigned taken = 0;
	bool crl = ends_with(name, ".crl");
	if (!crl && !ends_with(name, ".pem") && !ends_with(name, ".cer") && !ends_with(name, ".crt"))
		return TG_OK;
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return tg_error_set(err, TG_CONFIG, "a name in the CSCA folder is too long");
	if (tg_file_read(&b, path, FILE_BYTES, err) != TG_OK) {
		tg_buf_finish(&b);
		return tg_error_at(err, TG_CONFIG, path, 0, 0, "cannot be read");
	}
	bool ok = add_pem(store, &b, crl, &taken);
	if (!taken)
		ok = add_der(store, &b, crl);
	ERR_clear_error();
	tg_buf_finish(&b);
	/* A file that is silently left out could be the one that names a stolen signer. */
	return ok ? TG_OK : tg_error_at(err, TG_CONFIG, path, 0, 0, "neither certificate nor revocation list");
}

static enum tg_status load(X509_STORE *store, const char *folder, struct tg_error *err)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	enum tg_status status = TG_OK;
	if (!dir)
		return tg_error_at(err, TG_CONFIG, folder, 0, 0, "the CSCA folder cannot be read");
	while (status == TG_OK && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			status = add_file(store, folder, entry->d_name, err);
	closedir(dir);
	return status;
}

/* ICAO 9303-12, 7.1.1 wants curves written out in full; OpenSSL refuses such certificates, because parameters that are
 * almost those of a known curve let anybody make a key that fits (CVE-2020-0601). It gives a curve its name only when
 * every parameter is the known one: then nothing stands against it. */
static int accept_known_curve(int ok, X509_STORE_CTX *ctx)
{
	char name[64];
	size_t n = 0;
	if (ok || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_EC_KEY_EXPLICIT_PARAMS)
		return ok;
	const EVP_PKEY *key = X509_get0_pubkey(X509_STORE_CTX_get_current_cert(ctx));
	return key && EVP_PKEY_get_group_name(key, name, sizeof name, &n) == 1 && n > 0;
}

static enum tg_status verify(X509_STORE *store, X509 *signer, int64_t at_ms, struct tg_error *err)
{
	char why[128];
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	if (!ctx || X509_STORE_CTX_init(ctx, store, signer, NULL) != 1 || !(param = X509_STORE_CTX_get0_param(ctx))) {
		X509_STORE_CTX_free(ctx);
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a chain");
	}
	X509_STORE_CTX_set_verify_cb(ctx, accept_known_curve);
	X509_VERIFY_PARAM_set_time(param, (time_t)(at_ms / 1000));
	/* Partial: a CSCA need not be self-signed (link certificates). Extended: a renewed CSCA signs one list for its
	 * older key too. No list at all is a failure: who removes the file must not win. */
	(void)X509_VERIFY_PARAM_set_flags(
	        param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT);
	bool ok = X509_verify_cert(ctx) == 1;
	int code = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	if (ok)
		return TG_OK;
	const char *text = X509_verify_cert_error_string(code);
	tg_text_clean(why, sizeof why, text, strlen(text), 100);
	return tg_error_set(err, TG_DOC_SIGNER, "document signer: %s", why);
}

enum tg_status tg_csca_trusts(const char *folder, X509 *signer, int64_t at_ms, struct tg_error *err)
{
	if (!folder)
		return tg_error_set(err, TG_CONFIG, "no CSCA folder is named");
	X509_STORE *store = X509_STORE_new();
	if (!store)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the CSCA folder");
	enum tg_status status = load(store, folder, err);
	if (status == TG_OK)
		status = verify(store, signer, at_ms, err);
	X509_STORE_free(store);
	return status;
}
