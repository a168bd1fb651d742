/* A centre's journal in PostgreSQL (C-7): copying there while the centre works, looking at both, checking all of it. */
#include "ctl.h"
#include "witness.h"

#include "tamga/replica.h"

#define BATCH  1000
#define ENOUGH 2000 /* the centre's own start copies so many within a second */

struct ask {
	const char *data, *conninfo, *quorum, *shard;
	char file[CTL_PATH];
	uint64_t synchronous; /* of --postgres-quorum */
};

static bool parse(const struct ctl_args *args, struct ask *a, bool needs_database)
{
	const struct ctl_option options[] = {{"--data", &a->data, NULL}, {"--postgres", &a->conninfo, NULL},
	        {"--postgres-quorum", &a->quorum, NULL}, {"--shard", &a->shard, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0) || !ctl_centre_file(a->file, a->data, "centre.db"))
		return false;
	if (needs_database && !ctl_given("--postgres", a->conninfo))
		return false;
	return !a->quorum || ctl_number("--postgres-quorum", a->quorum, (struct ctl_range){0, 100}, &a->synchronous);
}

/* The database as it was said here, or as the centre's file knows it. `text` keeps what is borrowed. */
static enum tg_status which(const struct ask *a, struct tg_store *s, struct tg_postgres *p, struct tg_buf *text,
        char shard[80], struct tg_error *err)
{
	if (!a->conninfo) {
		enum tg_status st = tg_store_outside(s, text, err);
		if (st == TG_NOT_FOUND)
			return tg_error_set(err, TG_NOT_FOUND, "this centre keeps its journal in its own file");
		return st == TG_OK ? tg_postgres_read_where(tg_buf_str(text), p, shard, err) : st;
	}
	*p = (struct tg_postgres){.conninfo = a->conninfo, .quorum = (unsigned)a->synchronous, .shard = a->shard};
	return TG_OK;
}

/* --- status, verify */

static void print_head(const char *what, const struct tg_tree_head *h)
{
	char epoch[2 * TG_EPOCH_LEN + 1], root[2 * TG_HASH_LEN + 1];
	tg_hex(h->epoch, TG_EPOCH_LEN, epoch);
	tg_hex(h->root, TG_HASH_LEN, root);
	printf("%-9s place %llu epoch %s root %s\n", what, (unsigned long long)h->size, epoch, root);
}

static enum tg_status status(const struct ask *a, bool *same, struct tg_error *err)
{
	struct tg_store *s = NULL;
	struct tg_replica r = {0};
	struct tg_postgres p;
	struct tg_buf text = TG_BUF_INIT;
	struct tg_tree_head here = {0}, there = {0};
	char shard[80];
	enum tg_status st = tg_store_open_readonly(&s, a->file, err);
	if (st == TG_OK)
		st = which(a, s, &p, &text, shard, err);
	/* First there: what is written in between makes the file longer, and the database never is with its centre. */
	if (st == TG_OK)
		st = tg_replica_postgres(&r, &p, err);
	if (st == TG_OK)
		st = r.tree(r.ctx, &there, err);
	if (st == TG_OK)
		st = tg_store_tree_head(s, &here, err);
	if (st == TG_OK) {
		print_head("file", &here);
		print_head("database", &there);
	}
	*same = st == TG_OK && memcmp(here.root, there.root, TG_HASH_LEN) == 0 && here.size == there.size;
	if (r.close)
		r.close(r.ctx);
	tg_store_close(s);
	tg_buf_finish(&text);
	return st;
}

