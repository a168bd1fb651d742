/* Typing into an answer. Every edit clears bytes that are no longer part of it: what was erased is gone. */
#include "parts.h"

/* One character that may stand in an answer: no control, no zero-width, no bidi character, no unassigned place. */
static size_t printable(uint32_t ch, char bytes[4])
{
	char clean[16];
	size_t n = ch < 0x20 ? 0 : tg_utf8_put(ch, bytes);
	if (n == 0)
		return 0;
	tg_text_clean(clean, sizeof clean, bytes, n, 4);
	return strlen(clean) == n && memcmp(clean, bytes, n) == 0 ? n : 0;
}

/* A date is edited as its eight digits; the dots come by themselves. */
static size_t digits_before(const char *value, size_t at)
{
	size_t n = 0;
	for (size_t i = 0; i < at; i++)
		n += value[i] >= '0' && value[i] <= '9';
	return n;
}

static size_t date_digits(const char *value, char digits[8])
{
	size_t n = 0;
	for (; *value != '\0' && n < 8; value++)
		if (*value >= '0' && *value <= '9')
			digits[n++] = *value;
	return n;
}

/* `at` of the digits stand before the cursor. */
static void show_date(struct tg_answer *a, const char *digits, size_t n, size_t at)
{
	size_t len = 0;
	memset(a->value, 0, sizeof a->value);
	for (size_t i = 0; i <= n; i++) {
		if (i == at)
			a->cursor = len;
		if (i < n)
			a->value[len++] = digits[i];
		if (i < n && (i == 1 || i == 3))
			a->value[len++] = '.';
	}
	if (at == n)
		a->cursor = len;
}

/* In the Kazakh layout the keys of 6 and 7 give `,` and `.`: after a digit of that row they are digits, else they end
 * the day or the month (P-7). */
static void type_in_date(struct tg_answer *a, uint32_t ch)
{
	char digits[9];
	size_t n = date_digits(a->value, digits), at = digits_before(a->value, a->cursor);
	bool point = ch == '.' || ch == ',';
	if (n == 0)
		a->letters_row = false;
	int digit = !point || a->letters_row ? tg_digit_of(ch) : -1;
	if (point && digit < 0 && at == n && (n == 1 || n == 3)) {
		memmove(digits + n, digits + n - 1, 1);
		digits[n - 1] = '0';
		show_date(a, digits, n + 1, n + 1);
		return;
	}
	if (digit < 0 || n == 8)
		return;
	if (!point)
		a->letters_row = ch > '9' || ch == '"';
	memmove(digits + at + 1, digits + at, n - at);
	digits[at] = (char)('0' + digit);
	show_date(a, digits, n + 1, at + 1);
}

static void erase_in_date(struct tg_answer *a, bool before)
{
	char digits[9];
	size_t n = date_digits(a->value, digits), at = digits_before(a->value, a->cursor);
	if (before ? at == 0 : at == n)
		return;
	at -= before;
	memmove(digits + at, digits + at + 1, n - at - 1);
	show_date(a, digits, n - 1, at);
}

static bool edit_date(struct tg_answer *a, const struct tg_event *ev)
{
	if (ev->action == TG_ACTION_CHAR)
		type_in_date(a, ev->ch);
	else if (ev->action == TG_ACTION_ERASE || ev->action == TG_ACTION_DELETE)
		erase_in_date(a, ev->action == TG_ACTION_ERASE);
	else
		return false;
	return true;
}

static uint32_t meant(const struct tg_field *f, uint32_t ch)
{
	int digit = -1;
	if (f->kind == TG_FIELD_DIGITS)
		digit = tg_digit_of(ch);
	else if (f->kind == TG_FIELD_PHONE || (f->kind == TG_FIELD_SERIALS && ch >= 0x80))
		digit = tg_digit_of_letter(ch);
	return digit < 0 ? ch : (uint32_t)digit + '0';
}

static bool has_lines(const struct tg_field *f)
{
	return tg_field_is_list(f) || f->kind == TG_FIELD_PKCS10;
}

