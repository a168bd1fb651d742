/* size 80x24
 * type TEXT                      to the end of the line; "TEXT" in quotes keeps spaces at its ends
 * key NAME[*N] NAME[*N] …        Enter Tab BackTab Esc Up Down Left Right Home End PageUp PageDown Backspace Delete
 *                                Space F1 … F12 Ctrl-X
 * wait "text" [10s]              default 15s
 * expect "text" | expect-not "text"
 * card insert PERSONA | card STEP where STEP is pull, pull-at N, pull-after N, slow MS, break, mend, mute, unmute,
 *                                any-pin; token likewise, in the second reader
 * net down | net up
 * kill kiosk|agent|token|centre
 * restart kiosk|agent|centre
 * clock +5m                      also -, and ms s m h d
 * shot NAME
 * sleep 1s
 * # begins a comment line; after a step other than type, a comment may follow. */
#include "walkfile.h"

#include "harness.h"
#include "tamga/text.h"

#include <errno.h>

#define DEFAULT_WAIT_MS 15000
#define FILE_MOST       (1u << 20)

struct parse {
	struct tg_walk *out;
	const char *file;
	int line;
	const char *begin, *p, *end; /* of the line */
	struct tg_error *err;
};

const char *tg_walk_verb_name(enum tg_walk_verb verb)
{
#define NAME(name, word) word,
	static const char *const names[] = {TG_WALK_VERBS(NAME)};
#undef NAME
	return verb < TG_WALK_VERB_COUNT ? names[verb] : "?";
}

static enum tg_status wrong(const struct parse *s, const char *what)
{
	int column = (int)(s->p - s->begin) + 1;
	return tg_error_at(s->err, TG_INVALID, s->file, s->line, column, "%s", what);
}

static void skip_spaces(struct parse *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

static bool at_end(struct parse *s)
{
	skip_spaces(s);
	return s->p == s->end || *s->p == '#';
}

/* The next word, "" at the end. */
static void word(struct parse *s, char *out, size_t cap)
{
	size_t n = 0;
	skip_spaces(s);
	for (; s->p < s->end && *s->p != ' ' && *s->p != '\t'; s->p++)
		if (n + 1 < cap)
			out[n++] = *s->p;
	out[n] = '\0';
}

/* "text" with \" and \\. */
static enum tg_status quoted(struct parse *s, char **out)
{
	skip_spaces(s);
	if (s->p == s->end || *s->p != '"')
		return wrong(s, "a text in quotes is wanted here");
	struct tg_buf b = TG_BUF_INIT;
	for (s->p++; s->p < s->end && *s->p != '"'; s->p++) {
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		tg_buf_add(&b, s->p, 1);
	}
	bool closed = s->p < s->end, empty = b.len == 0;
	s->p += closed;
	*out = strdup(tg_buf_str(&b));
	tg_buf_finish(&b);
	if (!*out)
		return TG_NO_MEMORY;
	return closed && !empty ? TG_OK : wrong(s, closed ? "an empty text" : "the closing quote is missing");
}

/* "10s", "+5m", "250ms"; false when it is none. */
static bool duration(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || errno || n > 1000000000LL || n < -1000000000LL)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(end, units[i].unit) == 0) {
			*ms = n * units[i].ms;
			return true;
		}
	return false;
}

static struct tg_walk_step *add_step(struct parse *s, enum tg_walk_verb verb)
{
	struct tg_walk *w = s->out;
	if (w->n % 64 == 0) {
		struct tg_walk_step *more = realloc(w->steps, (w->n + 64) * sizeof *more);
		if (!more)
			return NULL;
		w->steps = more;
	}
	w->steps[w->n] = (struct tg_walk_step){.verb = verb, .line = s->line};
	return &w->steps[w->n++];
}

