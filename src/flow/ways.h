/* Private to flow: what the ways other than "on the spot, with a card" share (tamga/ways.h). */
#ifndef TAMGA_FLOW_WAYS_H
#define TAMGA_FLOW_WAYS_H

#include "parts.h"

extern const struct tg_stage_ops tg_stage_judging, tg_stage_status, tg_stage_pending, tg_stage_request, tg_stage_about,
        tg_stage_ticket;

/* The proof of the way that was chosen; "chip" where the kind has no ways. */
bool tg_proof_is(const struct tg_flow_state *s, const char *proof);
/* Of the service that was chosen; false while none is. */
bool tg_operation_is(const struct tg_flow_state *s, const char *operation);
/* Key pairs are made on a card and certificates issued at the end. */
bool tg_makes_keys(const struct tg_flow_state *s);
/* Nothing but the chip says who stands here, and it was not read and proven: this way leads no further. Where keys are
 * made the card's PIN speaks for the person as well. */
bool tg_chip_must_prove(const struct tg_flow_state *s);
/* What the button says that goes on without the chip. */
const char *tg_document_by_hand(const struct tg_flow_state *s);
/* A PIN is asked for before the application is handed in: for the chip work, or for its signature. */
bool tg_pin_before_submitting(const struct tg_flow_state *s);
/* Where the choice of a service leads, by what it opens. */
enum tg_stage tg_stage_of_service(const struct tg_service *service);
/* Where the choices of service, kind, way and questions lead: a card, a token with a certificate, or the form. */
enum tg_stage tg_stage_after_choices(const struct tg_flow_state *s);
/* Where the consents lead: the PIN, or the application is handed in. */
enum tg_stage tg_stage_after_consent(const struct tg_flow_state *s);
/* Where an application leads that is recorded: chip work, waiting for the centre's verdict, or the result. */
enum tg_stage tg_stage_after_submitting(const struct tg_flow_state *s);
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
/* The answers of an earlier application become those of the state's form. */
void tg_take_answers(struct tg_flow_state *s, const struct tg_application_answers *a);
/* The answers to the kind's questions that set these conditions (words separated by spaces). */
void tg_state_take_conditions(struct tg_flow_state *s, const char *words);
/* Fields that the certificate at hand can fill (struct tg_field, `certificate`). */
void tg_fill_from_certificate(struct tg_flow_state *s, const struct tg_held_certificate *c);

/* Painting. */
void tg_paint_state(struct tg_paint *p, const struct tg_application_facts *f); /* in plain words, and what to do next */
void tg_paint_facts_times(struct tg_paint *p, const struct tg_application_facts *f);
void tg_paint_answers(struct tg_paint *p, bool focusable); /* every question of the form that is asked */

#endif
