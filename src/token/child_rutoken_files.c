/* The files of a Rutoken as OpenSC lays them out, past OpenSC: what broken-off work leaves without a name is deleted,
 * and a certificate whose name was left without a file is put back. Keys are pairs of files in two folders of their
 * own, certificates and public keys are files of the application's folder. Decision 0126. */
#include "child.h"

#define NAMES    256 /* all names of one kind have the same first byte */
#define FILE_MAX 0x7FFFu

/* One kind of file: where it lies, what its names begin with, and which directory names it. */
struct kind {
	struct tg_bytes folders[2]; /* SELECT by path; the second may be empty: halves of the same names */
	uint8_t folder[2];          /* the last step of the path, as descriptions write it */
	uint8_t first;
	uint8_t directory; /* 60xx in 5000 */
	CK_OBJECT_CLASS class;
};

static const uint8_t private_keys[] = {0x00, 0xA4, 0x08, 0x00, 0x06, 0x10, 0x00, 0x10, 0x00, 0x60, 0x02, 0x00};
static const uint8_t public_keys[] = {0x00, 0xA4, 0x08, 0x00, 0x06, 0x10, 0x00, 0x10, 0x00, 0x60, 0x01, 0x00};
static const uint8_t application[] = {0x00, 0xA4, 0x08, 0x00, 0x02, 0x50, 0x00, 0x00};

#define APDU(a)                                                                                                        \
	{                                                                                                              \
		a, sizeof(a)                                                                                           \
	}
/* The private half goes before the public one, so that a second break leaves what the next sweep still knows. */
static const struct kind kinds[] = {
        {{APDU(private_keys), APDU(public_keys)}, {0x60, 0x02}, 0x00, 0x02, CKO_PRIVATE_KEY},
        {{APDU(application)}, {0x50, 0x00}, 0x03, 0x04, CKO_CERTIFICATE},
        {{APDU(application)}, {0x50, 0x00}, 0x02, 0x01, CKO_PUBLIC_KEY},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* Names in a folder: SELECT without data tells the first file, with 02 the one after. */
static enum tg_status list_names(
        struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes folder, uint8_t first, bool found[NAMES])
{
	struct tg_buf fci = TG_BUF_INIT;
	unsigned sw = 0;
	uint8_t next[] = {0x00, 0xA4, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00};
	struct tg_bytes apdu = BYTES(0x00, 0xA4, 0x00, 0x00, 0x00);
	TG_TRY(tg_apdu_ask(c, link, folder, &sw));
	if (sw == 0x6A82)
		return TG_OK;
	enum tg_status status =
	        sw == 0x9000 ? TG_OK : tg_error_set(&c->err, TG_CARD_BROKEN, "folder of files: %04x", sw);
	for (unsigned n = 0; status == TG_OK && n < 2 * NAMES; n++, apdu = (struct tg_bytes){next, sizeof next}) {
		status = tg_apdu(c, link, apdu, &fci, &sw);
		if (status != TG_OK || sw == 0x6A82)
			break;
		const uint8_t *name = sw == 0x9000 && fci.len ? memmem(fci.data, fci.len, "\x83\x02", 2) : NULL;
		if (!name || name + 4 > fci.data + fci.len) {
			status = tg_error_set(&c->err, TG_CARD_BROKEN, "list of files: %04x", sw);
			break;
		}
		next[5] = name[2];
		next[6] = name[3];
		if (name[2] == first)
			found[name[3]] = true;
		/* Telling a folder enters it; its parent is chosen again before the next. */
		if (memmem(fci.data, fci.len, "\x82\x02\x38", 3))
			status = tg_apdu_ask(c, link, BYTES(0x00, 0xA4, 0x03, 0x00), &sw);
	}
	tg_buf_finish(&fci);
	return status;
}

/* All of the chosen file. */
static enum tg_status read_chosen(struct tg_child *c, struct tg_apdu_link *link, struct tg_buf *out)
{
	struct tg_buf part = TG_BUF_INIT;
	unsigned sw = 0;
	enum tg_status status;
	do {
		status = tg_apdu(
		        c, link, BYTES(0x00, 0xB0, (uint8_t)(out->len >> 8), (uint8_t)out->len, 0x00), &part, &sw);
		if (status == TG_OK && sw == 0x9000)
			tg_buf_add(out, part.data, part.len);
	} while (status == TG_OK && sw == 0x9000 && part.len && out->len < FILE_MAX);
	tg_buf_finish(&part);
	return status == TG_OK ? tg_buf_status(out) : status;
}

/* A directory of PKCS #15 §6; empty when there is none yet. */
static enum tg_status read_directory(
        struct tg_child *c, struct tg_apdu_link *link, uint8_t directory, struct tg_buf *out)
{
	unsigned sw = 0;
	TG_TRY(tg_apdu_ask(c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x04, 0x50, 0x00, 0x60, directory, 0x00), &sw));
	if (sw == 0x6A82)
		return TG_OK;
	if (sw != 0x9000)
		return tg_error_set(&c->err, TG_CARD_BROKEN, "directory %02x: %04x", directory, sw);
	return read_chosen(c, link, out);
}

