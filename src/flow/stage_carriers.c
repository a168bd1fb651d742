/* CARRIERS: where the certificates are written, after the chip has proven who asks: onto the identity card, another
 * carrier, or more than one in one application (K-6, NCA-6). What may be together is the kind's to say, what is made on
 * each the form's key plans. One possibility is not asked. */
#include "ways.h"
#include "work.h"

#define OFFERED_MAX 6

struct offered {
	char list[OFFERED_MAX][TG_CARRIERS_BYTES];
	unsigned n;
};

static const char *next_word(const char *at, char word[TG_CARRIERS_BYTES])
{
	at += strspn(at, " ");
	size_t n = strcspn(at, " ");
	(void)snprintf(word, TG_CARRIERS_BYTES, "%.*s", (int)n, at);
	return at + n;
}

static void add(struct offered *o, const char *carriers)
{
	if (o->n < OFFERED_MAX && tg_copy(o->list[o->n], sizeof o->list[0], carriers))
		o->n++;
}

/* Each of them has keys of its own to make. */
static bool all_make_keys(const struct tg_flow_state *s, const char *carriers)
{
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	char set[TG_CONDITIONS_BYTES], word[TG_CARRIERS_BYTES];
	tg_state_conditions(s, set);
	for (const char *at = carriers; at = next_word(at, word), word[0] != '\0';)
		if (tg_form_keys(tg_state_form(s), word, set, keys, TG_FLOW_KEYS_MAX) == 0)
			return false;
	return true;
}

/* What the kind and the form allow, but for carriers of the purpose `but` ("": none is left out). */
static void allowed(const struct tg_flow_state *s, const char *but, struct offered *o)
{
	char word[TG_CARRIERS_BYTES];
	const char *both = s->kind->carriers_together;
	o->n = 0;
	if (!tg_makes_keys(s) || !s->kind->carriers)
		return;
	for (const char *at = s->kind->carriers; at = next_word(at, word), word[0] != '\0';)
		if (strcmp(word, but) != 0 && all_make_keys(s, word))
			add(o, word);
	if (both && (but[0] == '\0' || !tg_words_have(both, but)) && all_make_keys(s, both))
		add(o, both);
}

static void offered(const struct tg_flow_state *s, struct offered *o)
{
	allowed(s, s->doc.keyless, o);
}

bool tg_carriers_beside(const struct tg_flow_state *s, const char *purpose)
{
	struct offered o;
	if (!tg_makes_keys(s))
		return true;
	allowed(s, purpose, &o);
	return o.n > 0;
}

bool tg_carriers_asked(const struct tg_flow_state *s)
{
	struct offered o;
	offered(s, &o);
	return o.n > 1;
}

bool tg_carrier_fits(const struct tg_flow_state *s)
{
	char first[TG_CARRIERS_BYTES];
	if (s->carriers[0] == '\0')
		return tg_words_have(s->kind->carriers, s->token.purpose);
	if (s->number[0] != '\0' && s->work.n > 1)
		return strcmp(s->work.carriers[tg_work_turn(s)].purpose, s->token.purpose) == 0;
	if (s->number[0] != '\0')
		return tg_words_have(s->carriers, s->token.purpose);
	(void)next_word(s->carriers, first);
	return strcmp(first, s->token.purpose) == 0;
}

const char *tg_carrier_insert(const struct tg_flow_state *s, char id[48])
{
	char first[TG_CARRIERS_BYTES];
	(void)next_word(s->carriers, first);
	if (first[0] == '\0')
		return "carrier.insert";
	(void)snprintf(id, 48, "carrier.insert-%.*s", 24, first);
	return id;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	struct offered o;
	(void)c;
	offered(s, &o);
	return o.n;
}

/* The card at hand may be the one: then it is not asked for once more. */
static void go_on(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->carrier_then = TG_STAGE_FORM;
	tg_turn_go(t, s->carriers[0] == '\0' || tg_card_ready(s) ? TG_STAGE_FORM : TG_STAGE_CARRIER);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct offered o;
	offered(t->s, &o);
	if (slot >= o.n)
		return;
	memcpy(t->s->carriers, o.list[slot], sizeof t->s->carriers);
	go_on(t);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct offered o;
	offered(s, &o);
	if (o.n <= 1) {
		memset(s->carriers, 0, sizeof s->carriers);
		if (o.n == 1)
			memcpy(s->carriers, o.list[0], sizeof s->carriers);
		go_on(t);
		return;
	}
	for (unsigned i = 0; i < o.n; i++)
		if (strcmp(o.list[i], s->carriers) == 0)
			s->focus = (int)i;
}

static void back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_READING);
}

/* "Identity card", or "Identity card and SIM card, in one application". */
static const char *label_of(struct tg_paint *p, const char *carriers)
{
	char word[TG_CARRIERS_BYTES];
	const char *at = next_word(carriers, word), *label = tg_say_of(p, "carriers", word);
	while (at = next_word(at, word), word[0] != '\0')
		label = TG_FILL(p, "carriers.together", "first", label, "second", tg_say_of(p, "carriers", word));
	return label;
}

static void paint(struct tg_paint *p)
{
	struct offered o;
	offered(p->s, &o);
	p->v->title = tg_say(p, "title.carriers");
	tg_paint_text(p, "carriers.intro");
	if (p->s->doc.keyless[0] != '\0')
		tg_paint_notice(p, "carriers.only-named");
	for (unsigned i = 0; i < o.n; i++)
		(void)tg_paint_choice(p, label_of(p, o.list[i]), NULL, NULL);
}

const struct tg_stage_ops tg_stage_carriers = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .back = back,
        .paint = paint,
        .enter_label = "key.choose",
};
