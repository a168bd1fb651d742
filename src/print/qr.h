/* Layer: print, private. A QR code as squares on a cairo page. */
#ifndef TAMGA_PRINT_QR_H
#define TAMGA_PRINT_QR_H

#include <cairo.h>
#include <stdbool.h>

/* `size` includes the quiet zone of four modules that ISO/IEC 18004 asks for. The present colour is used. */
bool tg_qr_draw(cairo_t *cr, const char *text, double x, double y, double size);

#endif
