/* MEDIUM: a request that was brought on a removable medium is looked for there and becomes the form's answer; or it is
 * typed. DELIVER: the certificate is asked for and goes onto a medium, or on paper (NCA-9.dom). A medium that is
 * missing, full, protected or pulled loses nothing: the certificate is in the journal, and the next visit goes on here.
 */
#include "medium.h"
#include "ways.h"

static int request_field(const struct tg_flow_state *s)
{
	return tg_field_asked_of(s, TG_FIELD_PKCS10);
}

bool tg_medium_wanted(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	int field = c->media ? request_field(s) : -1;
	return field >= 0 && s->answers[field].value[0] == '\0';
}

bool tg_request_used(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	int field = s->key_used ? request_field(s) : -1;
	if (field < 0)
		return false;
	s->key_used = false;
	tg_turn_go(t, TG_STAGE_FORM);
	s->notice = TG_INVALID;
	s->answers[field].error = "error.key-used";
	s->focus = (int)tg_slot_of_field(s, (unsigned)field);
	return true;
}

/* ---- MEDIUM ---- */

static bool looking(const struct tg_flow_state *s)
{
	return s->asked.medium > 0;
}

static void look(struct tg_turn *t)
{
	struct tg_medium *m = &t->s->medium;
	m->n = 0;
	m->looked = m->more = false;
	m->told = TG_OK;
	t->s->focus = 0;
	tg_turn_ask(t, TG_FX_MEDIUM_LIST, &t->s->asked.medium);
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return looking(s) ? 0 : s->medium.n + 2; /* look again, type it */
}

static void to_form(struct tg_turn *t)
{
	t->s->medium.passed = true;
	tg_turn_go(t, TG_STAGE_FORM);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_medium *m = &t->s->medium;
	if (slot == m->n) {
		look(t);
	} else if (slot > m->n) {
		to_form(t);
	} else if (m->files[slot].status == TG_OK) {
		m->chosen = slot;
		tg_turn_ask(t, TG_FX_MEDIUM_READ, &t->s->asked.medium);
	} else {
		m->told = m->files[slot].status;
	}
}

/* Names that were not typed yet are those of the request: the person sees them in the form. With more than the facts
 * hold nothing is filled, so that no name is lost unseen. */
static void fill_names(struct tg_flow_state *s, const struct tg_pkcs10_facts *r)
{
	const struct tg_form *form = tg_state_form(s);
	bool main_done = false;
	for (unsigned i = 0; i < tg_state_fields(s) && r->n_names <= TG_PKCS10_NAMES_MAX; i++) {
		struct tg_answer *a = &s->answers[i];
		bool list = form->fields[i].kind == TG_FIELD_DOMAINS;
		size_t at = 0;
		if (a->value[0] != '\0' || !tg_field_asked(s, i) ||
		        !tg_field_has_rule(&form->fields[i], list ? "domains" : "domain"))
			continue;
		for (unsigned k = list ? 1 : 0; k < r->n_names && (list || k == 0); k++)
			at += (size_t)snprintf(
			        a->value + at, sizeof a->value - at, "%s%s", at > 0 ? "\n" : "", r->names[k]);
		main_done = main_done || !list;
		a->cursor = strlen(a->value);
		a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_PERSON;
	}
}

static void take_request(struct tg_turn *t, const struct tg_medium_facts *f)
{
	struct tg_flow_state *s = t->s;
	fill_names(s, &f->request);
	enum tg_status status = tg_flow_set_pkcs10(t->c, s, f->text, strlen(f->text));
	/* What does not fit the names that were typed is said beside its field. */
	s->medium.told = status == TG_LIMIT ? TG_MEDIUM_READ : TG_OK;
	if (status != TG_LIMIT)
		to_form(t);
}

static void event(struct tg_turn *t)
{
	struct tg_medium *m = &t->s->medium;
	const struct tg_medium_facts *f = t->ev->medium;
	if (t->ev->kind != TG_EV_MEDIUM)
		return;
	m->looked = true;
	m->told = t->ev->status;
	if (t->ev->status != TG_OK || !f)
		return;
	if (f->text[0] != '\0') {
		take_request(t, f);
		return;
	}
	memcpy(m->files, f->files, sizeof m->files);
	m->n = f->n < TG_MEDIUM_FILES_MAX ? f->n : TG_MEDIUM_FILES_MAX;
	m->more = f->more;
	for (unsigned i = m->n; i-- > 0;) /* the first that can be taken */
		if (m->files[i].status == TG_OK)
			t->s->focus = (int)i;
}

