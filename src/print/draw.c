/* Forms and slips drawn at once. Apart from what lays them out, so that a program that lets the child draw (decision
 * 0095) is not linked with the libraries of drawing. */
#include "sheet.h"

#include <stdlib.h>

/* A sheet is too large for the stack of a worker. */
static enum tg_status draw(enum tg_status laid_out, struct tg_sheet *sheet, const struct tg_i18n *i18n,
        struct tg_buf *out, struct tg_error *err)
{
	enum tg_status st = laid_out == TG_OK ? tg_sheet_pdf(sheet, i18n, out, err) : laid_out;
	free(sheet);
	return st;
}

enum tg_status tg_form_pdf(const struct tg_form_print *f, const struct tg_i18n *i18n, enum tg_lang person,
        struct tg_buf *out, struct tg_error *err)
{
	struct tg_sheet *sheet = calloc(1, sizeof *sheet);
	if (!sheet)
		return tg_error_set(err, TG_NO_MEMORY, "form");
	return draw(tg_sheet_of_form(f, person, sheet, err), sheet, i18n, out, err);
}

enum tg_status tg_slip_pdf(const struct tg_slip *s, const struct tg_i18n *i18n, enum tg_lang person, struct tg_buf *out,
        struct tg_error *err)
{
	struct tg_sheet *sheet = calloc(1, sizeof *sheet);
	if (!sheet)
		return tg_error_set(err, TG_NO_MEMORY, "slip");
	return draw(tg_sheet_of_slip(s, person, sheet, err), sheet, i18n, out, err);
}
