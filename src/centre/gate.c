/* What the CA asks before it issues: how the application stands, what it says. Called inside the CA's lock, with a
 * connection of its own to the replica. Requirements NCA-9, NCA-10. */
#include "centre.h"
#include "tamga/screen.h"

#include <jansson.h>
#include <stdlib.h>

/* What `release` frees. */
struct found {
	const struct tg_catalog *catalog;
	json_t *body;
	char conditions[TG_CONDITIONS_MAX];
	char profiles[512];
	struct tg_buf keys; /* text */
	bool keys_signed;
};

static void free_found(struct found *f)
{
	if (!f)
		return;
	json_decref(f->body);
	tg_buf_finish(&f->keys);
	free(f);
}

static enum tg_ca_standing standing_of(const struct tg_app_row *r)
{
	bool decided = strcmp(r->proof, "desk") == 0 || strcmp(r->proof, "signature") == 0 || r->confirm;
	if (r->state == TG_APP_SUBMITTED && strcmp(r->proof, "signature") == 0)
		return TG_CA_WAITING; /* for its signature */
	switch ((int)r->state) {
	case TG_APP_CONFIRMING:
	case TG_APP_AT_DESK:
	case TG_APP_VERIFYING:
		return TG_CA_WAITING;
	case TG_APP_ACCEPTED:
		return TG_CA_ACCEPTED;
	case TG_APP_SUBMITTED:
	case TG_APP_WORKING:
	case TG_APP_WAITING:
	case TG_APP_ISSUED:
		/* Chip work begins only on what was accepted, or on what nobody has to accept. */
		return decided ? TG_CA_ACCEPTED : TG_CA_HANDED_IN;
	default:
		return TG_CA_CLOSED;
	}
}

const char *tg_application_answer(const json_t *application, const char *field)
{
	size_t i;
	const json_t *a;
	const json_t *answers = json_object_get(application, "answers");
	json_array_foreach(answers, i, a)
	{
		const char *id = json_string_value(json_object_get(a, "field"));
		if (id && strcmp(id, field) == 0)
			return json_string_value(json_object_get(a, "value"));
	}
	return NULL;
}

static const char *answer_of(const char *field, const void *found)
{
	const struct found *f = found;
	return tg_application_answer(f->body, field);
}

/* What does not fit is no condition of ours. */
void tg_application_conditions(const json_t *application, char out[TG_CONDITIONS_MAX])
{
	size_t i, at = 0;
	const json_t *c;
	const json_t *conditions = json_object_get(application, "conditions");
	json_array_foreach(conditions, i, c)
	{
		const char *word = json_string_value(c);
		size_t n = word ? strlen(word) : 0;
		if (n == 0 || at + n + 2 > TG_CONDITIONS_MAX)
			continue;
		if (at > 0)
			out[at++] = ' ';
		memcpy(out + at, word, n);
		at += n;
	}
	out[at] = '\0';
}

/* The profiles that the application's form has keys for under its conditions, so that one accepted, or paid, for one
 * certificate is not used for another. NULL: the form is not known here, or what it is for stands in the old
 * certificate. */
static const char *profiles_of(const struct tg_gate *g, struct found *f)
{
	const char *id = json_string_value(json_object_get(f->body, "form"));
	const struct tg_form *form = g->catalog && id ? tg_catalog_form(g->catalog, id) : NULL;
	size_t n = 0;
	for (unsigned i = 0; form && i < form->n_keys; i++) {
		const char *profile = form->keys[i].profile;
		if (!tg_when_holds(form->keys[i].when, f->conditions))
			continue;
		if (strcmp(profile, "as-old") == 0 || n + strlen(profile) + 2 > sizeof(f->profiles))
			return NULL;
		n += (size_t)snprintf(f->profiles + n, sizeof(f->profiles) - n, "%s%s", n > 0 ? " " : "", profile);
	}
	return form ? f->profiles : NULL;
}

/* The centre's own verdict names the keys that were signed with the application; anybody may write what looks like one.
 */
