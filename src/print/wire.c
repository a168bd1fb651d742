#include "wire.h"

/* One walk over the members writes and reads, so that both sides cannot differ. */
struct codec {
	struct tg_buf *out; /* NULL: reads from `in` */
	struct tg_reader in;
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
	}
	r->n_answers = small(c, r->n_answers, TG_RECEIPT_ROWS);
	for (unsigned i = 0; i < r->n_answers; i++) {
		text(c, &r->answers[i].number);
		text(c, &r->answers[i].label);
		text(c, &r->answers[i].value);
	}
}

static void walk(struct codec *c, struct tg_print_job *job)
{
	struct tg_receipt *r = &job->receipt;
	const char **const texts[] = {&job->locale, &job->printer, &r->number, &r->provider, &r->service,
	        &r->form_title, &r->form_code, &r->kiosk, &r->state, &r->place, &r->accepted_by};
	int64_t *const times[] = {&r->accepted_ms, &r->sent_ms, &r->registered_ms, &r->result_ms};
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
