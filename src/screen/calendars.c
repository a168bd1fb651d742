/* calendars.yaml: joined to its provider, and made ready to count with. */
#include "catalog.h"
#include "refs.h"
#include "tamga/workdays.h"

static enum tg_status make(struct tg_calendar *calendar, int utc_offset, struct tg_arena *scratch)
{
	struct tg_work_hours *hours = tg_arena_get(scratch, (calendar->n_hours + 1) * sizeof(*hours));
	struct tg_work_day *days = tg_arena_get(scratch, (calendar->n_days + 1) * sizeof(*days));
	if (!hours || !days)
		return TG_NO_MEMORY;
	for (unsigned i = 0; i < calendar->n_hours; i++) {
		const struct tg_calendar_hours *h = &calendar->hours[i];
		hours[i] = (struct tg_work_hours){h->weekday, h->from, h->to, h->break_from, h->break_to};
	}
	for (unsigned i = 0; i < calendar->n_days; i++) {
		const struct tg_calendar_day *d = &calendar->days[i];
		days[i] = (struct tg_work_day){d->date, d->working, d->moves};
	}
	return tg_workdays_create(&calendar->workdays, hours, calendar->n_hours, days, calendar->n_days,
	        calendar->round_the_clock, utc_offset);
}

enum tg_status calendars_join(struct owner *o, struct loaded *l, struct tg_provider *p, struct tg_error *err)
{
	const struct raw_calendars *raw = l->data;
	struct check c = {&l->y, &o->uses};
	l->used = true;
	for (unsigned i = 0; i < raw->n_calendars; i++) {
		TG_TRY(refs_calendar(&c, tg_yaml_item(tg_yaml_key(l->y.root, "calendars"), i), &raw->calendars[i]));
		enum tg_status status = make(&raw->calendars[i], p->utc_offset_minutes, &o->arena);
		if (status != TG_OK)
			return tg_error_set(err, status, "no working days of calendar %s", raw->calendars[i].id);
	}
	p->calendars = raw->calendars;
	p->n_calendars = raw->n_calendars;
	return TG_OK;
}

void calendars_finish(struct owner *o)
{
	for (unsigned i = 0; i < o->n_files; i++) {
		const struct raw_calendars *raw = o->files[i].data;
		for (unsigned k = 0; o->files[i].kind == FILE_CALENDARS && raw && k < raw->n_calendars; k++)
			tg_workdays_destroy(raw->calendars[k].workdays);
	}
}
