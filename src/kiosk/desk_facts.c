#include "desk.h"
#include "tamga/store.h"
#include "tamga/text.h"

#define TICKET_COLUMNS 15

static const char *text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static int64_t number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static void clean(char *out, size_t cap, const char *s)
{
	tg_text_clean(out, cap, s, strlen(s), (int)cap);
}

static const struct tg_service *service_of(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; p && i < p->n_services; i++)
		if (strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	return NULL;
}

static const struct tg_kind *kind_of(const struct tg_service *s, const char *id)
{
	for (unsigned i = 0; s && i < s->n_kinds; i++)
		if (strcmp(s->kinds[i].id, id) == 0 && s->kinds[i].form)
			return &s->kinds[i];
	return NULL;
}

bool kiosk_desk_row(const struct tg_catalog *c, const json_t *from, const char *own_serial, struct tg_desk_row *out)
{
	const char *claimed = text(from, "claimed_by");
	memset(out, 0, sizeof *out);
	if (!tg_copy(out->number, sizeof out->number, text(from, "number")) || !out->number[0])
		return false;
	clean(out->ticket, sizeof out->ticket, text(from, "ticket"));
	out->provider = tg_catalog_provider(c, text(from, "provider"));
	out->service = service_of(out->provider, text(from, "service"));
	out->kind = kind_of(out->service, text(from, "kind"));
	clean(out->state, sizeof out->state, text(from, "state"));
	out->accepted_ms = number(from, "accepted_ms");
	out->promised_ms = number(from, "promised_ms");
	out->complaint = out->kind && tg_kind_is(out->service, out->kind, "complaint");
	out->order = out->kind && tg_kind_is(out->service, out->kind, "order");
	out->urgent = json_is_true(json_object_get(from, "urgent"));
	out->calls = (int)number(from, "calls");
	if (claimed[0] && strcmp(claimed, own_serial) != 0) {
		clean(out->claimed_by, sizeof out->claimed_by, claimed);
		out->claimed_until_ms = number(from, "claimed_until_ms");
	}
	return true;
}

/* ---- the application ---- */

static char by_letter(const char *by)
{
	static const struct {
		const char *by;
		char letter;
	} rows[] = {{"chip", 'c'}, {"staff", 's'}, {"certificate", 'k'}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(by, rows[i].by) == 0)
			return rows[i].letter;
	return 'p';
}

static int field_index(const struct tg_form *form, const char *id)
{
	for (unsigned i = 0; i < form->n_fields; i++)
		if (strcmp(form->fields[i].id, id) == 0)
			return (int)i;
	return -1;
}

/* Lines of a list stay lines; everything else is made harmless for the screen. */
static size_t add_value(char *out, size_t room, const char *value)
{
	size_t used = 0;
	for (const char *line = value; *line && used + 2 < room;) {
		size_t n = strcspn(line, "\n");
		tg_text_clean(out + used, room - used - 1, line, n, TG_VALUE_MAX);
		used += strlen(out + used);
		line += n + (line[n] == '\n');
		if (*line)
			out[used++] = '\n';
	}
	out[used] = '\0';
	return used + 1;
}

static void take_answers(const json_t *list, const struct tg_form *form, struct tg_desk_application *out)
{
	size_t i, used = 0;
	const json_t *a;
	json_array_foreach(list, i, a)
	{
		int field = field_index(form, text(a, "field"));
		if (field < 0 || out->n_answers == TG_FORM_FIELDS_MAX || used + 4 >= sizeof out->text)
			continue;
		struct tg_desk_answer *to = &out->answers[out->n_answers++];
		to->field = (unsigned)field;
		to->at = (unsigned)used;
		to->by = by_letter(text(a, "by"));
		used += add_value(out->text + used, sizeof out->text - used, text(a, "value"));
	}
}

