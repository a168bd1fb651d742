/* The body of application.submitted (record.h), written by hand: the order of members is the order of the form, and no
 * copy of the answers stays in a library's heap. */
#include "companies.h"
#include "documents.h"
#include "money.h"
#include "ways.h"

void tg_json_string(struct tg_buf *out, const char *s)
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
	tg_json_string(out, value);
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
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		if (s->answers[i].value[0] == '\0' || !tg_field_shown(s, i))
			continue;
		tg_buf_addf(out, "%s{\"field\":", comma);
		tg_json_string(out, form->fields[i].id);
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
		tg_json_string(out, form->consents[i].id);
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

/* Who brought or proved it. A paper is the person's word until the desk has seen it. */
static void add_documents(struct tg_buf *out, const struct tg_flow_state *s, const char *set)
{
	static const char *const by[] = {[TG_BROUGHT_NOT] = "",
	        [TG_BROUGHT_PAPER] = "person",
	        [TG_BROUGHT_FORM] = "form",
	        [TG_BROUGHT_CHIP] = "chip",
	        [TG_BROUGHT_CERTIFICATE] = "certificate",
	        [TG_BROUGHT_HEAD] = "head",
	        [TG_BROUGHT_REGISTER] = "register",
	        [TG_BROUGHT_CARRIER] = "carrier"};
	const char *comma = "";
	tg_buf_add_str(out, ",\"documents\":[");
	for (unsigned i = 0; i < s->kind->n_documents && i < TG_DOCUMENTS_MAX; i++) {
		enum tg_brought_by brought = tg_document_brought(s, i);
		if (brought == TG_BROUGHT_NOT || !tg_documents_asked(s->kind, i, set))
			continue;
		tg_buf_addf(out, "%s{\"id\":", comma);
		tg_json_string(out, s->kind->documents[i].id);
		add_member(out, "by", by[brought]);
		if (brought == TG_BROUGHT_PAPER && s->documents[i].date[0] != '\0')
			add_member(out, "date", s->documents[i].date);
		tg_buf_add_u8(out, '}');
		comma = ",";
	}
	tg_buf_add_u8(out, ']');
}

/* An array of the pieces of a text. */
static void add_pieces(struct tg_buf *out, const char *name, const char *text, const char *between)
{
	const char *comma = "";
	tg_buf_addf(out, ",\"%s\":[", name);
	for (const char *at = text; *at != '\0'; at += strspn(at, between)) {
		char piece[TG_VALUE_MAX];
		size_t n = strcspn(at, between);
		(void)snprintf(piece, sizeof piece, "%.*s", (int)n, at);
		at += n;
		if (n == 0)
			continue;
		tg_buf_add_str(out, comma);
		tg_json_string(out, piece);
		comma = ",";
	}
	tg_buf_add_u8(out, ']');
}

bool tg_field_has_rule(const struct tg_field *f, const char *name)
{
	for (unsigned i = 0; i < f->n_rules; i++)
		if (strcmp(f->rules[i].name, name) == 0)
			return true;
	return false;
}

/* The applicant's own number, not that of a head or a representative: a country has a rule for persons, another for
 * organisations. */
static const char *number_of(const struct tg_flow_state *s, const char *rule, const char *other)
{
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		const char *role = form->fields[i].role;
		bool own = !role || strcmp(role, "subject") == 0 || strcmp(role, "organisation") == 0;
		bool asks = tg_field_has_rule(&form->fields[i], rule) || tg_field_has_rule(&form->fields[i], other);
		if (own && asks && tg_field_shown(s, i))
			return s->answers[i].value;
	}
	return "";
}

/* What a power of attorney is for: the choice between issue and revocation. */
static const char *purpose_of(const struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		unsigned both = 0;
		for (unsigned k = 0; k < form->fields[i].n_choices; k++)
			both += !strcmp(form->fields[i].choices[k].id, "issue") ||
			        !strcmp(form->fields[i].choices[k].id, "revoke");
		if (both == 2)
			return s->answers[i].value;
	}
	return "";
}