static bool is_described(const struct tg_buf *directory, const struct kind *k, unsigned name)
{
	const uint8_t path[] = {k->folder[0], k->folder[1], k->first, (uint8_t)name};
	return directory->len && memmem(directory->data, directory->len, path, sizeof path);
}

/* All objects that the module shows have their places in the directory. Where they have not, it is written in a way
 * that is not ours, and nothing is surely nobody's. Public keys are also shown out of certificates: not counted. */
static bool is_understood(const struct tg_buf *directory, const struct kind *k, const bool there[NAMES], unsigned shown)
{
	unsigned described = 0;
	for (unsigned n = 0; n < NAMES; n++)
		described += there[n] && is_described(directory, k, n);
	return shown <= described || k->class == CKO_PUBLIC_KEY;
}

static enum tg_status delete_file(
        struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes folder, uint8_t first, uint8_t name)
{
	unsigned sw = 0;
	TG_TRY(tg_apdu_ask(c, link, folder, &sw));
	if (sw == 0x9000)
		TG_TRY(tg_apdu_ask(c, link, BYTES(0x00, 0xA4, 0x00, 0x00, 0x02, first, name, 0x00), &sw));
	if (sw == 0x6A82)
		return TG_OK;
	if (sw == 0x9000)
		TG_TRY(tg_apdu_ask(c, link, BYTES(0x00, 0xE4, 0x00, 0x00), &sw));
	return sw == 0x9000 ? TG_OK
	                    : tg_error_set(&c->err, sw == 0x6982 ? TG_TOKEN_LOST : TG_CARD_BROKEN,
	                              "delete %02x%02x: %04x", first, name, sw);
}

static enum tg_status delete_nobodys(struct tg_child *c, struct tg_apdu_link *link, const struct kind *k,
        const struct tg_buf *directory, const bool there[NAMES])
{
	for (unsigned n = 0; n < NAMES; n++) {
		if (!there[n] || is_described(directory, k, n))
			continue;
		for (size_t f = 0; f < 2; f++)
			if (k->folders[f].len)
				TG_TRY(delete_file(c, link, k->folders[f], k->first, (uint8_t)n));
	}
	return TG_OK;
}

static enum tg_status sweep_kind(
        struct tg_child *c, struct tg_apdu_link *link, const struct kind *k, unsigned shown, bool *understood)
{
	bool there[NAMES] = {false};
	struct tg_buf directory = TG_BUF_INIT;
	enum tg_status status = TG_OK;
	for (size_t f = 0; f < 2 && status == TG_OK; f++)
		if (k->folders[f].len)
			status = list_names(c, link, k->folders[f], k->first, there);
	if (status == TG_OK)
		status = read_directory(c, link, k->directory, &directory);
	*understood = *understood && is_understood(&directory, k, there, shown);
	if (status == TG_OK && *understood)
		status = delete_nobodys(c, link, k, &directory, there);
	tg_buf_finish(&directory);
	return status;
}

enum tg_status tg_rutoken_sweep(struct tg_child *c)
{
	struct tg_apdu_link link;
	struct tg_found shown[KINDS];
	bool understood = true;
	for (size_t i = 0; i < KINDS; i++)
		TG_TRY(tg_child_find(c, kinds[i].class, (struct tg_bytes){NULL, 0}, &shown[i]));
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = TG_OK;
	for (size_t i = 0; i < KINDS && status == TG_OK; i++)
		status = sweep_kind(c, &link, &kinds[i], shown[i].n, &understood);
	tg_apdu_close(&link);
	return status;
}

/* --- Descriptions whose file is gone: OpenSC 0.23 follows a null pointer when it is told to delete such an object. It
 * is given a file to delete. */

static enum tg_status create_file(
        struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes fci, const struct kind *k, uint8_t name)
{
	unsigned sw = 0;
	uint8_t apdu[64] = {0x00, 0xE0, 0x00, 0x00, (uint8_t)fci.len};
	memcpy(apdu + 5, fci.data, fci.len);
	TG_TRY(tg_apdu_ask(c, link, (struct tg_bytes){application, sizeof application}, &sw));
	TG_TRY(tg_apdu_ask(c, link, (struct tg_bytes){apdu, 5 + fci.len}, &sw));
	return sw == 0x9000 ? TG_OK
	                    : tg_error_set(&c->err, sw == 0x6A84 ? TG_CARD_FULL : TG_CARD_BROKEN,
	                              "create %02x%02x: %04x", k->first, name, sw);
}

