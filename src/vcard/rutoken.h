/* The Rutoken ЭЦП 2.0 as OpenSC 0.23 drives it: a tree of files with access conditions, two PINs, keys that are files
 * of their own kind. Source: OpenSC's card-rtecp.c, pkcs15-rtecp.c and rutoken_ecp.profile; ISO/IEC 7816-4, -8, -9. */
#ifndef TAMGA_VCARD_RUTOKEN_H
#define TAMGA_VCARD_RUTOKEN_H

#include "card.h"

#define TG_RUT_TRIES    5 /* what OpenSC's profile gives the user PIN */
#define TG_RUT_SO_TRIES 10
#define TG_RUT_PIN_MAX  32 /* bytes */
#define TG_RUT_SERIAL   8  /* bytes */
#define TG_RUT_ACCESS   15 /* bytes of data object 86; any other number and the driver does not know the file */

/* Names of files. */
enum {
	TG_RUT_MF = 0x3f00,
	TG_RUT_APP = 0x5000,
	TG_RUT_SYSTEM = 0x1000, /* and the folder of key folders in it */
	TG_RUT_PUBLIC_KEYS = 0x6001,
	TG_RUT_PRIVATE_KEYS = 0x6002,
	TG_RUT_SO_PIN = 0x0001,
	TG_RUT_USER_PIN = 0x0002,
};

/* First byte of data object 82. */
enum { TG_RUT_DF = 0x38, TG_RUT_EF = 0x01, TG_RUT_INTERNAL = 0x10 };

/* Bits of who has shown a PIN; the same values stand in access conditions: 00 anybody, FF never. */
enum { TG_RUT_SO = 1, TG_RUT_USER = 2 };

/* What an access condition is for: bit in the first byte of 86, and place after it. */
enum tg_rut_right {
	TG_RUT_READ = 0,
	TG_RUT_CREATE = 0,  /* in a folder */
	TG_RUT_UNBLOCK = 0, /* of a PIN */
	TG_RUT_WRITE = 1,
	TG_RUT_CREATE_INTERNAL = 1,
	TG_RUT_CHANGE = 1, /* a PIN; a key: make it */
	TG_RUT_USE = 2,    /* a key */
	TG_RUT_DELETE = 6,
};

struct tg_rut_node {
	uint16_t id, parent; /* numbers of this card's life; 0 = none. PINs and the master file have no parent */
	uint16_t fid, size;
	uint8_t type;
	struct tg_buf fci;  /* what it was created with: the contents of 6F */
	struct tg_buf body; /* a private key: PKCS#8, or the 32 bytes of a GOST key, big-endian */
};

struct tg_rutoken {
	struct tg_rut_node *nodes; /* in order of creation */
	size_t n, cap;
	uint16_t last_id;
	bool open; /* being set up: no access condition counts */
	/* gone when power goes */
	uint8_t who;
	uint16_t folder, file; /* ids, 0 = none */
	uint8_t key;           /* reference chosen for the next signature, 0 = none */
	struct tg_buf chain;   /* first part of a command that comes in two */
};

struct tg_rutoken *tg_rutoken_create(void);    /* NULL: no memory */
void tg_rutoken_destroy(struct tg_rutoken *r); /* takes NULL; wipes */
void tg_rutoken_reset(struct tg_vcard *card);
/* The persona's hex digits, with zeros before them. False when they are none. */
bool tg_rutoken_serial(const struct tg_vcard *card, uint8_t out[TG_RUT_SERIAL]) TG_MUST_USE;

/* rutoken_tree.c */
struct tg_rut_node *tg_rut_by_id(struct tg_rutoken *r, uint16_t id); /* NULL: none */
struct tg_rut_node *tg_rut_child(struct tg_rutoken *r, uint16_t parent, uint16_t fid);
/* From the master file; the list of names ends with 0. */
struct tg_rut_node *tg_rut_by_path(struct tg_rutoken *r, const uint16_t *path);
/* The body of a key's private or public half; `folder` is TG_RUT_PRIVATE_KEYS or TG_RUT_PUBLIC_KEYS. */
struct tg_rut_node *tg_rut_key(struct tg_rutoken *r, uint16_t folder, uint8_t reference);
struct tg_rut_node *tg_rut_key_folder(struct tg_rutoken *r, uint16_t folder);
/* `fci` are the contents of 6F. A folder gets no body, an EF one of zeros, the rest an empty one. NULL: no memory. */
struct tg_rut_node *tg_rut_add(struct tg_vcard *card, uint16_t parent, struct tg_bytes fci);
/* With everything below it. */
void tg_rut_remove(struct tg_vcard *card, uint16_t id);
void tg_rut_clear(struct tg_vcard *card);
size_t tg_rut_used(const struct tg_rutoken *r); /* bytes of all files */
/* Fields of `fci`; false when it is not one this card makes. */
bool tg_rut_fci(struct tg_bytes fci, uint16_t *fid, uint16_t *size, uint8_t *type);
/* The properties of a PIN or a key, data object 85: six bytes, or NULL. */
const uint8_t *tg_rut_properties(const struct tg_rut_node *node);
bool tg_rut_may(const struct tg_rutoken *r, const struct tg_rut_node *node, enum tg_rut_right right);

/* rutoken_factory.c: the files that pkcs15-init makes, from the persona. False: no memory. */
bool tg_rutoken_initialise(struct tg_vcard *card, const struct tg_vcard_persona *p) TG_MUST_USE;

/* rutoken_state.c: all of the card's tree as bytes, and back. */
void tg_rutoken_pack(const struct tg_rutoken *r, struct tg_buf *out);
bool tg_rutoken_unpack(struct tg_vcard *card, struct tg_bytes data) TG_MUST_USE;

/* rutoken_gost.c: GOST R 34.10-2001 over the three curves of RFC 4357 §11.4. `set` is A, B or C as 1, 2, 3. */
enum { TG_RUT_GOST_BYTES = 32 };
bool tg_rut_gost_make(int set, uint8_t d[TG_RUT_GOST_BYTES], uint8_t xy[2 * TG_RUT_GOST_BYTES]) TG_MUST_USE;
/* `hash` as a little-endian number; the answer is r, then s, each little-endian. */
bool tg_rut_gost_sign(int set, const uint8_t d[TG_RUT_GOST_BYTES], struct tg_bytes hash,
        uint8_t out[2 * TG_RUT_GOST_BYTES]) TG_MUST_USE;

/* One command, data into `out`, status word returned. */
typedef uint16_t tg_rut_command(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out);
tg_rut_command tg_rutoken_execute;
tg_rut_command tg_rut_select, tg_rut_create, tg_rut_delete, tg_rut_read, tg_rut_update;
tg_rut_command tg_rut_verify, tg_rut_change, tg_rut_unblock;
tg_rut_command tg_rut_generate, tg_rut_choose, tg_rut_operate;

void tg_rutoken_describe(const struct tg_vcard *card, struct tg_vcard_facts *out);

#endif
