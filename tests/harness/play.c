#include "play.h"

#include "world.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <poll.h>

#define SETTLED_MS 5000 /* a screen on which something moves all the time */

struct play {
	const struct tg_play_options *o;
	struct tg_harness *h;
	int columns, rows;
	struct tg_error *err;
};

static enum tg_status start(struct play *p)
{
	struct tg_harness_options options = {.columns = p->columns, .rows = p->rows};
	return tg_harness_spawn(&p->h, p->o->argv, &options, p->err);
}

static enum tg_status ended(struct play *p)
{
	int status = 0;
	if (tg_harness_running(p->h, &status))
		return TG_OK;
	if (WIFSIGNALED(status))
		return tg_error_set(p->err, TG_NOT_FOUND, "the program was ended by signal %d", WTERMSIG(status));
	return tg_error_set(p->err, TG_NOT_FOUND, "the program has ended with %d", WEXITSTATUS(status));
}

static enum tg_status do_wait(struct play *p, const struct tg_walk_step *s)
{
	int ms = s->ms >= TG_WALK_PATIENT_MS && s->ms < p->o->patience_ms ? p->o->patience_ms : (int)s->ms;
	if (tg_harness_wait(p->h, s->text, ms))
		return TG_OK;
	TG_TRY(ended(p));
	return tg_error_set(p->err, TG_TIMEOUT, "after %d ms the screen does not show \"%s\"", ms, s->text);
}

static enum tg_status do_expect(struct play *p, const struct tg_walk_step *s, bool wanted)
{
	tg_harness_settle(p->h, 50, SETTLED_MS);
	if (tg_harness_shows(p->h, s->text) == wanted)
		return TG_OK;
	return tg_error_set(p->err, TG_INVALID, "the screen %s \"%s\"", wanted ? "does not show" : "shows", s->text);
}

static enum tg_status do_type(struct play *p, const struct tg_walk_step *s)
{
	tg_harness_send(p->h, s->text, strlen(s->text));
	return TG_OK;
}

static enum tg_status do_key(struct play *p, const struct tg_walk_step *s)
{
	if (!tg_harness_key(p->h, s->text))
		return tg_error_set(p->err, TG_INVALID, "there is no key %s", s->text);
	return TG_OK;
}

static enum tg_status do_size(struct play *p, const struct tg_walk_step *s)
{
	p->columns = s->columns;
	p->rows = s->rows;
	tg_harness_resize(p->h, s->columns, s->rows);
	tg_harness_settle(p->h, 50, SETTLED_MS);
	return TG_OK;
}

static enum tg_status do_card(struct play *p, const struct tg_walk_step *s)
{
	bool token = s->verb == TG_WALK_TOKEN;
	const char *hook = token ? p->o->token_insert : p->o->card_insert;
	char command[256];
	if (strcmp(s->text, "insert") == 0 && s->more && hook)
		return tg_world_hook(hook, s->more, p->err);
	bool number = s->more && strcmp(s->text, "insert") != 0;
	snprintf(command, sizeof command, "%s%s%s", s->text, number ? " " : "", number ? s->more : "");
	return tg_world_control(token ? p->o->ctl_token : p->o->ctl_card, command, p->err);
}

static enum tg_status do_kill(struct play *p, const struct tg_walk_step *s)
{
	if (strcmp(s->text, "token") == 0)
		return tg_world_kill_descendant(tg_harness_pid(p->h), "tamga-token", p->err);
	if (strcmp(s->text, "kiosk") != 0)
		return tg_world_kill_named(p->o->pids, s->text, p->err);
	tg_harness_kill(p->h, SIGKILL);
	return tg_harness_running(p->h, NULL) ? tg_error_set(p->err, TG_TIMEOUT, "the program does not die") : TG_OK;
}

static enum tg_status do_restart(struct play *p, const struct tg_walk_step *s)
{
	if (strcmp(s->text, "kiosk") != 0)
		return tg_world_hook(p->o->restart, s->text, p->err);
	tg_harness_destroy(p->h);
	p->h = NULL;
	return start(p);
}

