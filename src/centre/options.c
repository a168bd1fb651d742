/* The command line: one table makes the parser and the help. */
#include "centre.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>

enum kind { TEXT, SWITCH, UINT };
struct flag {
	const char *name, *arg, *help;
	enum kind kind;
	size_t at;
};
#define AT(member) offsetof(struct tg_centre_options, member)
static const struct flag flags[] = {
        {"data", "DIR", "where everything is kept; an empty one is filled", TEXT, AT(data)},
        {"listen", "ADDR:PORT", "port 0: any free one, written to DIR/listen", TEXT, AT(listen)},
        {"names", "A,B", "more names and addresses for the TLS certificate", TEXT, AT(names)},
        {"profiles", "DIR", "certificate profiles", TEXT, AT(profiles)},
        {"module", "FILE", "PKCS#11 module for the CA's keys", TEXT, AT(module)},
        {"gost-token", "SERIAL", "GOST issuers: their keys are in the token with this serial number", TEXT,
                AT(gost_token)},
        {"gost-pin", "FILE", "its PIN", TEXT, AT(gost_pin)},
        {"gost-reader", "NAME", "reader it is in, as PC/SC names it (none: the module finds it)", TEXT,
                AT(gost_reader)},
        {"gost-carriers", "FILE", "how it is known and driven (gost-carriers.yaml of --screens)", TEXT,
                AT(gost_carriers)},
        {"gost-files", NULL, "GOST issuers without such a token: keys in files that a key of --module's token opens",
                SWITCH, AT(gost_files)},
        {"threads", "N", "threads for connections (1)", UINT, AT(threads)},
        {"connections", "N", "at most so many (15000)", UINT, AT(connections)},
        {"per-ip", "N", "at most so many from one address (256; on loopback no limit)", UINT, AT(per_ip)},
        {"greetings", "N", "at most so many at once that have not said yet who they are (256)", UINT, AT(greetings)},
        {"waiting", "N", "at most so many requests at once (16384)", UINT, AT(waiting)},
        {"waiting-mib", "N", "at most so much of their bodies (256)", UINT, AT(waiting_mib)},
        {"smtp", "URL", "send notices by e-mail: smtp://HOST:PORT (TLS, on loopback without) or smtps://", TEXT,
                AT(smtp)},
        {"smtp-user-file", "FILE", "two lines: user and password", TEXT, AT(smtp_user_file)},
        {"smtp-ca", "FILE", "who may vouch for the server (the system's list)", TEXT, AT(smtp_ca)},
        {"mail-from", "ADDRESS", "sender of the notices", TEXT, AT(mail_from)},
        {"mail-retry", "MS", "first pause before another try (60000)", UINT, AT(mail_retry_ms)},
        {"mail-days", "N", "give a notice up after so many days (5)", UINT, AT(mail_days)},
        {"outside-issuers", "DIR", "whose certificates may sign beside our own: one NAME.yaml each (certstatus.h)",
                TEXT, AT(outside_issuers)},
        {"public", "ADDR:PORT", "give CRLs, CA certificates and OCSP by plain HTTP there (port 0: see DIR/public)",
                TEXT, AT(public_at)},
        {"public-url", "URL", "how others reach that service (http://ADDR:PORT of --public)", TEXT, AT(public_url)},
        {"metrics", "ADDR:PORT",
                "counts for Prometheus by plain HTTP there, on loopback only (port 0: see DIR/metrics)", TEXT,
                AT(metrics_at)},
        {"crl-hours", "N", "a CRL is good for so long, and made anew when half of it is over (24)", UINT,
                AT(crl_hours)},
        {"relay", "URL", "a CA elsewhere: CMP requests go there (https://, on loopback http://)", TEXT, AT(relay)},
        {"relay-ca", "FILE", "who may vouch for its server (the system's list)", TEXT, AT(relay_ca)},
        {"relay-trust", "FILE", "chain of the certificates that it issues", TEXT, AT(relay_trust)},
        {"relay-cert", "FILE", "our certificate there, for TLS and for what we revoke", TEXT, AT(relay_cert)},
        {"relay-key", "FILE", "its key", TEXT, AT(relay_key)},
        {"ra", "ID", "another centre that relays to this CA: the client certificate it comes with", TEXT, AT(ra)},
        {"ra-trust", "FILE", "CA certificates of that centre's kiosks, whose requests it brings", TEXT, AT(ra_trust)},
        {"register-url", "URL", "ask an HTTPS service for state registers (else what tamgactl imported)", TEXT,
                AT(register_url)},
        {"register-ca", "FILE", "who may vouch for it (the system's list)", TEXT, AT(register_ca)},
        {"register-cert", "FILE", "our certificate for it", TEXT, AT(register_cert)},
        {"register-key", "FILE", "its key", TEXT, AT(register_key)},
        {"register-ms", "MS", "wait at most so long for it (5000)", UINT, AT(register_ms)},
        {"postgres", "CONNINFO",
                "the journal is kept in this PostgreSQL from now on, as libpq names it, without a password", TEXT,
                AT(postgres)},
        {"postgres-quorum", "K", "refuse to work unless its synchronous_standby_names is ANY K (…) or more (0)", UINT,
                AT(postgres_quorum)},
        {"postgres-ms", "MS", "wait at most so long for a word from it (5000)", UINT, AT(postgres_ms)},
        {"shards", "FILE", "which centre keeps which kiosks (shards.yaml)", TEXT, AT(shards)},
        {"shard", "NAME", "which of them this one is", TEXT, AT(shard)},
        {"seal-after-months", "N",
                "months that stay in centre.db when they are over; older ones get files of their own (1)", UINT,
                AT(seal_after_months)},
        {"screens", "DIR", "names of services and fields", TEXT, AT(screens)},
        {"locale", "DIR", "sentences of the notices", TEXT, AT(locale)},
        {"clock-file", "PATH", "training: offset of the clock", TEXT, AT(clock_file)},
        {"allow-test-ids", NULL, "training: accept the NCA's published test numbers", SWITCH, AT(allow_test_ids)},
        {"no-sandbox-enrolment", NULL, "no secret that lets any kiosk in: tamgactl kiosk add only", SWITCH,
                AT(no_sandbox_enrolment)},
        {"accept-clock", NULL, "start although the clock stands before what was received last", SWITCH,
                AT(accept_clock)},
        {"kiosk-seconds", "N", "training: kiosks' certificates are for so long", UINT, AT(kiosk_seconds)},
        {"tls-seconds", "N", "training: the centre's own TLS certificate too", UINT, AT(tls_seconds)},
        {"help", NULL, "this text", SWITCH, AT(help)},
        {"version", NULL, "version", SWITCH, AT(version)},
};
#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

