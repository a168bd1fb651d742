/* CERTIFICATES: all certificates on the token with the days they have left. CERTIFICATE: one of them, and its renewal.
 * TRY: what the signature that was just made proves, in plain words. LEAVE: take your token (DOS-9, DOS-10). */
#include "cabinet.h"

static unsigned list_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return tg_held_count(s);
}

static void list_enter(struct tg_turn *t)
{
	t->s->focus = (int)t->s->cabinet.shown;
}

static void list_choose(struct tg_turn *t, unsigned slot)
{
	t->s->cabinet.shown = slot;
	tg_turn_go(t, TG_STAGE_CERTIFICATE);
}

static void to_home(struct tg_turn *t)
{
	t->s->cabinet.shown = 0;
	tg_turn_go(t, TG_STAGE_HOME);
}

/* What must be known at first sight. */
static const char *mark_of(struct tg_paint *p, const struct tg_held_certificate *c, unsigned i)
{
	if (c->cloud)
		return tg_say(p, "certificates.cloud");
	if (c->foreign)
		return tg_say(p, "company.foreign");
	if (c->status != TG_OK && c->status != TG_CERT_EXPIRED)
		return tg_say_of(p, "error", tg_status_name(c->status));
	return i == p->s->cabinet.certificate ? tg_say(p, "certificates.entered-with") : NULL;
}

static void list_paint(struct tg_paint *p)
{
	unsigned n_on_token = p->s->cabinet.facts.n_certificates, n = tg_held_count(p->s);
	p->v->title = tg_say(p, "title.certificates");
	tg_paint_text(p, n > n_on_token ? "certificates.intro-cloud" : "certificates.intro");
	tg_paint_cloud_unknown(p);
	for (unsigned i = 0; i < n; i++) {
		const struct tg_held_certificate *c = tg_held(p->s, i);
		(void)tg_paint_choice(p, tg_organisation_of(c), tg_certificate_line(p, c), mark_of(p, c, i));
	}
}

/* It may come only now. */
static void list_event(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_CLOUD)
		tg_take_cloud(t);
}

const struct tg_stage_ops tg_stage_certificates = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CABINET,
        .slots = list_slots,
        .enter = list_enter,
        .choose = list_choose,
        .back = to_home,
        .event = list_event,
        .paint = list_paint,
        .enter_label = "key.choose",
};

/* ---- CERTIFICATE ---- */

#define RENEWALS_MAX 4

static const struct tg_held_certificate *shown(const struct tg_flow_state *s)
{
	return tg_held(s, s->cabinet.shown);
}

static unsigned renewals(const struct tg_flow_state *s, const struct tg_service **out)
{
	const struct tg_held_certificate *c = shown(s);
	return c && tg_can_renew(s, c) ? tg_renewals(s, out, RENEWALS_MAX) : 0;
}

static bool orders(const struct tg_flow_state *s)
{
	return shown(s) && tg_can_order(s, shown(s));
}

static unsigned one_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	const struct tg_service *services[RENEWALS_MAX];
	return renewals(s, services) + (orders(s) ? 1 : 0) + 1;
}

static void one_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_CERTIFICATES);
}

static void one_choose(struct tg_turn *t, unsigned slot)
{
	const struct tg_service *services[RENEWALS_MAX];
	unsigned n = renewals(t->s, services);
	if (slot < n)
		tg_renew_begin(t, services[slot], shown(t->s));
	else if (slot == n && orders(t->s))
		tg_order_begin(t, shown(t->s));
	else
		one_back(t);
}

static void particular(struct tg_paint *p, const char *label, const char *value)
{
	if (value[0] != '\0')
		tg_paint_item(p, TG_ITEM_ANSWER, tg_say(p, label), false)->value = value;
}

static void paint_particulars(struct tg_paint *p, const struct tg_held_certificate *c)
{
	particular(p, "certificate.organisation-number", c->organisation_number);
	particular(p, "certificate.holder", c->holder);
	particular(p, "certificate.position", c->title);
	particular(p, "certificate.personal-number", c->personal_number);
	particular(p, "certificate.from", tg_paint_time(p, c->from_ms));
	particular(p, "certificate.until", tg_paint_time(p, c->until_ms));
	particular(p, "certificate.issuer", c->issuer);
	particular(p, "certificate.serial", c->serial);
	particular(p, "certificate.algorithm", c->algorithm);
}

/* From when the next one in E-Cloud can be ordered; when that day has come, why it cannot is the office's to say. */
static const char *no_order(struct tg_paint *p, const struct tg_held_certificate *c)
{
	int64_t from = c->until_ms - p->s->provider->notice_days * INT64_C(86400000);
	if (from <= p->s->now_wall_ms)
		return tg_say(p, "certificate.order-office");
	return TG_FILL(p, "certificate.order-early", "date", tg_paint_date(p, from));
}

/* Why there is no renewal to choose, when there is none. */
static const char *no_renewal(struct tg_paint *p, const struct tg_held_certificate *c)
{
	const struct tg_service *any[1];
	if (c->foreign)
		return tg_say(p, "certificate.foreign");
	if (c->cloud)
		return no_order(p, c);
	if (c->status == TG_CERT_EXPIRED)
		return tg_say(p, "certificate.renew-office"); /* DOS-3: after the end only at the office */
	if (c->status != TG_OK)
		return tg_say(p, "certificate.not-usable");
	if (c->lock != TG_OK)
		return tg_say(p, "certificate.renew-locked");
	if (tg_renewals(p->s, any, 1) == 0)
		return tg_say(p, "certificate.renew-elsewhere");
	return TG_FILL(p, "certificate.renew-early", "date",
	        tg_paint_date(p, c->until_ms - TG_RENEWAL_DAYS * INT64_C(86400000)));
}

