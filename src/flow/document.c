/* What the chip of an identity document told, in the answers of the form (K-4). The machine-readable zone has Latin
 * names, the forms have them in the letters of their language: so names stay typed and are compared, never filled. */
#include "ways.h"

enum tg_status tg_document_verdict(const struct tg_chip_document *d)
{
	if (d->passive != TG_OK)
		return d->passive;
	if (d->active == TG_DOC_COPY || d->chip == TG_DOC_COPY)
		return TG_DOC_COPY;
	if (d->other_holder)
		return TG_DOC_OTHER;
	return d->expired ? TG_CARD_EXPIRED : TG_OK;
}

bool tg_document_proven(const struct tg_flow_state *s)
{
	return s->doc.tried && !s->doc.busy && s->doc.status == TG_OK;
}

bool tg_document_was_read(const struct tg_flow_state *s)
{
	enum tg_status status = s->doc.status;
	return s->doc.tried && !s->doc.busy &&
	       (status == TG_OK || status == TG_DOC_SIGNER || status == TG_DOC_TAMPERED || status == TG_DOC_COPY);
}

bool tg_document_offered(const struct tg_flow_state *s)
{
	for (unsigned i = 0; s->token.document && i < tg_state_fields(s); i++)
		if (tg_state_form(s)->fields[i].chip)
			return true;
	return false;
}

enum tg_stage tg_state_after_card(const struct tg_flow_state *s)
{
	bool known = tg_document_proven(s) && strcmp(s->doc.serial, s->token.serial) == 0;
	if (tg_identity_wanted(s))
		return TG_STAGE_DOCUMENT;
	if (tg_chip_must_prove(s))
		return s->carriers[0] == '\0' ? TG_STAGE_CARRIERS : TG_STAGE_FORM;
	return tg_document_offered(s) && !known ? TG_STAGE_DOCUMENT : TG_STAGE_FORM;
}

/* ---- dates ---- */

static int number_at(const char *s, size_t n)
{
	int value = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

static bool in_calendar(int day, int month, int year)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month != 2 || day < 29 || leap;
}

bool tg_date_iso(const char *shown, char out[11])
{
	out[0] = '\0';
	if (strlen(shown) != 10 || shown[2] != '.' || shown[5] != '.')
		return false;
	int day = number_at(shown, 2), month = number_at(shown + 3, 2), year = number_at(shown + 6, 4);
	if (day < 0 || month < 0 || year < 0 || !in_calendar(day, month, year))
		return false;
	(void)snprintf(out, 11, "%.4s-%.2s-%.2s", shown + 6, shown + 3, shown);
	return true;
}

void tg_date_shown(const char *iso, char out[11])
{
	if (iso && strlen(iso) == 10)
		(void)snprintf(out, 11, "%.2s.%.2s.%.4s", iso + 8, iso + 5, iso);
	else
		out[0] = '\0';
}

int tg_date_age(const char *birth, const char *today)
{
	int years = number_at(today, 4) - number_at(birth, 4);
	return years - (strcmp(today + 4, birth + 4) < 0);
}

const char *tg_paint_iso_date(struct tg_paint *p, const char *iso)
{
	char shown[11];
	tg_date_shown(iso, shown);
	(void)tg_copy(tg_paint_room(p), tg_paint_left(p), shown);
	return tg_paint_keep(p);
}

bool tg_flow_document_dates(const struct tg_flow_state *s, char birth[11], char expiry[11])
{
	bool both = tg_date_iso(s->doc.typed[TG_OPEN_BIRTH].value, birth);
	return tg_date_iso(s->doc.typed[TG_OPEN_EXPIRY].value, expiry) && both;
}

/* ---- answers ---- */

