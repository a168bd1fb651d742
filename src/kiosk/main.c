/* tamga: the kiosk. Usage: tamga --config FILE.yaml */
#include "cabinet.h"
#include "help.h"
#include "judges.h"
#include "media.h"
#include "staff.h"
#include "tamga/log.h"
#include "tamga/mrtd.h"
#include "tamga/pki.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define IDLE_S   90
#define WARN_S   30
#define RESULT_S 120

#define TOKEN_CALL_MS     15000
#define TOKEN_GENERATE_MS 120000

static int complain(const struct tg_error *err)
{
	char code[8], text[600];
	tg_status_code(err->status, code);
	tg_error_text(err, text, sizeof text);
	fprintf(stderr, "tamga: %s (%s %s)\n", text, code, tg_status_name(err->status));
	return 1;
}

/* A crash must not leave a citizen's data or a dead terminal behind. Only async-signal-safe calls. */
static void fatal(int signal_number)
{
	tg_ui_restore();
	_exit(128 + signal_number);
}

static struct kiosk *the_kiosk;

static void out_of_service(const char *file, int line, const char *what)
{
	static const struct tg_event ev = {.kind = TG_EV_BUG};
	tg_log_warn("bug: %s:%d: %s", file, line, what);
	if (the_kiosk && the_kiosk->mailbox)
		kiosk_post(the_kiosk, &ev);
}

static enum tg_status set_signals(struct kiosk *k)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	sigset_t ours;
	sigemptyset(&ours);
	sigaddset(&ours, SIGWINCH);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGQUIT);
	sigaddset(&ours, SIGTSTP);
	if (sigprocmask(SIG_BLOCK, &ours, NULL))
		return TG_IO;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
		struct sigaction a = {.sa_handler = fatal, .sa_flags = (int)SA_RESETHAND};
		sigaction(crashes[i], &a, NULL);
	}
	k->signals = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
	return k->signals < 0 ? TG_IO : TG_OK;
}

static enum tg_status load_data(struct kiosk *k, struct tg_error *err)
{
	char path[600];
	const struct kiosk_config *c = k->config;
	TG_TRY(tg_i18n_load(&k->i18n, c->locale, err));
	TG_TRY(tg_catalog_load(&k->catalog, c->screens, tg_flow_rules, err));
	snprintf(path, sizeof path, "%s/profiles", c->screens);
	TG_TRY(tg_profiles_load(&k->profiles, path, err));
	snprintf(path, sizeof path, "%s/carriers.yaml", c->screens);
	TG_TRY(kiosk_staff_load(&k->staff, c->staff, err));
	TG_TRY(kiosk_office_load(&k->office, c->office, err));
	if (c->channel)
		snprintf(k->channel, sizeof k->channel, "channel-%s", c->channel);
	return tg_carriers_load(&k->carriers, path, err);
}

static enum tg_status set_media(struct kiosk *k, struct tg_error *err)
{
	const struct kiosk_config *c = k->config;
	if (!c->media)
		return TG_OK;
	k->media = calloc(1, sizeof *k->media);
	if (!k->media)
		return tg_error_set(err, TG_NO_MEMORY, "media");
	return kiosk_media_init(k->media, c->media, c->media_helper, c->media_sys, err);
}

static void set_flow(struct kiosk *k)
{
	const struct kiosk_config *c = k->config;
	k->flow_config = (struct tg_flow_config){.catalog = k->catalog,
	        .i18n = k->i18n,
	        .sandbox = c->sandbox,
	        .may_quit = c->sandbox && c->may_quit,
	        .idle_ms = (int64_t)(c->idle_s ? c->idle_s : IDLE_S) * 1000,
	        .warn_ms = (int64_t)(c->warn_s ? c->warn_s : WARN_S) * 1000,
	        .result_ms = RESULT_S * 1000,
	        .staff = k->staff.n > 0,
	        .media = k->media != NULL,
	        .field_set = c->field_set,
	        .tickets = c->ticket_series && c->ticket_series[0],
	        .channel = k->channel[0] ? k->channel : NULL,
	        .office = k->office.rows,
	        .n_office = k->office.n,
	        .same_name = tg_mrz_same_name,
	        .domain = tg_domain_parse,
	        .pkcs10 = kiosk_judge_pkcs10};
	tg_flow_init(&k->flow_config, &k->state);
}

/* A damaged or full database keeps journeys from beginning, and the screen says so: the program itself runs on, so that
 * a technician sees the code instead of a shell. */
