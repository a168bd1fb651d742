/* tamga-centre: wiring. */
#include "centre.h"
#include "cloud.h"
#include "companies.h"
#include "gost_token.h"
#include "listen.h"
#include "metrics.h"
#include "public.h"
#include "relay.h"
#include "tamga/file.h"
#include "tamga/log.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PER_IP         256u
#define QUESTIONS_MAX  1024u /* waiting for one thread that answers them */
#define WORKS_EVERY_MS 5000

struct centre {
	struct tg_centre_options o;
	struct tg_centre_paths paths;
	struct tg_listen at, public_at, metrics_at;
	char url[300], public_url[300];
	struct tg_clock clock;
	struct tg_secret *pin;
	struct tg_profiles *profiles;
	struct tg_writer writer;
	struct tg_gost_token gost;
	struct tg_desk desk;
	struct tg_asker asker, register_asker;
	struct tg_court court;
	struct tg_learner learner;
	struct tg_works works;
	int64_t forgot_ms; /* when the feed was tidied last */
	struct tg_keeping keeping;
	struct tg_erasing erasing;
	struct tg_names names;
	struct tg_notices notices;
	struct tg_register_desk registers;
	struct tg_server server;
	struct tg_outside outside;
	struct tg_relay relay;
	struct tg_public public;
	struct tg_metrics metrics;
};

static void name_one(const char *line, void *ctx)
{
	(void)ctx;
	fprintf(stderr, "tamga-centre: damaged: %s\n", line);
}

/* A file that it cannot start on: what exactly is wrong with it, as tamgactl journal mend --look says it. */
static void name_damage(const struct tg_centre_paths *p, enum tg_status why)
{
	if (why != TG_STORE_DAMAGED && why != TG_CHAIN_BROKEN)
		return;
	const bool replica = tg_store_inspect(p->replica, name_one, NULL, NULL) == TG_STORE_DAMAGED;
	const bool ca = tg_store_inspect_beside(p->registry, name_one, NULL, NULL) == TG_STORE_DAMAGED;
	const bool office = tg_store_inspect_beside(p->office, name_one, NULL, NULL) == TG_STORE_DAMAGED;
	if (replica || ca || office)
		fprintf(stderr, "tamga-centre: tamgactl journal mend --data %s makes it again of what can be read\n",
		        p->dir);
}

static int complain(const struct tg_error *err)
{
	char code[8], text[600];
	tg_status_code(err->status, code);
	tg_error_text(err, text, sizeof(text));
	fprintf(stderr, "tamga-centre: %s %s: %s\n", code, tg_status_name(err->status), text);
	return 1;
}

static enum tg_status open_socket(struct centre *c, struct tg_error *err)
{
	TG_TRY(tg_listen_open(c->o.listen, "--listen", &c->at, err));
	/* One office may stand behind one address; one machine must not take all the room. */
	if (c->o.per_ip == 0 && !c->at.loopback)
		c->o.per_ip = PER_IP;
	(void)snprintf(c->url, sizeof(c->url), "https://%s", c->at.at);
	return TG_OK;
}

/* What stands in certificates: the address of --public, unless others reach it by another. */
static enum tg_status open_public(struct centre *c, struct tg_error *err)
{
	char line[300];
	(void)tg_copy(c->public_url, sizeof(c->public_url), c->o.public_url ? c->o.public_url : c->url);
	if (!c->o.public_at)
		return TG_OK;
	TG_TRY(tg_listen_open(c->o.public_at, "--public", &c->public_at, err));
	if (!c->o.public_url)
		(void)snprintf(c->public_url, sizeof(c->public_url), "http://%s", c->public_at.at);
	(void)snprintf(line, sizeof(line), "%s\n", c->public_at.at);
	return tg_file_write(c->paths.public_at, line, strlen(line), 0600, err);
}

