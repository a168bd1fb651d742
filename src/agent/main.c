/* tamga-agent: wiring. */
#include "agent.h"
#include "tamga/log.h"
#include "tamga/secret.h"

#include <curl/curl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const struct tg_error *err)
{
	char code[8], text[600];
	tg_status_code(err->status, code);
	tg_error_text(err, text, sizeof(text));
	fprintf(stderr, "tamga-agent: %s %s: %s\n", code, tg_status_name(err->status), text);
	return 1;
}

/* SIGTERM and SIGINT become readable; every thread started later leaves them alone. */
static int stop_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1); /* our own: follow.c */
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static enum tg_status init_agent(struct tg_agent *a, const struct tg_agent_config *c, bool elsewhere)
{
	pthread_condattr_t attr;
	struct tg_clock clock = c->clock_file ? tg_clock_shifted(c->clock_file) : tg_clock_real();
	*a = (struct tg_agent){.config = c, .worked_ms = -1, .clock = clock};
	a->status.last = TG_CENTRE_DOWN;
	a->begun_elsewhere = elsewhere;
	a->begun_ms = clock.mono_ms(clock.ctx);
	if (pthread_mutex_init(&a->lock, NULL) != 0 || pthread_condattr_init(&attr) != 0)
		return TG_NO_MEMORY;
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	int failed = pthread_cond_init(&a->wake, &attr) != 0 || pthread_cond_init(&a->freshened, &attr) != 0 ||
	             pthread_cond_init(&a->turn, &attr) != 0;
	pthread_condattr_destroy(&attr);
	return failed ? TG_NO_MEMORY : TG_OK;
}

static bool is_own_signal(int fd)
{
	struct signalfd_siginfo got;
	return read(fd, &got, sizeof(got)) == (ssize_t)sizeof(got) && got.ssi_signo == SIGUSR1;
}

/* `elsewhere`: in: it begins again with another centre; out: it is to. */
static enum tg_status run(const struct tg_agent_config *c, bool *elsewhere, struct tg_error *err)
{
	static struct tg_agent a;
	pthread_t sender, listener;
	int stop = stop_signals();
	if (stop < 0)
		return tg_error_set(err, TG_IO, "signals");
	if (init_agent(&a, c, *elsewhere) != TG_OK || pthread_create(&sender, NULL, tg_agent_sender, &a) != 0) {
		close(stop);
		return tg_error_set(err, TG_NO_MEMORY, "threads");
	}
	bool listens = pthread_create(&listener, NULL, tg_agent_listener, &a) == 0;
	enum tg_status st = tg_agent_serve(&a, stop, err);
	tg_agent_stop(&a);
	pthread_join(sender, NULL);
	if (listens)
		pthread_join(listener, NULL);
	tg_buf_finish(&a.told);
	tg_agent_cmp_finish();
	tg_agent_ask_finish();
	*elsewhere = st == TG_OK && atomic_load(&a.elsewhere) && is_own_signal(stop);
	close(stop);
	tg_log_info("stopped");
	return st;
}

static enum tg_status run_once(const struct tg_agent_flags *f, bool *elsewhere, struct tg_error *err)
{
	struct tg_agent_config *c = NULL;
	TG_TRY(tg_agent_config_load(&c, f->config, err));
	enum tg_status st = tg_agent_flags_apply(f, c);
	if (st == TG_OK)
		st = tg_agent_config_complete(c, err);
	if (st == TG_OK && c->identity)
		st = tg_identity_settle(c->identity, err); /* before anybody reads the pair */
	if (st == TG_OK)
		st = run(c, elsewhere, err);
	else
		*elsewhere = false;
	tg_agent_config_free(c);
	return st;
}

static enum tg_status run_from_flags(const struct tg_agent_flags *f, struct tg_error *err)
{
	bool elsewhere = false;
	enum tg_status st;
	do
		st = run_once(f, &elsewhere, err);
	while (elsewhere);
	return st;
}

int main(int argc, char **argv)
{
	struct tg_agent_flags f;
	struct tg_error err = {0};
	/* The database is shared with the kiosk's program, which may be another user of the same group. */
	umask(007);
	tg_log_open("tamga-agent", STDERR_FILENO);
	if (tg_agent_flags_read(&f, argc, argv, &err) != TG_OK)
		return complain(&err);
	if (f.help || f.version) {
		if (f.help)
			tg_agent_usage(stdout);
		else
			puts("tamga-agent " TAMGA_VERSION);
		return 0;
	}
	if (tg_secret_harden_process() != TG_OK || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return 1;
	enum tg_status st = f.enrol ? tg_agent_enrol(&f, &err) : run_from_flags(&f, &err);
	tg_channel_key_forget();
	curl_global_cleanup();
	return st == TG_OK ? 0 : complain(&err);
}
