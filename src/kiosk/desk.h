/* The desk's side of the kiosk (P-5): questions to the centre through the agent, the clerk's decisions in this kiosk's
 * own journal, the papers that go with them. A field set that does not reach the centre works on what was handed in
 * here. */
#ifndef KIOSK_DESK_H
#define KIOSK_DESK_H

#include "kiosk.h"

#include <jansson.h>

/* Effects, started by the loop. */
void kiosk_start_desk_token(struct kiosk *k); /* staff.c */
void kiosk_start_desk_queue(struct kiosk *k);
void kiosk_start_desk_read(struct kiosk *k);
void kiosk_start_desk_claim(struct kiosk *k);
void kiosk_start_desk_registers(struct kiosk *k);
void kiosk_start_desk_decide(struct kiosk *k);
void kiosk_start_desk_move(struct kiosk *k);
void kiosk_start_desk_print(struct kiosk *k);

/* Posts an event that brings facts; owns them from here on. */
void kiosk_post_desk(struct kiosk *k, const struct tg_event *event, struct tg_desk_facts *facts);

/* Asks the centre with one member "number" and, when `staff`, the clerk's; a new reference, or NULL with `err`. */
enum tg_status kiosk_desk_ask(struct kiosk_job *job, const char *path, const char *number, bool staff, json_t **out,
        struct tg_error *err) TG_MUST_USE;
/* Nobody to be asked: the agent or the centre is not there. */
bool kiosk_desk_offline(enum tg_status status);

/* What was decided or withdrawn here meanwhile is not decided again. TG_CLAIMED, TG_CARD_STATE. */
enum tg_status kiosk_desk_still_ours(struct kiosk_job *job, struct tg_error *err) TG_MUST_USE;

/* desk_facts.c: what the centre, or the own journal, tells, as the journey knows it. Pure. */
bool kiosk_desk_row(const struct tg_catalog *c, const json_t *from, const char *own_serial, struct tg_desk_row *out);
/* `body`: of application.submitted. TG_NOT_FOUND for what this kiosk's data do not know; TG_CENTRE_GARBAGE. */
enum tg_status kiosk_desk_application(const struct tg_catalog *c, const json_t *body, struct tg_desk_application *out,
        struct tg_error *err) TG_MUST_USE;
/* `answer`: of the path "read": head, signature. */
void kiosk_desk_proofs(const json_t *body, const json_t *answer, struct tg_desk_application *out);
void kiosk_desk_registers(const json_t *list, struct tg_desk_application *out);
/* `list`: of the path "locks". */
void kiosk_desk_locks(const json_t *list, struct tg_desk_application *out);
/* Of a reissue: what became of its old certificate. */
void kiosk_desk_old(const json_t *body, const json_t *answer, struct tg_desk_application *out);

/* desk_local.c: the same without the centre, on the store's worker's turn. */
/* Not on the store worker. */
void kiosk_desk_told(struct kiosk *k, struct tg_desk_told *out);
enum tg_status kiosk_desk_local_queue(struct kiosk *k, struct tg_desk_queue *out, struct tg_error *err) TG_MUST_USE;
enum tg_status kiosk_desk_local_read(
        struct kiosk *k, const char *number, struct tg_desk_application *out, struct tg_error *err) TG_MUST_USE;

/* desk_refusal.c: the form of refused acceptance with its answers, by index in the form. */
struct kiosk_refusal {
	const struct tg_form *form;
	char values[TG_DESK_REFUSAL_MAX][TG_VALUE_MAX];
};
void kiosk_desk_refusal(const struct kiosk_job *job, struct kiosk_refusal *out);
const char *kiosk_refusal_answer(const char *field_id, const void *ctx); /* ctx: a struct kiosk_refusal */

/* desk_write.c: the body of desk.decided. */
json_t *kiosk_desk_documents(const struct tg_desk *d);
enum tg_status kiosk_desk_decision_json(const struct kiosk_job *job, struct tg_buf *out) TG_MUST_USE;

#endif
