/* The cabinet's side of the kiosk (DOS-8, DOS-9, DOS-10): devices and certificates of the token worker, news and
 * applications of the store, and the certificates themselves, which the flow knows by their SHA-256 only. */
#ifndef KIOSK_CABINET_H
#define KIOSK_CABINET_H

#include "kiosk.h"

struct kiosk_certificate {
	char sha256[65];
	uint8_t id[TG_KEY_ID_MAX];
	size_t id_len;
	char label[64];
	struct tg_buf der;
};
/* What the chosen token holds. */
struct kiosk_held {
	struct kiosk_certificate list[TG_HELD_CERTIFICATES_MAX];
	unsigned n;
};
/* Both take NULL, and wipe. */
void kiosk_held_free(struct kiosk_held *held);
void kiosk_certificate_free(struct kiosk_certificate *c);
/* A copy of the certificate with this SHA-256; NULL when there is none, or no memory. The loop's. */
struct kiosk_certificate *kiosk_certificate_dup(const struct kiosk *k, const char *sha256);

/* Posts an event that brings facts, and with TG_EV_CERTIFICATES the certificates; owns both from here on. */
void kiosk_post_cabinet(
        struct kiosk *k, const struct tg_event *event, struct tg_cabinet_facts *facts, struct kiosk_held *held);
struct tg_cabinet_facts *kiosk_facts_new(void); /* NULL: reported as a bug */

/* Logs in on the chosen token with the job's PIN, which is wiped; the try is in the journal. On the token worker. */
enum tg_status kiosk_log_in(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err) TG_MUST_USE;
/* A job with a copy of the certificate that was chosen, if there is one. */
struct kiosk_job *kiosk_job_with_certificate(struct kiosk *k, void (*work)(struct kiosk_job *job));

/* Effects, started by the loop. */
void kiosk_start_devices(struct kiosk *k);
void kiosk_start_certificates(struct kiosk *k);
void kiosk_start_enter(struct kiosk *k);
void kiosk_start_cabinet(struct kiosk *k);

/* What is in the wanted reader, with its certificates; on the token worker. */
enum tg_status kiosk_look_at_token(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err) TG_MUST_USE;
/* The counts of wrong PINs for a certificate. Not on the store worker. */
enum tg_status kiosk_lock_of(
        const struct kiosk_job *job, struct tg_held_certificate *c, struct tg_error *err) TG_MUST_USE;
/* Before its key is used: TG_CERT_REVOKED when the centre told that it is, whether or not it can be asked now. Not on
 * the store worker. */
enum tg_status kiosk_not_revoked(struct kiosk *k, const char *sha256, struct tg_error *err) TG_MUST_USE;
/* ,"old":{…} of application.submitted, into a body that ends with '}'. */
enum tg_status kiosk_add_old(const struct kiosk_certificate *old, struct tg_buf *json) TG_MUST_USE;

#endif
