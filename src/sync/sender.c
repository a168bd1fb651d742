/* The sender: when to ask, when to send, how long to pause. Pure. */
#include "tamga/sync.h"

static const struct tg_sm_row rows[TG_SENDER_STATE_COUNT] = {
        [TG_SENDER_UNSURE] = {"unsure", TG_SM_TO(TG_SENDER_ASKING), false},
        [TG_SENDER_ASKING] = {"asking",
                TG_SM_TO(TG_SENDER_LEVEL) | TG_SM_TO(TG_SENDER_PAUSED) | TG_SM_TO(TG_SENDER_HALTED), false},
        [TG_SENDER_LEVEL] = {"level",
                TG_SM_TO(TG_SENDER_SENDING) | TG_SM_TO(TG_SENDER_ASKING) | TG_SM_TO(TG_SENDER_HALTED), false},
        [TG_SENDER_SENDING] = {"sending",
                TG_SM_TO(TG_SENDER_LEVEL) | TG_SM_TO(TG_SENDER_UNSURE) | TG_SM_TO(TG_SENDER_PAUSED) |
                        TG_SM_TO(TG_SENDER_HALTED),
                false},
        [TG_SENDER_PAUSED] = {"paused", TG_SM_TO(TG_SENDER_ASKING), false},
        [TG_SENDER_HALTED] = {"halted", TG_SM_TO(TG_SENDER_ASKING), false},
};
const struct tg_sm tg_sender_machine = {"sender", rows, TG_SENDER_STATE_COUNT};

struct tg_sender_config tg_sender_defaults(void)
{
	return (struct tg_sender_config){.backoff_base_ms = 1000,
	        .backoff_cap_ms = 60000,
	        .ask_every_ms = 30000,
	        .halt_ms = 300000,
	        .wait_cap_ms = 600000};
}

void tg_sender_init(struct tg_sender *s, const struct tg_sender_config *c)
{
	*s = (struct tg_sender){.c = *c, .state = TG_SENDER_UNSURE, .last = TG_CENTRE_DOWN};
}

static void move(struct tg_sender *s, enum tg_sender_state to)
{
	if (!tg_sm_allows(&tg_sender_machine, (int)s->state, (int)to))
		tg_bug_report(__FILE__, __LINE__, "forbidden move of the sender");
	s->state = to;
}

static struct tg_sender_step ask(struct tg_sender *s)
{
	move(s, TG_SENDER_ASKING);
	return (struct tg_sender_step){.act = TG_SEND_ASK};
}

static struct tg_sender_step sleep_until(int64_t ms)
{
	return (struct tg_sender_step){.act = TG_SEND_NOTHING, .until_ms = ms};
}

static struct tg_sender_step next_level(struct tg_sender *s, int64_t now_ms, uint64_t head)
{
	if (head > s->acked && now_ms >= s->hold_ms) {
		move(s, TG_SENDER_SENDING);
		s->sending = s->acked + 1;
		return (struct tg_sender_step){.act = TG_SEND_BATCH, .from = s->sending};
	}
	if (now_ms >= s->wake_ms)
		return ask(s);
	return sleep_until(head > s->acked && s->hold_ms < s->wake_ms ? s->hold_ms : s->wake_ms);
}

struct tg_sender_step tg_sender_next(struct tg_sender *s, int64_t now_ms, uint64_t head)
{
	switch (s->state) {
	case TG_SENDER_UNSURE:
		return ask(s);
	case TG_SENDER_LEVEL:
		return next_level(s, now_ms, head);
	case TG_SENDER_PAUSED:
	case TG_SENDER_HALTED:
		return now_ms >= s->wake_ms ? ask(s) : sleep_until(s->wake_ms);
	case TG_SENDER_ASKING:
	case TG_SENDER_SENDING:
	case TG_SENDER_STATE_COUNT:
		break;
	}
	/* Asked again while an exchange is under way: a mistake of the caller, harmless when nothing is done. */
	tg_bug_report(__FILE__, __LINE__, "the sender was asked during an exchange");
	return sleep_until(now_ms + s->c.backoff_base_ms);
}