void tg_centre_usage(FILE *to)
{
	fputs("tamga-centre --data DIR --listen ADDR:PORT [flags]\n\n", to);
	for (size_t i = 0; i < N_FLAGS; i++)
		fprintf(to, "  --%-14s %-9s %s\n", flags[i].name, flags[i].arg ? flags[i].arg : "", flags[i].help);
}

void tg_centre_options_text(const struct tg_centre_options *o, struct tg_buf *out)
{
	for (size_t i = 0; i < N_FLAGS; i++) {
		const char *at = (const char *)o + flags[i].at, *text = NULL;
		unsigned n = 0;
		bool on = false;
		if (flags[i].kind == TEXT)
			memcpy(&text, at, sizeof(text));
		else if (flags[i].kind == UINT)
			memcpy(&n, at, sizeof(n));
		else
			memcpy(&on, at, sizeof(on));
		tg_buf_addf(out, "%s=%s %u %d\n", flags[i].name, text ? text : "", n, on);
	}
}

/* Passwords of nobody go through it, but requests do: plain HTTP only where nobody listens. */
static bool relay_url_fits(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://127.0.0.1:", 17) == 0 ||
	       strncmp(url, "http://[::1]:", 13) == 0;
}

static enum tg_status check_relay(const struct tg_centre_options *o, struct tg_error *err)
{
	if (!o->relay)
		return TG_OK;
	if (!relay_url_fits(o->relay) || strpbrk(o->relay, "@?#\r\n "))
		return tg_error_set(
		        err, TG_CONFIG, "--relay: https://HOST[:PORT]/PATH expected (http:// on loopback only)");
	if (!o->relay_trust)
		return tg_error_set(err, TG_CONFIG, "--relay-trust is missing");
	if (!o->relay_cert != !o->relay_key)
		return tg_error_set(err, TG_CONFIG, "--relay-cert and --relay-key go together");
	return TG_OK;
}

