/* A second request by signature brings nothing on paper (NCA-9.again), so it gets nothing that papers prove: no right
 * that the signing certificate does not have, no name of a server that was not proven to be this applicant's before. */
#include "centre.h"
#include "tamga/screen.h"

#include <jansson.h>

/* How long the proof of a domain may be used again: CA/Browser Forum, Baseline Requirements 4.2.1. */
#define PROOF_MS (398LL * 24 * 60 * 60 * 1000)

static const char *answer_of(const char *field, const void *application)
{
	return tg_application_answer(application, field);
}

/* --- Domains */

struct search {
	struct tg_court *court;
	struct tg_store *store;
	const json_t *application;
	struct tg_domain_names wanted;
	bool found[TG_CSR_NAMES_MAX];
	struct tg_error *err;
};

static bool all_found(const struct search *s)
{
	for (unsigned i = 0; i < s->wanted.n; i++)
		if (!s->found[i])
			return false;
	return true;
}

static bool same_applicant(const json_t *a, const json_t *b)
{
	return strcmp(tg_court_text(a, "iin"), tg_court_text(b, "iin")) == 0 &&
	       strcmp(tg_court_text(a, "bin"), tg_court_text(b, "bin")) == 0;
}

/* Whoever had the certificate of a domain revoked may have given the domain away. */
static enum tg_status was_revoked(struct search *s, const char *number, bool *out)
{
	sqlite3_stmt *q =
	        tg_registry_stmt(s->court->registry, "SELECT count(*) FROM issued WHERE number = ?1 AND state = ?2");
	if (!q)
		return tg_error_set(s->err, TG_IO, "registry");
	sqlite3_bind_text(q, 1, number, -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, TG_CA_REVOKED);
	int rc = sqlite3_step(q);
	*out = rc == SQLITE_ROW && sqlite3_column_int(q, 0) > 0;
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? TG_OK : tg_error_set(s->err, tg_registry_status(rc), "registry");
}

/* An application that cannot be read any more proves nothing. */
static void take_names(struct search *s, const json_t *earlier)
{
	struct tg_domain_names names;
	if (tg_profiles_domains(s->court->profiles, answer_of, earlier, &names, NULL) != TG_OK)
		return;
	for (unsigned i = 0; i < s->wanted.n; i++)
		s->found[i] = s->found[i] || tg_domain_names_have(&names, s->wanted.list[i]);
}

static enum tg_status take_earlier(const struct tg_app_row *row, void *ctx)
{
	struct search *s = ctx;
	struct tg_buf text = TG_BUF_INIT;
	bool revoked = false;
	if (strcmp(row->number, tg_court_text(s->application, "number")) == 0)
		return TG_OK;
	enum tg_status st = tg_store_app_body(s->store, row->number, &text, s->err);
	json_t *earlier = st == TG_OK ? json_loadb((const char *)text.data, text.len, 0, NULL) : NULL;
	tg_buf_wipe(&text);
	if (st == TG_NOT_FOUND) /* erased */
		return TG_OK;
	if (st == TG_OK && same_applicant(s->application, earlier)) {
		st = was_revoked(s, row->number, &revoked);
		if (st == TG_OK && !revoked)
			take_names(s, earlier);
	}
	json_decref(earlier);
	if (st == TG_OK && all_found(s))
		return TG_CANCELLED; /* nothing more to look for */
	return st;
}

static enum tg_status check_domains(struct search *s, int64_t at_ms)
{
	enum tg_status st = tg_store_apps_ssl(s->store, at_ms - PROOF_MS, take_earlier, s, s->err);
	if (st != TG_OK && st != TG_CANCELLED)
		return st;
	return all_found(s) ? TG_OK
	                    : tg_error_set(s->err, TG_DOMAIN_UNPROVEN, "a domain that was never accepted as theirs");
}

/* --- Forms, persons, roles */

static bool takes_signatures(const struct tg_provider *p, const struct tg_kind *k)
{
	for (unsigned i = 0; k->ways && i < p->n_ways; i++)
		if (strcmp(p->ways[i].proof, "signature") == 0 && tg_words_have(k->ways, p->ways[i].id))
			return true;
	return false;
}

/* Some kind of applicant asks with this form by signature: those of the treasury do not. Kind and service are the
 * kiosk's words; what the certificate will be follows from the form. */
static enum tg_status check_form(const struct tg_catalog *c, const json_t *application, struct tg_error *err)
{
	const struct tg_provider *p = c ? tg_catalog_provider(c, tg_court_text(application, "provider")) : NULL;
	const char *form = tg_court_text(application, "form");
	for (unsigned i = 0; p && i < p->n_services; i++)
		for (unsigned k = 0; k < p->services[i].n_kinds; k++) {
			const struct tg_kind *kind = &p->services[i].kinds[k];
			if (kind->form && strcmp(kind->form->id, form) == 0 && takes_signatures(p, kind))
				return TG_OK;
		}
	return c ? tg_error_set(err, TG_SIGNATURE_BAD, "a form that is not handed in by signature") : TG_OK;
}

/* A head may take back an employee's certificate, but not have one made in somebody else's name. */
static enum tg_status check_holder(const json_t *application, struct tg_bytes certificate, struct tg_error *err)
{
	struct tg_certificate_facts f;
	TG_TRY(tg_pki_certificate_facts(certificate, &f, err));
	if (strcmp(tg_court_text(application, "operation"), "revoke") == 0 ||
	        strcmp(tg_court_text(application, "iin"), f.personal_number) == 0)
		return TG_OK;
	return tg_error_set(err, TG_CERT_OTHER_PERSON, "asked for in the name of another");
}

static enum tg_status check_roles(
        struct tg_court *c, const json_t *application, struct tg_bytes certificate, struct tg_error *err)
{
	char conditions[TG_CONDITIONS_MAX];
	tg_application_conditions(application, conditions);
	return tg_profiles_roles_within(c->profiles, conditions, certificate, err);
}

enum tg_status tg_court_again(struct tg_court *c, struct tg_store *s, const json_t *application,
        struct tg_bytes certificate, int64_t at_ms, struct tg_error *err)
{
	struct search search = {.court = c, .store = s, .application = application, .err = err};
	TG_TRY(check_form(c->catalog, application, err));
	TG_TRY(check_holder(application, certificate, err));
	TG_TRY(check_roles(c, application, certificate, err));
	if (tg_profiles_domains(c->profiles, answer_of, application, &search.wanted, err) != TG_OK)
		return tg_error_set(err, TG_DOMAIN_UNPROVEN, "a name that is none");
	return search.wanted.n > 0 ? check_domains(&search, at_ms) : TG_OK;
}