static void one_paint(struct tg_paint *p)
{
	const struct tg_held_certificate *c = shown(p->s);
	const struct tg_service *services[RENEWALS_MAX];
	p->v->title = tg_say(p, "title.certificate");
	if (!c) {
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.back");
		return;
	}
	tg_paint_line(p, TG_ITEM_HEADING, tg_organisation_of(c));
	tg_paint_line(p, TG_ITEM_NOTICE, tg_certificate_lasts(p, c));
	unsigned n = renewals(p->s, services);
	if (n == 0 && !orders(p->s))
		tg_paint_line(p, TG_ITEM_TEXT, no_renewal(p, c));
	for (unsigned i = 0; i < n; i++)
		tg_paint_button(
		        p, (int)i, tg_service_is(services[i], "replace") ? "certificate.replace" : "certificate.renew");
	if (orders(p->s)) {
		tg_paint_order_terms(p);
		tg_paint_button(p, (int)n, "certificate.order");
	}
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.back");
	paint_particulars(p, c);
}

const struct tg_stage_ops tg_stage_certificate = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CABINET,
        .slots = one_slots,
        .choose = one_choose,
        .back = one_back,
        .paint = one_paint,
};

/* ---- TRY ---- */

static unsigned try_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c, (void)s;
	return 2;
}

static void try_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_HOME);
}

static void try_choose(struct tg_turn *t, unsigned slot)
{
	t->s->cabinet.trying = slot == 1;
	tg_turn_go(t, slot == 0 ? TG_STAGE_HOME : TG_STAGE_ENTER);
}

static void paint_proven(struct tg_paint *p, const struct tg_held_certificate *c)
{
	const struct tg_cabinet *k = &p->s->cabinet;
	if (k->tried == TG_OK)
		tg_paint_notice(p, "try.proven");
	else
		tg_paint_status(p, k->tried);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.to-home");
	tg_paint_button(p, TG_ITEM_ID_RETRY, "try.again");
	if (k->tried != TG_OK)
		tg_paint_contact(p);
	const char *lines[4];
	unsigned n = 0;
	lines[n++] = TG_FILL(p, "try.certificate", "holder", c->holder, "serial", c->serial);
	lines[n++] = tg_certificate_lasts(p, c);
	lines[n++] = TG_FILL(p, k->chain == TG_OK ? "try.chain" : "try.no-chain", "issuer", c->issuer);
	lines[n++] = tg_say(p, "try.revocation-unknown");
	tg_paint_lines(p, lines, n);
}

static void try_paint(struct tg_paint *p)
{
	const struct tg_held_certificate *c = tg_cabinet_certificate(p->s);
	p->v->title = tg_say(p, "title.try");
	if (c)
		paint_proven(p, c);
	else
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.to-home");
}

const struct tg_stage_ops tg_stage_try = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CABINET,
        .slots = try_slots,
        .choose = try_choose,
        .back = try_back,
        .paint = try_paint,
};

/* ---- LEAVE ---- */

/* Everything of the person is erased here already; what stays is the language, the provider, and the reader that the
 * token is to be taken from. */
static void leave_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_lang lang = s->lang;
	enum tg_leaving leaving = s->cabinet.leaving;
	const struct tg_provider *provider = s->provider;
	char reader[sizeof s->wanted_reader];
	memcpy(reader, s->wanted_reader, sizeof reader);
	tg_state_erase(s);
	s->lang = lang;
	s->provider = provider;
	s->cabinet.leaving = leaving;
	memcpy(s->wanted_reader, reader, sizeof reader);
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	(void)tg_turn_emit(t, TG_FX_WIPE);
}

static void leave_choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	tg_turn_go(t, TG_STAGE_WIPING);
}

/* The token is out: nothing more to be reminded of. Who pulled it earlier reads why the session ended. */
static void leave_event(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_READER && !t->s->reader.card && t->s->cabinet.leaving != TG_LEAVING_PULLED)
		tg_turn_go(t, TG_STAGE_WIPING);
}

static void leave_paint(struct tg_paint *p)
{
	static const char *const first[] = {"leave.done", "leave.pulled", "leave.idle"};
	p->v->title = tg_say(p, "title.leave");
	tg_paint_notice(p, first[p->s->cabinet.leaving]);
	if (p->s->reader.card)
		tg_paint_notice(p, "leave.take-token");
	const char *lines[] = {
	        tg_say(p, "leave.why"), tg_say(p, "leave.why.1"), tg_say(p, "leave.why.2"), tg_say(p, "leave.why.3")};
	tg_paint_lines(p, lines, 4);
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
	if (p->s->cabinet.leaving == TG_LEAVING_PULLED)
		tg_paint_contact(p);
}

const struct tg_stage_ops tg_stage_leave = {
        .traits = TG_STAGE_SHOWN | TG_STAGE_PERSON,
        .slots = tg_one_slot,
        .enter = leave_enter,
        .choose = leave_choose,
        .event = leave_event,
        .paint = leave_paint,
};
