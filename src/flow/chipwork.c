#include "tamga/chipwork.h"

#include <jansson.h>
#include <openssl/evp.h>

static const enum tg_chip_step order[] = {
        TG_CHIP_GENERATE, TG_CHIP_REQUEST, TG_CHIP_ENROL, TG_CHIP_WRITE, TG_CHIP_PROVE};

void tg_chip_work_init(struct tg_chip_work *w)
{
	memset(w, 0, sizeof *w);
}

void tg_chip_work_finish(struct tg_chip_work *w)
{
	for (unsigned i = 0; i < w->n_keys; i++) {
		tg_buf_finish(&w->keys[i].spki);
		tg_buf_finish(&w->keys[i].request);
		tg_buf_finish(&w->keys[i].certificate);
	}
	tg_buf_finish(&w->old_certificate);
	json_decref(w->application);
	tg_chip_work_init(w);
}

static const char *member(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));
	return s ? s : "";
}

/* CKA_ID of a key: a second try of the same step finds the first one's key, and no other application's. */
static enum tg_status name_key(struct tg_chip_key *key, const char *number)
{
	struct tg_buf b = TG_BUF_INIT;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	tg_buf_add(&b, "tamga-key-id-1", 15);
	tg_buf_add(&b, number, strlen(number) + 1);
	tg_buf_add_str(&b, key->plan->id);
	int ok = !b.failed && EVP_Digest(b.data, b.len, digest, &n, EVP_sha256(), NULL) && n >= sizeof key->id;
	tg_buf_finish(&b);
	if (!ok)
		return TG_NO_MEMORY;
	memcpy(key->id, digest, sizeof key->id);
	tg_hex(key->id, sizeof key->id, key->id_hex);
	return TG_OK;
}

static enum tg_status decode(const char *text, struct tg_buf *out)
{
	size_t n = strlen(text);
	tg_buf_reset(out);
	if (!n)
		return TG_OK;
	if (n % 4 || n > TG_BODY_MAX)
		return TG_INVALID;
	unsigned char *bytes = malloc(n / 4 * 3);
	if (!bytes)
		return TG_NO_MEMORY;
	int len = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n);
	int pad = text[n - 1] == '=' ? (text[n - 2] == '=' ? 2 : 1) : 0;
	if (len > pad)
		tg_buf_add(out, bytes, (size_t)(len - pad));
	free(bytes);
	return len > pad ? tg_buf_status(out) : TG_INVALID;
}

static enum tg_status take_old_id(struct tg_chip_work *w, const char *hex)
{
	int n = tg_unhex(hex, w->old_id, sizeof w->old_id);
	if (n <= 0)
		return TG_INVALID;
	w->old_id_len = (size_t)n;
	return TG_OK;
}

/* What the new pair renews or replaces. */
static enum tg_status take_old(struct tg_chip_work *w, const json_t *body)
{
	const char *operation = member(body, "operation");
	const json_t *old = json_object_get(body, "old");
	w->retires = strcmp(operation, "replace") == 0;
	w->renews = w->retires || strcmp(operation, "renew") == 0;
	if (!w->renews)
		return TG_OK;
	tg_copy(w->old_label, sizeof w->old_label, member(old, "label"));
	TG_TRY(take_old_id(w, member(old, "id")));
	TG_TRY(decode(member(old, "certificate"), &w->old_certificate));
	return w->old_certificate.len ? TG_OK : TG_INVALID;
}

static enum tg_status take_keys(struct tg_chip_work *w, unsigned c)
{
	const struct tg_key_plan *plans[TG_FLOW_KEYS_MAX];
	unsigned n = tg_form_keys(w->form, w->carriers[c].purpose, w->conditions, plans, TG_FLOW_KEYS_MAX);
	if (w->n_keys + n > TG_FLOW_KEYS_MAX)
		return TG_INVALID;
	for (unsigned i = 0; i < n; i++) {
		struct tg_chip_key *key = &w->keys[w->n_keys++];
		key->plan = plans[i];
		key->carrier = c;
		TG_TRY(name_key(key, w->number));
	}
	/* Nothing to make on this carrier is no certificate delivered; but the key of a request is made nowhere here.
	 */
	bool none = w->form->n_keys == 0 || tg_form_keys(w->form, "medium", w->conditions, plans, TG_FLOW_KEYS_MAX) > 0;
	return n > 0 || none ? TG_OK : TG_INVALID;
}

