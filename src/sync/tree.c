/* What the centre tells of its tree, held against what it told before (src/decisions/0224). */
#include "tamga/sync.h"

static bool same_epoch(const struct tg_tree_head *a, const struct tg_tree_head *b)
{
	return memcmp(a->epoch, b->epoch, TG_EPOCH_LEN) == 0;
}

static bool same_head(const struct tg_tree_head *a, const struct tg_tree_head *b)
{
	return same_epoch(a, b) && a->size == b->size && memcmp(a->root, b->root, TG_HASH_LEN) == 0;
}

static enum tg_status load(struct tg_sync *s, struct tg_error *err)
{
	if (s->tree.loaded)
		return TG_OK;
	TG_TRY(tg_store_tree_seen(s->store, &s->tree.seen, err));
	s->tree.loaded = true;
	return TG_OK;
}

/* The centre contradicts itself: written down, so that it must prove itself also after this program's next start. */
static enum tg_status contradicts(
        struct tg_sync *s, const char *how, const struct tg_tree_head *now, struct tg_error *err)
{
	const uint64_t size = now->size; /* `now` may be what is forgotten here */
	s->tree.seen.doubt = TG_TREE_OTHER;
	s->tree.told.tree.size = 0;
	TG_TRY(tg_store_tree_doubt(s->store, TG_TREE_OTHER, err));
	return tg_error_set(err, TG_TREE_OTHER, "%s: %llu entries now, %llu proven before", how,
	        (unsigned long long)size, (unsigned long long)s->tree.seen.ack.tree.size);
}

enum tg_status tg_sync_tree_told(struct tg_sync *s, const struct tg_ack *ack, struct tg_error *err)
{
	if (!s->port.tree)
		return TG_OK;
	TG_TRY(load(s, err));
	const struct tg_tree_seen *seen = &s->tree.seen;
	const bool known = seen->ack.tree.size > 0, same = known && same_epoch(&seen->ack.tree, &ack->tree);
	if (same && ack->tree.size < seen->ack.tree.size)
		return contradicts(s, "the centre shows a smaller tree", &ack->tree, err);
	if (same && ack->tree.size == seen->ack.tree.size && !same_head(&seen->ack.tree, &ack->tree))
		return contradicts(s, "the centre shows another tree of the same size", &ack->tree, err);
	const bool doubted = seen->doubt != TG_OK;
	const bool news = ack->tree.size > 0 && (!known || doubted || !same_head(&seen->ack.tree, &ack->tree));
	/* Without an entry of ours there is nothing it could leave out; growing it can show all the same. */
	if (!news || (ack->seq == 0 && !(doubted && same)))
		return TG_OK;
	s->tree.told = *ack;
	/* Nothing is sent to a centre that contradicted itself before it proved that it does no longer. */
	return doubted ? tg_sync_tree(s, err) : TG_OK;
}

bool tg_sync_tree_is_due(const struct tg_sync *s, int64_t now_ms)
{
	return s->tree.told.tree.size > 0 && (!s->tree.asked || now_ms - s->tree.asked_ms >= s->tree.every_ms);
}

static enum tg_status fetch(
        struct tg_sync *s, const struct tg_tree_question *ask, struct tg_tree_proof *proof, struct tg_error *err)
{
	struct tg_buf answer = TG_BUF_INIT;
	enum tg_status st = s->port.tree(s->port.ctx, ask, &answer, err);
	struct tg_bytes bytes = {answer.data, answer.len};
	if (st == TG_OK && tg_tree_proof_read(bytes, ask, proof) != TG_OK)
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "not a proof of the tree: %zu bytes", answer.len);
	tg_buf_finish(&answer);
	return st;
}

/* What is wrong with the proof, NULL when it shows what it should. */
static const char *wrong(const struct tg_tree_proof *p, const struct tg_ack *old, const struct tg_ack *told)
{
	uint8_t leaf[TG_HASH_LEN];
	const struct tg_tree_head *now = &told->tree;
	if (p->from > 0 && tg_tree_check_growth(&p->growth, p->from, old->tree.root, now->size, now->root) != TG_OK)
		return "the centre's tree does not begin with the one it showed";
	if (p->seq == 0)
		return NULL;
	if (p->place == 0 || tg_tree_leaf(told->hash, TG_HASH_LEN, leaf) != TG_OK ||
	        tg_tree_check_leaf(&p->inclusion, leaf, p->place - 1, now->size, now->root) != TG_OK)
		return "an entry that the centre acknowledged is not in its tree";
	return NULL;
}

static enum tg_status proven(struct tg_sync *s, struct tg_error *err)
{
	const struct tg_tree_seen *seen = &s->tree.seen;
	const int64_t wall = s->clock.wall_ms(s->clock.ctx);
	const bool restarted = seen->ack.tree.size > 0 && !same_epoch(&seen->ack.tree, &s->tree.told.tree);
	enum tg_status st = tg_store_tree_see(s->store, &s->tree.told, wall, err);
	if (st == TG_TREE_OTHER)
		return contradicts(s, "the centre shows a tree that was over", &s->tree.told.tree, err);
	TG_TRY(st);
	if (restarted)
		s->tree.before = seen->ack.tree;
	s->tree.restarted = s->tree.restarted || restarted;
	s->tree.seen = (struct tg_tree_seen){.ack = s->tree.told, .since_ms = wall};
	s->tree.told.tree.size = 0;
	return TG_OK;
}

/* A centre that answers everything but this hides something: in the end that is an alarm too. */
static enum tg_status unproven(struct tg_sync *s, enum tg_status st, struct tg_error *err)
{
	if (++s->tree.misses < TG_TREE_PATIENCE)
		return st;
	s->tree.misses = 0;
	return contradicts(s, "the centre does not prove its tree", &s->tree.told.tree, err);
}

enum tg_status tg_sync_tree(struct tg_sync *s, struct tg_error *err)
{
	struct tg_tree_proof proof = {0};
	const struct tg_ack *old = &s->tree.seen.ack, *told = &s->tree.told;
	const bool grows = old->tree.size > 0 && same_epoch(&old->tree, &told->tree);
	const struct tg_tree_question ask = {
	        .from = grows ? old->tree.size : 0, .to = told->tree.size, .seq = told->seq};
	s->tree.asked = true;
	s->tree.asked_ms = s->clock.mono_ms(s->clock.ctx);
	if (told->tree.size == 0)
		return TG_OK;
	enum tg_status st = fetch(s, &ask, &proof, err);
	/* Restarted since it was told: the next acknowledgement tells of the new one. */
	if (st == TG_OK && memcmp(proof.epoch, told->tree.epoch, TG_EPOCH_LEN) != 0)
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "the proof is of another tree");
	if (st != TG_OK)
		return unproven(s, st, err);
	s->tree.misses = 0;
	const char *what = wrong(&proof, old, told);
	return what ? contradicts(s, what, &told->tree, err) : proven(s, err);
}
