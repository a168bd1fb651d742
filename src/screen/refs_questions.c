/* Checks of questions: of a kind, and of the adviser. */
#include "refs.h"

#include <string.h>

/* What a typed number falls into: the ranges follow each other, and only the last may be open. */
static enum tg_status check_range(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_question *q, unsigned i)
{
	const struct tg_question_option *o = &q->options[i], *before = i > 0 ? &q->options[i - 1] : NULL;
	if (!q->number)
		return o->from || o->to ? check_bad(c, n, o->from ? "from" : "to",
		                                  "from and to belong to a question with 'number: true'")
		                        : TG_OK;
	if (!tg_yaml_key(n, "from") || o->from < 0)
		return check_bad(c, n, "from", "an answer to a number is a range that begins with 0 or more; from");
	if (before && before->to == 0)
		return check_bad(c, n, "from", "the range before this one has no end");
	if (before && o->from != before->to + 1)
		return check_bad(c, n, "from", "a range begins where the one before it ends, without gap or overlap");
	if (o->to != 0 && o->to < o->from)
		return check_bad(c, n, "to", "a range ends after it begins");
	return TG_OK;
}

static enum tg_status check_option(const struct check *c, const struct tg_catalog *catalog,
        const struct tg_yaml_node *n, const struct tg_question *q, unsigned i)
{
	if (!q->options[i].leads != !q->options[i].why)
		return check_bad(c, n, q->options[i].leads ? "leads" : "why", "leads and why stand together");
	if (q->options[i].leads_way && !q->options[i].leads)
		return check_bad(c, n, "leads-way", "a way leads nowhere without a service");
	TG_TRY(check_range(c, n, q, i));
	return refs_conditions(c, catalog, n, "sets", false);
}

enum tg_status refs_questions(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *map,
        const struct tg_question *questions, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct tg_yaml_node *q = tg_yaml_item(tg_yaml_key(map, "questions"), i);
		TG_TRY(refs_conditions(c, catalog, q, "when", true));
		for (unsigned o = 0; o < questions[i].n_options; o++)
			TG_TRY(check_option(c, catalog, tg_yaml_item(tg_yaml_key(q, "options"), o), &questions[i], o));
	}
	return TG_OK;
}

enum tg_status refs_advice(const struct check *c, const struct tg_catalog *catalog, const struct tg_provider *p,
        const struct tg_yaml_node *root)
{
	for (const struct tg_yaml_node *n = check_first(root, "advice"); n; n = n->next) {
		TG_TRY(refs_product(c, p, n, "product"));
		TG_TRY(refs_conditions(c, catalog, n, "when", true));
	}
	return TG_OK;
}

static bool option_sets(const struct tg_question_option *o, const char *word, size_t n)
{
	for (const char *s = o->sets; s; s = strchr(s, ' ') ? strchr(s, ' ') + 1 : NULL)
		if (strcspn(s, " ") == n && strncmp(s, word, n) == 0)
			return true;
	return false;
}

/* One answer sets the one word, another the other, none both. */
static bool question_excludes(const struct tg_question *q, const char *a, size_t na, const char *b, size_t nb)
{
	bool some_a = false, some_b = false, both = false;
	for (unsigned i = 0; i < q->n_options; i++) {
		bool has_a = option_sets(&q->options[i], a, na), has_b = option_sets(&q->options[i], b, nb);
		some_a = some_a || has_a;
		some_b = some_b || has_b;
		both = both || (has_a && has_b);
	}
	return some_a && some_b && !both;
}

static bool words_exclude(const struct tg_kind *k, const char *a, const char *b)
{
	size_t na = strcspn(a, " "), nb = strcspn(b, " ");
	bool not_a = *a == '!', not_b = *b == '!';
	if (not_a != not_b)
		return na - not_a == nb - not_b && strncmp(a + not_a, b + not_b, na - not_a) == 0;
	for (unsigned i = 0; !not_a && i < k->n_questions; i++)
		if (question_excludes(&k->questions[i], a, na, b, nb))
			return true;
	return false;
}

bool refs_exclude(const struct tg_kind *k, const char *a, const char *b)
{
	for (const char *x = a; x; x = strchr(x, ' ') ? strchr(x, ' ') + 1 : NULL)
		for (const char *y = b; y; y = strchr(y, ' ') ? strchr(y, ' ') + 1 : NULL)
			if (words_exclude(k, x, y))
				return true;
	return false;
}
