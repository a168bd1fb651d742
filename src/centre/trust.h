/* Certificates that clients show. GnuTLS brings them; OpenSSL judges them, because it checks an ECDSA signature in a
 * third of the time, and a fleet that comes back all at once pays for each (src/decisions/0259). */
#ifndef CENTRE_TRUST_H
#define CENTRE_TRUST_H

#include "tamga/record.h"
#include "tamga/registry.h"

struct tg_trust;
/* `cas_pem`: the channel CAs. TG_CONFIG: none of them can be read. */
enum tg_status tg_trust_open(struct tg_trust **out, struct tg_bytes cas_pem, struct tg_error *err) TG_MUST_USE;
void tg_trust_close(struct tg_trust *t); /* takes NULL */

struct tg_shown {
	uint8_t fingerprint[TG_FINGERPRINT_LEN];
	int64_t until_ms;
	char name[TG_KIOSK_MAX + 1]; /* "" when it names no kiosk */
};
/* From any thread, by the machine's clock. TG_OK: a channel CA signed it, for clients, with a strong key.
 * TG_CHANNEL_EXPIRED: nothing but its end is wrong. TG_KIOSK_UNKNOWN: everything else; `out` says nothing then. */
enum tg_status tg_trust_judge(const struct tg_trust *t, struct tg_bytes der, struct tg_shown *out) TG_MUST_USE;

#endif
