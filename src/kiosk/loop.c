/* The loop: keys, signals, messages of the workers, time. Nothing here waits for anything but poll. */
#include "cabinet.h"
#include "staff.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS        250
#define READER_COLUMNS 40

static void stamp(struct kiosk *k, struct tg_event *ev)
{
	ev->now_ms = k->clock.mono_ms(k->clock.ctx);
	ev->now_wall_ms = k->clock.wall_ms(k->clock.ctx);
}

void kiosk_handle(struct kiosk *k, struct tg_event *ev)
{
	struct tg_effects fx;
	stamp(k, ev);
	tg_flow_step(&k->flow_config, &k->state, ev, &fx);
	for (unsigned i = 0; i < fx.n; i++)
		kiosk_effect(k, fx.list[i]);
}

static void draw(struct kiosk *k)
{
	tg_flow_view(&k->flow_config, &k->state, &k->view);
	tg_ui_draw(k->ui, &k->view);
}

static bool edit_secret(struct kiosk *k, enum tg_secret_slot slot, const struct tg_key *key)
{
	struct tg_secret *secret = k->secrets[slot];
	char bytes[4];
	if (key->action == TG_ACTION_CHAR && key->ch > ' ') {
		size_t n = tg_utf8_put(key->ch, bytes);
		if (n)
			tg_secret_append(secret, bytes, n);
		explicit_bzero(bytes, sizeof bytes);
	} else if (key->action == TG_ACTION_ERASE) {
		tg_secret_erase_last(secret);
	} else {
		return false;
	}
	struct tg_event ev = {.kind = TG_EV_PIN,
	        .pin_characters = (unsigned)tg_secret_characters(secret),
	        .factory = slot == TG_SECRET_PIN && kiosk_pin_is_factory(k)};
	kiosk_handle(k, &ev);
	return true;
}

static void read_keys(struct kiosk *k)
{
	struct tg_key key;
	while (!k->quit && tg_ui_read(k->ui, &key)) {
		if (key.action == TG_ACTION_QUIT) {
			k->quit = k->flow_config.may_quit;
			continue;
		}
		enum tg_secret_slot secret = tg_flow_wants_secret(&k->state);
		if (secret == TG_SECRET_NONE || !edit_secret(k, secret, &key)) {
			struct tg_event ev = {.kind = TG_EV_KEY, .action = key.action, .ch = key.ch};
			kiosk_handle(k, &ev);
		}
		explicit_bzero(&key, sizeof key);
		if (secret != TG_SECRET_NONE)
			tg_ui_scrub(k->ui);
	}
}

const struct tg_reader_info *kiosk_persons_reader(const struct kiosk *k)
{
	const struct tg_readers *r = &k->readers;
	const char *had = k->state.reader.name;
	const struct tg_reader_info *first = NULL;
	for (unsigned i = 0; i < r->n; i++) {
		const struct tg_reader_info *one = &r->list[i];
		bool holds = one->card || one->mute;
		if (k->state.wanted_reader[0] != '\0') {
			if (!strcmp(k->state.wanted_reader, one->name))
				return one;
		} else if (holds && !strcmp(had, one->name)) {
			return one;
		} else if (holds && !first) {
			first = one;
		}
	}
	return first;
}

const struct tg_reader_info *kiosk_other_reader(const struct kiosk *k)
{
	const struct tg_readers *r = &k->readers;
	const struct tg_reader_info *mine = kiosk_persons_reader(k), *other = NULL;
	for (unsigned i = 0; i < r->n; i++) {
		const struct tg_reader_info *one = &r->list[i];
		if (one == mine || (other && !one->card && !one->mute))
			continue;
		if (!other || (!other->card && !other->mute))
			other = one;
	}
	return other;
}

static void describe_reader(struct tg_reader_state *out, const struct tg_reader_info *r)
{
	out->card = r->card;
	out->mute = r->mute;
	tg_copy(out->name, sizeof out->name, r->name);
	tg_text_clean(out->reader, sizeof out->reader, r->name, strlen(r->name), READER_COLUMNS);
}

