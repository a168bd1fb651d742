/* libmicrohttpd set up: TLS 1.3, limits, one small object per connection. */
#include "centre.h"
#include "tamga/file.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE"
/* A kiosk with nothing to say asks every half minute: its connection stays. */
#define IDLE_SECONDS 75u
#define MEMORY_LIMIT (32u * 1024u)

static void connection_changed(
        void *ctx, struct MHD_Connection *c, void **socket_ctx, enum MHD_ConnectionNotificationCode code)
{
	(void)ctx;
	(void)c;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_ctx = calloc(1, sizeof(struct tg_peer));
	} else {
		free(*socket_ctx);
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
	TG_TRY(tg_file_read(&s->tls_cert, p->tls_cert, 16384, err));
	TG_TRY(tg_file_read(&s->tls_key, p->tls_key, 16384, err));
	enum tg_status st = tg_file_read(&ca, p->channel_ca, 16384, err);
	tg_buf_add(&s->trust, ca.data, ca.len);
	tg_buf_finish(&ca);
	return st == TG_OK ? tg_buf_status(&s->trust) : st;
}

static struct MHD_Daemon *start(struct tg_server *s, int fd, const struct tg_centre_options *o)
{
	const unsigned flags = MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
	                       MHD_USE_ERROR_LOG | MHD_USE_TURBO;
	struct MHD_OptionItem pool[] = {
	        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL}, {MHD_OPTION_END, 0, NULL}};
	if (o->threads < 2)
		pool[0] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	return MHD_start_daemon(flags, 0, NULL, NULL, tg_routes_handle, s, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL,
	        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_HTTPS_MEM_CERT, tg_buf_str(&s->tls_cert),
	        MHD_OPTION_HTTPS_MEM_KEY, tg_buf_str(&s->tls_key), MHD_OPTION_HTTPS_MEM_TRUST, tg_buf_str(&s->trust),
	        MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES, MHD_OPTION_CONNECTION_LIMIT, o->connections,
	        MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->per_ip, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
	        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, NULL, MHD_OPTION_NOTIFY_COMPLETED, tg_routes_done,
	        NULL, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
}

enum tg_status tg_server_start(struct tg_server *s, int listen_fd, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, struct tg_error *err)
{
	enum tg_status st = read_pem(s, p, err);
	s->peers.clock = tg_clock_real();
	if (st == TG_OK)
		st = tg_registry_open(&s->peers.registry, p->registry, err);
	if (st == TG_OK && pthread_mutex_init(&s->peers.lock, NULL) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "server");
	if (st == TG_OK) {
		s->daemon = start(s, listen_fd, o);
		if (!s->daemon)
			st = tg_error_set(err, TG_IO, "the HTTPS server cannot start");
	}
	if (st != TG_OK)
		close(listen_fd);
	return st;
}

void tg_server_quiesce(struct tg_server *s)
{
	if (!s->daemon)
		return;
	MHD_socket fd = MHD_quiesce_daemon(s->daemon);
	if (fd != MHD_INVALID_SOCKET)
		close(fd);
}

void tg_server_finish(struct tg_server *s)
{
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	s->daemon = NULL;
	tg_registry_close(s->peers.registry);
	s->peers.registry = NULL;
	tg_buf_finish(&s->tls_cert);
	tg_buf_wipe(&s->tls_key);
	tg_buf_finish(&s->trust);
}