static void insert(struct tg_answer *a, const struct tg_field *f, uint32_t ch)
{
	char bytes[4];
	size_t n = ch == '\n' ? 1 : printable(meant(f, ch), bytes), len = strlen(a->value);
	if (ch == '\n')
		bytes[0] = '\n';
	if (n == 0 || len + n >= sizeof a->value)
		return;
	if (f->max_chars > 0 && tg_utf8_count(a->value) >= (size_t)f->max_chars)
		return;
	memmove(a->value + a->cursor + n, a->value + a->cursor, len - a->cursor + 1);
	memcpy(a->value + a->cursor, bytes, n);
	a->cursor += n;
}

static void remove_between(struct tg_answer *a, size_t from, size_t to)
{
	size_t len = strlen(a->value);
	memmove(a->value + from, a->value + to, len - to);
	memset(a->value + len - (to - from), 0, to - from);
	a->cursor = from;
}

static bool move_cursor(struct tg_answer *a, enum tg_action action)
{
	size_t len = strlen(a->value);
	if (action == TG_ACTION_LEFT)
		a->cursor = a->cursor > 0 ? tg_utf8_prev(a->value, a->cursor) : 0;
	else if (action == TG_ACTION_RIGHT)
		a->cursor = a->cursor < len ? tg_utf8_after(a->value, a->cursor) : len;
	else if (action == TG_ACTION_HOME)
		a->cursor = 0;
	else if (action == TG_ACTION_END)
		a->cursor = len;
	else
		return false;
	return true;
}

/* ---- one answer a line ---- */

