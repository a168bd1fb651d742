/* Lock of a certificate (DOS-8). What is kept are the wrong tries themselves and, for each stream, the newest right PIN
 * or reset. Counts are made from these sets when they are asked for: sets of entries can be joined in any order and
 * never hold an entry twice, sums cannot (decision 0141). */
#include "body.h"
#include "db.h"

#include <stdlib.h>

#define CERTIFICATE_LEN 64                      /* SHA-256 in hex */
#define SAID_MAX        64                      /* tries in one item of the feed: the newest; every rule is far below */
#define SAID_MS         (48 * INT64_C(3600000)) /* a try that was cleared is of interest while its day may last */
#define DAY_MS          INT64_C(86400000)

struct
try {
	char kiosk[TG_KIOSK_MAX + 1];
	char provider[32];
	uint64_t seq;
	int64_t ms;
	bool cleared;
};
struct clear {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;
	int64_t ms;
};
/* Everything known of one certificate. */
struct sets {
	struct tg_buf tries, clears; /* arrays of the two */
};

static struct try *tries_of(const struct sets *k, size_t *n)
{
	*n = k->tries.len / sizeof(struct try);
	return (struct try *)(void *)k->tries.data;
}

static const struct clear *clears_of(const struct sets *k, size_t *n)
{
	*n = k->clears.len / sizeof(struct clear);
	return (const struct clear *)(const void *)k->clears.data;
}

static void finish_sets(struct sets *k)
{
	tg_buf_finish(&k->tries);
	tg_buf_finish(&k->clears);
}

static enum tg_status unreadable(struct tg_error *err)
{
	return tg_error_set(err, TG_STORE_DAMAGED, "store: a row of a lock cannot be read; rebuild");
}

static enum tg_status load_tries(struct tg_store *s, const char *certificate, struct tg_buf *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	enum tg_status st;
	TG_TRY(tg_db_stmt(s, TG_SQL_TRIES, &q, err));
	tg_db_bind_text(q, 1, certificate);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct try t = {.seq = (uint64_t)sqlite3_column_int64(q, 1), .ms = sqlite3_column_int64(q, 2)};
		if (!tg_db_text(q, 0, t.kiosk, sizeof(t.kiosk)) || !tg_db_text(q, 3, t.provider, sizeof(t.provider))) {
			sqlite3_reset(q);
			return unreadable(err);
		}
		tg_buf_add(out, &t, sizeof(t));
	}
	return st == TG_NOT_FOUND ? tg_buf_status(out) : st;
}

static enum tg_status load_clears(struct tg_store *s, const char *certificate, struct tg_buf *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	enum tg_status st;
	TG_TRY(tg_db_stmt(s, TG_SQL_CLEARS, &q, err));
	tg_db_bind_text(q, 1, certificate);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct clear c = {.seq = (uint64_t)sqlite3_column_int64(q, 1), .ms = sqlite3_column_int64(q, 2)};
		if (!tg_db_text(q, 0, c.kiosk, sizeof(c.kiosk))) {
			sqlite3_reset(q);
			return unreadable(err);
		}
		tg_buf_add(out, &c, sizeof(c));
	}
	return st == TG_NOT_FOUND ? tg_buf_status(out) : st;
}

/* The one rule: in its own stream the order decides, between streams the time. */
static bool clears(const struct clear *c, const struct try *t)
{
	return strcmp(c->kiosk, t->kiosk) == 0 ? c->seq > t->seq : c->ms > t->ms;
}

static void apply_clears(struct sets *k)
{
	size_t n_tries, n_clears;
	struct try *t = tries_of(k, &n_tries);
	const struct clear *c = clears_of(k, &n_clears);
	for (size_t i = 0; i < n_tries; i++)
		for (size_t j = 0; j < n_clears && !t[i].cleared; j++)
			t[i].cleared = clears(&c[j], &t[i]);
}

/* --- The centre's word at a kiosk. Of our own stream we know more than the centre; of the others only what it says. */

static bool foreign(const struct tg_store *s, const json_t *row, const char **kiosk, int64_t *ms)
{
	*kiosk = json_string_value(json_array_get(row, 0));
	*ms = json_integer_value(json_array_get(row, 1));
	return *kiosk && strcmp(*kiosk, s->kiosk) != 0;
}

