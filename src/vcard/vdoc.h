/* The travel document application of a card (ICAO Doc 9303, parts 10 and 11): files, access by BAC or PACE, secure
 * messaging, the chip's own keys. Beside the key applet and apart from it: own files, own security state. */
#ifndef TAMGA_VCARD_VDOC_H
#define TAMGA_VCARD_VDOC_H

#include "apdu.h"

#define TG_VDOC_POINT  65 /* uncompressed point of a 256-bit curve */
#define TG_VDOC_SCALAR 32

#define TG_VDOC_CHIP_KEY_ID 1 /* of chip authentication, in DG14 */

/* The files a command may read come first. */
enum tg_vdoc_file {
	TG_VDOC_CARD_ACCESS,
	TG_VDOC_COM,
	TG_VDOC_DG1,
	TG_VDOC_DG2,
	TG_VDOC_DG14,
	TG_VDOC_DG15,
	TG_VDOC_SOD,
	TG_VDOC_READABLE,
	/* What only the chip knows: the printed data as the keys are made from them, its private keys. */
	TG_VDOC_MRZ_INFO = TG_VDOC_READABLE,
	TG_VDOC_CAN,
	TG_VDOC_ACTIVE_KEY,
	TG_VDOC_CHIP_KEY,
	TG_VDOC_FILE_COUNT
};

/* A secure messaging session: 3DES after BAC, AES-128 after PACE and chip authentication. */
struct tg_vdoc_sm {
	bool on, aes;
	uint8_t enc[16], mac[16];
	uint8_t ssc[16]; /* the first 8 bytes with 3DES */
};

enum tg_vdoc_pace_step {
	TG_VDOC_PACE_NONE,
	TG_VDOC_PACE_CHOSEN,
	TG_VDOC_PACE_NONCE,
	TG_VDOC_PACE_MAPPED,
	TG_VDOC_PACE_AGREED
};
struct tg_vdoc_pace {
	enum tg_vdoc_pace_step step;
	enum tg_vdoc_file password;
	uint8_t nonce[16];
	uint8_t generator[TG_VDOC_POINT]; /* the mapped one */
	uint8_t own[TG_VDOC_POINT], peer[TG_VDOC_POINT];
	struct tg_vdoc_sm next; /* takes effect after the tokens were compared */
};

struct tg_vdoc {
	bool present;
	unsigned access; /* enum tg_vcard_access */
	struct tg_buf files[TG_VDOC_FILE_COUNT];
	/* gone when power goes */
	bool selected;              /* the application; else the master file */
	int current;                /* enum tg_vdoc_file, -1 = none */
	struct tg_vdoc_sm sm, next; /* `next`: from the next command on */
	bool open;                  /* BAC or PACE was done in this session */
	bool have_challenge;
	uint8_t challenge[8];
	struct tg_vdoc_pace pace;
	bool chip_chosen;
	size_t room; /* bytes of data that fit into the answer to the command at hand */
	/* for known-answer tests; NULL: the machine's random numbers */
	bool (*draw)(uint8_t *out, size_t n, void *ctx);
	void *draw_ctx;
};

struct tg_vcard;
typedef uint16_t tg_vdoc_command(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out);

/* vdoc.c */
/* Whether this command is for the document, not for the key applet. Leaves the key applet when it is. */
bool tg_vdoc_takes(struct tg_vcard *card, const struct tg_apdu *a);
/* Data stays in `out` also beside an error: an answer under secure messaging always has some. */
uint16_t tg_vdoc_execute(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out);
void tg_vdoc_reset(struct tg_vdoc *d);
void tg_vdoc_wipe(struct tg_vdoc *d);
/* enum tg_vdoc_file of a file a command may read, -1 = none. */
int tg_vdoc_file_of(uint16_t fid);
bool tg_vdoc_random(struct tg_vdoc *d, uint8_t *out, size_t n) TG_MUST_USE;

/* vdoc_sm.c */
/* Takes a protected command apart; `plain` holds the data of `inner`. TG_SW_OK or what is answered in the clear. */
uint16_t tg_vdoc_unwrap(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *plain, struct tg_apdu *inner);
/* Protects data and status word; `out` is replaced. False when there is no memory. */
bool tg_vdoc_wrap(struct tg_vdoc *d, uint8_t ins, uint16_t sw, struct tg_buf *out) TG_MUST_USE;
void tg_vdoc_sm_end(struct tg_vdoc *d);

/* vdoc_bac.c, vdoc_pace.c, vdoc_chip.c */
tg_vdoc_command tg_vdoc_challenge, tg_vdoc_authenticate;
tg_vdoc_command tg_vdoc_pace_choose, tg_vdoc_pace_go;
tg_vdoc_command tg_vdoc_active, tg_vdoc_chip_choose, tg_vdoc_chip_go, tg_vdoc_chip_kat;

/* vdoc_crypt.c: ICAO 9303-11 §9.7, §9.8 */
/* KDF with SHA-1, 16 bytes: counter 1 = encryption, 2 = MAC, 3 = PACE password. */
bool tg_vdoc_kdf(const void *secret, size_t n, uint8_t counter, uint8_t key[16]) TG_MUST_USE;
bool tg_vdoc_session(struct tg_vdoc_sm *sm, bool aes, const void *secret, size_t n) TG_MUST_USE;
size_t tg_vdoc_block(const struct tg_vdoc_sm *sm);
/* CBC without padding, in place; n is a multiple of the block. The IV is the encrypted SSC with AES, zero with 3DES. */
bool tg_vdoc_cipher(const struct tg_vdoc_sm *sm, bool encrypt, uint8_t *data, size_t n) TG_MUST_USE;
/* AES-128-CBC without padding and with IV zero, one key: the PACE nonce. */
bool tg_vdoc_aes_block(const uint8_t key[16], const uint8_t in[16], uint8_t out[16]) TG_MUST_USE;
/* Eight bytes: retail MAC (ISO/IEC 9797-1 algorithm 3) or CMAC, of data that is padded already where it must be. */
bool tg_vdoc_mac(const struct tg_vdoc_sm *sm, const struct tg_buf *data, uint8_t out[8]) TG_MUST_USE;
/* ISO/IEC 9797-1 padding method 2 */
void tg_vdoc_pad(struct tg_buf *b, size_t block);
/* Length of the data before its padding, or -1. */
long tg_vdoc_unpad(const uint8_t *data, size_t n);

/* vdoc_ec.c: points of one 256-bit curve (OpenSSL's nid), uncompressed */
int tg_vdoc_curve(const struct tg_vdoc *d); /* of PACE, as its EF.CardAccess says */
/* out = k·point (point NULL: the generator). False for what is no point of the curve, or the neutral one. */
bool tg_vdoc_ec_mul(
        int nid, const uint8_t *point, const uint8_t k[TG_VDOC_SCALAR], uint8_t out[TG_VDOC_POINT]) TG_MUST_USE;
/* out = s·G + h: the generic mapping */
bool tg_vdoc_ec_map(
        int nid, const uint8_t s[16], const uint8_t h[TG_VDOC_POINT], uint8_t out[TG_VDOC_POINT]) TG_MUST_USE;
/* A scalar from 1 to the order less one. */
bool tg_vdoc_ec_random(struct tg_vdoc *d, int nid, uint8_t k[TG_VDOC_SCALAR]) TG_MUST_USE;

#endif
