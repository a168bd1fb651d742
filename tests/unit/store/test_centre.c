/* The conformance suite on the SQLite back end. */
#include "conformance.h"

static bool made;

static void *sqlite_open(void)
{
	if (!made)
		lib_make_dir();
	made = true;
	return lib_open_centre("centre");
}

static void sqlite_close(void *store)
{
	tg_store_close(store);
}

static void sqlite_remove(void)
{
	lib_remove_dir();
	made = false;
}

static enum tg_status sqlite_append_group(
        void *store, const struct tg_entry *entries, size_t n, enum tg_status *results)
{
	return tg_store_receive(store, entries, n, NOW, results, NULL);
}

static enum tg_status sqlite_high_water(void *store, const char *kiosk, uint64_t *seq, uint8_t *hash)
{
	return tg_store_head(store, kiosk, seq, hash, NULL);
}

static enum tg_status sqlite_read_range(
        void *store, const char *kiosk, uint64_t from, int max, tg_store_entry_fn *fn, void *ctx)
{
	return tg_store_read(store, kiosk, from, max, fn, ctx, NULL);
}

static enum tg_status sqlite_application(void *store, const char *number, struct tg_app_row *row)
{
	return tg_store_app_find(store, number, row, NULL);
}

static enum tg_status sqlite_verify(void *store, struct tg_verify_report *report)
{
	return tg_store_verify(store, report, NULL);
}

static enum tg_status sqlite_append_own(void *store, enum tg_record_kind kind, const char *json, int64_t now_ms)
{
	return tg_store_append(store, kind, json, now_ms, NULL, NULL);
}

static enum tg_status sqlite_lock(
        void *store, const char *certificate, const struct tg_lock_rule *rule, int64_t now_ms, struct tg_lock *out)
{
	return tg_store_lock(store, certificate, rule, now_ms, out, NULL);
}

static enum tg_status sqlite_token_life(void *store, const char *serial, enum tg_token_life *out)
{
	return tg_store_token_life(store, serial, out, NULL);
}

static enum tg_status sqlite_feed_add(void *store, struct tg_feed_item *item)
{
	return tg_store_feed_add(store, item, NULL);
}

static enum tg_status sqlite_feed_for(
        void *store, const char *kiosk, uint64_t cursor, int max, tg_feed_fn *fn, void *ctx)
{
	return tg_store_feed_for(store, kiosk, cursor, max, fn, ctx, NULL);
}

int main(void)
{
	const struct store_port port = {"sqlite", sqlite_open, sqlite_close, sqlite_remove, sqlite_append_group,
	        sqlite_high_water, sqlite_read_range, sqlite_application, sqlite_verify, sqlite_append_own, sqlite_lock,
	        sqlite_token_life, sqlite_feed_add, sqlite_feed_for};
	return conformance_run(&port);
}