bool tg_chip_work_touched(const struct tg_chip_work *w, unsigned c)
{
	for (unsigned k = 0; k < w->n_keys; k++)
		if (w->keys[k].carrier == c && w->keys[k].marks[TG_CHIP_GENERATE] != TG_MARK_NONE)
			return true;
	return false;
}

/* What the card is for decides which keys there are, where the application does not. */
static enum tg_status take_card(struct tg_chip_work *w, unsigned c, const char *name, const char *purpose)
{
	struct tg_work_carrier *mine = &w->carriers[c];
	bool open = w->carrier_later && !mine->serial[0] && !mine->purpose[0];
	if (!mine->name[0])
		tg_copy(mine->name, sizeof mine->name, name);
	if (!open)
		return TG_OK;
	tg_copy(mine->purpose, sizeof mine->purpose, purpose);
	memset(w->keys, 0, sizeof w->keys); /* nothing was begun: they own nothing */
	w->n_keys = 0;
	return take_keys(w, c);
}

enum tg_status tg_chip_work_adopt(struct tg_chip_work *w, unsigned c, const struct tg_work_carrier *card)
{
	struct tg_work_carrier *mine = &w->carriers[c];
	if (c >= w->n_carriers)
		return TG_INVALID;
	if (mine->serial[0] ? strcmp(mine->serial, card->serial) != 0
	                    : mine->purpose[0] && strcmp(mine->purpose, card->purpose) != 0)
		return TG_CARD_OTHER;
	TG_TRY(take_card(w, c, card->name, card->purpose));
	tg_copy(mine->serial, sizeof mine->serial, card->serial);
	return TG_OK;
}

/* The card that it was handed in with, and what the certificates go onto, in the order of the work (record.h). */
static enum tg_status take_carriers(struct tg_chip_work *w, const json_t *body)
{
	const json_t *card = json_object_get(body, "carrier");
	const char *purposes = member(body, "carriers");
	size_t one = strcspn(purposes, " ");
	const char *two = purposes[one] ? purposes + one + 1 : "";
	struct tg_work_carrier *first = &w->carriers[0], *last = &w->carriers[1];
	tg_copy(first->serial, sizeof first->serial, member(card, "serial"));
	tg_copy(first->name, sizeof first->name, member(card, "name"));
	tg_copy(first->purpose, sizeof first->purpose, member(card, "purpose"));
	w->carrier_later = !first->serial[0] && !first->purpose[0];
	w->n_carriers = 1;
	if (!*two)
		return TG_OK;
	if (one >= sizeof first->purpose || !tg_copy(last->purpose, sizeof last->purpose, two) || strchr(two, ' '))
		return TG_INVALID;
	if (!first->purpose[0])
		memcpy(first->purpose, purposes, one);
	w->n_carriers = 2;
	bool fits = strlen(first->purpose) == one && !strncmp(first->purpose, purposes, one);
	return fits && strcmp(first->purpose, last->purpose) != 0 ? TG_OK : TG_INVALID;
}

/* A card that is not known yet decides later which keys there are. */
static enum tg_status take_all_keys(struct tg_chip_work *w)
{
	for (unsigned c = 0; c < w->n_carriers; c++) {
		enum tg_status keys = take_keys(w, c);
		if (keys != TG_OK && !(keys == TG_INVALID && w->carrier_later && w->n_carriers == 1))
			return keys;
	}
	return TG_OK;
}

