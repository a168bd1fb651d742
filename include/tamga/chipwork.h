/* Layer: flow. Chip work as a transaction (K-8, design.md §2.4): what has been begun and done for one application, read
 * from its journal entries, and what comes next. Pure: the kiosk does the steps and writes the entries.
 *
 * Where an application has two carriers (NCA-6: the identity card and the SIM) everything is done on the first, down to
 * the last proof, before anything is begun on the second; sweeping and undoing are of one carrier, and the second may
 * be left out as long as no certificate for it was received.
 *
 *   for each key: generate ► request ► enrol ► write ► prove, all keys generated before the first request, so that the
 *   card is asked for its slow work once. A renewal is the same beside the old pair, which signs the request (kur); a
 *   replacement then retires the old pair, not before every new one is proven. Each step has an intent entry before it
 * is done and a done entry after. */
#ifndef TAMGA_CHIPWORK_H
#define TAMGA_CHIPWORK_H

#include "tamga/flow.h"

enum tg_chip_mark { TG_MARK_NONE, TG_MARK_BEGUN, TG_MARK_DONE };

struct tg_chip_key {
	const struct tg_key_plan *plan;
	unsigned carrier; /* index of the one it is made on */
	uint8_t id[8];    /* CKA_ID: from number and plan, the same at every try */
	char id_hex[17];
	enum tg_chip_mark marks[TG_CHIP_STEP_COUNT];
	struct tg_buf spki, request, certificate; /* DER, from the done entries */
};

struct tg_chip_work {
	char number[TG_NUMBER_MAX];
	char language[8];
	struct tg_work_carrier carriers[TG_WORK_CARRIERS_MAX];
	unsigned n_carriers;                  /* at least 1 once it was submitted */
	char conditions[TG_CONDITIONS_BYTES]; /* of the application: which of the form's keys are made */
	bool carrier_later; /* the application names no carrier: it is the one that the work begins on */
	bool renews;        /* asked for with the old key */
	bool retires;       /* the old pair is removed at the end */
	uint8_t old_id[20]; /* CKA_ID of the old pair */
	size_t old_id_len;
	char old_label[64];
	struct tg_buf old_certificate; /* DER */
	const struct tg_provider *provider;
	const struct tg_form *form;
	struct tg_chip_key keys[TG_FLOW_KEYS_MAX];
	unsigned n_keys;
	bool delivered, undone;
	bool left_out; /* delivered without the last carrier */
	int64_t accepted_ms;
	struct json_t *application; /* body of application.submitted; owned */
};

void tg_chip_work_init(struct tg_chip_work *w);
void tg_chip_work_finish(struct tg_chip_work *w);
/* Takes one entry of the application, in order; kinds that mean nothing here are passed over. TG_INVALID for a body
 * that is no application of this catalogue. */
enum tg_status tg_chip_work_apply(
        struct tg_chip_work *w, const struct tg_catalog *catalog, const struct tg_entry *e) TG_MUST_USE;

/* The card at hand is to be carrier `c`. The first of an application that names none (it was handed in with papers) is
 * the one that the work begins on: which key pairs there are depends on what the card is for. TG_CARD_OTHER: the work
 * on this carrier was begun on another card, or is for another kind of card; TG_INVALID: no key of the form is made on
 * such a card. */
enum tg_status tg_chip_work_adopt(struct tg_chip_work *w, unsigned c, const struct tg_work_carrier *card) TG_MUST_USE;

/* The next step. False when all is proven (deliver now). */
bool tg_chip_work_next(const struct tg_chip_work *w, enum tg_chip_step *step, unsigned *key);
/* The carrier of the next step; n_carriers when there is none. */
unsigned tg_chip_work_at(const struct tg_chip_work *w);
/* Key pairs of this application may lie on the carrier. */
bool tg_chip_work_touched(const struct tg_chip_work *w, unsigned c);
/* A generation on this carrier was begun and its end is not known: what a broken-off card left behind must be swept
 * first. */
bool tg_chip_work_needs_sweep(const struct tg_chip_work *w, unsigned c);
/* Nothing has been asked of the CA yet: the keys may be removed and nothing remains. Afterwards a certificate may exist
 * that somebody could rely on, and the work can only be finished. */
bool tg_chip_work_can_undo(const struct tg_chip_work *w);

/* The first carrier is finished, and no certificate for the last one was received: the keys on it, if there are any,
 * can be removed, and the application be delivered without it. What the CA may have issued and nobody fetched is of no
 * use to anybody: its key is gone. */
bool tg_chip_work_can_leave_out(const struct tg_chip_work *w);
/* What a journey must know of it. */
void tg_chip_work_facts(const struct tg_chip_work *w, struct tg_work_facts *out);

/* The step failed at the network, the centre or the CA: nothing is wrong with the card or the person, the application
 * is kept and its step is done again later. A refusal by the CA is not among them: whether that ends the application
 * depends on what the CA has issued already. */
bool tg_chip_work_waits(enum tg_status status);

/* Answer of a field of the application; NULL when there is none. ctx is the work: fits tg_answer_get of pki.h. */
const char *tg_chip_work_answer(const char *field_id, const void *work);

/* Bodies of the entries (record.h). `der` and `member` NULL for an intent; `code` TG_OK for a step that was done. An
 * undo is of the carrier of `key`. */
enum tg_status tg_chip_work_json(const struct tg_chip_work *w, enum tg_chip_step step, unsigned key, const char *member,
        struct tg_bytes der, struct tg_buf *out) TG_MUST_USE;

#endif
