/* Private: open CMP transactions. One OSSL_CMP_SRV_CTX holds one transaction, so each has its own. */
#ifndef TAMGA_PKI_CA_TABLE_H
#define TAMGA_PKI_CA_TABLE_H

#include "ca_parts.h"
#include <openssl/cmp.h>

#define TG_CA_TID_MAX 64

struct tg_ca_transaction {
	struct tg_ca_transaction *next; /* newest first */
	struct tg_ca *ca;
	OSSL_CMP_SRV_CTX *server;
	uint8_t id[TG_CA_TID_MAX];
	size_t id_len;
	char peer[TG_KIOSK_MAX + 1];   /* who is connected, "" unknown: part of the key */
	char kiosk[TG_KIOSK_MAX + 1];  /* who signed, or who brought a holder's message */
	char holder[TG_CA_SERIAL_MAX]; /* of the certificate whose key protects it; "": a kiosk's key or a secret does
	                                */
	int64_t deadline_ms;           /* monotonic */
	char serial[TG_CA_SERIAL_MAX]; /* of what was issued here, "" */
	bool confirmed;                /* certConf said something about it */
	/* A CA elsewhere answers. */
	bool forward;                   /* this message goes there */
	bool relayed;                   /* the exchange does */
	bool takes;                     /* its certConf takes the certificate */
	char revokes[TG_CA_SERIAL_MAX]; /* its rr does */
	int reason;
	char number[TG_NUMBER_MAX], profile[TG_CA_PROFILE_MAX]; /* what was asked for */
	uint8_t spki_hash[TG_HASH_LEN];
	struct tg_bytes request; /* while a message is worked on */
	struct tg_error *err;    /* while a message is worked on; never NULL then */
};

enum tg_status tg_ca_transaction_create(struct tg_ca_transaction **out, struct tg_ca *ca) TG_MUST_USE;
void tg_ca_transaction_free(struct tg_ca_transaction *t);
/* Takes it out of the table (the caller owns it); NULL when there is none. Forgets the expired ones. */
struct tg_ca_transaction *tg_ca_table_take(struct tg_ca *ca, const uint8_t *id, size_t id_len, const char *peer);
/* Puts it into the table; the oldest gives way when the table is full: who asks again gets the same certificate. */
void tg_ca_table_put(struct tg_ca *ca, struct tg_ca_transaction *t);

/* ca_answer.c: tells the watch that what the transaction asked for is refused, and why. */
void tg_ca_refused(const struct tg_ca_transaction *t);

/* ca_cmp.c: makes the server context of a transaction. */
enum tg_status tg_ca_server_create(struct tg_ca_transaction *t) TG_MUST_USE;

#endif