static void open_store(struct kiosk *k)
{
	struct tg_error err = {0};
	struct tg_buf json = TG_BUF_INIT;
	k->start_status = tg_store_open(&k->store, k->config->database, TG_STORE_KIOSK, k->config->kiosk, &err);
	tg_buf_addf(&json, "{\"program\":\"tamga\",\"version\":\"%s\",\"screens\":\"%s\"}", TAMGA_VERSION,
	        k->catalog->hash);
	if (k->start_status == TG_OK)
		k->start_status = tg_store_append(k->store, TG_RECORD_KIOSK_STARTED, tg_buf_str(&json),
		        k->clock.wall_ms(k->clock.ctx), NULL, &err);
	if (k->start_status != TG_OK)
		tg_log_error(&err, "the journal cannot be used");
	tg_buf_finish(&json);
}

static int deadline(uint32_t configured, int usual)
{
	return configured > 0 && configured <= INT32_MAX ? (int)configured : usual;
}

static enum tg_status start_ports(struct kiosk *k)
{
	char carriers[600];
	snprintf(carriers, sizeof carriers, "%s/carriers.yaml", k->config->screens);
	const struct tg_token_config token = {.program = k->config->token_program,
	        .carriers_path = carriers,
	        .module_override = k->config->token_module,
	        .call_ms = deadline(k->config->token_call_ms, TOKEN_CALL_MS),
	        .generate_ms = deadline(k->config->token_generate_ms, TOKEN_GENERATE_MS)};
	TG_TRY(tg_mailbox_create(&k->mailbox));
	TG_TRY(tg_token_create(&k->token, &token));
	TG_TRY(kiosk_secrets_create(k));
	TG_TRY(tg_worker_create(&k->store_worker, "store"));
	TG_TRY(tg_worker_create(&k->token_worker, "token"));
	TG_TRY(tg_worker_create(&k->link_worker, "link"));
	return tg_worker_create(&k->print_worker, "print");
}

/* The order matters: who may call another worker ends before it. */
static void stop(struct kiosk *k)
{
	tg_card_watch_destroy(k->watch);
	tg_ui_destroy(k->ui);
	k->ui = NULL;
	if (k->token)
		tg_token_kill(k->token);
	tg_worker_destroy(k->print_worker);
	tg_worker_destroy(k->token_worker);
	tg_worker_destroy(k->link_worker);
	tg_worker_destroy(k->store_worker);
	kiosk_help_destroy(k->help);
	tg_token_destroy(k->token);
	tg_store_close(k->store);
	kiosk_secrets_destroy(k);
	kiosk_staff_free(&k->staff);
	kiosk_held_free(k->held);
	kiosk_keep_pending(k, NULL);
	free(k->media);
	the_kiosk = NULL;
	tg_mailbox_destroy(k->mailbox);
	tg_carriers_destroy(k->carriers);
	tg_profiles_destroy(k->profiles);
	tg_catalog_destroy(k->catalog);
	tg_i18n_destroy(k->i18n);
	kiosk_config_free(k->config);
	explicit_bzero(&k->state, sizeof k->state);
	explicit_bzero(&k->view, sizeof k->view);
}

static void open_log(const struct kiosk_config *c)
{
	int fd = c->log ? open(c->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	tg_log_open("tamga", fd);
}

static enum tg_status start(struct kiosk *k, const char *config, struct tg_error *err)
{
	TG_TRY(kiosk_config_load(&k->config, config, err));
	open_log(k->config);
	k->clock = k->config->clock_file ? tg_clock_shifted(k->config->clock_file) : tg_clock_real();
	TG_TRY(load_data(k, err));
	TG_TRY(set_media(k, err));
	set_flow(k);
	enum tg_status status = set_signals(k);
	if (status == TG_OK)
		status = start_ports(k);
	if (status != TG_OK)
		return tg_error_set(err, status, "cannot start: %s", strerror(errno));
	TG_TRY(tg_ui_create(&k->ui, STDIN_FILENO, STDOUT_FILENO, k->i18n, err));
	the_kiosk = k;
	tg_bug_set_hook(out_of_service);
	open_store(k);
	return tg_card_watch_create(&k->watch, kiosk_post_readers, k);
}

int main(int argc, char **argv)
{
	static struct kiosk k;
	struct tg_error err = {0};
	if (argc != 3 || strcmp(argv[1], "--config") != 0) {
		fprintf(stderr, "usage: tamga --config FILE.yaml\n");
		return 2;
	}
	tg_ui_clean_environment();
	if (tg_secret_harden_process() != TG_OK) {
		fprintf(stderr, "tamga: cannot switch core dumps off\n");
		return 1;
	}
	enum tg_status status = start(&k, argv[2], &err);
	if (status == TG_OK)
		kiosk_loop(&k);
	stop(&k);
	return status == TG_OK ? 0 : complain(&err);
}
