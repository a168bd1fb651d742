/* The journal in PostgreSQL as the port of the store wants it: rows appended in groups, read by place. */
#include "pg.h"

#include <stdlib.h>

#define PART_BITS 24 /* as tamga.make_part */

/* --- The head: place, hash, owner, tree */

static enum tg_status read_peaks(const PGresult *r, int col, int64_t place, struct tg_tree *t)
{
	const uint8_t *p = (const uint8_t *)PQgetvalue(r, 0, col);
	size_t left = (size_t)PQgetlength(r, 0, col);
	*t = (struct tg_tree){.size = (uint64_t)place};
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++) {
		if (!((t->size >> level) & 1))
			continue;
		if (left < TG_HASH_LEN)
			return TG_STORE_DAMAGED;
		memcpy(t->peak[level], p, TG_HASH_LEN);
		p += TG_HASH_LEN;
		left -= TG_HASH_LEN;
	}
	return left == 0 ? TG_OK : TG_STORE_DAMAGED;
}

static void write_peaks(struct tg_pg_values *v, const struct tg_tree *t)
{
	uint8_t bytes[TG_TREE_LEVELS * TG_HASH_LEN];
	size_t n = 0;
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++)
		if ((t->size >> level) & 1) {
			memcpy(bytes + n, t->peak[level], TG_HASH_LEN);
			n += TG_HASH_LEN;
		}
	tg_pg_add_bytes(v, bytes, n);
}

struct head {
	int64_t place, parts;
	uint8_t hash[TG_HASH_LEN], owner[TG_LOG_OWNER_LEN];
	struct tg_tree_head tree;
	bool has_owner;
	struct tg_tree peaks;
};

static enum tg_status parse_head(struct tg_pg *pg, const PGresult *r, struct head *h, struct tg_error *err)
{
	char names[400];
	*h = (struct head){0};
	if (PQntuples(r) != 1)
		return tg_error_set(err, TG_STORE_DAMAGED, "postgres: table head is empty");
	h->place = tg_pg_int(r, 0, 0);
	h->has_owner = tg_pg_fixed(r, 0, 2, h->owner, TG_LOG_OWNER_LEN);
	h->parts = tg_pg_int(r, 0, 5);
	(void)tg_pg_fixed(r, 0, 3, h->tree.epoch, TG_EPOCH_LEN);
	bool ok = h->place == 0 || (h->place > 0 && tg_pg_fixed(r, 0, 1, h->hash, TG_HASH_LEN));
	if (!ok || read_peaks(r, 4, h->place, &h->peaks) != TG_OK)
		return tg_error_set(err, TG_STORE_DAMAGED, "postgres: table head cannot be read");
	if (!tg_pg_text(r, 0, 6, names, sizeof(names)))
		return tg_error_set(err, TG_CONFIG, "postgres: synchronous_standby_names is too long");
	return tg_pg_quorum(pg, names, err);
}

#define HEAD                                                                                                           \
	"SELECT place, hash, owner, epoch, peaks, parts, current_setting('synchronous_standby_names') FROM "           \
	"tamga.head "                                                                                                  \
	"WHERE id = 1"

static enum tg_status load_head(struct tg_pg *pg, bool lock, struct head *h, struct tg_error *err)
{
	PGresult *r = NULL;
	TG_TRY(lock ? tg_pg_ask(pg, HEAD " FOR UPDATE", NULL, &r, err) : tg_pg_look(pg, HEAD, NULL, &r, err));
	enum tg_status st = parse_head(pg, r, h, err);
	PQclear(r);
	return st;
}

static enum tg_status fenced(struct tg_error *err)
{
	return tg_error_set(err, TG_LOG_FENCED, "postgres: another centre claimed this journal");
}

/* Who never said as whom it writes may do so until somebody does. */
static bool may_write(const struct tg_pg *pg, const struct head *h)
{
	if (!pg->has_owner)
		return !h->has_owner;
	return h->has_owner && memcmp(h->owner, pg->owner, TG_LOG_OWNER_LEN) == 0;
}

