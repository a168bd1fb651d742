/* DEVICES: where the signature is kept, then the devices that are plugged in, then what to do when there is none, in
 * the order of the guide (DOS-9, seed 003; sources #59). COMPANY: the certificates on the chosen token. */
#include "cabinet.h"
#include "ways.h"

static bool usable(const struct tg_device *d)
{
	return d->status == TG_OK || d->status == TG_PIN_LOCKED; /* a locked PIN is named on the way in */
}

static unsigned n_usable(const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < s->cabinet.facts.n_devices; i++)
		n += usable(&s->cabinet.facts.devices[i]);
	return n;
}

/* Two kinds of storage; in the cloud: back; else the devices and "look again". */
static unsigned devices_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->cabinet.storage == TG_STORAGE_NOT_CHOSEN)
		return 2;
	return s->cabinet.storage == TG_STORAGE_CLOUD ? 1 : n_usable(s) + 1;
}

static void ask_devices(struct tg_turn *t)
{
	tg_turn_ask(t, TG_FX_DEVICES, &t->s->asked.devices);
}

static void devices_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(s->wanted_reader, 0, sizeof s->wanted_reader);
	memset(s->cabinet.facts.certificates, 0, sizeof s->cabinet.facts.certificates);
	s->cabinet.facts.n_certificates = 0;
	s->cabinet.service = s->service;
	memset(&s->change, 0, sizeof s->change);
	if (tg_signs_here(s))
		s->cabinet.storage = TG_STORAGE_TOKEN;
	s->cabinet.entered = s->cabinet.trying = false;
	s->notice = TG_OK;
	tg_turn_forget_card(t);
	ask_devices(t);
}

static void choose_device(struct tg_turn *t, const struct tg_device *d)
{
	struct tg_flow_state *s = t->s;
	(void)tg_copy(s->wanted_reader, sizeof s->wanted_reader, d->reader);
	(void)tg_copy(s->reader.reader, sizeof s->reader.reader, d->shown);
	s->reader.card = true;
	s->reader.mute = false;
	tg_turn_go(t, TG_STAGE_COMPANY);
}

static void devices_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	const struct tg_cabinet_facts *f = &s->cabinet.facts;
	if (s->cabinet.storage != TG_STORAGE_TOKEN) {
		bool first = s->cabinet.storage == TG_STORAGE_NOT_CHOSEN;
		s->cabinet.storage = !first ? TG_STORAGE_NOT_CHOSEN : slot == 0 ? TG_STORAGE_TOKEN : TG_STORAGE_CLOUD;
		s->focus = 0;
		return;
	}
	for (unsigned i = 0; i < f->n_devices; i++)
		if (usable(&f->devices[i]) && slot-- == 0) {
			choose_device(t, &f->devices[i]);
			return;
		}
	s->notice = TG_OK;
	ask_devices(t);
}

static void devices_back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->notice = TG_OK;
	s->focus = 0;
	if (s->cabinet.storage != TG_STORAGE_NOT_CHOSEN && !tg_signs_here(s))
		s->cabinet.storage = TG_STORAGE_NOT_CHOSEN;
	else
		tg_turn_go(t, tg_signs(s) ? tg_stage_last_choice(t->c, s) : TG_STAGE_SERVICE);
}

/* A card that came or went in any reader changes the list. */
static void devices_event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_cabinet_facts *f = &s->cabinet.facts;
	if (t->ev->kind == TG_EV_READER)
		ask_devices(t);
	if (t->ev->kind != TG_EV_DEVICES || !t->ev->cabinet)
		return;
	memcpy(f->devices, t->ev->cabinet->devices, sizeof f->devices);
	f->n_devices = t->ev->cabinet->n_devices < TG_DEVICES_MAX ? t->ev->cabinet->n_devices : TG_DEVICES_MAX;
	s->cabinet.listed = true;
	if (t->ev->status != TG_OK)
		s->notice = t->ev->status;
}

static void paint_storage(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.storage");
	tg_paint_text(p, "storage.intro");
	(void)tg_paint_choice(p, tg_say(p, "storage.token"), NULL, NULL);
	(void)tg_paint_choice(p, tg_say(p, "storage.cloud"), NULL, NULL);
}

static void paint_cloud(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.storage");
	tg_paint_notice(p, "storage.cloud-text");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "storage.other");
	tg_paint_contact(p);
}

static const char *device_name(struct tg_paint *p, const struct tg_device *d)
{
	const char *name = d->carrier_name[0] != '\0' ? tg_say(p, d->carrier_name) : d->label;
	if (d->serial[0] == '\0')
		return name[0] != '\0' ? name : d->shown;
	return TG_FILL(p, "devices.name", "card", name, "serial", d->serial);
}

