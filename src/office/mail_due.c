/* Which entries ask for a notice, and what it needs to know of its application. */
#include "mail_parts.h"

#include <openssl/crypto.h>
#include <string.h>

#define SET(state) (1u << TG_APP_##state)
/* States that an accepted application can have come to. */
#define ACCEPTED_SINCE                                                                                                 \
	(SET(SUBMITTED) | SET(WORKING) | SET(WAITING) | SET(DELIVERED) | SET(UNDONE) | SET(ACCEPTED) | SET(ISSUED) |   \
	        SET(REVOKED) | SET(CANCELLED) | SET(COMPLAINED))
#define REFUSED_SINCE (SET(REFUSED) | SET(COMPLAINED))
_Static_assert(TG_APP_STATE_COUNT <= 32, "a set of states is a word");

static const char *text_of(const json_t *body, const char *member)
{
	const char *text = json_string_value(json_object_get(body, member));
	return text ? text : "";
}

static bool is(const json_t *body, const char *member, const char *value)
{
	return strcmp(text_of(body, member), value) == 0;
}

/* What the applicant's own entry comes to: accepted at once when the chip stood for the person and nobody else is
 * asked. A paper and a complaint are answered by paper. */
static int asked_submitted(const json_t *body)
{
	const char *proof = text_of(body, "proof");
	bool at_once =
	        (*proof == '\0' || strcmp(proof, "chip") == 0) && !json_is_true(json_object_get(body, "confirm"));
	bool on_paper = is(body, "operation", "paper") || is(body, "operation", "complaint");
	return at_once && !on_paper ? TG_NOTICE_ACCEPTED : -1;
}

static int asked_verified(const json_t *body)
{
	bool good = json_integer_value(json_object_get(body, "code")) == 0;
	if (is(body, "what", "head")) {
		if (!good)
			return -1;
		return json_is_true(json_object_get(body, "yes")) ? TG_NOTICE_CONFIRMED : TG_NOTICE_DECLINED;
	}
	return good ? TG_NOTICE_ACCEPTED : TG_NOTICE_REFUSED;
}

static int asked_decided(const json_t *body)
{
	if (is(body, "outcome", "accepted"))
		return TG_NOTICE_ACCEPTED;
	if (is(body, "outcome", "not-accepted"))
		return TG_NOTICE_NOT_ACCEPTED;
	return is(body, "outcome", "refused") ? TG_NOTICE_REFUSED : -1;
}

static int asked(const struct tg_entry *e, const json_t *body)
{
	switch (tg_record_kind_find(e->kind)) {
	case TG_RECORD_APPLICATION_SUBMITTED:
		return asked_submitted(body);
	case TG_RECORD_APPLICATION_VERIFIED:
		return asked_verified(body);
	case TG_RECORD_DESK_DECIDED:
		return asked_decided(body);
	case TG_RECORD_APPLICATION_ISSUED:
		return TG_NOTICE_ISSUED;
	case TG_RECORD_APPLICATION_DELIVERED:
		return TG_NOTICE_DELIVERED;
	case TG_RECORD_APPLICATION_REVOKED:
		return json_integer_value(json_object_get(body, "code")) == 0 ? TG_NOTICE_REVOKED : -1;
	default:
		return -1;
	}
}

int tg_mail_asked(const struct tg_entry *e, const json_t *body, enum tg_app_state state)
{
	static const unsigned borne_out[TG_NOTICE_COUNT] = {
	        [TG_NOTICE_ACCEPTED] = ACCEPTED_SINCE,
	        [TG_NOTICE_NOT_ACCEPTED] = SET(NOT_ACCEPTED) | SET(COMPLAINED),
	        [TG_NOTICE_REFUSED] = REFUSED_SINCE,
	        [TG_NOTICE_ISSUED] = SET(ISSUED) | SET(DELIVERED) | SET(COMPLAINED),
	        [TG_NOTICE_DELIVERED] = SET(DELIVERED) | SET(COMPLAINED),
	        [TG_NOTICE_REVOKED] = SET(REVOKED) | SET(COMPLAINED),
	        [TG_NOTICE_CONFIRMED] = ~(SET(CONFIRMING) | SET(DECLINED)),
	        [TG_NOTICE_DECLINED] = SET(DECLINED) | SET(COMPLAINED),
	};
	int what = asked(e, body);
	return what >= 0 && (borne_out[what] & (1u << state)) ? what : -1;
}

