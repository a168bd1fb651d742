/* Back-pressure: room, and a place in the queue of those who were sent away. */
#include "pressure.h"
#include "tamga/text.h"

/* Before anything was measured: a slow disk. */
#define RATE_FIRST (8.0 * 1024 * 1024)
#define RATE_MIN   (256.0 * 1024)
/* A group so small says how long a commit takes, not what the writer is able to do. */
#define TELLING 65536u

enum tg_status tg_pressure_init(
        struct tg_pressure *p, size_t max_bytes, unsigned max_requests, struct tg_centre_counts *counts)
{
	*p = (struct tg_pressure){
	        .max_bytes = max_bytes, .max_requests = max_requests, .rate = RATE_FIRST, .counts = counts};
	return pthread_mutex_init(&p->lock, NULL) == 0 ? TG_OK : TG_NO_MEMORY;
}

void tg_pressure_finish(struct tg_pressure *p)
{
	pthread_mutex_destroy(&p->lock);
}

static struct tg_flight **slot_of(struct tg_pressure *p, const char *kiosk)
{
	return &p->slots[tg_text_hash(kiosk) % TG_PRESSURE_SLOTS];
}

static bool too_many_of_one(struct tg_pressure *p, const struct tg_flight *f)
{
	unsigned n = 0;
	if (!f->kiosk[0])
		return false;
	for (const struct tg_flight *o = *slot_of(p, f->kiosk); o; o = o->next) {
		if (strcmp(o->kiosk, f->kiosk) != 0)
			continue;
		if (f->writes && o->writes)
			return true;
		n++;
	}
	return n >= TG_PRESSURE_OF_ONE;
}

static bool no_room(const struct tg_pressure *p, const struct tg_flight *f)
{
	unsigned room = f->writes ? p->max_requests - p->max_requests / 4 : p->max_requests;
	if (p->requests >= room || p->bytes + f->bytes > p->max_bytes)
		return true;
	return f->writes && (double)p->ready * 1000 > p->rate * TG_PRESSURE_BACKLOG_MS;
}

static int64_t cost_ms(const struct tg_pressure *p, size_t bytes, unsigned requests)
{
	return (int64_t)((double)(bytes + (size_t)requests * TG_PRESSURE_EACH) * 1000 / p->rate);
}

/* Each gets the next free moment behind what is here and what was promised to others. It will draw its return evenly
 * from once to twice what it is told, so it is told two thirds. */
static unsigned next_place(struct tg_pressure *p, const struct tg_flight *f, int64_t now_ms)
{
	int64_t from = now_ms + cost_ms(p, p->bytes, p->requests);
	if (p->promised_ms < from)
		p->promised_ms = from;
	p->promised_ms += cost_ms(p, f->bytes, 1);
	if (p->promised_ms > now_ms + TG_PRESSURE_WAIT_MAX * 3 / 2)
		p->promised_ms = now_ms + TG_PRESSURE_WAIT_MAX * 3 / 2;
	int64_t wait = (p->promised_ms - now_ms) * 2 / 3;
	return wait < TG_PRESSURE_WAIT_MIN ? TG_PRESSURE_WAIT_MIN : (unsigned)wait;
}

static void put(struct tg_pressure *p, struct tg_flight *f)
{
	struct tg_flight **slot = slot_of(p, f->kiosk);
	f->up = true;
	f->prev = NULL;
	f->next = *slot;
	if (f->next)
		f->next->prev = f;
	*slot = f;
	p->requests++;
	p->bytes += f->bytes;
}

static void take(struct tg_pressure *p, struct tg_flight *f)
{
	if (f->prev)
		f->prev->next = f->next;
	else
		*slot_of(p, f->kiosk) = f->next;
	if (f->next)
		f->next->prev = f->prev;
	f->up = false;
	p->requests--;
	p->bytes -= f->bytes;
}

static void show(struct tg_pressure *p)
{
	atomic_store(&p->counts->in_flight, p->requests);
	atomic_store(&p->counts->in_flight_bytes, p->bytes);
	atomic_store(&p->counts->rate, (unsigned long long)p->rate);
}

enum tg_status tg_pressure_admit(struct tg_pressure *p, struct tg_flight *f, int64_t now_ms, unsigned *wait_ms)
{
	enum tg_status st = TG_OK;
	*wait_ms = 0;
	pthread_mutex_lock(&p->lock);
	if (too_many_of_one(p, f)) {
		st = TG_CENTRE_BUSY;
		*wait_ms = TG_PRESSURE_WAIT_MIN;
	} else if (no_room(p, f)) {
		st = TG_CENTRE_BUSY;
		/* A question takes nobody's place. */
		*wait_ms = f->writes ? next_place(p, f, now_ms) : TG_PRESSURE_WAIT_MIN;
	} else {
		put(p, f);
	}
	show(p);
	pthread_mutex_unlock(&p->lock);
	return st;
}

void tg_pressure_leave(struct tg_pressure *p, struct tg_flight *f)
{
	pthread_mutex_lock(&p->lock);
	if (f->up)
		take(p, f);
	show(p);
	pthread_mutex_unlock(&p->lock);
}

void tg_pressure_ready(struct tg_pressure *p, size_t bytes)
{
	pthread_mutex_lock(&p->lock);
	p->ready += bytes;
	pthread_mutex_unlock(&p->lock);
}

void tg_pressure_drained(struct tg_pressure *p, size_t bytes, unsigned requests, int64_t us)
{
	pthread_mutex_lock(&p->lock);
	p->ready -= bytes < p->ready ? bytes : p->ready;
	double cost = (double)bytes + (double)requests * TG_PRESSURE_EACH;
	if (cost >= TELLING && us > 0)
		p->rate = 0.8 * p->rate + 0.2 * (cost * 1000000 / (double)us);
	if (p->rate < RATE_MIN)
		p->rate = RATE_MIN;
	show(p);
	pthread_mutex_unlock(&p->lock);
}
