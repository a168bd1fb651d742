#include "link.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <sys/socket.h>
#include <unistd.h>

void tg_link_init(struct tg_link *l)
{
	l->fd = -1;
	l->have = 0;
	l->heard = false;
}

/* vpcd writes length and payload apart; Nagle there and delayed acknowledgement here would cost 44 ms an APDU. The
 * option does not stick, so it is set before each receive. */
static void acknowledge_at_once(int fd)
{
	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
}

bool tg_link_connect(struct tg_link *l, const char *host, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	/* vpcd queues one connection, and a dropped SYN would be sent again only after a second: trying anew is faster.
	 */
	const struct timeval patience = {.tv_usec = 100000};
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
		return false;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
		close(fd);
		return false;
	}
	acknowledge_at_once(fd);
	tg_link_init(l);
	l->fd = fd;
	return true;
}

void tg_link_close(struct tg_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	OPENSSL_cleanse(l->in, l->have);
	tg_link_init(l);
}

bool tg_link_receive(struct tg_link *l)
{
	acknowledge_at_once(l->fd);
	ssize_t n = recv(l->fd, l->in + l->have, sizeof l->in - l->have, MSG_DONTWAIT);
	if (n > 0) {
		l->have += (size_t)n;
		l->heard = true;
		acknowledge_at_once(l->fd);
		return true;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static size_t front_length(const struct tg_link *l)
{
	return (size_t)l->in[0] << 8 | l->in[1];
}

bool tg_link_peek(const struct tg_link *l, struct tg_bytes *message)
{
	if (l->have < 2 || l->have - 2 < front_length(l))
		return false;
	*message = (struct tg_bytes){l->in + 2, front_length(l)};
	return true;
}

void tg_link_drop(struct tg_link *l)
{
	size_t n = 2 + front_length(l);
	if (l->have < n)
		return;
	memmove(l->in, l->in + n, l->have - n);
	OPENSSL_cleanse(l->in + l->have - n, n);
	l->have -= n;
}

bool tg_link_send(struct tg_link *l, struct tg_bytes payload)
{
	struct tg_buf b = TG_BUF_INIT;
	if (payload.len > TG_VCARD_APDU_MAX)
		return false;
	tg_buf_add_u16(&b, (uint16_t)payload.len);
	tg_buf_add(&b, payload.data, payload.len);
	size_t done = 0;
	while (!b.failed && done < b.len) {
		ssize_t n = send(l->fd, b.data + done, b.len - done, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	bool ok = !b.failed && done == b.len;
	tg_buf_wipe(&b);
	return ok;
}