/* Older entries have plain ids: brought on paper. */
static void take_document(const json_t *d, struct tg_desk_application *out)
{
	const char *id = json_is_string(d) ? json_string_value(d) : text(d, "id");
	for (unsigned i = 0; i < out->kind->n_documents && i < TG_DOCUMENTS_MAX; i++) {
		if (strcmp(out->kind->documents[i].id, id) != 0)
			continue;
		const char *by = json_is_string(d) ? "person" : text(d, "by");
		tg_copy(out->documents[i].by, sizeof out->documents[i].by, by[0] ? by : "person");
		clean(out->documents[i].date, sizeof out->documents[i].date, text(d, "date"));
	}
}

static void add_word(char *words, size_t cap, const char *word)
{
	size_t used = strlen(words);
	if (word && word[0] && used + strlen(word) + 2 < cap)
		snprintf(words + used, cap - used, "%s%s", used ? " " : "", word);
}

static void take_lists(const json_t *body, struct tg_desk_application *out)
{
	size_t i;
	const json_t *one;
	take_answers(json_object_get(body, "answers"), out->kind->form, out);
	json_array_foreach(json_object_get(body, "documents"), i, one) take_document(one, out);
	json_array_foreach(json_object_get(body, "conditions"), i, one)
	        add_word(out->conditions, sizeof out->conditions, json_string_value(one));
}

static void take_presenter(const json_t *body, struct tg_desk_application *out)
{
	char all[400];
	const json_t *p = json_object_get(body, "presenter");
	if (!json_is_object(p))
		return;
	snprintf(all, sizeof all, "%s %s %s", text(p, "surname"), text(p, "given_name"), text(p, "iin"));
	clean(out->presenter, sizeof out->presenter, all);
	snprintf(all, sizeof all, "%s %s", text(p, "surname"), text(p, "given_name"));
	clean(out->presenter_name, sizeof out->presenter_name, all);
}

static void take_chip(const json_t *body, struct tg_desk_application *out)
{
	const json_t *d = json_object_get(body, "document");
	out->chip = json_is_object(d);
	if (!out->chip)
		return;
	out->passive = (enum tg_status)number(d, "passive");
	out->active = (enum tg_status)number(d, "active");
	out->chip_status = (enum tg_status)number(d, "chip");
	const char *names = text(d, "chip_name");
	out->chip_names = (char)(strcmp(names, "same") == 0 ? 's' : strcmp(names, "other") == 0 ? 'o' : 0);
}

enum tg_status kiosk_desk_application(
        const struct tg_catalog *c, const json_t *body, struct tg_desk_application *out, struct tg_error *err)
{
	if (!json_is_object(body) || !tg_copy(out->number, sizeof out->number, text(body, "number")))
		return tg_error_set(err, TG_CENTRE_GARBAGE, "no application in the answer");
	out->provider = tg_catalog_provider(c, text(body, "provider"));
	out->service = service_of(out->provider, text(body, "service"));
	out->kind = kind_of(out->service, text(body, "kind"));
	if (!out->kind || strcmp(out->kind->form->id, text(body, "form")) != 0)
		return tg_error_set(err, TG_NOT_FOUND, "the form of %s is not in this kiosk's data", out->number);
	out->refusal_form = out->provider->refusal_form ? tg_catalog_form(c, out->provider->refusal_form) : NULL;
	out->way = text(body, "way")[0] ? tg_provider_way(out->provider, text(body, "way")) : NULL;
	clean(out->ticket, sizeof out->ticket, text(body, "ticket"));
	tg_copy(out->language, sizeof out->language, text(body, "language"));
	tg_copy(out->power, sizeof out->power, text(body, "power"));
	out->power_state = out->power[0] ? TG_DESK_POWER_UNKNOWN : TG_DESK_POWER_NONE;
	out->promised_ms = number(body, "promised_ms");
	take_lists(body, out);
	take_presenter(body, out);
	take_chip(body, out);
	out->signed_ = text(body, "signed")[0] != '\0';
	return TG_OK;
}

/* A head's decision counts when the centre found its signature good: then the application waits for the head no more.
 */