static enum tg_status do_shot(struct play *p, const struct tg_walk_step *s)
{
	char path[512];
	struct tg_buf text = TG_BUF_INIT;
	if (!p->o->dir)
		return tg_error_set(p->err, TG_CONFIG, "no folder is given (--dir)");
	snprintf(path, sizeof path, "%s/shots", p->o->dir);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return tg_error_set(p->err, TG_IO, "%s: %s", path, strerror(errno));
	snprintf(path, sizeof path, "%s/shots/%s.txt", p->o->dir, s->text);
	tg_harness_settle(p->h, 50, SETTLED_MS);
	tg_harness_text(p->h, &text);
	FILE *f = fopen(path, "w");
	bool good = f && fwrite(tg_buf_str(&text), 1, text.len, f) == text.len;
	good = f && fclose(f) == 0 && good;
	tg_buf_finish(&text);
	return good ? TG_OK : tg_error_set(p->err, TG_IO, "%s: %s", path, strerror(errno));
}

/* The program's output is taken meanwhile, or it would stand still. */
static enum tg_status do_sleep(struct play *p, const struct tg_walk_step *s)
{
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int64_t left = s->ms; left > 0;) {
		if (!tg_harness_pump(p->h, left < 50 ? (int)left : 50))
			poll(NULL, 0, 1);
		clock_gettime(CLOCK_MONOTONIC, &b);
		left = s->ms - ((int64_t)(b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
	}
	return TG_OK;
}

static enum tg_status do_step(struct play *p, const struct tg_walk_step *s)
{
	switch (s->verb) {
	case TG_WALK_SIZE:
		return do_size(p, s);
	case TG_WALK_TYPE:
		return do_type(p, s);
	case TG_WALK_KEY:
		return do_key(p, s);
	case TG_WALK_WAIT:
		return do_wait(p, s);
	case TG_WALK_EXPECT:
		return do_expect(p, s, true);
	case TG_WALK_EXPECT_NOT:
		return do_expect(p, s, false);
	case TG_WALK_CARD:
	case TG_WALK_TOKEN:
		return do_card(p, s);
	case TG_WALK_NET:
		return tg_world_net(p->o->net_switch, strcmp(s->text, "down") == 0, p->err);
	case TG_WALK_KILL:
		return do_kill(p, s);
	case TG_WALK_RESTART:
		return do_restart(p, s);
	case TG_WALK_CLOCK:
		return tg_world_clock(p->o->clock_file, s->ms, p->err);
	case TG_WALK_SHOT:
		return do_shot(p, s);
	case TG_WALK_SLEEP:
		return do_sleep(p, s);
	case TG_WALK_VERB_COUNT:
		break;
	}
	return tg_error_set(p->err, TG_BUG, "step without a player");
}

static enum tg_status play_steps(struct play *p, const struct tg_walk *w)
{
	for (size_t i = 0; i < w->n; i++) {
		enum tg_status st = do_step(p, &w->steps[i]);
		if (st != TG_OK) {
			(void)tg_copy(p->err->file, sizeof p->err->file, p->o->walk);
			p->err->line = w->steps[i].line;
			return st;
		}
	}
	tg_harness_settle(p->h, 100, SETTLED_MS);
	return TG_OK;
}

enum tg_status tg_play(const struct tg_play_options *o, struct tg_buf *last, struct tg_error *err)
{
	struct tg_walk w;
	struct play p = {.o = o, .columns = o->columns, .rows = o->rows, .err = err};
	TG_TRY(tg_walk_load(&w, o->walk, err));
	/* A size at the beginning is the size to start with. */
	if (w.n && w.steps[0].verb == TG_WALK_SIZE) {
		p.columns = w.steps[0].columns;
		p.rows = w.steps[0].rows;
	}
	enum tg_status st = start(&p);
	if (st == TG_OK)
		st = play_steps(&p, &w);
	if (p.h)
		tg_harness_text(p.h, last);
	tg_harness_destroy(p.h);
	tg_walk_finish(&w);
	return st;
}
