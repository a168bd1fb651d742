/* The channel CA gets another key (C-2; src/decisions/0270): made, learned by kiosks, then the only one. */
#include "backup.h"
#include "kiosk_life.h"

#include "tamga/ca.h"
#include "tamga/clock.h"
#include "tamga/enrol.h"

#include <unistd.h>

struct change {
	const char *dir, *clock_file;
	bool leave_behind;
	struct tg_buf told; /* the channel CAs as kiosks are told */
	unsigned behind;    /* kiosks that do not know the last of them */
};

static bool parse(struct change *c, const struct ctl_args *args)
{
	const struct ctl_option options[] = {{"--data", &c->dir, NULL}, {"--clock-file", &c->clock_file, NULL},
	        {"--leave-behind", NULL, &c->leave_behind}, {NULL, NULL, NULL}};
	return ctl_parse(args, options, NULL, 0);
}

/* A kiosk that has shown a certificate of the last CA believes that CA: its agent took both together. */
static enum tg_status see_kiosk(struct tg_registry *r, const struct tg_kiosk_row *k, struct change *c)
{
	struct tg_buf pem = TG_BUF_INIT;
	enum tg_status st = k->disabled ? TG_NOT_FOUND : tg_kiosk_shown(r, k->kiosk, &pem);
	struct tg_bytes cas = {c->told.data, c->told.len}, cert = {pem.data, pem.len};
	if (st == TG_OK && tg_channel_issuer(cas, cert) != TG_CHANNEL_ISSUER_LAST) {
		c->behind++;
		printf("behind\t%s\t%s\n", k->kiosk, k->place);
	}
	tg_buf_finish(&pem);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

struct look {
	struct tg_registry *r;
	struct change *c;
};

static enum tg_status see_row(const struct tg_kiosk_row *k, void *ctx)
{
	struct look *l = ctx;
	return see_kiosk(l->r, k, l->c);
}

static enum ctl_exit count_behind(struct change *c)
{
	struct look l = {.c = c};
	struct tg_error err = {0};
	enum ctl_exit code = ctl_registry_open(c->dir, &l.r);
	enum tg_status st = code == CTL_YES ? tg_channel_ca_told(c->dir, &c->told, &err) : TG_OK;
	if (code == CTL_YES && st == TG_OK)
		st = tg_kiosk_each(l.r, see_row, &l);
	tg_registry_close(l.r);
	tg_buf_finish(&c->told);
	return code != CTL_YES ? code : st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

/* The centre reads these files at its start only: they are not changed under it. */
static enum ctl_exit stands_still(const struct change *c)
{
	struct tg_registry *r = NULL;
	enum ctl_exit code = ctl_registry_open(c->dir, &r);
	tg_registry_close(r);
	return code != CTL_YES ? code : ctl_centre_stands_still(c->dir) ? CTL_YES : CTL_TROUBLE;
}

/* --- Show */
static bool name_file(char path[600], const char *dir, const char *name)
{
	return snprintf(path, 600, "%s/%s", dir, name) < 600 && access(path, F_OK) == 0;
}

static enum tg_status show_one(const char *what, const char *path, struct tg_error *err)
{
	struct tg_channel_facts facts;
	uint8_t print[TG_HASH_LEN];
	char hex[2 * TG_HASH_LEN + 1], until[TG_TIME_TEXT];
	TG_TRY(tg_channel_certificate(path, &facts, err));
	TG_TRY(tg_enrol_pin(path, print, err));
	tg_hex(print, sizeof(print), hex);
	tg_time_utc(facts.until_ms, until);
	printf("%s\t%s\t%s\n", what, until, hex);
	return TG_OK;
}

enum ctl_exit ctl_channel_ca_show(const struct ctl_args *args)
{
	char path[600];
	struct change c = {0};
	struct tg_error err = {0};
	if (!parse(&c, args))
		return CTL_TROUBLE;
	struct tg_registry *r = NULL;
	enum ctl_exit code = ctl_registry_open(c.dir, &r);
	tg_registry_close(r);
	if (code != CTL_YES)
		return code;
	enum tg_status st = TG_OK;
	if (name_file(path, c.dir, "channel-ca.pem"))
		st = show_one("present", path, &err);
	if (st == TG_OK && name_file(path, c.dir, "channel-ca-next.pem"))
		st = show_one("next", path, &err);
	return st == TG_OK ? count_behind(&c) : ctl_fail(st, &err);
}

/* --- Change */
enum ctl_exit ctl_channel_ca_next(const struct ctl_args *args)
{
	struct change c = {0};
	struct tg_error err = {0};
	if (!parse(&c, args))
		return CTL_TROUBLE;
	enum ctl_exit code = stands_still(&c);
	if (code != CTL_YES)
		return code;
	enum tg_status st = tg_channel_ca_next(c.dir, TG_CHANNEL_CA_NAME, ctl_now(c.clock_file), &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	puts("the next channel CA is made. Start the centre; when tamgactl channel-ca show names no kiosk as behind: "
	     "turn");
	return CTL_YES;
}

enum ctl_exit ctl_channel_ca_turn(const struct ctl_args *args)
{
	struct change c = {0};
	struct tg_error err = {0};
	if (!parse(&c, args))
		return CTL_TROUBLE;
	enum ctl_exit code = stands_still(&c);
	if (code == CTL_YES)
		code = count_behind(&c);
	if (code != CTL_YES)
		return code;
	if (c.behind > 0 && !c.leave_behind) {
		printf("no: %u kiosks do not know the next channel CA yet\n", c.behind);
		return CTL_NO;
	}
	enum tg_status st = tg_channel_ca_turn(c.dir, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	puts("the next channel CA is the present one now. Start the centre");
	return CTL_YES;
}
