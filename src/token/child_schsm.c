/* The SmartCard-HSM dialect, beside OpenSC 0.23. OpenSC holds its own connection and has logged in on it; a second,
 * shared connection speaks to the same card with the same security state, as long as nobody selects the applet again
 * (that logs out) or resets the card (we leave it as it is). Decision 0053. Commands: ISO/IEC 7816-4 and -8. */
#include "child.h"

#define FID_LIST_MAX  4096
#define TRIES         3 /* fixed in this dialect; OpenSC's own flags assume it too */
#define KEY           0xCC
#define KEY_DESCRIBED 0xC4 /* PrKD: PKCS#15 description of the key with the same low byte */
#define KEY_CERT      0xCE /* request or certificate of that key */

static enum tg_status enrich(struct tg_child *c, struct tg_token_info *info)
{
	struct tg_apdu_link link;
	struct tg_buf none = TG_BUF_INIT;
	unsigned sw = 0;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = tg_apdu(c, &link, BYTES(0x00, 0x20, 0x00, 0x81), &none, &sw);
	tg_apdu_close(&link);
	tg_buf_finish(&none);
	if (status != TG_OK)
		return status;
	if (sw == 0x9000)
		info->tries_left = TRIES; /* logged in: the counter is full again */
	else if ((sw & 0xFFF0) == 0x63C0)
		info->tries_left = (int)(sw & 0x0F);
	else if (sw == 0x6983)
		info->tries_left = 0;
	else if (sw == 0x6984)
		info->initialised = false;
	else
		info->tries_left = -1;
	if (info->tries_left == 0)
		info->locked = true;
	return TG_OK;
}

/* The whole of a file, in short reads; `*sw` is 9000, or what the card said instead. */
static enum tg_status read_file(
        struct tg_child *c, struct tg_apdu_link *link, unsigned fid, struct tg_buf *out, unsigned *sw)
{
	struct tg_buf part = TG_BUF_INIT;
	enum tg_status status;
	tg_buf_reset(out);
	do {
		uint8_t hi = (uint8_t)(out->len >> 8), lo = (uint8_t)out->len;
		status = tg_apdu(c, link,
		        BYTES(0x00, 0xB1, (uint8_t)(fid >> 8), (uint8_t)fid, 0x04, 0x54, 0x02, hi, lo, 0x00), &part,
		        sw);
		if (status == TG_OK && *sw == 0x9000)
			tg_buf_add(out, part.data, part.len);
	} while (status == TG_OK && *sw == 0x9000 && part.len && out->len < 0x8000);
	/* A short last piece may come with "end of file reached before Le bytes". */
	if (status == TG_OK && *sw == 0x6282) {
		tg_buf_add(out, part.data, part.len);
		*sw = 0x9000;
	}
	tg_buf_finish(&part);
	return status == TG_OK ? tg_buf_status(out) : status;
}

struct files {
	unsigned list[FID_LIST_MAX / 2];
	unsigned n;
};

static enum tg_status list_files(struct tg_child *c, struct tg_apdu_link *link, struct files *out)
{
	struct tg_buf b = TG_BUF_INIT;
	unsigned sw = 0;
	out->n = 0;
	enum tg_status status = tg_apdu(c, link, BYTES(0x80, 0x58, 0x00, 0x00, 0x00, 0x00, 0x00), &b, &sw);
	if (status == TG_OK && (sw != 0x9000 || b.len > FID_LIST_MAX || b.len % 2))
		status = tg_error_set(&c->err, TG_CARD_BROKEN, "list of files: %04x", sw);
	if (status == TG_OK)
		for (size_t i = 0; i < b.len; i += 2)
			out->list[out->n++] = (unsigned)b.data[i] << 8 | b.data[i + 1];
	tg_buf_finish(&b);
	return status;
}

static bool has(const struct files *f, unsigned fid)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->list[i] == fid)
			return true;
	return false;
}

/* One whole DER value of a constructed type, as every description and certificate is. Trailing bytes are allowed: the
 * dialect rewrites descriptions in place and does not cut them. */
static bool is_whole(const struct tg_buf *b)
{
	struct tg_reader r;
	tg_reader_init(&r, b->data, b->len);
	uint8_t tag = tg_read_u8(&r), first = tg_read_u8(&r);
	size_t n = first;
	if (first == 0x81)
		n = tg_read_u8(&r);
	else if (first == 0x82)
		n = tg_read_u16(&r);
	else if (first > 0x7F)
		return false;
	(void)tg_read_bytes(&r, n);
	return !r.failed && (tag & 0x20) && n;
}

static enum tg_status delete_file(struct tg_child *c, struct tg_apdu_link *link, unsigned fid)
{
	struct tg_buf none = TG_BUF_INIT;
	unsigned sw = 0;
	enum tg_status status =
	        tg_apdu(c, link, BYTES(0x00, 0xE4, 0x02, 0x00, 0x02, (uint8_t)(fid >> 8), (uint8_t)fid), &none, &sw);
	tg_buf_finish(&none);
	if (status != TG_OK || sw == 0x9000 || sw == 0x6A82)
		return status;
	/* On a real SmartCard-HSM key 00 is the card's own and has no description: it may refuse. */
	if (fid == (KEY << 8) && sw != 0x6982)
		return TG_OK;
	return tg_error_set(&c->err, sw == 0x6982 ? TG_TOKEN_LOST : TG_CARD_BROKEN, "delete %04x: %04x", fid, sw);
}

/* A key counts when its description is there and whole; what belongs to no key that counts is deleted. The key goes
 * first, so that a second break leaves files that the next sweep still knows as nobody's. */