/* As OpenSC makes it: anybody reads, the user writes and deletes. */
static enum tg_status create_plain(
        struct tg_child *c, struct tg_apdu_link *link, const struct kind *k, uint8_t name, size_t size)
{
	return create_file(c, link,
	        BYTES(0x6F, 0x1D, 0x80, 0x02, (uint8_t)(size >> 8), (uint8_t)size, 0x82, 0x02, 0x01, 0x00, 0x83, 0x02,
	                k->first, name, 0x86, 0x0F, 0x43, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	                0x00, 0x00, 0x00, 0x00),
	        k, name);
}

/* An empty private key, which the card files among the keys by its kind; nobody can use it. */
static enum tg_status create_key(struct tg_child *c, struct tg_apdu_link *link, const struct kind *k, uint8_t name)
{
	return create_file(c, link,
	        BYTES(0x6F, 0x25, 0x80, 0x02, 0x00, 0x20, 0x82, 0x02, 0x10, 0x00, 0x83, 0x02, k->first, name, 0x85,
	                0x06, 0x03, 0x20, 0x00, 0xAA, 0x00, 0x00, 0x86, 0x0F, 0x46, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00,
	                0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00),
	        k, name);
}

static enum tg_status mend_kind(struct tg_child *c, struct tg_apdu_link *link, const struct kind *k)
{
	bool there[NAMES] = {false};
	struct tg_buf directory = TG_BUF_INIT;
	enum tg_status status = list_names(c, link, k->folders[0], k->first, there);
	if (status == TG_OK)
		status = read_directory(c, link, k->directory, &directory);
	for (unsigned n = 0; n < NAMES && status == TG_OK; n++)
		if (!there[n] && is_described(&directory, k, n))
			status = k->class == CKO_PRIVATE_KEY ? create_key(c, link, k, (uint8_t)n)
			                                     : create_plain(c, link, k, (uint8_t)n, 1);
	tg_buf_finish(&directory);
	return status;
}

/* Certificates without a file are not shown, so nobody can tell OpenSC to delete them. */
enum tg_status tg_rutoken_mend(struct tg_child *c)
{
	struct tg_apdu_link link;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = TG_OK;
	for (size_t i = 0; i < KINDS && status == TG_OK; i++)
		if (kinds[i].class != CKO_CERTIFICATE)
			status = mend_kind(c, &link, &kinds[i]);
	tg_apdu_close(&link);
	return status;
}

/* --- A certificate that the module cannot write: its description was left, its file is gone, and OpenSC neither shows
 * the one nor lets another take the same id. */

#define PIECE        240
#define CERTIFICATES (&kinds[1])

/* Entries of PKCS #15 §6.6 are one SEQUENCE each; after the last there are zeros. Empty at the end. */
static struct tg_bytes next_entry(struct tg_reader *r)
{
	const struct tg_bytes none = {NULL, 0};
	if (r->p == r->end || *r->p != 0x30)
		return none;
	const uint8_t *begin = r->p;
	(void)tg_read_u8(r);
	size_t n = tg_read_u8(r);
	if (n == 0x81)
		n = tg_read_u8(r);
	(void)tg_read_bytes(r, n);
	return r->failed ? none : (struct tg_bytes){begin, (size_t)(r->p - begin)};
}

/* The description that holds this id, with the last byte of its file's name. */
static struct tg_bytes described_under(const struct tg_buf *directory, struct tg_bytes id, uint8_t *name)
{
	const struct kind *k = CERTIFICATES;
	const uint8_t path[] = {k->folder[0], k->folder[1], k->first};
	uint8_t want[2 + TG_KEY_ID_MAX] = {0x04, (uint8_t)id.len};
	struct tg_reader r;
	struct tg_bytes entry;
	memcpy(want + 2, id.data, id.len);
	tg_reader_init(&r, directory->data, directory->len);
	while ((entry = next_entry(&r)).len > 0) {
		const uint8_t *at = memmem(entry.data, entry.len, path, sizeof path);
		if (!at || at + sizeof path >= entry.data + entry.len ||
		        !memmem(entry.data, entry.len, want, 2 + id.len))
			continue;
		*name = at[sizeof path];
		break;
	}
	return entry;
}

static enum tg_status fill_file(struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes data)
{
	for (size_t at = 0; at < data.len; at += PIECE) {
		size_t n = data.len - at < PIECE ? data.len - at : PIECE;
		uint8_t apdu[5 + PIECE] = {0x00, 0xD6, (uint8_t)(at >> 8), (uint8_t)at, (uint8_t)n};
		unsigned sw = 0;
		memcpy(apdu + 5, data.data + at, n);
		TG_TRY(tg_apdu_ask(c, link, (struct tg_bytes){apdu, 5 + n}, &sw));
		if (sw != 0x9000)
			return tg_error_set(&c->err, TG_CERT_WRITE, "write: %04x", sw);
	}
	return TG_OK;
}

