#include "tamga/worker.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct tg_mailbox {
	pthread_mutex_t lock;
	struct tg_message *first, **last;
	int fd;
};

enum tg_status tg_mailbox_create(struct tg_mailbox **out)
{
	*out = NULL;
	struct tg_mailbox *m = calloc(1, sizeof *m);
	if (!m)
		return TG_NO_MEMORY;
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd < 0) {
		free(m);
		return TG_IO;
	}
	pthread_mutex_init(&m->lock, NULL);
	m->last = &m->first;
	*out = m;
	return TG_OK;
}

void tg_mailbox_destroy(struct tg_mailbox *m)
{
	if (!m)
		return;
	for (struct tg_message *msg; (msg = tg_mailbox_take(m));)
		if (msg->destroy)
			msg->destroy(msg);
	close(m->fd);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

int tg_mailbox_fd(const struct tg_mailbox *m)
{
	return m->fd;
}

void tg_mailbox_post(struct tg_mailbox *m, struct tg_message *msg)
{
	const uint64_t one = 1;
	msg->next = NULL;
	pthread_mutex_lock(&m->lock);
	*m->last = msg;
	m->last = &msg->next;
	pthread_mutex_unlock(&m->lock);
	/* Cannot fail but by overflow of a 64-bit count, which would leave the descriptor readable all the same. */
	if (write(m->fd, &one, sizeof one) < 0)
		return;
}

struct tg_message *tg_mailbox_take(struct tg_mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	struct tg_message *msg = m->first;
	if (msg) {
		m->first = msg->next;
		if (!m->first)
			m->last = &m->first;
	}
	if (!m->first) {
		uint64_t count;
		if (read(m->fd, &count, sizeof count) < 0)
			count = 0; /* was not signalled: nothing to clear */
	}
	pthread_mutex_unlock(&m->lock);
	return msg;
}
