#include "metrics.h"

#include <string.h>
#include <unistd.h>

#define CONNECTIONS  16u
#define IDLE_SECONDS 10u
#define MEMORY_LIMIT (8u * 1024u)
#define TYPE         "text/plain; version=0.0.4; charset=utf-8"

/* --- The text */

static void head(struct tg_buf *b, const char *name, const char *type, const char *help)
{
	tg_buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct tg_buf *b, const char *name, const char *type, const char *help, unsigned long long n)
{
	head(b, name, type, help);
	tg_buf_addf(b, "%s %llu\n", name, n);
}

static void labelled(struct tg_buf *b, const char *name, const char *label, const char *value, unsigned long long n)
{
	tg_buf_addf(b, "%s{%s=\"%s\"} %llu\n", name, label, value, n);
}

static void write_connections(const struct tg_centre_counts *c, struct tg_buf *b)
{
	one(b, "tamga_connections", "gauge", "Connections that are open.", atomic_load(&c->open));
	one(b, "tamga_connections_greeting", "gauge", "Connections that have not proven who they are yet.",
	        atomic_load(&c->greeting));
	one(b, "tamga_connections_total", "counter", "Connections that were accepted.", atomic_load(&c->accepted));
	one(b, "tamga_connections_turned_away_total", "counter",
	        "Connections closed at once: too many greetings from one address.", atomic_load(&c->turned_away));
	one(b, "tamga_connections_unheard_total", "counter",
	        "Connections closed without a request: failed handshakes, silence.", atomic_load(&c->unheard));
	head(b, "tamga_connections_late_total", "counter",
	        "Connections closed at a deadline, by how far they had come.");
	for (int i = 0; i < TG_PHASE_COUNT; i++)
		labelled(b, "tamga_connections_late_total", "phase", tg_phase_name((enum tg_phase)i),
		        atomic_load(&c->late[i]));
}

static void write_refusals(const struct tg_centre_counts *c, struct tg_buf *b)
{
	enum tg_status st = TG_OK;
	head(b, "tamga_refused_total", "counter", "Requests that were refused, by the name of the reason.");
	for (size_t i = 0; tg_status_each(i, &st); i++) {
		unsigned long long n = (unsigned)st < TG_STATUS_CODES ? atomic_load(&c->refused[st]) : 0;
		if (n > 0)
			labelled(b, "tamga_refused_total", "reason", tg_status_name(st), n);
	}
}

/* Buckets count everything up to their bound; the bounds are in seconds. */
static void write_latency(const struct tg_centre_counts *c, struct tg_buf *b)
{
	unsigned long long n = 0;
	head(b, "tamga_acknowledgement_seconds", "histogram",
	        "From the whole batch received to its signed acknowledgement.");
	for (int i = 0; i < TG_ACK_BOUNDS - 1; i++) {
		n += atomic_load(&c->acks[i]);
		tg_buf_addf(b, "tamga_acknowledgement_seconds_bucket{le=\"%u.%03u\"} %llu\n",
		        tg_ack_bounds_ms[i] / 1000, tg_ack_bounds_ms[i] % 1000, n);
	}
	n += atomic_load(&c->acks[TG_ACK_BOUNDS - 1]);
	unsigned long long us = atomic_load(&c->ack_us);
	tg_buf_addf(b, "tamga_acknowledgement_seconds_bucket{le=\"+Inf\"} %llu\n", n);
	tg_buf_addf(b, "tamga_acknowledgement_seconds_sum %llu.%06llu\n", us / 1000000, us % 1000000);
	tg_buf_addf(b, "tamga_acknowledgement_seconds_count %llu\n", n);
}

static void write_work(const struct tg_centre_counts *c, struct tg_buf *b)
{
	one(b, "tamga_requests_total", "counter", "Requests whose head was looked at.", atomic_load(&c->requests));
	one(b, "tamga_requests_in_flight", "gauge", "Requests that wait for their answer.", atomic_load(&c->in_flight));
	one(b, "tamga_requests_in_flight_bytes", "gauge", "Bytes of their bodies, as announced.",
	        atomic_load(&c->in_flight_bytes));
	one(b, "tamga_batches_total", "counter", "Batches of entries that were decoded.", atomic_load(&c->parsed));
	one(b, "tamga_groups_total", "counter", "Transactions that wrote entries.", atomic_load(&c->groups));
	one(b, "tamga_entries_total", "counter", "Entries in those transactions, repeats among them.",
	        atomic_load(&c->entries));
	one(b, "tamga_write_bytes_per_second", "gauge", "What the writer is able to take, as last measured.",
	        atomic_load(&c->rate));
}

void tg_metrics_write(const struct tg_centre_counts *c, int64_t up_us, struct tg_buf *out)
{
	head(out, "tamga_build_info", "gauge", "The version that runs.");
	tg_buf_addf(out, "tamga_build_info{version=\"%s\"} 1\n", TAMGA_VERSION);
	one(out, "tamga_up_seconds", "gauge", "Since the centre started.", (unsigned long long)up_us / 1000000);
	write_connections(c, out);
	write_work(c, out);
	write_refusals(c, out);
	write_latency(c, out);
}

/* --- The port */

static enum MHD_Result reply(struct MHD_Connection *c, unsigned http, const char *type, const char *text, size_t n)
{
	/* MHD_RESPMEM_MUST_COPY only reads. */
	union {
		const void *in;
		void *out;
	} body = {.in = text};
	struct MHD_Response *r = MHD_create_response_from_buffer(n, body.out, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	enum MHD_Result ok = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (ok == MHD_YES && http == MHD_HTTP_METHOD_NOT_ALLOWED)
		ok = MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET");
	if (ok == MHD_YES)
		ok = MHD_queue_response(c, http, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned http, const char *text)
{
	return reply(c, http, "text/plain", text, strlen(text));
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_len, void **request)
{
	struct tg_metrics *m = ctx;
	struct tg_buf text = TG_BUF_INIT;
	(void)version, (void)upload, (void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
	if (*upload_len > 0)
		return MHD_NO;
	if (strcmp(url, "/metrics") != 0)
		return refuse(c, MHD_HTTP_NOT_FOUND, "not found\n");
	tg_metrics_write(m->counts, tg_counts_now_us() - m->started_us, &text);
	enum MHD_Result ok = tg_buf_status(&text) == TG_OK ? reply(c, MHD_HTTP_OK, TYPE, tg_buf_str(&text), text.len)
	                                                   : refuse(c, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory\n");
	tg_buf_finish(&text);
	return ok;
}

enum tg_status tg_metrics_start(
        struct tg_metrics *m, int listen_fd, const struct tg_centre_counts *counts, struct tg_error *err)
{
	*m = (struct tg_metrics){.counts = counts, .started_us = tg_counts_now_us()};
	m->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, m, MHD_OPTION_LISTEN_SOCKET,
	        listen_fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
	        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	        MHD_OPTION_END);
	if (m->daemon)
		return TG_OK;
	close(listen_fd);
	return tg_error_set(err, TG_IO, "--metrics: the HTTP server cannot start");
}

void tg_metrics_stop(struct tg_metrics *m)
{
	if (m->daemon)
		MHD_stop_daemon(m->daemon);
	m->daemon = NULL;
}
