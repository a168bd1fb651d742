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
        {"threads", "N", "threads for connections (1)", UINT, AT(threads)},
        {"connections", "N", "at most so many (15000)", UINT, AT(connections)},
        {"per-ip", "N", "at most so many from one address (256; on loopback no limit)", UINT, AT(per_ip)},
        {"smtp", "URL", "send notices by e-mail: smtp://HOST:PORT (TLS, on loopback without) or smtps://", TEXT,
                AT(smtp)},
        {"smtp-user-file", "FILE", "two lines: user and password", TEXT, AT(smtp_user_file)},
        {"smtp-ca", "FILE", "who may vouch for the server (the system's list)", TEXT, AT(smtp_ca)},
        {"mail-from", "ADDRESS", "sender of the notices", TEXT, AT(mail_from)},
        {"mail-retry", "MS", "first pause before another try (60000)", UINT, AT(mail_retry_ms)},
        {"mail-days", "N", "give a notice up after so many days (5)", UINT, AT(mail_days)},
        {"outside-issuers", "DIR", "whose certificates may sign beside our own: one NAME.yaml each (certstatus.h)",
                TEXT, AT(outside_issuers)},
        {"register-url", "URL", "ask an HTTPS service for state registers (else what tamgactl imported)", TEXT,
                AT(register_url)},
        {"register-ca", "FILE", "who may vouch for it (the system's list)", TEXT, AT(register_ca)},
        {"register-cert", "FILE", "our certificate for it", TEXT, AT(register_cert)},
        {"register-key", "FILE", "its key", TEXT, AT(register_key)},
        {"register-ms", "MS", "wait at most so long for it (5000)", UINT, AT(register_ms)},
        {"screens", "DIR", "names of services and fields", TEXT, AT(screens)},
        {"locale", "DIR", "sentences of the notices", TEXT, AT(locale)},
        {"clock-file", "PATH", "training: offset of the clock", TEXT, AT(clock_file)},
        {"allow-test-ids", NULL, "training: accept the NCA's published test numbers", SWITCH, AT(allow_test_ids)},
        {"kiosk-list", NULL, "print the known kiosks, then end", SWITCH, AT(kiosk_list)},
        {"kiosk-disable", "ID", "refuse this kiosk from now on, then end", TEXT, AT(kiosk_disable)},
        {"kiosk-enable", "ID", "take it back, then end", TEXT, AT(kiosk_enable)},
        {"kiosk-allow", "ID", "let it enrol once more with a new key, then end", TEXT, AT(kiosk_allow)},
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

static bool is_command(const struct tg_centre_options *o)
{
	return o->kiosk_list || o->kiosk_disable || o->kiosk_enable || o->kiosk_allow;
}

static enum tg_status check(const struct tg_centre_options *o, struct tg_error *err)
{
	if (o->help || o->version)
		return TG_OK;
	if (!o->data)
		return tg_error_set(err, TG_CONFIG, "--data is missing");
	if (!o->listen && !is_command(o))
		return tg_error_set(err, TG_CONFIG, "--listen is missing");
	if (o->threads < 1 || o->threads > 64 || o->connections < 1)
		return tg_error_set(err, TG_CONFIG, "--threads 1 to 64, --connections at least 1");
	const struct tg_mail_settings mail = {.url = o->smtp, .from = o->mail_from};
	return o->smtp ? tg_mail_settings_check(&mail, err) : TG_OK;
}

enum tg_status tg_centre_options_read(struct tg_centre_options *o, int argc, char **argv, struct tg_error *err)
{
	struct option options[N_FLAGS + 1] = {0};
	int index = 0, got;
	*o = (struct tg_centre_options){.threads = 1,
	        .connections = 15000,
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
