/* The accepting thread, and the deadlines of everybody who is in. */
#include "centre.h"
#include "tamga/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING_MS 10000
/* Nobody else gets in while all places are taken: then those who hesitate give theirs away sooner. */
#define CROWDED_MS 3000
/* A kiosk with nothing to say asks every half minute; libmicrohttpd closes what is silent for 75 s. This holds for
 * those who send a head byte by byte. */
#define IDLE_MS   90000
#define BODY_MS   10000
#define BODY_RATE 32 /* bytes a millisecond: what is slower is not worth the place it takes */
#define ANSWER_MS 60000
#define SWEEP_MS  250
#define BURST     64
#define LOST_MS   1000
#define TICK_MS   10

static int64_t now_of(const struct tg_door *d)
{
	return d->clock.mono_ms(d->clock.ctx);
}

/* --- Phases */
static int64_t time_for(enum tg_phase phase, size_t bytes)
{
	switch (phase) {
	case TG_PHASE_GREETING:
		return GREETING_MS;
	case TG_PHASE_IDLE:
		return IDLE_MS;
	case TG_PHASE_BODY:
		return BODY_MS + (int64_t)(bytes / BODY_RATE);
	case TG_PHASE_ANSWER:
		return ANSWER_MS;
	case TG_PHASE_OWED:
	case TG_PHASE_COUNT:
		break;
	}
	return -1;
}

static void enter(struct tg_peer *p, enum tg_phase phase, size_t bytes)
{
	int64_t ms = time_for(phase, bytes);
	atomic_store(&p->deadline_ms, ms < 0 ? INT64_MAX : now_of(p->door) + ms);
	atomic_store(&p->phase, (int)phase);
}

void tg_door_phase(struct tg_peer *p, enum tg_phase phase, size_t bytes)
{
	if (!p)
		return;
	if (atomic_load(&p->phase) == TG_PHASE_GREETING)
		atomic_fetch_sub(&p->door->counts->greeting, 1);
	enter(p, phase, bytes);
}

/* --- In and out */
static void address_of(const struct sockaddr *a, unsigned char out[16])
{
	memset(out, 0, 16);
	if (a && a->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	} else if (a && a->sa_family == AF_INET) {
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	}
}

struct tg_peer *tg_door_enters(struct tg_door *d, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *tls = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const union MHD_ConnectionInfo *from = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct tg_peer *p = calloc(1, sizeof(*p));
	if (atomic_load(&d->on_the_way) > 0)
		atomic_fetch_sub(&d->on_the_way, 1);
	if (!p || !fd || !tls) { /* it is refused when it asks for something: nobody knows who it is */
		free(p);
		return NULL;
	}
	p->door = d;
	tg_wire_attach(&p->wire, fd->connect_fd, (gnutls_session_t)tls->tls_session);
	address_of(from ? from->client_addr : NULL, p->address);
	p->since_ms = now_of(d);
	enter(p, TG_PHASE_GREETING, 0);
	atomic_fetch_add(&d->counts->greeting, 1);
	atomic_fetch_add(&d->counts->open, 1);
	pthread_mutex_lock(&d->lock);
	p->next = d->peers;
	if (p->next)
		p->next->prev = p;
	d->peers = p;
	pthread_mutex_unlock(&d->lock);
	return p;
}

/* The daemon closes the socket after this: what is in the list may be shut down. */
void tg_door_leaves(struct tg_peer *p)
{
	if (!p)
		return;
	struct tg_door *d = p->door;
	pthread_mutex_lock(&d->lock);
	if (p->prev)
		p->prev->next = p->next;
	else
		d->peers = p->next;
	if (p->next)
		p->next->prev = p->prev;
	pthread_mutex_unlock(&d->lock);
	if (atomic_load(&p->phase) == TG_PHASE_GREETING) {
		atomic_fetch_sub(&d->counts->greeting, 1);
		atomic_fetch_add(&d->counts->unheard, 1);
	}
	atomic_fetch_sub(&d->counts->open, 1);
	tg_wire_finish(&p->wire);
	free(p);
}

/* --- Deadlines */
/* What came and was not read yet: then we are late, not the client. On a machine with more to do than it can, whole
 * fleets would be sent away in the middle of their greeting, to begin it again. */
static bool waits_for_us(const struct tg_peer *p)
{
	int unread = 0;
	int phase = atomic_load(&p->phase);
	return (phase == TG_PHASE_GREETING || phase == TG_PHASE_BODY) && ioctl(p->wire.fd, FIONREAD, &unread) == 0 &&
	       unread > 0;
}

static bool is_late(const struct tg_peer *p, int64_t now, bool crowded)
{
	int64_t deadline = atomic_load(&p->deadline_ms);
	bool hesitates = crowded && atomic_load(&p->phase) == TG_PHASE_GREETING && now >= p->since_ms + CROWDED_MS;
	if (now < deadline && !hesitates)
		return false;
	return now - ANSWER_MS >= deadline || !waits_for_us(p);
}

static bool is_crowded(const struct tg_door *d)
{
	return atomic_load(&d->counts->greeting) + atomic_load(&d->on_the_way) >= d->max_greeting;
}

