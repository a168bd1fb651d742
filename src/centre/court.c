/* The centre as judge: what the signature of an application, or of a head, is worth. What is to be judged stands in the
 * database; the verdict is an entry of the centre's stream and takes the debt away in the same transaction.
 * Requirements NCA-9.again, NCA-9.head, NCA-15. */
#include "centre.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define ROUND_MAX 200 /* works of one round: then others have their turn */
/* The key of a first head, or of who acts for the head (domain-facts.md §1). */
#define HEAD_EKU "1.2.398.3.3.4.1.2.1"

enum tg_status tg_court_open(struct tg_court *c, struct tg_desk *d, const struct tg_profiles *profiles,
        const struct tg_catalog *catalog, const struct tg_centre_paths *p, const char *outside, struct tg_error *err)
{
	*c = (struct tg_court){.desk = d, .profiles = profiles, .catalog = catalog};
	(void)tg_copy(c->trust, sizeof(c->trust), p->ca_trust);
	if (outside)
		TG_TRY(tg_court_trust(c, p, outside, err));
	return tg_registry_open(&c->registry, p->registry, err);
}

void tg_court_close(struct tg_court *c)
{
	tg_registry_close(c->registry);
	c->registry = NULL;
	tg_cert_status_close(c->outside);
	c->outside = NULL;
}

enum tg_status tg_court_write(
        struct tg_store *s, enum tg_record_kind kind, json_t *body, int64_t now_ms, struct tg_error *err)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	enum tg_status st = text ? tg_store_append(s, kind, text, now_ms, NULL, err)
	                         : tg_error_set(err, TG_NO_MEMORY, "entry of the centre");
	free(text);
	return st;
}

const char *tg_court_text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s ? s : "";
}

/* --- Whose is it? */

static bool is_head(struct tg_bytes certificate)
{
	const unsigned char *p = certificate.data;
	X509 *x = d2i_X509(NULL, &p, (long)certificate.len);
	ASN1_OBJECT *head = OBJ_txt2obj(HEAD_EKU, 1);
	EXTENDED_KEY_USAGE *list = x ? X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL) : NULL;
	bool found = false;
	for (int i = 0; head && i < sk_ASN1_OBJECT_num(list); i++)
		found = found || OBJ_cmp(sk_ASN1_OBJECT_value(list, i), head) == 0;
	EXTENDED_KEY_USAGE_free(list);
	ASN1_OBJECT_free(head);
	X509_free(x);
	return found;
}

/* The applicant itself; for an entity also its head. */
static enum tg_status is_applicants(const json_t *application, const struct tg_certificate_facts *f, bool head)
{
	const char *iin = tg_court_text(application, "iin"), *bin = tg_court_text(application, "bin");
	if (!*iin && !*bin)
		return TG_CERT_OTHER_PERSON;
	if (strcmp(f->organisation_number, bin) != 0)
		return TG_CERT_OTHER_PERSON;
	bool person = !*iin || strcmp(f->personal_number, iin) == 0;
	return person || (*bin && head) ? TG_OK : TG_CERT_OTHER_PERSON;
}

static enum tg_status is_heads(const json_t *application, const struct tg_certificate_facts *f, bool head)
{
	const char *bin = tg_court_text(application, "bin");
	return *bin && head && strcmp(f->organisation_number, bin) == 0 ? TG_OK : TG_CERT_OTHER_PERSON;
}

/* --- Is it about this application? */

static bool same_content(const json_t *application, const json_t *content)
{
	static const char *const members[] = {
	        "provider", "service", "kind", "form", "form_version", "language", "answers", "consents"};
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *a = json_object_get(application, members[i]), *b = json_object_get(content, members[i]);
		if (!a || !b || !json_equal(a, b))
			return false;
	}
	return true;
}

/* What is signed before it has a number names none; what is signed with new keys names its own. */
static bool same_number(const json_t *application, const json_t *content, bool must)
{
	const json_t *number = json_object_get(content, "number");
	return number ? json_equal(number, json_object_get(application, "number")) : !must;
}

