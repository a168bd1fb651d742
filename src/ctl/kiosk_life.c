/* A kiosk's life at the centre (C-2): announced with a one-time secret, replaced, disabled, enabled. What is done is an
 * entry of the centre's own stream. */
#include "kiosk_life.h"

#include "tamga/enrol.h"
#include "tamga/file.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <unistd.h>

#define HOUR_MS     INT64_C(3600000)
#define VALID_HOURS 72
#define VALID_MAX   8760

enum ctl_exit ctl_registry_open(const char *dir, struct tg_registry **r)
{
	char path[CTL_PATH];
	struct tg_error err = {0};
	*r = NULL;
	if (!ctl_centre_file(path, dir, "ca.db"))
		return CTL_TROUBLE;
	enum tg_status st = tg_registry_open(r, path, &err);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

/* Who does it, for the record: not proven, but as the machine knows him. */
static const char *who(void)
{
	const struct passwd *p = getpwuid(getuid());
	return p ? p->pw_name : "";
}

/* To the journal at once; where that cannot be written now, the centre does it later. */
static void tell(struct tg_registry *r, const char *dir)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	if (ctl_open_centre(dir, &s) == CTL_YES && tg_kiosk_tell(r, s, &err) != TG_OK)
		fprintf(stderr, "tamgactl: the journal is told later: %s\n", err.detail);
	tg_store_close(s);
}

static enum ctl_exit done(struct tg_registry *r, const char *dir, enum tg_status st, const struct tg_error *err)
{
	if (st == TG_OK)
		tell(r, dir);
	tg_registry_close(r);
	if (st == TG_INVALID || st == TG_KIOSK_UNKNOWN) {
		printf("no: %s\n", err->detail);
		return CTL_NO;
	}
	return st == TG_OK ? CTL_YES : ctl_fail(st, err);
}

/* --- Disable, enable, close */
static enum ctl_exit set_disabled(const struct ctl_args *args, bool disable)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_registry *r = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, options, words, 1))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_registry_open(dir, &r);
	if (code != CTL_YES)
		return code;
	enum tg_status st = tg_kiosk_disable(r, words[0], disable, who(), ctl_now(clock_file), &err);
	code = done(r, dir, st, &err);
	if (code == CTL_YES)
		printf("kiosk %s: %s\n", words[0], disable ? "disabled" : "enabled");
	return code;
}

enum ctl_exit ctl_kiosk_disable(const struct ctl_args *args)
{
	return set_disabled(args, true);
}

enum ctl_exit ctl_kiosk_enable(const struct ctl_args *args)
{
	return set_disabled(args, false);
}

enum ctl_exit ctl_kiosk_close(const struct ctl_args *args)
{
	char path[600];
	const char *dir = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_registry *r = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_registry_open(dir, &r);
	if (code != CTL_YES)
		return code;
	enum tg_status st = tg_kiosk_sandbox_close(r, who(), ctl_now(clock_file));
	(void)snprintf(path, sizeof(path), "%s/enrolment-secret", dir);
	if (st == TG_OK && unlink(path) != 0 && access(path, F_OK) == 0)
		st = tg_error_at(&err, TG_IO, path, 0, 0, "cannot be removed");
	code = done(r, dir, st, &err);
	if (code == CTL_YES)
		puts("the secret of the first start lets nobody in any more");
	return code;
}

/* --- Announcing */
struct wish {
	const char *dir, *url, *valid, *role, *place, *out, *qr, *clock_file;
	bool reimaged, no_qr;
	char listen[300], follower[TG_KIOSK_MAX + 1];
	int64_t now_ms, until_ms;
	struct tg_kiosk_announcement a;
	struct tg_enrol_line line;
};