static size_t line_start(const char *value, size_t at)
{
	while (at > 0 && value[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const char *value, size_t at)
{
	return at + strcspn(value + at, "\n");
}

static size_t columns_before(const char *value, size_t from, size_t to)
{
	size_t n = 0;
	for (const char *p = value + from; p < value + to; n++)
		(void)tg_utf8_next(&p, value + to);
	return n;
}

/* The place in another line under or above the cursor. */
static void to_line(struct tg_answer *a, size_t start, size_t column)
{
	size_t at = start, end = line_end(a->value, start);
	for (; column > 0 && at < end; column--)
		at = tg_utf8_after(a->value, at);
	a->cursor = at;
}

/* False at the first and the last line: there the key leads to the next field. */
static bool move_between_lines(struct tg_answer *a, enum tg_action action)
{
	size_t start = line_start(a->value, a->cursor), end = line_end(a->value, a->cursor);
	size_t column = columns_before(a->value, start, a->cursor);
	if (action == TG_ACTION_UP && start > 0)
		to_line(a, line_start(a->value, start - 1), column);
	else if (action == TG_ACTION_DOWN && a->value[end] == '\n')
		to_line(a, end + 1, column);
	else if (action == TG_ACTION_HOME)
		a->cursor = start;
	else if (action == TG_ACTION_END)
		a->cursor = end;
	else
		return false;
	return true;
}

bool tg_answer_new_line(struct tg_answer *a, const struct tg_field *f)
{
	size_t start = line_start(a->value, a->cursor), end = line_end(a->value, a->cursor);
	if (start == end)
		return false;
	a->cursor = end;
	if (a->value[end] == '\n' && (a->value[end + 1] == '\n' || a->value[end + 1] == '\0'))
		a->cursor = end + 1; /* there is an empty one already */
	else
		insert(a, f, '\n');
	return a->cursor > end;
}

static bool edit_text(struct tg_answer *a, const struct tg_field *f, const struct tg_event *ev)
{
	if (ev->action == TG_ACTION_CHAR)
		insert(a, f, ev->ch);
	else if (ev->action == TG_ACTION_ERASE && a->cursor > 0)
		remove_between(a, tg_utf8_prev(a->value, a->cursor), a->cursor);
	else if (ev->action == TG_ACTION_DELETE && a->value[a->cursor] != '\0')
		remove_between(a, a->cursor, tg_utf8_after(a->value, a->cursor));
	else
		return ev->action == TG_ACTION_ERASE || ev->action == TG_ACTION_DELETE;
	return true;
}

static int chosen(const struct tg_answer *a, const struct tg_field *f)
{
	for (unsigned i = 0; i < f->n_choices; i++)
		if (strcmp(f->choices[i].id, a->value) == 0)
			return (int)i;
	return -1;
}

/* The next choice whose name begins with the letter. */
static int choice_by_letter(
        const struct tg_flow_config *c, enum tg_lang lang, const struct tg_field *f, int now, uint32_t ch)
{
	for (unsigned k = 1; k <= f->n_choices; k++) {
		unsigned i = (unsigned)(now + (int)k) % f->n_choices;
		const char *p = tg_text(c->i18n, lang, f->choices[i].label);
		if (*p != '\0' && tg_text_lower(tg_utf8_next(&p, p + strlen(p))) == tg_text_lower(ch))
			return (int)i;
	}
	return now;
}

static bool edit_choice(const struct tg_flow_config *c, enum tg_lang lang, struct tg_answer *a,
        const struct tg_field *f, const struct tg_event *ev)
{
	int n = (int)f->n_choices, now = chosen(a, f);
	if (n == 0)
		return false;
	if (ev->action == TG_ACTION_RIGHT || tg_key_is_space(ev))
		now = (now + 1) % n;
	else if (ev->action == TG_ACTION_LEFT)
		now = now <= 0 ? n - 1 : now - 1;
	else if (ev->action == TG_ACTION_HOME)
		now = 0;
	else if (ev->action == TG_ACTION_END)
		now = n - 1;
	else if (ev->action == TG_ACTION_CHAR && ev->ch >= '1' && ev->ch <= '9' && (int)(ev->ch - '1') < n)
		now = (int)(ev->ch - '1');
	else if (ev->action == TG_ACTION_CHAR)
		now = choice_by_letter(c, lang, f, now, ev->ch);
	else if (ev->action == TG_ACTION_ERASE || ev->action == TG_ACTION_DELETE)
		now = -1;
	else
		return false;
	memset(a->value, 0, sizeof a->value);
	a->cursor = 0;
	if (now >= 0)
		(void)tg_copy(a->value, sizeof a->value, f->choices[now].id);
	return true;
}

bool tg_answer_type(struct tg_answer *a, const struct tg_field *f, const struct tg_event *ev)
{
	if (has_lines(f) && move_between_lines(a, ev->action))
		return true;
	bool edited = move_cursor(a, ev->action) || (f->kind == TG_FIELD_DATE ? edit_date(a, ev) : edit_text(a, f, ev));
	if (edited)
		a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_PERSON;
	return edited;
}

bool tg_text_type(char *text, size_t cap, unsigned *cursor, const struct tg_field *f, const struct tg_event *ev)
{
	struct tg_answer a = {.cursor = *cursor};
	(void)tg_copy(a.value, sizeof a.value, text);
	if (a.cursor > strlen(a.value))
		a.cursor = strlen(a.value);
	if (!tg_answer_type(&a, f, ev))
		return false;
	if (strlen(a.value) >= cap)
		return true;
	memset(text, 0, cap);
	(void)tg_copy(text, cap, a.value);
	*cursor = (unsigned)a.cursor;
	return true;
}

/* A request that was read and is right is no text to be edited: it can be taken out whole. */
static bool edit_request(struct tg_flow_state *s, struct tg_answer *a, const struct tg_event *ev)
{
	if (ev->action != TG_ACTION_ERASE && ev->action != TG_ACTION_DELETE)
		return ev->action == TG_ACTION_CHAR || ev->action == TG_ACTION_LEFT || ev->action == TG_ACTION_RIGHT;
	memset(a, 0, sizeof *a);
	memset(&s->pkcs10, 0, sizeof s->pkcs10);
	return true;
}

bool tg_answer_edit(const struct tg_flow_config *c, struct tg_flow_state *s, unsigned field, const struct tg_event *ev)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	struct tg_answer *a = &s->answers[field];
	if (f->kind == TG_FIELD_PKCS10 && s->pkcs10.algorithm[0] != '\0')
		return edit_request(s, a, ev);
	if (!(f->kind == TG_FIELD_CHOICE ? edit_choice(c, s->lang, a, f, ev) : tg_answer_type(a, f, ev)))
		return false;
	a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_PERSON;
	if (f->kind == TG_FIELD_SERIALS && (ev->action == TG_ACTION_CHAR || ev->action == TG_ACTION_ERASE))
		tg_issue_dates_unlock(s);
	if (a->error || a->warning) /* named before: it goes as soon as the value is right (NCA-V) */
		(void)tg_answer_check(c, s, field);
	return true;
}
