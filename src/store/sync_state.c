/* What the centre has acknowledged to this kiosk. The highest acknowledgement ever is kept with its signature: it is
 * the kiosk's proof against a centre, or a file, that lost entries afterwards. */
#include "db.h"

enum tg_status tg_store_acked(struct tg_store *s, uint64_t *seq, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_ACK_GET, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return tg_error_set(err, TG_STORE_DAMAGED, "store: table sync_state is empty");
	TG_TRY(st);
	*seq = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status own_hash(struct tg_store *s, uint64_t seq, uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	struct tg_stream stream;
	int64_t id;
	if (seq == 0) {
		tg_entry_genesis(s->kiosk, hash);
		return TG_OK;
	}
	TG_TRY(tg_stream_load(s, s->kiosk, &stream, err));
	if (seq > stream.seq)
		return tg_error_set(err, TG_SYNC_FORK, "store: the centre holds entry %llu, this kiosk ends at %llu",
		        (unsigned long long)seq, (unsigned long long)stream.seq);
	return tg_stream_find(s, &stream, seq, &id, hash, err);
}

static enum tg_status write_ack(struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q;
	uint8_t tree[TG_TREE_HEAD_LEN];
	TG_TRY(tg_db_stmt(s, TG_SQL_ACK_SET, &q, err));
	tg_db_bind_int(q, 1, (int64_t)ack->seq);
	tg_db_bind_hash(q, 2, ack->hash);
	tg_db_bind_int(q, 3, ack->centre_time_ms);
	(void)sqlite3_bind_blob(q, 4, ack->signature, (int)ack->signature_len, SQLITE_STATIC);
	tg_db_bind_int(q, 5, now_ms);
	tg_tree_head_pack(&ack->tree, tree);
	(void)sqlite3_bind_blob(q, 6, tree, sizeof(tree), SQLITE_STATIC);
	TG_TRY(tg_db_run(s, q, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_ACK_BEST, &q, err));
	return tg_db_run(s, q, err);
}

/* Applications up to the acknowledged entry are registered; after a restored centre some are no longer (K-15). */
static enum tg_status mark_sent(struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_SENT_SET, &q, err));
	tg_db_bind_int(q, 1, (int64_t)ack->seq);
	tg_db_bind_int(q, 2, now_ms);
	tg_db_bind_int(q, 3, ack->centre_time_ms);
	return tg_db_run(s, q, err);
}

static enum tg_status unmark_sent(struct tg_store *s, uint64_t acked, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_SENT_UNDO, &q, err));
	tg_db_bind_int(q, 1, (int64_t)acked);
	return tg_db_run(s, q, err);
}

static enum tg_status set_acked_locked(
        struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err)
{
	uint8_t own[TG_HASH_LEN];
	uint64_t old = 0;
	TG_TRY(own_hash(s, ack->seq, own, err));
	if (memcmp(own, ack->hash, TG_HASH_LEN) != 0)
		return tg_error_set(
		        err, TG_SYNC_FORK, "store: the centre holds another entry %llu", (unsigned long long)ack->seq);
	TG_TRY(tg_store_acked(s, &old, err));
	TG_TRY(write_ack(s, ack, now_ms, err));
	if (ack->seq < old)
		TG_TRY(unmark_sent(s, ack->seq, err));
	return mark_sent(s, ack, now_ms, err);
}

/* Whoever records acknowledgements waits for nobody: its commits move the log into the file early. */
static enum tg_status tidy_from_now(struct tg_store *s, struct tg_error *err)
{
	if (s->tidies)
		return TG_OK;
	s->tidies = true;
	return tg_db_exec(s, "PRAGMA wal_autocheckpoint = 400", err);
}

enum tg_status tg_store_set_acked(struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err)
{
	TG_BUG_IF(s->role != TG_STORE_KIOSK || ack->signature_len > sizeof(ack->signature));
	if (strcmp(ack->kiosk, s->kiosk) != 0)
		return tg_error_set(err, TG_SYNC_FOREIGN, "store: an acknowledgement for %s", ack->kiosk);
	TG_TRY(tidy_from_now(s, err));
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, set_acked_locked(s, ack, now_ms, err), err);
}
