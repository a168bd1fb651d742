/* A PKCS#11 module for tests that stands in for a token with GOST R 34.10-2012 mechanisms (src/decisions/0130). Never
 * installed, never in an image.
 *
 * TAMGA_TEST_GOST_DIR names the folder in which the token lives; without it there is no token. Files in it:
 *   token        PINs, tries, label, serial: lines "name value"; made at the first look with the makers' well-known
 * PINs object-N     one object absent       while it is there the token is pulled out reader       the slot's
 * description, for a kiosk that looks for its reader's name pad          what a person types on the PIN pad, one line
 * per question; "cancel" breaks off fault        as TAMGA_TEST_GOST_FAULT, looked at again at each call
 * TAMGA_TEST_GOST_PAD=1: the token has a PIN pad (CKF_PROTECTED_AUTHENTICATION_PATH).
 * TAMGA_TEST_GOST_FAULT: "KIND:FUNCTION[:N]", several by commas: at the N-th call of C_… (first when not said, every
 * one with "*") the module does KIND: hang, crash, pull (the token is gone from then on), error (CKR_GENERAL_ERROR),
 * garbage (lengths and counts that cannot be), probe (tries what a hostile module would; file probe-told). */
#ifndef TESTS_MODULES_GOST_H
#define TESTS_MODULES_GOST_H

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Aktiv's vendor numbers, as their rtpkcs11t.h has them. */
#define CKK_GOSTR3410_512              0xD4321003UL
#define CKM_GOSTR3410_512_KEY_PAIR_GEN 0xD4321005UL
#define CKM_GOSTR3410_512              0xD4321006UL

#define ROOM(a) (sizeof(a) / sizeof *(a))

