/* The companies of a complex certificate (DOS-6): how many its kind serves, what is wrong with a list, what of it goes
 * into the record. The centre judges by the list as it is then; here people are spared a refusal. */
#include "companies.h"
#include "rules.h"

/* ---- lines of an answer ---- */

/* The next line that is no empty one; its length in `n`, or NULL. */
static const char *next_line(const char *at, size_t *n)
{
	at += strspn(at, "\n");
	*n = strcspn(at, "\n");
	return *n > 0 ? at : NULL;
}

/* How many lines before `before` name this tax number; all of them where `before` is NULL. */
static unsigned named(const char *value, const char *inn, const char *before)
{
	unsigned found = 0;
	size_t n;
	struct tg_company c;
	for (const char *at = value; (at = next_line(at, &n)) != NULL && (!before || at < before); at += n)
		found += tg_company_parse(at, n, &c) && strcmp(c.inn, inn) == 0;
	return found;
}

bool tg_companies_changed(const struct tg_flow_state *s)
{
	return tg_value_of(s, TG_FIELD_COMPANIES_ADDED)[0] != '\0' ||
	       tg_value_of(s, TG_FIELD_COMPANIES_REMOVED)[0] != '\0';
}

/* ---- products ---- */

const struct tg_product *tg_state_product(const struct tg_flow_state *s)
{
	for (unsigned i = 0; s->kind && i < s->kind->n_charges; i++) {
		const struct tg_charge *c = &s->kind->charges[i];
		const struct tg_product *product = tg_provider_product(s->provider, c->product);
		if (product && product->complex && tg_state_holds(s, c->when))
			return product;
	}
	return NULL;
}

const struct tg_price *tg_company_price(const struct tg_flow_state *s)
{
	const struct tg_provider *p = s->provider;
	char today[11];
	tg_state_today(s, today);
	for (unsigned i = 0; i < p->n_advice; i++) {
		const struct tg_product *product =
		        p->advice[i].each_company ? tg_provider_product(p, p->advice[i].product) : NULL;
		if (product)
			return tg_provider_price(p, product->id, today);
	}
	return NULL;
}

/* ---- what is wrong ---- */

static bool is_there(const struct tg_companies *now, const char *inn)
{
	for (unsigned i = 0; i < now->n; i++)
		if (strcmp(now->list[i].inn, inn) == 0)
			return true;
	return false;
}

/* One line beside the others, and beside the list that is shown. */
static const char *line_wrong(
        const struct tg_flow_state *s, enum tg_field_kind kind, const struct tg_company *c, const char *line)
{
	const struct tg_companies *now = s->change.known ? &s->change.now : NULL;
	bool whole = now && now->count == (int)now->n;
	if (named(tg_value_of(s, kind), c->inn, line) > 0)
		return "companies.twice";
	if (kind == TG_FIELD_COMPANIES_REMOVED)
		return whole && !is_there(now, c->inn) ? "companies.not-there" : NULL;
	if (c->name[0] == '\0')
		return "companies.no-name";
	if (kind != TG_FIELD_COMPANIES_ADDED)
		return NULL;
	bool goes = named(tg_value_of(s, TG_FIELD_COMPANIES_REMOVED), c->inn, NULL) > 0;
	return now && is_there(now, c->inn) && !goes ? "companies.there" : NULL;
}

static const char *number_wrong(const struct tg_flow_state *s, enum tg_field_kind kind, unsigned lines)
{
	const struct tg_product *product = tg_state_product(s);
	int n = (int)lines, min = 0;
	if (kind == TG_FIELD_COMPANIES_REMOVED)
		return NULL;
	if (kind == TG_FIELD_COMPANIES_ADDED && s->change.known) {
		const struct tg_answer *removed = tg_answer_of(s, TG_FIELD_COMPANIES_REMOVED);
		product = tg_provider_product(s->provider, s->change.now.product);
		n += s->change.now.count - (int)(removed ? tg_answer_lines(removed) : 0);
	} else if (kind == TG_FIELD_COMPANIES && product) {
		min = product->companies_min;
	}
	if (product && product->companies_max > 0 && n > product->companies_max)
		return "companies.too-many";
	return n < min ? "companies.too-few" : NULL;
}

const char *tg_companies_wrong(const struct tg_flow_state *s, unsigned field, unsigned *line)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	const char *value = s->answers[field].value;
	struct tg_company c;
	size_t n;
	unsigned number = 0;
	for (const char *at = value; (at = next_line(at, &n)) != NULL; at += n) {
		number++;
		const char *wrong = tg_company_parse(at, n, &c) ? line_wrong(s, f->kind, &c, at) : "rule.company.shape";
		if (wrong) {
			*line = number;
			return wrong;
		}
	}
	return number_wrong(s, f->kind, number);
}

const char *tg_rule_company(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	struct tg_company c;
	(void)v, (void)mend;
	bool right = tg_company_parse(value, strlen(value), &c) && (long)strlen(c.inn) == strtol(arg, NULL, 10);
	return right ? NULL : "rule.company.shape";
}

/* ---- for the record ---- */

static void add_list(struct tg_buf *out, const char *name, const char *value)
{
	struct tg_company c;
	const char *comma = "";
	size_t n;
	tg_buf_addf(out, ",\"%s\":[", name);
	for (const char *at = value; (at = next_line(at, &n)) != NULL; at += n) {
		if (!tg_company_parse(at, n, &c))
			continue;
		tg_buf_addf(out, "%s{\"inn\":", comma);
		tg_json_string(out, c.inn);
		tg_buf_add_str(out, ",\"name\":");
		tg_json_string(out, c.name);
		tg_buf_add_u8(out, '}');
		comma = ",";
	}
	tg_buf_add_u8(out, ']');
}

void tg_companies_json(struct tg_buf *out, const struct tg_flow_state *s)
{
	const struct tg_product *product = tg_state_product(s);
	if (tg_operation_is(s, "companies")) {
		add_list(out, "added", tg_value_of(s, TG_FIELD_COMPANIES_ADDED));
		add_list(out, "removed", tg_value_of(s, TG_FIELD_COMPANIES_REMOVED));
	} else if (product && tg_answer_of(s, TG_FIELD_COMPANIES)) {
		add_list(out, "companies", tg_value_of(s, TG_FIELD_COMPANIES));
		tg_buf_add_str(out, ",\"product\":");
		tg_json_string(out, product->id);
	}
}
