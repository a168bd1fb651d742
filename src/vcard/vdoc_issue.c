/* Personalising: what makes a card with a document out of a persona, once. */
#include "vdoc_make.h"

/* The first letter of the surname becomes another: the check digits of the zone do not cover names, and the keys to the
 * chip stay what is printed. */
static void tamper(struct tg_vdoc *d, unsigned width)
{
	struct tg_buf *dg1 = &d->files[TG_VDOC_DG1];
	size_t head = dg1->len - (width == 30 ? 90 : 88);
	uint8_t *letter = dg1->data + head + (width == 30 ? 60 : 5);
	*letter = *letter == 'A' ? 'E' : 'A';
}

static enum tg_status sign(
        struct tg_vdoc *d, const struct tg_vcard_persona *p, const char *csca, int64_t now_ms, struct tg_error *err)
{
	X509 *cert;
	EVP_PKEY *key;
	TG_TRY(tg_csca_signer(csca, tg_vdoc_state(p), p->document.signer, &cert, &key, err));
	bool ok = tg_vdoc_sod_make(d, cert, key, now_ms, &d->files[TG_VDOC_SOD]);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "cannot sign the document");
}

enum tg_status tg_vcard_issue(struct tg_vcard *card, const char *csca, int64_t now_ms, struct tg_error *err)
{
	const struct tg_vcard_persona *p = &card->made_of;
	struct tg_vdoc *d = &card->doc;
	struct tg_vdoc_mrz mrz;
	if (!p->document.present || card->made_of.kind != TG_VCARD_KEY)
		return TG_OK;
	tg_vdoc_wipe(d);
	TG_TRY(tg_vdoc_mrz_make(p, &mrz, err));
	enum tg_status status = tg_vdoc_files_make(d, p, err);
	if (status == TG_OK && csca)
		status = sign(d, p, csca, now_ms, err);
	if (status != TG_OK) {
		tg_vdoc_wipe(d);
		return status;
	}
	if (p->document.signer == TG_VCARD_SIGNER_TAMPERED)
		tamper(d, mrz.width);
	d->access = p->document.access;
	d->present = true;
	return TG_OK;
}

/* --- For tests */
struct tg_bytes tg_vcard_document_file(const struct tg_vcard *card, uint16_t fid)
{
	int i = tg_vdoc_file_of(fid);
	const struct tg_buf *b = i < 0 ? NULL : &card->doc.files[i];
	return b ? (struct tg_bytes){b->data, b->len} : (struct tg_bytes){0};
}

bool tg_vcard_document_replace(struct tg_vcard *card, uint16_t fid, const void *bytes, size_t n)
{
	int i = tg_vdoc_file_of(fid);
	if (i < 0)
		return false;
	tg_buf_reset(&card->doc.files[i]);
	if (n)
		tg_buf_add(&card->doc.files[i], bytes, n);
	return !card->doc.files[i].failed;
}

void tg_vcard_document_draw(struct tg_vcard *card, bool (*draw)(uint8_t *out, size_t n, void *ctx), void *ctx)
{
	card->doc.draw = draw;
	card->doc.draw_ctx = ctx;
}
