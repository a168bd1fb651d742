/* The control socket's commands: a table, one function each. */
#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef void command(struct tg_host *h, const char *arg, struct tg_buf *out);

static bool number(const char *s, unsigned max, unsigned *out, struct tg_buf *answer)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end || errno || v > max) {
		tg_buf_addf(answer, "error a number from 0 to %u is needed", max);
		return false;
	}
	*out = (unsigned)v;
	tg_buf_add_str(answer, "ok");
	return true;
}

static void do_insert(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	tg_host_insert(h);
	tg_buf_add_str(out, "ok");
}

static void do_pull(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	tg_host_pull(h);
	tg_buf_add_str(out, "ok");
}

static void do_pull_at(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)!number(arg, 1000000, &h->faults.pull_at, out);
}

static void do_pull_after(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)!number(arg, 1000000, &h->faults.pull_after, out);
}

static void do_slow(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)!number(arg, 600000, &h->faults.slow_ms, out);
}

static void do_break(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	h->faults.broken = true;
	tg_buf_add_str(out, "ok");
}

static void do_mute(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	h->faults.mute = true;
	tg_buf_add_str(out, "ok");
}

static void do_any_pin(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	h->faults.any_pin = true;
	tg_buf_add_str(out, "ok");
}

static void do_unmute(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	h->faults.mute = false;
	tg_buf_add_str(out, "ok");
}

static void do_mend(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	tg_faults_mend(&h->faults);
	tg_buf_add_str(out, "ok");
}

static void do_count(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	tg_buf_addf(out, "ok inserted=%llu total=%llu", (unsigned long long)h->faults.inserted,
	        (unsigned long long)h->faults.total);
}

static const char *yes_no(bool b)
{
	return b ? "yes" : "no";
}

static void do_status(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	struct tg_vcard_facts f;
	(void)arg;
	tg_vcard_describe(h->card, &f);
	tg_buf_addf(out, "ok inserted=%s connected=%s initialised=%s login=%s tries=%d so-tries=%d keys=%d certs=%d",
	        yes_no(h->inserted), yes_no(h->link.heard), yes_no(f.initialised), yes_no(f.logged_in), f.tries,
	        f.so_tries, f.keys, f.certs);
	tg_buf_addf(out, " document=%s serial=%s name=%s", yes_no(f.document), f.serial, f.name);
}

static void do_trace(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	int fd = -1;
	if (strcmp(arg, "off") != 0) {
		fd = open(arg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0) {
			tg_buf_addf(out, "error cannot write there: %s", strerror(errno));
			return;
		}
	}
	if (h->trace >= 0)
		close(h->trace);
	h->trace = fd;
	tg_buf_add_str(out, "ok");
}

static void do_quit(struct tg_host *h, const char *arg, struct tg_buf *out)
{
	(void)arg;
	h->quit = true;
	tg_buf_add_str(out, "ok");
}

/* one row a line */
/* clang-format off */
static const struct row {
	const char *name;
	bool takes_argument;
	command *run;
} rows[] = {
	{"insert",     false, do_insert},
	{"pull",       false, do_pull},
	{"pull-at",    true,  do_pull_at},
	{"pull-after", true,  do_pull_after},
	{"slow",       true,  do_slow},
	{"break",      false, do_break},
	{"mute",       false, do_mute},
	{"unmute",     false, do_unmute},
	{"any-pin",    false, do_any_pin},
	{"mend",       false, do_mend},
	{"count",      false, do_count},
	{"status",     false, do_status},
	{"trace",      true,  do_trace},
	{"quit",       false, do_quit},
};
/* clang-format on */

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

void tg_host_command(struct tg_host *h, char *line, struct tg_buf *answer)
{
	tg_buf_reset(answer);
	char *arg = line + strcspn(line, " ");
	if (*arg)
		*arg++ = '\0';
	const struct row *row = find(line);
	if (!row)
		tg_buf_add_str(answer, "error no such command");
	else if (row->takes_argument != (*arg != '\0'))
		tg_buf_addf(answer, "error %s takes %s argument", line, row->takes_argument ? "one" : "no");
	else
		row->run(h, arg, answer);
}
