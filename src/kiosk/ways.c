/* Applications between their consent and their result: what the centre made of one, one by its number, the person's own
 * changes, the head's requests. */
#include "ways.h"
#include "money.h"
#include "tamga/link.h"
#include "tamga/log.h"
#include "tamga/pki.h"
#include "tamga/text.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <time.h>

#define FRESH_MS     2000
#define ASK_MS       8000
#define NAME_COLUMNS 60

struct tg_ways_facts *kiosk_ways_new(void)
{
	struct tg_ways_facts *f = calloc(1, sizeof *f);
	if (!f)
		tg_bug_report(__FILE__, __LINE__, "no memory for what is known of an application");
	return f;
}

void kiosk_post_ways(struct kiosk *k, const struct tg_event *event, struct tg_ways_facts *facts, char *pending)
{
	struct kiosk_event *e = kiosk_event_new();
	if (!e) {
		free(facts);
		free(pending);
		return;
	}
	e->event = *event;
	e->event.ways = e->ways = facts;
	e->pending = pending;
	tg_mailbox_post(k->mailbox, &e->base);
}

void kiosk_facts_of_row(const struct kiosk *k, const struct tg_app_row *row, struct tg_application_facts *out)
{
	tg_copy(out->number, sizeof out->number, row->number);
	tg_copy(out->provider, sizeof out->provider, row->provider);
	tg_copy(out->service, sizeof out->service, row->service);
	tg_copy(out->kind, sizeof out->kind, row->kind);
	tg_copy(out->form, sizeof out->form, row->form);
	tg_copy(out->way, sizeof out->way, row->way);
	tg_copy(out->state, sizeof out->state, tg_app_state_name(row->state));
	out->accepted_ms = row->accepted_ms;
	out->sent_ms = row->sent_ms;
	out->registered_ms = row->registered_ms;
	out->promised_ms = row->promised_ms;
	out->changed_ms = row->changed_ms;
	out->code = row->code;
	tg_copy(out->without, sizeof out->without, row->second_left_out ? row->second_purpose : "");
	out->ours = !strcmp(row->kiosk, k->config->kiosk);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static int64_t time_of(const json_t *o, const char *name)
{
	return (int64_t)json_integer_value(json_object_get(o, name));
}

/* ---- an application as it was handed in here ---- */

/* On the store worker. TG_NOT_FOUND when it is not here, or erased. */
static enum tg_status load_body(struct kiosk *k, const char *number, json_t **out, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	*out = NULL;
	enum tg_status status = tg_store_app_body(k->store, number, &text, err);
	if (status == TG_OK)
		*out = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	tg_buf_wipe(&text);
	return status != TG_OK || *out ? status : tg_error_set(err, TG_NOT_FOUND, "the application cannot be read");
}

static void take_conditions(const json_t *body, char *out, size_t cap)
{
	size_t i, at = 0;
	json_t *word;
	out[0] = '\0';
	json_array_foreach(json_object_get(body, "conditions"), i, word)
	{
		int n = snprintf(out + at, cap - at, "%s%s", at ? " " : "",
		        json_string_value(word) ? json_string_value(word) : "");
		if (n < 0 || (size_t)n >= cap - at)
			return;
		at += (size_t)n;
	}
}

static void take_answers(const json_t *body, struct tg_application_answers *out)
{
	size_t i;
	json_t *answer;
	tg_copy(out->number, sizeof out->number, text_of(body, "number"));
	tg_copy(out->provider, sizeof out->provider, text_of(body, "provider"));
	tg_copy(out->service, sizeof out->service, text_of(body, "service"));
	tg_copy(out->kind, sizeof out->kind, text_of(body, "kind"));
	tg_copy(out->form, sizeof out->form, text_of(body, "form"));
	tg_copy(out->way, sizeof out->way, text_of(body, "way"));
	take_conditions(body, out->conditions, sizeof out->conditions);
	json_array_foreach(json_object_get(body, "answers"), i, answer)
	{
		if (out->n == TG_FORM_FIELDS_MAX)
			break;
		tg_copy(out->list[out->n].field, sizeof out->list[0].field, text_of(answer, "field"));
		tg_copy(out->list[out->n++].value, sizeof out->list[0].value, text_of(answer, "value"));
	}
}

/* Of a revocation: what it names, for the result. */
static void take_serials(const json_t *body, struct tg_application_facts *out)
{
	size_t i;
	json_t *serial;
	json_array_foreach(json_object_get(body, "serials"), i, serial)
	{
		if (out->n_serials < TG_SERIALS_SHOWN && json_string_value(serial))
			tg_copy(out->serials[out->n_serials++], sizeof out->serials[0], json_string_value(serial));
	}
}

struct known {
	const char *number;
	struct tg_application_facts *facts;
};

static enum tg_status find_known(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct known *q = arg;
	struct tg_app_row row;
	struct tg_error no_body = {0};
	json_t *body = NULL;
	TG_TRY(tg_store_app_find(k->store, q->number, &row, err));
	kiosk_facts_of_row(k, &row, q->facts);
	kiosk_take_money(k, q->number, q->facts);
	if (load_body(k, q->number, &body, &no_body) == TG_OK)
		take_serials(body, q->facts);
	json_decref(body);
	return TG_OK;
}

static enum tg_status known_here(
        struct kiosk *k, const char *number, struct tg_application_facts *out, struct tg_error *err)
{
	struct known q = {number, out};
	return kiosk_store_call(k, find_known, &q, err);
}

/* ---- by number (K-15) ---- */

static void take_status(const json_t *a, struct tg_application_facts *out)
{
	tg_copy(out->provider, sizeof out->provider, text_of(a, "provider"));
	tg_copy(out->service, sizeof out->service, text_of(a, "service"));
	tg_copy(out->kind, sizeof out->kind, text_of(a, "kind"));
	tg_copy(out->form, sizeof out->form, text_of(a, "form"));
	tg_copy(out->state, sizeof out->state, text_of(a, "state"));
	tg_copy(out->ground, sizeof out->ground, text_of(a, "ground"));
	tg_copy(out->without, sizeof out->without, text_of(a, "without"));
	tg_copy(out->complaint, sizeof out->complaint, text_of(a, "complaint"));
	out->accepted_ms = time_of(a, "accepted_ms");
	out->sent_ms = time_of(a, "sent_ms");
	out->registered_ms = time_of(a, "registered_ms");
	out->promised_ms = time_of(a, "promised_ms");
	out->changed_ms = time_of(a, "changed_ms");
	out->code = (int)time_of(a, "code");
	kiosk_take_rest(a, out);
	out->by_centre = true;
	const json_t *revoked = json_object_get(a, "revoked");
	out->reissues = revoked != NULL;
	out->revoked_ms = time_of(revoked, "ms");
	out->revoked_code = (int)time_of(revoked, "code");
}

enum tg_status kiosk_ask_json(struct kiosk *k, const char *path, json_t *question, json_t **out, struct tg_error *err)
{
	struct tg_buf answer = TG_BUF_INIT;
	char *text = question ? json_dumps(question, JSON_COMPACT) : NULL;
	json_decref(question);
	*out = NULL;
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "a question to the centre");
	enum tg_status status = tg_link_ask(k->config->agent_socket, path, text, ASK_MS, &answer, err);
	free(text);
	if (status == TG_OK)
		*out = json_loads(tg_buf_str(&answer), JSON_REJECT_DUPLICATES, NULL);
	if (status == TG_OK && !*out)
		status = tg_error_set(err, TG_CENTRE_GARBAGE, "the answer to %s is no JSON", path);
	tg_buf_wipe(&answer);
	return status;
}

