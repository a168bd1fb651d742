/* The card in its virtual reader: link, faults, trace. One thread; the program's loop calls in. */
#ifndef TAMGA_VCARD_HOST_H
#define TAMGA_VCARD_HOST_H

#include "fault.h"
#include "link.h"

#define TG_HOST_RETRY_MS 250
/* pcscd 1.9.9 looks for cards every 400 ms: one that was away for less was never away for it, and the next card would
 * be taken for the last. */
#define TG_HOST_AWAY_MS 900

struct tg_host {
	struct tg_vcard *card;
	const char *state; /* path, borrowed */
	const char *address;
	uint16_t port;
	struct tg_link link;
	struct tg_faults faults;
	bool inserted;
	int64_t now_ms;        /* kept by the loop */
	int64_t ready_ms;      /* not in contact before this */
	bool waiting;          /* an APDU has arrived and is not answered */
	enum tg_fault_act act; /* what will become of it */
	int64_t due_ms;
	int trace;                 /* descriptor, -1 = off */
	int64_t (*clock_us)(void); /* for the trace: how long the card worked; NULL: it does not say */
	bool quit;
};

void tg_host_insert(struct tg_host *h);
void tg_host_pull(struct tg_host *h);
/* Does what is due at `h->now_ms` (monotonic): connects, answers. Call after each wake-up. */
enum tg_status tg_host_work(struct tg_host *h, struct tg_error *err) TG_MUST_USE;
/* For poll: milliseconds until there is something to do without an event; -1 = never. */
int tg_host_wait(const struct tg_host *h);

/* One command line of the control socket; the answer is one line without its end. */
void tg_host_command(struct tg_host *h, char *line, struct tg_buf *answer);

#endif
