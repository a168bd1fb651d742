/* Slips as sheets. */
#include "sheet.h"

#include <stdlib.h>

struct tg_sheet_item *tg_sheet_add(struct tg_sheet *s, enum tg_sheet_kind kind, const char *label)
{
	s->full = s->full || s->n_items >= TG_SHEET_ITEMS;
	struct tg_sheet_item *item = &s->items[s->full ? TG_SHEET_ITEMS - 1 : s->n_items++];
	*item = (struct tg_sheet_item){.kind = kind, .label = label};
	return item;
}

enum tg_status tg_sheet_of_slip(
        const struct tg_slip *s, enum tg_lang person, struct tg_sheet *out, struct tg_error *err)
{
	*out = (struct tg_sheet){.title = s->title,
	        .number = s->number,
	        .lang = person,
	        .reader = person,
	        .person = s->office,
	        .date_ms = s->ms,
	        .utc_offset_minutes = s->utc_offset_minutes,
	        .copies = s->copies > 1 ? (unsigned)s->copies : 1,
	        .sandbox = s->sandbox};
	(void)tg_sheet_add(out, TG_SHEET_TITLE, s->title);
	if (s->big)
		tg_sheet_add(out, TG_SHEET_BIG, NULL)->value = s->big;
	for (unsigned i = 0; i < s->n_rows && i < TG_SLIP_ROWS; i++) {
		struct tg_sheet_item *item = tg_sheet_add(out, TG_SHEET_ROW, s->rows[i].label);
		item->value = s->rows[i].value;
		item->said = s->rows[i].said;
	}
	if (s->code)
		tg_sheet_add(out, TG_SHEET_CODE, NULL)->value = s->code;
	if (s->signer) {
		struct tg_sheet_item *item = tg_sheet_add(out, TG_SHEET_SIGN, s->signer);
		item->value = s->worker;
		item->named = true;
	}
	if (s->stamp)
		(void)tg_sheet_add(out, TG_SHEET_SEAL, s->stamp);
	for (unsigned i = 0; i < s->n_notes && i < TG_SLIP_NOTES; i++)
		(void)tg_sheet_add(out, TG_SHEET_NOTE, s->notes[i]);
	return out->full ? tg_error_set(err, TG_LIMIT, "slip") : TG_OK;
}
