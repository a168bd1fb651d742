#include "tamga/streams.h"

#include <stdlib.h>

void tg_verify_row_hash(struct tg_verify_row *r)
{
	const struct tg_entry *e = &r->row.entry;
	struct tg_entry own = *e;
	if (r->read != TG_OK)
		return;
	r->fault = TG_ROW_UNMADE;
	if (tg_entry_seal(&own) != TG_OK || tg_tree_leaf(e->hash, TG_HASH_LEN, r->leaf) != TG_OK)
		return;
	if (memcmp(own.body_hash, e->body_hash, TG_HASH_LEN) != 0)
		r->fault = TG_ROW_BODY;
	else
		r->fault = memcmp(own.hash, e->hash, TG_HASH_LEN) != 0 ? TG_ROW_SELF : TG_ROW_FINE;
}

void tg_streams_finish(struct tg_streams *w)
{
	free(w->at);
	w->at = NULL;
	w->n = w->cap = 0;
}

enum tg_status tg_streams_broken(struct tg_streams *w, const char *kiosk, uint64_t seq, const char *what)
{
	(void)tg_copy(w->out->kiosk, sizeof(w->out->kiosk), kiosk);
	(void)tg_copy(w->out->what, sizeof(w->out->what), what);
	w->out->seq = seq;
	return tg_error_set(w->err, TG_CHAIN_BROKEN, "stream %s, entry %llu: %s", kiosk, (unsigned long long)seq, what);
}

enum tg_status tg_streams_broken_at(struct tg_streams *w, const struct tg_places *at, const char *what)
{
	enum tg_status st = tg_streams_broken(w, at->kiosk, at->seq, what);
	w->out->place = at->from;
	w->out->place_to = at->to;
	return at->from == at->to ? tg_error_set(w->err, st, "place %lld of the journal: %s", (long long)at->from, what)
	                          : tg_error_set(w->err, st, "places %lld to %lld of the journal: %s",
	                                    (long long)at->from, (long long)at->to, what);
}

/* Where `kiosk` stands, or where it would be put in. */
static size_t lower_bound(const struct tg_streams *w, const char *kiosk)
{
	size_t lo = 0, hi = w->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (strcmp(w->at[mid].kiosk, kiosk) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_at(const struct tg_streams *w, size_t at, const char *kiosk)
{
	return at < w->n && strcmp(w->at[at].kiosk, kiosk) == 0;
}

struct tg_stream *tg_streams_find(const struct tg_streams *w, const char *kiosk)
{
	size_t at = lower_bound(w, kiosk);
	return is_at(w, at, kiosk) ? &w->at[at] : NULL;
}

static enum tg_status put_in(struct tg_streams *w, size_t at, const char *kiosk)
{
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 16;
		struct tg_stream *p = reallocarray(w->at, cap, sizeof(*p));
		if (!p)
			return tg_error_set(w->err, TG_NO_MEMORY, "verify");
		w->at = p;
		w->cap = cap;
	}
	memmove(w->at + at + 1, w->at + at, (w->n - at) * sizeof(*w->at));
	w->at[at] = (struct tg_stream){0};
	(void)tg_copy(w->at[at].kiosk, sizeof(w->at[at].kiosk), kiosk);
	tg_entry_genesis(kiosk, w->at[at].hash);
	w->n++;
	return TG_OK;
}

static enum tg_status stream_of(struct tg_streams *w, const char *kiosk, struct tg_stream **out)
{
	if (!is_at(w, w->last, kiosk)) {
		w->last = lower_bound(w, kiosk);
		if (!is_at(w, w->last, kiosk))
			TG_TRY(put_in(w, w->last, kiosk));
	}
	*out = &w->at[w->last];
	return TG_OK;
}

/* What is wrong with an entry in itself and towards the one before, NULL when nothing is. */
static const char *fault(const struct tg_verify_row *r, const struct tg_stream *st)
{
	const struct tg_entry *e = &r->row.entry;
	if (e->seq <= st->seq)
		return "stands after an entry that it should precede";
	if (e->seq > st->seq + 1)
		return "the entry before it is missing";
	if (r->fault == TG_ROW_UNMADE)
		return "its hash could not be made";
	if (r->fault == TG_ROW_BODY)
		return "its body or salt was changed";
	if (memcmp(e->prev_hash, st->hash, TG_HASH_LEN) != 0)
		return "it does not follow from the entry before it";
	if (r->fault == TG_ROW_SELF)
		return "it was changed";
	return r->row.before != st->last_id ? "its link to the entry before it was changed" : NULL;
}

enum tg_status tg_streams_row(struct tg_streams *w, const struct tg_verify_row *r)
{
	const struct tg_entry *e = &r->row.entry;
	const char *kiosk = tg_kiosk_id_valid(e->kiosk) ? e->kiosk : "?";
	struct tg_stream *st;
	if (r->read != TG_OK || kiosk != e->kiosk)
		return tg_streams_broken(w, kiosk, e->seq, "the row cannot be read");
	if (w->only && (strcmp(kiosk, w->only) != 0 || (uint64_t)r->row.place != e->seq))
		return tg_streams_broken(w, kiosk, e->seq, "it is not at its place in this kiosk's stream");
	TG_TRY(stream_of(w, kiosk, &st));
	const char *what = fault(r, st);
	if (what)
		return tg_streams_broken(w, kiosk, e->seq > st->seq + 1 ? st->seq + 1 : e->seq, what);
	st->seq = e->seq;
	st->last_id = r->row.place;
	memcpy(st->hash, e->hash, TG_HASH_LEN);
	w->out->entries++;
	w->out->streams = w->n;
	return TG_OK;
}

static enum tg_status no_head(struct tg_streams *w)
{
	const struct tg_stream *end = &w->at[w->heads];
	return tg_streams_broken(w, end->kiosk, end->seq, "its high water is missing");
}

enum tg_status tg_streams_head(struct tg_streams *w, const struct tg_stream *kept)
{
	const struct tg_stream *end = w->heads < w->n ? &w->at[w->heads] : NULL;
	const int order = end ? strcmp(end->kiosk, kept->kiosk) : 1;
	if (order < 0)
		return no_head(w);
	if (order > 0)
		return tg_streams_broken(w, kept->kiosk, 1, "the whole stream is missing");
	if (kept->seq > end->seq)
		return tg_streams_broken(w, kept->kiosk, end->seq + 1, "entries at the end are missing");
	if (kept->seq != end->seq || kept->last_id != end->last_id || memcmp(kept->hash, end->hash, TG_HASH_LEN) != 0)
		return tg_streams_broken(w, kept->kiosk, end->seq, "the high water is not the newest entry");
	w->heads++;
	return TG_OK;
}

enum tg_status tg_streams_end(struct tg_streams *w)
{
	return w->heads < w->n ? no_head(w) : TG_OK;
}
