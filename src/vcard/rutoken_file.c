/* Files: chosen by name or path, made from the description that the reader sends, read and written in pieces. */
#include "rutoken.h"

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint16_t choose(struct tg_rutoken *r, const struct tg_rut_node *node, struct tg_buf *out)
{
	if (!node)
		return TG_SW_NOT_FOUND;
	if (node->type == TG_RUT_DF) {
		r->folder = node->id;
		r->file = 0;
	} else {
		r->folder = node->parent;
		r->file = node->id;
	}
	tg_tlv_put_buf(out, 0x6f, &node->fci);
	return TG_SW_OK;
}

static struct tg_rut_node *by_name(struct tg_rutoken *r, uint16_t fid)
{
	return fid == TG_RUT_MF ? tg_rut_child(r, 0, TG_RUT_MF) : r->folder ? tg_rut_child(r, r->folder, fid) : NULL;
}

static struct tg_rut_node *by_names(struct tg_rutoken *r, struct tg_rut_node *from, struct tg_bytes path)
{
	for (size_t i = 0; from && i + 1 < path.len; i += 2)
		from = tg_rut_child(r, from->id, be16(path.data + i));
	return from;
}

/* For listing a folder: its first file, or the one after `fid`. */
static struct tg_rut_node *next(struct tg_rutoken *r, uint16_t fid)
{
	bool passed = fid == 0;
	for (size_t i = 0; r->folder && i < r->n; i++) {
		if (r->nodes[i].parent != r->folder)
			continue;
		if (passed)
			return &r->nodes[i];
		passed = r->nodes[i].fid == fid;
	}
	return NULL;
}

static uint16_t select_by_name(struct tg_rutoken *r, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->data.len == 0)
		return choose(r, next(r, 0), out);
	if (a->data.len != 2)
		return TG_SW_LENGTH;
	uint16_t fid = be16(a->data.data);
	return choose(r, a->p2 == 0x02 ? next(r, fid) : by_name(r, fid), out);
}

uint16_t tg_rut_select(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_rutoken *r = card->rutoken;
	const struct tg_rut_node *folder = tg_rut_by_id(r, r->folder);
	if (a->p2 != 0x00 && (a->p1 || a->p2 != 0x02))
		return TG_SW_P1P2;
	switch (a->p1) {
	case 0x00:
		return select_by_name(r, a, out);
	case 0x03:
		return choose(r, folder ? tg_rut_by_id(r, folder->parent) : NULL, out);
	case 0x04: /* no application has a name here */
		return TG_SW_NOT_FOUND;
	case 0x08:
		if (a->data.len == 0 || a->data.len % 2)
			return TG_SW_LENGTH;
		return choose(r, by_names(r, tg_rut_child(r, 0, TG_RUT_MF), a->data), out);
	default:
		return TG_SW_P1P2;
	}
}

/* OpenSC creates keys while its own folder is chosen: the card knows where they belong by their kind. PINs lie in no
 * folder. */
static uint16_t place_internal(struct tg_rutoken *r, struct tg_bytes fci, struct tg_rut_node **folder)
{
	struct tg_bytes kind;
	if (!tg_tlv_find(fci, 0x85, &kind) || kind.len != 6)
		return TG_SW_DATA;
	switch (kind.data[0]) {
	case 0x01:
		*folder = tg_rut_child(r, 0, TG_RUT_MF);
		break;
	case 0x03:
	case 0x23:
		*folder = tg_rut_key_folder(r, TG_RUT_PRIVATE_KEYS);
		break;
	case 0x13:
	case 0x33:
		*folder = tg_rut_key_folder(r, TG_RUT_PUBLIC_KEYS);
		break;
	default:
		return TG_SW_DATA;
	}
	return *folder ? TG_SW_OK : TG_SW_NOT_FOUND;
}

static bool is_pin(uint16_t fid)
{
	return fid == TG_RUT_SO_PIN || fid == TG_RUT_USER_PIN;
}

/* A key that is made again under its own reference takes the place of the last: OpenSC chooses a reference that no
 * description on the card names, and after a card was pulled between a key and its description that is where the
 * nameless key lies. The right to delete it is needed for that. */
static uint16_t create_internal(struct tg_vcard *card, struct tg_bytes fci, uint16_t fid)
{
	struct tg_rutoken *r = card->rutoken;
	struct tg_rut_node *folder = NULL;
	uint16_t sw = place_internal(r, fci, &folder);
	if (sw != TG_SW_OK)
		return sw;
	bool pin = folder->fid == TG_RUT_MF;
	if (pin ? !is_pin(fid) : fid > 0xff)
		return TG_SW_DATA;
	if (!tg_rut_may(r, folder, TG_RUT_CREATE_INTERNAL))
		return TG_SW_LOGIN;
	uint16_t parent = pin ? 0 : folder->id;
	const struct tg_rut_node *before = tg_rut_child(r, parent, fid);
	if (before && pin)
		return TG_SW_EXISTS;
	if (before && !tg_rut_may(r, before, TG_RUT_DELETE))
		return TG_SW_LOGIN;
	if (before)
		tg_rut_remove(card, before->id);
	return tg_rut_add(card, parent, fci) ? TG_SW_OK : TG_SW_MEMORY_FAILURE;
}