static bool one_of(const char *word, const char *list)
{
	size_t n = strlen(word);
	for (const char *p = list; n && *p; p += strcspn(p, " "), p += *p == ' ')
		if (strncmp(p, word, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static enum tg_status parse_size(struct parse *s, struct tg_walk_step *step)
{
	char text[32];
	int used = 0;
	word(s, text, sizeof text);
	bool good = sscanf(text, "%4dx%4d%n", &step->columns, &step->rows, &used) == 2 && text[used] == '\0' &&
	            step->columns > 0 && step->rows > 0 && step->columns <= 400 && step->rows <= 200;
	return good ? TG_OK : wrong(s, "a size such as 80x24 is wanted here");
}

static enum tg_status parse_type(struct parse *s, struct tg_walk_step *step)
{
	skip_spaces(s);
	size_t n = (size_t)(s->end - s->p);
	if (n >= 2 && *s->p == '"' && s->end[-1] == '"')
		return quoted(s, &step->text);
	if (!n)
		return wrong(s, "nothing to type");
	step->text = strndup(s->p, n);
	s->p = s->end;
	return step->text ? TG_OK : TG_NO_MEMORY;
}

static bool key_known(const char *name)
{
	char key[32];
	const char *star = strchr(name, '*');
	size_t n = star ? (size_t)(star - name) : strlen(name);
	if (n >= sizeof key)
		return false;
	memcpy(key, name, n);
	key[n] = '\0';
	char *end = NULL;
	long times = star ? strtol(star + 1, &end, 10) : 1;
	return tg_harness_key_bytes(key) && times >= 1 && times <= 1000 && (!star || (end != star + 1 && *end == '\0'));
}

static enum tg_status parse_keys(struct parse *s, struct tg_walk_step *step)
{
	do {
		char name[64];
		skip_spaces(s);
		const char *at = s->p;
		word(s, name, sizeof name);
		if (!key_known(name)) {
			s->p = at;
			return wrong(s, "there is no such key");
		}
		if (!step && !(step = add_step(s, TG_WALK_KEY)))
			return TG_NO_MEMORY;
		step->text = strdup(name);
		if (!step->text)
			return TG_NO_MEMORY;
		step = NULL;
	} while (!at_end(s));
	return TG_OK;
}

static enum tg_status parse_wait(struct parse *s, struct tg_walk_step *step)
{
	char text[32];
	step->ms = DEFAULT_WAIT_MS;
	TG_TRY(quoted(s, &step->text));
	if (at_end(s))
		return TG_OK;
	word(s, text, sizeof text);
	return duration(text, &step->ms) && step->ms > 0 ? TG_OK : wrong(s, "a time such as 10s is wanted here");
}

static enum tg_status keep_word(struct parse *s, char **out, const char *list, const char *what)
{
	char text[256];
	skip_spaces(s);
	const char *at = s->p;
	word(s, text, sizeof text);
	if (!*text || *text == '#' || (list && !one_of(text, list))) {
		s->p = at;
		return wrong(s, what);
	}
	*out = strdup(text);
	return *out ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status parse_card(struct parse *s, struct tg_walk_step *step)
{
	TG_TRY(keep_word(s, &step->text, "insert pull pull-at pull-after slow break mend mute unmute any-pin",
	        "insert, pull, pull-at, pull-after, slow, break, mend, mute, unmute or any-pin is wanted here"));
	bool number = one_of(step->text, "pull-at pull-after slow");
	if (!number && (strcmp(step->text, "insert") != 0 || at_end(s)))
		return TG_OK;
	TG_TRY(keep_word(s, &step->more, NULL, number ? "a number is wanted here" : "a persona is wanted here"));
	if (number && strspn(step->more, "0123456789") != strlen(step->more))
		return wrong(s, "a number is wanted here");
	return TG_OK;
}

static enum tg_status parse_time(struct parse *s, struct tg_walk_step *step, bool sign)
{
	char text[32];
	word(s, text, sizeof text);
	if (!duration(text, &step->ms) || (sign && *text != '+' && *text != '-') || (!sign && step->ms < 0))
		return wrong(s, sign ? "a shift such as +5m is wanted here" : "a time such as 1s is wanted here");
	return TG_OK;
}

static enum tg_status parse_shot(struct parse *s, struct tg_walk_step *step)
{
	TG_TRY(keep_word(s, &step->text, NULL, "a name is wanted here"));
	bool plain = step->text[0] != '.' && !strchr(step->text, '/');
	return plain ? TG_OK : wrong(s, "the name is a plain file name");
}

static enum tg_status parse_step(struct parse *s, struct tg_walk_step *step)
{
	switch (step->verb) {
	case TG_WALK_SIZE:
		return parse_size(s, step);
	case TG_WALK_TYPE:
		return parse_type(s, step);
	case TG_WALK_KEY:
		return parse_keys(s, step);
	case TG_WALK_WAIT:
		return parse_wait(s, step);
	case TG_WALK_EXPECT:
	case TG_WALK_EXPECT_NOT:
		return quoted(s, &step->text);
	case TG_WALK_CARD:
	case TG_WALK_TOKEN:
		return parse_card(s, step);
	case TG_WALK_NET:
		return keep_word(s, &step->text, "down up", "down or up is wanted here");
	case TG_WALK_KILL:
		return keep_word(
		        s, &step->text, "kiosk agent token centre", "kiosk, agent, token or centre is wanted here");
	case TG_WALK_RESTART:
		return keep_word(s, &step->text, "kiosk agent centre", "kiosk, agent or centre is wanted here");
	case TG_WALK_CLOCK:
		return parse_time(s, step, true);
	case TG_WALK_SHOT:
		return parse_shot(s, step);
	case TG_WALK_SLEEP:
		return parse_time(s, step, false);
	case TG_WALK_VERB_COUNT:
		break;
	}
	return wrong(s, "there is no such step");
}

static enum tg_status parse_line(struct parse *s)
{
	char verb[32];
	if (at_end(s))
		return TG_OK;
	const char *at = s->p;
	word(s, verb, sizeof verb);
	for (int i = 0; i < TG_WALK_VERB_COUNT; i++) {
		if (strcmp(verb, tg_walk_verb_name((enum tg_walk_verb)i)) != 0)
			continue;
		struct tg_walk_step *step = add_step(s, (enum tg_walk_verb)i);
		if (!step)
			return TG_NO_MEMORY;
		TG_TRY(parse_step(s, step));
		return at_end(s) ? TG_OK : wrong(s, "the line should end here");
	}
	s->p = at;
	return wrong(s, "there is no such step");
}

static enum tg_status parse_lines(struct parse *s, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		s->line++;
		s->begin = s->p = p;
		s->end = newline ? newline : end;
		p = newline ? newline + 1 : end;
		if (s->end > s->begin && s->end[-1] == '\r')
			s->end--;
		TG_TRY(parse_line(s));
	}
	return TG_OK;
}

enum tg_status tg_walk_parse(struct tg_walk *out, const char *file, const char *text, size_t n, struct tg_error *err)
{
	*out = (struct tg_walk){0};
	struct parse s = {.out = out, .file = file, .err = err, .begin = text, .p = text, .end = text};
	enum tg_status st;
	if (!tg_utf8_valid(text, n) || memchr(text, '\0', n))
		st = tg_error_at(err, TG_INVALID, file, 1, 1, "the file is not UTF-8 text");
	else
		st = parse_lines(&s, text, n);
	if (st != TG_OK)
		tg_walk_finish(out);
	return st;
}

enum tg_status tg_walk_load(struct tg_walk *out, const char *file, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	char part[4096];
	size_t n;
	*out = (struct tg_walk){0};
	FILE *f = fopen(file, "rb");
	if (!f)
		return tg_error_at(err, TG_NOT_FOUND, file, 0, 0, "%s", strerror(errno));
	while ((n = fread(part, 1, sizeof part, f)) > 0 && text.len < FILE_MOST)
		tg_buf_add(&text, part, n);
	bool bad = ferror(f) || text.failed || text.len >= FILE_MOST;
	fclose(f);
	enum tg_status st = bad ? tg_error_at(err, TG_IO, file, 0, 0, "cannot be read, or is too long")
	                        : tg_walk_parse(out, file, tg_buf_str(&text), text.len, err);
	tg_buf_finish(&text);
	return st;
}

void tg_walk_finish(struct tg_walk *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->steps[i].text);
		free(w->steps[i].more);
	}
	free(w->steps);
	*w = (struct tg_walk){0};
}
