/* Erasure (C-8) inside the store: what is left of a body, entries that name what was erased, what a verification sees.
 */
#ifndef TG_STORE_ERASE_H
#define TG_STORE_ERASE_H

#include "db.h"
#include "tamga/erase.h"

/* erase_kept.c: what is left of erased bodies. */
/* Fills `kept` of an entry whose body is gone; `room` keeps its bytes. */
enum tg_status tg_kept_fill(
        struct tg_store *s, struct tg_entry *e, struct tg_buf *room, struct tg_error *err) TG_MUST_USE;
/* The members of a body that are not personal; a new reference, NULL without memory. */
json_t *tg_kept_of(int kind, const json_t *body);
/* The body, or what is left of it; a new reference, NULL when there is nothing that could be read. */
json_t *tg_kept_or_body(const struct tg_entry *e);
enum tg_status tg_kept_add(
        struct tg_store *s, const char *kiosk, uint64_t seq, const json_t *kept, struct tg_error *err) TG_MUST_USE;
/* bodies.erased that came from a journal kept outside: what it names goes here too. */
enum tg_status tg_kept_follow(
        struct tg_store *s, const struct tg_entry *e, const json_t *body, struct tg_error *err) TG_MUST_USE;
/* Centre: the table as the entries bodies.erased say, before everything else is made from the journal. */
enum tg_status tg_kept_collect(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

/* verify_erased.c: what the walk through the journal saw of erasures. */
struct tg_erased_seen {
	uint64_t gone;  /* entries without their body */
	uint64_t named; /* bodies that entries of the centre say were erased */
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq; /* with `kiosk`: of the entry that is wrong */
};
/* NULL in `what`: nothing is wrong. */
enum tg_status tg_erased_see(struct tg_store *s, const struct tg_entry *e, struct tg_erased_seen *seen,
        const char **what, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_erased_end(
        struct tg_store *s, struct tg_erased_seen *seen, const char **what, struct tg_error *err) TG_MUST_USE;

/* erase.c: entries bodies.erased of the centre's own stream, gathered in the transaction of the caller. */
struct tg_erasure {
	struct tg_store *s;
	const char *why, *by;
	int64_t now_ms;
	json_t *entries;
	size_t bytes;
};
/* Takes `kept`. */
enum tg_status tg_erasure_name(
        struct tg_erasure *a, const char *kiosk, uint64_t seq, json_t *kept, struct tg_error *err) TG_MUST_USE;
/* Writes what is gathered when `st` is TG_OK; frees. */
enum tg_status tg_erasure_end(struct tg_erasure *a, enum tg_status st, struct tg_error *err) TG_MUST_USE;
/* One body: gone from its row, its rest in the table; what follows is done by tg_store_erase_finish. `a` NULL: an entry
 * names it already. */
enum tg_status tg_erase_entry(struct tg_store *s, int64_t id, const struct tg_entry *e, struct tg_erasure *a,
        struct tg_error *err) TG_MUST_USE;
/* Whether it may be erased now; the lists of companies it began go with it. */
enum tg_status tg_erase_may(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;

#endif
