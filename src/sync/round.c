/* One exchange with the centre: what the sender wants, read from the journal, carried by the port, proven by the
 * acknowledgement's signature and hash, and only then written down as acknowledged. */
#include "tamga/sync.h"

void tg_sync_init(struct tg_sync *s, const struct tg_sender_config *c)
{
	*s = (struct tg_sync){.worked_ms = -1, .tree.every_ms = 60000};
	tg_sender_init(&s->sender, c);
}

void tg_sync_finish(struct tg_sync *s)
{
	tg_batch_finish(&s->batch);
	tg_buf_finish(&s->answer);
}

static enum tg_status add_entry(const struct tg_entry *e, void *ctx)
{
	return tg_batch_add(ctx, e);
}

static enum tg_status fill(struct tg_sync *s, uint64_t from, struct tg_error *err)
{
	tg_batch_begin(&s->batch);
	enum tg_status st = tg_store_read(s->store, s->kiosk, from, (int)TG_BATCH_ENTRIES, add_entry, &s->batch, err);
	if (st != TG_OK && st != TG_LIMIT)
		return st;
	if (s->batch.n == 0 || s->batch.first != from)
		return tg_error_set(err, TG_CHAIN_BROKEN, "entry %llu cannot be read", (unsigned long long)from);
	return TG_OK;
}

/* A clock that is set back while the kiosk is switched off is found out by what was seen before. Kept every few
 * minutes, and when the two clocks differ otherwise than before. */
#define KEEP_TIME_MS 300000
static enum tg_status keep_time(struct tg_sync *s, const struct tg_clock_seen *now, struct tg_error *err)
{
	if (s->seen.centre_ms == 0)
		TG_TRY(tg_store_clock_seen(s->store, &s->seen, err));
	int64_t moved = (now->wall_ms - now->centre_ms) - (s->seen.wall_ms - s->seen.centre_ms);
	if (now->centre_ms - s->seen.centre_ms < KEEP_TIME_MS && moved < KEEP_TIME_MS / 5 && moved > -KEEP_TIME_MS / 5)
		return TG_OK;
	TG_TRY(tg_store_set_clock_seen(s->store, now, err));
	return tg_store_clock_seen(s->store, &s->seen, err);
}

static enum tg_status take_answer(struct tg_sync *s, struct tg_error *err)
{
	struct tg_ack ack;
	struct tg_bytes bytes = {s->answer.data, s->answer.len};
	TG_TRY(tg_ack_open(s->ack_key, bytes, s->kiosk, &ack, err));
	TG_TRY(tg_sync_tree_told(s, &ack, err));
	int64_t wall = s->clock.wall_ms(s->clock.ctx);
	bool known = s->acked_ms > 0 && s->acked_seq == ack.seq && memcmp(s->acked_hash, ack.hash, TG_HASH_LEN) == 0;
	/* Nothing new: the disk of a quiet kiosk is left alone. */
	if (!known)
		TG_TRY(tg_store_set_acked(s->store, &ack, wall, err));
	memcpy(s->acked_hash, ack.hash, TG_HASH_LEN);
	s->acked_seq = ack.seq;
	s->acked_ms = wall;
	s->clock_offset_ms = ack.centre_time_ms - wall;
	return keep_time(s, &(struct tg_clock_seen){ack.centre_time_ms, wall}, err);
}

static enum tg_status exchange(struct tg_sync *s, const struct tg_sender_step *step, struct tg_error *err)
{
	tg_buf_reset(&s->answer);
	if (step->act == TG_SEND_ASK) {
		TG_TRY(s->port.ask(s->port.ctx, &s->answer, err));
	} else {
		TG_TRY(fill(s, step->from, err));
		struct tg_bytes batch = {s->batch.bytes.data, s->batch.bytes.len};
		TG_TRY(s->port.send(s->port.ctx, batch, &s->answer, err));
	}
	return take_answer(s, err);
}

enum tg_status tg_sync_round(struct tg_sync *s, int64_t *again_ms, struct tg_error *err)
{
	uint64_t head = 0;
	uint8_t hash[TG_HASH_LEN];
	int64_t now = s->clock.mono_ms(s->clock.ctx);
	*again_ms = now + s->sender.c.backoff_base_ms;
	TG_TRY(tg_store_head(s->store, s->kiosk, &head, hash, err));
	struct tg_sender_step step = tg_sender_next(&s->sender, now, head);
	if (step.act == TG_SEND_NOTHING) {
		*again_ms = step.until_ms;
		return TG_OK;
	}
	enum tg_status st = exchange(s, &step, err);
	now = s->clock.mono_ms(s->clock.ctx);
	uint32_t random = s->port.random(s->port.ctx);
	*again_ms = now;
	if (st == TG_OK) {
		s->worked_ms = now;
		tg_sender_told(&s->sender, now, s->acked_seq, random);
	} else if (st == TG_CENTRE_BUSY) {
		tg_sender_busy(&s->sender, now, s->port.wait_ms ? s->port.wait_ms(s->port.ctx) : 0, random);
	} else {
		tg_sender_failed(&s->sender, now, st, random);
	}
	return st;
}
