/* The local socket: one thread per connection, so that a CMP exchange of half a minute holds up nobody else. */
#include "agent.h"
#include "tamga/frame.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_MAX     16
#define IDLE_MS         60000
#define SEND_TIMEOUT_MS 2000
/* "The last exchange worked, at most a minute ago" (link.h). */
#define REACHABLE_MS 60000

struct client {
	struct tg_agent *agent;
	int fd;
};

static void put_u64(struct tg_buf *b, uint16_t tag, uint64_t v)
{
	uint8_t be[8];
	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	tg_field_put(b, tag, be, sizeof(be));
}

static void put_status(struct tg_agent *a, struct tg_buf *b)
{
	int64_t now = a->clock.mono_ms(a->clock.ctx);
	pthread_mutex_lock(&a->lock);
	struct tg_link_status s = a->status;
	s.centre_reachable = a->worked_ms >= 0 && now - a->worked_ms <= REACHABLE_MS;
	pthread_mutex_unlock(&a->lock);
	if (a->config->net_switch && access(a->config->net_switch, F_OK) == 0)
		s.centre_reachable = false;
	tg_field_put_u32(b, TG_LINK_F_REACHABLE, s.centre_reachable ? 1 : 0);
	tg_field_put_u32(b, TG_LINK_F_STATUS, (uint32_t)s.last);
	tg_field_put_str(b, TG_LINK_F_SOFTWARE, s.software);
	put_u64(b, TG_LINK_F_ACKED_SEQ, s.acked_seq);
	put_u64(b, TG_LINK_F_ACKED_MS, (uint64_t)s.acked_ms);
	put_u64(b, TG_LINK_F_CLOCK_OFFSET_MS, (uint64_t)s.clock_offset_ms);
	tg_field_put_u32(b, TG_LINK_F_CMP_CONFIGURED, a->config->cmp->url || a->config->cmp->n_endpoints > 0 ? 1 : 0);
}

static uint16_t put_failure(struct tg_buf *b, const struct tg_error *err, enum tg_status st)
{
	tg_buf_reset(b);
	tg_field_put_u32(b, TG_LINK_F_STATUS, (uint32_t)st);
	tg_field_put_str(b, TG_LINK_F_DETAIL, err->detail);
	return TG_LINK_FAILED;
}

typedef enum tg_status carry(
        struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *answer, struct tg_error *err);

/* CMP and ASK: bytes out, bytes back. */
static uint16_t answer_with(
        struct tg_agent *a, const struct tg_link_request *q, carry *exchange, uint16_t ok, struct tg_buf *out)
{
	struct tg_error err = {0};
	struct tg_buf body = TG_BUF_INIT;
	enum tg_status st = exchange(a, q, &body, &err);
	if (st == TG_OK) {
		tg_field_put(out, TG_LINK_F_BODY, body.data, body.len);
	} else {
		/* That there is no such application is an answer, not a failure of this machine. */
		if (tg_status_class(st) != TG_CLASS_APPLICANT)
			tg_log_error(&err, "exchange %s%s failed", q->endpoint, q->path);
		ok = put_failure(out, &err, st);
	}
	tg_buf_wipe(&body);
	return ok;
}

/* Whoever asks for FRESH may wait as long as it says, and never longer than an exchange may take. */
static uint16_t answer_fresh(struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *out)
{
	struct tg_error err = {0};
	unsigned most = a->config->timeout_ms;
	enum tg_status st =
	        tg_agent_freshen(a, (int)(q->timeout_ms > 0 && q->timeout_ms < most ? q->timeout_ms : most));
	if (st == TG_OK) {
		put_status(a, out);
		return TG_LINK_STATUS_OK;
	}
	return put_failure(out, &err, tg_error_set(&err, st, "no fresh word of the centre"));
}