static void sweep(struct tg_door *d)
{
	int64_t now = now_of(d);
	bool crowded = is_crowded(d);
	pthread_mutex_lock(&d->lock);
	for (struct tg_peer *p = d->peers; p; p = p->next) {
		if (!is_late(p, now, crowded))
			continue;
		atomic_fetch_add(&d->counts->late[atomic_load(&p->phase)], 1);
		atomic_store(&p->deadline_ms, INT64_MAX);
		p->since_ms = INT64_MAX - CROWDED_MS;
		(void)shutdown(p->wire.fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&d->lock);
}

/* --- Accepting */
static bool has_room(const struct tg_door *d)
{
	return !is_crowded(d) && atomic_load(&d->counts->open) + atomic_load(&d->on_the_way) < d->max_open;
}

static bool too_many_of_one(struct tg_door *d, const struct sockaddr *from)
{
	unsigned char address[16];
	unsigned n = 0;
	if (d->max_of_one == 0)
		return false;
	address_of(from, address);
	unsigned left = atomic_load(&d->counts->greeting);
	pthread_mutex_lock(&d->lock);
	/* The newest stand first: not all who are in have to be looked at. */
	for (const struct tg_peer *p = d->peers; p && left > 0 && n < d->max_of_one; p = p->next) {
		if (atomic_load(&p->phase) != TG_PHASE_GREETING)
			continue;
		left--;
		n += memcmp(p->address, address, sizeof(address)) == 0;
	}
	pthread_mutex_unlock(&d->lock);
	return n >= d->max_of_one;
}

/* False: nobody waits, or nobody can be let in. */
static bool let_one_in(struct tg_door *d)
{
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	} from = {.room = {0}};
	socklen_t n = sizeof(from);
	int fd = accept4(d->listen_fd, &from.any, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	atomic_fetch_add(&d->counts->accepted, 1);
	if (too_many_of_one(d, &from.any)) {
		atomic_fetch_add(&d->counts->turned_away, 1);
		close(fd);
		return true;
	}
	atomic_fetch_add(&d->on_the_way, 1);
	/* Closes it when it fails. */
	if (MHD_add_connection(d->daemon, fd, &from.any, n) != MHD_YES) {
		atomic_fetch_sub(&d->on_the_way, 1);
		atomic_fetch_add(&d->counts->turned_away, 1);
	}
	return true;
}

static void wait_a_little(struct tg_door *d, bool room)
{
	struct pollfd fds[2] = {{.fd = d->stop_fd, .events = POLLIN}, {.fd = d->listen_fd, .events = POLLIN}};
	(void)poll(fds, room ? 2 : 1, room ? TICK_MS : 5);
}

static bool is_stopped(const struct tg_door *d)
{
	struct pollfd fd = {.fd = d->stop_fd, .events = POLLIN};
	return poll(&fd, 1, 0) != 0;
}

/* libmicrohttpd 0.9.75 takes 128 events at a time; when there were exactly so many, it waits for one more before it
 * does anything with them (src/decisions/0258). This is the one more: it knows a pointer that is NULL and leaves it
 * alone. With edge-triggered epoll each write is an event, read or not. */
static void tick(const struct tg_door *d)
{
	if (d->tick_fd >= 0)
		(void)eventfd_write(d->tick_fd, 1);
}

/* The other threads of a pool have epolls that are out of reach. */
static void open_tick(struct tg_door *d, unsigned threads)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLET};
	const union MHD_DaemonInfo *m = MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	d->tick_fd = threads < 2 ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	if (d->tick_fd >= 0 && (!m || epoll_ctl(m->epoll_fd, EPOLL_CTL_ADD, d->tick_fd, &e) != 0))
		tg_log_warn("the HTTP server is not woken now and then");
}

static void *run(void *ctx)
{
	struct tg_door *d = ctx;
	int64_t swept = now_of(d), let_in = swept;
	while (!is_stopped(d)) {
		wait_a_little(d, has_room(d));
		tick(d);
		for (int i = 0; i < BURST && has_room(d) && let_one_in(d); i++)
			let_in = now_of(d);
		if (now_of(d) - swept < SWEEP_MS)
			continue;
		swept = now_of(d);
		sweep(d);
		/* One that the daemon dropped without a word is on the way no more. */
		if (swept - let_in > LOST_MS)
			atomic_store(&d->on_the_way, 0);
	}
	return NULL;
}

static void close_fds(struct tg_door *d)
{
	if (d->listen_fd >= 0)
		close(d->listen_fd);
	if (d->stop_fd >= 0)
		close(d->stop_fd);
	if (d->tick_fd >= 0)
		close(d->tick_fd);
	d->listen_fd = d->stop_fd = d->tick_fd = -1;
}

enum tg_status tg_door_open(struct tg_door *d, int listen_fd, struct MHD_Daemon *daemon,
        const struct tg_centre_options *o, struct tg_error *err)
{
	d->listen_fd = listen_fd;
	d->daemon = daemon;
	d->max_open = o->connections;
	d->max_greeting = o->greetings;
	d->max_of_one = o->per_ip == 0 ? 0 : o->greetings < 4 ? 1 : o->greetings / 4;
	open_tick(d, o->threads);
	d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->stop_fd >= 0 && pthread_create(&d->thread, NULL, run, d) == 0) {
		d->running = true;
		return TG_OK;
	}
	close_fds(d);
	return tg_error_set(err, TG_IO, "the door: %s", strerror(errno));
}

void tg_door_close(struct tg_door *d)
{
	if (!d->running)
		return;
	if (eventfd_write(d->stop_fd, 1) == 0)
		pthread_join(d->thread, NULL);
	d->running = false;
	close_fds(d);
}
