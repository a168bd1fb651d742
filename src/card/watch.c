#include "tamga/card.h"
#include "tamga/buf.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <winscard.h>

/* pcscd's own name for "a reader was plugged in or out". */
#define PNP_NOTIFICATION "\\\\?PnP?\\Notification"
#define RETRY_SECONDS    1
#define NAMES_MAX        4096

/* A picture with what the receiver does not see: how often a card came or went in each reader. */
struct picture {
	struct tg_readers readers;
	unsigned events[TG_READERS_MAX];
};

struct tg_card_watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* signalled once, at the end */
	bool ended;
	atomic_bool stop;
	SCARDCONTEXT context; /* written by the thread under `lock` */
	bool connected;
	tg_card_changed *changed;
	void *ctx;
	/* The thread's own: the reader names of the current picture (a multi-string) and their states, PnP last. */
	char names[NAMES_MAX];
	SCARD_READERSTATE states[TG_READERS_MAX + 1];
	unsigned n;
	struct picture told;
};

static bool connect_service(struct tg_card_watch *w)
{
	SCARDCONTEXT context;
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return false;
	pthread_mutex_lock(&w->lock);
	w->context = context;
	w->connected = true;
	pthread_mutex_unlock(&w->lock);
	return true;
}

static void disconnect_service(struct tg_card_watch *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->connected)
		(void)SCardReleaseContext(w->context); /* fails when the service is gone: nothing is left to release */
	w->connected = false;
	pthread_mutex_unlock(&w->lock);
}

/* Keeps what is known of a reader that is still there, so that a change which fell between two calls is not lost. */
static DWORD known_state(const SCARD_READERSTATE *old, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(old[i].szReader, name) == 0)
			return old[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	return SCARD_STATE_UNAWARE;
}

static LONG list_readers(struct tg_card_watch *w)
{
	char names[NAMES_MAX] = "";
	DWORD length = sizeof names;
	LONG rv = SCardListReaders(w->context, NULL, names, &length);
	if (rv == SCARD_E_NO_READERS_AVAILABLE)
		names[0] = 0;
	else if (rv != SCARD_S_SUCCESS)
		return rv;
	names[sizeof names - 1] = 0;

	SCARD_READERSTATE next[TG_READERS_MAX + 1] = {0};
	unsigned n = 0;
	for (size_t at = 0; n < TG_READERS_MAX && at < sizeof names && names[at]; at += strlen(names + at) + 1, n++) {
		next[n].szReader = w->names + at;
		next[n].dwCurrentState = known_state(w->states, w->n, names + at);
	}
	DWORD pnp = w->states[w->n].dwEventState;
	memcpy(w->names, names, sizeof names);
	next[n].szReader = PNP_NOTIFICATION;
	/* The upper half of the plug-and-play state is the number of readers we know of. */
	next[n].dwCurrentState = pnp ? pnp & ~(DWORD)SCARD_STATE_CHANGED : SCARD_STATE_UNAWARE;
	memcpy(w->states, next, sizeof next);
	w->n = n;
	return SCARD_S_SUCCESS;
}

static void fill_reader(struct tg_reader_info *r, const SCARD_READERSTATE *s)
{
	memset(r, 0, sizeof *r);
	(void)tg_copy(r->name, sizeof r->name, s->szReader);
	r->card = s->dwEventState & SCARD_STATE_PRESENT;
	r->mute = s->dwEventState & SCARD_STATE_MUTE;
	/* The length comes from the card by way of the daemon: held to our room (CVE-2010-4531 was this). */
	r->atr_len = s->cbAtr < TG_ATR_MAX ? s->cbAtr : TG_ATR_MAX;
	if (r->card)
		memcpy(r->atr, s->rgbAtr, r->atr_len);
	else
		r->atr_len = 0;
}

static const struct tg_reader_info *same_reader(const struct picture *p, const char *name, unsigned *events)
{
	for (unsigned i = 0; i < p->readers.n; i++) {
		if (strcmp(p->readers.list[i].name, name) == 0) {
			*events = p->events[i];
			return &p->readers.list[i];
		}
	}
	return NULL;
}

/* A card that went and came between two looks may be another one: the receiver is shown the empty reader first. */
static bool show_gaps(const struct picture *told, const struct picture *now, struct tg_readers *gap)
{
	bool any = false;
	*gap = now->readers;
	for (unsigned i = 0; i < now->readers.n; i++) {
		unsigned events = 0;
		const struct tg_reader_info *was = same_reader(told, now->readers.list[i].name, &events);
		if (!was || !was->card || !now->readers.list[i].card || events == now->events[i])
			continue;
		gap->list[i].card = gap->list[i].mute = false;
		gap->list[i].atr_len = 0;
		any = true;
	}
	return any;
}

