#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define RECORD   (16384u + 256u + 5u) /* the largest of TLS 1.3 (RFC 8446, 5.2), and its head */
#define SMALL    1024u                /* who asks for less is given it from what was read ahead */
#define HELD_MAX 1024u
#define PARTS    40

/* --- In */

static size_t from_ahead(struct tg_wire *w, void *to, size_t n)
{
	size_t have = w->end - w->at;
	if (n > have)
		n = have;
	memcpy(to, w->ahead + w->at, n);
	w->at += n;
	if (w->at == w->end) { /* a connection that is idle keeps nothing */
		free(w->ahead);
		w->ahead = NULL;
		w->at = w->end = 0;
	}
	return n;
}

static ssize_t read_ahead(struct tg_wire *w, void *to, size_t n)
{
	unsigned char some[RECORD];
	ssize_t got = recv(w->fd, some, sizeof(some), 0);
	if (got <= 0 || (size_t)got <= n) {
		if (got > 0)
			memcpy(to, some, (size_t)got);
		return got;
	}
	size_t more = (size_t)got - n;
	w->ahead = malloc(more);
	if (!w->ahead) { /* bytes of the stream are lost: so is the connection */
		errno = ENOMEM;
		return -1;
	}
	memcpy(to, some, n);
	memcpy(w->ahead, some + n, more);
	w->end = more;
	return (ssize_t)n;
}

static ssize_t pull(gnutls_transport_ptr_t ctx, void *to, size_t n)
{
	struct tg_wire *w = ctx;
	if (w->ahead)
		return (ssize_t)from_ahead(w, to, n);
	return n < SMALL ? read_ahead(w, to, n) : recv(w->fd, to, n, 0);
}

/* --- Out */

static size_t length_of(const giovec_t *parts, int n)
{
	size_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += parts[i].iov_len;
	return sum;
}

static bool keep(struct tg_wire *w, const giovec_t *parts, int n, size_t all)
{
	w->held = malloc(all);
	if (!w->held)
		return false;
	for (int i = 0; i < n; i++) {
		memcpy(w->held + w->held_end, parts[i].iov_base, parts[i].iov_len);
		w->held_end += parts[i].iov_len;
	}
	return true;
}

/* What was held goes first. Of what was pushed now at least one byte has to be gone before it may be said that some of
 * it is. */
static ssize_t send_all(struct tg_wire *w, const giovec_t *parts, int n)
{
	struct iovec all[PARTS];
	size_t before = w->held_end - w->held_at;
	int k = 0;
	if (before > 0)
		all[k++] = (struct iovec){w->held + w->held_at, before};
	for (int i = 0; i < n && k < PARTS; i++)
		all[k++] = (struct iovec){parts[i].iov_base, parts[i].iov_len};
	struct msghdr m = {.msg_iov = all, .msg_iovlen = (size_t)k};
	ssize_t sent = sendmsg(w->fd, &m, MSG_NOSIGNAL);
	if (sent < 0 || before == 0)
		return sent;
	if ((size_t)sent <= before) {
		w->held_at += (size_t)sent;
		errno = EAGAIN;
		return -1;
	}
	free(w->held);
	w->held = NULL;
	w->held_at = w->held_end = 0;
	return sent - (ssize_t)before;
}

static ssize_t push(gnutls_transport_ptr_t ctx, const giovec_t *parts, int n)
{
	struct tg_wire *w = ctx;
	size_t all = length_of(parts, n);
	bool hold = w->hold && !w->held && all > 0 && all <= HELD_MAX;
	w->hold = false;
	if (hold && keep(w, parts, n, all))
		return (ssize_t)all;
	return send_all(w, parts, n);
}

void tg_wire_attach(struct tg_wire *w, int fd, gnutls_session_t session)
{
	*w = (struct tg_wire){.fd = fd};
	gnutls_transport_set_ptr(session, w);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_vec_push_function(session, push);
}

void tg_wire_finish(struct tg_wire *w)
{
	free(w->ahead);
	free(w->held);
	*w = (struct tg_wire){.fd = -1};
}

void tg_wire_hold(struct tg_wire *w)
{
	w->hold = true;
}
