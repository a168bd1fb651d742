/* Private to flow: what the ways other than "on the spot, with a card" share (tamga/ways.h). */
#ifndef TAMGA_FLOW_WAYS_H
#define TAMGA_FLOW_WAYS_H

#include "parts.h"

/* How long a screen waits for the centre's verdict on a signature. */
#define TG_JUDGE_WAIT_MS 45000

extern const struct tg_stage_ops tg_stage_judging, tg_stage_status, tg_stage_pending, tg_stage_request, tg_stage_about,
        tg_stage_ticket;

/* The proof of the way that was chosen; "chip" where the kind has no ways. */
bool tg_proof_is(const struct tg_flow_state *s, const char *proof);
/* Of the service that was chosen; false while none is. */
bool tg_operation_is(const struct tg_flow_state *s, const char *operation);
/* Key pairs are made on a card and certificates issued at the end. */
bool tg_makes_keys(const struct tg_flow_state *s);
/* Nothing but the chip says who asks: no clerk looks at the application, and no certificate signs it (K-4). */
bool tg_chip_must_prove(const struct tg_flow_state *s);
/* The chip was read, is proven, and names an IIN. Of this visit: the card may have left since. */
bool tg_identity_proven(const struct tg_flow_state *s);
/* It must, it is not, and nothing is recorded yet: an identity card comes before everything else. */
bool tg_identity_wanted(const struct tg_flow_state *s);
/* The kind's first way here on which a clerk checks what was typed; NULL: none. */
const struct tg_way *tg_way_with_papers(const struct tg_flow_config *c, const struct tg_flow_state *s);
/* What the button says that goes on without the chip, and what it does. */
const char *tg_document_by_hand(const struct tg_flow_config *c, const struct tg_flow_state *s);
void tg_document_without(struct tg_turn *t);
/* CARRIERS has something to ask (stage_carriers.c). */
bool tg_carriers_asked(const struct tg_flow_state *s);
/* No keys are to be made, or they can go onto something else than carriers of this purpose. */
bool tg_carriers_beside(const struct tg_flow_state *s, const char *purpose);
/* The card in the reader is of the kind that the certificates go onto: before the application is recorded the first of
 * state.carriers, afterwards any of them; where nothing was chosen, of the kind's. */
bool tg_carrier_fits(const struct tg_flow_state *s);
/* Message id of what is to be inserted; `id` may be used for it. */
const char *tg_carrier_insert(const struct tg_flow_state *s, char id[48]);
/* A PIN is asked for before the application is handed in: for the chip work, or for its signature. */
bool tg_pin_before_submitting(const struct tg_flow_state *s);
/* DOS-4 (changed.c): the answer that is another than in the old certificate, where none may be; `was` what stands
 * there. NULL: none that this kiosk can see. */
const struct tg_field *tg_changed_field(const struct tg_flow_state *s, const char **was);
/* The service for whoever has changed, or NULL; and the way there. */
const struct tg_question_option *tg_changed_leads(const struct tg_flow_state *s);
void tg_changed_follow(struct tg_turn *t);
void tg_paint_changed(struct tg_paint *p);
/* Where the choice of a service leads, by what it opens. */
enum tg_stage tg_stage_of_service(const struct tg_service *service);
/* Where the choices of service, kind, way and questions lead: a card, a token with a certificate, or the form. */
enum tg_stage tg_stage_after_choices(const struct tg_flow_state *s);
/* Where the consents lead: the PIN, or the application is handed in. */
enum tg_stage tg_stage_after_consent(const struct tg_flow_state *s);
/* Where an application leads that is recorded: chip work, waiting for the centre's verdict, or the result. */
enum tg_stage tg_stage_after_submitting(const struct tg_flow_state *s);
/* When the result is promised for what is handed in at `accepted_ms` (NCA-4, NCA-11): by the provider's term for the
 * service and its working calendar. 0: no term is stated, as for the portal's way by signature. */
int64_t tg_state_promised_ms(const struct tg_flow_state *s, int64_t accepted_ms);
/* When so many working days after `from_ms` are over, by the term's calendar; 0: it has none, or counts none. */
int64_t tg_working_days_end(const struct tg_provider *p, const struct tg_term *term, int64_t from_ms);
/* The certificate on the token signs the application (NCA-9.again), or the head's decision. */
bool tg_signs(const struct tg_flow_state *s);
/* The token that is looked for is to sign: an application, or the decisions of a head who enters. */
bool tg_signs_here(const struct tg_flow_state *s);

/* What became of the application on the screen: name of its state, "" before anything is known. */
const char *tg_outcome(const struct tg_flow_state *s);
bool tg_outcome_is(const struct tg_flow_state *s, const char *state);
/* Its facts came with an event: kept, with its times. */
void tg_take_facts(struct tg_flow_state *s, const struct tg_event *ev);
/* The provider's service of this operation that has a form; NULL if none. */
const struct tg_service *tg_service_of(const struct tg_provider *p, const char *operation);
/* Provider, service and kind by their ids; false when the catalogue has no such. Answers begin anew. */
bool tg_state_choose_ids(const struct tg_flow_config *c, struct tg_flow_state *s, const char *provider,
        const char *service, const char *kind);
/* An earlier application becomes that of the journey: provider, service, kind, way, questions, form. False when it is
 * of other screen data. */
bool tg_state_take_application(
        const struct tg_flow_config *c, struct tg_flow_state *s, const struct tg_application_answers *a);
/* Fields that the certificate at hand can fill (struct tg_field, `certificate`). */
void tg_fill_from_certificate(struct tg_flow_state *s, const struct tg_held_certificate *c);

/* Painting. */
/* The message of a state. The same one means something else where nobody brings papers and no card is written to (an
 * order, an unlocking, a key in the cloud): such an operation may have its own, PREFIX.OPERATION.STATE. */
#define TG_STATE_MESSAGE 64
void tg_state_message(struct tg_paint *p, const char *prefix, const struct tg_service *service,
        const struct tg_kind *kind, const char *state, char id[TG_STATE_MESSAGE]);
void tg_paint_state(struct tg_paint *p, const struct tg_application_facts *f); /* in plain words, and what to do next */
void tg_paint_answers(struct tg_paint *p, bool focusable); /* every question of the form that is asked */

#endif
