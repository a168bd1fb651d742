/* What a kiosk was told of the centre's tree and saw proven: its evidence against a centre that shows another past. */
#include "db.h"

void tg_tree_head_pack(const struct tg_tree_head *h, uint8_t out[TG_TREE_HEAD_LEN])
{
	memcpy(out, h->epoch, TG_EPOCH_LEN);
	for (unsigned i = 0; i < 8; i++)
		out[TG_EPOCH_LEN + i] = (uint8_t)(h->size >> (56 - 8 * i));
	memcpy(out + TG_EPOCH_LEN + 8, h->root, TG_HASH_LEN);
}

static bool blob(sqlite3_stmt *q, int col, void *out, int n)
{
	const void *p = sqlite3_column_blob(q, col);
	if (!p || sqlite3_column_bytes(q, col) != n)
		return false;
	memcpy(out, p, (size_t)n);
	return true;
}

bool tg_tree_head_unpack(sqlite3_stmt *q, int col, struct tg_tree_head *out)
{
	uint8_t packed[TG_TREE_HEAD_LEN];
	*out = (struct tg_tree_head){0};
	if (!blob(q, col, packed, TG_TREE_HEAD_LEN))
		return false;
	memcpy(out->epoch, packed, TG_EPOCH_LEN);
	for (unsigned i = 0; i < 8; i++)
		out->size = out->size << 8 | packed[TG_EPOCH_LEN + i];
	memcpy(out->root, packed + TG_EPOCH_LEN + 8, TG_HASH_LEN);
	return true;
}

bool tg_tree_seen_row(sqlite3_stmt *q, const char *kiosk, struct tg_tree_seen *out)
{
	struct tg_ack *a = &out->ack;
	int n = sqlite3_column_bytes(q, 6);
	int64_t size = sqlite3_column_int64(q, 1), seq = sqlite3_column_int64(q, 4);
	*out = (struct tg_tree_seen){.since_ms = sqlite3_column_int64(q, 8)};
	(void)tg_copy(a->kiosk, sizeof(a->kiosk), kiosk);
	if (size <= 0 || seq < 0 || n < 0 || (size_t)n > sizeof(a->signature) || !blob(q, 6, a->signature, n))
		return false;
	a->signature_len = (size_t)n;
	a->centre_time_ms = sqlite3_column_int64(q, 3);
	a->seq = (uint64_t)seq;
	a->tree.size = (uint64_t)size;
	out->doubt = sqlite3_column_int(q, 7) ? TG_TREE_OTHER : TG_OK;
	return blob(q, 0, a->tree.epoch, TG_EPOCH_LEN) && tg_db_hash(q, 2, a->tree.root) && tg_db_hash(q, 5, a->hash);
}

enum tg_status tg_store_tree_seen(struct tg_store *s, struct tg_tree_seen *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_tree_seen){0};
	TG_TRY(tg_db_stmt(s, TG_SQL_SEEN_GET, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return TG_OK;
	TG_TRY(st);
	bool ok = tg_tree_seen_row(q, s->kiosk, out);
	sqlite3_reset(q);
	return ok ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: the tree that was seen cannot be read");
}

enum tg_status tg_store_tree_see(struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_BUG_IF(s->role != TG_STORE_KIOSK || ack->signature_len > sizeof(ack->signature));
	TG_TRY(tg_db_stmt(s, TG_SQL_SEEN_SET, &q, err));
	(void)sqlite3_bind_blob(q, 1, ack->tree.epoch, TG_EPOCH_LEN, SQLITE_STATIC);
	tg_db_bind_int(q, 2, (int64_t)ack->tree.size);
	tg_db_bind_hash(q, 3, ack->tree.root);
	tg_db_bind_int(q, 4, ack->centre_time_ms);
	tg_db_bind_int(q, 5, (int64_t)ack->seq);
	tg_db_bind_hash(q, 6, ack->hash);
	(void)sqlite3_bind_blob(q, 7, ack->signature, (int)ack->signature_len, SQLITE_STATIC);
	tg_db_bind_int(q, 8, now_ms);
	TG_TRY(tg_db_run(s, q, err));
	/* An epoch of long ago is no longer the newest row, and stays as it was. */
	return sqlite3_changes(s->db) == 1 ? TG_OK
	                                   : tg_error_set(err, TG_TREE_OTHER, "the centre told a tree that was over");
}

enum tg_status tg_store_tree_doubt(struct tg_store *s, enum tg_status why, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_SEEN_DOUBT, &q, err));
	tg_db_bind_int(q, 1, why);
	return tg_db_run(s, q, err);
}
