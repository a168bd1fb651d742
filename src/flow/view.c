/* The state as a view-model: what stands around the items of a stage, then the stage's own. */
#include "ways.h"

static const char *trail(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	if (!s->provider || s->stage <= TG_STAGE_PROVIDER)
		return NULL;
	const char *provider = tg_say(p, s->provider->label);
	if (!s->service || s->stage == TG_STAGE_SERVICE)
		return provider;
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s · %s", provider, tg_say(p, s->service->label));
	return tg_paint_keep(p);
}

/* Reader and card in one line (K-3). */
static const char *reader_line(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	if (s->reader.service != TG_OK)
		return tg_say(p, s->reader.service == TG_READER_SERVICE ? "reader.no-service" : "reader.none");
	bool says_who = tg_card_only_names(s) && (tg_identity_wanted(s) || s->doc.keyless[0] != '\0');
	const char *id = "reader.card";
	if (!s->reader.card)
		id = "reader.no-card";
	else if (s->reader.mute)
		id = "reader.mute";
	else if (tg_card_being_read(s))
		id = "reader.reading";
	else if (s->token.status == TG_OK && s->token.serial[0] == '\0')
		id = "reader.card-in"; /* nobody has asked for a card yet */
	else if (s->token.status != TG_OK && !says_who)
		id = "reader.other-card";
	return TG_FILL(p, id, "reader", s->reader.reader, "card", tg_paint_card_name(p));
}

static void key(struct tg_paint *p, enum tg_action action, const char *label_id)
{
	struct tg_view *v = p->v;
	if (v->n_keys == TG_VIEW_KEYS)
		return;
	v->keys[v->n_keys].action = action;
	v->keys[v->n_keys].label = tg_say(p, label_id);
	v->n_keys++;
}

static void stage_keys(struct tg_paint *p)
{
	const struct tg_stage_ops *ops = tg_stage_ops(p->s->stage);
	unsigned traits = tg_stage_traits(p->s);
	const char *enter = ops->label ? ops->label(p->s) : ops->enter_label;
	if (ops->choose && p->slot > 0 && !tg_flow_busy(p->s))
		key(p, TG_ACTION_ENTER, enter ? enter : tg_action_label(TG_ACTION_ENTER));
	bool long_list = p->s->stage == TG_STAGE_FORM || p->s->stage == TG_STAGE_REVIEW;
	if (p->slot > 1 && !long_list)
		key(p, TG_ACTION_NEXT, tg_action_label(TG_ACTION_NEXT));
	if (traits & TG_STAGE_BACK)
		key(p, TG_ACTION_BACK, tg_action_label(TG_ACTION_BACK));
	if ((traits & TG_STAGE_PERSON) || p->s->stage == TG_STAGE_IDLE)
		key(p, TG_ACTION_HELP, tg_action_label(TG_ACTION_HELP));
	if (traits & TG_STAGE_PERSON)
		key(p, TG_ACTION_LANGUAGE, tg_action_label(TG_ACTION_LANGUAGE));
	if (long_list) /* in the place of Tab: one row of keys, and here one can lose the way */
		key(p, TG_ACTION_WHERE, tg_action_label(TG_ACTION_WHERE));
	if (traits & TG_STAGE_CANCEL)
		key(p, TG_ACTION_CANCEL, tg_action_label(TG_ACTION_CANCEL));
	if (p->c->staff && p->s->stage == TG_STAGE_IDLE)
		key(p, TG_ACTION_STAFF, tg_action_label(TG_ACTION_STAFF));
	if (p->c->may_quit && p->s->stage == TG_STAGE_IDLE)
		key(p, TG_ACTION_QUIT, tg_action_label(TG_ACTION_QUIT));
}

static void overlay_keys(struct tg_paint *p)
{
	key(p, TG_ACTION_ENTER, tg_action_label(TG_ACTION_ENTER));
	if (p->slot > 1)
		key(p, TG_ACTION_NEXT, tg_action_label(TG_ACTION_NEXT));
	if (p->s->overlay != TG_OVERLAY_IDLE)
		key(p, TG_ACTION_BACK, tg_action_label(TG_ACTION_BACK));
}

void tg_flow_view(const struct tg_flow_config *c, const struct tg_flow_state *s, struct tg_view *v)
{
	bool over = s->overlay != TG_OVERLAY_NONE;
	struct tg_paint p = {c, s, v, s->lang, over ? s->overlay_focus : s->focus, 0};
	memset(v, 0, sizeof *v); /* the last screen's texts must not stay behind this one */
	v->lang = s->lang;
	v->focus = -1;
	v->modal = over;
	v->screen = over ? tg_overlay_name(s->overlay) : tg_sm_name(&tg_stage_machine, (int)s->stage);
	v->banner = c->sandbox ? tg_say(&p, "banner.sandbox") : NULL;
	bool person = (tg_stage_ops(s->stage)->traits & TG_STAGE_PERSON) != 0;
	v->trail = person && !over ? trail(&p) : NULL; /* a question takes the room of the trail */
	v->status = person || s->stage == TG_STAGE_IDLE ? reader_line(&p) : NULL;
	if (over)
		tg_overlay_paint(&p);
	else
		tg_stage_ops(s->stage)->paint(&p);
	if (over)
		overlay_keys(&p);
	else
		stage_keys(&p);
}
