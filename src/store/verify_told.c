/* Witnesses: they are heard on the walk, and what they say is compared when the whole journal is known, in the order in
 * which they say it. So the first of them is named, and the place it speaks of. */
#include "verify_walk.h"

struct epoch {
	struct tg_tree_head end; /* epoch, and how far its tree is this one; root: as the entry that ended it says */
};
struct tg_witnesses {
	const struct tg_verify_options *o;
	struct tg_verify_heads *heads;
	struct tg_against *against;
	struct tg_buf told;   /* struct tg_told */
	struct tg_buf epochs; /* struct epoch: those before */
	uint64_t right;       /* the largest tree that was rightly told */
	struct tg_told wrong; /* the smallest that was not; size 0: none */
};

enum tg_status tg_witnesses_open(struct tg_witnesses **out, const struct tg_verify_options *o, struct tg_verify_walk *w)
{
	struct tg_witnesses *x = calloc(1, sizeof(*x));
	*out = x;
	if (!x)
		return tg_error_set(w->err, TG_NO_MEMORY, "verify");
	x->o = o;
	TG_TRY(tg_verify_heads_create(&x->heads, o, w->err));
	return tg_against_open(&x->against, o, w->out, w->err);
}

void tg_witnesses_close(struct tg_witnesses *x)
{
	if (!x)
		return;
	tg_verify_heads_destroy(x->heads);
	tg_against_close(x->against);
	tg_buf_finish(&x->told);
	tg_buf_finish(&x->epochs);
	free(x);
}

struct tg_verify_heads *tg_witnesses_heads(const struct tg_witnesses *x)
{
	return x ? x->heads : NULL;
}

static enum tg_status see_head(
        struct tg_witnesses *x, struct tg_verify_walk *w, const struct tg_entry *e, const struct tg_verify_head *head)
{
	struct tg_told told = head->told;
	if (head->what)
		return tg_streams_broken(&w->streams, e->kiosk, e->seq, head->what);
	/* Usually it is the entry right before, whose hash this one carries. */
	if (told.head_seq > 0 && told.head_seq + 1 == e->seq) {
		if (memcmp(told.head_hash, e->prev_hash, TG_HASH_LEN) != 0)
			return tg_streams_broken(&w->streams, e->kiosk, told.head_seq, "its kiosk signed another");
		told.head_seq = 0;
	}
	w->out->heads++;
	tg_buf_add(&x->told, &told, sizeof(told));
	return tg_buf_status(&x->told);
}

static enum tg_status see_restart(struct tg_witnesses *x, const struct tg_entry *e)
{
	struct epoch old;
	if (strcmp(e->kiosk, TG_CENTRE_STREAM) != 0 || !tg_verify_restart_read(e, &old.end))
		return TG_OK;
	tg_buf_add(&x->epochs, &old, sizeof(old));
	return tg_buf_status(&x->epochs);
}

enum tg_status tg_witnesses_row(struct tg_witnesses *x, struct tg_verify_walk *w, const struct tg_verify_row *r,
        const struct tg_verify_head *head)
{
	const struct tg_entry *e = &r->row.entry;
	const char *what = NULL;
	TG_TRY(tg_against_row(x->against, e, &what, w->err));
	if (what)
		return tg_streams_broken(&w->streams, e->kiosk, e->seq, what);
	if (head)
		return see_head(x, w, e, head);
	if (strcmp(e->kind, tg_record_kind_name(TG_RECORD_TREE_RESTARTED)) == 0)
		return see_restart(x, e);
	return TG_OK;
}

/* --- Afterwards */
static enum tg_status check_own_head(struct tg_verify_walk *w, const struct tg_told *t)
{
	uint8_t hash[TG_HASH_LEN];
	int64_t id;
	const struct tg_stream *st = tg_streams_find(&w->streams, t->kiosk);
	if (t->head_seq == 0 || !st)
		return TG_OK;
	TG_TRY(tg_stream_find(w->s, st, t->head_seq, &id, hash, w->err));
	return memcmp(hash, t->head_hash, TG_HASH_LEN) == 0
	               ? TG_OK
	               : tg_streams_broken(&w->streams, t->kiosk, t->head_seq, "its kiosk signed another");
}

/* How many entries of the tree of this epoch are the first ones of today's; 0: not known. */
static uint64_t reach(const struct tg_witnesses *x, const struct tg_tree_head *now, const uint8_t *epoch)
{
	struct epoch old;
	uint64_t most = 0;
	if (memcmp(epoch, now->epoch, TG_EPOCH_LEN) == 0)
		return now->size;
	for (size_t at = 0; at < x->epochs.len; at += sizeof(old)) {
		memcpy(&old, x->epochs.data + at, sizeof(old));
		if (memcmp(epoch, old.end.epoch, TG_EPOCH_LEN) == 0 && old.end.size > most)
			most = old.end.size;
	}
	return most;
}