/* Who stands at the kiosk, where it is not the one whom the form is about (NCA-role). */
static void add_presenter(struct tg_buf *out, const struct tg_flow_state *s)
{
	bool needed;
	if (!tg_documents_ask_presenter(s, &needed) || s->presenter[TG_PRESENTER_IIN].value[0] == '\0')
		return;
	for (unsigned i = 0; i < TG_PRESENTER_COUNT; i++) {
		tg_buf_addf(out, "%s\"%s\":", i > 0 ? "," : ",\"presenter\":{", tg_presenter_field(i)->id);
		tg_json_string(out, s->presenter[i].value);
	}
	tg_buf_add_u8(out, '}');
}

/* Counted from handing in at the provider; of the portal the source states no term (NCA-4). */
static void add_promise(struct tg_buf *out, const struct tg_flow_state *s)
{
	int64_t at = s->now_wall_ms > 0 ? tg_state_promised_ms(s, s->now_wall_ms) : 0;
	if (at > 0)
		tg_buf_addf(out, ",\"promised_ms\":%lld", (long long)at);
}

/* How the applicant comes, what that and the questions have set, and what is held against registers and rules. */
static void add_case(struct tg_buf *out, const struct tg_flow_state *s, const char *set)
{
	bool confirm = s->kind->confirm && tg_when_holds(s->kind->confirm, set);
	char power[TG_NUMBER_MAX];
	if (s->way)
		add_member(out, "way", s->way->id);
	add_member(out, "proof", s->way && s->way->proof ? s->way->proof : "chip");
	add_pieces(out, "conditions", set, " ");
	tg_buf_addf(out, ",\"confirm\":%s", confirm ? "true" : "false");
	add_member(out, "iin", number_of(s, "iin", "kg-pin"));
	add_member(out, "bin", number_of(s, "bin", "kg-inn"));
	const char *serials = tg_value_of(s, TG_FIELD_SERIALS);
	if (serials[0] != '\0')
		add_pieces(out, "serials", serials, "\n");
	if (serials[0] != '\0' && s->kind->revokes && tg_when_holds(s->kind->revokes, set))
		tg_buf_add_str(out, ",\"revokes\":true");
	if (tg_operation_is(s, "paper") && purpose_of(s)[0] != '\0')
		add_member(out, "purpose", purpose_of(s));
	if (tg_number_check(s->power.value, power) == TG_OK)
		add_member(out, "power", power);
	tg_companies_json(out, s);
	if (tg_is_order(s))
		add_member(out, "account", number_of(s, "bin", "kg-inn"));
	add_presenter(out, s);
	add_promise(out, s);
}

enum tg_status tg_flow_application_json_as(const struct tg_flow_state *s, const char *number, struct tg_buf *out)
{
	const struct tg_form *form = tg_state_form(s);
	if (!s->provider || !s->service || !form)
		return TG_INVALID;
	char set[TG_CONDITIONS_BYTES];
	tg_state_conditions(s, set);
	tg_buf_add_str(out, "{\"number\":");
	tg_json_string(out, number);
	add_member(out, "provider", s->provider->id);
	add_member(out, "service", s->service->id);
	add_member(out, "operation", tg_kind_operation(s->service, s->kind));
	add_member(out, "kind", s->kind->id);
	add_member(out, "form", form->id);
	tg_buf_addf(out, ",\"form_version\":%d", form->version);
	add_member(out, "language", tg_lang_code(s->lang));
	if (s->ticket.number[0] != '\0')
		add_member(out, "ticket", s->ticket.number);
	add_member(out, "channel", s->way && s->way->field_set ? "address" : "kiosk"); /* NCA-3, NCA-14 */
	add_case(out, s, set);
	add_answers(out, s, form);
	add_documents(out, s, set);
	add_consents(out, s, form);
	tg_buf_add_str(out, ",\"carrier\":{\"name\":");
	tg_json_string(out, s->work_carrier);
	add_member(out, "serial", s->work_serial);
	add_member(out, "purpose", s->work_purpose);
	tg_buf_add_u8(out, '}');
	TG_TRY(tg_charges_json(s, out));
	if (strchr(s->carriers, ' '))
		add_member(out, "carriers", s->carriers);
	add_chip_document(out, s);
	tg_buf_add_u8(out, '}');
	return tg_buf_status(out);
}

enum tg_status tg_flow_application_json(const struct tg_flow_state *s, struct tg_buf *out)
{
	return tg_flow_application_json_as(s, s->number, out);
}
