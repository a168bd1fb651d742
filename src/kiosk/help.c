#include "help.h"
#include "tamga/buf.h"
#include "tamga/text.h"

#include <sqlite3.h>
#include <stdlib.h>

#define QUERY_BYTES_MAX 512u
#define WORDS_MAX       16u
#define ALL_TEXT_MAX    (256u * 1024u) /* of one topic */

struct kiosk_help {
	sqlite3 *db;
	const struct tg_i18n *i18n;
	const struct tg_provider *provider; /* of what the index holds, or NULL */
	enum tg_lang lang;
};

static enum tg_status failed(struct kiosk_help *h, struct tg_error *err)
{
	return tg_error_set(err, TG_STORE_OPEN, "search in the help: %s", sqlite3_errmsg(h->db));
}

static enum tg_status run(struct kiosk_help *h, const char *sql, struct tg_error *err)
{
	return sqlite3_exec(h->db, sql, NULL, NULL, NULL) == SQLITE_OK ? TG_OK : failed(h, err);
}

enum tg_status kiosk_help_create(struct kiosk_help **out, const struct tg_i18n *i18n, struct tg_error *err)
{
	struct kiosk_help *h = calloc(1, sizeof *h);
	*out = NULL;
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "help");
	h->i18n = i18n;
	enum tg_status st = sqlite3_open_v2(":memory:", &h->db,
	                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
	                            ? TG_OK
	                            : failed(h, err);
	/* Words as letters and digits of any script. The accents stay: й is no и, ё is folded here. */
	if (st == TG_OK)
		st = run(h,
		        "CREATE VIRTUAL TABLE topic USING fts5 (title, body, title_folded, body_folded, "
		        "tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3')",
		        err);
	if (st != TG_OK) {
		kiosk_help_destroy(h);
		return st;
	}
	*out = h;
	return TG_OK;
}

void kiosk_help_destroy(struct kiosk_help *h)
{
	if (h)
		(void)sqlite3_close(h->db);
	free(h);
}

/* ---- letters ---- */

/* Letters of Kazakh and Kyrgyz, and the Russian ones that people type in their place; the same for ё. */
static uint32_t neighbour(uint32_t low)
{
	static const uint32_t pairs[][2] = {{0x04E9, 0x043E} /* ө о */, {0x04AF, 0x0443} /* ү у */,
	        {0x04B1, 0x0443} /* ұ у */, {0x04A3, 0x043D} /* ң н */, {0x0456, 0x0438} /* і и */,
	        {0x049B, 0x043A} /* қ к */, {0x0493, 0x0433} /* ғ г */, {0x04D9, 0x0430} /* ә а */,
	        {0x04BB, 0x0445} /* һ х */, {0x0451, 0x0435} /* ё е */};
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (pairs[i][0] == low)
			return pairs[i][1];
	return low;
}

static void add_letters(struct tg_buf *out, const char *text, size_t n, bool fold)
{
	for (const char *p = text, *end = text + n; p < end;) {
		char bytes[4];
		uint32_t low = tg_text_lower(tg_utf8_next(&p, end));
		size_t len = tg_utf8_put(fold ? neighbour(low) : low, bytes);
		tg_buf_add(out, bytes, len);
	}
}

/* ---- the index ---- */

static void add_text(struct tg_buf *out, const char *text, bool fold)
{
	if (out->len + strlen(text) < ALL_TEXT_MAX)
		add_letters(out, text, strlen(text), fold);
	tg_buf_add_u8(out, '\n');
}

static enum tg_status bind(sqlite3_stmt *q, int at, const struct tg_buf *text)
{
	if (tg_buf_status(text) != TG_OK)
		return tg_buf_status(text);
	return sqlite3_bind_text(q, at, (const char *)text->data, (int)text->len, SQLITE_TRANSIENT) == SQLITE_OK
	               ? TG_OK
	               : TG_NO_MEMORY;
}

static enum tg_status add_topic(struct kiosk_help *h, sqlite3_stmt *q, const struct tg_help_topic *t, unsigned index)
{
	enum tg_status st = sqlite3_bind_int64(q, 1, (sqlite3_int64)index + 1) == SQLITE_OK ? TG_OK : TG_NO_MEMORY;
	for (int fold = 0; fold < 2; fold++) {
		struct tg_buf title = TG_BUF_INIT, body = TG_BUF_INIT;
		add_text(&title, tg_text(h->i18n, h->lang, t->title), fold != 0);
		for (unsigned i = 0; i < t->n_text; i++)
			add_text(&body, tg_text(h->i18n, h->lang, t->text[i]), fold != 0);
		if (st == TG_OK)
			st = bind(q, 2 + 2 * fold, &title);
		if (st == TG_OK)
			st = bind(q, 3 + 2 * fold, &body);
		tg_buf_finish(&title);
		tg_buf_finish(&body);
	}
	if (st == TG_OK && sqlite3_step(q) != SQLITE_DONE)
		st = TG_STORE_OPEN;
	(void)sqlite3_reset(q);
	return st;
}

