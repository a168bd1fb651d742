/* Layer: program vcard (training and tests only, never in a production image). A virtual ISO 7816-4 card with the key
 * applet dialect of the SmartCard-HSM, as OpenSC 0.23 drives it, callable without sockets.
 *
 * A card is what its state file says: the same file is the same card. Private keys live in that file (PKCS#8) and in
 * this process, and leave through no APDU. PINs are kept as salted hashes with their length; what is compared comes
 * from the APDU and is wiped by the caller. Source: ISO/IEC 7816-4, -8; requirements K-5, K-8, P-6. */
#ifndef TAMGA_VCARD_H
#define TAMGA_VCARD_H

#include "tamga/buf.h"

#define TG_VCARD_ATR_MAX    33
#define TG_VCARD_TEXT       128
#define TG_VCARD_PIN_MIN    6  /* bytes, user PIN */
#define TG_VCARD_PIN_MAX    15 /* bytes, user PIN */
#define TG_VCARD_SO_PIN_LEN 8  /* bytes, exactly */
#define TG_VCARD_TRIES      3  /* OpenSC's tries-left flags assume exactly this limit */
#define TG_VCARD_SO_TRIES   15
#define TG_VCARD_APDU_MAX   65535 /* bytes: the length prefix of the vpcd protocol */

enum tg_vcard_kind {
	TG_VCARD_KEY, /* answers the key applet, and the travel document application when the persona has a document */
	TG_VCARD_RUTOKEN, /* a Rutoken ЭЦП 2.0 as OpenSC's rtecp driver sees it (virtual-card.md §2.2) */
	TG_VCARD_SCRIPT,  /* malicious: answers from a list of replies, whatever it is asked */
	TG_VCARD_FOREIGN, /* an application no driver knows: 6A82 to each SELECT, 6D00 to anything else */
};

/* Who is printed on the plastic: data for the travel document application. UTF-8; dates YYYY-MM-DD. All may be "". */
struct tg_vcard_person {
	char surname[TG_VCARD_TEXT], given[TG_VCARD_TEXT], patronymic[TG_VCARD_TEXT];
	char surname_latin[TG_VCARD_TEXT], given_latin[TG_VCARD_TEXT];
	char sex[4], birth[16], iin[16], nationality[8];
	char document[16], issuer[TG_VCARD_TEXT], issued[16], expiry[16];
	/* of who acts for an organisation; tax_number: BIN or ИНН */
	char organisation[TG_VCARD_TEXT], tax_number[16], position[TG_VCARD_TEXT];
};

/* The travel document application (ICAO 9303-10) of the card, from the persona's `person`. */
enum tg_vcard_access { TG_VCARD_BAC = 1, TG_VCARD_PACE = 2 }; /* bits */
enum tg_vcard_signer {
	TG_VCARD_SIGNER_VALID,
	TG_VCARD_SIGNER_EXPIRED,  /* the document signer's certificate has ended */
	TG_VCARD_SIGNER_WRONG,    /* signed by a CSCA that is in nobody's directory */
	TG_VCARD_SIGNER_REVOKED,  /* on its CSCA's CRL */
	TG_VCARD_SIGNER_TAMPERED, /* DG1 was changed after it was signed */
	TG_VCARD_SIGNER_COPIED,   /* right files, without the chip's own key: active / chip authentication fails */
};
struct tg_vcard_document {
	bool present;
	char format[4];    /* "TD1", "TD3" */
	char code[3];      /* of the machine-readable zone; "" = "ID", "P" */
	char state[4];     /* who issued it; "" = the nationality */
	char optional[16]; /* the zone's optional data; "" = the person's iin */
	unsigned access;   /* enum tg_vcard_access */
	char can[7];
	enum tg_vcard_signer signer;
	bool active_authentication, chip_authentication;
};

/* What a card is made from: tests/personas/NAME.yaml. */
struct tg_vcard_persona {
	enum tg_vcard_kind kind;
	char name[64];
	char serial[12];                          /* 1 to 11 ASCII letters and digits, a Rutoken's hex digits */
	char label[36];                           /* at most 32 bytes */
	char manufacturer[36];                    /* at most 32 bytes */
	char atr[TG_VCARD_ATR_MAX * 2 + 1];       /* hex; "" = a known SmartCard-HSM's */
	bool initialised;                         /* false: as it comes from the factory, no PIN */
	bool locked;                              /* no tries left for the user PIN */
	char user_pin[TG_VCARD_PIN_MAX + 1];      /* ASCII digits */
	char so_pin[TG_VCARD_SO_PIN_LEN * 2 + 1]; /* hex digits, as PKCS#11 callers type it to OpenSC; a Rutoken's is
	                                             8 to 16 letters and digits */
	char version[8];     /* of a Rutoken, "2.0": what it tells of itself; "" = it does not say */
	unsigned user_tries; /* of a Rutoken, 1 to 15; 0 = 5 */
	unsigned max_keys;   /* 0 = 24 */
	unsigned memory;     /* bytes for all files, keys included; 0 = 65536 */
	struct tg_vcard_person person;
	struct tg_vcard_document document;
};

