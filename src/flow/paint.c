/* Tools of the view: items, sentences with places, the arena. */
#include "advice.h"
#include "money.h"
#include "tamga/clock.h"

const char *tg_say(const struct tg_paint *p, const char *id)
{
	return tg_text(p->c->i18n, p->lang, id);
}

char *tg_paint_room(struct tg_paint *p)
{
	return p->v->arena + p->v->arena_used;
}

/* One byte is held back, so that the room is never empty and what did not fit is an empty text. */
size_t tg_paint_left(const struct tg_paint *p)
{
	return sizeof p->v->arena - p->v->arena_used;
}

const char *tg_paint_keep(struct tg_paint *p)
{
	char *text = tg_paint_room(p);
	size_t n = strnlen(text, tg_paint_left(p));
	if (n + 1 >= tg_paint_left(p)) {
		text[0] = '\0';
		return text;
	}
	p->v->arena_used += n + 1;
	return text;
}

struct tg_item *tg_paint_item(struct tg_paint *p, enum tg_item_kind kind, const char *label, bool focusable)
{
	struct tg_view *v = p->v;
	if (v->n_items == TG_VIEW_ITEMS)
		return &v->items[TG_VIEW_ITEMS -
		                 1]; /* a property test shows that no catalogue of today's limits comes here */
	struct tg_item *item = &v->items[v->n_items];
	item->kind = kind;
	item->label = label;
	item->id = (int)v->n_items;
	item->focusable = focusable;
	if (focusable && p->slot++ == p->focus)
		v->focus = (int)v->n_items;
	v->n_items++;
	return item;
}

void tg_paint_text(struct tg_paint *p, const char *id)
{
	(void)tg_paint_item(p, TG_ITEM_TEXT, tg_say(p, id), false);
}

void tg_paint_notice(struct tg_paint *p, const char *id)
{
	(void)tg_paint_item(p, TG_ITEM_NOTICE, tg_say(p, id), false);
}

void tg_paint_button(struct tg_paint *p, int id, const char *label_id)
{
	tg_paint_item(p, TG_ITEM_BUTTON, tg_say(p, label_id), true)->id = id;
}

const char *tg_paint_trouble_text(struct tg_paint *p, enum tg_lang lang, enum tg_status status)
{
	char what[48], mend[48], code[8];
	(void)snprintf(what, sizeof what, "error.%s", tg_status_name(status));
	(void)snprintf(mend, sizeof mend, "mend.%s", tg_status_name(status));
	tg_status_code(status, code);
	const struct tg_i18n *i = p->c->i18n;
	(void)tg_text_fill(tg_paint_room(p), tg_paint_left(p), tg_text(i, lang, "status.sentence"), "what",
	        tg_text(i, lang, what), "mend", tg_text(i, lang, mend), "code", code, (const char *)NULL);
	return tg_paint_keep(p);
}

void tg_paint_status(struct tg_paint *p, enum tg_status status)
{
	(void)tg_paint_item(p, TG_ITEM_ERROR, tg_paint_trouble_text(p, p->lang, status), false);
}

const char *tg_paint_time(struct tg_paint *p, int64_t wall_ms)
{
	char text[TG_TIME_TEXT];
	tg_time_local(wall_ms, p->s->provider ? p->s->provider->utc_offset_minutes : 0, text);
	(void)tg_copy(tg_paint_room(p), tg_paint_left(p), text);
	return tg_paint_keep(p);
}

const char *tg_paint_number(struct tg_paint *p, int64_t n)
{
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%lld", (long long)n);
	return tg_paint_keep(p);
}

const char *tg_paint_money(struct tg_paint *p, int64_t amount)
{
	return tg_paint_sum(p, p->s->provider->currency, amount);
}

const char *tg_paint_card_name(struct tg_paint *p)
{
	const struct tg_token_state *k = &p->s->token;
	return k->carrier_name[0] != '\0' ? tg_say(p, k->carrier_name) : k->label;
}

void tg_paint_application_number(struct tg_paint *p)
{
	if (p->s->number[0] != '\0')
		(void)tg_paint_item(p, TG_ITEM_NOTICE, TG_FILL(p, "work.number", "number", p->s->number), false);
}

void tg_paint_lines(struct tg_paint *p, const char *const *lines, unsigned n)
{
	char *text = tg_paint_room(p);
	size_t cap = tg_paint_left(p), at = 0;
	for (unsigned i = 0; i < n && at < cap; i++)
		at += (size_t)snprintf(text + at, cap - at, "%s%s", i > 0 ? "\n" : "", lines[i]);
	if (n > 0)
		(void)tg_paint_item(p, TG_ITEM_TEXT, tg_paint_keep(p), false);
}

static const char *one_time(struct tg_paint *p, const char *id, const char *not_yet, int64_t at)
{
	return at == 0 ? tg_say(p, not_yet) : TG_FILL(p, id, "time", tg_paint_time(p, at));
}

void tg_paint_times(struct tg_paint *p)
{
	const char *lines[3];
	unsigned n = 0;
	if (p->s->accepted_ms != 0)
		lines[n++] = one_time(p, "work.accepted", "work.accepted", p->s->accepted_ms);
	lines[n++] = one_time(p, "work.sent", "work.not-sent", p->s->sent_ms);
	lines[n++] = one_time(p, "work.registered", "work.not-registered", p->s->registered_ms);
	tg_paint_lines(p, lines, n);
}

static const char *receipt_place(struct tg_paint *p)
{
	static const char *const places[][2] = {
	        {"paper", "receipt.paper"}, {"file", "receipt.file"}, {"screen", "receipt.screen"}};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (strcmp(p->s->receipt_where, places[i][0]) == 0)
			return tg_say(p, places[i][1]);
	return TG_FILL(p, "receipt.where", "where", p->s->receipt_where);
}

void tg_paint_receipt(struct tg_paint *p)
{
	if (p->s->receipt_busy)
		tg_paint_text(p, "receipt.busy");
	else if (p->s->receipt_done)
		(void)tg_paint_item(p, TG_ITEM_TEXT, receipt_place(p), false);
	else if (p->s->receipt_status != TG_OK)
		tg_paint_status(p, p->s->receipt_status);
}
