/* The two carriers of one application: whose turn it is, which key goes onto which (NCA-6). Before anything was done
 * the journey itself knows (state.carriers), afterwards the journal does (state.work). */
#include "work.h"

void tg_take_work(struct tg_flow_state *s, const struct tg_work_facts *work)
{
	if (work->n == 0)
		return;
	s->work = *work;
	if (work->n == 1)
		return;
	(void)snprintf(s->carriers, sizeof s->carriers, "%s %s", work->carriers[0].purpose, work->carriers[1].purpose);
}

bool tg_work_is_double(const struct tg_flow_state *s)
{
	return s->number[0] != '\0' && strchr(s->carriers, ' ') != NULL;
}

unsigned tg_work_turn(const struct tg_flow_state *s)
{
	const struct tg_work_facts *w = &s->work;
	return w->n == 0 ? 0 : w->at < w->n ? w->at : w->n - 1;
}

bool tg_work_at_second(const struct tg_flow_state *s)
{
	return tg_work_is_double(s) && tg_work_turn(s) > 0;
}

bool tg_work_can_leave_out(const struct tg_flow_state *s)
{
	return tg_work_at_second(s) && s->work.can_leave_out;
}

void tg_work_leave_out(struct tg_turn *t)
{
	t->s->leaving_out = true;
	t->s->undoing = false;
	tg_turn_go(t, t->s->work.touched ? TG_STAGE_PIN : TG_STAGE_WORKING);
}

static const char *purpose_of(const struct tg_flow_state *s, unsigned carrier, size_t *n)
{
	const char *at = s->carriers;
	for (; carrier > 0; carrier--) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	*n = strcspn(at, " ");
	return at;
}

const char *tg_work_message(const struct tg_flow_state *s, const char *prefix, unsigned carrier, char id[48])
{
	size_t n;
	const char *purpose = purpose_of(s, carrier, &n);
	(void)snprintf(id, 48, "%s%.*s", prefix, (int)(n < 16 ? n : 16), purpose);
	return id;
}

unsigned tg_work_carrier_of(const struct tg_flow_state *s, unsigned key)
{
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	size_t n;
	if (!tg_work_is_double(s))
		return 0;
	if (s->work.n_keys > 0)
		return key < s->work.n_keys ? s->work.keys[key].carrier : 0;
	char first[TG_CARRIERS_BYTES];
	(void)snprintf(first, sizeof first, "%s", purpose_of(s, 0, &n));
	first[n] = '\0';
	return key >= tg_state_keys_on(s, first, keys);
}

void tg_paint_work_carrier(struct tg_paint *p, unsigned carrier)
{
	char id[48];
	const char *on = tg_say(p, tg_work_message(p->s, "written.on-", carrier, id));
	const char *serial = p->s->work.n > carrier ? p->s->work.carriers[carrier].serial : "";
	if (serial[0] != '\0')
		on = TG_FILL(p, "written.serial", "on", on, "serial", serial);
	tg_paint_line(p, TG_ITEM_HEADING, on);
}
