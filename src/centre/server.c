/* libmicrohttpd set up: TLS 1.3, limits, one small object per connection. It does not listen: the door does (door.c).
 */
#include "tls.h"
#include "tamga/file.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

/* X25519 first: it costs GnuTLS half of what P-256 does, and it is the key that OpenSSL offers unasked: any other would
 * be a round trip more. */
#define PRIORITIES                                                                                                     \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE"
/* A kiosk with nothing to say asks every half minute: its connection stays. */
#define IDLE_SECONDS 75u
/* libmicrohttpd writes all of it with zeros after each request, so that an idle connection has it in memory: as much as
 * the longest head and two kilobytes of a body. */
#define MEMORY_LIMIT (8u * 1024u)

static void connection_changed(
        void *ctx, struct MHD_Connection *c, void **socket_ctx, enum MHD_ConnectionNotificationCode code)
{
	struct tg_server *s = ctx;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_ctx = tg_door_enters(&s->door, c);
	} else {
		tg_door_leaves(*socket_ctx);
		*socket_ctx = NULL;
	}
}

static TG_PRINTF(2, 0) void log_line(void *ctx, const char *fmt, va_list args)
{
	char raw[300], clean[300];
	(void)ctx;
	int n = vsnprintf(raw, sizeof(raw), fmt, args);
	size_t len = n < 0 ? 0 : (size_t)n >= sizeof(raw) ? sizeof(raw) - 1 : (size_t)n;
	while (len > 0 && raw[len - 1] == '\n')
		len--;
	tg_text_clean(clean, sizeof(clean), raw, len, 200);
	tg_log_warn("http: %s", clean);
}

static enum tg_status read_pem(struct tg_server *s, const struct tg_centre_paths *p, struct tg_error *err)
{
	struct tg_buf ca = TG_BUF_INIT;
	enum tg_status st = tg_file_read(&ca, p->channel_trust, 65536, err);
	tg_buf_add(&s->trust, ca.data, ca.len);
	tg_buf_finish(&ca);
	return st == TG_OK ? tg_buf_status(&s->trust) : st;
}

/* Paths are compared as they come: no %2e, no %00. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *c, char *text)
{
	(void)ctx;
	(void)c;
	return strlen(text);
}

static struct MHD_Daemon *start(struct tg_server *s, const struct tg_centre_options *o)
{
	const unsigned flags = MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
	                       MHD_USE_ERROR_LOG | MHD_USE_TURBO | MHD_USE_NO_LISTEN_SOCKET;
	struct MHD_OptionItem pool[] = {
	        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL}, {MHD_OPTION_END, 0, NULL}};
	if (o->threads < 2)
		pool[0] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	return MHD_start_daemon(flags, 0, NULL, NULL, tg_routes_handle, s, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL,
	        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_HTTPS_CERT_CALLBACK, tg_tls_certificate,
	        MHD_OPTION_HTTPS_MEM_TRUST, tg_buf_str(&s->trust), MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES,
	        MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->per_ip,
	        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT,
	        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, s, MHD_OPTION_NOTIFY_COMPLETED, tg_routes_done, s,
	        MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
}

static enum tg_status prepare(
        struct tg_server *s, const struct tg_centre_options *o, const struct tg_centre_paths *p, struct tg_error *err)
{
	s->door.clock = s->peers.clock = tg_clock_real();
	s->door.counts = s->peers.counts = &s->counts;
	s->writer->counts = &s->counts;
	s->writer->pressure = &s->pressure;
	TG_TRY(tg_trust_open(&s->peers.trust, (struct tg_bytes){s->trust.data, s->trust.len}, err));
	TG_TRY(tg_registry_open(&s->peers.registry, p->registry, err));
	if (pthread_mutex_init(&s->peers.lock, NULL) != 0 || pthread_mutex_init(&s->door.lock, NULL) != 0 ||
	        tg_pressure_init(&s->pressure, (size_t)o->waiting_mib << 20, o->waiting, &s->counts) != TG_OK)
		return tg_error_set(err, TG_NO_MEMORY, "server");
	return TG_OK;
}

enum tg_status tg_server_start(struct tg_server *s, int listen_fd, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, struct tg_error *err)
{
	enum tg_status st = read_pem(s, p, err);
	if (st == TG_OK)
		st = prepare(s, o, p, err);
	if (st == TG_OK) {
		s->daemon = start(s, o);
		if (!s->daemon)
			st = tg_error_set(err, TG_IO, "the HTTPS server cannot start");
	}
	if (st == TG_OK)
		return tg_door_open(&s->door, listen_fd, s->daemon, o, err);
	close(listen_fd);
	return st;
}

void tg_server_quiesce(struct tg_server *s)
{
	tg_door_close(&s->door);
}

void tg_server_finish(struct tg_server *s)
{
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	if (s->daemon)
		tg_counts_log(&s->counts);
	s->daemon = NULL;
	tg_registry_close(s->peers.registry);
	s->peers.registry = NULL;
	tg_trust_close(s->peers.trust);
	s->peers.trust = NULL;
	tg_tls_close();
	tg_buf_finish(&s->trust);
}