/* --- Appending */

static void field(struct tg_buf *b, const void *bytes, size_t n)
{
	tg_buf_add_u32(b, (uint32_t)n);
	tg_buf_add(b, bytes, n);
}

static void field_int(struct tg_buf *b, int64_t v)
{
	tg_buf_add_u32(b, 8);
	tg_buf_add_u64(b, (uint64_t)v);
}

static void add_row(struct tg_buf *b, const struct tg_log_row *row)
{
	const struct tg_entry *e = &row->entry;
	tg_buf_add_u16(b, 13);
	field(b, e->kiosk, strlen(e->kiosk));
	field_int(b, (int64_t)e->seq);
	field_int(b, e->time_ms);
	field(b, e->kind, strlen(e->kind));
	field_int(b, e->version);
	if (e->body)
		field(b, e->body, e->body_len);
	else
		tg_buf_add_u32(b, UINT32_MAX); /* NULL */
	field(b, e->salt, TG_SALT_LEN);
	field(b, e->body_hash, TG_HASH_LEN);
	field(b, e->prev_hash, TG_HASH_LEN);
	field(b, e->hash, TG_HASH_LEN);
	field_int(b, row->place);
	field_int(b, row->before);
	field_int(b, row->received_ms);
}

/* PostgreSQL's binary COPY: signature, no flags, no extension; rows; -1. */
static enum tg_status copy_rows(struct tg_pg *pg, const struct tg_log_row *rows, size_t n, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add(&b, "PGCOPY\n\377\r\n\0", 11);
	tg_buf_add_u32(&b, 0);
	tg_buf_add_u32(&b, 0);
	for (size_t i = 0; i < n; i++)
		add_row(&b, &rows[i]);
	tg_buf_add_u16(&b, UINT16_MAX);
	enum tg_status st =
	        tg_pg_copy(pg, "COPY tamga.journal (" TG_PG_ENTRY_COLUMNS ") FROM STDIN (FORMAT binary)", &b, err);
	tg_buf_finish(&b);
	return st;
}

/* Rows of a group by stream: first and last of each. */
struct span {
	const struct tg_log_row *first, *last;
};

static int by_stream(const void *a, const void *b)
{
	const struct tg_log_row *const *x = a, *const *y = b;
	int d = strcmp((*x)->entry.kiosk, (*y)->entry.kiosk);
	return d ? d : ((*x)->place > (*y)->place) - ((*x)->place < (*y)->place);
}

/* Within the group each entry must follow from the one before it, as the database sees to for the first ones. */
static bool follows(const struct tg_log_row *before, const struct tg_log_row *row)
{
	return row->entry.seq == before->entry.seq + 1 && row->before == before->place &&
	       memcmp(row->entry.prev_hash, before->entry.hash, TG_HASH_LEN) == 0;
}

static enum tg_status spans_of(const struct tg_log_row *rows, size_t n, struct span *out, size_t *count)
{
	const struct tg_log_row **order = calloc(n, sizeof(const struct tg_log_row *));
	if (!order)
		return TG_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		order[i] = &rows[i];
	qsort(order, n, sizeof(const struct tg_log_row *), by_stream);
	enum tg_status st = TG_OK;
	*count = 0;
	for (size_t i = 0; i < n && st == TG_OK; i++) {
		if (i == 0 || strcmp(order[i]->entry.kiosk, order[i - 1]->entry.kiosk) != 0)
			out[(*count)++].first = order[i];
		else if (!follows(order[i - 1], order[i]))
			st = TG_LOG_OTHER;
		out[*count - 1].last = order[i];
	}
	free(order);
	return st;
}

