#include "server.h"
#include "tamga/clock.h"
#include "tamga/log.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS = 8, LINE = 512 };

struct client {
	int fd; /* -1 = free */
	size_t have;
	char line[LINE];
};

struct server {
	struct tg_host *host;
	struct tg_clock clock;
	int listener, signals;
	struct client clients[CLIENTS];
};

static bool address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	return tg_copy(a->sun_path, sizeof a->sun_path, path);
}

static bool somebody_listens(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

static bool is_socket(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static enum tg_status open_listener(const char *path, int *out, struct tg_error *err)
{
	struct sockaddr_un a;
	if (!address(&a, path))
		return tg_error_at(err, TG_INVALID, path, 0, 0, "path too long for a socket");
	if (somebody_listens(&a))
		return tg_error_at(err, TG_IO, path, 0, 0, "another card uses this control socket");
	if (is_socket(path))
		unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old = umask(0177);
	bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0 && listen(fd, CLIENTS) == 0;
	int e = errno;
	umask(old);
	if (ok) {
		*out = fd;
		return TG_OK;
	}
	if (fd >= 0)
		close(fd);
	return tg_error_at(err, TG_IO, path, 0, 0, "control socket: %s", strerror(e));
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void drop_client(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->have = 0;
}

static void accept_client(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (size_t i = 0; i < CLIENTS; i++) {
		if (s->clients[i].fd < 0) {
			s->clients[i] = (struct client){.fd = fd};
			return;
		}
	}
	close(fd);
}

static bool say(int fd, struct tg_buf *answer)
{
	tg_buf_add_u8(answer, '\n');
	return !answer->failed && send(fd, answer->data, answer->len, MSG_NOSIGNAL) == (ssize_t)answer->len;
}

/* One line of what has come; false when there is no whole line. */
static bool run_line(struct server *s, struct client *c)
{
	char *end = memchr(c->line, '\n', c->have);
	struct tg_buf answer = TG_BUF_INIT;
	if (!end)
		return false;
	size_t n = (size_t)(end - c->line) + 1;
	*end = '\0';
	tg_host_command(s->host, c->line, &answer);
	bool ok = say(c->fd, &answer);
	tg_buf_finish(&answer);
	memmove(c->line, c->line + n, c->have - n);
	c->have -= n;
	if (!ok)
		drop_client(c);
	return ok;
}

static void serve_client(struct server *s, struct client *c)
{
	ssize_t n = recv(c->fd, c->line + c->have, sizeof c->line - c->have, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop_client(c);
		return;
	}
	c->have += (size_t)n;
	while (run_line(s, c))
		;
	if (c->fd >= 0 && c->have == sizeof c->line)
		drop_client(c); /* no command is that long */
}

static void fill(const struct server *s, struct pollfd *p)
{
	p[0] = (struct pollfd){.fd = s->signals, .events = POLLIN};
	p[1] = (struct pollfd){.fd = s->listener, .events = POLLIN};
	/* While an answer is held back nothing more comes, except the end of the connection. */
	p[2] = (struct pollfd){.fd = s->host->link.fd, .events = POLLIN | POLLRDHUP};
	for (size_t i = 0; i < CLIENTS; i++)
		p[3 + i] = (struct pollfd){.fd = s->clients[i].fd, .events = POLLIN};
}

static enum tg_status turn(struct server *s, struct tg_error *err)
{
	struct pollfd p[3 + CLIENTS];
	s->host->now_ms = s->clock.mono_ms(s->clock.ctx);
	TG_TRY(tg_host_work(s->host, err));
	fill(s, p);
	int wait = tg_host_wait(s->host);
	if (poll(p, 3 + CLIENTS, wait) < 0)
		return errno == EINTR ? TG_OK : tg_error_set(err, TG_IO, "poll: %s", strerror(errno));
	s->host->now_ms = s->clock.mono_ms(s->clock.ctx);
	if (p[0].revents)
		s->host->quit = true;
	if (p[1].revents)
		accept_client(s);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (p[3 + i].fd >= 0 && p[3 + i].revents)
			serve_client(s, &s->clients[i]);
	}
	return TG_OK;
}

static void loop(struct server *s)
{
	while (!s->host->quit) {
		struct tg_error err = {0};
		/* A card that could not keep what it did has said so in its answer. */
		if (turn(s, &err) != TG_OK)
			tg_log_error(&err, "virtual card");
	}
}

enum tg_status tg_vcard_serve(struct tg_host *h, const char *path, struct tg_error *err)
{
	struct server *s = calloc(1, sizeof *s);
	if (!s)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the control socket");
	s->host = h;
	s->clock = tg_clock_real();
	for (size_t i = 0; i < CLIENTS; i++)
		s->clients[i].fd = -1;
	s->signals = open_signals();
	enum tg_status status = s->signals < 0 ? tg_error_set(err, TG_IO, "signals: %s", strerror(errno))
	                                       : open_listener(path, &s->listener, err);
	if (status == TG_OK) {
		loop(s);
		tg_host_pull(h);
		unlink(path);
		close(s->listener);
	}
	for (size_t i = 0; i < CLIENTS; i++)
		drop_client(&s->clients[i]);
	if (s->signals >= 0)
		close(s->signals);
	free(s);
	return status;
}

static enum tg_status read_answer(int fd, struct tg_buf *answer, struct tg_error *err)
{
	char part[256];
	ssize_t n;
	while ((n = recv(fd, part, sizeof part, 0)) > 0) {
		const char *end = memchr(part, '\n', (size_t)n);
		tg_buf_add(answer, part, end ? (size_t)(end - part) : (size_t)n);
		if (end)
			return tg_buf_status(answer);
	}
	if (n < 0 && errno == EAGAIN)
		return tg_error_set(err, TG_TIMEOUT, "the card's program does not answer");
	return tg_error_set(err, TG_AGENT_DOWN, "the card's program went away");
}

enum tg_status tg_vcard_ask(const char *path, const char *line, struct tg_buf *answer, struct tg_error *err)
{
	struct sockaddr_un a;
	struct tg_buf b = TG_BUF_INIT;
	const struct timeval wait = {.tv_sec = 10};
	if (!address(&a, path))
		return tg_error_at(err, TG_INVALID, path, 0, 0, "path too long for a socket");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tg_buf_addf(&b, "%s\n", line);
	enum tg_status status = TG_OK;
	if (fd < 0 || b.failed || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
	        connect(fd, (const struct sockaddr *)&a, sizeof a) != 0 ||
	        send(fd, b.data, b.len, MSG_NOSIGNAL) != (ssize_t)b.len)
		status = tg_error_at(err, TG_AGENT_DOWN, path, 0, 0, "no card's program here: %s", strerror(errno));
	else
		status = read_answer(fd, answer, err);
	tg_buf_finish(&b);
	if (fd >= 0)
		close(fd);
	return status;
}