static enum tg_status add_word(struct tg_store *s, const json_t *word, struct sets *k)
{
	size_t i;
	json_t *row;
	const char *kiosk;
	int64_t ms;
	json_array_foreach(json_object_get(word, "tries"), i, row)
	{
		struct try t = {.cleared = json_integer_value(json_array_get(row, 2)) != 0};
		if (!foreign(s, row, &kiosk, &ms))
			continue;
		t.ms = ms;
		(void)tg_copy(t.kiosk, sizeof(t.kiosk), kiosk);
		/* Order within the foreign stream was the centre's to judge: no clear of that stream is later. */
		t.seq = UINT64_MAX;
		tg_buf_add(&k->tries, &t, sizeof(t));
	}
	json_array_foreach(json_object_get(word, "clears"), i, row)
	{
		struct clear c = {0};
		if (!foreign(s, row, &kiosk, &ms))
			continue;
		c.ms = ms;
		(void)tg_copy(c.kiosk, sizeof(c.kiosk), kiosk);
		tg_buf_add(&k->clears, &c, sizeof(c));
	}
	TG_TRY(tg_buf_status(&k->tries));
	return tg_buf_status(&k->clears);
}

static enum tg_status load(struct tg_store *s, const char *certificate, struct sets *k, struct tg_error *err)
{
	*k = (struct sets){{0}, {0}};
	TG_TRY(load_tries(s, certificate, &k->tries, err));
	TG_TRY(load_clears(s, certificate, &k->clears, err));
	if (s->role == TG_STORE_KIOSK) {
		json_t *word = NULL;
		int64_t ms;
		TG_TRY(tg_feed_find(s, "lock", certificate, &ms, &word, err));
		enum tg_status st = word ? add_word(s, word, k) : TG_OK;
		json_decref(word);
		TG_TRY(st);
	}
	apply_clears(k);
	return TG_OK;
}

/* --- The centre says it */

static json_t *said_tries(const struct sets *k)
{
	size_t n, first = 0;
	const struct try *t = tries_of(k, &n);
	json_t *out = json_array();
	int64_t newest = n > 0 ? t[n - 1].ms : 0;
	size_t wanted = 0;
	for (size_t i = n; i > 0 && wanted < SAID_MAX; i--) {
		first = i - 1;
		wanted += !t[i - 1].cleared || t[i - 1].ms > newest - SAID_MS;
	}
	for (size_t i = first; out && i < n; i++)
		if (!t[i].cleared || t[i].ms > newest - SAID_MS)
			(void)json_array_append_new(
			        out, json_pack("[s, I, i]", t[i].kiosk, (json_int_t)t[i].ms, t[i].cleared ? 1 : 0));
	return out;
}

/* The two newest of different streams: whoever reads it skips its own and still has the newest of the others. */
static json_t *said_clears(const struct sets *k)
{
	size_t n;
	const struct clear *c = clears_of(k, &n);
	json_t *out = json_array();
	for (size_t i = 0; out && i < n && i < 2; i++)
		(void)json_array_append_new(out, json_pack("[s, I]", c[i].kiosk, (json_int_t)c[i].ms));
	return out;
}

static enum tg_status put_word(struct tg_store *s, const char *certificate, const struct sets *k, int64_t now_ms,
        json_t *tries, struct tg_error *err)
{
	size_t n;
	const struct try *t = tries_of(k, &n);
	struct tg_feed_item item = {.time_ms = now_ms, .kind = "lock"};
	(void)tg_copy(item.key, sizeof(item.key), certificate);
	if (n > 0)
		(void)tg_copy(item.provider, sizeof(item.provider), t[n - 1].provider);
	json_t *body = json_pack("{s:O, s:o}", "tries", tries, "clears", said_clears(k));
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "feed");
	item.body = text;
	item.body_len = strlen(text);
	enum tg_status st = tg_feed_put(s, &item, err);
	free(text);
	return st;
}

/* Only what changes a count is said: a right PIN with nothing to clear is nobody's business. */
static enum tg_status say(struct tg_store *s, const char *certificate, int64_t now_ms, struct tg_error *err)
{
	struct sets k;
	json_t *before = NULL;
	int64_t ms;
	enum tg_status st = load(s, certificate, &k, err);
	if (st == TG_OK)
		st = tg_feed_find(s, "lock", certificate, &ms, &before, err);
	json_t *tries = said_tries(&k);
	if (st == TG_OK && !tries)
		st = tg_error_set(err, TG_NO_MEMORY, "feed");
	bool same = before ? json_equal(tries, json_object_get(before, "tries")) : json_array_size(tries) == 0;
	if (st == TG_OK && !same)
		st = put_word(s, certificate, &k, now_ms, tries, err);
	json_decref(tries);
	json_decref(before);
	finish_sets(&k);
	return st;
}