/* Whose decision it is about stands in what the head signed: two requests may be alike. */
static bool same_answer(const json_t *content, const json_t *decision)
{
	const json_t *yes = json_object_get(content, "yes"), *number = json_object_get(content, "number");
	return json_is_boolean(yes) && json_equal(yes, json_object_get(decision, "yes")) && json_is_string(number);
}

/* A line of an answer, which is what was signed. */
static bool is_answered(const json_t *application, const char *wanted)
{
	size_t i;
	const json_t *answer;
	const json_t *answers = json_object_get(application, "answers");
	json_array_foreach(answers, i, answer)
	{
		for (const char *at = tg_court_text(answer, "value"); *at;) {
			size_t n = strcspn(at, "\n");
			if (n == strlen(wanted) && strncmp(at, wanted, n) == 0)
				return true;
			at += at[n] ? n + 1 : n;
		}
	}
	return false;
}

/* Companies as lines of an answer: tax number and name (DOS-6). */
static bool companies_answered(const json_t *application, const char *member)
{
	size_t i;
	const json_t *company;
	const json_t *list = json_object_get(application, member);
	json_array_foreach(list, i, company)
	{
		char line[256];
		const char *name = tg_court_text(company, "name");
		int n = snprintf(line, sizeof(line), "%s%s%s", tg_court_text(company, "inn"), *name ? " " : "", name);
		if (n <= 0 || (size_t)n >= sizeof(line) || !is_answered(application, line))
			return false;
	}
	return true;
}

/* Beside the answers the application says for whom and about which certificates it is: the same as the answers. */
static bool says_what_was_answered(const json_t *application)
{
	size_t i;
	const json_t *serial;
	const json_t *serials = json_object_get(application, "serials");
	const char *iin = tg_court_text(application, "iin"), *bin = tg_court_text(application, "bin");
	json_array_foreach(serials, i, serial)
	{
		if (!json_is_string(serial) || !is_answered(application, json_string_value(serial)))
			return false;
	}
	return (!*iin || is_answered(application, iin)) && (!*bin || is_answered(application, bin)) &&
	       companies_answered(application, "added") && companies_answered(application, "removed") &&
	       companies_answered(application, "companies");
}

/* --- One case */

struct trial {
	struct tg_court *court;
	struct tg_store *store;
	int64_t now_ms, at_ms;
	const json_t *application, *decision; /* decision: of a head, or NULL */
	const char *signed_text;
	bool with_keys; /* signed when its keys were made: application.signed */
	json_t *keys;   /* SHA-256 of those, when they are good; owned */
	struct tg_buf cms;
	char hash[65];
	struct tg_cms_judged judged;
	struct tg_certificate_facts facts;
};

static bool unpack_cms(struct trial *t)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	size_t n = strlen(t->signed_text), padding = 0;
	if (n == 0 || n % 4 != 0 || n > TG_BODY_MAX)
		return false;
	unsigned char *out = malloc(n / 4 * 3);
	int got = out ? EVP_DecodeBlock(out, (const unsigned char *)t->signed_text, (int)n) : -1;
	while (padding < 2 && t->signed_text[n - 1 - padding] == '=')
		padding++;
	if (got > (int)padding)
		tg_buf_add(&t->cms, out, (size_t)got - padding);
	free(out);
	if (tg_buf_status(&t->cms) != TG_OK || t->cms.len == 0)
		return false;
	SHA256(t->cms.data, t->cms.len, hash);
	tg_hex(hash, sizeof(hash), t->hash);
	return true;
}

static enum tg_status check_content(struct trial *t, struct tg_error *err)
{
	json_t *content =
	        json_loadb((const char *)t->judged.content.data, t->judged.content.len, JSON_REJECT_DUPLICATES, NULL);
	bool same = json_is_object(content) && same_content(t->application, content) &&
	            same_number(t->application, content, t->with_keys) && says_what_was_answered(t->application) &&
	            (!t->decision || same_answer(content, t->decision));
	enum tg_status st = same ? TG_OK : tg_error_set(err, TG_SIGNATURE_BAD, "something else was signed");
	if (st == TG_OK && !t->decision)
		st = tg_court_keys(t->court->catalog, t->application, content, t->keys, err);
	json_decref(content);
	return st;
}

