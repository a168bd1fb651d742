/* Layer: card. Identity documents with a chip (ICAO Doc 9303, parts 3, 5, 4, 10, 11, 12): reading over any APDU
 * transport, and judging what was read. Reading and judging are apart on purpose: the card is spoken to by a child that
 * the card may crash (document.h), the signatures are verified by whoever relies on them. Requirement K-4. */
#ifndef TAMGA_MRTD_H
#define TAMGA_MRTD_H

#include "tamga/buf.h"
#include <stdbool.h>

/* One command APDU out, one answer (data and status word) in. */
struct tg_apdu_port {
	enum tg_status (*transmit)(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err);
	void *ctx;
};

/* What opens the chip: either the three data of the machine-readable zone, or the six-digit card access number. */
struct tg_mrtd_access {
	bool can;        /* `number` is the CAN; the dates are not used */
	char number[24]; /* document number as printed, upper case Latin letters and digits; or CAN */
	char birth[11];  /* YYYY-MM-DD */
	char expiry[11]; /* YYYY-MM-DD */
};

enum tg_mrtd_step { TG_MRTD_SELECT, TG_MRTD_ACCESS, TG_MRTD_DATA, TG_MRTD_SIGNATURE, TG_MRTD_CHIP, TG_MRTD_STEP_COUNT };
typedef void tg_mrtd_progress(enum tg_mrtd_step step, void *ctx);

/* What came off the chip, as it came. Personal data: tg_mrtd_raw_finish wipes. */
struct tg_mrtd_raw {
	struct tg_buf com, dg1, dg14, dg15, sod; /* whole files with their tags; empty when the chip has none */
	bool pace;                               /* PACE, else BAC */
	bool chip_authenticated;                 /* chip authentication ended with new session keys that worked */
	uint8_t challenge[8];                    /* active authentication: RND.IFD … */
	struct tg_buf response;                  /* … and the chip's signature; empty when it was not done */
	unsigned apdus;                          /* commands sent */
};
void tg_mrtd_raw_finish(struct tg_mrtd_raw *r);

/* Reads EF.COM, DG1, EF.SOD, DG14 and DG15 where EF.COM names them; DG2 is passed over. PACE when EF.CardAccess offers
 * it, else BAC. TG_DOC_NONE: no such application on this card. TG_DOC_ACCESS: the chip is there and does not open with
 * these data (also an access number for a chip that knows BAC only). TG_DOC_READ: what it answered is no document.
 * TG_INVALID: these cannot be data of a document. TG_CARD_PULLED, TG_CARD_BROKEN from the port. `progress` may be NULL;
 * with a failure `out` holds only the number of commands. */
enum tg_status tg_mrtd_read(const struct tg_apdu_port *port, const struct tg_mrtd_access *access,
        tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *out, struct tg_error *err) TG_MUST_USE;

/* Machine-readable zone: TD1 (3×30), TD2 (2×36), TD3 (2×44), all check digits verified. */
struct tg_mrz {
	char document_code[3], issuer[4], number[24], nationality[4];
	char surname[40], given[40];       /* Latin, fillers turned into single spaces, no hyphen guessed */
	char birth[11], expiry[11];        /* YYYY-MM-DD; parts that are not known stay "00" */
	char sex;                          /* 'F', 'M' or 'X' (not said) */
	char optional1[16], optional2[16]; /* as they stand there without fillers at the end */
	bool name_cut;                     /* the name field is full: it may have been cut */
};
/* `today` (YYYY-MM-DD) decides the century of the birth date: never in the future. TG_DOC_READ names the line. */
enum tg_status tg_mrz_parse(
        struct tg_bytes text, const char *today, struct tg_mrz *out, struct tg_error *err) TG_MUST_USE;
/* ICAO 9303-3 §4.9: weights 7 3 1. `text` holds A-Z 0-9 and '<'; -1 otherwise. */
int tg_mrz_check_digit(const char *text, size_t n);
/* A name as it is written in a passport's machine-readable zone (ICAO 9303-3 §6 and the states' own tables for Kazakh
 * and Kyrgyz letters), for comparing what a person typed with what the chip says. */
enum tg_status tg_mrz_transliterate(const char *name, char *out, size_t cap) TG_MUST_USE;
/* True when `mrz_name` may be `name` (transliterated, or cut after at least 12 letters, by any of the usual tables). */
bool tg_mrz_same_name(const char *name, const char *mrz_name);

/* What was proven, each by its own name (goes into the record). */
struct tg_mrtd_proof {
	enum tg_status
	        passive;       /* TG_OK; TG_DOC_SIGNER: signer unknown, expired or revoked, or its CRL missing or too
	                          old; TG_DOC_TAMPERED: a data group does not fit the signed hash, or none was signed */
	enum tg_status active; /* TG_OK done · TG_NOT_FOUND the chip has none · TG_DOC_COPY it failed */
	enum tg_status chip;   /* the same for chip authentication: by the word of who read (decision 0111) */
	bool pace;
	char signer[160]; /* subject of the document signer, cleaned */
	char why[160];    /* of the first that is not TG_OK, for the log; no personal data */
};
struct tg_mrtd_person {
	struct tg_mrz mrz;
	char iin[13]; /* Kazakhstan: out of the optional data (domain-facts.md §2.1); "" when there is none */
	bool expired; /* the document's own date has passed */
};
/* `csca_dir` holds PEM or DER certificates (*.pem, *.cer, *.crt) and CRLs (*.crl); read at each call. `at_ms` is wall
 * time. TG_OK also when something could not be proven: look at `proof`. TG_DOC_READ when DG1 is no document at all;
 * TG_CONFIG when the directory cannot be read. */
enum tg_status tg_mrtd_judge(const struct tg_mrtd_raw *raw, const char *csca_dir, int64_t at_ms,
        struct tg_mrtd_person *person, struct tg_mrtd_proof *proof, struct tg_error *err) TG_MUST_USE;

#endif
