/* Private: the CA's PKCS#11 token between its files. libpkcs11 comes in here, so only those that need it include this.
 */
#ifndef TAMGA_PKI_CA_TOKEN_H
#define TAMGA_PKI_CA_TOKEN_H

#include "ca_parts.h"
#include <libp11.h>
#include <p11-kit/pkcs11.h>

struct tg_ca_token {
	PKCS11_CTX *p11;
	PKCS11_SLOT *slots, *slot;
	unsigned n_slots;
	/* The module once more, for what libp11 0.4.12 cannot do: the same library, already initialised. */
	void *module;
	CK_FUNCTION_LIST_PTR raw;
};

/* A session of our own, logged in as libp11's is. The caller closes it. */
enum tg_status tg_ca_token_session(struct tg_ca_token *t, CK_SESSION_HANDLE *out, struct tg_error *err) TG_MUST_USE;
/* The object of this class with this label; CK_INVALID_HANDLE: none. */
CK_OBJECT_HANDLE tg_ca_token_object(
        struct tg_ca_token *t, CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, const char *label);
enum tg_ca_key_use { TG_CA_KEY_SIGNS, TG_CA_KEY_OPENS };
/* A new RSA-2048 key that cannot be taken out. */
enum tg_status tg_ca_token_generate(
        struct tg_ca_token *t, const char *label, enum tg_ca_key_use use, struct tg_error *err) TG_MUST_USE;

#endif
