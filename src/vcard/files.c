#include "card.h"

static size_t position(const struct tg_vcard *card, uint16_t fid)
{
	size_t i = 0;
	while (i < card->n_files && card->files[i].fid < fid)
		i++;
	return i;
}

struct tg_vcard_file *tg_vcard_file_find(struct tg_vcard *card, uint16_t fid)
{
	size_t i = position(card, fid);
	return i < card->n_files && card->files[i].fid == fid ? &card->files[i] : NULL;
}

struct tg_vcard_file *tg_vcard_file_add(struct tg_vcard *card, uint16_t fid)
{
	if (card->n_files == card->cap_files) {
		size_t cap = card->cap_files ? card->cap_files * 2 : 16;
		struct tg_vcard_file *files = realloc(card->files, cap * sizeof *files);
		if (!files)
			return NULL;
		card->files = files;
		card->cap_files = cap;
	}
	size_t at = position(card, fid);
	memmove(&card->files[at + 1], &card->files[at], (card->n_files - at) * sizeof *card->files);
	card->files[at] = (struct tg_vcard_file){.fid = fid};
	card->n_files++;
	card->dirty = true;
	return &card->files[at];
}

void tg_vcard_file_delete(struct tg_vcard *card, struct tg_vcard_file *file)
{
	size_t at = (size_t)(file - card->files);
	tg_buf_wipe(&file->body);
	card->n_files--;
	memmove(file, file + 1, (card->n_files - at) * sizeof *file);
	card->dirty = true;
}

void tg_vcard_files_wipe(struct tg_vcard *card)
{
	for (size_t i = 0; i < card->n_files; i++)
		tg_buf_wipe(&card->files[i].body);
	card->n_files = 0;
	card->dirty = true;
}

size_t tg_vcard_files_size(const struct tg_vcard *card)
{
	size_t sum = 0;
	for (size_t i = 0; i < card->n_files; i++)
		sum += card->files[i].body.len;
	return sum;
}

int tg_vcard_files_count(const struct tg_vcard *card, uint8_t prefix)
{
	int n = 0;
	for (size_t i = 0; i < card->n_files; i++)
		n += card->files[i].fid >> 8 == prefix;
	return n;
}

bool tg_vcard_fits(const struct tg_vcard *card, size_t more)
{
	size_t used = tg_vcard_files_size(card);
	return used <= card->made_of.memory && more <= card->made_of.memory - used;
}

/* 0.4.0.127.0.7.2.2.2.1.2, id-TA-RSA-v1-5-SHA-256 (BSI TR-03110-3). */
static const uint8_t oid_rsa[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x02, 0x01, 0x02};

/* OpenSC takes the token's serial number from the holder's name without its last five characters. No device key stands
 * behind this certificate: OpenSC parses it and checks no signature. */
static void device_cvc(const struct tg_vcard *card, struct tg_buf *out)
{
	struct tg_buf name = TG_BUF_INIT, key = TG_BUF_INIT, body = TG_BUF_INIT, cvc = TG_BUF_INIT;
	static const uint8_t zeros[8];
	tg_buf_addf(&name, "%s00001", card->made_of.serial);
	tg_tlv_put(&key, 0x06, oid_rsa, sizeof oid_rsa);
	tg_tlv_put(&body, 0x5f29, "\0", 1);
	tg_tlv_put(&body, 0x42, "TGDEVCA00001", 12);
	tg_tlv_put_buf(&body, 0x7f49, &key);
	tg_tlv_put_buf(&body, 0x5f20, &name);
	tg_tlv_put_buf(&cvc, 0x7f4e, &body);
	tg_tlv_put(&cvc, 0x5f37, zeros, sizeof zeros);
	tg_tlv_put_buf(out, 0x7f21, &cvc);
	tg_buf_finish(&name);
	tg_buf_finish(&key);
	tg_buf_finish(&body);
	tg_buf_finish(&cvc);
}

/* PKCS#15 TokenInfo: version, serial number, manufacturer, label, flags (PKCS#15 v1.1 §6.10). */
static void token_info(const struct tg_vcard *card, struct tg_buf *out)
{
	const struct tg_vcard_persona *p = &card->made_of;
	struct tg_buf body = TG_BUF_INIT;
	tg_tlv_put(&body, 0x02, "\0", 1);
	tg_tlv_put(&body, 0x04, p->serial, strlen(p->serial));
	if (p->manufacturer[0])
		tg_tlv_put(&body, 0x0c, p->manufacturer, strlen(p->manufacturer));
	if (p->label[0])
		tg_tlv_put(&body, 0x80, p->label, strlen(p->label));
	tg_tlv_put(&body, 0x03, "\x04\x10", 2); /* bit 3: PRN generation */
	tg_tlv_put_buf(out, 0x30, &body);
	tg_buf_finish(&body);
}

bool tg_vcard_files_factory(struct tg_vcard *card)
{
	struct tg_vcard_file *file = tg_vcard_file_add(card, TG_HSM_FID_DEVICE_CVC);
	if (!file)
		return false;
	device_cvc(card, &file->body);
	if (file->body.failed)
		return false;
	if (!card->initialised)
		return true; /* whoever initialises the card writes its own label */
	file = tg_vcard_file_add(card, TG_HSM_FID_TOKENINFO);
	if (!file)
		return false;
	token_info(card, &file->body);
	return !file->body.failed;
}
