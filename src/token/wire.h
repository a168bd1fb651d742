/* Layer: token. What passes between the kiosk (client.c) and its child (tamga-token), inside the frames of
 * tamga/frame.h. Both sides distrust each other: a request comes from a program that shows foreign text, an answer from
 * one that has run vendors' code on what a card said. Every field is named, appears once, and has a greatest length. */
#ifndef TG_TOKEN_WIRE_H
#define TG_TOKEN_WIRE_H

#include "tamga/buf.h"
#include "tamga/token.h"

/* The descriptor the child finds its end of the socket at. */
#define TG_TOKEN_FD 3

enum tg_token_op {
	TG_OP_INSPECT = 1,
	TG_OP_LOGIN,
	TG_OP_LOGOUT,
	TG_OP_GENERATE,
	TG_OP_FIND,
	TG_OP_REQUEST,
	TG_OP_WRITE,
	TG_OP_PROVE,
	TG_OP_REMOVE,
	TG_OP_SWEEP,
	TG_OP_SIGN,
	TG_OP_CERTIFICATES,
	TG_OP_CHANGE_PIN,
	TG_OP_UNBLOCK,
	TG_OP_SIGN_HASH,
	TG_OP_END /* not an operation: one above the last */
};
#define TG_OP_ANSWER 0x8000u /* kind of an answer = kind of its request with this bit */

/* Fields of a request; also the index of their slice in tg_token_request. */
enum tg_token_field {
	TG_F_READER,
	TG_F_ATR,
	TG_F_SERIAL,
	TG_F_PIN,
	TG_F_KEY_ID,
	TG_F_LABEL,
	TG_F_ALGORITHM,
	TG_F_SPKI,
	TG_F_SUBJECT,
	TG_F_EXTENSIONS,
	TG_F_REG_INFO,
	TG_F_CERTIFICATE,
	TG_F_NEW_PIN,
	TG_F_MESSAGE,
	TG_F_HASH,
	TG_F_COUNT
};

/* Slices of the frame they were read from; `data` is NULL for a field that was not sent. */
struct tg_token_request {
	enum tg_token_op op;
	struct tg_bytes field[TG_F_COUNT];
};
/* TG_TOKEN_PROTOCOL for an unknown operation, an unknown, repeated, missing, foreign or too long field. Text fields may
 * not hold a NUL. */
enum tg_status tg_token_request_parse(
        struct tg_token_request *out, uint16_t kind, const void *body, size_t n) TG_MUST_USE;
void tg_token_request_build(const struct tg_token_request *r, struct tg_buf *body);

/* The first error of a call, the token's picture where the operation tells one, and one result. */
struct tg_token_answer {
	enum tg_status status;
	char detail[sizeof((struct tg_error *)0)->detail];
	bool has_info;
	struct tg_token_info info;
	struct tg_bytes result; /* a slice of the frame */
};
/* TG_TOKEN_PROTOCOL for a status that is not in the list and for anything malformed. All text comes out cleaned. */
enum tg_status tg_token_answer_parse(
        struct tg_token_answer *out, uint16_t kind, enum tg_token_op asked, const void *body, size_t n) TG_MUST_USE;
void tg_token_answer_build(const struct tg_token_answer *a, struct tg_buf *body);

/* The result of TG_OP_SIGN and TG_OP_SIGN_HASH. */
void tg_token_signature_put(struct tg_buf *result, struct tg_bytes algorithm, struct tg_bytes signature);
/* TG_TOKEN_PROTOCOL for anything but two fields that are not empty. */
enum tg_status tg_token_signature_take(
        struct tg_bytes result, struct tg_bytes *algorithm, struct tg_bytes *signature) TG_MUST_USE;

/* The result of TG_OP_CERTIFICATES: one after another. */
#define TG_CERTIFICATES_MAX 32
void tg_token_certificate_put(struct tg_buf *result, const struct tg_token_certificate *c);
/* False at the end, or when what is left is malformed (then r->failed). The label comes out cleaned. */
bool tg_token_certificate_next(struct tg_reader *r, struct tg_token_certificate *out);

#endif
