/* What the stages of the cabinet share: the token that may leave at any time, the certificates, the way back. */
#include "cabinet.h"
#include "ways.h"
#include "tamga/clock.h"

#define DAY_MS INT64_C(86400000)

const struct tg_held_certificate *tg_cabinet_certificate(const struct tg_flow_state *s)
{
	const struct tg_cabinet *c = &s->cabinet;
	return c->certificate < c->facts.n_certificates ? &c->facts.certificates[c->certificate] : NULL;
}

const struct tg_held_certificate *tg_cabinet_old(const struct tg_flow_state *s)
{
	const struct tg_cabinet *c = &s->cabinet;
	for (unsigned i = 0; c->old[0] != '\0' && i < c->facts.n_certificates; i++)
		if (strcmp(c->facts.certificates[i].sha256, c->old) == 0)
			return &c->facts.certificates[i];
	return NULL;
}

int64_t tg_days_left(const struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	int64_t left = c->until_ms - s->now_wall_ms;
	return left >= 0 ? left / DAY_MS : -1;
}

bool tg_cabinet_busy(const struct tg_flow_state *s)
{
	return (s->stage == TG_STAGE_COMPANY && s->asked.certificates > 0) ||
	       (s->stage == TG_STAGE_ENTER && s->asked.enter > 0);
}

void tg_cabinet_leave(struct tg_turn *t, enum tg_leaving why)
{
	t->s->cabinet.leaving = why;
	tg_turn_go(t, TG_STAGE_LEAVE);
}

/* Not while something recorded must be finished, nor on screens that look after their card themselves. */
bool tg_cabinet_inside(const struct tg_flow_state *s)
{
	return s->cabinet.entered && s->number[0] == '\0' &&
	       tg_sm_allows(&tg_stage_machine, (int)s->stage, TG_STAGE_LEAVE);
}

bool tg_cabinet_lost(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	bool inside = tg_cabinet_inside(s);
	if (!inside && !(tg_stage_ops(s->stage)->traits & TG_STAGE_CABINET))
		return false;
	if (s->stage == TG_STAGE_LEAVE) /* looks for itself */
		return false;
	if (inside) {
		tg_cabinet_leave(t, TG_LEAVING_PULLED);
		return true;
	}
	tg_turn_go(t, TG_STAGE_DEVICES);
	s->notice = TG_CARD_PULLED;
	return true;
}

/* The application that was made from here is recorded: the screen forgets it. */
static void forget_application(struct tg_flow_state *s)
{
	s->service = s->cabinet.service;
	s->kind = NULL;
	tg_answers_begin(s);
	memset(s->number, 0, sizeof s->number);
	memset(s->work_serial, 0, sizeof s->work_serial);
	memset(s->work_carrier, 0, sizeof s->work_carrier);
	memset(s->carriers, 0, sizeof s->carriers);
	memset(&s->work, 0, sizeof s->work);
	s->leaving_out = false;
	memset(s->cabinet.old, 0, sizeof s->cabinet.old);
	s->cabinet.ordering = false;
	memset(s->keys, 0, sizeof s->keys);
	memset(&s->receipt, 0, sizeof s->receipt);
	s->must_finish = s->resumed = s->undoing = false;
	s->accepted_ms = s->sent_ms = s->registered_ms = 0;
	s->failure = s->notice = TG_OK;
}

void tg_cabinet_or_wiping(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!s->cabinet.entered) {
		tg_turn_go(t, TG_STAGE_WIPING);
		return;
	}
	forget_application(s);
	s->cabinet.stale = true;
	if (tg_card_answers(s))
		tg_turn_go(t, TG_STAGE_HOME);
	else
		tg_cabinet_leave(t, TG_LEAVING_PULLED);
}

bool tg_cabinet_back(struct tg_turn *t)
{
	if (!t->s->cabinet.entered)
		return false;
	forget_application(t->s);
	tg_turn_go(t, TG_STAGE_CERTIFICATE);
	return true;
}

void tg_ask_certificates(struct tg_turn *t)
{
	tg_turn_ask(t, TG_FX_CERTIFICATES, &t->s->asked.certificates);
}

