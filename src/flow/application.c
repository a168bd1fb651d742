/* The body of application.submitted (record.h), written by hand: the order of members is the order of the form, and no
 * copy of the answers stays in a library's heap. */
#include "parts.h"

static void add_string(struct tg_buf *out, const char *s)
{
	tg_buf_add_u8(out, '"');
	for (; *s != '\0'; s++) {
		unsigned char ch = (unsigned char)*s;
		if (ch == '"' || ch == '\\') {
			tg_buf_add_u8(out, '\\');
			tg_buf_add_u8(out, ch);
		} else if (ch < 0x20 || ch == 0x7F) {
			tg_buf_addf(out, "\\u%04x", (unsigned)ch);
		} else {
			tg_buf_add_u8(out, ch);
		}
	}
	tg_buf_add_u8(out, '"');
}

static void add_member(struct tg_buf *out, const char *name, const char *value)
{
	tg_buf_addf(out, ",\"%s\":", name);
	add_string(out, value);
}

static const char *by_name(enum tg_answer_by by)
{
	static const char *const names[] = {"person", "person", "chip", "staff", "certificate"};
	return names[by];
}

static void add_answers(struct tg_buf *out, const struct tg_flow_state *s, const struct tg_form *form)
{
	const char *comma = "";
	tg_buf_add_str(out, ",\"answers\":[");
	for (unsigned i = 0; i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++) {
		if (s->answers[i].value[0] == '\0')
			continue;
		tg_buf_addf(out, "%s{\"field\":", comma);
		add_string(out, form->fields[i].id);
		add_member(out, "number", form->fields[i].number);
		add_member(out, "value", s->answers[i].value);
		add_member(out, "by", by_name(s->answers[i].by));
		tg_buf_add_u8(out, '}');
		comma = ",";
	}
	tg_buf_add_u8(out, ']');
}

static void add_consents(struct tg_buf *out, const struct tg_flow_state *s, const struct tg_form *form)
{
	const char *comma = "";
	tg_buf_add_str(out, ",\"consents\":[");
	for (unsigned i = 0; i < form->n_consents && i < sizeof s->consents / sizeof s->consents[0]; i++) {
		if (!s->consents[i])
			continue;
		tg_buf_add_str(out, comma);
		add_string(out, form->consents[i].id);
		comma = ",";
	}
	tg_buf_add_u8(out, ']');
}

/* What of the chip was proven, for the desk; also when it was not, and the answers are the person's (K-4). */
static void add_chip_document(struct tg_buf *out, const struct tg_flow_state *s)
{
	const struct tg_chip_document *d = &s->doc.chip;
	if (!tg_document_was_read(s))
		return;
	tg_buf_addf(out, ",\"document\":{\"access\":\"%s\",\"passive\":%d,\"active\":%d,\"chip\":%d",
	        d->pace ? "pace" : "bac", (int)d->passive, (int)d->active, (int)d->chip);
	add_member(out, "signer", d->signer);
	if (s->doc.name_fit != TG_NAME_UNKNOWN)
		add_member(out, "chip_name", s->doc.name_fit == TG_NAME_FITS ? "same" : "other");
	tg_buf_add_u8(out, '}');
}

static void add_documents(struct tg_buf *out, const struct tg_flow_state *s)
{
	const char *comma = "";
	tg_buf_add_str(out, ",\"documents\":[");
	for (unsigned i = 0; i < s->kind->n_documents && i < sizeof s->documents / sizeof s->documents[0]; i++) {
		if (!s->documents[i].by)
			continue;
		tg_buf_add_str(out, comma);
		add_string(out, s->kind->documents[i].id);
		comma = ",";
	}
	tg_buf_add_u8(out, ']');
}

enum tg_status tg_flow_application_json_as(const struct tg_flow_state *s, const char *number, struct tg_buf *out)
{
	const struct tg_form *form = tg_state_form(s);
	if (!s->provider || !s->service || !form)
		return TG_INVALID;
	tg_buf_add_str(out, "{\"number\":");
	add_string(out, number);
	add_member(out, "provider", s->provider->id);
	add_member(out, "service", s->service->id);
	add_member(out, "operation", s->service->operation ? s->service->operation : "issue");
	add_member(out, "kind", s->kind->id);
	add_member(out, "form", form->id);
	tg_buf_addf(out, ",\"form_version\":%d", form->version);
	add_member(out, "language", tg_lang_code(s->lang));
	add_member(out, "channel", "kiosk");
	add_answers(out, s, form);
	add_documents(out, s);
	add_consents(out, s, form);
	tg_buf_add_str(out, ",\"carrier\":{\"name\":");
	add_string(out, s->work_carrier);
	add_member(out, "serial", s->work_serial);
	add_member(out, "purpose", s->work_purpose);
	tg_buf_add_u8(out, '}');
	add_chip_document(out, s);
	tg_buf_add_u8(out, '}');
	return tg_buf_status(out);
}

enum tg_status tg_flow_application_json(const struct tg_flow_state *s, struct tg_buf *out)
{
	return tg_flow_application_json_as(s, s->number, out);
}
