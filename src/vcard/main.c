/* tamga-vcard: an ID card of software in pcscd's virtual reader, for training, demonstration and tests. */
#include "server.h"
#include "tamga/clock.h"
#include "tamga/log.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/file.h>
#include <unistd.h>

static const char usage[] =
        "usage: tamga-vcard --state FILE --control SOCKET [--persona FILE.yaml | --script FILE] [--inserted]\n"
        "                   [--csca DIR] [--host 127.0.0.1] [--port 35963]\n"
        "       tamga-vcard --ctl SOCKET COMMAND [ARGUMENT]\n"
        "       tamga-vcard --make-csca DIR\n"
        "       tamga-vcard --show FILE.yaml\n"
        "A card of software for the virtual reader of pcscd (vsmartcard-vpcd): ports 35963 and 35964.\n"
        "--persona is what a new card is made from; a card that has its file already stays what it is.\n"
        "--script is a malicious card: an ATR and replies, each after its length in two bytes, little-endian.\n"
        "--csca names the authorities (--make-csca) that sign the document of a new card; without it there is none.\n"
        "--show says what is printed on the document, with today's dates.\n"
        "commands: insert, pull, pull-at N, pull-after N, slow MS, break, mute, unmute, any-pin, mend, count,\n"
        "          status, trace FILE|off, quit\n";

#define SCRIPT_MAX (1 << 20) /* bytes */

struct options {
	const char *state, *control, *persona, *script, *csca, *make_csca, *show, *host, *port, *ctl;
	int inserted, help;
};

enum {
	O_STATE = 256,
	O_CONTROL,
	O_PERSONA,
	O_SCRIPT,
	O_CSCA,
	O_MAKE_CSCA,
	O_SHOW,
	O_HOST,
	O_PORT,
	O_CTL,
	O_INSERTED,
	O_HELP
};

static const struct option long_options[] = {
        {"state", required_argument, NULL, O_STATE},
        {"control", required_argument, NULL, O_CONTROL},
        {"persona", required_argument, NULL, O_PERSONA},
        {"script", required_argument, NULL, O_SCRIPT},
        {"csca", required_argument, NULL, O_CSCA},
        {"make-csca", required_argument, NULL, O_MAKE_CSCA},
        {"show", required_argument, NULL, O_SHOW},
        {"host", required_argument, NULL, O_HOST},
        {"port", required_argument, NULL, O_PORT},
        {"ctl", required_argument, NULL, O_CTL},
        {"inserted", no_argument, NULL, O_INSERTED},
        {"help", no_argument, NULL, O_HELP},
        {NULL, 0, NULL, 0},
};

static bool read_options(int argc, char **argv, struct options *o)
{
	const char **texts[] = {&o->state, &o->control, &o->persona, &o->script, &o->csca, &o->make_csca, &o->show,
	        &o->host, &o->port, &o->ctl};
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

static enum tg_status script_card(const char *path, struct tg_vcard **card, struct tg_error *err)
{
	uint8_t *bytes = malloc(SCRIPT_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 && bytes ? read(fd, bytes, SCRIPT_MAX + 1) : -1;
	enum tg_status status;
	if (n < 0)
		status = tg_error_at(err, TG_IO, path, 0, 0, "script: %s", strerror(errno));
	else if (n > SCRIPT_MAX)
		status = tg_error_at(err, TG_CONFIG, path, 0, 0, "longer than %d bytes", SCRIPT_MAX);
	else
		status = tg_vcard_create_script(card, path, bytes, (size_t)n, err);
	if (fd >= 0)
		close(fd);
	free(bytes);
	return status;
}

static int64_t now_ms(void)
{
	struct tg_clock clock = tg_clock_real();
	return clock.wall_ms(clock.ctx);
}

/* The day is the one at the kiosk; one hour between Kazakhstan and Kyrgyzstan makes nobody a day older in training. */
static enum tg_status read_persona(const char *path, struct tg_vcard_persona *p, struct tg_error *err)
{
	const int64_t offset_ms = INT64_C(5) * 3600 * 1000;
	TG_TRY(tg_vcard_persona_load(p, path, err));
	return tg_vcard_persona_resolve(p, now_ms() + offset_ms, err);
}

static enum tg_status persona_card(const struct options *o, struct tg_vcard **card, struct tg_error *err)
{
	struct tg_vcard_persona p;
	if (o->persona)
		TG_TRY(read_persona(o->persona, &p, err));
	else
		tg_vcard_persona_blank(&p);
	enum tg_status status = tg_vcard_create(card, &p, err);
	explicit_bzero(&p, sizeof p);
	return status == TG_OK && o->csca ? tg_vcard_issue(*card, o->csca, now_ms(), err) : status;
}

static int make_csca(const char *dir)
{
	struct tg_error err = {0};
	return tg_vcard_csca_make(dir, now_ms(), &err) == TG_OK ? 0 : fail(&err);
}

static int show(const char *path)
{
	struct tg_vcard_persona p;
	struct tg_buf out = TG_BUF_INIT;
	struct tg_error err = {0};
	enum tg_status status = read_persona(path, &p, &err);
	if (status == TG_OK)
		status = tg_vcard_persona_show(&p, &out, &err);
	explicit_bzero(&p, sizeof p);
	if (status == TG_OK)
		fputs(tg_buf_str(&out), stdout);
	tg_buf_finish(&out);
	return status == TG_OK ? 0 : fail(&err);
}

static enum tg_status new_card(const struct options *o, struct tg_vcard **card, struct tg_error *err)
{
	enum tg_status status = o->script ? script_card(o->script, card, err) : persona_card(o, card, err);
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

static int64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int run(const struct options *o, uint16_t port)
{
	struct tg_error err = {0};
	struct tg_host *h = calloc(1, sizeof *h);
	if (!h)
		return 1;
	*h = (struct tg_host){.state = o->state, .address = o->host, .port = port, .trace = -1, .clock_us = clock_us};
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
	if (understood && o.make_csca && optind == argc)
		return make_csca(o.make_csca);
	if (understood && o.show && optind == argc)
		return show(o.show);
	if (understood && !o.ctl && o.state && o.control && optind == argc && read_port(o.port, &port))
		return run(&o, port);
	fputs(usage, stderr);
	return 2;
}
