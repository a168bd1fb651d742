/* What a person reads off the plastic. */
#include "vdoc_make.h"

enum tg_status tg_vcard_persona_show(const struct tg_vcard_persona *p, struct tg_buf *out, struct tg_error *err)
{
	const struct tg_vcard_person *w = &p->person;
	const struct {
		const char *key, *value;
	} lines[] = {{"name", p->name}, {"surname", w->surname}, {"given", w->given}, {"patronymic", w->patronymic},
	        {"surname_latin", w->surname_latin}, {"given_latin", w->given_latin}, {"sex", w->sex},
	        {"birth", w->birth}, {"iin", w->iin}, {"nationality", w->nationality}, {"document", w->document},
	        {"issuer", w->issuer}, {"issued", w->issued}, {"expiry", w->expiry}, {"can", p->document.can},
	        {"organisation", w->organisation}, {"tax_number", w->tax_number}, {"position", w->position}};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (lines[i].value[0])
			tg_buf_addf(out, "%s=%s\n", lines[i].key, lines[i].value);
	}
	if (p->document.present) {
		struct tg_vdoc_mrz mrz;
		TG_TRY(tg_vdoc_mrz_make(p, &mrz, err));
		for (size_t at = 0; mrz.text[at]; at += mrz.width)
			tg_buf_addf(out, "mrz=%.*s\n", (int)mrz.width, mrz.text + at);
	}
	return tg_buf_status(out);
}