/* Told of something that is not there. What was told rightly of a smaller tree leaves the places between. */
static enum tg_status broken_tree(struct tg_witnesses *x, struct tg_verify_walk *w, uint64_t size)
{
	char what[160];
	const struct tg_told *t = &x->wrong;
	const bool is_longer = t->tree.size > size;
	(void)snprintf(what, sizeof(what), "%s %s a tree of %llu entries, which is not the beginning of this one",
	        t->kiosk, t->is_signed ? "holds the centre's signature for" : "was told",
	        (unsigned long long)t->tree.size);
	/* A witness that lies may be right of a larger one. */
	uint64_t from = is_longer ? size + 1 : x->right < t->tree.size ? x->right + 1 : 1;
	return tg_verify_broken_at(w, (int64_t)from, (int64_t)t->tree.size, what);
}

static enum tg_status check_tree(
        struct tg_witnesses *x, struct tg_verify_walk *w, const struct tg_tree_head *now, const struct tg_told *t)
{
	uint8_t root[TG_HASH_LEN];
	const bool is_now = memcmp(t->tree.epoch, now->epoch, TG_EPOCH_LEN) == 0;
	if (t->tree.size == 0)
		return TG_OK;
	if (!is_now && t->tree.size > reach(x, now, t->tree.epoch)) {
		w->out->trees_over++;
		return TG_OK;
	}
	bool right = t->tree.size <= now->size;
	if (right) {
		TG_TRY(tg_verify_tree_root(w->s, &w->tree, t->tree.size, root, w->err));
		right = memcmp(root, t->tree.root, TG_HASH_LEN) == 0;
	}
	if (!right && (x->wrong.tree.size == 0 || t->tree.size < x->wrong.tree.size))
		x->wrong = *t;
	if (right && t->tree.size > x->right)
		x->right = t->tree.size;
	w->out->trees += right;
	return TG_OK;
}

/* A tree that was mended, not restored, is not the beginning of the next one: what it was told as cannot be compared.
 */
static enum tg_status drop_mended(struct tg_witnesses *x, struct tg_verify_walk *w, uint64_t size)
{
	uint8_t root[TG_HASH_LEN];
	for (size_t at = 0; at < x->epochs.len; at += sizeof(struct epoch)) {
		struct epoch old;
		memcpy(&old, x->epochs.data + at, sizeof(old));
		bool same = old.end.size <= size;
		if (same) {
			TG_TRY(tg_verify_tree_root(w->s, &w->tree, old.end.size, root, w->err));
			same = memcmp(root, old.end.root, TG_HASH_LEN) == 0;
		}
		if (!same)
			old.end.size = 0;
		memcpy(x->epochs.data + at, &old, sizeof(old));
	}
	return TG_OK;
}

struct hearing {
	struct tg_witnesses *x;
	struct tg_verify_walk *w;
	const struct tg_tree_head *now;
};

static enum tg_status check_seen(const struct tg_ack *ack, void *ctx)
{
	struct hearing *h = ctx;
	struct tg_told t = {.tree = ack->tree, .is_signed = h->x->o->check_ack != NULL};
	(void)tg_copy(t.kiosk, sizeof(t.kiosk), ack->kiosk);
	if (!tg_verify_ack(h->x->heads, ack))
		return tg_streams_broken(
		        &h->w->streams, t.kiosk, 0, "its database holds a tree that the centre did not sign");
	return check_tree(h->x, h->w, h->now, &t);
}

static enum tg_status check_kiosk(struct hearing *h, size_t index, const struct tg_against_end *end)
{
	const struct tg_stream *st = tg_streams_find(&h->w->streams, end->kiosk);
	uint64_t seq = st ? st->seq : 0;
	if (end->ack.seq > 0 && !tg_verify_ack(h->x->heads, &end->ack))
		return tg_streams_broken(&h->w->streams, end->kiosk, end->ack.seq,
		        "its database holds an acknowledgement that the centre did not sign");
	if (end->acked > seq)
		return tg_streams_broken(&h->w->streams, end->kiosk, seq + 1,
		        h->x->o->check_ack ? "the centre signed that it has entries that are missing"
		                           : "entries that were acknowledged to the kiosk are missing");
	return h->now ? tg_against_seen(h->x->against, index, check_seen, h, h->w->err) : TG_OK;
}

static enum tg_status check_kiosks(struct hearing *h)
{
	struct tg_against_end end;
	enum tg_status st = TG_OK;
	for (size_t i = 0; st == TG_OK; i++) {
		st = tg_against_end(h->x->against, i, &end, h->w->err);
		if (st == TG_NOT_FOUND)
			return TG_OK;
		if (st == TG_OK)
			st = check_kiosk(h, i, &end);
	}
	return st;
}

enum tg_status tg_witnesses_end(struct tg_witnesses *x, struct tg_verify_walk *w)
{
	struct tg_tree_head now = {.size = 0};
	struct tg_told t;
	if (w->has_tree) {
		TG_TRY(tg_store_tree_head(w->s, &now, w->err));
		TG_TRY(drop_mended(x, w, now.size));
	}
	for (size_t at = 0; at < x->told.len; at += sizeof(t)) {
		memcpy(&t, x->told.data + at, sizeof(t));
		TG_TRY(check_own_head(w, &t));
		if (w->has_tree)
			TG_TRY(check_tree(x, w, &now, &t));
	}
	struct hearing h = {x, w, w->has_tree ? &now : NULL};
	TG_TRY(check_kiosks(&h));
	return x->wrong.tree.size > 0 ? broken_tree(x, w, now.size) : TG_OK;
}
