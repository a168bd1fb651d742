/* Layer: store. A journal gone through row by row, in whatever it is kept: each row must be what its hashes say and
 * follow from the one before it in its stream, and the high water must be where the walk ends. Requirement C-1. */
#ifndef TAMGA_STREAMS_H
#define TAMGA_STREAMS_H

#include "tamga/outside.h"

/* What a row is in itself. */
enum tg_row_fault { TG_ROW_FINE, TG_ROW_UNMADE, TG_ROW_BODY, TG_ROW_SELF };
struct tg_verify_row {
	struct tg_log_row row; /* its body is borrowed until the callback returns */
	enum tg_status read;   /* TG_CHAIN_BROKEN: it cannot be read */
	enum tg_row_fault fault;
	uint8_t leaf[TG_HASH_LEN];
};
/* Makes the hashes again: fills `fault` and `leaf`. From any thread. */
void tg_verify_row_hash(struct tg_verify_row *r);

/* The head of one stream. */
struct tg_stream {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq; /* 0 = no entry yet, `hash` is the genesis hash then */
	uint8_t hash[TG_HASH_LEN];
	int64_t last_id; /* row of the newest entry, 0 = none */
};
struct tg_streams {
	const char *only;     /* a kiosk's journal: its one stream, in which the place is the seq; NULL: all streams */
	struct tg_stream *at; /* sorted by kiosk: where each stands */
	size_t n, cap, last;  /* `last`: the one used before, usually the one used next */
	size_t heads;         /* so many of them were held against the high water */
	struct tg_verify_report *out;
	struct tg_error *err;
};
void tg_streams_finish(struct tg_streams *w);
/* Fill the report and return TG_CHAIN_BROKEN. The second knows places only, and whose entry stands at the first of
 * them: `kiosk` "" when there is none. */
enum tg_status tg_streams_broken(struct tg_streams *w, const char *kiosk, uint64_t seq, const char *what) TG_MUST_USE;
struct tg_places {
	const char *kiosk;
	uint64_t seq;
	int64_t from, to;
};
enum tg_status tg_streams_broken_at(struct tg_streams *w, const struct tg_places *at, const char *what) TG_MUST_USE;
/* NULL: there is no entry of it. */
struct tg_stream *tg_streams_find(const struct tg_streams *w, const char *kiosk);
/* The next row, hashed. It is counted when it is right. TG_CHAIN_BROKEN, TG_NO_MEMORY. */
enum tg_status tg_streams_row(struct tg_streams *w, const struct tg_verify_row *r) TG_MUST_USE;
/* After the last row: what is kept as the newest entry of each stream, in the order of their ids by bytes; and then the
 * end. TG_CHAIN_BROKEN. */
enum tg_status tg_streams_head(struct tg_streams *w, const struct tg_stream *kept) TG_MUST_USE;
enum tg_status tg_streams_end(struct tg_streams *w) TG_MUST_USE;

#endif
