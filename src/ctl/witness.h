#ifndef TG_CTL_WITNESS_H
#define TG_CTL_WITNESS_H

#include "ctl.h"
#include "tamga/store.h"
#include "tamga/sync.h"

struct ctl_witness {
	const char *channel_ca;
	struct tg_ack_key *ack_key;
	struct tg_verify_options options; /* ctx is this; `against` is the caller's to set */
};
/* PEM files, both may be NULL. Stays where it is until it is closed. */
enum tg_status ctl_witness_open(
        struct ctl_witness *w, const char *channel_ca, const char *ack_key, struct tg_error *err) TG_MUST_USE;
void ctl_witness_close(struct ctl_witness *w);
/* The verdict of a verification, printed. */
enum ctl_exit ctl_say_verified(const struct tg_verify_report *r, enum tg_status st, const struct tg_error *err);

#endif