static void paint_device(struct tg_paint *p, const struct tg_device *d)
{
	const char *reader = d->shown[0] != '\0' ? TG_FILL(p, "devices.reader", "reader", d->shown) : NULL;
	if (usable(d)) {
		(void)tg_paint_choice(p, device_name(p, d), reader, NULL);
		return;
	}
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, d->shown, false);
	item->locked = true;
	char code[8];
	tg_status_code(d->status, code);
	const char *what = tg_say_of(p, "error", tg_status_name(d->status));
	item->error = TG_FILL(p, "devices.unusable", "what", what, "code", code);
}

/* The connection was lost on the way in (DOS-9); or the readers cannot be asked. */
static void paint_trouble(struct tg_paint *p)
{
	enum tg_status why = p->s->notice;
	char code[8];
	if (why == TG_READER_SERVICE || why == TG_READER_NONE) {
		tg_paint_status(p, why);
		return;
	}
	tg_status_code(why, code);
	TG_PAINT(p, TG_ITEM_ERROR, "devices.lost", "code", code);
}

/* The guide's order: is it plugged in, install anew, call (sources #59, DOS-12). */
static void paint_help(struct tg_paint *p)
{
	const char *lines[] = {tg_say(p, "devices.help.1"), tg_say(p, "devices.help.2"), tg_say(p, "devices.help.3")};
	tg_paint_lines(p, lines, 3);
	tg_paint_contact(p);
}

static void devices_paint(struct tg_paint *p)
{
	const struct tg_cabinet *c = &p->s->cabinet;
	if (c->storage != TG_STORAGE_TOKEN) {
		(c->storage == TG_STORAGE_CLOUD ? paint_cloud : paint_storage)(p);
		return;
	}
	bool reading = p->s->asked.devices > 0, trouble = p->s->notice != TG_OK;
	p->v->title = tg_say(p, "title.devices");
	if (trouble)
		paint_trouble(p);
	if (reading)
		tg_paint_notice(p, "devices.reading");
	else if (c->facts.n_devices == 0 && c->listed && !trouble)
		tg_paint_error(p, "devices.empty");
	else if (n_usable(p->s) > 0)
		tg_paint_text(p, "devices.intro");
	for (unsigned i = 0; i < c->facts.n_devices; i++)
		paint_device(p, &c->facts.devices[i]);
	tg_paint_button(p, TG_ITEM_ID_RETRY, "devices.again");
	if (!reading && (trouble || n_usable(p->s) < c->facts.n_devices || c->facts.n_devices == 0))
		paint_help(p);
}

const struct tg_stage_ops tg_stage_devices = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS,
        .slots = devices_slots,
        .enter = devices_enter,
        .leave = tg_forget_notice,
        .choose = devices_choose,
        .back = devices_back,
        .event = devices_event,
        .paint = devices_paint,
        .enter_label = "key.choose",
};

/* ---- COMPANY ---- */

static bool enterable(const struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	bool signs = !tg_signs_here(s) || c->signs; /* an application is signed, not entered with (NCA-9.again) */
	return signs && c->status == TG_OK && !c->foreign; /* one that is locked is named on the way in */
}

static unsigned n_enterable(const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < s->cabinet.facts.n_certificates; i++)
		n += enterable(s, &s->cabinet.facts.certificates[i]);
	return n;
}

/* Without a certificate to enter with: back to the devices. */
static unsigned company_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->asked.certificates > 0)
		return 0;
	unsigned n = n_enterable(s);
	return n > 0 ? n : 1;
}

static void company_enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	tg_ask_certificates(t);
}

/* The cabinet is entered; an application is signed, and begins with what the certificate says of its holder. */
static void chosen(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (tg_signs(s))
		tg_fill_from_certificate(s, &s->cabinet.facts.certificates[s->cabinet.certificate]);
	bool told = tg_signs(s) && !tg_operation_is(s, "companies"); /* whom it serves is told to its holder only */
	tg_turn_go(t, told ? TG_STAGE_FORM : TG_STAGE_ENTER);
}

static void company_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	for (unsigned i = 0; i < s->cabinet.facts.n_certificates; i++)
		if (enterable(s, &s->cabinet.facts.certificates[i]) && slot-- == 0) {
			s->cabinet.certificate = i;
			chosen(t);
			return;
		}
	tg_turn_go(t, TG_STAGE_DEVICES);
}

static void company_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_DEVICES);
}

