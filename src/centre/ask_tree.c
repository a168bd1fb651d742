/* A kiosk asks for proof that the tree it is told is the one it was told before, only longer, and holds its entry
 * (C-1). Answered beside the writer: proofs hold up no acknowledgement. Whose entry is meant the connection says, and
 * nothing else. */
#include "centre.h"
#include "tamga/log.h"

void tg_ask_tree(struct tg_asker *a, struct tg_request *q)
{
	struct tg_error err = {0};
	struct tg_tree_proof proof;
	enum tg_status st = tg_store_tree_prove(a->store, q->kiosk, &q->tree, &proof, &err);
	if (st == TG_OK)
		st = tg_tree_proof_write(&proof, &q->answer);
	if (st != TG_OK) {
		tg_log_warn("%s asks for a proof of the tree: %s: %s", q->kiosk, tg_status_name(st), err.detail);
		tg_request_refuse(q, st);
		return;
	}
	q->http = 200;
	q->type = "application/octet-stream";
}
