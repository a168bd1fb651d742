#include "certstatus.h"

#include "ossl.h"
#include "tamga/file.h"
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PEM_MAX (256u * 1024u)

struct tg_cert_status {
	struct tg_cert_issuer *list;
	unsigned n;
	char dir[400], cache[400];
};

X509 *tg_cert_issuer_of(const struct tg_cert_issuer *i)
{
	return sk_X509_value(i->certificates, 0);
}

/* --- The folder */

static enum tg_status place(const char *dir, const char *name, char path[512], struct tg_error *err)
{
	int n = name[0] == '/' ? snprintf(path, 512, "%s", name) : snprintf(path, 512, "%s/%s", dir, name);
	return n > 0 && n < 512 ? TG_OK : tg_error_set(err, TG_CONFIG, "a path is too long: %s", name);
}

static enum tg_status read_chain(const char *path, STACK_OF(X509) * *out, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	TG_TRY(tg_file_read(&text, path, PEM_MAX, err));
	BIO *mem = BIO_new_mem_buf(text.data, (int)text.len);
	*out = sk_X509_new_null();
	X509 *x;
	bool ok = mem != NULL && *out != NULL;
	while (ok && (x = PEM_read_bio_X509(mem, NULL, NULL, NULL)) != NULL)
		ok = sk_X509_push(*out, x) > 0;
	BIO_free(mem);
	tg_buf_finish(&text);
	ERR_clear_error();
	return ok && sk_X509_num(*out) > 0 ? TG_OK : tg_error_set(err, TG_CERT_INVALID, "no certificates in %s", path);
}

static enum tg_status name_cache(const struct tg_cert_status *s, struct tg_cert_issuer *i, struct tg_error *err)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	unsigned n = 0;
	char hex[2 * SHA256_DIGEST_LENGTH + 1];
	if (X509_digest(tg_cert_issuer_of(i), EVP_sha256(), hash, &n) != 1)
		return tg_ossl_error(err, TG_NO_MEMORY, "issuer");
	tg_hex(hash, n, hex);
	(void)snprintf(i->cache, sizeof i->cache, "%s/%s.crl", s->cache, hex);
	return TG_OK;
}

static enum tg_status replace(char **at, const char *text, struct tg_error *err)
{
	char *copy = strdup(text);
	if (copy == NULL)
		return tg_error_set(err, TG_NO_MEMORY, "path");
	free(*at);
	*at = copy;
	return TG_OK;
}

static enum tg_status fill_issuer(const struct tg_cert_status *s, struct tg_cert_issuer *i, struct tg_error *err)
{
	char path[512];
	struct tg_cert_source *source = i->source;
	TG_TRY(place(s->dir, source->certificate, path, err));
	TG_TRY(read_chain(path, &i->certificates, err));
	TG_TRY(name_cache(s, i, err));
	if (source->crl != NULL && strncmp(source->crl, "http://", 7) != 0) {
		TG_TRY(place(s->dir, source->crl, path, err));
		TG_TRY(replace(&source->crl, path, err));
	}
	if (source->responder == NULL)
		return TG_OK;
	TG_TRY(place(s->dir, source->responder, path, err));
	i->responder = tg_pem_cert(path, err);
	return i->responder != NULL ? TG_OK : TG_CERT_INVALID;
}

static enum tg_status add_file(struct tg_cert_status *s, const char *name, struct tg_error *err)
{
	char path[512];
	struct tg_cert_issuer *list = realloc(s->list, (s->n + 1) * sizeof *list);
	if (list == NULL)
		return tg_error_set(err, TG_NO_MEMORY, "issuers");
	s->list = list;
	struct tg_cert_issuer *i = &list[s->n];
	*i = (struct tg_cert_issuer){0};
	TG_TRY(place(s->dir, name, path, err));
	TG_TRY(tg_cert_source_load(&i->source, path, err));
	s->n++; /* from here on it is freed with the others */
	return fill_issuer(s, i, err);
}

