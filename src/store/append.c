#include "db.h"
#include "body.h"

#include <openssl/rand.h>

static enum tg_status fill_entry(
        struct tg_entry *e, const struct tg_stream *st, enum tg_record_kind kind, const char *json, int64_t now_ms)
{
	*e = (struct tg_entry){.seq = st->seq + 1, .time_ms = now_ms, .body = json, .body_len = strlen(json)};
	e->version = (uint32_t)tg_record_kind_version(kind);
	(void)tg_copy(e->kiosk, sizeof(e->kiosk), st->kiosk);
	(void)tg_copy(e->kind, sizeof(e->kind), tg_record_kind_name(kind));
	memcpy(e->prev_hash, st->hash, TG_HASH_LEN);
	if (RAND_bytes(e->salt, TG_SALT_LEN) != 1)
		return TG_NO_MEMORY;
	return tg_entry_seal(e);
}

/* One body to be appended. */
struct piece {
	enum tg_record_kind kind;
	const char *json;
	const json_t *body; /* the same, parsed */
	int64_t now_ms;
};

static enum tg_status append_locked(struct tg_store *s, const struct piece *p, uint64_t *seq, struct tg_error *err)
{
	struct tg_stream stream;
	struct tg_entry e;
	bool at_centre = s->role == TG_STORE_CENTRE;
	if (p->kind == TG_RECORD_TOKEN_STATE)
		TG_TRY(tg_token_check(s, p->body, err));
	TG_TRY(tg_stream_load(s, at_centre ? TG_CENTRE_STREAM : s->kiosk, &stream, err));
	TG_TRY(fill_entry(&e, &stream, p->kind, p->json, p->now_ms));
	TG_TRY(tg_stream_add(s, &stream, &e, at_centre ? p->now_ms : 0, err));
	TG_TRY(tg_stream_save(s, &stream, err));
	TG_TRY(tg_project(s, &e, p->body, stream.last_id, err));
	if (seq)
		*seq = e.seq;
	return TG_OK;
}

enum tg_status tg_append_locked(
        struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t now_ms, struct tg_error *err)
{
	json_t *body = tg_body_parse(json, strlen(json));
	if (!body)
		return tg_error_set(err, TG_INVALID, "store: the body is not a JSON object");
	const struct piece p = {kind, json, body, now_ms};
	enum tg_status st = append_locked(s, &p, NULL, err);
	json_decref(body);
	return st;
}

enum tg_status tg_store_append(struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t now_ms,
        uint64_t *seq, struct tg_error *err)
{
	TG_BUG_IF((unsigned)kind >= TG_RECORD_KIND_COUNT);
	size_t n = strnlen(json, TG_BODY_MAX + 1);
	if (n > TG_BODY_MAX)
		return tg_error_set(err, TG_LIMIT, "store: a body longer than %u bytes", TG_BODY_MAX);
	json_t *body = tg_body_parse(json, n);
	if (!body)
		return tg_error_set(err, TG_INVALID, "store: the body is not a JSON object");
	const struct piece p = {kind, json, body, now_ms};
	enum tg_status st = TG_LOG_AHEAD;
	for (int i = 0; st == TG_LOG_AHEAD && i < TG_OUTER_TRIES; i++) {
		st = tg_db_begin(s, err);
		if (st == TG_OK)
			st = tg_db_end(s, append_locked(s, &p, seq, err), err);
	}
	json_decref(body);
	return st;
}

static enum tg_status next_number_locked(struct tg_store *s, uint32_t *counter, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_NUMBER_NEXT, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return tg_error_set(err, TG_LIMIT, "store: all numbers of this stream are used");
	TG_TRY(st);
	*counter = (uint32_t)sqlite3_column_int64(q, 0);
	return tg_db_run(s, q, err); /* steps to the end: the change is made only then */
}

enum tg_status tg_store_next_number(struct tg_store *s, uint32_t *counter, struct tg_error *err)
{
	TG_BUG_IF(s->role != TG_STORE_KIOSK);
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, next_number_locked(s, counter, err), err);
}
