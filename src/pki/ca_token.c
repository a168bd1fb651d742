#include "ca_token.h"

#include "ossl.h"
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#define LABEL_LEN 32
#define KEY_BITS  2048

static void release(struct tg_ca_token *t)
{
	if (t->slots != NULL)
		PKCS11_release_all_slots(t->p11, t->slots, t->n_slots);
	if (t->p11 != NULL) {
		PKCS11_CTX_unload(t->p11);
		PKCS11_CTX_free(t->p11);
	}
	t->p11 = NULL;
	t->slots = t->slot = NULL;
	t->n_slots = 0;
}

void tg_ca_token_close(struct tg_ca_token *t)
{
	if (t == NULL)
		return;
	release(t);
	if (t->module != NULL)
		(void)dlclose(t->module);
	ERR_clear_error();
	free(t);
}

static enum tg_status load(struct tg_ca_token *t, const char *module, struct tg_error *err)
{
	t->p11 = PKCS11_CTX_new();
	if (t->p11 == NULL)
		return TG_NO_MEMORY;
	if (PKCS11_CTX_load(t->p11, module) != 0) {
		PKCS11_CTX_free(t->p11);
		t->p11 = NULL;
		return tg_ossl_error(err, TG_TOKEN_MODULE, "the PKCS#11 module cannot be loaded");
	}
	if (PKCS11_enumerate_slots(t->p11, &t->slots, &t->n_slots) != 0)
		return tg_ossl_error(err, TG_TOKEN_MODULE, "the PKCS#11 module lists no slots");
	return TG_OK;
}

static PKCS11_SLOT *find(struct tg_ca_token *t, const char *label)
{
	for (unsigned i = 0; i < t->n_slots; i++) {
		PKCS11_TOKEN *token = t->slots[i].token;
		if (token != NULL && token->initialized && token->label != NULL && strcmp(token->label, label) == 0)
			return &t->slots[i];
	}
	return NULL;
}

static PKCS11_SLOT *find_blank(struct tg_ca_token *t)
{
	for (unsigned i = 0; i < t->n_slots; i++)
		if (t->slots[i].token != NULL && !t->slots[i].token->initialized)
			return &t->slots[i];
	return NULL;
}

static enum tg_status raw_open(struct tg_ca_token *t, const char *module, struct tg_error *err)
{
	CK_C_GetFunctionList get = NULL;
	t->module = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	void *symbol = t->module == NULL ? NULL : dlsym(t->module, "C_GetFunctionList");
	memcpy(&get, &symbol, sizeof get); /* ISO C knows no cast from object to function pointers */
	if (get == NULL || get(&t->raw) != CKR_OK)
		return tg_error_set(err, TG_TOKEN_MODULE, "the PKCS#11 module has no function list");
	return TG_OK;
}

/* A session of our own. libp11 0.4.12 waits for ever when a session cannot be opened: so it is tried here first. */
static enum tg_status session(struct tg_ca_token *t, CK_SLOT_ID slot, CK_SESSION_HANDLE *out, struct tg_error *err)
{
	CK_RV rv = t->raw->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, out);
	return rv == CKR_OK ? TG_OK : tg_error_set(err, TG_TOKEN_MODULE, "no session on the token: CKR 0x%lx", rv);
}

static enum tg_status make_pin(
        struct tg_ca_token *t, CK_SLOT_ID slot, const struct tg_secret *pin, struct tg_error *err)
{
	CK_SESSION_HANDLE s;
	CK_UTF8CHAR *bytes = (CK_UTF8CHAR *)(uintptr_t)tg_secret_peek(pin);
	CK_ULONG n = tg_secret_len(pin);
	TG_TRY(session(t, slot, &s, err));
	CK_RV rv = t->raw->C_Login(s, CKU_SO, bytes, n);
	if (rv == CKR_OK)
		rv = t->raw->C_InitPIN(s, bytes, n);
	(void)t->raw->C_Logout(s);
	(void)t->raw->C_CloseSession(s);
	return rv == CKR_OK ? TG_OK : tg_error_set(err, TG_TOKEN_MODULE, "the PIN cannot be set: CKR 0x%lx", rv);
}

static enum tg_status make_token(struct tg_ca_token *t, const struct tg_ca_config *c, struct tg_error *err)
{
	PKCS11_SLOT *blank = find_blank(t);
	CK_UTF8CHAR label[LABEL_LEN];
	size_t n = strlen(c->token_label);
	if (!c->init_token || blank == NULL || n > sizeof label)
		return tg_error_set(err, TG_TOKEN_MODULE, "the PKCS#11 module has no token with the configured label");
	memset(label, ' ', sizeof label);
	memcpy(label, c->token_label, n);
	CK_SLOT_ID slot = PKCS11_get_slotid_from_slot(blank);
	CK_RV rv = t->raw->C_InitToken(
	        slot, (CK_UTF8CHAR *)(uintptr_t)tg_secret_peek(c->pin), tg_secret_len(c->pin), label);
	if (rv != CKR_OK)
		return tg_error_set(err, TG_TOKEN_MODULE, "the token cannot be initialised: CKR 0x%lx", rv);
	TG_TRY(make_pin(t, slot, c->pin, err));
	/* Its slot may have another number now: the module is started anew. */
	release(t);
	return load(t, c->module, err);
}

