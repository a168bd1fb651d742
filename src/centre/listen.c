/* Addresses to listen on: "127.0.0.1:8443", "[::1]:0", "localhost:8443". */
#include "listen.h"

#include "tamga/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum tg_status split(
        const char *text, const char *flag, struct tg_listen *l, char service[16], struct tg_error *err)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	const char *from = text;
	if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	/* getaddrinfo takes 99999 and means another port. */
	if (n == 0 || n >= sizeof(l->host) || !tg_copy(service, 16, colon + 1) || service[0] == '\0' ||
	        strspn(service, "0123456789") != strlen(service) || strtoul(service, NULL, 10) > UINT16_MAX)
		return tg_error_set(err, TG_CONFIG, "%s: ADDR:PORT expected", flag);
	memcpy(l->host, from, n);
	l->host[n] = '\0';
	return TG_OK;
}

static int bind_to(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 4096) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool is_loopback(const struct addrinfo *a)
{
	if (a->ai_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a->ai_addr)->sin6_addr);
	return ntohl(((const struct sockaddr_in *)(const void *)a->ai_addr)->sin_addr.s_addr) >> 24 == 127;
}

static unsigned port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {0};
	socklen_t n = sizeof(a);
	if (getsockname(fd, &a.any, &n) != 0)
		return 0;
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

enum tg_status tg_listen_open(const char *text, const char *flag, struct tg_listen *l, struct tg_error *err)
{
	char service[16];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *list = NULL;
	l->fd = -1;
	TG_TRY(split(text, flag, l, service, err));
	int rc = getaddrinfo(l->host, service, &hints, &list);
	if (rc != 0)
		return tg_error_set(err, TG_CONFIG, "%s: %s", flag, gai_strerror(rc));
	l->fd = bind_to(list);
	l->loopback = is_loopback(list);
	freeaddrinfo(list);
	if (l->fd < 0)
		return tg_error_set(err, TG_IO, "%s: %s", flag, strerror(errno));
	l->port = port_of(l->fd);
	(void)snprintf(l->at, sizeof(l->at), strchr(l->host, ':') ? "[%s]:%u" : "%s:%u", l->host, l->port);
	return TG_OK;
}