/* One request. False: the connection is of no more use. */
static bool serve_one(struct client *c, struct tg_buf *in, struct tg_buf *out)
{
	uint16_t kind = 0;
	struct tg_link_request q;
	tg_buf_reset(out);
	if (tg_frame_recv(c->fd, &kind, in, IDLE_MS) != TG_OK)
		return false;
	struct tg_bytes body = {in->data, in->len};
	enum tg_status st = tg_link_parse_request(kind, body, &q);
	if (st != TG_OK) {
		struct tg_error err = {0};
		kind = put_failure(out, &err, tg_error_set(&err, st, "not a request"));
		(void)!tg_frame_send(c->fd, kind, out->data, out->len, SEND_TIMEOUT_MS);
		return false;
	}
	if (kind == TG_LINK_POKE) {
		tg_agent_poke(c->agent);
		return true;
	}
	uint16_t answer = TG_LINK_STATUS_OK;
	if (kind == TG_LINK_CMP)
		answer = answer_with(c->agent, &q, tg_agent_cmp, TG_LINK_CMP_OK, out);
	else if (kind == TG_LINK_ASK)
		answer = answer_with(c->agent, &q, tg_agent_ask, TG_LINK_ASK_OK, out);
	else if (kind == TG_LINK_FRESH)
		answer = answer_fresh(c->agent, &q, out);
	else
		put_status(c->agent, out);
	return tg_buf_status(out) == TG_OK &&
	       tg_frame_send(c->fd, answer, out->data, out->len, SEND_TIMEOUT_MS) == TG_OK;
}

static void *client_thread(void *ctx)
{
	struct client *c = ctx;
	struct tg_agent *a = c->agent;
	struct tg_buf in = TG_BUF_INIT, out = TG_BUF_INIT;
	while (!atomic_load(&a->stop) && serve_one(c, &in, &out))
		;
	tg_buf_wipe(&in);
	tg_buf_wipe(&out);
	close(c->fd);
	free(c);
	pthread_mutex_lock(&a->lock);
	a->clients--;
	pthread_cond_broadcast(&a->wake);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static bool start_client(struct tg_agent *a, int fd)
{
	pthread_t t;
	struct client *c = calloc(1, sizeof(*c));
	if (!c)
		return false;
	*c = (struct client){a, fd};
	if (pthread_create(&t, NULL, client_thread, c) != 0) {
		free(c);
		return false;
	}
	pthread_detach(t);
	return true;
}

static void admit(struct tg_agent *a, int fd)
{
	pthread_mutex_lock(&a->lock);
	bool room = a->clients < CLIENTS_MAX;
	if (room)
		a->clients++;
	pthread_mutex_unlock(&a->lock);
	if (room && start_client(a, fd))
		return;
	close(fd);
	if (room) {
		pthread_mutex_lock(&a->lock);
		a->clients--;
		pthread_mutex_unlock(&a->lock);
	}
}

static int listen_at(const char *path, struct tg_error *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	if (!tg_copy(addr.sun_path, sizeof(addr.sun_path), path)) {
		(void)tg_error_set(err, TG_CONFIG, "socket: the path is too long");
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)unlink(path); /* of an agent that was killed */
	mode_t before = umask(0177);
	bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)(const void *)&addr, sizeof(addr)) == 0 &&
	          listen(fd, CLIENTS_MAX) == 0;
	umask(before);
	if (ok)
		return fd;
	(void)tg_error_set(err, TG_IO, "socket %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Threads still at work are waited for: they hold what main is about to free. */
static void wait_for_clients(struct tg_agent *a)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 3;
	pthread_mutex_lock(&a->lock);
	while (a->clients > 0)
		if (pthread_cond_timedwait(&a->wake, &a->lock, &t) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&a->lock);
}

enum tg_status tg_agent_serve(struct tg_agent *a, int stop_fd, struct tg_error *err)
{
	int fd = listen_at(a->config->socket, err);
	if (fd < 0)
		return err->status;
	tg_log_info("ready at the local socket");
	for (;;) {
		struct pollfd p[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			break;
		int client = p[0].revents ? accept4(fd, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (client >= 0)
			admit(a, client);
	}
	close(fd);
	(void)unlink(a->config->socket);
	tg_agent_stop(a);
	wait_for_clients(a);
	return TG_OK;
}
