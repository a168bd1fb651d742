#include "host.h"
#include <unistd.h>

static void try_connect(struct tg_host *h)
{
	if (h->inserted && h->link.fd < 0 && h->now_ms >= h->ready_ms)
		(void)!tg_link_connect(&h->link, h->address, h->port); /* tried again in a quarter of a second */
}

/* Without contact there is no power. */
static void lose_contact(struct tg_host *h)
{
	tg_link_close(&h->link);
	tg_vcard_reset(h->card);
	h->waiting = false;
}

void tg_host_insert(struct tg_host *h)
{
	if (h->inserted)
		return;
	h->inserted = true;
	h->faults.inserted = 0;
	tg_vcard_reset(h->card);
	try_connect(h);
}

void tg_host_pull(struct tg_host *h)
{
	if (h->inserted)
		h->ready_ms = h->now_ms + TG_HOST_AWAY_MS;
	h->inserted = false;
	lose_contact(h);
}

static int64_t clock_us(const struct tg_host *h)
{
	return h->trace >= 0 && h->clock_us ? h->clock_us() : 0;
}

/* Header, lengths and microseconds, never data. */
static void trace(const struct tg_host *h, struct tg_bytes apdu, const struct tg_buf *answer, int64_t took_us)
{
	uint8_t head[4] = {0};
	char line[128], sw[5] = "----";
	if (h->trace < 0)
		return;
	memcpy(head, apdu.data, apdu.len < 4 ? apdu.len : 4);
	if (answer && answer->len >= 2)
		tg_hex(answer->data + answer->len - 2, 2, sw);
	int n = snprintf(line, sizeof line, "%llu %02x %02x %02x %02x len=%zu sw=%s answer=%zu us=%lld\n",
	        (unsigned long long)h->faults.total, head[0], head[1], head[2], head[3], apdu.len, sw,
	        answer ? answer->len : 0, (long long)took_us);
	if (n > 0 && write(h->trace, line, (size_t)n) != n)
		return; /* a full disk costs the trace, not the card */
}

static enum tg_status execute(struct tg_host *h, struct tg_bytes apdu, struct tg_buf *answer, struct tg_error *err)
{
	bool shown = h->faults.any_pin && apdu.len > 5 && apdu.data[1] == 0x20; /* VERIFY with a PIN in it */
	if (h->act != TG_FAULT_GARBAGE && !shown)
		return tg_vcard_exchange(&h->card, h->state, apdu.data, apdu.len, answer, err);
	tg_buf_add_u16(answer, shown ? 0x9000 : 0x6f00);
	return tg_buf_status(answer);
}

static enum tg_status answer_apdu(struct tg_host *h, struct tg_bytes apdu, struct tg_error *err)
{
	struct tg_buf answer = TG_BUF_INIT;
	int64_t begin = clock_us(h);
	enum tg_status status = execute(h, apdu, &answer, err);
	trace(h, apdu, &answer, clock_us(h) - begin);
	if (status == TG_OK && answer.len == 0 && h->act != TG_FAULT_PULL_AFTER) { /* a script's silence */
		h->faults.mute = true;
		tg_buf_finish(&answer);
		return status;
	}
	h->waiting = false;
	tg_link_drop(&h->link);
	bool silent = h->act == TG_FAULT_PULL_AFTER || answer.len == 0;
	if (silent)
		tg_host_pull(h);
	else if (!tg_link_send(&h->link, (struct tg_bytes){answer.data, answer.len}))
		lose_contact(h);
	tg_buf_wipe(&answer);
	return status;
}

static void contacts(struct tg_host *h, uint8_t command)
{
	tg_link_drop(&h->link);
	if (command == TG_LINK_ATR) {
		if (!tg_link_send(&h->link, tg_vcard_atr(h->card)))
			lose_contact(h);
	} else {
		tg_vcard_reset(h->card);
	}
}

/* An APDU has just come. */
static void arrive(struct tg_host *h, struct tg_bytes apdu)
{
	h->act = tg_faults_next(&h->faults);
	if (h->act == TG_FAULT_PULL) {
		trace(h, apdu, NULL, 0);
		tg_host_pull(h);
		return;
	}
	h->waiting = true;
	h->due_ms = h->now_ms + h->faults.slow_ms;
}

enum tg_status tg_host_work(struct tg_host *h, struct tg_error *err)
{
	struct tg_bytes m;
	try_connect(h);
	if (h->link.fd >= 0 && !tg_link_receive(&h->link))
		lose_contact(h);
	while (h->link.fd >= 0 && tg_link_peek(&h->link, &m)) {
		if (m.len < 2) {
			contacts(h, m.len ? m.data[0] : TG_LINK_OFF);
			continue;
		}
		if (!h->waiting)
			arrive(h, m);
		if (!h->waiting || h->faults.mute || h->due_ms > h->now_ms)
			return TG_OK;
		TG_TRY(answer_apdu(h, m, err));
	}
	return TG_OK;
}

int tg_host_wait(const struct tg_host *h)
{
	if (h->inserted && h->link.fd < 0)
		return TG_HOST_RETRY_MS;
	if (!h->waiting || h->faults.mute)
		return -1;
	return h->due_ms > h->now_ms ? (int)(h->due_ms - h->now_ms) : 0;
}
