/* Layer: flow. What lies between the consent and the result where a card is not written at once: an application that a
 * clerk decides, one that the centre judges by its signature, one that waits for the head; and what is known of any
 * application by its number (K-15, NCA-9.again, NCA-9.head, NCA-9.R1 … R3). Plain values; personal data: erased with
 * the state that holds them.
 *
 *   consent ─┬─► pin ► submitting ─┬─► working ► result                      proof "chip"
 *            │                     ╰─► judging ─┬─► working ► result          proof "signature", and every revocation
 *            │                                  ╰─► result                    that no clerk decides
 *            ├─► pin ► submitting ► working ► judging ─┬─► working ► result  proof "signature" with keys to make: the
 *            │                                         ╰─► working ► result  keys, the signature with them, the
 * verdict; │                                                               refused, the keys leave the card again ╰─►
 * submitting ► result                                         proof "desk"; paper; complaint service ─┬─► status ─┬─►
 * carrier ► pin ► working ► result                 an accepted application goes on │           ├─► form … a new
 * application in place of the old one │           ╰─► form of a complaint about it ├─► devices ► company ► enter ►
 * pending ► request ► pin ► submitting ► pending     the head ╰─► about */
#ifndef TAMGA_WAYS_H
#define TAMGA_WAYS_H

#include "tamga/record.h"
#include "tamga/screen.h"
#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

#define TG_PENDING_MAX      16
#define TG_SERIALS_SHOWN    8
#define TG_CONDITIONS_BYTES 512

/* Names of the states of an application (store.h) that a journey tells apart. */
#define TG_STATE_CONFIRMING   "confirming"
#define TG_STATE_DECLINED     "declined"
#define TG_STATE_AT_DESK      "at-desk"
#define TG_STATE_VERIFYING    "verifying"
#define TG_STATE_ACCEPTED     "accepted"
#define TG_STATE_NOT_ACCEPTED "not-accepted"
#define TG_STATE_REFUSED      "refused"
#define TG_STATE_ISSUED       "issued"
#define TG_STATE_DELIVERED    "delivered"
#define TG_STATE_REVOKED      "revoked"
#define TG_STATE_UNDONE       "undone"
#define TG_STATE_CANCELLED    "cancelled"
#define TG_STATE_RECORDED     "recorded"
#define TG_STATE_SUBMITTED    "submitted"

/* What is known of an application by its number (K-15). No personal data. */
struct tg_application_facts {
	char number[TG_NUMBER_MAX];
	char provider[32], service[32], kind[32], form[32], way[32];
	char state[16];     /* its name */
	char ground[48];    /* of a refusal: id of a struct tg_ground, or "" */
	char complaint[24]; /* state of a complaint about it, or "" */
	char without[16];   /* what the carrier is for that it was delivered without (NCA-6), or "" */
	int64_t accepted_ms, sent_ms, registered_ms, promised_ms, changed_ms;
	int code; /* of the last decision that was not good: a status, or 0 */
	char currency[8];
	int64_t due, rest; /* what it costs and what of it is still to be paid, in hundredths (DOS-7); 0: nothing */
	bool order;        /* taken from a balance when it is accepted (DOS-3) */
	char serials[TG_SERIALS_SHOWN][48];
	unsigned n_serials; /* of the certificates that were revoked */
	bool reissues;      /* its old certificate is revoked as soon as it is proven who asks (UBR-2) */
	int64_t revoked_ms; /* when the centre had dealt with that; 0: not yet, or not known here */
	int revoked_code;   /* what came of it: a status, or 0 */
	bool by_centre;     /* the centre's word; else what this kiosk itself knows */
	bool ours;          /* handed in at this kiosk: its answers are here */
};

/* One line of the head's list. */
struct tg_pending_request {
	char number[TG_NUMBER_MAX], form[32], kind[32];
	char name[160]; /* of the employee, cleaned */
	int64_t accepted_ms;
};

/* An application as it was handed in, to be read again. */
struct tg_application_answers {
	char number[TG_NUMBER_MAX], provider[32], service[32], kind[32], form[32], way[32];
	char conditions[TG_CONDITIONS_BYTES]; /* words separated by spaces */
	struct {
		char field[48];
		char value[TG_VALUE_MAX];
	} list[TG_FORM_FIELDS_MAX];
	unsigned n;
};

/* What an event brings; only the part that the event is about is filled. */
struct tg_ways_facts {
	struct tg_application_facts application;
	struct tg_pending_request pending[TG_PENDING_MAX];
	unsigned n_pending;
	struct tg_application_answers answers;
};

#endif
