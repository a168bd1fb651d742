/* The authorities behind the documents, in one directory: for each state a country signing CA, document signers of each
 * kind, a revocation list, and a CA of the same name that nobody trusts.
 *
 *   trust/csca-KZ.pem csca-KZ.crl …    what a terminal has (one state's certificate is DER, the lists are)
 *   secret/csca-KZ.pem, .key …         certificates and keys, PEM, keys 0600 and without a password: test plastic
 */
#include "tamga/file.h"
#include "vdoc_make.h"
#include <errno.h>
#include <limits.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#define DAY_MS  INT64_C(86400000)
#define YEAR_MS (365 * DAY_MS)

enum key_type { KEY_EC, KEY_RSA, KEY_EC_EXPLICIT };
static const struct state {
	const char *country, *code, *name;
	enum key_type key;
	bool der; /* the certificate in trust/ */
} states[] = {
        {"KZ", "KAZ", "CSCA-KAZAKHSTAN-TRAINING", KEY_EC, false},
        {"KG", "KGZ", "CSCA-KYRGYZSTAN-TRAINING", KEY_RSA, false},
        {"UZ", "UZB", "CSCA-UZBEKISTAN-TRAINING", KEY_EC_EXPLICIT, true},
};
#define N_STATES (sizeof states / sizeof *states)

/* Days before and after now; the names are the files' too. */
static const struct signer {
	enum tg_vcard_signer kind;
	const char *name;
	int from, until, sign_until;
	bool foreign; /* of the CA that nobody trusts */
} signers[] = {
        {TG_VCARD_SIGNER_VALID, "valid", -30, 3700, 60, false},
        {TG_VCARD_SIGNER_EXPIRED, "expired", -3760, -30, -3670, false},
        {TG_VCARD_SIGNER_REVOKED, "revoked", -60, 3700, 30, false},
        {TG_VCARD_SIGNER_WRONG, "wrong", -30, 3700, 60, true},
};
#define N_SIGNERS (sizeof signers / sizeof *signers)

/* --- Files */
struct place {
	const char *dir;
	struct tg_error *err;
};

static enum tg_status name_file(const struct place *at, char out[PATH_MAX], const char *folder, const char *name,
        const char *country, const char *end)
{
	int n = snprintf(out, PATH_MAX, "%s/%s%s%s-%s%s", at->dir, folder, *folder ? "/" : "", name, country, end);
	return n > 0 && n < PATH_MAX ? TG_OK : tg_error_set(at->err, TG_INVALID, "path too long");
}

static enum tg_status write_bio(const struct place *at, const char *path, BIO *bio, bool ok, mode_t mode)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);
	enum tg_status status = ok && n > 0 ? tg_file_write(path, data, (size_t)n, mode, at->err)
	                                    : tg_error_set(at->err, TG_NO_MEMORY, "cannot encode %s", path);
	BIO_free(bio);
	return status;
}

static enum tg_status write_cert(const struct place *at, const char *path, X509 *cert, bool der)
{
	BIO *bio = BIO_new(BIO_s_mem());
	return write_bio(
	        at, path, bio, bio && (der ? i2d_X509_bio(bio, cert) : PEM_write_bio_X509(bio, cert)) == 1, 0644);
}

static enum tg_status write_key(const struct place *at, const char *path, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	bool ok = bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	return write_bio(at, path, bio, ok, 0600);
}

static enum tg_status write_crl(const struct place *at, const char *path, X509_CRL *crl)
{
	BIO *bio = BIO_new(BIO_s_mem());
	return write_bio(at, path, bio, bio && i2d_X509_CRL_bio(bio, crl) == 1, 0644);
}

static enum tg_status read_bio(const struct place *at, const char *path, BIO **out)
{
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status status = tg_file_read(&b, path, 65536, at->err);
	*out = status == TG_OK ? BIO_new(BIO_s_secmem()) : NULL;
	if (status == TG_OK && (!*out || BIO_write(*out, b.data, (int)b.len) != (int)b.len))
		status = tg_error_set(at->err, TG_NO_MEMORY, "cannot hold %s", path);
	tg_buf_wipe(&b);
	return status;
}

