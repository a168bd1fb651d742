/* The channel CA changes its key while kiosks go on (src/decisions/0270). Files of the centre's directory say how far
 * it is, and each step begins with one rename:
 *
 * - channel-ca.pem, .key: the present one, which signs what the centre shows;
 * - channel-ca-next.pem, .key: the next one, when there is one: it signs kiosks' certificates from now on;
 * - channel-ca-turn.pem: was channel-ca-next.pem, and is to take the present one's place;
 * - channel-ca-past.pem: those before: what they signed is good until its end.
 */
#include "ossl.h"

#include "tamga/ca.h"
#include "tamga/file.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_MAX_LEN 512
#define BUNDLE_MAX   65536

struct files {
	char present[PATH_MAX_LEN], present_key[PATH_MAX_LEN], next[PATH_MAX_LEN], next_key[PATH_MAX_LEN],
	        turn[PATH_MAX_LEN], past[PATH_MAX_LEN];
};

static enum tg_status name_files(struct files *f, const char *dir, struct tg_error *err)
{
	const struct {
		char *out;
		const char *name;
	} all[] = {{f->present, ".pem"}, {f->present_key, ".key"}, {f->next, "-next.pem"}, {f->next_key, "-next.key"},
	        {f->turn, "-turn.pem"}, {f->past, "-past.pem"}};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (snprintf(all[i].out, PATH_MAX_LEN, "%s/channel-ca%s", dir, all[i].name) >= PATH_MAX_LEN)
			return tg_error_set(err, TG_CONFIG, "the path is too long");
	return TG_OK;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static enum tg_status add_file(const char *path, struct tg_buf *out, struct tg_error *err)
{
	return exists(path) ? tg_file_read(out, path, BUNDLE_MAX, err) : TG_OK;
}

/* --- The turn */
/* Once, however often it is begun again. */
static enum tg_status keep_past(const struct files *f, struct tg_error *err)
{
	struct tg_buf past = TG_BUF_INIT, present = TG_BUF_INIT;
	enum tg_status status = add_file(f->past, &past, err);
	if (status == TG_OK)
		status = tg_file_read(&present, f->present, BUNDLE_MAX, err);
	if (status == TG_OK && strstr(tg_buf_str(&past), tg_buf_str(&present)) == NULL) {
		tg_buf_add(&past, present.data, present.len);
		status = tg_buf_status(&past);
		if (status == TG_OK)
			status = tg_file_write(f->past, past.data, past.len, 0644, err);
	}
	tg_buf_finish(&past);
	tg_buf_finish(&present);
	return status;
}

static enum tg_status settle(const struct files *f, struct tg_error *err)
{
	if (!exists(f->turn))
		return TG_OK;
	TG_TRY(keep_past(f, err));
	if (exists(f->next_key))
		TG_TRY(tg_file_move(f->next_key, f->present_key, err));
	return tg_file_move(f->turn, f->present, err);
}

enum tg_status tg_channel_ca_settle(const char *dir, struct tg_error *err)
{
	struct files f;
	TG_TRY(name_files(&f, dir, err));
	return settle(&f, err);
}

/* --- The next one */
static unsigned count_past(const struct files *f)
{
	struct tg_buf past = TG_BUF_INIT;
	unsigned n = 0;
	if (add_file(f->past, &past, NULL) == TG_OK)
		for (const char *at = tg_buf_str(&past); (at = strstr(at, "-----BEGIN CERT")) != NULL; at++)
			n++;
	tg_buf_finish(&past);
	return n;
}

enum tg_status tg_channel_ca_next(const char *dir, const char *name, int64_t now_ms, struct tg_error *err)
{
	struct files f;
	char numbered[128];
	TG_TRY(name_files(&f, dir, err));
	TG_TRY(settle(&f, err));
	if (!exists(f.present))
		return tg_error_at(err, TG_NOT_FOUND, f.present, 0, 0, "the centre was never started here");
	/* Never the same name twice: who looks for an issuer looks by its name. */
	(void)snprintf(numbered, sizeof numbered, "%s %u", name, count_past(&f) + 2);
	return tg_channel_ca_create(f.next, f.next_key, numbered, now_ms, err);
}

enum tg_status tg_channel_ca_turn(const char *dir, struct tg_error *err)
{
	struct files f;
	TG_TRY(name_files(&f, dir, err));
	TG_TRY(settle(&f, err));
	if (!exists(f.next))
		return tg_error_at(err, TG_NOT_FOUND, f.next, 0, 0, "there is no next channel CA");
	TG_TRY(tg_file_move(f.next, f.turn, err));
	return settle(&f, err);
}

/* --- Who is believed */
enum tg_status tg_channel_ca_told(const char *dir, struct tg_buf *pem, struct tg_error *err)
{
	struct files f;
	TG_TRY(name_files(&f, dir, err));
	TG_TRY(tg_file_read(pem, f.present, BUNDLE_MAX, err));
	return add_file(f.next, pem, err);
}

enum tg_status tg_channel_ca_all(const char *dir, struct tg_buf *pem, struct tg_error *err)
{
	struct files f;
	TG_TRY(name_files(&f, dir, err));
	TG_TRY(tg_channel_ca_told(dir, pem, err));
	return add_file(f.past, pem, err);
}

static X509 *first_of(struct tg_bytes pem)
{
	BIO *in = pem.len == 0 || pem.len > BUNDLE_MAX ? NULL : BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *x = in == NULL ? NULL : PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	return x;
}

enum tg_channel_issuer tg_channel_issuer(struct tg_bytes cas_pem, struct tg_bytes cert_pem)
{
	enum tg_channel_issuer is = TG_CHANNEL_ISSUER_NONE;
	X509 *x = first_of(cert_pem), *ca;
	BIO *in = cas_pem.len == 0 || cas_pem.len > BUNDLE_MAX ? NULL : BIO_new_mem_buf(cas_pem.data, (int)cas_pem.len);
	while (x != NULL && in != NULL && (ca = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		bool fits = X509_verify(x, X509_get0_pubkey(ca)) == 1;
		if (fits)
			is = TG_CHANNEL_ISSUER_LAST;
		else if (is == TG_CHANNEL_ISSUER_LAST)
			is = TG_CHANNEL_ISSUER_KNOWN;
		X509_free(ca);
	}
	BIO_free(in);
	X509_free(x);
	ERR_clear_error();
	return is;
}
