/* Counting. */
#include "counts.h"
#include "tamga/buf.h"
#include "tamga/log.h"

#include <time.h>

const unsigned tg_ack_bounds_ms[TG_ACK_BOUNDS - 1] = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500};

const char *tg_phase_name(enum tg_phase p)
{
#define TG_PHASE_NAME(name, text) text,
	static const char *const names[] = {TG_PHASES(TG_PHASE_NAME)};
#undef TG_PHASE_NAME
	return (unsigned)p < TG_PHASE_COUNT ? names[p] : "";
}

int64_t tg_counts_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void tg_counts_refused(struct tg_centre_counts *c, enum tg_status st)
{
	if ((unsigned)st < TG_STATUS_CODES)
		atomic_fetch_add(&c->refused[st], 1);
}

void tg_counts_acknowledged(struct tg_centre_counts *c, int64_t us)
{
	unsigned i = 0;
	while (i < TG_ACK_BOUNDS - 1 && us > (int64_t)tg_ack_bounds_ms[i] * 1000)
		i++;
	atomic_fetch_add(&c->acks[i], 1);
	atomic_fetch_add(&c->ack_us, us > 0 ? (unsigned long long)us : 0);
}

static void add(struct tg_buf *b, const char *group, const char *name, unsigned long long n)
{
	if (n > 0)
		tg_buf_addf(b, " %s%s=%llu", group, name, n);
}

static void add_refused(struct tg_buf *b, const struct tg_centre_counts *c)
{
	enum tg_status st = TG_OK;
	for (size_t i = 0; tg_status_each(i, &st); i++)
		if ((unsigned)st < TG_STATUS_CODES)
			add(b, "refused-", tg_status_name(st), atomic_load(&c->refused[st]));
}

void tg_counts_log(const struct tg_centre_counts *c)
{
	struct tg_buf b = TG_BUF_INIT;
	add(&b, "", "connections", atomic_load(&c->accepted));
	add(&b, "", "turned-away", atomic_load(&c->turned_away));
	add(&b, "", "unheard", atomic_load(&c->unheard));
	for (int i = 0; i < TG_PHASE_COUNT; i++)
		add(&b, "late-", tg_phase_name((enum tg_phase)i), atomic_load(&c->late[i]));
	add(&b, "", "requests", atomic_load(&c->requests));
	add_refused(&b, c);
	add(&b, "", "parsed", atomic_load(&c->parsed));
	add(&b, "", "groups", atomic_load(&c->groups));
	add(&b, "", "entries", atomic_load(&c->entries));
	add(&b, "", "database", atomic_load(&c->database));
	if (tg_buf_status(&b) == TG_OK)
		tg_log_info("counts:%s", tg_buf_str(&b));
	tg_buf_finish(&b);
}
