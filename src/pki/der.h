/* Private: a reader of DER for the few members of CMP messages that OpenSSL 3.0 keeps to itself, and its opposite. */
#ifndef TAMGA_PKI_DER_H
#define TAMGA_PKI_DER_H

#include "tamga/buf.h"

struct tg_der {
	uint8_t tag; /* one byte: no high tag numbers */
	struct tg_bytes content;
	struct tg_bytes whole; /* tag, length, content */
};

/* Takes one element off the front of `in`. False at the end and for what is not DER. */
bool tg_der_next(struct tg_bytes *in, struct tg_der *out);
/* Takes one element that has this tag; otherwise `in` stays as it is. */
bool tg_der_take_tag(struct tg_bytes *in, uint8_t tag, struct tg_der *out);
/* Appends one element with this tag. */
void tg_der_put(struct tg_buf *out, uint8_t tag, struct tg_bytes content);
/* A non-negative INTEGER or ENUMERATED of at most 3 bytes; -1 otherwise. */
int tg_der_small_int(const struct tg_der *e);

/* What is asked of a PKIMessage before OpenSSL checks it. */
struct tg_cmp_peek {
	struct tg_bytes sender; /* Name, DER; empty when the sender is no directoryName */
	bool protection_pbm;
	struct tg_bytes sender_kid;
	struct tg_bytes body; /* the whole body with its [n] tag */
	uint8_t body_tag;
	struct tg_bytes reg_info;       /* id-regInfo-utf8Pairs in generalInfo; empty: none */
	struct tg_bytes extra;          /* certificates after each other; not protected */
	struct tg_bytes protection_alg; /* AlgorithmIdentifier, DER; empty: not protected */
	struct tg_bytes protection;     /* the bits */
};
bool tg_cmp_peek(struct tg_bytes message, struct tg_cmp_peek *out);
/* CRLReason of the first RevDetails in an rr body; -1 when there is none, -2 when it is no number. */
int tg_cmp_peek_reason(const struct tg_cmp_peek *m);
/* SubjectPublicKeyInfo of a CertTemplate, copied with its own tag. False when there is none. */
bool tg_template_spki(struct tg_bytes template_der, struct tg_buf *spki);
/* PKIStatus of a PKIStatusInfo, -1 when it cannot be read. */
int tg_pkisi_status(struct tg_bytes si_der);
/* The utf8Pairs of a CertReqMsg. False when there are none. */
bool tg_crmf_reg_info(struct tg_bytes message, struct tg_bytes *pairs);
/* The value of `name` in "name?value%name?value%" with %XX undone. False when it is not there or does not fit. */
bool tg_reg_info_get(struct tg_bytes pairs, const char *name, char *out, size_t cap);

#endif