/* After a renewal the one that was entered with may be gone: then the newest that can be entered with. */
static unsigned same_or_newest(const struct tg_cabinet_facts *f, const char *sha256)
{
	unsigned best = 0;
	bool any = false;
	for (unsigned i = 0; i < f->n_certificates; i++) {
		const struct tg_held_certificate *c = &f->certificates[i];
		if (strcmp(c->sha256, sha256) == 0)
			return i;
		bool usable = c->status == TG_OK && !c->foreign;
		if (usable && (!any || c->from_ms > f->certificates[best].from_ms))
			best = i, any = true;
	}
	return best;
}

enum tg_status tg_take_certificates(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_cabinet_facts *f = &s->cabinet.facts;
	const struct tg_cabinet_facts *news = t->ev->cabinet;
	const struct tg_held_certificate *before = tg_cabinet_certificate(s);
	char sha256[sizeof before->sha256] = "";
	if (before)
		(void)tg_copy(sha256, sizeof sha256, before->sha256);
	memset(f->certificates, 0, sizeof f->certificates);
	f->n_certificates = 0;
	s->token = t->ev->token;
	if (t->ev->status != TG_OK || !news)
		return t->ev->status != TG_OK ? t->ev->status : TG_CERT_NONE;
	memcpy(f->certificates, news->certificates, sizeof f->certificates);
	f->n_certificates =
	        news->n_certificates < TG_HELD_CERTIFICATES_MAX ? news->n_certificates : TG_HELD_CERTIFICATES_MAX;
	f->centre_reached = news->centre_reached;
	s->cabinet.certificate = same_or_newest(f, sha256);
	return TG_OK;
}

unsigned tg_renewals(const struct tg_flow_state *s, const struct tg_service **out, unsigned max)
{
	unsigned n = 0;
	for (unsigned i = 0; s->provider && i < s->provider->n_services && n < max; i++) {
		const struct tg_service *service = &s->provider->services[i];
		bool renews = tg_service_is(service, "renew") || tg_service_is(service, "replace");
		if (renews && service->n_kinds > 0 && service->kinds[0].form)
			out[n++] = service;
	}
	return n;
}

bool tg_can_renew(const struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	const struct tg_service *any[1];
	bool usable = c->status == TG_OK && !c->foreign && !c->cloud && c->lock == TG_OK;
	return usable && tg_days_left(s, c) < TG_RENEWAL_DAYS && tg_renewals(s, any, 1) > 0;
}

static const char *fact(const struct tg_held_certificate *c, const char *name, const char *until)
{
	const struct {
		const char *name, *value;
	} facts[] = {{"common-name", c->holder}, {"organisation", c->organisation}, {"title", c->title},
	        {"personal-number", c->personal_number}, {"organisation-number", c->organisation_number},
	        {"serial", c->serial}, {"until", until}};
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		if (strcmp(facts[i].name, name) == 0)
			return facts[i].value;
	return "";
}

void tg_fill_from_certificate(struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	const struct tg_form *form = tg_state_form(s);
	char until[TG_TIME_TEXT];
	tg_time_local(c->until_ms, s->provider->utc_offset_minutes, until);
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		const char *name = form->fields[i].certificate;
		const char *value = name ? fact(c, name, until) : "";
		if (value[0] == '\0')
			continue;
		(void)tg_copy(s->answers[i].value, sizeof s->answers[i].value, value);
		s->answers[i].by = TG_BY_CERTIFICATE;
	}
}

void tg_renew_begin(struct tg_turn *t, const struct tg_service *service, const struct tg_held_certificate *c)
{
	struct tg_flow_state *s = t->s;
	s->service = service;
	s->kind = &service->kinds[0];
	tg_answers_begin(s);
	tg_fill_from_certificate(s, c);
	(void)tg_copy(s->cabinet.old, sizeof s->cabinet.old, c->sha256);
	unsigned asked[TG_QUESTIONS_MAX];
	tg_turn_go(t, tg_questions_asked(s, asked) > 0 ? TG_STAGE_QUESTIONS : tg_stage_after_choices(s));
}

/* ---- painting ---- */

const char *tg_paint_date(struct tg_paint *p, int64_t wall_ms)
{
	char text[TG_TIME_TEXT];
	tg_time_local(wall_ms, p->s->provider ? p->s->provider->utc_offset_minutes : 0, text);
	text[strcspn(text, " ")] = '\0';
	(void)tg_copy(tg_paint_room(p), tg_paint_left(p), text);
	return tg_paint_keep(p);
}

