/* tamga-centre: wiring. */
#include "centre.h"
#include "cloud.h"
#include "companies.h"
#include "tamga/file.h"
#include "tamga/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PER_IP         256u
#define WORKS_EVERY_MS 5000

struct centre {
	struct tg_centre_options o;
	struct tg_centre_paths paths;
	char host[256], url[300];
	unsigned port;
	int fd;
	struct tg_clock clock;
	struct tg_secret *pin;
	struct tg_profiles *profiles;
	struct tg_writer writer;
	struct tg_desk desk;
	struct tg_asker asker, register_asker;
	struct tg_court court;
	struct tg_works works;
	struct tg_names names;
	struct tg_notices notices;
	struct tg_register_desk registers;
	struct tg_server server;
};

static int complain(const struct tg_error *err)
{
	char code[8], text[600];
	tg_status_code(err->status, code);
	tg_error_text(err, text, sizeof(text));
	fprintf(stderr, "tamga-centre: %s %s: %s\n", code, tg_status_name(err->status), text);
	return 1;
}

/* "127.0.0.1:8443", "[::1]:0", "localhost:8443" */
static enum tg_status split_listen(struct centre *c, char service[16], struct tg_error *err)
{
	const char *colon = strrchr(c->o.listen, ':');
	size_t n = colon ? (size_t)(colon - c->o.listen) : 0;
	const char *from = c->o.listen;
	if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(c->host) || !tg_copy(service, 16, colon + 1) || service[0] == '\0')
		return tg_error_set(err, TG_CONFIG, "--listen: ADDR:PORT expected");
	memcpy(c->host, from, n);
	c->host[n] = '\0';
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

static enum tg_status open_socket(struct centre *c, struct tg_error *err)
{
	char service[16];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *list = NULL;
	TG_TRY(split_listen(c, service, err));
	int rc = getaddrinfo(c->host, service, &hints, &list);
	if (rc != 0)
		return tg_error_set(err, TG_CONFIG, "--listen: %s", gai_strerror(rc));
	c->fd = bind_to(list);
	/* One office may stand behind one address; one machine must not take all the room. */
	if (c->o.per_ip == 0 && !is_loopback(list))
		c->o.per_ip = PER_IP;
	freeaddrinfo(list);
	if (c->fd < 0)
		return tg_error_set(err, TG_IO, "--listen: %s", strerror(errno));
	c->port = port_of(c->fd);
	(void)snprintf(
	        c->url, sizeof(c->url), strchr(c->host, ':') ? "https://[%s]:%u" : "https://%s:%u", c->host, c->port);
	return TG_OK;
}