/* The centre knows of all kiosks. What is not sent yet, or when nobody can be asked, this kiosk says what it knows. */
static enum tg_status ask_status(struct kiosk *k, const char *number, struct tg_application_facts *out)
{
	struct tg_error err = {0}, here = {0}, unreached = {0};
	struct tg_link_status link;
	json_t *answer;
	if (tg_link_fresh(k->config->agent_socket, FRESH_MS, &link, &unreached) != TG_OK)
		tg_log_info("the centre is not reached before a question of status");
	enum tg_status own = known_here(k, number, out, &here);
	enum tg_status status = kiosk_ask_json(k, "status", json_pack("{s:s}", "number", number), &answer, &err);
	if (status == TG_OK)
		take_status(answer, out);
	else if (status != TG_NOT_FOUND)
		tg_log_error(&err, "the centre was not asked for a status");
	json_decref(answer);
	return status == TG_OK || own == TG_OK ? TG_OK : status;
}

/* NULL: no memory, which was said. */
static struct tg_ways_facts *asked_status(struct kiosk_job *job, struct tg_event *ev)
{
	struct tg_ways_facts *f = kiosk_ways_new();
	if (!f)
		return NULL;
	const char *number = job->state.ways.facts.number;
	ev->status = ask_status(job->k, number, &f->application);
	tg_copy(f->application.number, sizeof f->application.number, number);
	return f;
}

