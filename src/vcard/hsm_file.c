/* Files: one flat list. OpenSC reads and writes in pieces, with the offset in data object 54 and bytes in 53. */
#include "card.h"

static uint16_t file_name(const struct tg_vcard *card, const struct tg_apdu *a)
{
	uint16_t fid = (uint16_t)(a->p1 << 8 | a->p2);
	return fid ? fid : card->current;
}

/* What the holder may write and delete. Keys are made and deleted, never written; the device certificate stays. */
static bool writable(uint16_t fid)
{
	static const uint8_t prefixes[] = {0xc4, 0xc8, 0xc9, 0xca, 0xcd, 0xce, 0xcf};
	return fid == TG_HSM_FID_TOKENINFO || (fid >> 8 && memchr(prefixes, fid >> 8, sizeof prefixes));
}

static bool offset_of(struct tg_bytes value, size_t *offset)
{
	if (value.len != 2)
		return false;
	*offset = (size_t)value.data[0] << 8 | value.data[1];
	return true;
}

/* Past the end there is nothing, which is no error: OpenSC always reads once more to see the end. */
static void put_part(const struct tg_buf *body, size_t offset, size_t le, struct tg_buf *out)
{
	if (offset >= body->len)
		return;
	size_t left = body->len - offset;
	tg_buf_add(out, body->data + offset, left < le ? left : le);
}

uint16_t tg_hsm_read(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes value;
	size_t offset;
	if (a->le == 0)
		return TG_SW_LENGTH;
	if (!tg_tlv_find(a->data, 0x54, &value) || !offset_of(value, &offset))
		return TG_SW_DATA;
	uint16_t fid = file_name(card, a);
	if (!fid)
		return TG_SW_NO_FILE_CHOSEN;
	const struct tg_vcard_file *file = tg_vcard_file_find(card, fid);
	if (!file)
		return TG_SW_NOT_FOUND;
	if (fid >> 8 == TG_HSM_KEY)
		return TG_SW_STRUCTURE;
	card->current = fid;
	put_part(&file->body, offset, a->le, out);
	return TG_SW_OK;
}

static bool write_at(struct tg_buf *body, size_t offset, struct tg_bytes bytes)
{
	size_t inside = body->len - offset < bytes.len ? body->len - offset : bytes.len;
	if (inside)
		memcpy(body->data + offset, bytes.data, inside);
	if (bytes.len > inside)
		tg_buf_add(body, bytes.data + inside, bytes.len - inside);
	return !body->failed;
}

static uint16_t update_file(struct tg_vcard *card, uint16_t fid, size_t offset, struct tg_bytes bytes)
{
	struct tg_vcard_file *file = tg_vcard_file_find(card, fid);
	size_t size = file ? file->body.len : 0;
	if (offset > size || offset + bytes.len > UINT16_MAX)
		return TG_SW_OFFSET;
	size_t grown = offset + bytes.len > size ? offset + bytes.len - size : 0;
	if (!tg_vcard_fits(card, grown))
		return TG_SW_FULL;
	if (!file)
		file = tg_vcard_file_add(card, fid);
	if (!file || !write_at(&file->body, offset, bytes))
		return TG_SW_MEMORY_FAILURE;
	card->current = fid;
	card->dirty = true;
	return TG_SW_OK;
}

uint16_t tg_hsm_update(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes value, bytes;
	size_t offset;
	(void)out;
	if (!tg_tlv_find(a->data, 0x54, &value) || !offset_of(value, &offset) || !tg_tlv_find(a->data, 0x53, &bytes))
		return TG_SW_DATA;
	uint16_t fid = file_name(card, a);
	if (!fid)
		return TG_SW_NO_FILE_CHOSEN;
	if (!writable(fid))
		return TG_SW_CONDITIONS;
	return update_file(card, fid, offset, bytes);
}

uint16_t tg_hsm_delete(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (a->p1 != 0x02 || a->p2 != 0x00)
		return TG_SW_P1P2;
	if (a->data.len != 2)
		return TG_SW_LENGTH;
	uint16_t fid = (uint16_t)(a->data.data[0] << 8 | a->data.data[1]);
	struct tg_vcard_file *file = tg_vcard_file_find(card, fid);
	if (!file)
		return TG_SW_NOT_FOUND;
	if (!writable(fid) && fid >> 8 != TG_HSM_KEY)
		return TG_SW_CONDITIONS;
	tg_vcard_file_delete(card, file);
	if (card->current == fid)
		card->current = 0;
	return TG_SW_OK;
}

uint16_t tg_hsm_list(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (a->data.len || a->le < card->n_files * 2)
		return TG_SW_LENGTH;
	for (size_t i = 0; i < card->n_files; i++)
		tg_buf_add_u16(out, card->files[i].fid);
	return TG_SW_OK;
}