/* The arrays of tamga.advance: members of the first row of each span, or of its last. */
static const struct {
	enum tg_pg_type type;
	bool of_last;
	size_t at;
} columns[] = {
        {TG_PG_TEXT, false, offsetof(struct tg_log_row, entry.kiosk)},
        {TG_PG_INT8, false, offsetof(struct tg_log_row, entry.seq)},
        {TG_PG_BYTEA, false, offsetof(struct tg_log_row, entry.prev_hash)},
        {TG_PG_INT8, false, offsetof(struct tg_log_row, before)},
        {TG_PG_INT8, true, offsetof(struct tg_log_row, entry.seq)},
        {TG_PG_BYTEA, true, offsetof(struct tg_log_row, entry.hash)},
        {TG_PG_INT8, true, offsetof(struct tg_log_row, place)},
};

static void add_member(struct tg_pg_values *v, enum tg_pg_type type, const void *at)
{
	int64_t number;
	if (type == TG_PG_INT8) {
		memcpy(&number, at, sizeof(number));
		tg_pg_item_int(v, number);
	} else {
		tg_pg_item(v, at, type == TG_PG_TEXT ? strlen(at) : TG_HASH_LEN);
	}
}

static void add_spans(struct tg_pg_values *v, const struct span *s, size_t n)
{
	for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
		tg_pg_array_begin(v, columns[c].type, n);
		for (size_t i = 0; i < n; i++) {
			const struct tg_log_row *row = columns[c].of_last ? s[i].last : s[i].first;
			add_member(v, columns[c].type, (const char *)row + columns[c].at);
		}
		tg_pg_array_end(v);
	}
}

static enum tg_status advance(struct tg_pg *pg, const struct span *s, size_t spans, const struct tg_log_row *last,
        const struct tg_tree *t, struct tg_error *err)
{
	struct tg_pg_values v = {0};
	add_spans(&v, s, spans);
	tg_pg_add_int(&v, last->place);
	tg_pg_add_bytes(&v, last->entry.hash, TG_HASH_LEN);
	write_peaks(&v, t);
	enum tg_status st = tg_pg_ask(pg,
	        "SELECT tamga.advance($1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], "
	        "$6::bytea[], $7::bigint[], $8::bigint, $9::bytea, $10::bytea)",
	        &v, NULL, err);
	tg_pg_values_finish(&v);
	return st;
}

/* The partition after the one that is being filled is there before it is needed. */
static enum tg_status make_parts(struct tg_pg *pg, const struct head *h, int64_t last, struct tg_error *err)
{
	for (int64_t n = h->parts; n <= (last >> PART_BITS) + (last > 1 << 16); n++) {
		struct tg_pg_values v = {0};
		tg_pg_add_int(&v, n);
		enum tg_status st = tg_pg_ask(pg, "SELECT tamga.make_part($1::bigint)", &v, NULL, err);
		tg_pg_values_finish(&v);
		TG_TRY(st);
		TG_TRY(tg_pg_do(pg, "UPDATE tamga.head SET parts = parts + 1 WHERE id = 1", err));
	}
	return TG_OK;
}

static enum tg_status grow_tree(struct tg_tree *t, const struct tg_log_row *rows, size_t n, struct tg_error *err)
{
	uint8_t leaf[TG_HASH_LEN];
	for (size_t i = 0; i < n; i++) {
		enum tg_status st = tg_tree_leaf(rows[i].entry.hash, TG_HASH_LEN, leaf);
		if (st == TG_OK)
			st = tg_tree_add(t, leaf, NULL, NULL);
		if (st != TG_OK)
			return tg_error_set(err, st, "postgres: the tree");
	}
	return TG_OK;
}

static enum tg_status append_locked(struct tg_pg *pg, int64_t after, const struct tg_log_row *rows, size_t n,
        struct span *spans, struct tg_error *err)
{
	struct head h;
	size_t count = 0;
	TG_TRY(load_head(pg, true, &h, err));
	if (!may_write(pg, &h))
		return fenced(err);
	if (h.place > after)
		return tg_error_set(err, TG_LOG_AHEAD, "postgres: it holds %lld rows, %lld are known here",
		        (long long)h.place, (long long)after);
	enum tg_status st = h.place == after ? spans_of(rows, n, spans, &count) : TG_LOG_OTHER;
	if (st != TG_OK)
		return tg_error_set(err, st, "postgres: the rows do not follow from what is there");
	TG_TRY(make_parts(pg, &h, rows[n - 1].place, err));
	TG_TRY(copy_rows(pg, rows, n, err));
	TG_TRY(grow_tree(&h.peaks, rows, n, err));
	return advance(pg, spans, count, &rows[n - 1], &h.peaks, err);
}