static void status_of(struct kiosk_job *job)
{
	struct tg_event ev = {.kind = TG_EV_STATUS};
	struct tg_ways_facts *f = asked_status(job, &ev);
	if (f)
		kiosk_post_ways(job->k, &ev, f, NULL);
}

void kiosk_start_status(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, status_of));
}

/* ---- verdict ---- */

static const struct timespec moment = {0, 300000000L}; /* between two looks */

static bool undecided(const char *state)
{
	return !strcmp(state, TG_STATE_VERIFYING) || !strcmp(state, TG_STATE_SUBMITTED) ||
	       !strcmp(state, TG_STATE_ACCEPTED);
}

/* A head's decision, on an application that was handed in at any kiosk. */
static void verdict_on_decision(struct kiosk_job *job)
{
	struct tg_event ev = {.kind = TG_EV_VERDICT};
	struct tg_ways_facts *f = asked_status(job, &ev);
	if (!f)
		return;
	if (ev.status != TG_OK || !strcmp(f->application.state, TG_STATE_CONFIRMING))
		nanosleep(&moment, NULL);
	kiosk_post_ways(job->k, &ev, f, NULL);
}

static void verdict(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_link_status link = {0};
	struct tg_event ev = {.kind = TG_EV_VERDICT};
	struct tg_ways_facts *f = kiosk_ways_new();
	if (!f)
		return;
	ev.status = tg_link_fresh(job->k->config->agent_socket, FRESH_MS, &link, &err);
	enum tg_status found = known_here(job->k, job->state.number, &f->application, &err);
	if (found != TG_OK)
		tg_log_error(&err, "the application that is judged");
	if (found == TG_OK && undecided(f->application.state))
		nanosleep(&moment, NULL);
	kiosk_post_ways(job->k, &ev, f, NULL);
}

void kiosk_start_verdict(struct kiosk *k)
{
	bool head = k->state.stage == TG_STAGE_PENDING;
	kiosk_job_start(k->link_worker, kiosk_job_new(k, head ? verdict_on_decision : verdict));
}

/* ---- what must not be asked for twice (K-16) ---- */

/* Another open application of the same person. The one that is being corrected does not count. */
static enum tg_status find_open(struct kiosk_job *job, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	json_t *answer = NULL;
	TG_TRY(tg_flow_application_json_as(&job->state, "", &body));
	json_t *o = json_loads(tg_buf_str(&body), 0, NULL);
	tg_buf_wipe(&body);
	json_t *question = json_pack("{s:s,s:s,s:s,s:s}", "provider", text_of(o, "provider"), "service",
	        text_of(o, "service"), "iin", text_of(o, "iin"), "bin", text_of(o, "bin"));
	enum tg_status status = kiosk_ask_json(job->k, "open", question, &answer, err);
	json_decref(o);
	tg_copy(number, TG_NUMBER_MAX, text_of(answer, "number"));
	json_decref(answer);
	TG_TRY(status);
	return number[0] && strcmp(number, job->state.ways.edits) != 0 ? TG_OK : TG_NOT_FOUND;
}

