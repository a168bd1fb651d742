/* A store of the centre as the table that the conformance suite wants; opening and closing stay the caller's. */
#include "conformance.h"

static enum tg_status append_group(void *store, const struct tg_entry *entries, size_t n, enum tg_status *results)
{
	return tg_store_receive(store, entries, n, NOW, results, NULL);
}

static enum tg_status high_water(void *store, const char *kiosk, uint64_t *seq, uint8_t *hash)
{
	return tg_store_head(store, kiosk, seq, hash, NULL);
}

static enum tg_status read_range(
        void *store, const char *kiosk, uint64_t from, int max, tg_store_entry_fn *fn, void *ctx)
{
	return tg_store_read(store, kiosk, from, max, fn, ctx, NULL);
}

static enum tg_status application(void *store, const char *number, struct tg_app_row *row)
{
	return tg_store_app_find(store, number, row, NULL);
}

static enum tg_status verify(void *store, struct tg_verify_report *report)
{
	return tg_store_verify(store, report, NULL);
}

static enum tg_status append_own(void *store, enum tg_record_kind kind, const char *json, int64_t now_ms)
{
	return tg_store_append(store, kind, json, now_ms, NULL, NULL);
}

static enum tg_status lock(
        void *store, const char *certificate, const struct tg_lock_rule *rule, int64_t now_ms, struct tg_lock *out)
{
	return tg_store_lock(store, certificate, rule, now_ms, out, NULL);
}

static enum tg_status token_life(void *store, const char *serial, enum tg_token_life *out)
{
	return tg_store_token_life(store, serial, out, NULL);
}

static enum tg_status feed_add(void *store, struct tg_feed_item *item)
{
	return tg_store_feed_add(store, item, NULL);
}

static enum tg_status feed_for(void *store, const char *kiosk, uint64_t cursor, int max, tg_feed_fn *fn, void *ctx)
{
	return tg_store_feed_for(store, kiosk, cursor, max, fn, ctx, NULL);
}

void conformance_fill(struct store_port *port)
{
	port->append_group = append_group;
	port->high_water = high_water;
	port->read_range = read_range;
	port->application = application;
	port->verify = verify;
	port->append_own = append_own;
	port->lock = lock;
	port->token_life = token_life;
	port->feed_add = feed_add;
	port->feed_for = feed_for;
}