/* What the chip has for a field, by its `source`; false when it has nothing, or only something to compare with. */
static bool chip_value(const struct tg_chip_document *d, const char *source, char out[TG_VALUE_MAX])
{
	const char *value = NULL;
	char date[11];
	if (!source)
		return false;
	if (strcmp(source, "iin") == 0)
		value = d->iin;
	else if (strcmp(source, "number") == 0)
		value = d->number;
	else if (strcmp(source, "sex") == 0)
		value = d->sex;
	else if (strcmp(source, "nationality") == 0)
		value = d->nationality;
	else if (strcmp(source, "birth") == 0)
		tg_date_shown(d->birth, date), value = date;
	else if (strcmp(source, "expiry") == 0)
		tg_date_shown(d->expiry, date), value = date;
	return value && value[0] != '\0' && tg_copy(out, TG_VALUE_MAX, value);
}

static void fill_one(struct tg_answer *a, const char *value)
{
	memset(a, 0, sizeof *a);
	(void)tg_copy(a->value, sizeof a->value, value);
	a->by = TG_BY_CHIP;
}

void tg_document_fill(struct tg_flow_state *s)
{
	char value[TG_VALUE_MAX];
	for (unsigned i = 0; tg_document_proven(s) && i < tg_state_fields(s); i++)
		if (chip_value(&s->doc.chip, tg_state_form(s)->fields[i].chip, value))
			fill_one(&s->answers[i], value);
}

bool tg_document_fills(const struct tg_flow_state *s)
{
	char value[TG_VALUE_MAX];
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (chip_value(&s->doc.chip, tg_state_form(s)->fields[i].chip, value))
			return true;
	return false;
}

void tg_document_forget(struct tg_flow_state *s)
{
	memset(&s->doc.chip, 0, sizeof s->doc.chip);
	memset(s->doc.serial, 0, sizeof s->doc.serial);
	memset(s->doc.keyless, 0, sizeof s->doc.keyless);
	s->doc.tried = s->doc.busy = false;
	s->doc.status = TG_OK;
	s->doc.name_fit = TG_NAME_UNKNOWN;
	if (s->number[0] == '\0') /* chosen by whom the chip named; what is recorded stays */
		memset(s->carriers, 0, sizeof s->carriers);
	for (unsigned i = 0; i < TG_FORM_FIELDS_MAX; i++)
		if (s->answers[i].by == TG_BY_CHIP)
			memset(&s->answers[i], 0, sizeof s->answers[i]);
}

enum tg_name_fit tg_document_name_fit(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned field)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	const struct tg_answer *a = &s->answers[field];
	if (!f->chip || !c->same_name || !tg_document_proven(s) || a->value[0] == '\0')
		return TG_NAME_UNKNOWN;
	const char *latin = strcmp(f->chip, "surname") == 0 ? s->doc.chip.surname
	                    : strcmp(f->chip, "given") == 0 ? s->doc.chip.given
	                                                    : "";
	if (latin[0] == '\0')
		return TG_NAME_UNKNOWN;
	return c->same_name(a->value, latin) ? TG_NAME_FITS : TG_NAME_DIFFERS;
}

enum tg_name_fit tg_document_names_fit(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	enum tg_name_fit all = TG_NAME_UNKNOWN;
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		enum tg_name_fit one = tg_document_name_fit(c, s, i);
		if (one > all)
			all = one;
	}
	return all;
}

const char *tg_answer_mark(struct tg_paint *p, unsigned field)
{
	static const char *const marks[] = {[TG_BY_NOBODY] = NULL,
	        [TG_BY_PERSON] = NULL,
	        [TG_BY_CHIP] = "form.by-chip",
	        [TG_BY_STAFF] = "form.by-staff",
	        [TG_BY_CERTIFICATE] = "form.by-certificate"};
	enum tg_answer_by by = p->s->answers[field].by;
	enum tg_name_fit fit = by == TG_BY_PERSON ? tg_document_name_fit(p->c, p->s, field) : TG_NAME_UNKNOWN;
	if (fit != TG_NAME_UNKNOWN)
		return tg_say(p, fit == TG_NAME_FITS ? "form.fits-chip" : "form.differs-from-chip");
	return marks[by] ? tg_say(p, marks[by]) : NULL;
}
