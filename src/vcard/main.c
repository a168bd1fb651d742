/* tamga-vcard: an ID card of software in pcscd's virtual reader, for training, demonstration and tests. */
#include "server.h"
#include "tamga/log.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/file.h>
#include <unistd.h>

static const char usage[] =
        "usage: tamga-vcard --state FILE --control SOCKET [--persona FILE.yaml] [--inserted]\n"
        "                   [--host 127.0.0.1] [--port 35963]\n"
        "       tamga-vcard --ctl SOCKET COMMAND [ARGUMENT]\n"
        "A card of software for the virtual reader of pcscd (vsmartcard-vpcd): ports 35963 and 35964.\n"
        "--persona is what a new card is made from; a card that has its file already stays what it is.\n"
        "commands: insert, pull, pull-at N, pull-after N, slow MS, break, mute, unmute, mend, count, status,\n"
        "          trace FILE|off, quit\n";

struct options {
	const char *state, *control, *persona, *host, *port, *ctl;
	int inserted, help;
};

enum { O_STATE = 256, O_CONTROL, O_PERSONA, O_HOST, O_PORT, O_CTL, O_INSERTED, O_HELP };

static const struct option long_options[] = {
        {"state", required_argument, NULL, O_STATE},
        {"control", required_argument, NULL, O_CONTROL},
        {"persona", required_argument, NULL, O_PERSONA},
        {"host", required_argument, NULL, O_HOST},
        {"port", required_argument, NULL, O_PORT},
        {"ctl", required_argument, NULL, O_CTL},
        {"inserted", no_argument, NULL, O_INSERTED},
        {"help", no_argument, NULL, O_HELP},
        {NULL, 0, NULL, 0},
};

static bool read_options(int argc, char **argv, struct options *o)
{
	const char **texts[] = {&o->state, &o->control, &o->persona, &o->host, &o->port, &o->ctl};
	int c;
	/* "+": what follows --ctl SOCKET is the command, even where it looks like an option */
	while ((c = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
		if (c >= O_STATE && c <= O_CTL)
			*texts[c - O_STATE] = optarg;
		else if (c == O_INSERTED)
			o->inserted = 1;
		else if (c == O_HELP)
			o->help = 1;
		else
			return false;
	}
	return true;
}

static int fail(const struct tg_error *err)
{
	char text[600];
	tg_error_text(err, text, sizeof text);
	fprintf(stderr, "tamga-vcard: %s\n", text);
	return 1;
}

static int ask(const char *path, int n, char **words)
{
	struct tg_buf line = TG_BUF_INIT, answer = TG_BUF_INIT;
	struct tg_error err = {0};
	for (int i = 0; i < n; i++)
		tg_buf_addf(&line, "%s%s", i ? " " : "", words[i]);
	enum tg_status status = tg_vcard_ask(path, tg_buf_str(&line), &answer, &err);
	int code = status == TG_OK ? 0 : fail(&err);
	if (status == TG_OK) {
		puts(tg_buf_str(&answer));
		code = strncmp(tg_buf_str(&answer), "ok", 2) == 0 ? 0 : 1;
	}
	tg_buf_finish(&line);
	tg_buf_finish(&answer);
	return code;
}

/* One card cannot be in two readers. The lock lasts as long as the process. */
static enum tg_status lock_state(const char *path, struct tg_error *err)
{
	char name[4096];
	int n = snprintf(name, sizeof name, "%s.lock", path);
	int fd = n > 0 && (size_t)n < sizeof name ? open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd < 0)
		return tg_error_at(err, TG_IO, path, 0, 0, "lock: %s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return tg_error_at(err, TG_STORE_BUSY, path, 0, 0, "this card is in use by another program");
	return TG_OK;
}

static enum tg_status new_card(const struct options *o, struct tg_vcard **card, struct tg_error *err)
{
	struct tg_vcard_persona p;
	if (o->persona)
		TG_TRY(tg_vcard_persona_load(&p, o->persona, err));
	else
		tg_vcard_persona_blank(&p);
	enum tg_status status = tg_vcard_create(card, &p, err);
	explicit_bzero(&p, sizeof p);
	if (status == TG_OK)
		status = tg_vcard_save(*card, o->state, err);
	return status;
}

static enum tg_status open_card(const struct options *o, struct tg_vcard **card, struct tg_error *err)
{
	TG_TRY(lock_state(o->state, err));
	enum tg_status status = tg_vcard_load(card, o->state, err);
	if (status != TG_NOT_FOUND)
		return status;
	*err = (struct tg_error){0};
	return new_card(o, card, err);
}

static bool read_port(const char *s, uint16_t *out)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);
	*out = (uint16_t)v;
	return s[0] >= '0' && s[0] <= '9' && *end == '\0' && v >= 1 && v <= UINT16_MAX;
}

static int run(const struct options *o, uint16_t port)
{
	struct tg_error err = {0};
	struct tg_host *h = calloc(1, sizeof *h);
	if (!h)
		return 1;
	*h = (struct tg_host){.state = o->state, .address = o->host, .port = port, .trace = -1};
	tg_link_init(&h->link);
	enum tg_status status = open_card(o, &h->card, &err);
	if (status == TG_OK) {
		h->inserted = o->inserted != 0; /* the loop makes the contact */
		status = tg_vcard_serve(h, o->control, &err);
	}
	if (h->trace >= 0)
		close(h->trace);
	tg_vcard_destroy(h->card);
	free(h);
	return status == TG_OK ? 0 : fail(&err);
}

int main(int argc, char **argv)
{
	struct options o = {.host = "127.0.0.1", .port = "35963"};
	uint16_t port;
	bool understood = read_options(argc, argv, &o);
	tg_log_open("tamga-vcard", STDERR_FILENO);
	if (understood && o.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (understood && o.ctl && optind < argc)
		return ask(o.ctl, argc - optind, argv + optind);
	if (understood && !o.ctl && o.state && o.control && optind == argc && read_port(o.port, &port))
		return run(&o, port);
	fputs(usage, stderr);
	return 2;
}