static enum tg_status read_pair(
        const struct place *at, const char *name, const char *country, X509 **cert, EVP_PKEY **key)
{
	char path[PATH_MAX];
	BIO *bio = NULL;
	*cert = NULL;
	*key = NULL;
	TG_TRY(name_file(at, path, "secret", name, country, ".pem"));
	TG_TRY(read_bio(at, path, &bio));
	*cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	bio = NULL;
	TG_TRY(name_file(at, path, "secret", name, country, ".key"));
	enum tg_status status = read_bio(at, path, &bio);
	if (status == TG_OK)
		*key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (status == TG_OK && (!*cert || !*key))
		status = tg_error_at(at->err, TG_CONFIG, path, 0, 0, "not a key and its certificate");
	return status;
}

static enum tg_status write_pair(
        const struct place *at, const char *name, const char *country, X509 *cert, EVP_PKEY *key)
{
	char path[PATH_MAX];
	TG_TRY(name_file(at, path, "secret", name, country, ".pem"));
	TG_TRY(write_cert(at, path, cert, false));
	TG_TRY(name_file(at, path, "secret", name, country, ".key"));
	return write_key(at, path, key);
}

/* --- Keys. ICAO 9303-12 §4.4 wants curves by their parameters, not by name; one state here does it so. */
static EVP_PKEY *new_key(enum key_type type)
{
	EVP_PKEY *key = NULL;
	if (type == KEY_RSA)
		return EVP_RSA_gen(2048);
	if (type == KEY_EC)
		return EVP_EC_gen("P-256");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	bool ok = ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	          EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) == 1 &&
	          EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_EXPLICIT_CURVE) == 1 && EVP_PKEY_keygen(ctx, &key) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? key : NULL;
}

/* --- Making */
struct pair {
	X509 *cert;
	EVP_PKEY *key;
};

static void drop(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
	*p = (struct pair){0};
}

static enum tg_status make_pair(
        const struct place *at, const struct state *s, struct tg_csca_plan *plan, const char *file, struct pair *out)
{
	plan->country = s->country;
	plan->state = s->code;
	plan->key = out->key = new_key(s->key);
	out->cert = out->key ? tg_csca_certificate(plan) : NULL;
	if (!out->cert)
		return tg_error_set(at->err, TG_NO_MEMORY, "cannot make the certificate %s", file);
	return write_pair(at, file, s->country, out->cert, out->key);
}

static enum tg_status make_ca(
        const struct place *at, const struct state *s, const char *file, int64_t now_ms, struct pair *out)
{
	struct tg_csca_plan plan = {.name = s->name,
	        .from_ms = now_ms - 12 * YEAR_MS,
	        .until_ms = now_ms + 13 * YEAR_MS,
	        .sign_until_ms = now_ms + 3 * YEAR_MS};
	return make_pair(at, s, &plan, file, out);
}

static enum tg_status make_signer(const struct place *at, const struct state *s, const struct signer *g,
        const struct pair *ca, int64_t now_ms, struct pair *out)
{
	char file[32], name[64];
	snprintf(file, sizeof file, "signer-%s", g->name);
	snprintf(name, sizeof name, "DS-%s-TRAINING %s", s->code, g->name);
	struct tg_csca_plan plan = {.name = name,
	        .issuer = ca->cert,
	        .issuer_key = ca->key,
	        .from_ms = now_ms + g->from * DAY_MS,
	        .until_ms = now_ms + g->until * DAY_MS,
	        .sign_until_ms = now_ms + g->sign_until * DAY_MS,
	        .document = "ID"};
	return make_pair(at, s, &plan, file, out);
}

static enum tg_status make_crl(
        const struct place *at, const struct state *s, const struct pair *ca, const X509 *revoked, int64_t now_ms)
{
	char path[PATH_MAX];
	X509_CRL *crl = tg_csca_crl(ca->cert, ca->key, revoked, now_ms, now_ms / 1000);
	if (!crl)
		return tg_error_set(at->err, TG_NO_MEMORY, "cannot make the revocation list of %s", s->country);
	enum tg_status status = name_file(at, path, "trust", "csca", s->country, ".crl");
	if (status == TG_OK)
		status = write_crl(at, path, crl);
	X509_CRL_free(crl);
	return status;
}

