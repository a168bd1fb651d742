#include "documents.h"
#include "parts.h"
#include "tamga/workdays.h"

static unsigned n_of(const struct tg_kind *kind)
{
	return kind->n_documents < TG_DOCUMENTS_MAX ? kind->n_documents : TG_DOCUMENTS_MAX;
}

/* Nothing asks this kind's applicants what their case is: then they see every line with its condition. */
static bool conditions_unknown(const struct tg_kind *kind)
{
	return !kind->ways && kind->n_questions == 0;
}

bool tg_documents_asked(const struct tg_kind *kind, unsigned i, const char *set)
{
	return i < n_of(kind) && (conditions_unknown(kind) || tg_when_holds(kind->documents[i].when, set));
}

/* `instead` names a document, or a group as a whole. */
static bool stands_for(const struct tg_document *other, const struct tg_document *d)
{
	return tg_same(other->instead, d->id) || tg_same(other->instead, d->group) || tg_same(other->group, d->group);
}

bool tg_documents_covered(const struct tg_kind *kind, unsigned i, const char *set, const bool *have)
{
	if (i >= n_of(kind))
		return false;
	for (unsigned j = 0; j < n_of(kind); j++) {
		bool counts = j == i || stands_for(&kind->documents[j], &kind->documents[i]);
		if (counts && have[j] && tg_documents_asked(kind, j, set))
			return true;
	}
	return false;
}

/* An earlier one of the same group speaks for it. */
static bool spoken_for(const struct tg_kind *kind, unsigned i, const char *set)
{
	for (unsigned j = 0; j < i; j++)
		if (tg_same(kind->documents[j].group, kind->documents[i].group) && tg_documents_asked(kind, j, set))
			return true;
	return false;
}

unsigned tg_documents_missing(
        const struct tg_kind *kind, const char *set, const bool *have, unsigned out[TG_DOCUMENTS_MAX])
{
	unsigned n = 0;
	for (unsigned i = 0; i < n_of(kind); i++) {
		const struct tg_document *d = &kind->documents[i];
		bool sure = !d->when || !conditions_unknown(kind);
		bool itself = sure && !d->optional && !d->instead && tg_documents_asked(kind, i, set);
		if (itself && !spoken_for(kind, i, set) && !tg_documents_covered(kind, i, set, have))
			out[n++] = i;
	}
	return n;
}

#define WITHIN "within_working_days "

static const struct tg_workdays *calendar_of(const struct tg_provider *p, const char *id)
{
	const struct tg_term *result = tg_provider_term(p, "result");
	if (*id == '\0' && result && result->calendar)
		id = result->calendar;
	const struct tg_calendar *c = *id != '\0' ? tg_provider_calendar(p, id) : NULL;
	if (!c && p->n_calendars > 0)
		c = &p->calendars[0];
	return c ? tg_calendar_workdays(p, c) : NULL;
}

bool tg_documents_date_fits(
        const struct tg_provider *provider, const struct tg_document *d, const char *date, const char *handed_in)
{
	char *rest;
	if (!d->rule || strncmp(d->rule, WITHIN, sizeof WITHIN - 1) != 0)
		return true;
	long most = strtol(d->rule + sizeof WITHIN - 1, &rest, 10);
	while (*rest == ' ')
		rest++;
	const struct tg_workdays *w = calendar_of(provider, rest);
	if (!w || most < 0)
		return false;
	int days = tg_workdays_between(w, date, handed_in);
	return days >= 0 && days <= most;
}
