/* Making a document: machine-readable zone, data groups, security object, and the authorities that sign it. */
#ifndef TAMGA_VCARD_VDOC_MAKE_H
#define TAMGA_VCARD_VDOC_MAKE_H

#include "card.h"
#include <openssl/x509.h>

#define TG_VDOC_MRZ_MAX  91 /* TD1: 3 × 30, TD3: 2 × 44, and the end */
#define TG_VDOC_INFO_MAX 40

/* vdoc_mrz.c */
struct tg_vdoc_mrz {
	char text[TG_VDOC_MRZ_MAX];  /* the lines without line ends */
	char info[TG_VDOC_INFO_MAX]; /* what the access keys are made from */
	unsigned width;              /* characters in a line */
};
/* TG_CONFIG names what of the person cannot stand in a machine-readable zone. */
enum tg_status tg_vdoc_mrz_make(
        const struct tg_vcard_persona *p, struct tg_vdoc_mrz *out, struct tg_error *err) TG_MUST_USE;
/* The issuing state's three letters. */
const char *tg_vdoc_state(const struct tg_vcard_persona *p);

/* vdoc_files.c */
/* EF.CardAccess, EF.COM, data groups and the chip's keys; no EF.SOD yet. */
enum tg_status tg_vdoc_files_make(
        struct tg_vdoc *d, const struct tg_vcard_persona *p, struct tg_error *err) TG_MUST_USE;
/* The data group's number, or 0 for what is none. */
int tg_vdoc_group(enum tg_vdoc_file file);

/* csca.c */
/* Certificate and key of the document signer of this state and kind; owned. TG_NOT_FOUND, TG_IO. */
enum tg_status tg_csca_signer(const char *dir, const char *state, enum tg_vcard_signer kind, X509 **cert,
        EVP_PKEY **key, struct tg_error *err) TG_MUST_USE;

/* csca_cert.c */
struct tg_csca_plan {
	const char *country, *state; /* "KZ", "KAZ" */
	const char *name;            /* CN */
	X509 *issuer;                /* NULL: self-signed, a CSCA */
	EVP_PKEY *issuer_key, *key;  /* issuer_key NULL: key */
	int64_t from_ms, until_ms;   /* of the certificate */
	int64_t sign_until_ms;       /* of the private key's use */
	const char *document;        /* signer only: type of document, "ID", "P" */
};
X509 *tg_csca_certificate(const struct tg_csca_plan *plan);
/* `revoked` NULL: an empty list. */
X509_CRL *tg_csca_crl(X509 *issuer, EVP_PKEY *key, const X509 *revoked, int64_t now_ms, int64_t number);

/* vdoc_sod.c */
/* EF.SOD over the data groups there are; `out` is the whole file. */
bool tg_vdoc_sod_make(
        const struct tg_vdoc *d, X509 *cert, EVP_PKEY *key, int64_t now_ms, struct tg_buf *out) TG_MUST_USE;

#endif