static void enter(struct tg_turn *t)
{
	if (tg_medium_wanted(t->c, t->s))
		look(t);
	else
		to_form(t);
}

static void back(struct tg_turn *t)
{
	if (!looking(t->s))
		tg_turn_go(t, tg_stage_before_form(t->c, t->s));
}

static const char *describe(struct tg_paint *p, const struct tg_medium_file *f)
{
	const char *id = f->status != TG_OK ? "medium.other"
	                 : f->n_names > 1   ? "medium.request-more"
	                                    : "medium.request";
	return TG_FILL(p, id, "file", f->name, "algorithm", f->algorithm, "domain", f->domain, "count",
	        tg_paint_number(p, f->n_names > 0 ? f->n_names - 1 : 0));
}

/* Why a file is no good request is said when one is on it. */
static void paint_file(struct tg_paint *p, const struct tg_medium_file *f)
{
	struct tg_item *item = tg_paint_choice(p, describe(p, f), NULL, NULL);
	if (f->status != TG_OK)
		item->hint = tg_paint_trouble_text(p, p->lang, f->status);
}

static void paint(struct tg_paint *p)
{
	const struct tg_medium *m = &p->s->medium;
	p->v->title = tg_say(p, "title.medium");
	if (looking(p->s)) {
		tg_paint_notice(p, "medium.looking");
		return;
	}
	tg_paint_text(p, "medium.intro");
	if (m->told != TG_OK)
		tg_paint_status(p, m->told);
	else if (m->looked && m->n == 0)
		tg_paint_notice(p, "medium.nothing");
	for (unsigned i = 0; i < m->n; i++)
		paint_file(p, &m->files[i]);
	if (m->more)
		tg_paint_text(p, "medium.more");
	tg_paint_button(p, TG_ITEM_ID_RETRY, "medium.again");
	tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "medium.type");
}

/* ---- DELIVER ---- */

static bool delivering(const struct tg_flow_state *s)
{
	return s->asked.deliver > 0;
}

static void deliver(struct tg_turn *t, enum tg_effect_kind how)
{
	t->s->medium.told = TG_OK;
	t->s->focus = 0;
	tg_turn_ask(t, how, &t->s->asked.deliver);
}

static void deliver_enter(struct tg_turn *t)
{
	memset(&t->s->medium, 0, sizeof t->s->medium);
	deliver(t, TG_FX_DELIVER);
}

static unsigned deliver_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (delivering(s))
		return 0;
	return s->medium.issued ? 3 : 2; /* again, on paper, later */
}

static void deliver_choose(struct tg_turn *t, unsigned slot)
{
	bool paper = t->s->medium.issued && slot == 1;
	if (slot == 0 || paper)
		deliver(t, paper ? TG_FX_DELIVER_PAPER : TG_FX_DELIVER);
	else
		tg_turn_go(t, TG_STAGE_RESULT);
}

static void deliver_event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind != TG_EV_DELIVERED)
		return;
	s->medium.told = t->ev->status;
	s->medium.issued = s->medium.issued || t->ev->serial[0][0] != '\0';
	(void)tg_copy(s->medium.serial, sizeof s->medium.serial, t->ev->serial[0]);
	if (s->medium.issued)
		(void)tg_copy(s->ways.facts.state, sizeof s->ways.facts.state, TG_STATE_ISSUED);
	if (t->ev->status != TG_OK)
		return;
	(void)tg_copy(s->medium.where, sizeof s->medium.where, t->ev->where);
	(void)tg_copy(s->ways.facts.state, sizeof s->ways.facts.state, TG_STATE_DELIVERED);
	tg_turn_go(t, TG_STAGE_RESULT);
}

static void deliver_paint(struct tg_paint *p)
{
	const struct tg_medium *m = &p->s->medium;
	p->v->title = tg_say(p, "title.deliver");
	tg_paint_application_number(p);
	if (delivering(p->s)) {
		tg_paint_notice(p, "deliver.busy");
		return;
	}
	tg_paint_status(p, m->told);
	tg_paint_text(p, m->issued ? "deliver.issued" : "deliver.not-issued");
	tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
	if (m->issued)
		tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "deliver.paper");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "deliver.later");
}

const struct tg_stage_ops tg_stage_medium = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_deliver = {
        .traits = TG_STAGE_TIMED | TG_STAGE_PERSON,
        .slots = deliver_slots,
        .enter = deliver_enter,
        .choose = deliver_choose,
        .event = deliver_event,
        .paint = deliver_paint,
};
