/* Private to flow: what the stages of the desk share (P-5). */
#ifndef TAMGA_FLOW_DESK_H
#define TAMGA_FLOW_DESK_H

#include "documents.h"
#include "parts.h"

extern const struct tg_stage_ops tg_stage_desk_enter, tg_stage_desk_queue, tg_stage_desk_application,
        tg_stage_desk_decide, tg_stage_desk_done, tg_stage_desk_complaint, tg_stage_desk_callback;

/* The staff member's token left: everything is wiped, nothing was decided. True when the journey was at the desk. */
bool tg_desk_lost(struct tg_turn *t);
/* Something is asked of the kiosk: time does not run. */
bool tg_desk_busy(const struct tg_flow_state *s);
/* The PIN of the staff member is being tried: nothing can be stopped. */
bool tg_desk_proving(const struct tg_flow_state *s);
enum tg_secret_slot tg_desk_secret(const struct tg_flow_state *s);
/* From IDLE; false when this kiosk knows no staff. */
bool tg_desk_offered(const struct tg_flow_config *c);
void tg_desk_begin(struct tg_turn *t);
/* On each tick: holds the claim while somebody works. */
void tg_desk_tick(struct tg_turn *t);

void tg_desk_ask(struct tg_turn *t, enum tg_effect_kind effect, enum tg_desk_work work);
/* Back to the queue, unless something is under way. */
void tg_desk_back(struct tg_turn *t);
/* What goes with the decision, on paper; one at a time. */
void tg_desk_print(struct tg_turn *t);
/* The event says that somebody else has the application now, or that it was decided meanwhile. */
bool tg_desk_claim_lost(const struct tg_event *ev);
/* The application is laid down: the clerk's work on it is forgotten. */
void tg_desk_lay_down(struct tg_flow_state *s);
/* It was read: what needs no paper is ticked by itself. */
void tg_desk_take_application(struct tg_turn *t);
/* The form of refused acceptance as far as it is known (desk_refusal.c). */
void tg_desk_prefill(struct tg_turn *t);
/* The fields that the clerk types, in the order of the form; -1 behind the last. */
int tg_desk_typed_of(const struct tg_desk *d, unsigned place);
unsigned tg_desk_n_typed(const struct tg_desk *d);
/* A required one that is empty; -1: none. */
int tg_desk_untyped(const struct tg_desk *d);
bool tg_desk_type(struct tg_desk *d, unsigned field, const struct tg_event *ev);

void tg_desk_take_registers(struct tg_flow_state *s, const struct tg_desk_facts *facts);

/* It may be counted as brought: good at the desk, its date within its term. */
bool tg_desk_good(const struct tg_desk *d, unsigned document);
/* Its date is there and within the term that its rule names; true where no date is asked. */
bool tg_desk_date_fits(const struct tg_desk *d, unsigned document);
bool tg_desk_asks_date(const struct tg_desk *d, unsigned document);
/* The documents that keep it from being complete. */
unsigned tg_desk_missing(const struct tg_desk *d, unsigned out[TG_DOCUMENTS_MAX]);
/* Message ids of what stands in the way of acceptance, but the documents; at most TG_DESK_REASONS_MAX. */
#define TG_DESK_REASONS_MAX 7
unsigned tg_desk_reasons(const struct tg_desk *d, const char *out[TG_DESK_REASONS_MAX]);
bool tg_desk_may_accept(const struct tg_desk *d);
/* Documents of the list that are asked for under the application's conditions; -1 behind the last. */
int tg_desk_document_of(const struct tg_desk *d, unsigned place);
unsigned tg_desk_n_documents(const struct tg_desk *d);

/* Certificates that the application is about (desk_certificates.c). */
bool tg_desk_unlocks(const struct tg_desk_application *a);
bool tg_desk_locks_fit(const struct tg_desk_application *a);
void tg_desk_paint_locks(struct tg_paint *p);
/* There is a button by which the clerk has the old certificate revoked, or looks whether it is. */
bool tg_desk_has_identity(const struct tg_desk *d);
bool tg_desk_identity_seen(const struct tg_desk *d);
void tg_desk_identify(struct tg_turn *t);
void tg_desk_identified(struct tg_turn *t); /* TG_EV_DESK */
void tg_desk_paint_old(struct tg_paint *p);
void tg_desk_paint_identity(struct tg_paint *p);

/* When a term that begins now is over, by its calendar; 0 where none is stated (NCA-4, NCA-11). */
int64_t tg_desk_term_end(const struct tg_provider *p, const struct tg_term *term, int64_t from_ms);

/* Painting. What is under way, or why the last thing was not done. */
void tg_desk_paint_news(struct tg_paint *p);
/* desk_told.c */
void tg_desk_paint_told(struct tg_paint *p);
const char *tg_desk_register_name(struct tg_paint *p, const char *name);
const char *tg_desk_state(struct tg_paint *p, const char *state);
/* The answers of the application with who filled each; focusable. Returns how many. */
void tg_desk_paint_answers(struct tg_paint *p);

#endif