static enum tg_status append_once(struct tg_pg *pg, int64_t after, const struct tg_log_row *rows, size_t n,
        struct span *spans, bool *tried, struct tg_error *err)
{
	*tried = false;
	enum tg_status st = tg_pg_start(pg, err);
	if (st == TG_OK)
		st = append_locked(pg, after, rows, n, spans, err);
	if (st != TG_OK) {
		tg_pg_rollback(pg);
		return st;
	}
	*tried = true;
	return tg_pg_commit(pg, err);
}

/* Nobody said whether the commit was done. The head is asked under its lock, which the old session holds as long as it
 * lives; and what a session sees was confirmed (session.c). */
static enum tg_status resolve(struct tg_pg *pg, const struct tg_log_row *last, bool *done, struct tg_error *err)
{
	struct head h;
	enum tg_status st = tg_pg_start(pg, err);
	if (st == TG_OK)
		st = load_head(pg, true, &h, err);
	tg_pg_rollback(pg);
	*done = st == TG_OK && h.place == last->place && memcmp(h.hash, last->entry.hash, TG_HASH_LEN) == 0;
	return st;
}

enum tg_status tg_pg_append(void *ctx, int64_t after, const struct tg_log_row *rows, size_t n, struct tg_error *err)
{
	struct tg_pg *pg = ctx;
	bool tried = false, done = false;
	if (n == 0)
		return TG_OK;
	TG_BUG_IF(rows[0].place != after + 1 || rows[n - 1].place != after + (int64_t)n);
	struct span *spans = calloc(n, sizeof(*spans));
	if (!spans)
		return tg_error_set(err, TG_NO_MEMORY, "postgres");
	enum tg_status st = append_once(pg, after, rows, n, spans, &tried, err);
	/* A session that had died in the meantime is found out by its first use: once more, with a new one. */
	if (st == TG_LOG_DOWN && !pg->c) {
		if (tried && resolve(pg, &rows[n - 1], &done, NULL) == TG_OK)
			tried = false;
		if (!done && !tried)
			st = append_once(pg, after, rows, n, spans, &tried, err);
	}
	free(spans);
	return done ? TG_OK : st;
}

/* --- Reading */

enum tg_status tg_pg_row(const PGresult *r, int row, struct tg_log_row *out)
{
	struct tg_entry *e = &out->entry;
	*out = (struct tg_log_row){.place = tg_pg_int(r, row, TG_PG_COL_PLACE),
	        .before = tg_pg_int(r, row, TG_PG_COL_BEFORE),
	        .received_ms = tg_pg_int(r, row, TG_PG_COL_RECEIVED)};
	e->seq = (uint64_t)tg_pg_int(r, row, 1);
	e->time_ms = tg_pg_int(r, row, 2);
	int64_t version = tg_pg_int(r, row, 4);
	e->version = (uint32_t)version;
	if (!PQgetisnull(r, row, 5)) {
		e->body = PQgetvalue(r, row, 5);
		e->body_len = (size_t)PQgetlength(r, row, 5);
	}
	bool ok = tg_pg_text(r, row, 0, e->kiosk, sizeof(e->kiosk)) &&
	          tg_pg_text(r, row, 3, e->kind, sizeof(e->kind)) && e->seq > 0 && e->seq <= INT64_MAX &&
	          version >= 0 && version <= UINT32_MAX && e->body_len <= TG_BODY_MAX &&
	          tg_pg_fixed(r, row, 6, e->salt, TG_SALT_LEN) && tg_pg_fixed(r, row, 7, e->body_hash, TG_HASH_LEN) &&
	          tg_pg_fixed(r, row, 8, e->prev_hash, TG_HASH_LEN) && tg_pg_fixed(r, row, 9, e->hash, TG_HASH_LEN);
	return ok ? TG_OK : TG_CHAIN_BROKEN;
}