/* Where kiosks find the centre: as it was told, else as it listens now. */
static bool find_url(struct wish *w)
{
	char path[600];
	struct tg_buf b = TG_BUF_INIT;
	(void)snprintf(path, sizeof(path), "%s/listen", w->dir);
	bool ok = w->url || tg_file_read(&b, path, 256, NULL) == TG_OK;
	if (ok && !w->url) {
		(void)snprintf(w->listen, sizeof(w->listen), "https://%.*s", (int)strcspn(tg_buf_str(&b), "\r\n"),
		        tg_buf_str(&b));
		ok = strstr(w->listen, "//0.0.0.0:") == NULL && strstr(w->listen, "//[::]:") == NULL;
		w->url = w->listen;
	}
	tg_buf_finish(&b);
	if (!ok)
		fputs("tamgactl: --url https://HOST:PORT, the centre's address as kiosks reach it, is missing\n",
		        stderr);
	return ok && tg_copy(w->line.url, sizeof(w->line.url), w->url);
}

static bool find_time(struct wish *w)
{
	uint64_t hours = VALID_HOURS;
	if (w->valid && !ctl_number("--valid", w->valid, (struct ctl_range){1, VALID_MAX}, &hours))
		return false;
	w->now_ms = ctl_now(w->clock_file);
	w->until_ms = w->now_ms + (int64_t)hours * HOUR_MS;
	return true;
}

static bool check_role(const char *role)
{
	if (!role || strcmp(role, "desk") == 0 || strcmp(role, "field") == 0)
		return true;
	fputs("tamgactl: the roles are desk, field\n", stderr);
	return false;
}

static enum tg_status make_secret(struct wish *w, struct tg_error *err)
{
	uint8_t pin[32];
	char path[600];
	(void)snprintf(path, sizeof(path), "%s/channel-ca.pem", w->dir);
	TG_TRY(tg_enrol_pin(path, pin, err));
	memcpy(w->line.pin, pin, TG_ENROL_PIN);
	if (RAND_priv_bytes(w->line.secret, TG_ENROL_SECRET) != 1)
		return tg_error_set(err, TG_IO, "no random numbers");
	return tg_enrol_verifier((struct tg_bytes){w->line.secret, TG_ENROL_SECRET}, w->a.verifier, err);
}

static enum ctl_exit show(const struct wish *w, struct tg_error *err)
{
	char text[TG_ENROL_LINE_MAX + 1], until[TG_TIME_TEXT];
	enum tg_status st = tg_enrol_line_write(&w->line, text, err);
	if (st == TG_OK && w->qr)
		st = ctl_qr_png(w->qr, text, err);
	size_t n = st == TG_OK ? strlen(text) : 0;
	text[n] = '\n';
	if (st == TG_OK && w->out)
		st = tg_file_write(w->out, text, n + 1, 0600, err);
	text[n] = '\0';
	tg_time_utc(w->until_ms, until);
	if (st == TG_OK) {
		printf("kiosk %s: good once, until %s. At the kiosk: tamga-agent --enrol --out DIR, then\n", w->a.kiosk,
		        until);
		printf("%s\n", w->out ? w->out : text);
		if (!w->out && !w->no_qr)
			st = ctl_qr_print(text, isatty(STDOUT_FILENO), err);
	}
	OPENSSL_cleanse(text, sizeof(text));
	return st == TG_OK ? CTL_YES : ctl_fail(st, err);
}

static enum tg_status give_role(const struct wish *w, struct tg_error *err)
{
	struct tg_store *s = NULL;
	if (!w->role)
		return TG_OK;
	if (ctl_open_centre(w->dir, &s) != CTL_YES)
		return tg_error_set(err, TG_STORE_OPEN, "the role was not given");
	enum tg_status st = tg_store_set_kiosk_role(s, w->a.kiosk, w->role, w->now_ms, err);
	tg_store_close(s);
	return st;
}

typedef enum tg_status announce_fn(
        struct tg_registry *r, const struct tg_kiosk_announcement *a, int64_t now_ms, struct tg_error *err);