enum tg_status kiosk_key_is_free(struct kiosk *k, struct tg_bytes spki, struct tg_error *err)
{
	struct tg_error unasked = {0};
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	json_t *answer;
	if (!EVP_Digest(spki.data, spki.len, digest, &n, EVP_sha256(), NULL))
		return tg_error_set(err, TG_NO_MEMORY, "the hash of a public key");
	tg_hex(digest, n, hex);
	if (kiosk_ask_json(k, "keys", json_pack("{s:s}", "spki_sha256", hex), &answer, &unasked) != TG_OK) {
		tg_log_error(&unasked, "the centre was not asked about a public key");
		return TG_OK;
	}
	const char *state = text_of(answer, "state");
	bool used = !strcmp(state, "used") || !strcmp(state, "revoked");
	json_decref(answer);
	return used ? tg_error_set(err, TG_KEY_USED, "a certificate was issued for this key before") : TG_OK;
}

enum tg_status kiosk_request_is_free(struct kiosk *k, const char *text, struct tg_error *err)
{
	struct tg_csr csr = {0};
	TG_TRY(tg_csr_parse((struct tg_bytes){(const uint8_t *)text, strlen(text)}, &csr, err));
	enum tg_status status = kiosk_key_is_free(k, (struct tg_bytes){csr.spki.data, csr.spki.len}, err);
	tg_csr_finish(&csr);
	return status;
}

/* The request that a form was filled with, however it came there; NULL: it asks for none. */
static const char *request_of(const struct tg_flow_state *s)
{
	const struct tg_form *form = s->kind ? s->kind->form : NULL;
	for (unsigned i = 0; form && i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++)
		if (form->fields[i].kind == TG_FIELD_PKCS10 && s->answers[i].value[0])
			return s->answers[i].value;
	return NULL;
}

/* What is known elsewhere and stands in the way is said before the application is handed in (K-16). */
static void open_application(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_OPEN};
	ev.status = find_open(job, ev.number, &err);
	bool reached = ev.status == TG_OK || ev.status == TG_NOT_FOUND;
	const char *request = reached ? request_of(&job->state) : NULL;
	if (!reached)
		tg_log_error(&err, "whether the person has an open application");
	if (kiosk_order_refused(job))
		ev.status = TG_ORDER_OFFICE;
	if (request && kiosk_request_is_free(job->k, request, &err) == TG_KEY_USED)
		ev.status = TG_KEY_USED;
	kiosk_post(job->k, &ev);
}

void kiosk_start_open(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, open_application));
}

/* Who knows the number on a lost receipt does not know the number of the person, or of the entity. */
static bool is_proof(const json_t *body, const char *typed)
{
	const char *iin = text_of(body, "iin"), *bin = text_of(body, "bin");
	return typed[0] && ((iin[0] && !strcmp(iin, typed)) || (bin[0] && !strcmp(bin, typed)));
}

static void read_application(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_APPLICATION};
	struct tg_ways_facts *f = kiosk_ways_new();
	json_t *body;
	if (!f)
		return;
	ev.status = load_body(job->k, job->state.ways.facts.number, &body, &err);
	if (ev.status == TG_OK && !is_proof(body, job->state.ways.proof.value))
		ev.status = tg_error_set(&err, TG_CERT_OTHER_PERSON, "the number typed is not the application's");
	if (ev.status == TG_OK) {
		take_answers(body, &f->answers);
		kiosk_read_work(job->k, job->state.ways.facts.number, &ev);
	} else {
		tg_log_error(&err, "an application was not opened");
	}
	json_decref(body);
	kiosk_post_ways(job->k, &ev, f, NULL);
}