static int is_yaml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum tg_status add_all(struct tg_cert_status *s, struct tg_error *err)
{
	struct dirent **names = NULL;
	int n = scandir(s->dir, &names, is_yaml, by_name);
	enum tg_status status = n > 0 ? TG_OK : tg_error_set(err, TG_CONFIG, "no issuer in %s", s->dir);
	for (int i = 0; i < n; i++) {
		if (status == TG_OK)
			status = add_file(s, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	return status;
}

enum tg_status tg_cert_status_open(
        struct tg_cert_status **out, const char *dir, const char *cache, struct tg_error *err)
{
	struct tg_cert_status *s = calloc(1, sizeof *s);
	*out = NULL;
	if (s == NULL)
		return tg_error_set(err, TG_NO_MEMORY, "issuers");
	enum tg_status status = tg_copy(s->dir, sizeof s->dir, dir) && tg_copy(s->cache, sizeof s->cache, cache)
	                                ? TG_OK
	                                : tg_error_set(err, TG_CONFIG, "a path is too long");
	if (status == TG_OK && mkdir(cache, 0700) != 0 && errno != EEXIST)
		status = tg_error_set(err, TG_IO, "%s: %s", cache, strerror(errno));
	if (status == TG_OK)
		status = add_all(s, err);
	if (status != TG_OK) {
		tg_cert_status_close(s);
		return status;
	}
	*out = s;
	return TG_OK;
}

void tg_cert_status_close(struct tg_cert_status *s)
{
	for (unsigned i = 0; s != NULL && i < s->n; i++) {
		tg_cert_source_free(s->list[i].source);
		sk_X509_pop_free(s->list[i].certificates, X509_free);
		X509_free(s->list[i].responder);
		X509_CRL_free(s->list[i].crl);
	}
	if (s != NULL)
		free(s->list);
	free(s);
}

enum tg_status tg_cert_status_trust(const struct tg_cert_status *s, struct tg_buf *pem)
{
	for (unsigned i = 0; i < s->n; i++)
		for (int k = 0; k < sk_X509_num(s->list[i].certificates); k++) {
			BIO *mem = BIO_new(BIO_s_mem());
			X509 *x = sk_X509_value(s->list[i].certificates, k);
			TG_TRY(tg_bio_take(pem, mem, mem != NULL && PEM_write_bio_X509(mem, x) == 1));
		}
	return TG_OK;
}

/* --- Asking */

static struct tg_cert_issuer *find(const struct tg_cert_status *s, const X509 *x)
{
	for (unsigned i = 0; i < s->n; i++)
		if (X509_NAME_cmp(X509_get_subject_name(tg_cert_issuer_of(&s->list[i])), X509_get_issuer_name(x)) == 0)
			return &s->list[i];
	return NULL;
}

bool tg_cert_status_knows(const struct tg_cert_status *s, struct tg_bytes certificate)
{
	X509 *x = tg_x509_parse(certificate);
	bool known = x != NULL && find(s, x) != NULL;
	X509_free(x);
	return known;
}

/* The list is asked when nobody answers, never in place of an answer. */
static enum tg_status ask(const struct tg_cert_question *q, struct tg_error *err)
{
	struct tg_error first = {0};
	if (q->now_ms < q->issuer->quiet_until_ms)
		return tg_error_set(err, TG_CERT_STATUS, "nobody answered a moment ago");
	enum tg_status status = tg_cert_ask_ocsp(q, &first);
	if (status != TG_CERT_STATUS) {
		*err = first;
		return status;
	}
	status = tg_cert_ask_crl(q, err);
	if (status == TG_CERT_STATUS)
		q->issuer->quiet_until_ms = q->now_ms + TG_CERT_QUIET_MS;
	return status;
}

enum tg_status tg_cert_status_ask(
        struct tg_cert_status *s, struct tg_bytes certificate, int64_t now_ms, struct tg_error *err)
{
	struct tg_error ignored = {0};
	X509 *x = tg_x509_parse(certificate);
	struct tg_cert_question q = {.issuer = x != NULL ? find(s, x) : NULL, .certificate = x, .now_ms = now_ms};
	enum tg_status status = q.issuer != NULL ? ask(&q, err != NULL ? err : &ignored)
	                                         : tg_error_set(err, TG_NOT_FOUND, "no issuer that is known here");
	X509_free(x);
	ERR_clear_error();
	return status;
}