static uint16_t create_file(struct tg_vcard *card, struct tg_bytes fci, uint16_t fid, uint8_t type)
{
	struct tg_rutoken *r = card->rutoken;
	const struct tg_rut_node *folder = tg_rut_by_id(r, r->folder);
	bool root = fid == TG_RUT_MF;
	if (root ? tg_rut_child(r, 0, TG_RUT_MF) != NULL || type != TG_RUT_DF : !folder)
		return root ? TG_SW_EXISTS : TG_SW_NO_FILE_CHOSEN;
	if (!root && !tg_rut_may(r, folder, TG_RUT_CREATE))
		return TG_SW_LOGIN;
	if (!root && tg_rut_child(r, folder->id, fid))
		return TG_SW_EXISTS;
	const struct tg_rut_node *made = tg_rut_add(card, root ? 0 : folder->id, fci);
	if (!made)
		return TG_SW_MEMORY_FAILURE;
	if (type == TG_RUT_DF)
		r->folder = made->id;
	r->file = type == TG_RUT_DF ? 0 : made->id;
	return TG_SW_OK;
}

uint16_t tg_rut_create(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes fci;
	uint16_t fid, size;
	uint8_t type;
	(void)out;
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (!tg_tlv_find(a->data, 0x6f, &fci) || !tg_rut_fci(fci, &fid, &size, &type))
		return TG_SW_DATA;
	size_t used = tg_rut_used(card->rutoken);
	if (used > card->made_of.memory || size > card->made_of.memory - used)
		return TG_SW_FULL;
	return type == TG_RUT_INTERNAL ? create_internal(card, fci, fid) : create_file(card, fci, fid, type);
}

uint16_t tg_rut_delete(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_rutoken *r = card->rutoken;
	(void)out;
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (a->data.len && a->data.len != 2)
		return TG_SW_LENGTH;
	const struct tg_rut_node *node =
	        a->data.len ? by_name(r, be16(a->data.data)) : tg_rut_by_id(r, r->file ? r->file : r->folder);
	if (!node)
		return TG_SW_NOT_FOUND;
	if (!tg_rut_may(r, node, TG_RUT_DELETE))
		return TG_SW_LOGIN;
	uint16_t folder = node->parent;
	bool was_chosen = node->id == r->folder;
	tg_rut_remove(card, node->id);
	if (was_chosen)
		r->folder = folder;
	return TG_SW_OK;
}

static size_t offset_of(const struct tg_apdu *a)
{
	return (size_t)a->p1 << 8 | a->p2;
}

/* The chosen file, if it has bytes to read and write. */
static uint16_t chosen(struct tg_rutoken *r, const struct tg_apdu *a, enum tg_rut_right right, struct tg_rut_node **out)
{
	*out = tg_rut_by_id(r, r->file);
	if (!*out)
		return TG_SW_NO_FILE_CHOSEN;
	if ((*out)->type != TG_RUT_EF)
		return TG_SW_STRUCTURE;
	if (!tg_rut_may(r, *out, right))
		return TG_SW_LOGIN;
	/* The highest bit would mean a short name, which nobody uses here. */
	return a->p1 & 0x80 || offset_of(a) > (*out)->size ? TG_SW_OFFSET : TG_SW_OK;
}

uint16_t tg_rut_read(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_rut_node *file;
	if (a->data.len || a->le == 0)
		return TG_SW_LENGTH;
	uint16_t sw = chosen(card->rutoken, a, TG_RUT_READ, &file);
	if (sw != TG_SW_OK)
		return sw;
	size_t offset = offset_of(a), left = file->size - offset;
	if (left)
		tg_buf_add(out, file->body.data + offset, left < a->le ? left : a->le);
	return TG_SW_OK;
}

uint16_t tg_rut_update(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_rut_node *file;
	(void)out;
	if (a->data.len == 0)
		return TG_SW_LENGTH;
	uint16_t sw = chosen(card->rutoken, a, TG_RUT_WRITE, &file);
	if (sw != TG_SW_OK)
		return sw;
	size_t offset = offset_of(a);
	if (a->data.len > file->size - offset)
		return TG_SW_FULL;
	memcpy(file->body.data + offset, a->data.data, a->data.len);
	card->dirty = true;
	return TG_SW_OK;
}
