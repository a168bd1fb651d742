/* What a card remembers, and the applet's parts. */
#ifndef TAMGA_VCARD_CARD_H
#define TAMGA_VCARD_CARD_H

#include "apdu.h"
#include "tamga/vcard.h"
#include "vdoc.h"

#define TG_HSM_FID_DEVICE_CVC 0x2f02
#define TG_HSM_FID_TOKENINFO  0x2f03
#define TG_HSM_KEY            0xcc /* high byte of a private key's file name; the low byte is the key reference */
#define TG_HSM_CERT           0xce /* certificate, or request, beside a key */
#define TG_HSM_CERT_ALONE     0xca

#define TG_VCARD_SALT 16
#define TG_VCARD_HASH 32

/* A PIN is only ever compared, so its bytes are not kept; its length is, because CHANGE REFERENCE DATA carries old and
 * new PIN without a separator. */
struct tg_vcard_pin {
	uint8_t salt[TG_VCARD_SALT], hash[TG_VCARD_HASH];
	uint8_t len; /* 0 = not set */
	uint8_t tries, limit;
};

struct tg_vcard_file {
	uint16_t fid;
	struct tg_buf body; /* a key's body is its PKCS#8 */
};

struct tg_rutoken;
struct tg_script;

struct tg_vcard {
	struct tg_vcard_persona made_of; /* without PINs */
	uint8_t atr[TG_VCARD_ATR_MAX];
	size_t atr_len;
	bool initialised;
	struct tg_vcard_pin user, so;
	struct tg_vcard_file *files; /* sorted by name */
	size_t n_files, cap_files;
	struct tg_vdoc doc;         /* the travel document application */
	struct tg_rutoken *rutoken; /* owned; of a card of that kind, else NULL */
	struct tg_script *script;   /* owned; likewise */
	/* gone when power goes */
	bool selected, logged_in;
	uint16_t current; /* file selected, 0 = none */
	bool dirty;
};

/* Status words of ISO/IEC 7816-4 §5.3.4, as OpenSC's iso7816.c understands them. */
enum {
	TG_SW_OK = 0x9000,
	TG_SW_END_OF_FILE = 0x6282, /* fewer bytes than asked for */
	TG_SW_AUTHENTICATION = 0x6300,
	TG_SW_TRIES = 0x63c0, /* + tries left */
	TG_SW_MEMORY_FAILURE = 0x6581,
	TG_SW_LENGTH = 0x6700,
	TG_SW_SM_NONE = 0x6882,
	TG_SW_STRUCTURE = 0x6981,
	TG_SW_LOGIN = 0x6982,
	TG_SW_LOCKED = 0x6983,
	TG_SW_PIN_UNSET = 0x6984,
	TG_SW_CONDITIONS = 0x6985,
	TG_SW_NO_FILE_CHOSEN = 0x6986,
	TG_SW_SM_MISSING = 0x6987, /* a secure messaging object */
	TG_SW_SM_WRONG = 0x6988,
	TG_SW_DATA = 0x6a80,
	TG_SW_UNSUPPORTED = 0x6a81,
	TG_SW_NOT_FOUND = 0x6a82,
	TG_SW_FULL = 0x6a84,
	TG_SW_P1P2 = 0x6a86,
	TG_SW_NO_REFERENCE = 0x6a88,
	TG_SW_EXISTS = 0x6a89,
	TG_SW_OFFSET = 0x6b00,
	TG_SW_INS = 0x6d00,
	TG_SW_CLA = 0x6e00,
	TG_SW_BROKEN = 0x6f00,
};

/* card.c: GET CHALLENGE of at most `most` bytes, which are 1024 or less. */
uint16_t tg_vcard_random(const struct tg_apdu *a, size_t most, struct tg_buf *out) TG_MUST_USE;

/* files.c */
struct tg_vcard_file *tg_vcard_file_find(struct tg_vcard *card, uint16_t fid);
/* NULL when there is no memory. The file must not exist. */
struct tg_vcard_file *tg_vcard_file_add(struct tg_vcard *card, uint16_t fid);
void tg_vcard_file_delete(struct tg_vcard *card, struct tg_vcard_file *file);
void tg_vcard_files_wipe(struct tg_vcard *card);
size_t tg_vcard_files_size(const struct tg_vcard *card); /* bytes in all bodies */
int tg_vcard_files_count(const struct tg_vcard *card, uint8_t prefix);
bool tg_vcard_fits(const struct tg_vcard *card, size_t more);
/* The device certificate, and the token's label and manufacturer. */
bool tg_vcard_files_factory(struct tg_vcard *card);

/* pin.c: `data` is one PIN. */
bool tg_vcard_pin_set(struct tg_vcard_pin *pin, struct tg_bytes data, uint8_t limit) TG_MUST_USE;
/* TG_SW_OK and a full counter, or TG_SW_TRIES + left, or TG_SW_LOCKED. */
uint16_t tg_vcard_pin_try(struct tg_vcard *card, struct tg_vcard_pin *pin, struct tg_bytes data) TG_MUST_USE;

/* rsa.c: `pkcs8` receives the key, `modulus` and `exponent` its public half. */
bool tg_vcard_rsa_make(
        unsigned bits, struct tg_buf *pkcs8, struct tg_buf *modulus, struct tg_buf *exponent) TG_MUST_USE;
/* The private operation on one block as long as the modulus (PKCS#1: RSASP1 = RSADP). */
uint16_t tg_vcard_rsa_block(const struct tg_buf *pkcs8, struct tg_bytes block, struct tg_buf *out) TG_MUST_USE;
/* RSASSA-PKCS1-v1_5 with SHA-256 over `text`. */
bool tg_vcard_rsa_sign(const struct tg_buf *pkcs8, struct tg_bytes text, struct tg_buf *out) TG_MUST_USE;

/* hsm*.c: one command, data into `out`, status word returned. */
typedef uint16_t tg_hsm_command(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out);
tg_hsm_command tg_hsm_execute;
tg_hsm_command tg_hsm_select, tg_hsm_read, tg_hsm_update, tg_hsm_delete, tg_hsm_list;
tg_hsm_command tg_hsm_verify, tg_hsm_change, tg_hsm_unblock, tg_hsm_initialise;
tg_hsm_command tg_hsm_generate, tg_hsm_sign, tg_hsm_decrypt, tg_hsm_random;

#endif