/* --- The application */

struct loading {
	const struct tg_catalog *catalog;
	struct tg_mail_case *c;
};

static void find_service(struct loading *l, const json_t *body)
{
	const struct tg_provider *p = tg_catalog_provider(l->catalog, text_of(body, "provider"));
	l->c->provider = p;
	for (unsigned i = 0; p && i < p->n_services; i++)
		if (is(body, "service", p->services[i].id))
			l->c->service = &p->services[i];
}

/* The first address of the form that is not the head's: the subject's or who hands in. */
static void find_address(struct loading *l, const json_t *body)
{
	const struct tg_form *form = tg_catalog_form(l->catalog, text_of(body, "form"));
	const json_t *answer;
	size_t i;
	json_array_foreach(json_object_get(body, "answers"), i, answer)
	{
		const struct tg_field *f = form ? tg_form_field(form, text_of(answer, "field")) : NULL;
		bool mine = f && f->kind == TG_FIELD_EMAIL && !(f->role && strcmp(f->role, "head") == 0);
		if (mine && l->c->typed[0] == '\0' &&
		        !tg_copy(l->c->typed, sizeof(l->c->typed), text_of(answer, "value")))
			l->c->typed[0] = '\0';
	}
}

static void load_submitted(struct loading *l, const json_t *body)
{
	const json_t *consent;
	size_t i;
	int lang = tg_lang_find(text_of(body, "language"));
	l->c->there = true;
	l->c->lang = lang >= 0 ? (enum tg_lang)lang : TG_LANG_RU;
	json_array_foreach(json_object_get(body, "consents"), i,
	        consent) if (json_is_string(consent) && strcmp(json_string_value(consent), "email") == 0)
	        l->c->consent = true;
	find_service(l, body);
	find_address(l, body);
}

static void load_decided(struct loading *l, const json_t *body)
{
	const struct tg_provider *p = l->c->provider;
	l->c->ground = NULL;
	for (unsigned i = 0; p && i < p->n_grounds; i++)
		if (is(body, "ground", p->grounds[i].id))
			l->c->ground = &p->grounds[i];
}

static enum tg_status load_entry(const struct tg_entry *e, void *ctx)
{
	struct loading *l = ctx;
	int kind = tg_record_kind_find(e->kind);
	bool submitted = kind == TG_RECORD_APPLICATION_SUBMITTED, decided = kind == TG_RECORD_DESK_DECIDED;
	json_t *body = e->body && (submitted || decided)
	                       ? json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL)
	                       : NULL;
	if (!body)
		return TG_OK;
	if (submitted && !l->c->there)
		load_submitted(l, body);
	else if (decided)
		load_decided(l, body);
	json_int_t promised = json_integer_value(json_object_get(body, "promised_ms"));
	if (promised > 0)
		l->c->promised_ms = promised;
	json_decref(body);
	return TG_OK;
}

enum tg_status tg_mail_case_load(struct tg_store *s, const struct tg_catalog *catalog, const char *number,
        struct tg_mail_case *out, struct tg_error *err)
{
	*out = (struct tg_mail_case){.lang = TG_LANG_RU};
	struct loading l = {catalog, out};
	return tg_store_app_entries(s, number, load_entry, &l, err);
}

void tg_mail_case_wipe(struct tg_mail_case *c)
{
	OPENSSL_cleanse(c, sizeof(*c));
}
