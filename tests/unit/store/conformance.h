/* What every back end of the centre's storage must do (C-1, C-3, C-7), whatever engine it stands on. A back end fills
 * in this table and runs the suite. */
#ifndef TG_STORE_CONFORMANCE_H
#define TG_STORE_CONFORMANCE_H

#include "lib.h"

struct store_port {
	const char *name;
	void *(*open)(void); /* empty the first time, the same data afterwards */
	void (*close)(void *store);
	void (*remove)(void);
	enum tg_status (*append_group)(void *store, const struct tg_entry *entries, size_t n, enum tg_status *results);
	enum tg_status (*high_water)(void *store, const char *kiosk, uint64_t *seq, uint8_t *hash);
	enum tg_status (*read_range)(
	        void *store, const char *kiosk, uint64_t from, int max, tg_store_entry_fn *fn, void *ctx);
	enum tg_status (*application)(void *store, const char *number, struct tg_app_row *row);
	enum tg_status (*verify)(void *store, struct tg_verify_report *report);
	/* Of the centre's own stream. */
	enum tg_status (*append_own)(void *store, enum tg_record_kind kind, const char *json, int64_t now_ms);
	enum tg_status (*lock)(void *store, const char *certificate, const struct tg_lock_rule *rule, int64_t now_ms,
	        struct tg_lock *out);
	enum tg_status (*token_life)(void *store, const char *serial, enum tg_token_life *out);
	enum tg_status (*feed_add)(void *store, struct tg_feed_item *item);
	enum tg_status (*feed_for)(void *store, const char *kiosk, uint64_t cursor, int max, tg_feed_fn *fn, void *ctx);
};

int conformance_run(const struct store_port *port);
/* Everything but opening, closing and removing, of a tg_store. */
void conformance_fill(struct store_port *port);

#endif