void tg_paint_contact(struct tg_paint *p)
{
	const struct tg_provider *provider = p->s->provider;
	if (!provider)
		return;
	tg_paint_text(p, provider->contact);
	if (provider->contact_for)
		tg_paint_text(p, provider->contact_for);
}

void tg_paint_contact_on(struct tg_paint *p, enum tg_status notice)
{
	enum tg_status trouble = tg_card_trouble(p->s);
	bool waits = trouble == TG_OK || trouble == TG_CARD_NONE || tg_card_being_read(p->s);
	if (notice != TG_OK || !waits || (p->s->work_serial[0] != '\0' && trouble == TG_OK && !tg_card_is_ours(p->s)))
		tg_paint_contact(p);
}

const char *tg_organisation_of(const struct tg_held_certificate *c)
{
	return c->organisation[0] != '\0' ? c->organisation : c->holder;
}

/* Holder and position; only the position where the holder is the heading. */
const char *tg_certificate_who(struct tg_paint *p, const struct tg_held_certificate *c)
{
	if (c->organisation[0] == '\0')
		return c->title;
	return c->title[0] != '\0' ? TG_FILL(p, "certificate.who", "holder", c->holder, "position", c->title)
	                           : c->holder;
}

const char *tg_certificate_lasts(struct tg_paint *p, const struct tg_held_certificate *c)
{
	int64_t days = tg_days_left(p->s, c);
	return TG_FILL(p, days < 0 ? "certificate.ended" : "certificate.days", "date", tg_paint_date(p, c->until_ms),
	        "days", tg_paint_number(p, days));
}

/* Of what was kept since `mark` only the last text stays: a token may hold 32 certificates. */
const char *tg_paint_settle(struct tg_paint *p, size_t mark, const char *last)
{
	size_t n = strlen(last) + 1;
	if (last < p->v->arena + mark || last >= p->v->arena + sizeof p->v->arena)
		return last; /* not of the arena: nothing to move */
	memmove(p->v->arena + mark, last, n);
	if (p->v->arena_used > mark + n)
		memset(p->v->arena + mark + n, 0, p->v->arena_used - mark - n);
	p->v->arena_used = mark + n;
	return p->v->arena + mark;
}

/* A person's own certificates have one name: what each is for. */
static const char *what_for(const struct tg_paint *p, const struct tg_held_certificate *c)
{
	if (c->signs == c->authenticates)
		return "";
	return tg_say(p, c->signs ? "key-plan.sign" : "key-plan.auth");
}

/* What tells two certificates of one company, or of one person, apart. */
const char *tg_certificate_line(struct tg_paint *p, const struct tg_held_certificate *c)
{
	size_t mark = p->v->arena_used;
	const char *who = tg_certificate_who(p, c), *lasts = tg_certificate_lasts(p, c);
	if (who[0] == '\0')
		who = what_for(p, c);
	if (who[0] == '\0')
		return tg_paint_settle(p, mark, lasts);
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s\n%s", who, lasts);
	return tg_paint_settle(p, mark, tg_paint_keep(p));
}

/* More than are left in all there are not today either. */
int tg_tries_today(const struct tg_held_certificate *c)
{
	return c->left_today < c->left_in_all ? c->left_today : c->left_in_all;
}

/* Both counts of DOS-8. */
void tg_paint_counts(struct tg_paint *p, const struct tg_held_certificate *c)
{
	if (c->left_in_all < 0)
		return;
	const char *id = p->s->cabinet.facts.centre_reached ? "lock.counts" : "lock.counts-offline";
	if (tg_tries_today(c) == 1)
		id = "lock.last";
	TG_PAINT(p, TG_ITEM_NOTICE, id, "today", tg_paint_number(p, tg_tries_today(c)), "all",
	        tg_paint_number(p, c->left_in_all));
}

/* How fresh they are, where they are not. */
void tg_paint_counts_age(struct tg_paint *p, const struct tg_held_certificate *c)
{
	if (c->left_in_all < 0 || p->s->cabinet.facts.centre_reached)
		return;
	const char *text = c->lock_known_ms == 0
	                           ? tg_say(p, "lock.offline-never")
	                           : TG_FILL(p, "lock.offline", "time", tg_paint_time(p, c->lock_known_ms));
	tg_paint_line(p, TG_ITEM_TEXT, text);
}