/* Two centres on one directory would both be right. */
static enum tg_status lock_data(const struct tg_centre_paths *p, struct tg_error *err)
{
	int fd = open(p->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return tg_error_at(err, TG_IO, p->lock, 0, 0, "%s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return TG_OK; /* held until the process ends */
	close(fd);
	return tg_error_at(err, TG_STORE_BUSY, p->lock, 0, 0, "another centre runs on this directory");
}

static enum tg_status read_pin(struct centre *c, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status st = tg_secret_create(&c->pin);
	if (st == TG_OK)
		st = tg_file_read(&b, c->paths.token_pin, 64, err);
	if (st == TG_OK && !tg_secret_append(c->pin, b.data, strcspn(tg_buf_str(&b), "\r\n")))
		st = tg_error_at(err, TG_CONFIG, c->paths.token_pin, 1, 0, "too long");
	tg_buf_wipe(&b);
	return st;
}

static int this_year(const struct tg_clock *clock)
{
	char text[TG_TIME_TEXT];
	tg_time_utc(clock->wall_ms(clock->ctx), text);
	return (int)strtol(text, NULL, 10);
}

static enum tg_status start_desk(struct centre *c, struct tg_error *err)
{
	char crl[400], cer[400], gost_crl[400], gost_cer[400];
	(void)snprintf(crl, sizeof(crl), "%s/crl/issuing.crl", c->url);
	(void)snprintf(cer, sizeof(cer), "%s/ca/issuing.cer", c->url);
	(void)snprintf(gost_crl, sizeof(gost_crl), "%s/crl/issuing-gost.crl", c->url);
	(void)snprintf(gost_cer, sizeof(gost_cer), "%s/ca/issuing-gost.cer", c->url);
	TG_TRY(read_pin(c, err));
	TG_TRY(tg_profiles_load(&c->profiles, c->o.profiles, err));
	const struct tg_ca_config ca = {.module = c->o.module,
	        .token_label = "tamga-centre",
	        .cloud_label = "tamga-cloud",
	        .pin = c->pin,
	        .init_token = true,
	        .dir = c->paths.ca_dir,
	        .year = this_year(&c->clock),
	        .profiles = c->profiles,
	        .urls = {.crl = crl, .ca_cert = cer},
	        .gost_urls = {.crl = gost_crl, .ca_cert = gost_cer},
	        .kiosk_trust_pem = c->paths.channel_ca,
	        .allow_test_ids = c->o.allow_test_ids};
	return tg_desk_start(&c->desk, &c->paths, &ca, c->clock, err);
}

static enum tg_status start_office(struct centre *c, struct tg_error *err)
{
	TG_TRY(tg_names_load(&c->names, &c->o, err));
	c->desk.gate.catalog = c->names.catalog; /* nobody asks the CA yet */
	TG_TRY(tg_register_desk_open(&c->registers, &c->o, &c->paths, &c->names, c->clock, err));
	const struct tg_registers_port port = tg_register_desk_port(&c->registers);
	TG_TRY(tg_asker_start(&c->register_asker, &c->paths, &port, c->clock, err));
	return tg_notices_start(&c->notices, &c->o, &c->paths, &c->names, c->clock, err);
}

static enum tg_status start_works(struct centre *c, struct tg_error *err)
{
	const struct tg_job jobs[] = {{tg_court_judge, &c->court}, {tg_court_heads, &c->court},
	        {tg_court_revoke, &c->court}, {tg_court_powers, &c->court}, {tg_court_unlock, &c->court},
	        {tg_court_companies, &c->court}, {tg_cloud_charge, &c->court}, {tg_cloud_issue, &c->court}};
	TG_TRY(tg_court_open(&c->court, &c->desk, c->profiles, c->names.catalog, &c->paths, c->o.outside_issuers, err));
	return tg_works_start(
	        &c->works, &c->paths, jobs, sizeof(jobs) / sizeof(jobs[0]), WORKS_EVERY_MS, c->clock, err);
}

static enum tg_status start(struct centre *c, struct tg_error *err)
{
	char hosts[600];
	TG_TRY(tg_centre_paths_init(&c->paths, c->o.data, err));
	TG_TRY(lock_data(&c->paths, err));
	TG_TRY(open_socket(c, err));
	(void)snprintf(hosts, sizeof(hosts), "%s,localhost%s%s%s", c->host,
	        strcmp(c->host, "127.0.0.1") == 0 ? "" : ",127.0.0.1", c->o.names ? "," : "",
	        c->o.names ? c->o.names : "");
	TG_TRY(tg_centre_setup(&c->paths, hosts, err));
	if (setenv("SOFTHSM2_CONF", c->paths.softhsm_conf, 1) != 0)
		return tg_error_set(err, TG_NO_MEMORY, "environment");
	TG_TRY(tg_writer_start(&c->writer, &c->paths, c->clock, err));
	TG_TRY(start_desk(c, err));
	TG_TRY(start_office(c, err));
	TG_TRY(start_works(c, err));
	c->writer.after[0] = &c->works;
	TG_TRY(tg_asker_start(&c->asker, &c->paths, NULL, c->clock, err));
	c->asker.catalog = c->names.catalog;
	c->server.writer = &c->writer;
	c->server.desk = &c->desk;
	c->server.asker = &c->asker;
	c->server.register_asker = &c->register_asker;
	TG_TRY(tg_server_start(&c->server, c->fd, &c->o, &c->paths, err));
	/* As --listen takes it: who starts it again on the same port hands it back. */
	char line[300];
	(void)snprintf(line, sizeof(line), "%s\n", c->url + strlen("https://"));
	return tg_file_write(c->paths.listen, line, strlen(line), 0600, err);
}

static void stop(struct centre *c)
{
	tg_server_quiesce(&c->server);
	tg_notices_stop(&c->notices);
	tg_writer_stop(&c->writer);
	tg_works_stop(&c->works);
	tg_court_close(&c->court);
	tg_desk_stop(&c->desk);
	tg_asker_stop(&c->asker);
	tg_asker_stop(&c->register_asker);
	tg_register_desk_close(&c->registers);
	tg_names_free(&c->names);
	tg_server_finish(&c->server);
	tg_profiles_destroy(c->profiles);
	tg_secret_destroy(c->pin);
}

static void raise_limits(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		tg_log_warn("the limit of open files cannot be raised");
}

static enum tg_status serve(struct centre *c, const sigset_t *ends, struct tg_error *err)
{
	int got = 0;
	enum tg_status st = start(c, err);
	if (st == TG_OK) {
		printf("enrolment secret and pin of the channel CA: %s\n", c->paths.secret);
		printf("ready %s\n", c->url);
		(void)fflush(stdout);
		(void)sigwait(ends, &got);
		tg_log_info("stopping");
	}
	stop(c);
	return st;
}

static enum tg_status command(const struct tg_centre_options *o, struct tg_error *err)
{
	struct tg_centre_paths p;
	TG_TRY(tg_centre_paths_init(&p, o->data, err));
	return tg_kiosk_command(o, p.registry, err);
}

int main(int argc, char **argv)
{
	static struct centre c = {.fd = -1};
	struct tg_error err = {0};
	sigset_t ends;
	umask(077);
	tg_log_open("tamga-centre", STDERR_FILENO);
	if (tg_centre_options_read(&c.o, argc, argv, &err) != TG_OK)
		return complain(&err);
	if (c.o.help || c.o.version) {
		if (c.o.help)
			tg_centre_usage(stdout);
		else
			puts("tamga-centre " TAMGA_VERSION);
		return 0;
	}
	if (c.o.kiosk_list || c.o.kiosk_disable || c.o.kiosk_enable || c.o.kiosk_allow)
		return command(&c.o, &err) == TG_OK ? 0 : complain(&err);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &ends, NULL) != 0 || tg_secret_harden_process() != TG_OK)
		return 1;
	raise_limits();
	c.clock = c.o.clock_file ? tg_clock_shifted(c.o.clock_file) : tg_clock_real();
	return serve(&c, &ends, &err) == TG_OK ? 0 : complain(&err);
}