static enum tg_status check_new(const struct trial *t, struct tg_error *err)
{
	char user[TG_NUMBER_MAX];
	TG_TRY(tg_store_signature_user(t->store, t->hash, user, err));
	bool other = user[0] && strcmp(user, tg_court_text(t->application, "number")) != 0;
	return other ? tg_error_set(err, TG_SIGNATURE_BAD, "the signature of another application") : TG_OK;
}

static enum tg_status is_revoked(struct tg_bytes certificate, int64_t at_ms, void *ctx, struct tg_error *err)
{
	const struct trial *t = ctx;
	(void)at_ms; /* what was taken back since then signs nothing either */
	return tg_court_revoked(t->court, certificate, t->now_ms, err);
}

static enum tg_status judge(struct trial *t, struct tg_error *err)
{
	if (!unpack_cms(t))
		return tg_error_set(err, TG_SIGNATURE_BAD, "no Base64");
	const struct tg_bytes cms = {t->cms.data, t->cms.len};
	enum tg_status st = tg_cms_verify(cms, t->court->trust, t->at_ms, is_revoked, t, &t->judged, err);
	const struct tg_bytes certificate = {t->judged.certificate.data, t->judged.certificate.len};
	if (certificate.len > 0 && tg_pki_certificate_facts(certificate, &t->facts, NULL) != TG_OK)
		t->facts = (struct tg_certificate_facts){0};
	TG_TRY(st);
	TG_TRY(check_content(t, err));
	TG_TRY(check_new(t, err));
	bool head = is_head(certificate);
	st = t->decision ? is_heads(t->application, &t->facts, head) : is_applicants(t->application, &t->facts, head);
	if (st != TG_OK)
		return tg_error_set(err, st, "the signer is another");
	return t->decision ? TG_OK : tg_court_again(t->court, t->store, t->application, certificate, t->at_ms, err);
}

/* Whatever is not a verdict (no memory, a database that does not answer) puts the case off. */
static bool is_verdict(enum tg_status st)
{
	switch ((int)st) {
	case TG_OK:
	case TG_SIGNATURE_BAD:
	case TG_CERT_INVALID:
	case TG_CERT_EXPIRED:
	case TG_CERT_REVOKED:
	case TG_CERT_OTHER_PERSON:
	case TG_ALGORITHM:
	case TG_DOMAIN_UNPROVEN:
	case TG_ROLE_BEYOND:
		return true;
	default:
		return false;
	}
}

