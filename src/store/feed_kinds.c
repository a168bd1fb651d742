/* What an item of the feed may say, kind by kind: a page goes to every kiosk of the country, so nothing gets into it
 * that is not on this list. No member holds personal data. Requirement C-5. */
#include "body.h"
#include "db.h"

#define ID_MAX_CHARS   64
#define NAME_MAX_BYTES 200
#define TEXT_MAX_BYTES 6000
#define LIST_MAX       512

enum form {
	INTEGER,
	ID,     /* a word of this program's or of the provider's data */
	NAME,   /* one line that the office wrote */
	WORDS,  /* kk, ky, ru, en, and nothing else */
	TRIES,  /* arrays of [stream, time, 0 or 1] */
	CLEARS, /* arrays of [stream, time] */
	SEQS    /* numbers of entries */
};
struct member {
	const char *kind, *name;
	enum form form;
};
static const struct member members[] = {
        {"news", "from_ms", INTEGER},
        {"news", "until_ms", INTEGER},
        {"news", "title", WORDS},
        {"news", "text", WORDS},
        {"software", "from_ms", INTEGER},
        {"software", "until_ms", INTEGER},
        {"software", "text", WORDS},
        {"register", "source", NAME},
        {"register", "records", INTEGER},
        {"register", "ms", INTEGER},
        {"revoked", "serial", ID},
        {"revoked", "reason", INTEGER},
        {"revoked", "ms", INTEGER},
        {"lock", "tries", TRIES},
        {"lock", "clears", CLEARS},
        {"token", "state", ID},
        {"erase", "seqs", SEQS},
        {"application", "state", ID},
        {"application", "code", INTEGER},
        {"application", "ms", INTEGER},
        {"application", "promised_ms", INTEGER},
        {"application", "ground", ID},
        {"application", "complaint", ID},
        {"application", "due", INTEGER},
        {"application", "rest", INTEGER},
        {"application", "currency", ID},
};

bool tg_feed_plain(const char *text, size_t max, bool may_be_empty)
{
	size_t n = strnlen(text, max + 1);
	if (n > max || (n == 0 && !may_be_empty))
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

bool tg_feed_kind_is_for_one(const char *kind)
{
	return strcmp(kind, "application") == 0 || strcmp(kind, "erase") == 0;
}

static bool is_text(const json_t *v, size_t max)
{
	const char *text = json_string_value(v);
	if (!text || json_string_length(v) > max || strlen(text) != json_string_length(v))
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' && *text != '\n')
			return false;
	return true;
}

static bool is_words(const json_t *v)
{
	static const char *const languages[] = {"kk", "ky", "ru", "en"};
	for (size_t i = 0; i < 4; i++)
		if (!is_text(json_object_get(v, languages[i]), TEXT_MAX_BYTES))
			return false;
	return json_object_size(v) == 4;
}

static bool is_row(const json_t *row, size_t columns)
{
	const char *kiosk = json_string_value(json_array_get(row, 0));
	bool ok = json_array_size(row) == columns && kiosk && tg_kiosk_id_valid(kiosk);
	for (size_t i = 1; ok && i < columns; i++)
		ok = json_is_integer(json_array_get(row, i));
	return ok;
}

static bool is_rows(const json_t *v, size_t columns)
{
	bool ok = json_is_array(v) && json_array_size(v) <= LIST_MAX;
	for (size_t i = 0; ok && i < json_array_size(v); i++)
		ok = is_row(json_array_get(v, i), columns);
	return ok;
}

static bool is_seqs(const json_t *v)
{
	bool ok = json_is_array(v) && json_array_size(v) <= LIST_MAX;
	for (size_t i = 0; ok && i < json_array_size(v); i++)
		ok = json_integer_value(json_array_get(v, i)) > 0;
	return ok;
}

static bool fits(enum form form, const json_t *v)
{
	switch (form) {
	case INTEGER:
		return json_is_integer(v);
	case ID:
		return json_is_string(v) && tg_feed_plain(json_string_value(v), ID_MAX_CHARS, true);
	case NAME:
		return is_text(v, NAME_MAX_BYTES) && !strchr(json_string_value(v), '\n');
	case WORDS:
		return is_words(v);
	case TRIES:
		return is_rows(v, 3);
	case CLEARS:
		return is_rows(v, 2);
	case SEQS:
		return is_seqs(v);
	}
	return false;
}

static bool member_fits(const char *kind, const char *name, const json_t *value)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].kind, kind) == 0 && strcmp(members[i].name, name) == 0)
			return fits(members[i].form, value);
	return false;
}

static bool is_known(const char *kind)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].kind, kind) == 0)
			return true;
	return false;
}

bool tg_feed_body_fits(const char *kind, const json_t *body)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)body, name, value)
	{
		if (!member_fits(kind, name, value))
			return false;
	}
	return is_known(kind) && json_is_object(body);
}

void tg_feed_body_trim(const char *kind, json_t *body)
{
	const char *name;
	json_t *value;
	void *next;
	json_object_foreach_safe(body, next, name, value)
	{
		if (!member_fits(kind, name, value))
			(void)json_object_del(body, name);
	}
}