static enum ctl_exit announce(struct wish *w, announce_fn *fn)
{
	struct tg_registry *r = NULL;
	struct tg_error err = {0};
	if (!find_time(w) || !check_role(w->role))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_registry_open(w->dir, &r);
	if (code != CTL_YES || !find_url(w)) {
		tg_registry_close(r);
		return CTL_TROUBLE;
	}
	w->a.by = who();
	w->a.place = w->place;
	w->a.until_ms = w->until_ms;
	(void)tg_copy(w->line.kiosk, sizeof(w->line.kiosk), w->a.kiosk);
	char probe[TG_ENROL_LINE_MAX];
	enum tg_status st = make_secret(w, &err);
	if (st == TG_OK) /* before anything is changed */
		st = tg_enrol_line_write(&w->line, probe, &err);
	OPENSSL_cleanse(probe, sizeof(probe));
	if (st == TG_OK)
		st = fn(r, &w->a, w->now_ms, &err);
	code = done(r, w->dir, st, &err);
	if (code == CTL_YES && give_role(w, &err) != TG_OK)
		code = ctl_fail(err.status, &err);
	if (code == CTL_YES)
		code = show(w, &err);
	OPENSSL_cleanse(&w->line, sizeof(w->line));
	return code;
}

static bool parse(struct wish *w, const struct ctl_args *args, const char *words[CTL_WORDS_MAX])
{
	const struct ctl_option options[] = {{"--data", &w->dir, NULL}, {"--url", &w->url, NULL},
	        {"--valid", &w->valid, NULL}, {"--role", &w->role, NULL}, {"--place", &w->place, NULL},
	        {"--out", &w->out, NULL}, {"--qr", &w->qr, NULL}, {"--no-qr", NULL, &w->no_qr},
	        {"--reimaged", NULL, &w->reimaged}, {"--clock-file", &w->clock_file, NULL}, {NULL, NULL, NULL}};
	return ctl_parse(args, options, words, 1);
}

enum ctl_exit ctl_kiosk_add(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	struct wish w = {0};
	if (!parse(&w, args, words))
		return CTL_TROUBLE;
	if (w.reimaged) {
		fputs("tamgactl: --reimaged goes with kiosk replace\n", stderr);
		return CTL_TROUBLE;
	}
	w.a.kiosk = words[0];
	return announce(&w, tg_kiosk_add);
}

/* A kiosk whose database is lost cannot go on with its stream: it would write other entries under the same numbers. It
 * gets the next stream id, and the old one ends when the new one connects (design: a re-imaged kiosk). */
static enum ctl_exit follow(struct wish *w, const char *kiosk)
{
	struct tg_kiosk_row k;
	struct tg_registry *r = NULL;
	enum ctl_exit code = ctl_registry_open(w->dir, &r);
	if (code != CTL_YES)
		return code;
	enum tg_status st = tg_kiosk_find(r, kiosk, &k);
	tg_registry_close(r);
	if (st != TG_OK || !tg_kiosk_next_id(kiosk, w->follower)) {
		printf("no: %s\n", st == TG_OK ? "its id has no room for another number" : "no such kiosk");
		return CTL_NO;
	}
	bool same_place = w->place == NULL;
	if (same_place)
		w->place = k.place;
	w->a.kiosk = w->follower;
	w->a.follows = kiosk;
	code = announce(w, tg_kiosk_add);
	if (same_place)
		w->a.place = w->place = NULL; /* it was ours */
	return code;
}

enum ctl_exit ctl_kiosk_replace(const struct ctl_args *args)
{
	char next[TG_KIOSK_MAX + 1];
	const char *words[CTL_WORDS_MAX];
	struct wish w = {0};
	if (!parse(&w, args, words))
		return CTL_TROUBLE;
	if (w.reimaged)
		return follow(&w, words[0]);
	w.a.kiosk = words[0];
	enum ctl_exit code = announce(&w, tg_kiosk_replace);
	if (code == CTL_YES && tg_kiosk_next_id(words[0], next))
		fprintf(stderr,
		        "If the kiosk's database is lost too: tamgactl kiosk replace %s --reimaged; it becomes %s.\n",
		        words[0], next);
	return code;
}