static enum tg_status hand_rows(const PGresult *r, int64_t after, tg_log_row_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_log_row row;
	for (int i = 0; i < PQntuples(r); i++) {
		if (tg_pg_row(r, i, &row) != TG_OK || row.place != after + 1 + i)
			return tg_error_set(err, TG_CHAIN_BROKEN,
			        "postgres: the row of place %lld is missing or cannot be read",
			        (long long)after + 1 + i);
		TG_TRY(fn(&row, ctx));
	}
	return TG_OK;
}

enum tg_status tg_pg_read(void *ctx, int64_t after, int max, tg_log_row_fn *fn, void *fn_ctx, struct tg_error *err)
{
	struct tg_pg *pg = ctx;
	struct tg_pg_values v = {0};
	PGresult *r = NULL;
	tg_pg_add_int(&v, after);
	tg_pg_add_int(&v, max > 0 ? max : 0);
	enum tg_status st = tg_pg_look(pg,
	        "SELECT " TG_PG_ENTRY_COLUMNS " FROM tamga.journal WHERE place > $1::bigint ORDER BY place "
	        "LIMIT $2::bigint",
	        &v, &r, err);
	tg_pg_values_finish(&v);
	if (st == TG_OK)
		st = hand_rows(r, after, fn, fn_ctx, err);
	PQclear(r);
	return st;
}

enum tg_status tg_pg_end(void *ctx, int64_t *place, uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	struct head h;
	TG_TRY(load_head(ctx, false, &h, err));
	*place = h.place;
	memcpy(hash, h.hash, TG_HASH_LEN);
	return TG_OK;
}

enum tg_status tg_pg_tree(void *ctx, struct tg_tree_head *out, struct tg_error *err)
{
	struct head h;
	TG_TRY(load_head(ctx, false, &h, err));
	*out = h.tree;
	out->size = (uint64_t)h.place;
	enum tg_status st = tg_tree_root(&h.peaks, out->root);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "postgres: the tree");
}

enum tg_status tg_pg_stream_rows(
        struct tg_pg *pg, const char *kiosk, uint64_t from, uint64_t to, PGresult **out, struct tg_error *err)
{
	struct tg_pg_values v = {0};
	tg_pg_add_bytes(&v, kiosk, strlen(kiosk));
	tg_pg_add_int(&v, (int64_t)from);
	tg_pg_add_int(&v, (int64_t)to);
	/* From the first mark at or after `to`, or the newest entry, back along `before`. The condition of the index is
	 * said as it was made. */
	enum tg_status st = tg_pg_look(pg,
	        "WITH RECURSIVE walk AS ("
	        "SELECT j.* FROM tamga.journal j WHERE j.place = coalesce("
	        "(SELECT place FROM tamga.journal WHERE kiosk = $1::text AND seq % 64 = 0 AND seq >= $3::bigint "
	        "ORDER BY seq LIMIT 1), (SELECT place FROM tamga.high_water WHERE kiosk = $1::text)) "
	        "UNION ALL SELECT j.* FROM walk w JOIN tamga.journal j ON j.place = w.before "
	        "WHERE w.seq > $2::bigint AND j.kiosk = $1::text AND j.place < w.place) "
	        "SELECT " TG_PG_ENTRY_COLUMNS " FROM walk WHERE kiosk = $1::text AND seq BETWEEN $2::bigint AND "
	        "$3::bigint ORDER BY seq",
	        &v, out, err);
	tg_pg_values_finish(&v);
	return st;
}

/* --- Owner and erasure */

