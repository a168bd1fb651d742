/* The command line: one table makes the parser and the help. */
#include "agent.h"

#include <getopt.h>
#include <stddef.h>

struct flag {
	const char *name, *arg, *help; /* arg NULL: a switch */
	size_t at;                     /* of the member in struct tg_agent_flags */
};
#define AT(member) offsetof(struct tg_agent_flags, member)
static const struct flag flags[] = {
        {"config", "FILE", "YAML file; flags win over it", AT(config)},
        {"identity", "DIR", "directory that --enrol filled", AT(identity)},
        {"kiosk", "ID", "stream id of this kiosk", AT(kiosk)},
        {"db", "FILE", "the kiosk's database", AT(database)},
        {"socket", "PATH", "local socket for the kiosk", AT(socket)},
        {"centre", "URL", "https://HOST:PORT", AT(centre)},
        {"cmp-url", "URL", "certification authority other than the centre's", AT(cmp_url)},
        {"net-switch", "PATH", "training: no network while this file exists", AT(net_switch)},
        {"clock-file", "PATH", "training: offset of the clock", AT(clock_file)},
        {"enrol", NULL, "make this kiosk known to the centre, then end", AT(enrol)},
        {"secret-file", "FILE", "with --enrol: the line of tamgactl kiosk add, else it is typed", AT(secret_file)},
        {"tpm", "WHERE", "where keys are made: auto (the TPM if there is one), require, never", AT(tpm)},
        {"out", "DIR", "with --enrol: where key and certificates go", AT(out)},
        {"ca-pin", "HEX", "with --enrol: SHA-256 of the centre's channel CA", AT(ca_pin)},
        {"help", NULL, "this text", AT(help)},
        {"version", NULL, "version", AT(version)},
};
#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

void tg_agent_usage(FILE *to)
{
	fputs("tamga-agent [--config FILE] [flags]\n"
	      "tamga-agent --enrol --out DIR [--secret-file FILE] [--tpm auto|require|never]\n"
	      "tamga-agent --enrol --out DIR --secret-file SANDBOX --centre URL --kiosk ID [--ca-pin HEX]\n\n",
	        to);
	for (size_t i = 0; i < N_FLAGS; i++)
		fprintf(to, "  --%-12s %-5s %s\n", flags[i].name, flags[i].arg ? flags[i].arg : "", flags[i].help);
}

static void take(struct tg_agent_flags *f, const struct flag *flag, const char *value)
{
	char *at = (char *)f + flag->at;
	if (flag->arg)
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &(bool){true}, sizeof(bool));
}

enum tg_status tg_agent_flags_read(struct tg_agent_flags *f, int argc, char **argv, struct tg_error *err)
{
	struct option options[N_FLAGS + 1] = {0};
	int index = 0, got;
	*f = (struct tg_agent_flags){0};
	for (size_t i = 0; i < N_FLAGS; i++)
		options[i] = (struct option){flags[i].name, flags[i].arg ? required_argument : no_argument, NULL, 1};
	opterr = 0;
	while ((got = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (got != 1)
			return tg_error_set(err, TG_CONFIG, "unknown or incomplete flag: %s", argv[optind - 1]);
		take(f, &flags[index], optarg);
	}
	if (optind != argc)
		return tg_error_set(err, TG_CONFIG, "no argument expected: %s", argv[optind]);
	return TG_OK;
}

static bool replace(char **slot, const char *value)
{
	if (!value)
		return true;
	char *copy = strdup(value);
	if (!copy)
		return false;
	free(*slot);
	*slot = copy;
	return true;
}

enum tg_status tg_agent_flags_apply(const struct tg_agent_flags *f, struct tg_agent_config *c)
{
	if (f->centre && !c->centre)
		c->centre = calloc(1, sizeof(*c->centre));
	if (f->cmp_url && !c->cmp)
		c->cmp = calloc(1, sizeof(*c->cmp));
	if ((f->centre && !c->centre) || (f->cmp_url && !c->cmp))
		return TG_NO_MEMORY;
	bool ok = replace(&c->kiosk, f->kiosk) && replace(&c->database, f->database) &&
	          replace(&c->socket, f->socket) && replace(&c->identity, f->identity) &&
	          replace(&c->net_switch, f->net_switch) && replace(&c->clock_file, f->clock_file) &&
	          replace(&c->tpm, f->tpm);
	if (ok && f->centre)
		ok = replace(&c->centre->url, f->centre);
	if (ok && f->cmp_url)
		ok = replace(&c->cmp->url, f->cmp_url);
	return ok ? TG_OK : TG_NO_MEMORY;
}
