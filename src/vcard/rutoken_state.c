/* The tree in the state file: whether it is open, the last number given, then one field a file, oldest first:
 * number, folder, length of the description, description, bytes. Numbers big-endian. */
#include "rutoken.h"
#include "tamga/frame.h"

enum { NUMBERS = 1, NODE = 2 };

static void pack_node(const struct tg_rut_node *node, struct tg_buf *out)
{
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add_u16(&b, node->id);
	tg_buf_add_u16(&b, node->parent);
	tg_buf_add_u16(&b, (uint16_t)node->fci.len);
	tg_buf_add(&b, node->fci.data, node->fci.len);
	if (node->body.len)
		tg_buf_add(&b, node->body.data, node->body.len);
	out->failed |= b.failed;
	tg_field_put(out, NODE, b.data, b.len);
	tg_buf_wipe(&b);
}

void tg_rutoken_pack(const struct tg_rutoken *r, struct tg_buf *out)
{
	uint8_t numbers[3] = {r->open, (uint8_t)(r->last_id >> 8), (uint8_t)r->last_id};
	tg_field_put(out, NUMBERS, numbers, sizeof numbers);
	for (size_t i = 0; i < r->n; i++)
		pack_node(&r->nodes[i], out);
}

static bool unpack_node(struct tg_vcard *card, struct tg_bytes data)
{
	struct tg_reader in;
	tg_reader_init(&in, data.data, data.len);
	uint16_t id = tg_read_u16(&in), parent = tg_read_u16(&in);
	struct tg_bytes fci = tg_read_bytes(&in, tg_read_u16(&in));
	struct tg_rutoken *r = card->rutoken;
	if (in.failed || id == 0 || tg_rut_by_id(r, id) || (parent && !tg_rut_by_id(r, parent)))
		return false;
	struct tg_bytes body = {in.p, (size_t)(in.end - in.p)};
	struct tg_rut_node *node = tg_rut_add(card, parent, fci);
	if (!node || (node->type == TG_RUT_EF && body.len != node->size) || (node->type == TG_RUT_DF && body.len))
		return false;
	node->id = id;
	tg_buf_reset(&node->body);
	if (body.len)
		tg_buf_add(&node->body, body.data, body.len);
	return !node->body.failed;
}

/* A private key that its commands would trust blindly. */
static bool keys_sound(struct tg_rutoken *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct tg_rut_node *node = &r->nodes[i];
		const uint8_t *kind = tg_rut_properties(node);
		if (node->type == TG_RUT_INTERNAL &&
		        (!kind || (kind[0] == 0x03 && node->body.len && node->body.len != TG_RUT_GOST_BYTES)))
			return false;
	}
	return true;
}

bool tg_rutoken_unpack(struct tg_vcard *card, struct tg_bytes data)
{
	struct tg_reader in;
	struct tg_bytes v;
	uint16_t tag, last = 0;
	bool open = false, numbers = false;
	card->rutoken = tg_rutoken_create();
	tg_reader_init(&in, data.data, data.len);
	while (card->rutoken && tg_field_next(&in, &tag, &v)) {
		if (tag == NODE && unpack_node(card, v))
			continue;
		if (tag != NUMBERS || v.len != 3)
			return false;
		numbers = true;
		open = v.data[0] != 0;
		last = (uint16_t)(v.data[1] << 8 | v.data[2]);
	}
	if (!card->rutoken || !tg_reader_done(&in) || !numbers || !keys_sound(card->rutoken))
		return false;
	card->rutoken->open = open;
	card->rutoken->last_id = last;
	tg_rutoken_reset(card);
	return true;
}