static enum tg_status make_signers(
        const struct place *at, const struct state *s, const struct pair *ca, const struct pair *wrong, int64_t now_ms)
{
	enum tg_status status = TG_OK;
	for (size_t i = 0; status == TG_OK && i < N_SIGNERS; i++) {
		struct pair made = {0};
		status = make_signer(at, s, &signers[i], signers[i].foreign ? wrong : ca, now_ms, &made);
		if (status == TG_OK && signers[i].kind == TG_VCARD_SIGNER_REVOKED)
			status = make_crl(at, s, ca, made.cert, now_ms);
		drop(&made);
	}
	return status;
}

static enum tg_status make_state(const struct place *at, const struct state *s, int64_t now_ms)
{
	struct pair ca = {0}, wrong = {0};
	char path[PATH_MAX];
	enum tg_status status = make_ca(at, s, "csca", now_ms, &ca);
	if (status == TG_OK)
		status = make_ca(at, s, "wrong-csca", now_ms, &wrong);
	if (status == TG_OK)
		status = make_signers(at, s, &ca, &wrong, now_ms);
	if (status == TG_OK)
		status = name_file(at, path, "trust", "csca", s->country, s->der ? ".cer" : ".pem");
	if (status == TG_OK) /* last: who finds it finds all of them */
		status = write_cert(at, path, ca.cert, s->der);
	drop(&ca);
	drop(&wrong);
	return status;
}

/* A directory that is in use gets new revocation lists and keeps its keys: cards were signed with them. */
static enum tg_status renew_state(const struct place *at, const struct state *s, int64_t now_ms)
{
	struct pair ca = {0}, revoked = {0};
	enum tg_status status = read_pair(at, "csca", s->country, &ca.cert, &ca.key);
	if (status == TG_OK)
		status = read_pair(at, "signer-revoked", s->country, &revoked.cert, &revoked.key);
	if (status == TG_OK)
		status = make_crl(at, s, &ca, revoked.cert, now_ms);
	drop(&ca);
	drop(&revoked);
	return status;
}

static enum tg_status make_folder(const struct place *at, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s%s%s", at->dir, *name ? "/" : "", name);
	if (n < 0 || (size_t)n >= sizeof path)
		return tg_error_set(at->err, TG_INVALID, "path too long");
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return tg_error_at(at->err, TG_IO, path, 0, 0, "%s", strerror(errno));
	return TG_OK;
}

enum tg_status tg_vcard_csca_make(const char *dir, int64_t now_ms, struct tg_error *err)
{
	const struct place at = {dir, err};
	char path[PATH_MAX];
	TG_TRY(make_folder(&at, "", 0755));
	TG_TRY(make_folder(&at, "trust", 0755));
	TG_TRY(make_folder(&at, "secret", 0700));
	for (size_t i = 0; i < N_STATES; i++) {
		const struct state *s = &states[i];
		struct stat st;
		TG_TRY(name_file(&at, path, "trust", "csca", s->country, s->der ? ".cer" : ".pem"));
		TG_TRY(stat(path, &st) == 0 ? renew_state(&at, s, now_ms) : make_state(&at, s, now_ms));
	}
	return TG_OK;
}

enum tg_status tg_csca_signer(const char *dir, const char *state, enum tg_vcard_signer kind, X509 **cert,
        EVP_PKEY **key, struct tg_error *err)
{
	const struct place at = {dir, err};
	char file[32];
	const char *name = "valid"; /* tampered and copied documents were signed rightly */
	*cert = NULL;
	*key = NULL;
	for (size_t i = 0; i < N_SIGNERS; i++) {
		if (signers[i].kind == kind)
			name = signers[i].name;
	}
	snprintf(file, sizeof file, "signer-%s", name);
	for (size_t i = 0; i < N_STATES; i++) {
		if (strcmp(states[i].code, state) != 0)
			continue;
		enum tg_status status = read_pair(&at, file, states[i].country, cert, key);
		if (status != TG_OK) {
			X509_free(*cert);
			EVP_PKEY_free(*key);
			*cert = NULL;
			*key = NULL;
		}
		return status;
	}
	return tg_error_set(err, TG_CONFIG, "document: there is no signing authority of '%s'", state);
}