enum tg_status tg_lock_say_all(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	char certificate[CERTIFICATE_LEN + 1];
	TG_TRY(tg_db_prepare(s, "SELECT DISTINCT certificate FROM lock_try", &q, err));
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		st = tg_db_text(q, 0, certificate, sizeof(certificate)) ? say(s, certificate, 0, err) : unreadable(err);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- Projection */

static bool is_certificate(const char *hex)
{
	return strlen(hex) == CERTIFICATE_LEN && strspn(hex, "0123456789abcdef") == CERTIFICATE_LEN;
}

static enum tg_status write_entry(
        struct tg_store *s, const struct tg_seen *seen, const char *certificate, bool is_clear, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, is_clear ? TG_SQL_CLEAR_SET : TG_SQL_TRY_ADD, &q, err));
	tg_db_bind_text(q, 1, certificate);
	tg_db_bind_text(q, 2, seen->e->kiosk);
	tg_db_bind_int(q, 3, (int64_t)seen->e->seq);
	tg_db_bind_int(q, 4, seen->time_ms);
	if (!is_clear)
		tg_db_bind_text(q, 5, tg_body_text(seen->body, "provider"));
	return tg_db_run(s, q, err);
}

/* A kiosk gone mad must not make every later try slower: of each certificate the newest 256 are kept, far more than any
 * rule lets happen. */
static enum tg_status prune(struct tg_store *s, const char *certificate, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_TRY_PRUNE, &q, err));
	tg_db_bind_text(q, 1, certificate);
	return tg_db_run(s, q, err);
}

static enum tg_status has_tries(struct tg_store *s, const char *certificate, bool *any, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_TRY_ANY, &q, err));
	tg_db_bind_text(q, 1, certificate);
	enum tg_status st = tg_db_row(s, q, err);
	sqlite3_reset(q);
	*any = st == TG_OK;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_lock_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	const char *certificate = tg_body_text(seen->body, "certificate");
	if (!is_certificate(certificate) || strlen(tg_body_text(seen->body, "provider")) > 31)
		return TG_OK; /* no certificate that anybody could ask about */
	/* Anything but a plain «true» is a wrong try. */
	bool is_clear = seen->kind == TG_RECORD_LOCK_RESET || json_is_true(json_object_get(seen->body, "right"));
	bool any = true;
	TG_TRY(write_entry(s, seen, certificate, is_clear, err));
	TG_TRY(is_clear ? has_tries(s, certificate, &any, err) : prune(s, certificate, err));
	return any && s->role == TG_STORE_CENTRE && !s->silent ? say(s, certificate, seen->centre_ms, err) : TG_OK;
}

/* --- The answer */

static int64_t day_of(int64_t ms, int utc_offset_minutes)
{
	int64_t local = ms + (int64_t)utc_offset_minutes * 60000;
	return local >= 0 ? local / DAY_MS : -((-local + DAY_MS - 1) / DAY_MS);
}

static int left(int rule, int used)
{
	return rule <= 0 ? -1 : used < rule ? rule - used : 0;
}

static void count(const struct sets *k, const struct tg_lock_rule *rule, int64_t now_ms, struct tg_lock *out)
{
	size_t n;
	const struct try *t = tries_of(k, &n);
	int64_t today = day_of(now_ms, rule->utc_offset_minutes);
	for (size_t i = 0; i < n; i++) {
		out->today += day_of(t[i].ms, rule->utc_offset_minutes) == today;
		out->in_all += !t[i].cleared;
	}
	out->left_today = left(rule->per_day, out->today);
	out->left_in_all = left(rule->in_all, out->in_all);
	out->status = out->left_in_all == 0 ? TG_LOCK_ALL : out->left_today == 0 ? TG_LOCK_DAY : TG_OK;
}

static enum tg_status known_until(struct tg_store *s, int64_t now_ms, int64_t *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = now_ms;
	if (s->role == TG_STORE_CENTRE)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_SEQ, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	*out = st == TG_OK ? sqlite3_column_int64(q, 1) : 0;
	sqlite3_reset(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status answer(struct tg_store *s, const char *certificate, const struct tg_lock_rule *rule,
        int64_t now_ms, struct tg_lock *out, struct tg_error *err)
{
	struct sets k;
	enum tg_status st = load(s, certificate, &k, err);
	if (st == TG_OK)
		count(&k, rule, now_ms, out);
	finish_sets(&k);
	return st == TG_OK ? known_until(s, now_ms, &out->known_ms, err) : st;
}

enum tg_status tg_store_lock(struct tg_store *s, const char *certificate, const struct tg_lock_rule *rule,
        int64_t now_ms, struct tg_lock *out, struct tg_error *err)
{
	*out = (struct tg_lock){0};
	if (!is_certificate(certificate))
		return tg_error_set(err, TG_INVALID, "lock: not the SHA-256 of a certificate");
	TG_TRY(tg_schema_is_present(s, err));
	/* One snapshot: the agent may take a page of the feed between the statements. */
	TG_TRY(tg_db_exec(s, "BEGIN", err));
	return tg_db_end(s, answer(s, certificate, rule, now_ms, out, err), err);
}
