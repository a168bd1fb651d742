#include "wire.h"

#define COPIES_MOST 4
#define COUNT_MOST  (INT64_C(1) << 53)

/* One walk over the members writes and reads, so that both sides cannot differ. */
struct codec {
	struct tg_buf *out; /* NULL: reads from `in` */
	struct tg_reader in;
	struct tg_arena *arena; /* of lists that are read */
};

static void number(struct codec *c, uint64_t *v)
{
	if (c->out)
		tg_buf_add_u64(c->out, *v);
	else
		*v = tg_read_u64(&c->in);
}

static void time_ms(struct codec *c, int64_t *v)
{
	uint64_t bits = (uint64_t)*v;
	number(c, &bits);
	*v = (int64_t)bits;
}

/* Nothing below zero, and nothing that two of would be too much. */
static void count(struct codec *c, int64_t *v)
{
	time_ms(c, v);
	c->in.failed = c->in.failed || *v < 0 || *v > COUNT_MOST;
}

/* Reads nothing above `most`. */
static unsigned small(struct codec *c, unsigned v, unsigned most)
{
	uint64_t wide = v;
	number(c, &wide);
	c->in.failed = c->in.failed || wide > most;
	return wide > most ? 0 : (unsigned)wide;
}

/* Length with the closing NUL; 0 is NULL. */
static void text(struct codec *c, const char **s)
{
	if (c->out) {
		size_t n = *s ? strlen(*s) + 1 : 0;
		tg_buf_add_u32(c->out, (uint32_t)n);
		tg_buf_add(c->out, *s, n);
		return;
	}
	struct tg_bytes bytes = tg_read_bytes(&c->in, tg_read_u32(&c->in));
	bool whole = bytes.len && memchr(bytes.data, 0, bytes.len) == bytes.data + bytes.len - 1;
	c->in.failed = c->in.failed || (bytes.len && !whole);
	*s = whole ? (const char *)bytes.data : NULL;
}

static void walk_lists(struct codec *c, struct tg_receipt *r)
{
	r->n_documents = small(c, r->n_documents, sizeof r->documents / sizeof r->documents[0]);
	for (unsigned i = 0; i < r->n_documents; i++) {
		text(c, &r->documents[i].label);
		text(c, &r->documents[i].value);
	}
	r->n_certificates = small(c, r->n_certificates, sizeof r->certificates / sizeof r->certificates[0]);
	for (unsigned i = 0; i < r->n_certificates; i++) {
		text(c, &r->certificates[i].key);
		text(c, &r->certificates[i].serial);
		text(c, &r->certificates[i].valid_until);
		text(c, &r->certificates[i].carrier);
		text(c, &r->certificates[i].carrier_serial);
	}
	text(c, &r->not_written);
	r->n_answers = small(c, r->n_answers, TG_RECEIPT_ROWS);
	for (unsigned i = 0; i < r->n_answers; i++) {
		text(c, &r->answers[i].number);
		text(c, &r->answers[i].label);
		text(c, &r->answers[i].value);
	}
	r->n_notes = small(c, r->n_notes, TG_RECEIPT_NOTES);
	for (unsigned i = 0; i < r->n_notes; i++)
		text(c, &r->notes[i]);
}

static void walk(struct codec *c, struct tg_print_job *job)
{
	struct tg_receipt *r = &job->receipt;
	const char **const texts[] = {&job->locale, &job->printer, &r->number, &r->provider, &r->service,
	        &r->form_title, &r->form_code, &r->kiosk, &r->state, &r->result, &r->place, &r->accepted_by,
	        &r->ticket};
	int64_t *const times[] = {&r->accepted_ms, &r->sent_ms, &r->registered_ms, &r->result_ms, &r->promised_ms};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text(c, texts[i]);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		time_ms(c, times[i]);
	int64_t offset = r->utc_offset_minutes;
	time_ms(c, &offset);
	r->utc_offset_minutes = (int)offset;
	c->in.failed = c->in.failed || offset < -24 * 60 || offset > 24 * 60;
	job->first = (enum tg_lang)small(c, (unsigned)job->first, TG_LANG_COUNT - 1);
	job->office = (enum tg_lang)small(c, (unsigned)job->office, TG_LANG_COUNT - 1);
	r->sandbox = small(c, r->sandbox, 1) != 0;
	walk_lists(c, r);
}

