/* The whole journal through two threads: this one reads, both make hashes and check signatures, this one hands on in
 * order. */
#include "verify.h"

#include <pthread.h>

#define ROWS   128u           /* of a block */
#define BYTES  (512u * 1024u) /* of bodies, then the block is full */
#define BLOCKS 8u

struct block {
	struct tg_verify_row rows[ROWS];
	struct tg_verify_head heads[ROWS]; /* of the rows that are signed heads */
	size_t body_at[ROWS];              /* in `bytes` */
	size_t n;
	struct tg_buf bytes;
	bool done;
};

struct pipe {
	struct tg_rows in;
	struct tg_verify_heads *heads;
	struct block *blocks; /* a ring: block i is blocks[i % BLOCKS] */
	uint64_t filled, taken, handed;
	bool end, started;
	pthread_t helper;
	pthread_mutex_t lock; /* of the numbers, `done`, `end` */
	pthread_cond_t changed;
	struct tg_error *err;
};

/* One that is not what its hash says is not read: that it was changed is said first. */
static bool has_head(const struct pipe *p, const struct tg_verify_row *r)
{
	return p->heads && r->read == TG_OK && r->fault == TG_ROW_FINE &&
	       strcmp(r->row.entry.kind, tg_record_kind_name(TG_RECORD_HEAD_SIGNED)) == 0;
}

static void check_block(const struct pipe *p, struct block *b)
{
	for (size_t i = 0; i < b->n; i++) {
		tg_verify_row_hash(&b->rows[i]);
		if (has_head(p, &b->rows[i]))
			tg_verify_head_read(p->heads, &b->rows[i].row.entry, &b->heads[i]);
	}
}

/* With the lock: takes the next block nobody has, checks it without the lock. */
static void work(struct pipe *p)
{
	struct block *b = &p->blocks[p->taken++ % BLOCKS];
	pthread_mutex_unlock(&p->lock);
	check_block(p, b);
	pthread_mutex_lock(&p->lock);
	b->done = true;
	pthread_cond_broadcast(&p->changed);
}

static void *help(void *ctx)
{
	struct pipe *p = ctx;
	pthread_mutex_lock(&p->lock);
	while (!p->end) {
		if (p->taken < p->filled)
			work(p);
		else
			pthread_cond_wait(&p->changed, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static enum tg_status add_row(
        struct block *b, const struct tg_entry *e, const struct tg_row_place *place, enum tg_status read)
{
	b->body_at[b->n] = b->bytes.len;
	if (e->body)
		tg_buf_add(&b->bytes, e->body, e->body_len);
	b->rows[b->n++] = (struct tg_verify_row){
	        .row = {.entry = *e, .place = place->id, .before = place->before, .received_ms = place->received_ms},
	        .read = read};
	return tg_buf_status(&b->bytes);
}

/* TG_NOT_FOUND: these are the last. */
static enum tg_status fill(struct pipe *p, struct block *b)
{
	enum tg_status st = TG_OK;
	b->n = 0;
	b->done = false;
	tg_buf_reset(&b->bytes);
	/* An empty body must not look like an erased one. */
	tg_buf_add_u8(&b->bytes, 0);
	while (st == TG_OK && b->n < ROWS && b->bytes.len < BYTES) {
		struct tg_entry e = {0};
		struct tg_row_place place = {0};
		st = tg_rows_next(&p->in, &e, &place, p->err);
		if (st == TG_OK || st == TG_CHAIN_BROKEN)
			TG_TRY(add_row(b, &e, &place, st));
		if (st == TG_CHAIN_BROKEN)
			st = TG_NOT_FOUND; /* what is wrong is said when its turn comes */
	}
	for (size_t i = 0; i < b->n; i++)
		if (b->rows[i].row.entry.body)
			b->rows[i].row.entry.body = (const char *)b->bytes.data + b->body_at[i];
	return st;
}

static enum tg_status hand_block(const struct pipe *p, const struct block *b, tg_verify_row_fn *fn, void *ctx)
{
	for (size_t i = 0; i < b->n; i++)
		TG_TRY(fn(&b->rows[i], has_head(p, &b->rows[i]) ? &b->heads[i] : NULL, ctx));
	return TG_OK;
}

/* Hands on what is ready; all of it, when `rest`; at least one block, when the ring is full. */
static enum tg_status hand_on(struct pipe *p, bool rest, tg_verify_row_fn *fn, void *ctx)
{
	enum tg_status st = TG_OK;
	pthread_mutex_lock(&p->lock);
	while (st == TG_OK && p->handed < p->filled) {
		struct block *b = &p->blocks[p->handed % BLOCKS];
		if (b->done) {
			pthread_mutex_unlock(&p->lock);
			st = hand_block(p, b, fn, ctx);
			pthread_mutex_lock(&p->lock);
			p->handed++;
		} else if (!rest && p->filled - p->handed < BLOCKS) {
			break;
		} else if (p->taken < p->filled) {
			work(p);
		} else {
			pthread_cond_wait(&p->changed, &p->lock);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return st;
}

static enum tg_status run(struct pipe *p, tg_verify_row_fn *fn, void *ctx)
{
	enum tg_status st = TG_OK;
	while (st == TG_OK) {
		st = fill(p, &p->blocks[p->filled % BLOCKS]);
		if (st != TG_OK && st != TG_NOT_FOUND)
			return st;
		pthread_mutex_lock(&p->lock);
		p->filled++;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
		TG_TRY(hand_on(p, st == TG_NOT_FOUND, fn, ctx));
	}
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static void finish(struct pipe *p)
{
	pthread_mutex_lock(&p->lock);
	p->end = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (p->started)
		pthread_join(p->helper, NULL);
	for (size_t i = 0; i < BLOCKS; i++)
		tg_buf_wipe(&p->blocks[i].bytes); /* bodies are personal */
	free(p->blocks);
	tg_rows_close(&p->in);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
}

enum tg_status tg_verify_rows(
        struct tg_store *s, struct tg_verify_heads *heads, tg_verify_row_fn *fn, void *ctx, struct tg_error *err)
{
	struct pipe p = {.heads = heads,
	        .err = err,
	        .lock = PTHREAD_MUTEX_INITIALIZER,
	        .changed = PTHREAD_COND_INITIALIZER,
	        .blocks = calloc(BLOCKS, sizeof(struct block))};
	if (!p.blocks)
		return tg_error_set(err, TG_NO_MEMORY, "verify");
	enum tg_status st = tg_rows_open(&p.in, s, 1, INT64_MAX, err);
	/* Without a second thread it takes longer, and that is all. */
	p.started = st == TG_OK && pthread_create(&p.helper, NULL, help, &p) == 0;
	if (st == TG_OK)
		st = run(&p, fn, ctx);
	finish(&p);
	return st;
}