void kiosk_start_application(struct kiosk *k)
{
	kiosk_job_start(k->store_worker, kiosk_job_new(k, read_application));
}

static void withdraw(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_WITHDRAWN};
	char json[96];
	struct kiosk *k = job->k;
	snprintf(json, sizeof json, "{\"number\":\"%s\",\"why\":\"person\"}", job->state.ways.facts.number);
	ev.status = tg_store_append(
	        k->store, TG_RECORD_APPLICATION_CANCELLED, json, k->clock.wall_ms(k->clock.ctx), NULL, &err);
	if (ev.status == TG_OK)
		kiosk_poke(k);
	else
		tg_log_error(&err, "an application was not withdrawn");
	kiosk_post(k, &ev);
}

void kiosk_start_withdraw(struct kiosk *k)
{
	kiosk_job_start(k->store_worker, kiosk_job_new(k, withdraw));
}

/* ---- the head (NCA-9.head) ---- */

static void name_of(const json_t *body, char *out, size_t cap)
{
	const char *names[3] = {"", "", ""};
	static const char *const fields[3] = {"surname", "given-name", "patronymic"};
	size_t i;
	json_t *answer;
	char all[400];
	json_array_foreach(json_object_get(body, "answers"), i, answer)
	{
		for (int n = 0; n < 3; n++)
			if (!strcmp(text_of(answer, "field"), fields[n]))
				names[n] = text_of(answer, "value");
	}
	snprintf(all, sizeof all, "%s%s%s%s%s", names[0], names[1][0] ? " " : "", names[1], names[2][0] ? " " : "",
	        names[2]);
	tg_text_clean(out, cap, all, strlen(all), NAME_COLUMNS);
}

static void take_pending(const json_t *list, struct tg_ways_facts *f)
{
	size_t i;
	json_t *body;
	json_array_foreach(list, i, body)
	{
		if (f->n_pending == TG_PENDING_MAX)
			return;
		struct tg_pending_request *r = &f->pending[f->n_pending++];
		tg_copy(r->number, sizeof r->number, text_of(body, "number"));
		tg_copy(r->form, sizeof r->form, text_of(body, "form"));
		tg_copy(r->kind, sizeof r->kind, text_of(body, "kind"));
		r->accepted_ms = time_of(body, "accepted_ms");
		name_of(body, r->name, sizeof r->name);
	}
}

static const struct tg_held_certificate *entered_with(const struct tg_flow_state *s)
{
	const struct tg_cabinet *c = &s->cabinet;
	return c->certificate < c->facts.n_certificates ? &c->facts.certificates[c->certificate] : NULL;
}

static void pending(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_PENDING};
	struct tg_ways_facts *f = kiosk_ways_new();
	const struct tg_held_certificate *head = entered_with(&job->state);
	json_t *answer = NULL;
	char *kept = NULL;
	if (!f)
		return;
	if (!head || !head->organisation_number[0])
		ev.status = tg_error_set(&err, TG_CERT_OTHER_PERSON, "the certificate names no organisation");
	else
		ev.status = kiosk_ask_json(
		        job->k, "pending", json_pack("{s:s}", "bin", head->organisation_number), &answer, &err);
	if (ev.status == TG_OK) {
		take_pending(json_object_get(answer, "applications"), f);
		kept = json_dumps(json_object_get(answer, "applications"), JSON_COMPACT);
	} else {
		tg_log_error(&err, "the head's list");
	}
	json_decref(answer);
	kiosk_post_ways(job->k, &ev, f, kept);
}

void kiosk_start_pending(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, pending));
}

