#include "qr.h"

#include <qrencode.h>

#define QUIET 4

bool tg_qr_draw(cairo_t *cr, const char *text, double x, double y, double size)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (!qr) /* long ones with less to mend them */
		qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (!qr)
		return false;
	double module = size / (qr->width + 2 * QUIET);
	for (int row = 0; row < qr->width; row++)
		for (int col = 0; col < qr->width; col++)
			if (qr->data[row * qr->width + col] & 1)
				cairo_rectangle(
				        cr, x + (col + QUIET) * module, y + (row + QUIET) * module, module, module);
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
	cairo_fill(cr);
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
	QRcode_free(qr);
	return true;
}