static enum tg_status put_file(struct tg_child *c, struct tg_apdu_link *link, uint8_t name, struct tg_bytes data)
{
	const struct kind *k = CERTIFICATES;
	unsigned sw = 0;
	TG_TRY(delete_file(c, link, k->folders[0], k->first, name));
	TG_TRY(create_plain(c, link, k, name, data.len));
	TG_TRY(tg_apdu_ask(c, link, BYTES(0x00, 0xA4, 0x00, 0x00, 0x02, k->first, name, 0x00), &sw));
	return fill_file(c, link, data);
}

enum tg_status tg_rutoken_store(struct tg_child *c, struct tg_bytes id, struct tg_bytes certificate)
{
	struct tg_apdu_link link;
	struct tg_buf directory = TG_BUF_INIT;
	uint8_t name = 0;
	if (certificate.len > FILE_MAX)
		return tg_error_set(&c->err, TG_CARD_FULL, "a certificate of %zu bytes", certificate.len);
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = read_directory(c, &link, CERTIFICATES->directory, &directory);
	if (status == TG_OK && described_under(&directory, id, &name).len == 0)
		status = tg_error_set(
		        &c->err, TG_CERT_WRITE, "neither the module nor an old description has room for it");
	if (status == TG_OK)
		status = put_file(c, &link, name, certificate);
	tg_apdu_close(&link);
	tg_buf_finish(&directory);
	return status;
}

static enum tg_status file_is(
        struct tg_child *c, struct tg_apdu_link *link, uint8_t name, struct tg_bytes want, bool *yes)
{
	struct tg_buf file = TG_BUF_INIT;
	unsigned sw = 0;
	TG_TRY(tg_apdu_ask(c, link, CERTIFICATES->folders[0], &sw));
	TG_TRY(tg_apdu_ask(c, link, BYTES(0x00, 0xA4, 0x00, 0x00, 0x02, CERTIFICATES->first, name, 0x00), &sw));
	enum tg_status status = read_chosen(c, link, &file);
	*yes = status == TG_OK && file.data && file.len >= want.len && memcmp(file.data, want.data, want.len) == 0;
	tg_buf_finish(&file);
	return status;
}

enum tg_status tg_rutoken_holds(struct tg_child *c, struct tg_bytes certificate, bool *yes)
{
	struct tg_apdu_link link;
	bool there[NAMES] = {false};
	*yes = false;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = list_names(c, &link, CERTIFICATES->folders[0], CERTIFICATES->first, there);
	for (unsigned n = 0; n < NAMES && status == TG_OK && !*yes; n++)
		if (there[n])
			status = file_is(c, &link, (uint8_t)n, certificate, yes);
	tg_apdu_close(&link);
	return status;
}

/* --- OpenSC 0.23 stops showing certificates at the first whose file is gone, so a card pulled after it has deleted a
 * file and before it has deleted the description shows none at all, not even one that is whole. The description goes
 * first, in one piece; then OpenSC is told to destroy what it still remembers. Decision 0155. */

/* Takes the description out of the chosen directory: what follows moves up. */
static enum tg_status cut(
        struct tg_child *c, struct tg_apdu_link *link, const struct tg_buf *directory, struct tg_bytes entry)
{
	struct tg_reader r;
	size_t at = (size_t)(entry.data - directory->data), used = 0;
	tg_reader_init(&r, directory->data, directory->len);
	while (next_entry(&r).len > 0)
		used = (size_t)(r.p - directory->data);
	if (used < at + entry.len || used - at > PIECE)
		return TG_OK; /* in more than one piece it would be worse than what OpenSC does */
	uint8_t apdu[5 + PIECE] = {0x00, 0xD6, (uint8_t)(at >> 8), (uint8_t)at, (uint8_t)(used - at)};
	memcpy(apdu + 5, entry.data + entry.len, used - at - entry.len);
	unsigned sw = 0;
	TG_TRY(tg_apdu_ask(c, link, (struct tg_bytes){apdu, 5 + used - at}, &sw));
	return sw == 0x9000 ? TG_OK : tg_error_set(&c->err, TG_CARD_BROKEN, "description: %04x", sw);
}

enum tg_status tg_rutoken_undescribe(struct tg_child *c, struct tg_bytes id)
{
	struct tg_apdu_link link;
	struct tg_buf directory = TG_BUF_INIT;
	uint8_t name = 0;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = read_directory(c, &link, CERTIFICATES->directory, &directory);
	struct tg_bytes entry = described_under(&directory, id, &name);
	if (status == TG_OK && entry.len > 0)
		status = cut(c, &link, &directory, entry);
	tg_apdu_close(&link);
	tg_buf_finish(&directory);
	return status;
}
