/* One run of chip work: shared by chip.c, which decides what comes next, and chip_steps.c, which does the steps. On the
 * token worker; the store is asked through its own worker, the CA through the agent's socket. */
#ifndef KIOSK_CHIP_H
#define KIOSK_CHIP_H

#include "cabinet.h"

#include <time.h>

struct kiosk_chip {
	struct kiosk_job *job;
	struct kiosk *k;
	struct tg_chip_work work;
	struct tg_app_row row; /* how the application stood when the run began */
	struct tg_token_info info;
	const struct tg_carrier *carrier;
	unsigned at;  /* index of the carrier at hand */
	unsigned key; /* the one at hand */
	struct tg_error err;
	int64_t card_us, ca_us; /* spent waiting for the carrier and for the CA: what is left is our own share */
	int64_t journal_us;     /* of our own: until entries were durable */
};

static inline int64_t kiosk_chip_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Adds the time since `begin` to a sum, and hands on the result of the call that took it. */
static inline enum tg_status kiosk_chip_spent(int64_t *sum, int64_t begin, enum tg_status status)
{
	*sum += kiosk_chip_now() - begin;
	return status;
}

static inline struct tg_bytes kiosk_bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

struct tg_key_ref kiosk_chip_ref(const struct tg_chip_key *key);
void kiosk_chip_show(struct kiosk_chip *r, enum tg_chip_step step, enum tg_step_state state);
enum tg_status kiosk_chip_append(struct kiosk_chip *r, enum tg_record_kind kind, const char *json) TG_MUST_USE;
/* An entry about a step, folded into the work too, so that memory and journal cannot disagree. */
enum tg_status kiosk_chip_record(struct kiosk_chip *r, enum tg_record_kind kind, enum tg_chip_step step,
        const char *member, const struct tg_buf *der) TG_MUST_USE;
/* An entry about the application that says nothing but a code. */
enum tg_status kiosk_chip_note(struct kiosk_chip *r, enum tg_record_kind kind, enum tg_status code) TG_MUST_USE;
/* One step of key r->key: intent, work, done. */
enum tg_status kiosk_chip_step(struct kiosk_chip *r, enum tg_chip_step step) TG_MUST_USE;

/* chip_sign.c: signs the application with its new keys, and writes that down (NCA-9.again). */
enum tg_status kiosk_chip_sign(struct kiosk_chip *r) TG_MUST_USE;
const char *kiosk_chip_signer(const struct tg_chip_work *w); /* SHA-256 of its certificate, or "" */

#endif
