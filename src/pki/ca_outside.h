/* Private: a CA elsewhere, before which ours stands (struct tg_ca_outside). */
#ifndef TAMGA_PKI_CA_OUTSIDE_H
#define TAMGA_PKI_CA_OUTSIDE_H

#include "ca_parts.h"
#include "der.h"

struct tg_ca_transaction;

bool tg_ca_is_relay(const struct tg_ca *ca);
/* Reads its chain. TG_CONFIG. */
enum tg_status tg_ca_outside_open(struct tg_ca *ca, struct tg_error *err) TG_MUST_USE;
/* Without the lock. rr, protected by the centre's own certificate; "revoked already" is as good. */
enum tg_status tg_ca_outside_revoke(
        struct tg_ca *ca, const struct tg_ca_record *r, int reason, struct tg_error *err) TG_MUST_USE;
/* Without the lock: sends what the transaction holds on, as it came. */
enum tg_status tg_ca_outside_ask(struct tg_ca *ca, const struct tg_ca_transaction *t, struct tg_bytes request,
        struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;
/* With the lock: what the answer says is written down. Anything but TG_OK: the answer must not reach the kiosk. `err`
 * may tell of a refusal that does. `open`: the exchange goes on. */
enum tg_status tg_ca_outside_take(struct tg_ca *ca, struct tg_ca_transaction *t, struct tg_bytes answer, bool *open,
        struct tg_error *err) TG_MUST_USE;
/* Whether a certConf takes the certificate. */
bool tg_ca_outside_accepts(const struct tg_cmp_peek *m);

#endif