/* The carrier without a reader stands behind the readers as one that always holds it: whoever has an identity card in a
 * reader first is looked at there, and the carrier is still at hand. */
static void add_soft_carrier(struct kiosk *k)
{
	struct tg_readers *r = &k->readers;
	if (!k->config->soft_carrier || r->n == TG_READERS_MAX)
		return;
	struct tg_reader_info *one = &r->list[r->n++];
	memset(one, 0, sizeof *one);
	tg_copy(one->name, sizeof one->name, k->config->soft_carrier);
	one->card = true;
}

bool kiosk_reader_is_soft(const struct kiosk *k, const struct tg_reader_info *r)
{
	return k->config->soft_carrier && r && strcmp(r->name, k->config->soft_carrier) == 0;
}

/* The journey knows one card. Without any, the name of the first reader stands on the screen. */
static void picture_of(struct kiosk *k, struct tg_reader_state *out, struct tg_reader_state *other)
{
	const struct tg_readers *r = &k->readers;
	const struct tg_reader_info *mine = kiosk_persons_reader(k), *beside = kiosk_other_reader(k);
	memset(out, 0, sizeof *out);
	memset(other, 0, sizeof *other);
	out->service = kiosk_reader_is_soft(k, mine) ? TG_OK : r->service;
	if (mine)
		describe_reader(out, mine);
	else if (r->n)
		tg_text_clean(
		        out->reader, sizeof out->reader, r->list[0].name, strlen(r->list[0].name), READER_COLUMNS);
	if (mine && beside)
		describe_reader(other, beside);
}

static void take_messages(struct kiosk *k)
{
	for (struct tg_message *m; (m = tg_mailbox_take(k->mailbox));) {
		struct kiosk_event *e = (struct kiosk_event *)m;
		if (e->has_readers) {
			k->readers = e->readers;
			/* Its connection to that service is dead, and no look at a card tells it so: the counts of
			 * cards that came and went begin anew with the service. */
			if (k->readers.service != TG_OK)
				tg_token_kill(k->token);
			add_soft_carrier(k);
			picture_of(k, &e->event.reader, &e->event.other);
		}
		if (e->held) {
			kiosk_held_free(k->held);
			k->held = e->held;
			e->held = NULL;
		}
		if (e->pending)
			kiosk_keep_pending(k, &e->pending);
		kiosk_handle(k, &e->event);
		m->destroy(m);
	}
}

static void take_signals(struct kiosk *k)
{
	struct signalfd_siginfo info;
	while (read(k->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGWINCH)
			tg_ui_resized(k->ui);
		else
			k->quit = true;
	}
}

static void tick(struct kiosk *k)
{
	struct tg_event ev = {.kind = TG_EV_TICK};
	kiosk_handle(k, &ev);
	kiosk_ask_link(k);
}

static bool wait_for_something(struct kiosk *k, int in_fd)
{
	struct pollfd p[] = {{.fd = in_fd, .events = POLLIN}, {.fd = tg_mailbox_fd(k->mailbox), .events = POLLIN},
	        {.fd = k->signals, .events = POLLIN}};
	int n = poll(p, 3, TICK_MS);
	if (n < 0 && errno != EINTR)
		return false;
	/* The terminal went away: there is nobody to serve. */
	return !(n > 0 && (p[0].revents & (POLLHUP | POLLERR | POLLNVAL)) && !(p[0].revents & POLLIN));
}

void kiosk_loop(struct kiosk *k)
{
	struct tg_event start = {.kind = TG_EV_START};
	struct tg_event reader = {.kind = TG_EV_READER};
	kiosk_handle(k, &start);
	if (k->config->soft_carrier) { /* the readers may never be told: there may be no service of readers */
		add_soft_carrier(k);
		picture_of(k, &reader.reader, &reader.other);
		kiosk_handle(k, &reader);
	}
	draw(k);
	while (!k->quit && wait_for_something(k, STDIN_FILENO)) {
		take_signals(k);
		read_keys(k);
		take_messages(k);
		tick(k);
		if (!k->quit)
			draw(k);
	}
}
