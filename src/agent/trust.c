/* Beside sending: what the centre tells of its tree is proven, and now and then the kiosk's own head is signed into its
 * journal with what it was told, so that every copy of the journal holds it (C-1; src/decisions/0224, 0225). */
#include "trust.h"

#include "tamga/log.h"

/* The newest entry is a signed head: nothing has happened since. */
static enum tg_status see_kind(const struct tg_entry *e, void *ctx)
{
	*(bool *)ctx = tg_record_kind_find(e->kind) == TG_RECORD_HEAD_SIGNED;
	return TG_OK;
}

static enum tg_status append(
        struct tg_trust *t, struct tg_sync *s, uint64_t seq, const uint8_t *hash, struct tg_error *err)
{
	const struct tg_head_facts f = {.kiosk = s->kiosk,
	        .seq = seq,
	        .hash = hash,
	        .told = s->tree.seen.ack.tree.size > 0 ? &s->tree.seen.ack : NULL,
	        .before = s->tree.restarted ? &s->tree.before : NULL};
	struct tg_buf body = TG_BUF_INIT;
	uint64_t at = 0;
	int64_t now = s->clock.wall_ms(s->clock.ctx);
	enum tg_status st = tg_head_body(t->config->centre->tls->key, t->config->centre->tls->cert, &f, &body, err);
	if (st == TG_OK)
		st = tg_store_append(s->store, TG_RECORD_HEAD_SIGNED, tg_buf_str(&body), now, &at, err);
	tg_buf_finish(&body);
	if (st != TG_OK)
		return st;
	t->signed_seq = at;
	t->signed_ms = s->clock.mono_ms(s->clock.ctx);
	t->begun = true;
	if (s->tree.restarted)
		tg_log_warn("the centre began a new tree: %llu entries, %llu before",
		        (unsigned long long)s->tree.seen.ack.tree.size, (unsigned long long)s->tree.before.size);
	s->tree.restarted = false;
	return TG_OK;
}

/* Once after each start, if anything happened; then by count and by time; at once when the centre began a new tree. */
static bool is_due(const struct tg_trust *t, const struct tg_sync *s, uint64_t head)
{
	if (s->tree.restarted)
		return true;
	if (head == t->signed_seq)
		return false;
	if (!t->begun || head - t->signed_seq >= t->config->head_entries)
		return true;
	return s->clock.mono_ms(s->clock.ctx) - t->signed_ms >= (int64_t)t->config->head_every_ms;
}

static enum tg_status sign(struct tg_trust *t, struct tg_sync *s, bool *wrote, struct tg_error *err)
{
	uint64_t head = 0;
	uint8_t hash[TG_HASH_LEN];
	bool last_is = false;
	TG_TRY(tg_store_head(s->store, s->kiosk, &head, hash, err));
	if (!is_due(t, s, head))
		return TG_OK;
	TG_TRY(tg_store_read(s->store, s->kiosk, head, 1, see_kind, &last_is, err));
	if (last_is && !s->tree.restarted) {
		t->begun = true;
		t->signed_seq = head;
		t->signed_ms = s->clock.mono_ms(s->clock.ctx);
		return TG_OK;
	}
	*wrote = true;
	return append(t, s, head, hash, err);
}

/* The same trouble again and again is one line. */
static void note(struct tg_trust *t, const struct tg_error *now)
{
	if (now->status != t->said.status && now->status != TG_OK)
		tg_log_error(now, "the centre's tree");
	else if (now->status == TG_OK && t->said.status != TG_OK)
		tg_log_info("the centre's tree is proven again");
	t->said = *now;
}

enum tg_status tg_trust_prove(struct tg_trust *t, struct tg_sync *s)
{
	struct tg_error err = {0};
	int64_t now = s->clock.mono_ms(s->clock.ctx);
	if (s->sender.state != TG_SENDER_LEVEL || !tg_sync_tree_is_due(s, now))
		return TG_OK;
	err.status = tg_sync_tree(s, &err);
	note(t, &err);
	if (err.status == TG_TREE_OTHER)
		tg_sender_failed(&s->sender, now, TG_TREE_OTHER, s->port.random(s->port.ctx));
	return err.status == TG_TREE_OTHER ? TG_TREE_OTHER : TG_OK;
}

bool tg_trust_sign(struct tg_trust *t, struct tg_sync *s)
{
	struct tg_error err = {0};
	bool wrote = false;
	/* The first one waits for the first proof; it is told at once, and a centre that gives none is not waited for.
	 */
	if (t->config->no_heads || s->sender.state != TG_SENDER_LEVEL || s->acked_seq == 0 ||
	        (s->tree.told.tree.size > 0 && !s->tree.asked))
		return false;
	enum tg_status st = sign(t, s, &wrote, &err);
	if (st != TG_OK && st != t->sign_said)
		tg_log_error(&err, "no signed head");
	t->sign_said = st;
	return wrote && st == TG_OK;
}