static json_t *verdict_of(const struct trial *t, enum tg_status st)
{
	json_t *o = json_pack("{s:s, s:i, s:s, s:s, s:I, s:s}", "number", tg_court_text(t->application, "number"),
	        "code", (int)st, "certificate", t->facts.sha256, "serial", t->facts.serial, "until_ms",
	        (json_int_t)t->facts.until_ms, "signature", t->hash);
	if (o && st == TG_OK && json_array_size(t->keys) > 0 && json_object_set(o, "keys", t->keys) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *load(const struct tg_buf *b)
{
	return b->len > 0 ? json_loadb((const char *)b->data, b->len, 0, NULL) : NULL;
}

/* That nobody could be asked is told once, and is no verdict: the debt stays. */
static bool is_to_tell(struct tg_store *s, const struct tg_work_row *row, enum tg_status st)
{
	struct tg_app_row app;
	return st == TG_CERT_STATUS && tg_store_app_find(s, row->number, &app, NULL) == TG_OK &&
	       app.code != TG_CERT_STATUS;
}

/* Of when the application is judged by: its own time, which no kiosk's clock puts into the future. */
static int64_t time_of(const struct tg_work_row *row, int64_t now_ms)
{
	return row->time_ms > 0 && row->time_ms < now_ms ? row->time_ms : now_ms;
}

static void finish(struct trial *t)
{
	tg_cms_judged_finish(&t->judged);
	tg_buf_wipe(&t->cms);
	json_decref(t->keys);
}

struct round {
	struct tg_court *court;
	struct tg_store *store;
	int64_t now_ms;
	struct tg_error *err;
};

static enum tg_status take_body(const struct tg_entry *e, void *ctx)
{
	if (e->body)
		tg_buf_add(ctx, e->body, e->body_len);
	return tg_buf_status(ctx);
}

/* The entry that is to be judged: application.signed, head.decided, or the application itself. */
static json_t *load_entry(struct round *r, const struct tg_work_row *row, enum tg_status *st)
{
	struct tg_buf body = TG_BUF_INIT;
	*st = tg_store_read(r->store, row->kiosk, row->seq, 1, take_body, &body, r->err);
	json_t *o = *st == TG_OK ? load(&body) : NULL;
	tg_buf_wipe(&body);
	return o;
}

static json_t *load_application(struct round *r, const struct tg_work_row *row, enum tg_status *st)
{
	struct tg_buf body = TG_BUF_INIT;
	*st = tg_store_app_body(r->store, row->number, &body, r->err);
	json_t *o = *st == TG_OK ? load(&body) : NULL;
	tg_buf_wipe(&body);
	return o;
}

static enum tg_status judge_application(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	struct tg_error why = {0};
	enum tg_status st, entry_st;
	json_t *application = load_application(r, row, &st), *entry = load_entry(r, row, &entry_st);
	struct trial t = {.court = r->court,
	        .store = r->store,
	        .now_ms = r->now_ms,
	        .at_ms = time_of(row, r->now_ms),
	        .application = application,
	        .signed_text = tg_court_text(entry, "signed"),
	        .with_keys = application && !json_object_get(application, "signed"),
	        .keys = json_array()};
	if (st == TG_OK)
		st = entry_st;
	if (st == TG_OK)
		st = application && entry && t.keys ? judge(&t, &why) : TG_NO_MEMORY;
	if ((is_verdict(st) || is_to_tell(r->store, row, st)) && application) {
		tg_log_info("application %s: its signature is %s", row->number, tg_status_name(st));
		st = tg_court_write(r->store, TG_RECORD_APPLICATION_VERIFIED, verdict_of(&t, st), r->now_ms, r->err);
	} else {
		tg_log_error(&why, "the signature of %s cannot be judged now", row->number);
	}
	finish(&t);
	json_decref(application);
	json_decref(entry);
	return st == TG_STORE_BUSY || st == TG_DISK_FULL || st == TG_IO ? st : TG_OK;
}

enum tg_status tg_court_judge(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "judge", ROUND_MAX, judge_application, &r, err);
}

/* --- Heads */

static json_t *head_verdict(const struct trial *t, const struct tg_work_row *row, enum tg_status st)
{
	json_t *o = verdict_of(t, st);
	json_t *more = json_pack("{s:s, s:b, s:s, s:I}", "what", "head", "yes",
	        json_is_true(json_object_get(t->decision, "yes")), "kiosk", row->kiosk, "seq", (json_int_t)row->seq);
	if (!o || !more || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return o;
}

static enum tg_status judge_head(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	struct tg_error why = {0};
	enum tg_status st, entry_st;
	json_t *application = load_application(r, row, &st), *decision = load_entry(r, row, &entry_st);
	struct trial t = {.court = r->court,
	        .store = r->store,
	        .now_ms = r->now_ms,
	        .at_ms = time_of(row, r->now_ms),
	        .application = application,
	        .decision = decision,
	        .signed_text = tg_court_text(decision, "signed")};
	if (st == TG_OK)
		st = entry_st;
	if (st == TG_OK && application && decision)
		st = judge(&t, &why);
	if ((is_verdict(st) || is_to_tell(r->store, row, st)) && application && decision) {
		tg_log_info("application %s: a head's signature is %s", row->number, tg_status_name(st));
		st = tg_court_write(
		        r->store, TG_RECORD_APPLICATION_VERIFIED, head_verdict(&t, row, st), r->now_ms, r->err);
	} else {
		tg_log_error(&why, "a head's signature on %s cannot be judged now", row->number);
	}
	finish(&t);
	json_decref(application);
	json_decref(decision);
	return st == TG_STORE_BUSY || st == TG_DISK_FULL || st == TG_IO ? st : TG_OK;
}

enum tg_status tg_court_heads(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "head", ROUND_MAX, judge_head, &r, err);
}