/* --- fault.c */
enum fault { FAULT_NONE, FAULT_GARBAGE, FAULT_ERROR, FAULT_PULL };
enum fault fault_at(const char *function); /* does not come back from hang and crash */
void probe(void);                          /* probe.c */
#define BEGIN(name)                                                                                                    \
	enum fault fault = fault_at(#name);                                                                            \
	if (fault == FAULT_PULL)                                                                                       \
		return CKR_DEVICE_REMOVED;                                                                             \
	if (fault == FAULT_ERROR)                                                                                      \
	return CKR_GENERAL_ERROR

/* --- files.c: the folder */
bool folder_there(void);
bool file_there(const char *name);
/* Length, or -1. Always ends with NUL. */
long file_read(const char *name, void *out, size_t cap);
bool file_write(const char *name, const void *data, size_t n);
void file_remove(const char *name);

/* --- token.c: PINs and flags */
#define PIN_MAX 32
struct token {
	char label[33], serial[17], user[PIN_MAX + 1], so[PIN_MAX + 1];
	int user_max, user_left, so_max, so_left;
	bool initialised, pin_set, must_change;
};
bool token_present(void);
bool token_read(struct token *t);
bool token_write(const struct token *t);
bool token_pad(void);
CK_FLAGS token_flags(const struct token *t);
/* Counts a try. `pin` NULL: the pad asks. */
CK_RV token_check_pin(struct token *t, CK_USER_TYPE who, const CK_UTF8CHAR *pin, CK_ULONG n);
/* The next line of the pad, or the caller's bytes, as text. */
CK_RV token_take_pin(const CK_UTF8CHAR *pin, CK_ULONG n, char out[PIN_MAX + 1]);

/* --- object.c */
#define ATTRIBUTES_MAX 32
#define OBJECTS_MAX    64
#define CKA_TEST_PKCS8 0x80005447UL /* the private key; never shown */
struct attribute {
	CK_ATTRIBUTE_TYPE type;
	CK_ULONG len;
	uint8_t *value;
};
struct object {
	CK_OBJECT_HANDLE handle; /* 0: free */
	bool session_only;
	unsigned n;
	struct attribute list[ATTRIBUTES_MAX];
};
void objects_load(void);
void objects_forget(void);
void objects_destroy_all(void);  /* also on the token */
struct object *object_new(void); /* NULL: full */
struct object *object_get(CK_OBJECT_HANDLE h);
void object_free(struct object *o);
bool object_set(struct object *o, CK_ATTRIBUTE_TYPE type, const void *value, size_t n);
bool object_set_all(struct object *o, const CK_ATTRIBUTE *list, CK_ULONG n);
const struct attribute *object_find(const struct object *o, CK_ATTRIBUTE_TYPE type);
bool object_flag(const struct object *o, CK_ATTRIBUTE_TYPE type, bool otherwise);
CK_ULONG object_ulong(const struct object *o, CK_ATTRIBUTE_TYPE type, CK_ULONG otherwise);
bool object_matches(const struct object *o, const CK_ATTRIBUTE *list, CK_ULONG n);
/* The place in the table, 0 … OBJECTS_MAX - 1; NULL when free. */
struct object *object_at(unsigned i);
bool object_save(const struct object *o);
void object_unsave(const struct object *o);

/* --- crypto.c */
bool crypto_load(void); /* the GOST engine */
CK_RV crypto_generate(CK_MECHANISM_TYPE mechanism, struct object *public, struct object *private);
/* `out` NULL asks for the length. */
CK_RV crypto_sign(const struct object *key, CK_MECHANISM_TYPE mechanism, const uint8_t *data, CK_ULONG n, uint8_t *out,
        CK_ULONG *out_len);

/* --- session.c */
struct session {
	bool open, rw, finding, signing;
	CK_OBJECT_HANDLE found[OBJECTS_MAX];
	unsigned n_found, at;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM_TYPE mechanism;
};
struct session *session_get(CK_SESSION_HANDLE h);
CK_RV session_check(CK_SESSION_HANDLE h, struct session **out); /* also: started, token in */
bool logged_in(CK_USER_TYPE who);
bool object_visible(const struct object *o);

CK_RV start(void);
void finish(void);
bool started(void);
CK_RV session_open(bool rw, CK_SESSION_HANDLE *out);
CK_RV session_close(CK_SESSION_HANDLE h);
void session_close_all(void);
CK_RV session_login(CK_USER_TYPE who, const CK_UTF8CHAR *pin, CK_ULONG n);
CK_RV session_logout(void);
CK_STATE session_state(const struct session *s);

/* The table of functions is filled from these. */
#define API(name, ...) CK_RV test_##name(__VA_ARGS__)
API(C_GetSlotList, unsigned char present, CK_SLOT_ID *list, unsigned long *count);
API(C_GetSlotInfo, CK_SLOT_ID slot, CK_SLOT_INFO *info);
API(C_GetTokenInfo, CK_SLOT_ID slot, CK_TOKEN_INFO *info);
API(C_GetMechanismList, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, unsigned long *count);
API(C_GetMechanismInfo, CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info);
API(C_InitToken, CK_SLOT_ID slot, unsigned char *pin, unsigned long n, unsigned char *label);
API(C_InitPIN, CK_SESSION_HANDLE s, unsigned char *pin, unsigned long n);
API(C_SetPIN, CK_SESSION_HANDLE s, unsigned char *old, unsigned long old_n, unsigned char *new, unsigned long n);
API(C_FindObjectsInit, CK_SESSION_HANDLE s, CK_ATTRIBUTE *list, unsigned long n);
API(C_FindObjects, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *out, unsigned long max, unsigned long *n);
API(C_FindObjectsFinal, CK_SESSION_HANDLE s);
API(C_GetAttributeValue, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *list, unsigned long n);
API(C_SetAttributeValue, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *list, unsigned long n);
API(C_CreateObject, CK_SESSION_HANDLE s, CK_ATTRIBUTE *list, unsigned long n, CK_OBJECT_HANDLE *out);
API(C_DestroyObject, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o);
API(C_GenerateKeyPair, CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *pub, unsigned long pub_n, CK_ATTRIBUTE *priv,
        unsigned long priv_n, CK_OBJECT_HANDLE *pub_out, CK_OBJECT_HANDLE *priv_out);
API(C_SignInit, CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key);
API(C_Sign, CK_SESSION_HANDLE s, unsigned char *data, unsigned long n, unsigned char *out, unsigned long *out_len);

#endif
