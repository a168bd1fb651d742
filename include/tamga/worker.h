/* Layer: base. One thread per port. Jobs go in, completions come back as messages on an event descriptor, so that the
 * UI thread never waits for a card, a disk, a printer or the network. */
#ifndef TAMGA_WORKER_H
#define TAMGA_WORKER_H

#include "tamga/status.h"

struct tg_mailbox; /* many writers, one reader; owns what is posted until taken */
struct tg_worker;

/* A message: `run` of a job, or anything the reader understands. `destroy` frees it (NULL: nothing to free). */
struct tg_message {
	struct tg_message *next; /* the mailbox's */
	int kind;
	void (*destroy)(struct tg_message *m);
};

enum tg_status tg_mailbox_create(struct tg_mailbox **out) TG_MUST_USE;
void tg_mailbox_destroy(struct tg_mailbox *m);
int tg_mailbox_fd(const struct tg_mailbox *m);                      /* readable while there is a message */
void tg_mailbox_post(struct tg_mailbox *m, struct tg_message *msg); /* takes ownership */
struct tg_message *tg_mailbox_take(struct tg_mailbox *m);           /* NULL when empty; caller owns it */

struct tg_job {
	struct tg_job *next;
	void (*run)(struct tg_job *job); /* on the worker's thread; posts its result itself; then the job is freed */
	void (*destroy)(struct tg_job *job); /* takes a job that never ran, or has run */
};
enum tg_status tg_worker_create(struct tg_worker **out, const char *name) TG_MUST_USE;
void tg_worker_submit(struct tg_worker *w, struct tg_job *job); /* takes ownership */
/* Lets the running job end, drops the waiting ones, joins. Takes NULL. */
void tg_worker_destroy(struct tg_worker *w);

#endif