/* The PIN in a session of our own: its result is plain there, and a wrong one costs one try, not two. */
static enum tg_status try_pin(struct tg_ca_token *t, const struct tg_secret *pin, bool may_make, struct tg_error *err)
{
	CK_SESSION_HANDLE s;
	TG_TRY(session(t, PKCS11_get_slotid_from_slot(t->slot), &s, err));
	CK_RV rv = t->raw->C_Login(s, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)tg_secret_peek(pin), tg_secret_len(pin));
	(void)t->raw->C_Logout(s);
	(void)t->raw->C_CloseSession(s);
	/* The first start was cut off between making the token and giving it its PIN. */
	if (rv == CKR_USER_PIN_NOT_INITIALIZED && may_make)
		return make_pin(t, PKCS11_get_slotid_from_slot(t->slot), pin, err);
	if (rv == CKR_OK)
		return TG_OK;
	enum tg_status status = rv == CKR_PIN_INCORRECT   ? TG_PIN_WRONG
	                        : rv == CKR_PIN_LOCKED    ? TG_PIN_LOCKED
	                        : rv == CKR_PIN_LEN_RANGE ? TG_PIN_LENGTH
	                                                  : TG_TOKEN_MODULE;
	return tg_error_set(err, status, "login on the CA's token: CKR 0x%lx", rv);
}

static enum tg_status login(struct tg_ca_token *t, const struct tg_ca_config *c, struct tg_error *err)
{
	TG_TRY(try_pin(t, c->pin, c->init_token, err));
	/* Read-write: the first start makes keys. */
	if (PKCS11_open_session(t->slot, 1) != 0)
		return tg_ossl_error(err, TG_TOKEN_MODULE, "no session on the token");
	if (PKCS11_login(t->slot, 0, (const char *)tg_secret_peek(c->pin)) != 0)
		return tg_ossl_error(err, TG_TOKEN_MODULE, "login on the CA's token");
	return TG_OK;
}

enum tg_status tg_ca_token_open(struct tg_ca_token **out, const struct tg_ca_config *c, struct tg_error *err)
{
	struct tg_ca_token *t = calloc(1, sizeof *t);
	*out = NULL;
	if (t == NULL)
		return TG_NO_MEMORY;
	enum tg_status status = raw_open(t, c->module, err);
	if (status == TG_OK)
		status = load(t, c->module, err);
	if (status == TG_OK && find(t, c->token_label) == NULL)
		status = make_token(t, c, err);
	if (status == TG_OK && (t->slot = find(t, c->token_label)) == NULL)
		status = tg_error_set(err, TG_TOKEN_MODULE, "the new token is not there");
	if (status == TG_OK)
		status = login(t, c, err);
	if (status == TG_OK)
		*out = t;
	else
		tg_ca_token_close(t);
	return status;
}

static enum tg_status open_cloud(struct tg_ca *ca, const struct tg_ca_config *c, struct tg_error *err)
{
	struct tg_ca_config cloud = *c;
	cloud.token_label = c->cloud_label;
	return c->cloud_label == NULL ? TG_OK : tg_ca_token_open(&ca->cloud, &cloud, err);
}

enum tg_status tg_ca_tokens_open(struct tg_ca *ca, const struct tg_ca_config *c, struct tg_error *err)
{
	TG_TRY(open_cloud(ca, c, err));
	tg_ca_token_close(ca->cloud);
	ca->cloud = NULL;
	TG_TRY(tg_ca_token_open(&ca->token, c, err));
	return open_cloud(ca, c, err);
}

static PKCS11_KEY *find_key(struct tg_ca_token *t, const char *label)
{
	PKCS11_KEY *keys = NULL;
	unsigned n = 0;
	if (PKCS11_enumerate_keys(t->slot->token, &keys, &n) != 0)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		if (keys[i].label != NULL && strcmp(keys[i].label, label) == 0)
			return &keys[i];
	return NULL;
}

enum tg_status tg_ca_token_session(struct tg_ca_token *t, CK_SESSION_HANDLE *out, struct tg_error *err)
{
	return session(t, PKCS11_get_slotid_from_slot(t->slot), out, err);
}