static enum tg_status sweep_number(struct tg_child *c, struct tg_apdu_link *link, const struct files *f, unsigned low)
{
	unsigned key = (unsigned)KEY << 8 | low, described = (unsigned)KEY_DESCRIBED << 8 | low;
	unsigned cert = (unsigned)KEY_CERT << 8 | low;
	if (has(f, key) && has(f, described)) {
		struct tg_buf b = TG_BUF_INIT;
		unsigned sw = 0;
		enum tg_status status = read_file(c, link, described, &b, &sw);
		bool counts = status == TG_OK && sw == 0x9000 && is_whole(&b);
		tg_buf_finish(&b);
		if (status != TG_OK || counts)
			return status;
		/* Only what is surely missing or torn is nobody's: an answer we do not understand deletes no key. */
		if (sw != 0x9000 && sw != 0x6A82)
			return tg_error_set(&c->err, TG_CARD_BROKEN, "description %04x: %04x", described, sw);
	}
	if (has(f, key))
		TG_TRY(delete_file(c, link, key));
	if (has(f, cert))
		TG_TRY(delete_file(c, link, cert));
	return has(f, described) ? delete_file(c, link, described) : TG_OK;
}

static enum tg_status sweep(struct tg_child *c)
{
	struct tg_apdu_link link;
	static struct files f; /* one thread, too large for a stack */
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = list_files(c, &link, &f);
	for (unsigned low = 0; low < 256 && status == TG_OK; low++)
		status = sweep_number(c, &link, &f, low);
	tg_apdu_close(&link);
	return status;
}

static enum tg_status holds(struct tg_child *c, struct tg_bytes certificate, bool *yes)
{
	struct tg_apdu_link link;
	static struct files f;
	struct tg_buf b = TG_BUF_INIT;
	*yes = false;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = list_files(c, &link, &f);
	for (unsigned i = 0; i < f.n && status == TG_OK && !*yes; i++) {
		unsigned sw = 0;
		if (f.list[i] >> 8 != KEY_CERT)
			continue;
		status = read_file(c, &link, f.list[i], &b, &sw);
		*yes = status == TG_OK && sw == 0x9000 && b.len >= certificate.len &&
		       memcmp(b.data, certificate.data, certificate.len) == 0;
	}
	tg_apdu_close(&link);
	tg_buf_finish(&b);
	return status;
}

/* The key whose description names this id: an OCTET STRING of it stands in the PrKD (PKCS #15 v1.1 §6.2). */
static enum tg_status number_of(
        struct tg_child *c, struct tg_apdu_link *link, const struct files *f, struct tg_bytes id, unsigned *low)
{
	uint8_t want[2 + TG_KEY_ID_MAX] = {0x04, (uint8_t)id.len};
	enum tg_status status = TG_OK;
	struct tg_buf b = TG_BUF_INIT;
	bool found = false;
	memcpy(want + 2, id.data, id.len);
	for (unsigned i = 0; i < f->n && status == TG_OK && !found; i++) {
		unsigned sw = 0;
		if (f->list[i] >> 8 != KEY_DESCRIBED)
			continue;
		status = read_file(c, link, f->list[i], &b, &sw);
		found = status == TG_OK && sw == 0x9000 && b.len && memmem(b.data, b.len, want, 2 + id.len);
		*low = f->list[i] & 0xFF;
	}
	tg_buf_finish(&b);
	return status != TG_OK || found ? status : tg_error_set(&c->err, TG_KEY_MISSING, "no description with this id");
}

#define PIECE 120 /* so that all lengths are one byte */

static enum tg_status write_piece(
        struct tg_child *c, struct tg_apdu_link *link, unsigned fid, size_t at, const uint8_t *data, size_t n)
{
	uint8_t apdu[5 + 6 + PIECE] = {0x00, 0xD7, (uint8_t)(fid >> 8), (uint8_t)fid, (uint8_t)(6 + n), 0x54, 0x02,
	        (uint8_t)(at >> 8), (uint8_t)at, 0x53, (uint8_t)n};
	struct tg_buf none = TG_BUF_INIT;
	unsigned sw = 0;
	if (n)
		memcpy(apdu + 11, data, n);
	enum tg_status status = tg_apdu(c, link, (struct tg_bytes){apdu, 11 + n}, &none, &sw);
	tg_buf_finish(&none);
	if (status == TG_OK && sw != 0x9000)
		status =
		        tg_error_set(&c->err, sw == 0x6A84 ? TG_CARD_FULL : TG_CERT_WRITE, "write %04x: %04x", fid, sw);
	return status;
}

static enum tg_status write_file(struct tg_child *c, struct tg_apdu_link *link, unsigned fid, struct tg_bytes data)
{
	TG_TRY(delete_file(c, link, fid));
	TG_TRY(write_piece(c, link, fid, 0, NULL, 0)); /* creates it */
	for (size_t at = 0; at < data.len; at += PIECE) {
		size_t n = data.len - at < PIECE ? data.len - at : PIECE;
		TG_TRY(write_piece(c, link, fid, at, data.data + at, n));
	}
	return TG_OK;
}

static enum tg_status store(struct tg_child *c, struct tg_bytes id, struct tg_bytes certificate)
{
	struct tg_apdu_link link;
	static struct files f;
	unsigned low = 0;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = list_files(c, &link, &f);
	if (status == TG_OK)
		status = number_of(c, &link, &f, id, &low);
	if (status == TG_OK)
		status = write_file(c, &link, (unsigned)KEY_CERT << 8 | low, certificate);
	tg_apdu_close(&link);
	return status;
}

const struct tg_dialect tg_dialect_schsm = {
        .id = "sc-hsm", .enrich = enrich, .sweep = sweep, .holds = holds, .store = store};
