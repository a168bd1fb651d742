/* Tools of the view: items, sentences with places, the arena. */
#include "advice.h"
#include "money.h"
#include "tamga/clock.h"

const char *tg_say(const struct tg_paint *p, const char *id)
{
	return tg_text(p->c->i18n, p->lang, id);
}

const char *tg_say_of(const struct tg_paint *p, const char *family, const char *name)
{
	char id[80];
	(void)snprintf(id, sizeof id, "%s.%s", family, name);
	return tg_say(p, id);
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

void tg_paint_line(struct tg_paint *p, enum tg_item_kind kind, const char *sentence)
{
	(void)tg_paint_item(p, kind, sentence, false);
}

void tg_paint_text(struct tg_paint *p, const char *id)
{
	tg_paint_line(p, TG_ITEM_TEXT, tg_say(p, id));
}

void tg_paint_notice(struct tg_paint *p, const char *id)
{
	tg_paint_line(p, TG_ITEM_NOTICE, tg_say(p, id));
}

void tg_paint_error(struct tg_paint *p, const char *id)
{
	tg_paint_line(p, TG_ITEM_ERROR, tg_say(p, id));
}

void tg_paint_heading(struct tg_paint *p, const char *id)
{
	tg_paint_line(p, TG_ITEM_HEADING, tg_say(p, id));
}

void tg_paint_button(struct tg_paint *p, int id, const char *label_id)
{
	tg_paint_item(p, TG_ITEM_BUTTON, tg_say(p, label_id), true)->id = id;
}

struct tg_item *tg_paint_choice(struct tg_paint *p, const char *label, const char *value, const char *mark)
{
	static const char *const digits[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
	size_t slot = (size_t)p->slot;
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, label, true);
	item->number = slot < sizeof digits / sizeof digits[0] ? digits[slot] : NULL;
	item->value = value;
	item->mark = mark;
	return item;
}

struct tg_item *tg_paint_typed(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, f->label), true);
	item->value = a->value;
	item->cursor = a->cursor;
	item->max_chars = f->max_chars;
	item->hint = f->hint ? tg_say(p, f->hint) : NULL;
	item->error = a->error ? tg_say(p, a->error) : NULL;
	return item;
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
	tg_paint_line(p, TG_ITEM_ERROR, tg_paint_trouble_text(p, p->lang, status));
}

const char *tg_paint_time_at(struct tg_paint *p, const struct tg_provider *provider, int64_t wall_ms)
{
	char text[TG_TIME_TEXT];
	tg_time_local(wall_ms, provider ? provider->utc_offset_minutes : 0, text);
	(void)tg_copy(tg_paint_room(p), tg_paint_left(p), text);
	return tg_paint_keep(p);
}

const char *tg_paint_time(struct tg_paint *p, int64_t wall_ms)
{
	return tg_paint_time_at(p, p->s->provider, wall_ms);
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

const char *tg_paint_token_name(struct tg_paint *p, const struct tg_token_state *k)
{
	return k->carrier_name[0] != '\0' ? tg_say(p, k->carrier_name) : k->label;
}

const char *tg_paint_card_name(struct tg_paint *p)
{
	return tg_paint_token_name(p, &p->s->token);
}

void tg_paint_card_known(struct tg_paint *p)
{
	if (p->s->token.carrier_name[0] != '\0')
		TG_PAINT(p, TG_ITEM_TEXT, "carrier.known", "card", tg_paint_card_name(p));
}

void tg_paint_card_found(struct tg_paint *p)
{
	TG_PAINT(p, TG_ITEM_NOTICE, "carrier.found", "card", tg_paint_card_name(p), "serial", p->s->token.serial);
}

void tg_paint_application_number(struct tg_paint *p)
{
	if (p->s->number[0] != '\0')
		TG_PAINT(p, TG_ITEM_NOTICE, "work.number", "number", p->s->number);
}

const char *tg_paint_joined(struct tg_paint *p, const char *const *lines, unsigned n)
{
	char *text = tg_paint_room(p);
	size_t cap = tg_paint_left(p), at = 0;
	for (unsigned i = 0; i < n && at < cap; i++)
		at += (size_t)snprintf(text + at, cap - at, "%s%s", i > 0 ? "\n" : "", lines[i]);
	return tg_paint_keep(p);
}

void tg_paint_lines(struct tg_paint *p, const char *const *lines, unsigned n)
{
	if (n > 0)
		tg_paint_line(p, TG_ITEM_TEXT, tg_paint_joined(p, lines, n));
}

unsigned tg_times_lines(
        struct tg_paint *p, int64_t accepted_ms, int64_t sent_ms, int64_t registered_ms, const char *out[3])
{
	unsigned n = 0;
	if (accepted_ms != 0)
		out[n++] = TG_FILL(p, "work.accepted", "time", tg_paint_time(p, accepted_ms));
	out[n++] =
	        sent_ms == 0 ? tg_say(p, "work.not-sent") : TG_FILL(p, "work.sent", "time", tg_paint_time(p, sent_ms));
	out[n++] = registered_ms == 0 ? tg_say(p, "work.not-registered")
	                              : TG_FILL(p, "work.registered", "time", tg_paint_time(p, registered_ms));
	return n;
}

void tg_paint_printed(struct tg_paint *p, const struct tg_print *print, const char *busy, const char *where)
{
	if (print->busy)
		tg_paint_text(p, busy);
	else if (print->done)
		TG_PAINT(p, TG_ITEM_TEXT, where, "where", print->where);
	else if (print->status != TG_OK)
		tg_paint_status(p, print->status);
}

static const char *receipt_place(const struct tg_print *receipt)
{
	static const char *const places[][2] = {
	        {"paper", "receipt.paper"}, {"file", "receipt.file"}, {"screen", "receipt.screen"}};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (strcmp(receipt->where, places[i][0]) == 0)
			return places[i][1];
	return "receipt.where";
}

void tg_paint_receipt(struct tg_paint *p)
{
	tg_paint_printed(p, &p->s->receipt, "receipt.busy", receipt_place(&p->s->receipt));
}