static enum tg_desk_head head_of(const json_t *body, const json_t *answer, const char *state)
{
	const json_t *head = json_object_get(answer, "head");
	if (!json_is_true(json_object_get(body, "confirm")))
		return TG_DESK_HEAD_NONE;
	if (!json_is_object(head) || strcmp(state, tg_app_state_name(TG_APP_CONFIRMING)) == 0)
		return TG_DESK_HEAD_WAITING;
	return json_is_true(json_object_get(head, "yes")) ? TG_DESK_HEAD_YES : TG_DESK_HEAD_NO;
}

void kiosk_desk_proofs(const json_t *body, const json_t *answer, struct tg_desk_application *out)
{
	const json_t *verified = json_object_get(answer, "verified");
	out->head = head_of(body, answer, out->state);
	out->verified = json_is_object(verified) && strcmp(text(verified, "what"), "head") != 0;
	if (out->verified)
		out->signature = (enum tg_status)number(verified, "code");
	out->price_short = json_is_true(json_object_get(answer, "price_short"));
	kiosk_desk_old(body, answer, out);
}

/* ---- its certificates ---- */

static void take_lock(const json_t *from, struct tg_desk_application *out)
{
	struct tg_desk_lock *to = &out->locks[out->n_locks++];
	clean(to->serial, sizeof to->serial, text(from, "serial"));
	to->code = (enum tg_status)number(from, "code");
	to->lock = (enum tg_status)number(from, "lock");
	to->today = (int)number(from, "today");
	to->in_all = (int)number(from, "in_all");
	to->revoked = json_is_true(json_object_get(from, "revoked"));
}

void kiosk_desk_locks(const json_t *list, struct tg_desk_application *out)
{
	size_t i;
	const json_t *one;
	memset(out->locks, 0, sizeof out->locks);
	out->n_locks = 0;
	json_array_foreach(list, i, one) if (out->n_locks < TG_DESK_LOCKS_MAX) take_lock(one, out);
}

static bool was_identified(const json_t *decisions)
{
	size_t i;
	const json_t *one;
	json_array_foreach(decisions, i, one) if (strcmp(text(one, "outcome"), "identified") == 0) return true;
	return false;
}

void kiosk_desk_old(const json_t *body, const json_t *answer, struct tg_desk_application *out)
{
	const json_t *revoked = json_object_get(answer, "revoked");
	out->reissue = json_is_true(json_object_get(body, "revokes"));
	out->identified = out->identified || was_identified(json_object_get(answer, "decisions"));
	out->calls = (int)number(answer, "calls");
	if (!out->reissue || !json_is_object(revoked))
		return;
	out->revoked_ms = number(revoked, "ms");
	out->revoked = (enum tg_status)number(revoked, "code");
	out->n_revoked = (unsigned)json_array_size(json_object_get(revoked, "serials"));
}

/* ---- registers ---- */

static enum tg_desk_register register_status(const char *name)
{
	return strcmp(name, "same") == 0    ? TG_DESK_SAME
	       : strcmp(name, "other") == 0 ? TG_DESK_OTHER
	       : strcmp(name, "none") == 0  ? TG_DESK_UNKNOWN
	                                    : TG_DESK_DOWN;
}

static void take_register(const json_t *r, struct tg_desk_application *out)
{
	size_t i;
	const json_t *field;
	struct tg_desk_answered_register *to = &out->registers[out->n_registers++];
	clean(to->name, sizeof to->name, text(r, "name"));
	clean(to->source, sizeof to->source, text(r, "source"));
	to->status = register_status(text(r, "status"));
	to->time_ms = number(r, "time_ms");
	json_array_foreach(json_object_get(r, "differs"), i, field)
	{
		const char *id = json_string_value(field);
		int at = id ? field_index(out->kind->form, id) : -1;
		if (at >= 0 && to->n_differs < TG_DESK_DIFFERS_MAX)
			to->differs[to->n_differs++] = (unsigned)at;
	}
}

void kiosk_desk_registers(const json_t *list, struct tg_desk_application *out)
{
	size_t i;
	const json_t *r;
	memset(out->registers, 0, sizeof out->registers);
	out->n_registers = 0;
	json_array_foreach(list, i, r) if (out->n_registers < TG_DESK_REGISTERS_MAX) take_register(r, out);
	out->asked_registers = true;
}
