/* The centre's journal held against those of the kiosks themselves. */
#include "verify.h"

#define JOURNAL "SELECT seq, hash FROM journal ORDER BY id"
#define SEEN    "SELECT epoch, size, root, centre_ms, seq, hash, signature, code, since_ms FROM tree_seen ORDER BY n"

struct kiosk {
	struct tg_store *s;
	sqlite3_stmt *q; /* its entries, one step for each of the centre's */
	bool ended;      /* it has no more */
};
struct tg_against {
	struct kiosk *kiosks;
	size_t n;
};

static enum tg_status open_one(struct kiosk *k, const char *path, struct tg_verify_report *report, struct tg_error *err)
{
	TG_TRY(tg_store_open_readonly(&k->s, path, err));
	if (k->s->role != TG_STORE_KIOSK)
		return tg_error_at(err, TG_CONFIG, path, 0, 0, "not the database of a kiosk");
	TG_TRY(tg_store_verify(k->s, report, err));
	return tg_db_prepare(k->s, JOURNAL, &k->q, err);
}

enum tg_status tg_against_open(struct tg_against **out, const struct tg_verify_options *o,
        struct tg_verify_report *report, struct tg_error *err)
{
	struct tg_against *a = calloc(1, sizeof(*a));
	*out = a;
	if (a)
		a->kiosks = calloc(o->n_against + 1, sizeof(*a->kiosks));
	if (!a || !a->kiosks)
		return tg_error_set(err, TG_NO_MEMORY, "verify");
	for (; a->n < o->n_against; a->n++)
		TG_TRY(open_one(&a->kiosks[a->n], o->against[a->n], report, err));
	*report = (struct tg_verify_report){0};
	return TG_OK;
}

void tg_against_close(struct tg_against *a)
{
	if (!a)
		return;
	/* One more than were opened: the last may have been opened in part. */
	for (size_t i = 0; a->kiosks && i <= a->n; i++) {
		sqlite3_finalize(a->kiosks[i].q);
		tg_store_close(a->kiosks[i].s);
	}
	free(a->kiosks);
	free(a);
}

/* Both go up together from 1: the centre's rows were seen to be without gaps. */
static enum tg_status compare(struct kiosk *k, const struct tg_entry *e, const char **what, struct tg_error *err)
{
	uint8_t hash[TG_HASH_LEN];
	if (k->ended)
		return TG_OK;
	enum tg_status st = tg_db_row(k->s, k->q, err);
	k->ended = st != TG_OK; /* a copy from before: the centre has more */
	if (st == TG_NOT_FOUND)
		return TG_OK;
	TG_TRY(st);
	if ((uint64_t)sqlite3_column_int64(k->q, 0) != e->seq || !tg_db_hash(k->q, 1, hash) ||
	        memcmp(hash, e->hash, TG_HASH_LEN) != 0)
		*what = "the kiosk's own journal has another";
	return TG_OK;
}

enum tg_status tg_against_row(struct tg_against *a, const struct tg_entry *e, const char **what, struct tg_error *err)
{
	*what = NULL;
	for (size_t i = 0; i < a->n && !*what; i++)
		if (strcmp(a->kiosks[i].s->kiosk, e->kiosk) == 0)
			TG_TRY(compare(&a->kiosks[i], e, what, err));
	return TG_OK;
}

static bool best_ack(sqlite3_stmt *q, const char *kiosk, struct tg_ack *out)
{
	const void *signature = sqlite3_column_blob(q, 3);
	int n = sqlite3_column_bytes(q, 3);
	*out = (struct tg_ack){.centre_time_ms = sqlite3_column_int64(q, 2)};
	(void)tg_copy(out->kiosk, sizeof(out->kiosk), kiosk);
	if (!signature || (size_t)n > sizeof(out->signature) || !tg_db_hash(q, 1, out->hash) ||
	        !tg_tree_head_unpack(q, 4, &out->tree))
		return false;
	memcpy(out->signature, signature, (size_t)n);
	out->signature_len = (size_t)n;
	out->seq = (uint64_t)sqlite3_column_int64(q, 0);
	return true;
}

enum tg_status tg_against_end(struct tg_against *a, size_t index, struct tg_against_end *out, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	*out = (struct tg_against_end){0};
	if (index >= a->n)
		return TG_NOT_FOUND;
	struct tg_store *s = a->kiosks[index].s;
	(void)tg_copy(out->kiosk, sizeof(out->kiosk), s->kiosk);
	const char *sql =
	        s->version >= TG_TREE_VERSION
	                ? "SELECT best_seq, best_hash, best_centre_ms, best_signature, best_tree FROM sync_state"
	                : "SELECT best_seq, NULL, 0, NULL, NULL FROM sync_state";
	TG_TRY(tg_db_prepare(s, sql, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK) {
		out->acked = (uint64_t)sqlite3_column_int64(q, 0);
		if (!best_ack(q, s->kiosk, &out->ack))
			out->ack.seq = 0;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_against_seen(
        struct tg_against *a, size_t index, tg_against_seen_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_store *s = a->kiosks[index].s;
	sqlite3_stmt *q = NULL;
	struct tg_tree_seen seen;
	enum tg_status st;
	if (s->version < TG_TREE_VERSION)
		return TG_OK;
	TG_TRY(tg_db_prepare(s, SEEN, &q, err));
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		st = tg_tree_seen_row(q, s->kiosk, &seen)
		             ? fn(&seen.ack, ctx)
		             : tg_error_set(err, TG_STORE_DAMAGED, "tree_seen of %s", s->kiosk);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}
