/* Keys of the GOST issuers: no packaged PKCS#11 module makes them, so they lie in files that only a key of the token
 * opens (src/decisions/0243). */
#include "ca_parts.h"

#include "ossl.h"
#include "sign.h"

#include <openssl/err.h>

#define LOCK_FILE "gost-lock.bin"

static enum tg_status path_of(const struct tg_ca *ca, const char *file, char out[512], struct tg_error *err)
{
	return (size_t)snprintf(out, 512, "%s/%s", ca->config.dir, file) < 512
	               ? TG_OK
	               : tg_error_set(err, TG_CONFIG, "path of the CA's folder is too long");
}

static enum tg_status take_password(struct tg_ca *ca, struct tg_error *err)
{
	char path[512];
	if (ca->gost_password != NULL)
		return TG_OK;
	TG_TRY(path_of(ca, LOCK_FILE, path, err));
	TG_TRY(tg_secret_create(&ca->gost_password));
	return tg_ca_wrap_password(ca, path, ca->gost_password, err);
}

/* Of a program from before the lock: it opens with the PIN, and never again after this. */
static enum tg_status lock_anew(struct tg_ca *ca, const char *path, EVP_PKEY **out, struct tg_error *err)
{
	TG_TRY(tg_gost_key_read(path, ca->pin, out, err));
	return tg_gost_key_write(path, *out, ca->gost_password, err);
}

enum tg_status tg_ca_gost_key(struct tg_ca *ca, const char *file, EVP_PKEY **out, struct tg_error *err)
{
	char path[512];
	TG_TRY(take_password(ca, err));
	TG_TRY(path_of(ca, file, path, err));
	struct tg_ca_event e = {.what = TG_CA_KEY_OPENED, .label = file};
	enum tg_status status = tg_gost_key_read(path, ca->gost_password, out, err);
	if (status == TG_PIN_WRONG) {
		status = lock_anew(ca, path, out, err);
		e.what = TG_CA_KEY_LOCKED;
	} else if (status == TG_NOT_FOUND) {
		*out = tg_gost_key_new();
		status = *out == NULL ? tg_ossl_error(err, TG_KEY_GENERATE, "the CA's GOST key")
		                      : tg_gost_key_write(path, *out, ca->gost_password, err);
		e.what = TG_CA_KEY_MADE;
	}
	if (status == TG_OK)
		tg_ca_tell(ca, &e);
	return status;
}