enum ctl_exit ctl_replica_status(const struct ctl_args *args)
{
	struct ask a = {0};
	struct tg_error err = {0};
	bool same = false;
	if (!parse(args, &a, false))
		return CTL_TROUBLE;
	enum tg_status st = status(&a, &same, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	puts(same ? "equal" : "not equal");
	return same ? CTL_YES : CTL_NO;
}

enum ctl_exit ctl_replica_verify(const struct ctl_args *args)
{
	struct ask a = {0};
	struct tg_error err = {0};
	struct tg_store *s = NULL;
	struct tg_replica r = {0};
	struct tg_postgres p;
	struct tg_buf text = TG_BUF_INIT;
	struct tg_verify_report report = {0};
	char shard[80];
	if (!parse(args, &a, false))
		return CTL_TROUBLE;
	enum tg_status st = tg_store_open_readonly(&s, a.file, &err);
	if (st == TG_OK)
		st = which(&a, s, &p, &text, shard, &err);
	if (st == TG_OK)
		st = tg_replica_postgres(&r, &p, &err);
	if (st == TG_OK)
		st = r.verify(r.ctx, &report, &err);
	if (r.close)
		r.close(r.ctx);
	tg_store_close(s);
	tg_buf_finish(&text);
	return ctl_say_verified(&report, st, &err);
}

/* --- move */

struct batch {
	struct tg_log_row rows[BATCH];
	size_t n;
	struct tg_buf bodies;
	size_t at[BATCH];
	const uint8_t *end; /* hash of the last entry there, to be found here too */
	bool other;
};

static enum tg_status gather(const struct tg_log_row *row, void *ctx)
{
	struct batch *b = ctx;
	b->rows[b->n] = *row;
	b->at[b->n++] = b->bodies.len;
	tg_buf_add(&b->bodies, row->entry.body ? row->entry.body : "", row->entry.body_len);
	return tg_buf_status(&b->bodies);
}

static enum tg_status see_end(const struct tg_log_row *row, void *ctx)
{
	struct batch *b = ctx;
	b->other = memcmp(row->entry.hash, b->end, TG_HASH_LEN) != 0;
	return TG_OK;
}

/* The next rows after the place where the copy ends. `left`: how many there still are. */
static enum tg_status copy_batch(
        struct tg_store *s, struct tg_log_port *to, struct batch *b, uint64_t *left, struct tg_error *err)
{
	struct tg_tree_head here;
	int64_t place = 0;
	uint8_t hash[TG_HASH_LEN];
	b->n = 0;
	b->other = false;
	b->end = hash;
	tg_buf_reset(&b->bodies);
	TG_TRY(to->end(to->ctx, &place, hash, err));
	TG_TRY(tg_store_tree_head(s, &here, err));
	if (place > 0)
		TG_TRY(tg_store_log_rows(s, place - 1, 1, see_end, b, err));
	if (b->other || (uint64_t)place > here.size)
		return tg_error_set(
		        err, TG_LOG_OTHER, "the database holds another journal at place %lld", (long long)place);
	TG_TRY(tg_store_log_rows(s, place, BATCH, gather, b, err));
	for (size_t i = 0; i < b->n; i++)
		if (b->rows[i].entry.body)
			b->rows[i].entry.body = (const char *)b->bodies.data + b->at[i];
	*left = here.size - (uint64_t)place;
	*left -= *left < b->n ? *left : b->n;
	return to->append(to->ctx, place, b->rows, b->n, err);
}

static enum tg_status move(const struct ask *a, struct batch *b, struct tg_error *err)
{
	struct tg_store *s = NULL;
	struct tg_log_port to = {0};
	struct tg_postgres p;
	struct tg_buf text = TG_BUF_INIT;
	char shard[80];
	uint64_t left = UINT64_MAX, copied = 0;
	enum tg_status st = tg_store_open_readonly(&s, a->file, err);
	if (st == TG_OK)
		st = which(a, s, &p, &text, shard, err);
	if (st == TG_OK)
		st = tg_postgres_log(&to, &p, err);
	while (st == TG_OK && left > ENOUGH) {
		st = copy_batch(s, &to, b, &left, err);
		copied += b->n;
	}
	if (st == TG_OK)
		printf("copied %llu entries, about %llu are left: start the centre again with --postgres\n",
		        (unsigned long long)copied, (unsigned long long)left);
	if (to.close)
		to.close(to.ctx);
	tg_store_close(s);
	tg_buf_finish(&text);
	return st;
}

enum ctl_exit ctl_replica_move(const struct ctl_args *args)
{
	struct ask a = {0};
	struct tg_error err = {0};
	if (!parse(args, &a, true))
		return CTL_TROUBLE;
	struct batch *b = calloc(1, sizeof(*b));
	if (!b)
		return ctl_fail(TG_NO_MEMORY, &err);
	enum tg_status st = move(&a, b, &err);
	tg_buf_wipe(&b->bodies);
	free(b);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}
