/* The token that keeps the GOST issuers' keys (src/decisions/0267): tamga-token, the child that drives tokens for a
 * kiosk, drives it here. A token that is away, or a PIN that it refused, is told once, in the log and in the audit
 * journal, and looked for again with the next signature, at most every ten seconds. A PIN that it refused is not tried
 * again, also not after a start: until the file has another, no try is spent. */
#ifndef CENTRE_GOST_TOKEN_H
#define CENTRE_GOST_TOKEN_H

#include "audit.h"
#include "centre.h"
#include "tamga/token.h"

struct tg_gost_token {
	struct tg_token *token;
	const struct tg_centre_options *o;
	struct tg_audit *audit;
	char refused[TG_CENTRE_PATH + 32]; /* file: the PIN that the token refused, as a salted hash */
	bool in;
	bool told; /* that it is away */
	int64_t again_ms;
	struct tg_error last;
};
/* Without --gost-token nothing. The token need not be there. `audit` and `o` outlive it. */
enum tg_status tg_gost_token_open(struct tg_gost_token *g, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, struct tg_audit *audit, struct tg_error *err) TG_MUST_USE;
void tg_gost_token_close(struct tg_gost_token *g);
/* For tg_ca_config: within the CA's lock, which is its only one. Empty without --gost-token. */
struct tg_ca_keeper tg_gost_token_port(struct tg_gost_token *g);

#endif
