/* The kiosk's side of documents, PIN work and staff (K-4, K-5, P-5). */
#ifndef KIOSK_STAFF_H
#define KIOSK_STAFF_H

#include "kiosk.h"

/* pinwork.c. The loop's secrets, one for each slot. */
enum tg_status kiosk_secrets_create(struct kiosk *k) TG_MUST_USE;
void kiosk_secrets_destroy(struct kiosk *k);
void kiosk_secrets_wipe(struct kiosk *k);
void kiosk_keep_pin(struct kiosk *k);
void kiosk_clear_new(struct kiosk *k);
/* One of them moves into the job. */
void kiosk_job_take(struct kiosk_job *job, enum tg_secret_slot slot);
/* What is typed on the PIN screen is the PIN that the maker prints in its manual. */
bool kiosk_pin_is_factory(const struct kiosk *k);
void kiosk_judge_pin(struct kiosk *k);
void kiosk_start_pin_change(struct kiosk *k);
void kiosk_start_unblock(struct kiosk *k);
/* On the token worker, after a login: PIN work that was broken off is over. */
void kiosk_pin_settled(struct kiosk_job *job);

/* document.c */
void kiosk_start_reading(struct kiosk *k);

/* stafflist.c: SHA-256 of certificates, one a line; `#` begins a comment. */
enum tg_status kiosk_staff_load(struct kiosk_staff_list *out, const char *path, struct tg_error *err) TG_MUST_USE;
void kiosk_staff_free(struct kiosk_staff_list *staff);
bool kiosk_staff_knows(const struct kiosk_staff_list *staff, const char *sha256);

/* desk_office.c */
enum tg_status kiosk_office_load(struct kiosk_office *out, const char *path, struct tg_error *err) TG_MUST_USE;

/* staff.c */
void kiosk_start_staff_token(struct kiosk *k);
void kiosk_start_staff_prove(struct kiosk *k);

#endif
