/* The replica's port over centre.db. */
#include "tamga/replica.h"

#include <stdlib.h>
#include <sys/stat.h>

struct sqlite {
	struct tg_store *store;
	char path[600];
};

static struct tg_store *store_of(void *ctx)
{
	return ((struct sqlite *)ctx)->store;
}

static enum tg_status append_group(void *ctx, const struct tg_entry *entries, size_t n, int64_t now_ms,
        enum tg_status *results, struct tg_error *err)
{
	return tg_store_receive(store_of(ctx), entries, n, now_ms, results, err);
}

static enum tg_status high_water(
        void *ctx, const char *kiosk, uint64_t *seq, uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	return tg_store_head(store_of(ctx), kiosk, seq, hash, err);
}

static enum tg_status read_range(
        void *ctx, const char *kiosk, uint64_t from, int max, tg_store_entry_fn *fn, void *fn_ctx, struct tg_error *err)
{
	return tg_store_read(store_of(ctx), kiosk, from, max, fn, fn_ctx, err);
}

static enum tg_status query(void *ctx, int64_t after, int max, tg_log_row_fn *fn, void *fn_ctx, struct tg_error *err)
{
	return tg_store_log_rows(store_of(ctx), after, max, fn, fn_ctx, err);
}

static enum tg_status verify(void *ctx, struct tg_verify_report *out, struct tg_error *err)
{
	return tg_store_verify(store_of(ctx), out, err);
}

static enum tg_status see(const struct tg_log_row *row, void *ctx)
{
	struct tg_replica_stats *out = ctx;
	out->entries++;
	out->streams += row->entry.seq == 1;
	out->erased_bodies += !row->entry.body;
	return TG_OK;
}

static enum tg_status stats(void *ctx, struct tg_replica_stats *out, struct tg_error *err)
{
	struct sqlite *s = ctx;
	struct stat st;
	*out = (struct tg_replica_stats){.bytes = stat(s->path, &st) == 0 ? st.st_size : 0};
	return tg_store_log_rows(s->store, 0, INT32_MAX, see, out, err);
}

static enum tg_status tree(void *ctx, struct tg_tree_head *out, struct tg_error *err)
{
	return tg_store_tree_head(store_of(ctx), out, err);
}

void tg_replica_sqlite(struct tg_replica *out, struct tg_store *s, const char *path)
{
	struct sqlite *own = calloc(1, sizeof(*own));
	*out = (struct tg_replica){0};
	if (!own)
		return;
	own->store = s;
	(void)tg_copy(own->path, sizeof(own->path), path);
	*out = (struct tg_replica){append_group, high_water, read_range, query, verify, stats, tree, free, own};
}