CK_OBJECT_HANDLE tg_ca_token_object(
        struct tg_ca_token *t, CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, const char *label)
{
	CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
	CK_ULONG n = 0;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_TOKEN, &yes, sizeof yes},
	        {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)}};
	if (t->raw->C_FindObjectsInit(s, wanted, sizeof wanted / sizeof *wanted) != CKR_OK)
		return CK_INVALID_HANDLE;
	if (t->raw->C_FindObjects(s, &found, 1, &n) != CKR_OK || n == 0)
		found = CK_INVALID_HANDLE;
	(void)t->raw->C_FindObjectsFinal(s);
	return found;
}

/* libp11 0.4.12 makes keys that it marks neither token-bound nor unextractable as we want them: done by hand. A key
 * signs or opens what was locked for it, never both. */
enum tg_status tg_ca_token_generate(
        struct tg_ca_token *t, const char *label, enum tg_ca_key_use use, struct tg_error *err)
{
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_BBOOL signs = use == TG_CA_KEY_SIGNS, opens = use == TG_CA_KEY_OPENS;
	CK_ULONG bits = KEY_BITS;
	CK_BYTE e[] = {1, 0, 1}, id[16];
	CK_UTF8CHAR text[64];
	CK_ULONG len = strlen(label);
	if (len > sizeof text || RAND_bytes(id, sizeof id) != 1)
		return tg_error_set(err, TG_KEY_GENERATE, "no random bytes for a key id");
	memcpy(text, label, len); // NOLINT(bugprone-not-null-terminated-result): PKCS#11 text has a length, no end
	CK_ATTRIBUTE pub[] = {{CKA_TOKEN, &yes, sizeof yes}, {CKA_VERIFY, &signs, sizeof signs},
	        {CKA_ENCRYPT, &opens, sizeof opens}, {CKA_MODULUS_BITS, &bits, sizeof bits},
	        {CKA_PUBLIC_EXPONENT, e, sizeof e}, {CKA_LABEL, text, len}, {CKA_ID, id, sizeof id}};
	CK_ATTRIBUTE priv[] = {{CKA_TOKEN, &yes, sizeof yes}, {CKA_PRIVATE, &yes, sizeof yes},
	        {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_EXTRACTABLE, &no, sizeof no}, {CKA_SIGN, &signs, sizeof signs},
	        {CKA_DECRYPT, &opens, sizeof opens}, {CKA_UNWRAP, &no, sizeof no}, {CKA_LABEL, text, len},
	        {CKA_ID, id, sizeof id}};
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	TG_TRY(tg_ca_token_session(t, &s, err));
	CK_RV rv = t->raw->C_GenerateKeyPair(s, &mechanism, pub, sizeof pub / sizeof *pub, priv,
	        sizeof priv / sizeof *priv, &public_key, &private_key);
	(void)t->raw->C_CloseSession(s);
	return rv == CKR_OK ? TG_OK : tg_error_set(err, TG_KEY_GENERATE, "the CA's key cannot be made: CKR 0x%lx", rv);
}

enum tg_status tg_ca_token_key(
        struct tg_ca_token *t, const char *label, bool *made, EVP_PKEY **out, struct tg_error *err)
{
	PKCS11_KEY *key = find_key(t, label);
	*made = key == NULL;
	if (key == NULL) {
		TG_TRY(tg_ca_token_generate(t, label, TG_CA_KEY_SIGNS, err));
		key = find_key(t, label);
	}
	*out = key == NULL ? NULL : PKCS11_get_private_key(key);
	return *out != NULL ? TG_OK : tg_ossl_error(err, TG_KEY_MISSING, "the CA's key cannot be used");
}

static bool destroy_one(struct tg_ca_token *t, CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, const char *label)
{
	CK_OBJECT_HANDLE o = tg_ca_token_object(t, s, class, label);
	return o != CK_INVALID_HANDLE && t->raw->C_DestroyObject(s, o) == CKR_OK;
}

enum tg_status tg_ca_token_destroy_key(struct tg_ca_token *t, const char *label, struct tg_error *err)
{
	CK_SESSION_HANDLE s;
	TG_TRY(tg_ca_token_session(t, &s, err));
	bool gone = destroy_one(t, s, CKO_PRIVATE_KEY, label);
	(void)destroy_one(t, s, CKO_PUBLIC_KEY, label);
	(void)t->raw->C_CloseSession(s);
	return gone ? TG_OK : tg_error_set(err, TG_KEY_MISSING, "no key of the CA to destroy");
}

enum tg_status tg_ca_token_labels(struct tg_ca_token *t, const char *prefix, struct tg_buf *labels)
{
	PKCS11_KEY *keys = NULL;
	unsigned n = 0;
	if (PKCS11_enumerate_keys(t->slot->token, &keys, &n) != 0)
		return TG_TOKEN_MODULE;
	for (unsigned i = 0; i < n; i++)
		if (keys[i].label != NULL && strncmp(keys[i].label, prefix, strlen(prefix)) == 0)
			tg_buf_addf(labels, "%s\n", keys[i].label);
	return tg_buf_status(labels);
}