/* Why none of them will do: what was taken back is said before what has ended; else there is none. */
static enum tg_status why_none(const struct tg_flow_state *s)
{
	enum tg_status why = TG_CERT_NONE;
	for (unsigned i = 0; i < s->cabinet.facts.n_certificates; i++) {
		const struct tg_held_certificate *c = &s->cabinet.facts.certificates[i];
		bool wanted = !c->foreign && (!tg_signs_here(s) || c->signs);
		if (wanted && c->status == TG_CERT_REVOKED)
			return TG_CERT_REVOKED;
		if (wanted && c->status == TG_CERT_EXPIRED)
			why = TG_CERT_EXPIRED;
	}
	return why;
}

static void certificates_came(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->notice = tg_take_certificates(t);
	if (s->notice == TG_PIN_LOCKED) {
		tg_turn_fail(t, TG_PIN_LOCKED);
		return;
	}
	/* It would sign, but the new keys cannot be made on it: said before the form is filled. */
	if (s->notice == TG_OK && tg_signs(s) && tg_makes_keys(s))
		s->notice = tg_card_unfit(s);
	if (s->notice == TG_CARD_UNSUPPORTED || s->notice == TG_ALGORITHM)
		s->cabinet.facts.n_certificates = 0;
	if (s->notice == TG_OK && n_enterable(s) == 0)
		s->notice = why_none(s);
	if (s->notice != TG_OK)
		return;
	tg_turn_ask(t, TG_FX_FIND_UNFINISHED, &s->asked.unfinished);
	s->focus = 0;
	if (s->cabinet.facts.n_certificates == 1 || (tg_signs_here(s) && n_enterable(s) == 1))
		company_choose(t, 0);
}

static void company_event(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_CERTIFICATES)
		certificates_came(t);
	else
		tg_resume_found(t);
}

/* Three lines: who, until when, how many tries or that it is locked. */
static const char *company_lines(struct tg_paint *p, const struct tg_held_certificate *c)
{
	size_t mark = p->v->arena_used;
	const char *line = tg_certificate_line(p, c), *lock;
	if (c->lock != TG_OK)
		lock = tg_say(p, c->lock == TG_LOCK_DAY ? "company.lock-day" : "company.lock-all");
	else if (c->left_in_all < 0)
		return line;
	else
		lock = TG_FILL(p, "company.tries", "today", tg_paint_number(p, tg_tries_today(c)), "all",
		        tg_paint_number(p, c->left_in_all));
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s\n%s", line, lock);
	return tg_paint_settle(p, mark, tg_paint_keep(p));
}

static const char *why_not(struct tg_paint *p, const struct tg_held_certificate *c)
{
	if (c->foreign)
		return tg_say(p, "company.foreign");
	if (c->status == TG_OK && !c->signs)
		return tg_say(p, "company.not-signing");
	if (c->status == TG_CERT_EXPIRED)
		return tg_certificate_lasts(p, c);
	return tg_say_of(p, "error", tg_status_name(c->status));
}

static void paint_company(struct tg_paint *p, const struct tg_held_certificate *c)
{
	if (enterable(p->s, c)) {
		(void)tg_paint_choice(p, tg_organisation_of(c), company_lines(p, c), NULL);
		return;
	}
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, tg_organisation_of(c), false);
	item->locked = true;
	item->value = tg_certificate_who(p, c);
	item->error = why_not(p, c);
}

static void company_paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_cabinet_facts *f = &s->cabinet.facts;
	p->v->title = tg_say(p, tg_signs(s) ? "title.company-sign" : "title.company");
	if (s->asked.certificates > 0) {
		tg_paint_notice(p, "company.reading");
		return;
	}
	if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	else
		tg_paint_text(p, tg_signs(s) ? "company.intro-sign" : "company.intro");
	if (n_enterable(s) == 0)
		tg_paint_button(p, TG_ITEM_ID_RETRY, "company.other");
	for (unsigned i = 0; i < f->n_certificates; i++)
		paint_company(p, &f->certificates[i]);
	if (!f->centre_reached && n_enterable(s) > 0 && s->provider->lock_in_all > 0)
		tg_paint_text(p, "company.offline");
	if (s->notice != TG_OK)
		tg_paint_contact(p);
}

const struct tg_stage_ops tg_stage_company = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CABINET,
        .slots = company_slots,
        .enter = company_enter,
        .leave = tg_forget_notice,
        .choose = company_choose,
        .back = company_back,
        .event = company_event,
        .paint = company_paint,
        .enter_label = "key.choose",
};