/* Counts tell a stranger how a country's kiosks do: nobody beyond this machine reads them. */
static enum tg_status start_metrics(struct centre *c, struct tg_error *err)
{
	char line[300];
	if (!c->o.metrics_at)
		return TG_OK;
	TG_TRY(tg_listen_open(c->o.metrics_at, "--metrics", &c->metrics_at, err));
	if (!c->metrics_at.loopback) {
		close(c->metrics_at.fd);
		return tg_error_set(
		        err, TG_CONFIG, "--metrics: an address of this machine alone expected (127.0.0.1, [::1])");
	}
	TG_TRY(tg_metrics_start(&c->metrics, c->metrics_at.fd, &c->server.counts, err));
	(void)snprintf(line, sizeof(line), "%s\n", c->metrics_at.at);
	return tg_file_write(c->paths.metrics_at, line, strlen(line), 0600, err);
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

static int this_year(const struct tg_clock *clock)
{
	char text[TG_TIME_TEXT];
	tg_time_utc(clock->wall_ms(clock->ctx), text);
	return (int)strtol(text, NULL, 10);
}

struct addresses {
	char crl[400], delta[400], cer[400], ocsp[400];
};

static struct tg_ca_urls addresses(const struct centre *c, const char *family, struct addresses *a)
{
	const char *at = c->public_url;
	(void)snprintf(a->crl, sizeof(a->crl), "%s/crl/issuing%s.crl", at, family);
	(void)snprintf(a->delta, sizeof(a->delta), "%s/crl/issuing%s-delta.crl", at, family);
	(void)snprintf(a->cer, sizeof(a->cer), "%s/ca/issuing%s.cer", at, family);
	(void)snprintf(a->ocsp, sizeof(a->ocsp), "%s/ocsp", at);
	/* OCSP is answered by the status service alone. */
	bool ocsp = c->o.public_at || c->o.public_url;
	return (struct tg_ca_urls){
	        .crl = a->crl, .delta_crl = a->delta, .ca_cert = a->cer, .ocsp = ocsp ? a->ocsp : NULL};
}

/* Whose protection of CMP messages is believed: our kiosks', and those of a centre that relays to us. */
static enum tg_status write_cmp_trust(const struct centre *c, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	enum tg_status st = tg_file_read(&pem, c->paths.channel_trust, 65536, err);
	if (st == TG_OK && c->o.ra_trust)
		st = tg_file_read(&pem, c->o.ra_trust, 65536, err);
	if (st == TG_OK)
		st = tg_file_write(c->paths.cmp_trust, pem.data, pem.len, 0600, err);
	tg_buf_finish(&pem);
	return st;
}

static void tell_gost(const struct centre *c)
{
	switch (tg_ca_gost_keys(c->desk.ca)) {
	case TG_CA_GOST_NOWHERE:
		tg_log_info("no GOST issuers");
		return;
	case TG_CA_GOST_FILES:
		tg_log_warn("the keys of the GOST issuers are in files, not in a token");
		return;
	case TG_CA_GOST_TOKEN:
		tg_log_info("the keys of the GOST issuers are in the token %s", c->o.gost_token);
	}
}

static enum tg_status start_desk(struct centre *c, struct tg_error *err)
{
	struct addresses rsa, gost;
	TG_TRY(write_cmp_trust(c, err));
	TG_TRY(tg_centre_pin(c->paths.token_pin, &c->pin, err));
	TG_TRY(tg_profiles_load(&c->profiles, c->o.profiles, err));
	TG_TRY(tg_relay_open(&c->relay, &c->o, err));
	TG_TRY(tg_gost_token_open(&c->gost, &c->o, &c->paths, &c->desk.audit, err));
	const struct tg_ca_config ca = {.module = c->o.module,
	        .token_label = "tamga-centre",
	        .cloud_label = "tamga-cloud",
	        .pin = c->pin,
	        .init_token = true,
	        .dir = c->paths.ca_dir,
	        .gost_token = tg_gost_token_port(&c->gost),
	        .gost_files = c->o.gost_files,
	        .year = this_year(&c->clock),
	        .profiles = c->profiles,
	        .urls = addresses(c, "", &rsa),
	        .gost_urls = addresses(c, "-gost", &gost),
	        .crl_hours = (int)c->o.crl_hours,
	        .outside = {.exchange = c->o.relay ? tg_relay_exchange : NULL,
	                .ctx = &c->relay,
	                .trust_pem = c->o.relay_trust,
	                .cert_pem = c->o.relay_cert,
	                .key_pem = c->o.relay_key},
	        .kiosk_trust_pem = c->paths.cmp_trust,
	        .allow_test_ids = c->o.allow_test_ids};
	TG_TRY(tg_desk_start(&c->desk, &c->paths, &c->o, &ca, c->clock, err));
	tell_gost(c);
	return TG_OK;
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
	const struct tg_job jobs[] = {{tg_learner_round, &c->learner}, {tg_court_judge, &c->court},
	        {tg_court_heads, &c->court}, {tg_court_revoke, &c->court}, {tg_court_powers, &c->court},
	        {tg_court_unlock, &c->court}, {tg_court_companies, &c->court}, {tg_cloud_charge, &c->court},
	        {tg_cloud_issue, &c->court}, {tg_life_tell, &c->paths}, {tg_tls_renew, NULL},
	        {tg_feed_forget, &c->forgot_ms}, {tg_erasing_round, &c->erasing}};
	TG_TRY(tg_erasing_open(&c->erasing, c->o.screens, c->names.catalog, err));
	TG_TRY(tg_court_open(&c->court, &c->desk, c->profiles, c->names.catalog, &c->paths, c->o.outside_issuers, err));
	TG_TRY(tg_learner_open(&c->learner, &c->desk, c->names.catalog, &c->paths, err));
	return tg_works_start(
	        &c->works, &c->paths, jobs, sizeof(jobs) / sizeof(jobs[0]), WORKS_EVERY_MS, c->clock, err);
}

/* Last: from here on kiosks and others are answered. */
static enum tg_status start_servers(struct centre *c, struct tg_error *err)
{
	c->server.writer = &c->writer;
	c->server.peers.wall = c->clock;
	c->server.desk = &c->desk;
	c->server.peers.audit = &c->desk.audit;
	c->server.outside = c->desk.outside = c->asker.outside = &c->outside;
	c->server.asker = &c->asker;
	c->server.register_asker = &c->register_asker;
	c->asker.queue.max = c->register_asker.queue.max = c->desk.queue.max = QUESTIONS_MAX;
	c->server.relay = c->o.relay ? &c->relay : NULL;
	TG_TRY(tg_relay_start(&c->relay, &c->desk, err));
	if (c->o.public_at)
		TG_TRY(tg_public_start(&c->public, c->public_at.fd, &c->desk.publisher, c->desk.ca, c->clock, err));
	TG_TRY(tg_server_start(&c->server, c->at.fd, &c->o, &c->paths, err));
	return start_metrics(c, err);
}

static enum tg_status start(struct centre *c, struct tg_error *err)
{
	char hosts[600];
	TG_TRY(tg_centre_paths_init(&c->paths, c->o.data, err));
	TG_TRY(lock_data(&c->paths, err));
	TG_TRY(tg_outside_open(&c->outside, &c->o, &c->paths, err));
	TG_TRY(open_socket(c, err));
	TG_TRY(open_public(c, err));
	(void)snprintf(hosts, sizeof(hosts), "%s,localhost%s%s%s", c->at.host,
	        strcmp(c->at.host, "127.0.0.1") == 0 ? "" : ",127.0.0.1", c->o.names ? "," : "",
	        c->o.names ? c->o.names : "");
	TG_TRY(tg_life_prepare(&c->o, &c->paths, hosts, c->clock, err));
	if (setenv("SOFTHSM2_CONF", c->paths.softhsm_conf, 1) != 0)
		return tg_error_set(err, TG_NO_MEMORY, "environment");
	TG_TRY(tg_writer_start(&c->writer, &c->paths, c->clock, err));
	TG_TRY(start_desk(c, err));
	TG_TRY(start_office(c, err));
	TG_TRY(start_works(c, err));
	TG_TRY(tg_keeping_start(&c->keeping, &c->paths, c->o.seal_after_months, c->clock, err));
	c->writer.after = &c->works;
	TG_TRY(tg_asker_start(&c->asker, &c->paths, NULL, c->clock, err));
	c->asker.catalog = c->names.catalog;
	TG_TRY(start_servers(c, err));
	/* As --listen takes it: who starts it again on the same port hands it back. */
	char line[300];
	(void)snprintf(line, sizeof(line), "%s\n", c->url + strlen("https://"));
	return tg_file_write(c->paths.listen, line, strlen(line), 0600, err);
}

static void stop(struct centre *c)
{
	tg_server_quiesce(&c->server);
	tg_public_stop(&c->public);
	tg_metrics_stop(&c->metrics);
	tg_relay_stop(&c->relay);
	tg_notices_stop(&c->notices);
	tg_writer_stop(&c->writer);
	tg_works_stop(&c->works);
	tg_keeping_stop(&c->keeping);
	tg_erasing_close(&c->erasing);
	tg_learner_close(&c->learner);
	tg_court_close(&c->court);
	tg_desk_stop(&c->desk);
	tg_gost_token_close(&c->gost);
	tg_relay_close(&c->relay);
	tg_asker_stop(&c->asker);
	tg_asker_stop(&c->register_asker);
	tg_register_desk_close(&c->registers);
	tg_names_free(&c->names);
	tg_server_finish(&c->server);
	tg_profiles_destroy(c->profiles);
	tg_secret_destroy(c->pin);
	tg_outside_close(&c->outside);
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

/* Every group of batches takes some megabytes and gives them back. Without this glibc hands them to the kernel and gets
 * them again, page by page and filled with zeros, hundreds of times a second. */
static void keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 8 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
	(void)mallopt(M_TOP_PAD, 256 << 10);
}

static enum tg_status serve(struct centre *c, const sigset_t *ends, struct tg_error *err)
{
	int got = 0;
	enum tg_status st = start(c, err);
	if (st == TG_OK) {
		if (!c->o.no_sandbox_enrolment)
			printf("enrolment secret and pin of the channel CA: %s\n", c->paths.secret);
		if (c->o.public_at)
			printf("public http://%s\n", c->public_at.at);
		printf("ready %s\n", c->url);
		(void)fflush(stdout);
		(void)sigwait(ends, &got);
		tg_log_info("stopping");
	}
	stop(c);
	return st;
}

int main(int argc, char **argv)
{
	static struct centre c = {.at.fd = -1, .public_at.fd = -1, .metrics_at.fd = -1};
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
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &ends, NULL) != 0 || tg_secret_harden_process() != TG_OK)
		return 1;
	raise_limits();
	keep_memory();
	c.clock = c.o.clock_file ? tg_clock_shifted(c.o.clock_file) : tg_clock_real();
	if (serve(&c, &ends, &err) == TG_OK)
		return 0;
	name_damage(&c.paths, err.status);
	return complain(&err);
}