static enum tg_status take_conditions(struct tg_chip_work *w, const json_t *words)
{
	size_t i, n = 0;
	const json_t *word;
	json_array_foreach(words, i, word)
	{
		const char *text = json_string_value(word);
		if (!text || n + strlen(text) + 2 > sizeof w->conditions)
			return TG_INVALID;
		n += (size_t)snprintf(w->conditions + n, sizeof w->conditions - n, "%s%s", n ? " " : "", text);
	}
	return TG_OK;
}

static enum tg_status apply_submitted(
        struct tg_chip_work *w, const struct tg_catalog *catalog, const json_t *body, int64_t time_ms)
{
	const struct tg_form *form = tg_catalog_form(catalog, member(body, "form"));
	const struct tg_provider *provider = tg_catalog_provider(catalog, member(body, "provider"));
	if (w->form || !form || !provider)
		return TG_INVALID;
	if (!tg_copy(w->number, sizeof w->number, member(body, "number")))
		return TG_INVALID;
	tg_copy(w->language, sizeof w->language, member(body, "language"));
	TG_TRY(take_carriers(w, body));
	TG_TRY(take_conditions(w, json_object_get(body, "conditions")));
	w->form = form;
	w->provider = provider;
	w->accepted_ms = time_ms;
	TG_TRY(take_old(w, body));
	TG_TRY(take_all_keys(w));
	w->application = json_deep_copy(body);
	return w->application ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status take_results(struct tg_chip_key *key, const json_t *body)
{
	const struct {
		const char *name;
		struct tg_buf *to;
	} results[] = {{"spki", &key->spki}, {"request", &key->request}, {"certificate", &key->certificate}};
	for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
		if (json_object_get(body, results[i].name))
			TG_TRY(decode(member(body, results[i].name), results[i].to));
	return TG_OK;
}

static int find_step(const char *name)
{
	for (int i = 0; i < TG_CHIP_STEP_COUNT; i++)
		if (!strcmp(tg_chip_step_name((enum tg_chip_step)i), name))
			return i;
	return -1;
}

static struct tg_chip_key *find_key(struct tg_chip_work *w, unsigned c, const char *plan_id)
{
	for (unsigned i = 0; i < w->n_keys; i++)
		if (w->keys[i].carrier == c && !strcmp(w->keys[i].plan->id, plan_id))
			return &w->keys[i];
	return NULL;
}

/* Undoing is only begun while nothing of the work exists outside the card. From here on each key may or may not be
 * there: whoever goes on makes it anew, or finds it by its id, and asks with a new request. */
static void apply_undo(struct tg_chip_work *w, unsigned c, enum tg_chip_mark mark)
{
	for (unsigned k = 0; k < w->n_keys; k++) {
		struct tg_chip_key *key = &w->keys[k];
		if (key->carrier != c)
			continue;
		bool begun = key->marks[TG_CHIP_GENERATE] != TG_MARK_NONE;
		memset(key->marks, 0, sizeof key->marks);
		if (begun && mark == TG_MARK_BEGUN)
			key->marks[TG_CHIP_GENERATE] = TG_MARK_BEGUN;
		tg_buf_reset(&key->spki);
		tg_buf_reset(&key->request);
	}
}

/* An entry of the second carrier says what it is for. */
static unsigned carrier_of(const struct tg_chip_work *w, const json_t *body)
{
	unsigned c = w->n_carriers > 1 && !strcmp(w->carriers[1].purpose, member(body, "purpose"));
	return c;
}

static enum tg_status apply_step(struct tg_chip_work *w, const json_t *body, enum tg_chip_mark mark)
{
	int step = find_step(member(body, "step"));
	unsigned c = carrier_of(w, body);
	if (w->form && json_object_get(body, "purpose"))
		TG_TRY(take_card(w, c, member(body, "carrier"), member(body, "purpose")));
	struct tg_chip_key *key = find_key(w, c, member(body, "key"));
	if (!w->form || step < 0 || (!key && step != TG_CHIP_UNDO))
		return TG_INVALID;
	if (!w->carriers[c].serial[0])
		tg_copy(w->carriers[c].serial, sizeof w->carriers[c].serial, member(body, "serial"));
	if (!key) {
		apply_undo(w, c, mark);
		return TG_OK;
	}
	if (mark > key->marks[step])
		key->marks[step] = mark;
	/* An intent carries a result too: the certificate that was received and is not confirmed yet. */
	return take_results(key, body);
}

static void apply_delivered(struct tg_chip_work *w, const json_t *body)
{
	w->delivered = true;
	w->left_out = member(body, "without")[0] != '\0';
}

enum tg_status tg_chip_work_apply(struct tg_chip_work *w, const struct tg_catalog *catalog, const struct tg_entry *e)
{
	int kind = tg_record_kind_find(e->kind);
	if (!e->body)
		return TG_OK; /* erased: long after the work was finished */
	json_t *body = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
	if (!body)
		return TG_INVALID;
	enum tg_status status = TG_OK;
	if (kind == TG_RECORD_APPLICATION_SUBMITTED)
		status = apply_submitted(w, catalog, body, e->time_ms);
	else if (kind == TG_RECORD_CHIP_INTENT)
		status = apply_step(w, body, TG_MARK_BEGUN);
	else if (kind == TG_RECORD_CHIP_DONE)
		status = apply_step(w, body, TG_MARK_DONE);
	else if (kind == TG_RECORD_APPLICATION_DELIVERED)
		apply_delivered(w, body);
	else if (kind == TG_RECORD_APPLICATION_UNDONE)
		w->undone = true;
	json_decref(body);
	return status;
}

static bool is_to_do(
        const struct tg_chip_work *w, unsigned k, enum tg_chip_step s, enum tg_chip_step *step, unsigned *key)
{
	*step = s;
	*key = k;
	return w->keys[k].marks[s] != TG_MARK_DONE;
}

static bool next_on(const struct tg_chip_work *w, unsigned c, enum tg_chip_step *step, unsigned *key)
{
	/* Step by step over all keys, but writing and proving belong together: a written key is proven at once. */
	for (size_t s = 0; s < 3; s++)
		for (unsigned k = 0; k < w->n_keys; k++)
			if (w->keys[k].carrier == c && is_to_do(w, k, order[s], step, key))
				return true;
	for (unsigned k = 0; k < w->n_keys; k++)
		for (size_t s = 3; s < sizeof order / sizeof order[0]; s++)
			if (w->keys[k].carrier == c && is_to_do(w, k, order[s], step, key))
				return true;
	return false;
}

bool tg_chip_work_next(const struct tg_chip_work *w, enum tg_chip_step *step, unsigned *key)
{
	for (unsigned c = 0; c < w->n_carriers; c++)
		if (next_on(w, c, step, key))
			return true;
	bool retire = w->retires && w->n_keys > 0 && w->keys[0].marks[TG_CHIP_RETIRE] != TG_MARK_DONE;
	*step = TG_CHIP_RETIRE;
	*key = 0;
	return retire;
}

unsigned tg_chip_work_at(const struct tg_chip_work *w)
{
	enum tg_chip_step step;
	unsigned key;
	bool more = !w->delivered && !w->undone && tg_chip_work_next(w, &step, &key);
	return more ? w->keys[key].carrier : w->n_carriers;
}

bool tg_chip_work_needs_sweep(const struct tg_chip_work *w, unsigned c)
{
	for (unsigned k = 0; k < w->n_keys; k++)
		if (w->keys[k].carrier == c && w->keys[k].marks[TG_CHIP_GENERATE] == TG_MARK_BEGUN)
			return true;
	return false;
}

bool tg_chip_work_can_leave_out(const struct tg_chip_work *w)
{
	unsigned c = tg_chip_work_at(w);
	for (unsigned k = 0; k < w->n_keys; k++)
		if (w->keys[k].carrier == c && w->keys[k].certificate.len)
			return false;
	return c > 0 && c < w->n_carriers;
}

void tg_chip_work_facts(const struct tg_chip_work *w, struct tg_work_facts *out)
{
	memset(out, 0, sizeof *out);
	out->n = w->n_carriers;
	out->at = tg_chip_work_at(w);
	memcpy(out->carriers, w->carriers, sizeof out->carriers);
	for (; out->n_keys < w->n_keys; out->n_keys++) {
		out->keys[out->n_keys].carrier = w->keys[out->n_keys].carrier;
		tg_copy(out->keys[out->n_keys].plan, sizeof out->keys[0].plan, w->keys[out->n_keys].plan->id);
	}
	out->touched = tg_chip_work_touched(w, out->at);
	out->can_leave_out = tg_chip_work_can_leave_out(w);
	out->left_out = w->left_out;
}

bool tg_chip_work_can_undo(const struct tg_chip_work *w)
{
	for (unsigned k = 0; k < w->n_keys; k++)
		if (w->keys[k].marks[TG_CHIP_ENROL] != TG_MARK_NONE)
			return false;
	return !w->delivered;
}

bool tg_chip_work_waits(enum tg_status status)
{
	static const enum tg_status list[] = {TG_CA_DOWN, TG_CENTRE_DOWN, TG_AGENT_DOWN, TG_TIMEOUT, TG_TLS,
	        TG_CHANNEL_OTHER, TG_CA_GARBAGE, TG_CA_PROTECTION, TG_CENTRE_REFUSED, TG_CENTRE_GARBAGE,
	        TG_CERT_MISMATCH, TG_CERT_INVALID, TG_KIOSK_UNKNOWN};
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (list[i] == status)
			return true;
	return false;
}

const char *tg_chip_work_answer(const char *field_id, const void *work)
{
	const struct tg_chip_work *w = work;
	size_t i;
	json_t *answer;
	json_array_foreach(json_object_get(w->application, "answers"), i, answer)
	{
		if (!strcmp(member(answer, "field"), field_id))
			return member(answer, "value");
	}
	return NULL;
}

static enum tg_status encode(struct tg_bytes der, char **out)
{
	if (der.len > TG_BODY_MAX)
		return TG_LIMIT;
	*out = malloc(der.len / 3 * 4 + 5);
	if (!*out)
		return TG_NO_MEMORY;
	EVP_EncodeBlock((unsigned char *)*out, der.data, (int)der.len);
	return TG_OK;
}

static enum tg_status write_json(json_t *body, struct tg_buf *out)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return TG_NO_MEMORY;
	tg_buf_add_str(out, text);
	free(text);
	return tg_buf_status(out);
}

enum tg_status tg_chip_work_json(const struct tg_chip_work *w, enum tg_chip_step step, unsigned key, const char *member,
        struct tg_bytes der, struct tg_buf *out)
{
	const struct tg_chip_key *k = step == TG_CHIP_UNDO ? NULL : &w->keys[key];
	const unsigned c = w->keys[key].carrier;
	const struct tg_work_carrier *card = &w->carriers[c];
	json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i}", "number", w->number, "serial", card->serial, "step",
	        tg_chip_step_name(step), "key", k ? k->plan->id : "", "id", k ? k->id_hex : "", "label",
	        k ? k->plan->label : "", "code", TG_OK);
	if (body && (c > 0 || w->carrier_later) &&
	        (json_object_set_new(body, "carrier", json_string(card->name)) ||
	                json_object_set_new(body, "purpose", json_string(card->purpose)))) {
		json_decref(body);
		return TG_NO_MEMORY;
	}
	if (body && member) {
		char *text = NULL;
		enum tg_status status = encode(der, &text);
		if (status != TG_OK || json_object_set_new(body, member, json_string(text))) {
			free(text);
			json_decref(body);
			return status != TG_OK ? status : TG_NO_MEMORY;
		}
		free(text);
	}
	return write_json(body, out);
}