static void tell(struct tg_card_watch *w, enum tg_status service)
{
	struct picture now; /* compared as bytes, so its padding is zeroed too */
	memset(&now, 0, sizeof now);
	now.readers.service = service;
	if (service == TG_OK) {
		now.readers.n = w->n;
		for (unsigned i = 0; i < w->n; i++) {
			fill_reader(&now.readers.list[i], &w->states[i]);
			now.events[i] = (unsigned)(w->states[i].dwEventState >> 16) & 0xFFFF;
		}
		if (!w->n)
			now.readers.service = TG_READER_NONE;
	}
	/* Other programs that open and close the card wake us too: only what differs is told. */
	if (atomic_load(&w->stop) || memcmp(&now, &w->told, sizeof now) == 0) // NOLINT: the padding was zeroed
		return;
	struct tg_readers gap;
	if (show_gaps(&w->told, &now, &gap))
		w->changed(&gap, w->ctx);
	w->told = now;
	w->changed(&now.readers, w->ctx);
}

/* One picture after another until the service is lost or the watch ends. */
static void watch_service(struct tg_card_watch *w)
{
	w->n = 0;
	memset(w->states, 0, sizeof w->states);
	if (list_readers(w) != SCARD_S_SUCCESS)
		return;
	DWORD timeout = 0; /* the first picture is taken at once, with or without readers */
	while (!atomic_load(&w->stop)) {
		LONG rv = SCardGetStatusChange(w->context, timeout, w->states, (DWORD)w->n + 1);
		bool first = timeout == 0;
		if (rv == SCARD_E_UNKNOWN_READER) { /* went between listing and asking */
			if (list_readers(w) != SCARD_S_SUCCESS)
				return;
			timeout = 0;
			continue;
		}
		if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT)
			return;
		timeout = INFINITE;
		bool plugged = w->states[w->n].dwEventState & SCARD_STATE_CHANGED;
		if (!plugged || first)
			tell(w, TG_OK);
		if (plugged)
			timeout = 0;
		if (list_readers(w) != SCARD_S_SUCCESS)
			return;
	}
}

static void wait_before_retry(struct tg_card_watch *w)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_SECONDS;
	pthread_mutex_lock(&w->lock);
	int rc = 0;
	while (!atomic_load(&w->stop) && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&w->wake, &w->lock, &until);
	pthread_mutex_unlock(&w->lock);
}

static void *run(void *arg)
{
	struct tg_card_watch *w = arg;
	while (!atomic_load(&w->stop)) {
		if (connect_service(w)) {
			watch_service(w);
			disconnect_service(w);
		}
		if (atomic_load(&w->stop))
			break;
		tell(w, TG_READER_SERVICE);
		wait_before_retry(w);
	}
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static enum tg_status prepare(struct tg_card_watch *w)
{
	pthread_condattr_t attr;
	if (pthread_mutex_init(&w->lock, NULL))
		return TG_NO_MEMORY;
	if (pthread_condattr_init(&attr))
		return TG_NO_MEMORY;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	int rc = pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	return rc ? TG_NO_MEMORY : TG_OK;
}

enum tg_status tg_card_watch_create(struct tg_card_watch **out, tg_card_changed *changed, void *ctx)
{
	*out = NULL;
	TG_BUG_IF(!changed);
	struct tg_card_watch *w = calloc(1, sizeof *w);
	if (!w)
		return TG_NO_MEMORY;
	w->changed = changed;
	w->told.readers.service = TG_BUG; /* nothing was told yet: the first picture differs */
	w->ctx = ctx;
	if (prepare(w) != TG_OK || pthread_create(&w->thread, NULL, run, w)) {
		free(w);
		return TG_NO_MEMORY;
	}
	*out = w;
	return TG_OK;
}

void tg_card_watch_destroy(struct tg_card_watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	atomic_store(&w->stop, true);
	pthread_cond_broadcast(&w->wake);
	/* A cancel that comes just before the thread starts to wait is lost, so it is said until the thread has ended.
	 */
	while (!w->ended) {
		if (w->connected)
			(void)SCardCancel(w->context);
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += 20000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		(void)pthread_cond_timedwait(&w->wake, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
