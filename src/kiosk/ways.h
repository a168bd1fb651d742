/* The ways other than "on the spot with a card", on the kiosk's side: signing an application with the person's own
 * certificate, what the centre made of it, applications by their number, the head's requests (tamga/ways.h). */
#ifndef KIOSK_WAYS_H
#define KIOSK_WAYS_H

#include "cabinet.h"

struct json_t;

/* NULL: reported as a bug. Posting owns them from then on; `pending` (a JSON text, may be NULL) too. */
struct tg_ways_facts *kiosk_ways_new(void);
void kiosk_post_ways(struct kiosk *k, const struct tg_event *event, struct tg_ways_facts *facts, char *pending);

/* One question to the centre (link.h), through the agent; takes `question`. On any worker but the store's. */
enum tg_status kiosk_ask_json(struct kiosk *k, const char *path, struct json_t *question, struct json_t **out,
        struct tg_error *err) TG_MUST_USE;

/* The application's row as the screen knows it. */
void kiosk_facts_of_row(const struct kiosk *k, const struct tg_app_row *row, struct tg_application_facts *out);

/* What a signature stands over (record.h, application.submitted, application.signed): JSON made of the application's
 * body, the time, and `more`: an object whose members are added, or NULL. Holds personal data: tg_buf_wipe. */
enum tg_status kiosk_signed_content(
        const char *body, int64_t at_ms, struct json_t *more, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* The CMS over `content` by a certificate of the token that is logged in. On the token worker. */
enum tg_status kiosk_cms(struct kiosk *k, const struct kiosk_certificate *c, struct tg_bytes content,
        struct tg_buf *cms, struct tg_error *err) TG_MUST_USE;
/* Adds `signed` (Base64) to a body; NULL or empty: nothing. */
enum tg_status kiosk_add_signature(struct tg_buf *body, const struct tg_buf *cms, struct tg_error *err) TG_MUST_USE;
/* Logs in with the job's PIN on the chosen token and signs `content` with the job's certificate; logged out again. On
 * the token worker. */
enum tg_status kiosk_sign(struct kiosk_job *job, struct tg_token_info *info, struct tg_bytes content,
        struct tg_buf *cms, struct tg_error *err) TG_MUST_USE;
/* Whether this public key (DER SubjectPublicKeyInfo) may be asked a certificate for: TG_KEY_USED when one was issued
 * for it; TG_OK also when nobody can be asked, for the CA looks too (K-16). Not on the store worker. */
enum tg_status kiosk_key_is_free(struct kiosk *k, struct tg_bytes spki, struct tg_error *err) TG_MUST_USE;
/* The same of a request: PEM or Base64; its key is nobody's fault until it is known to be used. */
enum tg_status kiosk_request_is_free(struct kiosk *k, const char *text, struct tg_error *err) TG_MUST_USE;
/* TG_CERT_OTHER_PERSON unless the certificate's person, or entity, is the application's. */
enum tg_status kiosk_certificate_fits(
        const struct kiosk_certificate *c, const char *body, struct tg_error *err) TG_MUST_USE;

/* Effects, started by the loop. */
void kiosk_start_signed_submit(struct kiosk *k);
void kiosk_start_verdict(struct kiosk *k);
void kiosk_start_status(struct kiosk *k);
void kiosk_start_open(struct kiosk *k);
void kiosk_start_application(struct kiosk *k);
void kiosk_start_withdraw(struct kiosk *k);
void kiosk_start_pending(struct kiosk *k);
void kiosk_start_request(struct kiosk *k);
void kiosk_start_decide(struct kiosk *k);

#endif