static enum tg_status fill(struct kiosk_help *h, const struct tg_provider *p, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(run(h, "DELETE FROM topic", err));
	if (sqlite3_prepare_v2(h->db,
	            "INSERT INTO topic (rowid, title, body, title_folded, body_folded) VALUES (?1, ?2, ?3, ?4, ?5)", -1,
	            &q, NULL) != SQLITE_OK)
		return failed(h, err);
	enum tg_status st = TG_OK;
	for (unsigned i = 0; st == TG_OK && i < p->n_help && i < TG_TOPICS_MAX; i++)
		st = add_topic(h, q, &p->help[i], i);
	(void)sqlite3_finalize(q);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "help topics: %s", sqlite3_errmsg(h->db));
}

static enum tg_status index_of(
        struct kiosk_help *h, const struct tg_provider *p, enum tg_lang lang, struct tg_error *err)
{
	if (h->provider == p && h->lang == lang)
		return TG_OK;
	h->provider = NULL;
	h->lang = lang;
	TG_TRY(run(h, "BEGIN", err));
	enum tg_status st = fill(h, p, err);
	if (st == TG_OK)
		st = run(h, "COMMIT", err);
	if (st != TG_OK) {
		(void)sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
		return st;
	}
	h->provider = p;
	return TG_OK;
}

/* ---- the query ---- */

static bool is_word(unsigned char ch)
{
	return ch >= 0x80 || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

/* Every word in quotation marks, and no sign between words comes near them: FTS5 reads words and nothing else. */
static unsigned add_words(struct tg_buf *out, const char *query, bool fold)
{
	unsigned n = 0;
	size_t len = strnlen(query, QUERY_BYTES_MAX);
	while (len > 0 && len == QUERY_BYTES_MAX && ((unsigned char)query[len] & 0xC0) == 0x80)
		len--; /* not in the middle of a letter */
	for (size_t at = 0; at < len && n < WORDS_MAX;) {
		size_t from = at;
		while (at < len && is_word((unsigned char)query[at]))
			at++;
		if (at > from) {
			tg_buf_add_str(out, n++ > 0 ? " AND \"" : "\"");
			add_letters(out, query + from, at - from, fold);
			tg_buf_add_str(out, "\"*");
		}
		while (at < len && !is_word((unsigned char)query[at]))
			at++;
	}
	return n;
}

static bool has(const struct tg_topics *t, unsigned index)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->list[i] == index)
			return true;
	return false;
}

static enum tg_status search(struct kiosk_help *h, const char *match, struct tg_topics *out, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	int rc;
	if (sqlite3_prepare_v2(h->db,
	            "SELECT rowid FROM topic WHERE topic MATCH ?1 ORDER BY bm25(topic, 8.0, 1.0, 8.0, 1.0), rowid", -1,
	            &q, NULL) != SQLITE_OK ||
	        sqlite3_bind_text(q, 1, match, -1, SQLITE_TRANSIENT) != SQLITE_OK) {
		(void)sqlite3_finalize(q);
		return failed(h, err);
	}
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		unsigned index = (unsigned)sqlite3_column_int64(q, 0) - 1;
		if (out->n < TG_TOPICS_MAX && !has(out, index))
			out->list[out->n++] = index;
	}
	enum tg_status st = rc == SQLITE_DONE ? TG_OK : failed(h, err);
	(void)sqlite3_finalize(q);
	return st;
}

/* As it was typed, then among the folded letters. */
static enum tg_status search_twice(struct kiosk_help *h, const char *query, struct tg_topics *out, struct tg_error *err)
{
	enum tg_status st = TG_OK;
	for (int fold = 0; st == TG_OK && fold < 2; fold++) {
		struct tg_buf match = TG_BUF_INIT;
		tg_buf_add_str(&match, fold ? "{title_folded body_folded} : (" : "{title body} : (");
		unsigned words = add_words(&match, query, fold != 0);
		tg_buf_add_u8(&match, ')');
		st = tg_buf_status(&match);
		if (st == TG_OK && words > 0)
			st = search(h, tg_buf_str(&match), out, err);
		tg_buf_finish(&match);
	}
	return st;
}

enum tg_status kiosk_help_find(struct kiosk_help *h, const struct tg_provider *p, enum tg_lang lang, const char *query,
        struct tg_topics *out, struct tg_error *err)
{
	memset(out, 0, sizeof *out);
	if (query[strspn(query, " \t\n")] == '\0') {
		for (unsigned i = 0; i < p->n_help && i < TG_TOPICS_MAX; i++)
			out->list[out->n++] = i;
		return TG_OK;
	}
	TG_TRY(index_of(h, p, lang, err));
	return search_twice(h, query, out, err);
}
