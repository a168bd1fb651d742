/* The tree of files. A handful of files, so that a list is searched. */
#include "rutoken.h"
#include <openssl/crypto.h>

struct tg_rutoken *tg_rutoken_create(void)
{
	struct tg_rutoken *r = calloc(1, sizeof *r);
	if (r)
		r->open = true;
	return r;
}

static void wipe_node(struct tg_rut_node *node)
{
	tg_buf_wipe(&node->fci);
	tg_buf_wipe(&node->body);
}

void tg_rutoken_destroy(struct tg_rutoken *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		wipe_node(&r->nodes[i]);
	tg_buf_wipe(&r->chain);
	free(r->nodes);
	free(r);
}

struct tg_rut_node *tg_rut_by_id(struct tg_rutoken *r, uint16_t id)
{
	for (size_t i = 0; id && i < r->n; i++) {
		if (r->nodes[i].id == id)
			return &r->nodes[i];
	}
	return NULL;
}

struct tg_rut_node *tg_rut_child(struct tg_rutoken *r, uint16_t parent, uint16_t fid)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->nodes[i].parent == parent && r->nodes[i].fid == fid)
			return &r->nodes[i];
	}
	return NULL;
}

struct tg_rut_node *tg_rut_by_path(struct tg_rutoken *r, const uint16_t *path)
{
	struct tg_rut_node *node = tg_rut_child(r, 0, TG_RUT_MF);
	for (; node && *path; path++)
		node = tg_rut_child(r, node->id, *path);
	return node;
}

struct tg_rut_node *tg_rut_key_folder(struct tg_rutoken *r, uint16_t folder)
{
	const uint16_t path[] = {TG_RUT_SYSTEM, TG_RUT_SYSTEM, folder, 0};
	return tg_rut_by_path(r, path);
}

struct tg_rut_node *tg_rut_key(struct tg_rutoken *r, uint16_t folder, uint8_t reference)
{
	const struct tg_rut_node *keys = tg_rut_key_folder(r, folder);
	return keys && reference ? tg_rut_child(r, keys->id, reference) : NULL;
}

static bool number(struct tg_bytes fci, uint16_t tag, uint16_t *out)
{
	struct tg_bytes v;
	if (!tg_tlv_find(fci, tag, &v) || v.len != 2)
		return false;
	*out = (uint16_t)(v.data[0] << 8 | v.data[1]);
	return true;
}

bool tg_rut_fci(struct tg_bytes fci, uint16_t *fid, uint16_t *size, uint8_t *type)
{
	struct tg_bytes access;
	uint16_t descriptor;
	if (!number(fci, 0x83, fid) || !number(fci, 0x80, size) || !number(fci, 0x82, &descriptor))
		return false;
	*type = (uint8_t)(descriptor >> 8);
	bool known = *type == TG_RUT_DF || *type == TG_RUT_EF || *type == TG_RUT_INTERNAL;
	return known && *fid && tg_tlv_find(fci, 0x86, &access) && access.len == TG_RUT_ACCESS;
}

const uint8_t *tg_rut_properties(const struct tg_rut_node *node)
{
	struct tg_bytes v;
	bool found = tg_tlv_find((struct tg_bytes){node->fci.data, node->fci.len}, 0x85, &v);
	return found && v.len == 6 ? v.data : NULL;
}

bool tg_rut_may(const struct tg_rutoken *r, const struct tg_rut_node *node, enum tg_rut_right right)
{
	struct tg_bytes v;
	if (r->open)
		return true;
	if (!tg_tlv_find((struct tg_bytes){node->fci.data, node->fci.len}, 0x86, &v) || v.len != TG_RUT_ACCESS)
		return false;
	uint8_t wanted = v.data[1 + right];
	if (!(v.data[0] & 1u << right) || wanted == 0xff)
		return false;
	return wanted == 0 || (r->who & wanted) != 0;
}

static bool make_room(struct tg_rutoken *r)
{
	if (r->n < r->cap)
		return true;
	size_t cap = r->cap ? r->cap * 2 : 32;
	struct tg_rut_node *nodes = realloc(r->nodes, cap * sizeof *nodes);
	if (!nodes)
		return false;
	r->nodes = nodes;
	r->cap = cap;
	return true;
}

static bool fill(struct tg_rut_node *node, struct tg_bytes fci)
{
	static const uint8_t zeros[64];
	tg_buf_add(&node->fci, fci.data, fci.len);
	for (size_t left = node->type == TG_RUT_EF ? node->size : 0; left;) {
		size_t part = left < sizeof zeros ? left : sizeof zeros;
		tg_buf_add(&node->body, zeros, part);
		left -= part;
	}
	return !node->fci.failed && !node->body.failed;
}

struct tg_rut_node *tg_rut_add(struct tg_vcard *card, uint16_t parent, struct tg_bytes fci)
{
	struct tg_rutoken *r = card->rutoken;
	struct tg_rut_node node = {.parent = parent};
	if (!tg_rut_fci(fci, &node.fid, &node.size, &node.type) || r->last_id == UINT16_MAX || !make_room(r))
		return NULL;
	if (!fill(&node, fci)) {
		wipe_node(&node);
		return NULL;
	}
	node.id = ++r->last_id;
	card->dirty = true;
	r->nodes[r->n] = node;
	return &r->nodes[r->n++];
}

static void forget(struct tg_rutoken *r, size_t at)
{
	uint16_t id = r->nodes[at].id;
	wipe_node(&r->nodes[at]);
	r->n--;
	memmove(&r->nodes[at], &r->nodes[at + 1], (r->n - at) * sizeof *r->nodes);
	if (r->file == id)
		r->file = 0;
	if (r->folder == id)
		r->folder = 0;
}

/* A child is always younger than its folder, so that one walk from old to young finds all that hangs on nothing. */
void tg_rut_remove(struct tg_vcard *card, uint16_t id)
{
	struct tg_rutoken *r = card->rutoken;
	for (size_t i = 0; i < r->n;) {
		const struct tg_rut_node *node = &r->nodes[i];
		bool orphan = node->parent && !tg_rut_by_id(r, node->parent);
		if (node->id == id || orphan)
			forget(r, i);
		else
			i++;
	}
	card->dirty = true;
}

void tg_rut_clear(struct tg_vcard *card)
{
	struct tg_rutoken *r = card->rutoken;
	while (r->n)
		forget(r, r->n - 1);
	card->dirty = true;
}

size_t tg_rut_used(const struct tg_rutoken *r)
{
	size_t sum = 0;
	for (size_t i = 0; i < r->n; i++)
		sum += r->nodes[i].size;
	return sum;
}