void tg_print_job_encode(const struct tg_print_job *job, struct tg_buf *out)
{
	struct codec c = {.out = out};
	struct tg_print_job copy = *job;
	walk(&c, &copy);
	out->failed = out->failed || c.in.failed;
}

bool tg_print_job_decode(const struct tg_buf *body, struct tg_print_job *out)
{
	struct codec c = {.out = NULL};
	*out = (struct tg_print_job){.first = TG_LANG_RU};
	tg_reader_init(&c.in, body->data, body->len);
	walk(&c, out);
	return tg_reader_done(&c.in) && out->locale && out->receipt.number;
}

/* ---- sheets ---- */

static void flag(struct codec *c, bool *b)
{
	*b = small(c, *b, 1) != 0;
}

static void walk_item(struct codec *c, struct tg_sheet_item *item)
{
	const char **const texts[] = {&item->number, &item->label, &item->value, &item->sign};
	bool *const flags[] = {&item->right, &item->given, &item->said, &item->code, &item->listed, &item->named};
	item->kind = (enum tg_sheet_kind)small(c, (unsigned)item->kind, TG_SHEET_KINDS - 1);
	item->from = small(c, item->from, TG_VALUE_MAX);
	item->most = small(c, item->most, TG_VALUE_MAX);
	item->blank = small(c, item->blank, 64);
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		flag(c, flags[i]);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text(c, texts[i]);
	bool valued = item->kind == TG_SHEET_CONSENT || item->kind == TG_SHEET_BIG || item->kind == TG_SHEET_CODE;
	c->in.failed = c->in.failed || (valued && !item->value) || (item->value && strlen(item->value) > TG_VALUE_MAX);
}

static void walk_sheet(struct codec *c, struct tg_print_sheet *job)
{
	struct tg_sheet *s = &job->sheet;
	const char **const texts[] = {&job->locale, &job->printer, &s->code, &s->title, &s->annex, &s->number};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text(c, texts[i]);
	s->lang = (enum tg_lang)small(c, (unsigned)s->lang, TG_LANG_COUNT - 1);
	s->person = (enum tg_lang)small(c, (unsigned)s->person, TG_LANG_COUNT - 1);
	s->reader = (enum tg_lang)small(c, (unsigned)s->reader, TG_LANG_COUNT - 1);
	time_ms(c, &s->date_ms);
	int64_t offset = s->utc_offset_minutes;
	time_ms(c, &offset);
	s->utc_offset_minutes = (int)offset;
	c->in.failed = c->in.failed || offset < -24 * 60 || offset > 24 * 60;
	s->copies = small(c, s->copies, COPIES_MOST);
	flag(c, &s->sandbox);
	flag(c, &s->number_inside);
	s->n_items = small(c, s->n_items, TG_SHEET_ITEMS);
	for (unsigned i = 0; i < s->n_items; i++)
		walk_item(c, &s->items[i]);
}

void tg_print_sheet_encode(const struct tg_print_sheet *job, struct tg_buf *out)
{
	struct codec c = {.out = out};
	struct tg_print_sheet copy = *job;
	walk_sheet(&c, &copy);
	out->failed = out->failed || c.in.failed;
}

bool tg_print_sheet_decode(const struct tg_buf *body, struct tg_print_sheet *out)
{
	struct codec c = {.out = NULL};
	memset(out, 0, sizeof *out);
	tg_reader_init(&c.in, body->data, body->len);
	walk_sheet(&c, out);
	return tg_reader_done(&c.in) && out->locale && out->sheet.title && out->sheet.copies > 0;
}

