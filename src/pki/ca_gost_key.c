/* Keys of the GOST issuers: in a token that knows GOST (src/decisions/0267), or, where there is none, in files that
 * only a key of the other token opens (0243). */
#include "ca_parts.h"

#include "ossl.h"
#include "sign.h"

#include <openssl/err.h>
#include <unistd.h>

#define LOCK_FILE "gost-lock.bin"

static bool has(const struct tg_ca *ca, const char *file)
{
	char path[TG_CA_PATH];
	return tg_ca_path(ca, file, path, NULL) == TG_OK && access(path, F_OK) == 0;
}

enum tg_status tg_ca_gost_place(const struct tg_ca *ca, enum tg_ca_gost_place *out, struct tg_error *err)
{
	bool certified = has(ca, "gost-root.pem"), files = has(ca, "gost-root.key");
	bool token = ca->config.gost_token.key != NULL;
	*out = token ? TG_CA_GOST_TOKEN : files || ca->config.gost_files ? TG_CA_GOST_FILES : TG_CA_GOST_NOWHERE;
	if (token && files)
		return tg_error_set(err, TG_CONFIG,
		        "this CA's GOST keys are in files, which cannot be taken into a token: begin in an empty "
		        "folder");
	/* Without the token it would make itself another key, and nobody would find out why. */
	if (!token && certified && !files)
		return tg_error_set(err, TG_CONFIG, "this CA's GOST keys are in a token, and none is named");
	return TG_OK;
}

enum tg_ca_gost_place tg_ca_gost_keys(const struct tg_ca *ca)
{
	return ca->gost_place;
}

/* --- In files */
static enum tg_status take_password(struct tg_ca *ca, struct tg_error *err)
{
	char path[TG_CA_PATH];
	if (ca->gost_password != NULL)
		return TG_OK;
	TG_TRY(tg_ca_path(ca, LOCK_FILE, path, err));
	TG_TRY(tg_secret_create(&ca->gost_password));
	return tg_ca_wrap_password(ca, path, ca->gost_password, err);
}

/* Of a program from before the lock: it opens with the PIN, and never again after this. */
static enum tg_status lock_anew(struct tg_ca *ca, const char *path, EVP_PKEY **out, struct tg_error *err)
{
	TG_TRY(tg_gost_key_read(path, ca->pin, out, err));
	return tg_gost_key_write(path, *out, ca->gost_password, err);
}

enum tg_status tg_ca_gost_file_key(struct tg_ca *ca, const char *label, EVP_PKEY **out, struct tg_error *err)
{
	char file[64], path[TG_CA_PATH];
	(void)snprintf(file, sizeof file, "%s.key", label);
	TG_TRY(take_password(ca, err));
	TG_TRY(tg_ca_path(ca, file, path, err));
	struct tg_ca_event e = {.what = TG_CA_KEY_OPENED, .label = file};
	enum tg_status status = tg_gost_key_read(path, ca->gost_password, out, err);
	if (status == TG_PIN_WRONG) {
		status = lock_anew(ca, path, out, err);
		e.what = TG_CA_KEY_LOCKED;
	} else if (status == TG_NOT_FOUND) {
		*out = tg_gost_key_new(tg_gost_find("gost2012-512"));
		status = *out == NULL ? tg_ossl_error(err, TG_KEY_GENERATE, "the CA's GOST key")
		                      : tg_gost_key_write(path, *out, ca->gost_password, err);
		e.what = TG_CA_KEY_MADE;
	}
	if (status == TG_OK)
		tg_ca_tell(ca, &e);
	return status;
}

/* --- In a token */
static enum tg_status new_key(struct tg_ca *ca, const char *label, EVP_PKEY **out, struct tg_error *err)
{
	const struct tg_ca_keeper *t = &ca->config.gost_token;
	struct tg_buf spki = TG_BUF_INIT;
	bool made = false;
	enum tg_status status = t->key(t->ctx, label, &made, &spki, err);
	if (status == TG_OK && (*out = tg_spki_parse((struct tg_bytes){spki.data, spki.len})) == NULL)
		status = tg_ossl_error(err, TG_KEY_GENERATE, "the token's GOST key");
	tg_buf_finish(&spki);
	if (status == TG_OK)
		tg_ca_tell(ca, &(struct tg_ca_event){.what = made ? TG_CA_KEY_MADE : TG_CA_KEY_OPENED, .label = label});
	return status;
}

enum tg_status tg_ca_gost_token_key(
        struct tg_ca *ca, const char *label, X509 *cert, EVP_PKEY **out, struct tg_error *err)
{
	const struct tg_ca_keeper *t = &ca->config.gost_token;
	if (cert == NULL)
		TG_TRY(new_key(ca, label, out, err));
	else if ((*out = X509_get_pubkey(cert)) == NULL)
		return tg_ossl_error(err, TG_CERT_INVALID, label);
	return tg_key_elsewhere(*out, t->sign, t->ctx, label, err);
}