/* Reads a persona file. TG_CONFIG with file, line and column; without a place when it cannot be opened. */
enum tg_status tg_vcard_persona_load(struct tg_vcard_persona *out, const char *path, struct tg_error *err) TG_MUST_USE;
/* Values that depend on the day: `today`, `today-16y`, `today-15y-100d` in the dates, `auto` as the personal number
 * (Kazakhstan's or Kyrgyzstan's, made from birth date, sex and serial number). `now_ms` is local wall time. TG_CONFIG.
 */
enum tg_status tg_vcard_persona_resolve(struct tg_vcard_persona *p, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* What is printed on the document, one `key=value` a line, and the lines of its machine-readable zone. TG_CONFIG. */
enum tg_status tg_vcard_persona_show(
        const struct tg_vcard_persona *p, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* A blank card with a random serial number. */
void tg_vcard_persona_blank(struct tg_vcard_persona *out);
/* TG_CONFIG names the first field that cannot be. */
enum tg_status tg_vcard_persona_check(const struct tg_vcard_persona *p, struct tg_error *err) TG_MUST_USE;

struct tg_vcard;

enum tg_status tg_vcard_create(
        struct tg_vcard **out, const struct tg_vcard_persona *p, struct tg_error *err) TG_MUST_USE;
/* A card of kind TG_VCARD_SCRIPT. `bytes` as OpenSC's fuzz_pkcs15_reader reads them: blocks of two bytes length
 * (little-endian) and as many bytes, the ATR first, then replies. TG_CONFIG when there is no ATR in them. */
enum tg_status tg_vcard_create_script(
        struct tg_vcard **out, const char *name, const void *bytes, size_t n, struct tg_error *err) TG_MUST_USE;
void tg_vcard_destroy(struct tg_vcard *card); /* takes NULL; wipes */

/* Signing authorities of documents in the directory `dir`, made if it is not there: trust/ holds what a terminal trusts
 * (certificates of the country signing CAs and their revocation lists), secret/ all keys. A directory that was made
 * before keeps its keys and gets new revocation lists. TG_IO, TG_DISK_FULL, TG_NO_MEMORY. Source: ICAO 9303-12. */
enum tg_status tg_vcard_csca_make(const char *dir, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Personalises the document of a card that was just made from a persona with one, signed by the authorities in `csca`;
 * without this the card has none; `csca` NULL, for tests: unsigned, without EF.SOD. TG_CONFIG when the person cannot
 * stand in a document; TG_NOT_FOUND, TG_IO. */
enum tg_status tg_vcard_issue(
        struct tg_vcard *card, const char *csca, int64_t now_ms, struct tg_error *err) TG_MUST_USE;

/* For tests. A file of the document by its name (0101h = DG1), as it is (no bytes: there is none) and made another; and
 * random numbers that are known beforehand (NULL: the machine's again). */
struct tg_bytes tg_vcard_document_file(const struct tg_vcard *card, uint16_t fid);
bool tg_vcard_document_replace(struct tg_vcard *card, uint16_t fid, const void *bytes, size_t n) TG_MUST_USE;
void tg_vcard_document_draw(struct tg_vcard *card, bool (*draw)(uint8_t *out, size_t n, void *ctx), void *ctx);

/* The whole card as bytes, and back. TG_STORE_DAMAGED when the bytes are not what was written. */
enum tg_status tg_vcard_pack(const struct tg_vcard *card, struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_vcard_unpack(struct tg_vcard **out, const void *data, size_t n, struct tg_error *err) TG_MUST_USE;
/* The same with a file (mode 0600; temp file, fsync, rename). TG_NOT_FOUND when there is none; TG_IO, TG_DISK_FULL. */
enum tg_status tg_vcard_load(struct tg_vcard **out, const char *path, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_vcard_save(const struct tg_vcard *card, const char *path, struct tg_error *err) TG_MUST_USE;

/* Power on, off or reset: nothing selected, nobody logged in. */
void tg_vcard_reset(struct tg_vcard *card);
/* Borrowed until the card is destroyed. */
struct tg_bytes tg_vcard_atr(const struct tg_vcard *card);

/* Executes one command APDU and puts data and status word (at least two bytes) into `answer` (reset first; its `failed`
 * is the only failure). Returns true when this command changed the card: it must be saved before the answer goes out.
 * A script may have less than a status word to say; nothing at all means that the card stays silent. */
bool tg_vcard_transmit(struct tg_vcard *card, const uint8_t *apdu, size_t n, struct tg_buf *answer) TG_MUST_USE;

/* transmit, then save to `path`. When saving fails nothing has happened on the card and the answer is 6581 (memory
 * failure); `err` says why. When not even the old file can be read again, `answer` is empty: say nothing. */
enum tg_status tg_vcard_exchange(struct tg_vcard **card, const char *path, const uint8_t *apdu, size_t n,
        struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;

struct tg_vcard_facts {
	char name[64], serial[12];
	bool initialised, logged_in;
	int tries, so_tries;
	int keys, certs; /* private keys; X.509 certificates in their files */
	bool document;   /* has the travel document application */
};
void tg_vcard_describe(const struct tg_vcard *card, struct tg_vcard_facts *out);

#endif