/* ---- statements ---- */

/* Room for a list that is read; what is written has its own. */
static void *list(struct codec *c, void *own, unsigned n, size_t size)
{
	if (c->out || n == 0 || c->in.failed)
		return c->out ? own : NULL;
	void *room = tg_arena_get(c->arena, n * size);
	c->in.failed = !room;
	return room;
}

static void walk_chart(struct codec *c, struct tg_statement_section *s)
{
	text(c, &s->chart);
	text(c, &s->parts[0]);
	text(c, &s->parts[1]);
	s->n_bars = small(c, s->n_bars, TG_STATEMENT_BARS);
	s->bars = list(c, s->bars, s->n_bars, sizeof *s->bars);
	for (unsigned i = 0; s->bars && i < s->n_bars; i++) {
		text(c, &s->bars[i].label);
		count(c, &s->bars[i].parts[0]);
		count(c, &s->bars[i].parts[1]);
	}
}

static void walk_section(struct codec *c, struct tg_statement_section *s)
{
	text(c, &s->heading);
	text(c, &s->note);
	s->n_columns = small(c, s->n_columns, TG_STATEMENT_COLUMNS);
	s->n_rows = small(c, s->n_rows, TG_STATEMENT_ROWS);
	for (unsigned i = 0; i < s->n_columns; i++) {
		text(c, &s->columns[i]);
		flag(c, &s->numeric[i]);
	}
	unsigned n = s->n_rows * s->n_columns;
	s->cells = list(c, s->cells, n, sizeof *s->cells);
	for (unsigned i = 0; s->cells && i < n; i++)
		text(c, &s->cells[i]);
	walk_chart(c, s);
}

static void walk_statement(struct codec *c, struct tg_print_statement *job)
{
	struct tg_statement *s = &job->statement;
	const char **const texts[] = {&job->locale, &job->printer, &s->title, &s->period, &s->none};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text(c, texts[i]);
	s->lang = (enum tg_lang)small(c, (unsigned)s->lang, TG_LANG_COUNT - 1);
	time_ms(c, &s->ms);
	s->n_sections = small(c, s->n_sections, TG_STATEMENT_SECTIONS);
	for (unsigned i = 0; i < s->n_sections; i++)
		walk_section(c, &s->sections[i]);
}

void tg_print_statement_encode(const struct tg_print_statement *job, struct tg_buf *out)
{
	struct codec c = {.out = out};
	struct tg_print_statement copy = *job;
	walk_statement(&c, &copy);
	out->failed = out->failed || c.in.failed;
}

bool tg_print_statement_decode(const struct tg_buf *body, struct tg_arena *arena, struct tg_print_statement *out)
{
	struct codec c = {.arena = arena};
	memset(out, 0, sizeof *out);
	tg_reader_init(&c.in, body->data, body->len);
	walk_statement(&c, out);
	return tg_reader_done(&c.in) && out->locale && out->statement.title;
}

/* ---- results ---- */

void tg_print_result_encode(enum tg_status status, int job, const struct tg_error *why, struct tg_buf *out)
{
	struct codec c = {.out = out};
	const char *detail = why->detail;
	tg_buf_add_u16(out, (uint16_t)status);
	tg_buf_add_u32(out, (uint32_t)job);
	text(&c, &detail);
}

bool tg_print_result_decode(const struct tg_buf *body, enum tg_status *status, int *job, struct tg_error *why)
{
	struct codec c = {.out = NULL};
	const char *detail = NULL;
	tg_reader_init(&c.in, body->data, body->len);
	*status = (enum tg_status)tg_read_u16(&c.in);
	*job = (int)tg_read_u32(&c.in);
	text(&c, &detail);
	if (!tg_reader_done(&c.in) || (*status != TG_OK && tg_status_class(*status) == TG_CLASS_BUG))
		return false;
	if (*status != TG_OK)
		(void)tg_error_set(why, *status, "%s", detail ? detail : "");
	return true;
}
