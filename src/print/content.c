#include "content.h"

#include "tamga/clock.h"
#include "tamga/text.h"

/* Where the telling is, for short calls. */
struct telling {
	const struct tg_receipt *r;
	const struct tg_i18n *i18n;
	enum tg_lang lang;
	const struct tg_receipt_sink *sink;
};

static const char *say(const struct telling *t, const char *id)
{
	return id ? tg_text(t->i18n, t->lang, id) : "";
}

/* Typed and foreign text is made harmless here, once for every kind of paper. */
static void row(const struct telling *t, const char *number, const char *label_id, const char *value)
{
	char clean[1024];
	tg_text_clean(clean, sizeof clean, value ? value : "", value ? strlen(value) : 0, 400);
	t->sink->row(t->sink->ctx, number, say(t, label_id), value ? clean : NULL);
}

static void row_text(const struct telling *t, const char *label_id, const char *value_id)
{
	row(t, NULL, label_id, value_id ? say(t, value_id) : NULL);
}

static void heading(const struct telling *t, const char *id)
{
	t->sink->heading(t->sink->ctx, say(t, id));
}

static void time_text(const struct telling *t, int64_t ms, char out[TG_TIME_TEXT])
{
	tg_time_local(ms, t->r->utc_offset_minutes, out);
}

static void time_row(const struct telling *t, const char *label_id, int64_t ms)
{
	char text[TG_TIME_TEXT];
	time_text(t, ms, text);
	row(t, NULL, label_id, ms ? text : say(t, "receipt.times.not-yet"));
}

static void tell_head(const struct telling *t)
{
	char number[64];
	tg_text_clean(number, sizeof number, t->r->number, strlen(t->r->number), 40);
	if (t->r->sandbox)
		t->sink->banner(t->sink->ctx, say(t, "receipt.training"));
	t->sink->title(t->sink->ctx, say(t, "receipt.title"));
	t->sink->number(t->sink->ctx, say(t, "receipt.number"), number, say(t, "receipt.how"));
}

static void tell_result(const struct telling *t)
{
	char when[TG_TIME_TEXT], until[256], text[1024];
	time_text(t, t->r->result_ms ? t->r->result_ms : t->r->promised_ms, when);
	(void)tg_text_fill(until, sizeof until, say(t, "receipt.result.until"), "time", when, (char *)NULL);
	snprintf(text, sizeof text, "%s; %s",
	        t->r->result_ms     ? when
	        : t->r->promised_ms ? until
	                            : say(t, t->r->result ? t->r->result : "receipt.result.at-once"),
	        say(t, t->r->place));
	row(t, NULL, "receipt.result", text);
}

static void tell_request(const struct telling *t)
{
	char text[1024];
	snprintf(text, sizeof text, "%s. %s", t->r->form_code ? t->r->form_code : "", say(t, t->r->form_title));
	time_row(t, "receipt.accepted", t->r->accepted_ms);
	row_text(t, "receipt.provider", t->r->provider);
	row_text(t, "receipt.service", t->r->service);
	row(t, NULL, "receipt.form", text);
	row_text(t, "receipt.state", t->r->state);
	tell_result(t);
	row(t, NULL, "receipt.accepted-by",
	        t->r->accepted_by ? t->r->accepted_by : say(t, "receipt.accepted-by.kiosk"));
	row(t, NULL, "receipt.kiosk", t->r->kiosk);
	if (t->r->ticket && *t->r->ticket)
		row(t, NULL, "receipt.ticket", t->r->ticket);
}

static void tell_notes(const struct telling *t)
{
	for (unsigned i = 0; i < t->r->n_notes && i < TG_RECEIPT_NOTES; i++)
		row(t, NULL, t->r->notes[i], NULL);
}

static void tell_documents(const struct telling *t)
{
	char number[16], title[512];
	snprintf(title, sizeof title, "%s: %u", say(t, "receipt.documents"), t->r->n_documents);
	t->sink->heading(t->sink->ctx, title);
	for (unsigned i = 0; i < t->r->n_documents && i < TG_DOCUMENTS_MAX; i++) {
		snprintf(number, sizeof number, "%u.", i + 1);
		row(t, number, t->r->documents[i].label, t->r->documents[i].value);
	}
	if (!t->r->n_documents)
		row(t, NULL, "receipt.documents.none", NULL);
}

static void tell_times(const struct telling *t)
{
	heading(t, "receipt.times");
	time_row(t, "receipt.times.accepted", t->r->accepted_ms);
	time_row(t, "receipt.times.sent", t->r->sent_ms);
	time_row(t, "receipt.times.registered", t->r->registered_ms);
}

/* Once over all certificates that are on it. */
static void tell_carrier(const struct telling *t, unsigned i)
{
	const char *on = t->r->certificates[i].carrier;
	const char *before = i > 0 ? t->r->certificates[i - 1].carrier : NULL;
	if (on && (!before || strcmp(on, before) != 0))
		row(t, NULL, on, t->r->certificates[i].carrier_serial);
}

static void tell_certificates(const struct telling *t)
{
	char number[16];
	if (!t->r->n_certificates)
		return;
	heading(t, "receipt.certificates");
	for (unsigned i = 0; i < t->r->n_certificates && i < 4; i++) {
		tell_carrier(t, i);
		snprintf(number, sizeof number, "%u.", i + 1);
		row(t, number, t->r->certificates[i].key, NULL);
		row(t, "", "receipt.certificate.serial", t->r->certificates[i].serial);
		row(t, "", "receipt.certificate.until", t->r->certificates[i].valid_until);
	}
	if (t->r->not_written)
		row(t, NULL, t->r->not_written, NULL);
}

static void tell_answers(const struct telling *t)
{
	if (!t->r->n_answers)
		return;
	heading(t, "receipt.answers");
	for (unsigned i = 0; i < t->r->n_answers && i < TG_RECEIPT_ROWS; i++) {
		const char *value = t->r->answers[i].value;
		row(t, t->r->answers[i].number, t->r->answers[i].label,
		        value && *value ? value : say(t, "receipt.answer.none"));
	}
}

void tg_receipt_tell(
        const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang lang, const struct tg_receipt_sink *sink)
{
	struct telling t = {r, i18n, lang, sink};
	tell_head(&t);
	tell_request(&t);
	tell_notes(&t);
	tell_documents(&t);
	tell_certificates(&t);
	tell_times(&t);
	tell_answers(&t);
}
