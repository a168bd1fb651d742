/* Proofs of the centre's tree and signed heads, of the sender's thread. */
#ifndef AGENT_TRUST_H
#define AGENT_TRUST_H

#include "agent.h"

struct tg_trust {
	const struct tg_agent_config *config;
	struct tg_error said;     /* the last trouble with a proof that was logged */
	enum tg_status sign_said; /* with a signature */
	bool begun;               /* this run has signed, or found it signed */
	uint64_t signed_seq;      /* of the newest head.signed that is known */
	int64_t signed_ms;        /* monotonic */
};
/* Asks for a proof if one is due and nothing is to be sent. TG_TREE_OTHER: the sender has halted; else TG_OK. */
enum tg_status tg_trust_prove(struct tg_trust *t, struct tg_sync *s) TG_MUST_USE;
/* Signs the head if it is time; true: there is an entry to be sent. */
bool tg_trust_sign(struct tg_trust *t, struct tg_sync *s);

#endif