/* The body of the request that was chosen, of those that the centre told last; to be given back. */
static json_t *chosen_request(const struct kiosk *k)
{
	json_t *list = k->pending ? json_loads(k->pending, 0, NULL) : NULL;
	const struct tg_ways *w = &k->state.ways;
	const char *number = w->chosen < w->n_pending ? w->pending[w->chosen].number : "";
	json_t *body, *found = NULL;
	size_t i;
	json_array_foreach(list, i, body)
	{
		if (!found && !strcmp(text_of(body, "number"), number))
			found = json_incref(body);
	}
	json_decref(list);
	return found;
}

void kiosk_start_request(struct kiosk *k)
{
	struct tg_event ev = {.kind = TG_EV_REQUEST};
	struct tg_ways_facts *f = kiosk_ways_new();
	if (!f)
		return;
	json_t *body = chosen_request(k);
	ev.status = body ? TG_OK : TG_NOT_FOUND;
	if (body)
		take_answers(body, &f->answers);
	json_decref(body);
	kiosk_post_ways(k, &ev, f, NULL);
}

/* The decision is an entry of this kiosk; the centre judges its signature and tells the kiosk of the employee. */
static enum tg_status record_decision(struct kiosk_job *job, const struct tg_buf *cms, struct tg_error *err)
{
	const struct tg_ways *w = &job->state.ways;
	struct tg_buf body = TG_BUF_INIT;
	json_t *o = json_pack("{s:s, s:b, s:s}", "number", w->pending[w->chosen].number, "yes", w->yes ? 1 : 0, "why",
	        w->yes ? "" : w->why.value);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	enum tg_status status = text ? TG_OK : TG_NO_MEMORY;
	if (text)
		tg_buf_add_str(&body, text);
	if (status == TG_OK)
		status = kiosk_add_signature(&body, cms, err);
	if (status == TG_OK)
		status = kiosk_append(job->k, TG_RECORD_HEAD_DECIDED, tg_buf_str(&body), err);
	free(text);
	json_decref(o);
	tg_buf_wipe(&body);
	return status;
}

static enum tg_status decide_and_sign(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err)
{
	struct tg_buf content = TG_BUF_INIT, cms = TG_BUF_INIT;
	const struct tg_ways *w = &job->state.ways;
	if (!job->text)
		return tg_error_set(err, TG_NOT_FOUND, "the request is not known any more");
	json_t *decision = json_pack("{s:s, s:b}", "number", w->pending[w->chosen].number, "yes", w->yes ? 1 : 0);
	enum tg_status status = decision ? kiosk_signed_content(job->text, job->k->clock.wall_ms(job->k->clock.ctx),
	                                           decision, &content, err)
	                                 : TG_NO_MEMORY;
	json_decref(decision);
	if (status == TG_OK)
		status = kiosk_sign(job, info, (struct tg_bytes){content.data, content.len}, &cms, err);
	if (status == TG_OK)
		status = record_decision(job, &cms, err);
	tg_buf_wipe(&content);
	tg_buf_finish(&cms);
	return status;
}

static void decide(struct kiosk_job *job)
{
	struct tg_error err = {0}, unreached = {0};
	struct tg_token_info info = {.tries_left = -1};
	struct tg_link_status link;
	struct tg_event ev = {.kind = TG_EV_DECIDED};
	ev.status = decide_and_sign(job, &info, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "a head's decision was not recorded");
	else if (tg_link_fresh(job->k->config->agent_socket, FRESH_MS, &link, &unreached) != TG_OK)
		tg_log_info("a head's decision waits for the network");
	if (info.serial[0])
		kiosk_describe_token(job->k, ev.status == TG_PIN_WRONG ? TG_OK : ev.status, &info, &ev.token);
	kiosk_post(job->k, &ev);
}

void kiosk_start_decide(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_with_certificate(k, decide);
	if (!job)
		return;
	json_t *body = chosen_request(k);
	job->text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	kiosk_job_take_pin(job);
	kiosk_job_start(k->token_worker, job);
}