static enum tg_status check_gost(const struct tg_centre_options *o, struct tg_error *err)
{
	if (o->gost_token && o->gost_files)
		return tg_error_set(err, TG_CONFIG, "--gost-token and --gost-files: one of them");
	if (!o->gost_token != !o->gost_pin)
		return tg_error_set(err, TG_CONFIG, "--gost-token and --gost-pin go together");
	return TG_OK;
}

static bool take(struct tg_centre_options *o, const struct flag *f, const char *value)
{
	char *at = (char *)o + f->at;
	char *end = NULL;
	if (f->kind == TEXT) {
		memcpy(at, &value, sizeof(value));
	} else if (f->kind == SWITCH) {
		memcpy(at, &(bool){true}, sizeof(bool));
	} else {
		errno = 0;
		unsigned long n = strtoul(value, &end, 10);
		if (errno || end == value || *end != '\0' || n > 1000000)
			return false;
		memcpy(at, &(unsigned){(unsigned)n}, sizeof(unsigned));
	}
	return true;
}

static enum tg_status check(const struct tg_centre_options *o, struct tg_error *err)
{
	if (o->help || o->version)
		return TG_OK;
	if (!o->data)
		return tg_error_set(err, TG_CONFIG, "--data is missing");
	if (!o->listen)
		return tg_error_set(err, TG_CONFIG, "--listen is missing");
	if (o->threads < 1 || o->threads > 64 || o->connections < 1)
		return tg_error_set(err, TG_CONFIG, "--threads 1 to 64, --connections at least 1");
	if (o->greetings < 1 || o->waiting < 4 || o->waiting_mib < 4)
		return tg_error_set(err, TG_CONFIG, "--greetings at least 1, --waiting and --waiting-mib at least 4");
	TG_TRY(check_relay(o, err));
	TG_TRY(check_gost(o, err));
	if (!o->ra != !o->ra_trust)
		return tg_error_set(err, TG_CONFIG, "--ra and --ra-trust go together");
	if (o->public_url && (strncmp(o->public_url, "http://", 7) != 0 || strlen(o->public_url) > 200))
		return tg_error_set(err, TG_CONFIG, "--public-url: http://HOST[:PORT] expected");
	const struct tg_mail_settings mail = {.url = o->smtp, .from = o->mail_from};
	return o->smtp ? tg_mail_settings_check(&mail, err) : TG_OK;
}

enum tg_status tg_centre_options_read(struct tg_centre_options *o, int argc, char **argv, struct tg_error *err)
{
	struct option options[N_FLAGS + 1] = {0};
	int index = 0, got;
	*o = (struct tg_centre_options){.threads = 1,
	        .connections = 15000,
	        .greetings = 256,
	        .waiting = 16384,
	        .seal_after_months = 1,
	        .waiting_mib = 256,
	        .profiles = TAMGA_SCREENS_DIR "/profiles",
	        .screens = TAMGA_SCREENS_DIR,
	        .locale = TAMGA_LOCALE_DIR,
	        .module = "/usr/lib/softhsm/libsofthsm2.so"};
	for (size_t i = 0; i < N_FLAGS; i++)
		options[i] = (struct option){flags[i].name, flags[i].arg ? required_argument : no_argument, NULL, 1};
	opterr = 0;
	while ((got = getopt_long(argc, argv, "", options, &index)) != -1)
		if (got != 1 || !take(o, &flags[index], optarg))
			return tg_error_set(err, TG_CONFIG, "unknown, incomplete or wrong flag: %s", argv[optind - 1]);
	if (optind != argc)
		return tg_error_set(err, TG_CONFIG, "no argument expected: %s", argv[optind]);
	return check(o, err);
}
