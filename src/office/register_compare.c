/* An application beside the registers. */
#include "tamga/register.h"
#include "tamga/text.h"

#include <jansson.h>
#include <string.h>

#define SAME_MAX 1024

void tg_register_record_wipe(struct tg_register_record *r)
{
	tg_buf_wipe(&r->facts);
	*r = (struct tg_register_record){0};
}

/* --- Spellings */

static bool is_digits(const char *s, size_t n)
{
	return strspn(s, "0123456789") >= n;
}

/* "22.11.2026" as "2026-11-22". */
static bool turn_date(const char *s, char out[16])
{
	if (strlen(s) != 10 || s[2] != '.' || s[5] != '.' || !is_digits(s, 2) || !is_digits(s + 3, 2) ||
	        !is_digits(s + 6, 4))
		return false;
	(void)snprintf(out, 16, "%.4s-%.2s-%.2s", s + 6, s + 3, s);
	return true;
}

/* One sign for what people and registers write in several ways; 0: is left out. */
static uint32_t common(uint32_t cp)
{
	switch (cp) {
	case '"':
	case '\'':
	case '`':
	case 0xAB:
	case 0xBB:
	case 0x2018:
	case 0x2019:
	case 0x201C:
	case 0x201D:
	case 0x201E:
		return 0;
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2014:
	case 0x2212:
		return '-';
	case '\t':
	case '\r':
	case '\n':
	case 0xA0:
	case 0x202F:
		return ' ';
	default:
		return tg_text_upper(cp);
	}
}

/* False when it does not fit: then nothing is the same as it. */
static bool make_common(const char *s, char *out, size_t cap)
{
	const char *end = s + strlen(s);
	size_t n = 0;
	while (s < end) {
		uint32_t cp = common(tg_utf8_next(&s, end));
		if (cp == 0 || (cp == ' ' && (n == 0 || out[n - 1] == ' ')))
			continue;
		if (n + 5 > cap)
			return false;
		n += tg_utf8_put(cp, out + n);
	}
	if (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return true;
}

bool tg_register_same(const char *a, const char *b)
{
	char one[SAME_MAX], other[SAME_MAX], day_a[16], day_b[16];
	if (!make_common(turn_date(a, day_a) ? day_a : a, one, sizeof(one)) ||
	        !make_common(turn_date(b, day_b) ? day_b : b, other, sizeof(other)))
		return false;
	return strcmp(one, other) == 0;
}

/* --- One group */

static const char *answer_of(const json_t *application, const char *field)
{
	const json_t *answer;
	size_t i;
	json_array_foreach(json_object_get(application, "answers"), i, answer)
	{
		const char *id = json_string_value(json_object_get(answer, "field"));
		const char *value = json_string_value(json_object_get(answer, "value"));
		if (id && value && strcmp(id, field) == 0)
			return value;
	}
	return "";
}

static json_t *find_differences(
        const struct tg_register_group *g, const json_t *application, const struct tg_register_record *r)
{
	json_t *differs = json_array();
	json_t *facts = json_loadb((const char *)r->facts.data, r->facts.len, JSON_REJECT_DUPLICATES, NULL);
	for (unsigned i = 0; differs && i < g->n_facts; i++) {
		const char *fact = json_string_value(json_object_get(facts, g->facts[i].fact));
		const char *answer = answer_of(application, g->facts[i].field);
		/* What the register does not know, it does not contradict. */
		if (fact && *answer && !tg_register_same(fact, answer) &&
		        json_array_append_new(differs, json_string(g->facts[i].field)) != 0) {
			json_decref(differs);
			differs = NULL;
		}
	}
	json_decref(facts);
	return differs;
}

static json_t *describe(const char *name, const struct tg_register_group *g, enum tg_status st,
        const struct tg_register_record *r, json_t *differs)
{
	bool same = json_array_size(differs) == 0 && !r->ended;
	const char *status = st == TG_NOT_FOUND ? "none" : st != TG_OK ? "down" : same ? "same" : "other";
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:b}", "name", name, "field", g->key, "status", status,
	        "source", r->source, "time_ms", (json_int_t)r->time_ms, "differs", differs, "ended", (int)r->ended);
}

struct comparing {
	const struct tg_register_port *port;
	const json_t *application;
	json_t *list;
	int64_t now_ms;
};

static enum tg_status compare_group(
        struct comparing *c, const char *name, const struct tg_register_group *g, struct tg_error *err)
{
	struct tg_register_record r = {0};
	struct tg_error why = {0};
	const char *key = answer_of(c->application, g->key);
	if (*key == '\0' || strlen(key) > TG_REGISTER_KEY_MAX)
		return TG_OK;
	enum tg_status st = c->port->look(c->port->ctx, name, key, &r, &why);
	if (r.time_ms == 0)
		r.time_ms = c->now_ms;
	json_t *differs = st == TG_OK ? find_differences(g, c->application, &r) : json_array();
	json_t *row = differs ? describe(name, g, st, &r, differs) : NULL;
	tg_register_record_wipe(&r);
	return row && json_array_append_new(c->list, row) == 0 ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "registers");
}

static enum tg_status compare_all(struct comparing *c, const struct tg_registers *map, struct tg_error *err)
{
	const char *form = json_string_value(json_object_get(c->application, "form"));
	for (unsigned i = 0; form && i < map->n_maps; i++)
		for (unsigned g = 0; g < map->maps[i].n_groups; g++)
			if (strcmp(map->maps[i].groups[g].form, form) == 0)
				TG_TRY(compare_group(c, map->maps[i].id, &map->maps[i].groups[g], err));
	return TG_OK;
}

enum tg_status tg_register_compare(const struct tg_registers *map, const struct tg_register_port *port,
        const json_t *application, int64_t now_ms, json_t **answer, struct tg_error *err)
{
	struct comparing c = {port, application, json_array(), now_ms};
	*answer = NULL;
	enum tg_status st = c.list ? compare_all(&c, map, err) : tg_error_set(err, TG_NO_MEMORY, "registers");
	if (st == TG_OK)
		*answer = c.list;
	else
		json_decref(c.list);
	return st;
}
