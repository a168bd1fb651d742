/* Layer: print, private. What stands on a receipt, in order, in one language, without saying how it looks: text and PDF
 * are two sinks of the same walk, so that neither can leave anything out. */
#ifndef TAMGA_PRINT_CONTENT_H
#define TAMGA_PRINT_CONTENT_H

#include "tamga/print.h"

struct tg_receipt_sink {
	void (*banner)(void *ctx, const char *text); /* training */
	void (*title)(void *ctx, const char *text);
	void (*number)(void *ctx, const char *label, const char *number, const char *how); /* with the QR code */
	void (*heading)(void *ctx, const char *text);
	void (*row)(void *ctx, const char *number, const char *label,
	        const char *value); /* NULL: none; number "": belongs to the row before */
	void *ctx;
};

void tg_receipt_tell(
        const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang lang, const struct tg_receipt_sink *sink);

#endif
