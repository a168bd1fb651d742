/* QR codes: a technician's telephone or the kiosk's camera reads what would be typed otherwise. */
#include "kiosk_life.h"
#include "tamga/file.h"

#include <png.h>
#include <qrencode.h>

#define QUIET 4 /* modules of white around it (ISO/IEC 18004 5.3.8) */
#define SCALE 6 /* pixels a module in the file */

static QRcode *encode(const char *text, struct tg_error *err)
{
	QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (!q)
		(void)tg_error_set(err, TG_NO_MEMORY, "QR code");
	return q;
}

static bool is_black(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width && (q->data[y * q->width + x] & 1u) != 0;
}

enum tg_status ctl_qr_print(const char *text, bool colours, struct tg_error *err)
{
	/* White above and below: a terminal is black unless it is told otherwise. */
	static const char *const blocks[] = {"█", "▀", "▄", " "};
	QRcode *q = encode(text, err);
	if (!q)
		return TG_NO_MEMORY;
	for (int y = -QUIET; y < q->width + QUIET; y += 2) {
		fputs(colours ? "\033[97;40m" : "", stdout);
		for (int x = -QUIET; x < q->width + QUIET; x++)
			fputs(blocks[(is_black(q, x, y) ? 2 : 0) + (is_black(q, x, y + 1) ? 1 : 0)], stdout);
		fputs(colours ? "\033[0m\n" : "\n", stdout);
	}
	QRcode_free(q);
	return TG_OK;
}

static void paint(const QRcode *q, uint8_t *pixels, int side)
{
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++)
			pixels[y * side + x] = is_black(q, x / SCALE - QUIET, y / SCALE - QUIET) ? 0 : 255;
}

static enum tg_status write_png(const char *path, const uint8_t *pixels, int side, struct tg_error *err)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
	        .width = (png_uint_32)side,
	        .height = (png_uint_32)side,
	        .format = PNG_FORMAT_GRAY};
	png_alloc_size_t n = 0;
	if (!png_image_write_get_memory_size(image, n, 0, pixels, side, NULL))
		return tg_error_set(err, TG_IO, "PNG");
	uint8_t *bytes = malloc(n);
	bool ok = bytes && png_image_write_to_memory(&image, bytes, &n, 0, pixels, side, NULL);
	enum tg_status st = ok ? tg_file_write(path, bytes, n, 0600, err) : tg_error_set(err, TG_NO_MEMORY, "PNG");
	free(bytes);
	return st;
}

enum tg_status ctl_qr_png(const char *path, const char *text, struct tg_error *err)
{
	QRcode *q = encode(text, err);
	if (!q)
		return TG_NO_MEMORY;
	int side = (q->width + 2 * QUIET) * SCALE;
	uint8_t *pixels = malloc((size_t)side * (size_t)side);
	enum tg_status st = TG_NO_MEMORY;
	if (pixels) {
		paint(q, pixels, side);
		st = write_png(path, pixels, side, err);
	}
	free(pixels);
	QRcode_free(q);
	return st;
}