static enum tg_status take_verdict(const struct tg_entry *e, void *ctx)
{
	struct tg_buf *keys = ctx;
	size_t i;
	const json_t *key;
	if (strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_VERIFIED)) != 0 ||
	        strcmp(e->kiosk, TG_CENTRE_STREAM) != 0 || !e->body)
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, 0, NULL);
	bool good = json_integer_value(json_object_get(body, "code")) == TG_OK;
	json_array_foreach(json_object_get(body, "keys"), i, key)
	{
		if (good && json_is_string(key))
			tg_buf_addf(keys, "%s%s", keys->len > 0 ? " " : "", json_string_value(key));
	}
	json_decref(body);
	return tg_buf_status(keys);
}

/* Keys that the provider makes itself are signed by nobody. */
static enum tg_status read_keys(struct tg_gate *g, const struct tg_app_row *row, struct found *f, struct tg_error *err)
{
	f->keys_signed = strcmp(row->proof, "signature") == 0 && strcmp(row->operation, "cloud") != 0;
	return f->keys_signed ? tg_store_app_entries(g->store, row->number, take_verdict, &f->keys, err) : TG_OK;
}

static enum tg_status read_body(
        struct tg_gate *g, const struct tg_app_row *row, struct found **out, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	struct found *f = calloc(1, sizeof(*f));
	enum tg_status st = f ? tg_store_app_body(g->store, row->number, &text, err) : TG_NO_MEMORY;
	if (st == TG_OK) {
		f->body = json_loadb((const char *)text.data, text.len, 0, NULL);
		st = f->body ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "the application cannot be read");
	}
	tg_buf_wipe(&text);
	if (st == TG_NOT_FOUND) {
		st = TG_STORE_DAMAGED;
		(void)tg_error_set(err, st, "the application was erased");
	}
	if (st == TG_OK)
		st = read_keys(g, row, f, err);
	if (st != TG_OK) {
		free_found(f);
		return st;
	}
	tg_application_conditions(f->body, f->conditions);
	*out = f;
	return TG_OK;
}

static enum tg_status unchanged(const struct tg_ca_application *a, const struct tg_certificate_facts *old)
{
	const struct found *f = a->own;
	return tg_gate_unchanged(f->catalog, f->body, f->conditions, old);
}

static enum tg_status find(void *ctx, const char *number, struct tg_ca_application *out, struct tg_error *err)
{
	struct tg_gate *g = ctx;
	struct tg_app_row row;
	struct tg_money money;
	struct found *f = NULL;
	*out = (struct tg_ca_application){0};
	TG_TRY(tg_store_app_find(g->store, number, &row, err));
	enum tg_status st = tg_store_money(g->store, number, &money, err);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	TG_TRY(read_body(g, &row, &f, err));
	struct tg_error why = {0};
	f->catalog = g->catalog;
	*out = (struct tg_ca_application){.standing = standing_of(&row),
	        .unchanged = tg_gate_must_be_unchanged(g->catalog, f->body, f->conditions) ? unchanged : NULL,
	        .old_serial = json_string_value(json_array_get(json_object_get(f->body, "serials"), 0)),
	        .iin = tg_court_text(f->body, "iin"),
	        .bin = tg_court_text(f->body, "bin"),
	        .identified = tg_court_identified(f->body, &why),
	        .wrong_companies = tg_gate_wrong_companies(g->catalog, f->body, f->conditions),
	        .price_short = tg_gate_price_short(g->catalog, f->body, f->conditions, row.accepted_ms),
	        .unpaid = st == TG_OK && !tg_money_is_paid(&money),
	        .conditions = f->conditions,
	        .profiles = profiles_of(g, f),
	        .keys = f->keys_signed ? tg_buf_str(&f->keys) : NULL,
	        .answer = answer_of,
	        .answers = f,
	        .own = f};
	return TG_OK;
}

static void release(void *ctx, struct tg_ca_application *a)
{
	(void)ctx;
	free_found(a->own);
	a->own = NULL;
}

enum tg_status tg_gate_open(struct tg_gate *g, const struct tg_centre_paths *p, struct tg_error *err)
{
	return tg_store_open(&g->store, p->replica, TG_STORE_CENTRE, NULL, err);
}

void tg_gate_close(struct tg_gate *g)
{
	tg_store_close(g->store);
	g->store = NULL;
}

struct tg_ca_applications tg_gate_port(struct tg_gate *g)
{
	return (struct tg_ca_applications){.find = find, .release = release, .ctx = g};
}