/* Evenly from 0 … top. */
static int64_t drawn(int64_t top, uint32_t random)
{
	return (int64_t)(((uint64_t)random * (uint64_t)(top + 1)) >> 32);
}

static int64_t pause_ms(const struct tg_sender *s, uint32_t random)
{
	unsigned doublings = s->failures > 20 ? 20 : s->failures - 1;
	int64_t top = s->c.backoff_base_ms << doublings;
	if (top > s->c.backoff_cap_ms)
		top = s->c.backoff_cap_ms;
	return drawn(top, random);
}

static void pause_sender(struct tg_sender *s, int64_t now_ms, uint32_t random)
{
	s->failures++;
	s->wake_ms = now_ms + pause_ms(s, random);
	move(s, TG_SENDER_PAUSED);
}

void tg_sender_told(struct tg_sender *s, int64_t now_ms, uint64_t high_water, uint32_t random)
{
	bool stuck = s->state == TG_SENDER_SENDING && high_water < s->sending;
	s->acked = high_water;
	s->last = TG_OK;
	if (stuck) {
		/* It took the batch and has not moved: restored in between, or out of its mind. Not in a tight circle.
		 */
		pause_sender(s, now_ms, random);
		return;
	}
	s->failures = 0;
	s->wake_ms = now_ms + s->c.ask_every_ms;
	move(s, TG_SENDER_LEVEL);
}

static bool is_alarm(enum tg_status why)
{
	return why == TG_SYNC_FORK || why == TG_SYNC_FOREIGN || why == TG_CHAIN_BROKEN || why == TG_KIOSK_UNKNOWN ||
	       why == TG_CHANNEL_EXPIRED || why == TG_TREE_OTHER;
}

void tg_sender_failed(struct tg_sender *s, int64_t now_ms, enum tg_status why, uint32_t random)
{
	s->last = why;
	if (is_alarm(why)) {
		s->failures++;
		s->wake_ms = now_ms + s->c.halt_ms;
		move(s, TG_SENDER_HALTED);
		return;
	}
	if (why == TG_SYNC_GAP && s->state == TG_SENDER_SENDING && s->failures == 0) {
		/* The centre was restored since we asked: ask at once, but a second gap in a row is paused for. */
		s->failures = 1;
		move(s, TG_SENDER_UNSURE);
		return;
	}
	pause_sender(s, now_ms, random);
}

void tg_sender_busy(struct tg_sender *s, int64_t now_ms, int64_t wait_ms, uint32_t random)
{
	if (wait_ms > s->c.wait_cap_ms)
		wait_ms = s->c.wait_cap_ms;
	if (wait_ms < s->c.backoff_base_ms)
		wait_ms = s->c.backoff_base_ms;
	s->last = TG_CENTRE_BUSY;
	s->hold_ms = now_ms + wait_ms + drawn(wait_ms, random);
	if (s->state == TG_SENDER_SENDING) {
		/* Refused before it was looked at: what the centre holds is known as before. */
		if (s->wake_ms < s->hold_ms)
			s->wake_ms = s->hold_ms;
		move(s, TG_SENDER_LEVEL);
		return;
	}
	s->wake_ms = s->hold_ms;
	move(s, TG_SENDER_PAUSED);
}

void tg_sender_hurry(struct tg_sender *s, int64_t now_ms)
{
	if (s->state == TG_SENDER_PAUSED || s->state == TG_SENDER_LEVEL)
		s->wake_ms = now_ms;
}

void tg_sender_heard(struct tg_sender *s, int64_t until_ms)
{
	if (s->state == TG_SENDER_LEVEL && until_ms > s->wake_ms)
		s->wake_ms = until_ms;
}
