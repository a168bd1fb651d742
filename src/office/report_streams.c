#include "report_streams.h"

#include <jansson.h>

enum tg_status tg_report_streams_of(struct tg_report_streams *x, struct tg_store *s)
{
	json_decref(x->known);
	x->s = s;
	x->known = json_object();
	return x->known ? TG_OK : TG_NO_MEMORY;
}

void tg_report_streams_finish(struct tg_report_streams *x)
{
	json_decref(x->known);
	x->known = NULL;
}

/* Every centre has a stream of its own under the same name: a stream is known by its first entry too. */
struct stream {
	uint64_t seq; /* of the last entry; 0: there is none */
	uint8_t first[TG_HASH_LEN];
};

static enum tg_status take_first(const struct tg_entry *e, void *ctx)
{
	struct stream *of = ctx;
	memcpy(of->first, e->hash, TG_HASH_LEN);
	return TG_OK;
}

static enum tg_status read_stream(struct tg_store *s, const char *stream, struct stream *out, struct tg_error *err)
{
	uint8_t last[TG_HASH_LEN];
	*out = (struct stream){0};
	TG_TRY(tg_store_head(s, stream, &out->seq, last, err));
	return out->seq > 0 ? tg_store_read(s, stream, 1, 1, take_first, out, err) : TG_OK;
}

static enum tg_status find_out(struct tg_report_streams *x, const char *stream, bool *here, struct tg_error *err)
{
	struct stream mine, other;
	bool before = true; /* of two with the same the first */
	*here = true;
	TG_TRY(read_stream(x->s, stream, &mine, err));
	for (struct tg_store *const *s = x->all; *s && *here; s++) {
		if (*s == x->s) {
			before = false;
			continue;
		}
		TG_TRY(read_stream(*s, stream, &other, err));
		bool same = other.seq > 0 && memcmp(other.first, mine.first, TG_HASH_LEN) == 0;
		*here = !same || other.seq < mine.seq || (other.seq == mine.seq && !before);
	}
	return TG_OK;
}

enum tg_status tg_report_streams_here(struct tg_report_streams *x, const char *stream, bool *here, struct tg_error *err)
{
	const json_t *known = json_object_get(x->known, stream);
	*here = !known || json_is_true(known);
	if (known || !x->all[1])
		return TG_OK;
	TG_TRY(find_out(x, stream, here, err));
	return json_object_set_new(x->known, stream, json_boolean(*here)) == 0
	               ? TG_OK
	               : tg_error_set(err, TG_NO_MEMORY, "report");
}

struct look {
	struct tg_report_streams *x;
	bool *here;
	struct tg_error *err;
};

static enum tg_status look_at(const struct tg_entry *e, int64_t place, void *ctx)
{
	const struct look *l = ctx;
	(void)place;
	return tg_report_streams_here(l->x, e->kiosk, l->here, l->err);
}

enum tg_status tg_report_streams_place(struct tg_report_streams *x, int64_t place, bool *here, struct tg_error *err)
{
	struct look l = {x, here, err};
	*here = true;
	return x->all[1] ? tg_store_after(x->s, place - 1, 1, look_at, &l, err) : TG_OK;
}
