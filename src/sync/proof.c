/* Proofs of the centre's tree as bytes. */
#include "tamga/sync.h"

static const char label[] = "tamga-tree-1";

static void put_hashes(struct tg_buf *out, const struct tg_proof *p)
{
	tg_buf_add_u8(out, (uint8_t)p->n);
	tg_buf_add(out, p->hash, p->n * TG_HASH_LEN);
}

enum tg_status tg_tree_proof_write(const struct tg_tree_proof *p, struct tg_buf *out)
{
	tg_buf_add(out, label, sizeof(label));
	tg_buf_add(out, p->epoch, TG_EPOCH_LEN);
	tg_buf_add_u64(out, p->from);
	tg_buf_add_u64(out, p->to);
	tg_buf_add_u64(out, p->seq);
	tg_buf_add_u64(out, p->place);
	put_hashes(out, &p->growth);
	put_hashes(out, &p->inclusion);
	return tg_buf_status(out);
}

static void get_hashes(struct tg_reader *r, struct tg_proof *p)
{
	p->n = tg_read_u8(r);
	if (p->n > TG_PROOF_MAX) {
		r->failed = true;
		p->n = 0;
		return;
	}
	struct tg_bytes b = tg_read_bytes(r, p->n * TG_HASH_LEN);
	if (r->failed)
		p->n = 0;
	else if (p->n > 0)
		memcpy(p->hash, b.data, b.len);
}

enum tg_status tg_tree_proof_read(struct tg_bytes in, const struct tg_tree_question *asked, struct tg_tree_proof *out)
{
	struct tg_reader r;
	tg_reader_init(&r, in.data, in.len);
	struct tg_bytes head = tg_read_bytes(&r, sizeof(label)), epoch = tg_read_bytes(&r, TG_EPOCH_LEN);
	if (r.failed || memcmp(head.data, label, sizeof(label)) != 0)
		return TG_INVALID;
	memcpy(out->epoch, epoch.data, TG_EPOCH_LEN);
	out->from = tg_read_u64(&r);
	out->to = tg_read_u64(&r);
	out->seq = tg_read_u64(&r);
	out->place = tg_read_u64(&r);
	get_hashes(&r, &out->growth);
	get_hashes(&r, &out->inclusion);
	bool answers = out->from == asked->from && out->to == asked->to && out->seq == asked->seq;
	return tg_reader_done(&r) && answers ? TG_OK : TG_INVALID;
}