/* Another session of whoever has it now; those of a centre that ended go within moments. */
static enum tg_status owner_lives(struct tg_pg *pg, const struct head *h, bool *lives, struct tg_error *err)
{
	struct tg_pg_values v = {0};
	PGresult *r = NULL;
	char hex[2 * TG_LOG_OWNER_LEN + 1], name[48];
	*lives = false;
	if (!h->has_owner || memcmp(h->owner, pg->owner, TG_LOG_OWNER_LEN) == 0)
		return TG_OK;
	tg_hex(h->owner, TG_LOG_OWNER_LEN, hex);
	int n = snprintf(name, sizeof(name), "tamga %s", hex);
	tg_pg_add_bytes(&v, name, (size_t)n);
	enum tg_status st = tg_pg_ask(pg,
	        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1::text AND "
	        "datname = current_database() AND pid <> pg_backend_pid()",
	        &v, &r, err);
	tg_pg_values_finish(&v);
	*lives = st == TG_OK && tg_pg_int(r, 0, 0) > 0;
	PQclear(r);
	return st;
}

static enum tg_status claim_locked(
        struct tg_pg *pg, const uint8_t epoch[TG_EPOCH_LEN], bool *lives, struct tg_error *err)
{
	struct tg_pg_values v = {0};
	struct head h;
	TG_TRY(load_head(pg, true, &h, err));
	TG_TRY(owner_lives(pg, &h, lives, err));
	if (*lives)
		return tg_error_set(
		        err, TG_LOG_FENCED, "postgres: another centre writes this journal and is connected");
	tg_pg_add_bytes(&v, pg->owner, TG_LOG_OWNER_LEN);
	tg_pg_add_bytes(&v, epoch, TG_EPOCH_LEN);
	enum tg_status st =
	        tg_pg_ask(pg, "UPDATE tamga.head SET owner = $1::bytea, epoch = $2::bytea WHERE id = 1", &v, NULL, err);
	tg_pg_values_finish(&v);
	return st;
}

enum tg_status tg_pg_claim(void *ctx, const uint8_t epoch[TG_EPOCH_LEN], struct tg_error *err)
{
	struct tg_pg *pg = ctx;
	bool lives = true;
	enum tg_status st = TG_OK;
	TG_BUG_IF(!pg->has_owner);
	for (int i = 0; i < 10 && lives; i++) {
		lives = false;
		st = tg_pg_start(pg, err);
		if (st == TG_OK)
			st = claim_locked(pg, epoch, &lives, err);
		if (st == TG_OK)
			return tg_pg_commit(pg, err);
		tg_pg_rollback(pg);
		if (lives && tg_pg_look(pg, "SELECT pg_sleep(0.2)", NULL, NULL, NULL) != TG_OK)
			break;
	}
	return st;
}

static enum tg_status erase_locked(struct tg_pg *pg, const int64_t *places, size_t n, struct tg_error *err)
{
	struct tg_pg_values v = {0};
	struct head h;
	TG_TRY(load_head(pg, true, &h, err));
	if (!may_write(pg, &h))
		return fenced(err);
	tg_pg_array_begin(&v, TG_PG_INT8, n);
	for (size_t i = 0; i < n; i++)
		tg_pg_item_int(&v, places[i]);
	tg_pg_array_end(&v);
	/* Without its salt nobody can try what a short body may have been. */
	enum tg_status st = tg_pg_ask(pg,
	        "UPDATE tamga.journal SET body = NULL, salt = '\\x00000000000000000000000000000000' "
	        "WHERE place = ANY ($1::bigint[]) AND body IS NOT NULL",
	        &v, NULL, err);
	tg_pg_values_finish(&v);
	return st;
}

enum tg_status tg_pg_erase(void *ctx, const int64_t *places, size_t n, struct tg_error *err)
{
	struct tg_pg *pg = ctx;
	enum tg_status st = tg_pg_start(pg, err);
	if (st == TG_OK)
		st = erase_locked(pg, places, n, err);
	if (st == TG_OK)
		return tg_pg_commit(pg, err);
	tg_pg_rollback(pg);
	return st;
}
