/* The document's commands: which, when, and under which protection. */
#include "vdoc.h"
#include "card.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>

static const uint8_t aid[] = {0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01};

#define MASTER_FILE 0x3f00

/* ICAO 9303-10 §4: names; the short name of each is its last five bits. */
static const struct {
	uint16_t fid;
	bool in_application;
} names[TG_VDOC_READABLE] = {
        [TG_VDOC_CARD_ACCESS] = {0x011c, false},
        [TG_VDOC_COM] = {0x011e, true},
        [TG_VDOC_DG1] = {0x0101, true},
        [TG_VDOC_DG2] = {0x0102, true},
        [TG_VDOC_DG14] = {0x010e, true},
        [TG_VDOC_DG15] = {0x010f, true},
        [TG_VDOC_SOD] = {0x011d, true},
};

void tg_vdoc_reset(struct tg_vdoc *d)
{
	tg_vdoc_sm_end(d);
	OPENSSL_cleanse(&d->pace, sizeof d->pace);
	d->pace = (struct tg_vdoc_pace){0};
	d->selected = false;
	d->have_challenge = false;
}

void tg_vdoc_wipe(struct tg_vdoc *d)
{
	tg_vdoc_reset(d);
	for (size_t i = 0; i < TG_VDOC_FILE_COUNT; i++)
		tg_buf_wipe(&d->files[i]);
}

bool tg_vdoc_random(struct tg_vdoc *d, uint8_t *out, size_t n)
{
	return d->draw ? d->draw(out, n, d->draw_ctx) : RAND_bytes(out, (int)n) == 1;
}

static uint16_t fid_of(struct tg_bytes b)
{
	return (uint16_t)(b.data[0] << 8 | b.data[1]);
}

int tg_vdoc_file_of(uint16_t fid)
{
	for (int i = 0; i < TG_VDOC_READABLE; i++) {
		if (names[i].fid == fid)
			return i;
	}
	return -1;
}

static bool is_select(const struct tg_apdu *a)
{
	return (a->cla == 0x00 || a->cla == 0x0c) && a->ins == 0xa4;
}

static bool selects_application(const struct tg_apdu *a)
{
	return is_select(a) && a->p1 == 0x04 && a->data.len == sizeof aid && memcmp(a->data.data, aid, sizeof aid) == 0;
}

static bool selects_master(const struct tg_apdu *a)
{
	return is_select(a) && a->p1 == 0x00 &&
	       (a->data.len == 0 || (a->data.len == 2 && fid_of(a->data) == MASTER_FILE));
}

bool tg_vdoc_takes(struct tg_vcard *card, const struct tg_apdu *a)
{
	if (!card->doc.present)
		return false;
	bool by_name = a->cla == 0x00 && is_select(a) && a->p1 == 0x04;
	if (by_name ? selects_application(a) : !card->selected || (a->cla == 0x00 && selects_master(a))) {
		card->selected = card->logged_in = false;
		card->current = 0;
		return true;
	}
	return false;
}

/* --- Choosing */
static uint16_t select_file(struct tg_vdoc *d, uint16_t fid)
{
	for (int i = 0; i < TG_VDOC_READABLE; i++) {
		if (names[i].fid != fid || names[i].in_application != d->selected)
			continue;
		if (d->selected && !d->open)
			return TG_SW_LOGIN;
		if (d->files[i].len == 0)
			return TG_SW_NOT_FOUND;
		d->current = i;
		return TG_SW_OK;
	}
	return d->selected && !d->open ? TG_SW_LOGIN : TG_SW_NOT_FOUND;
}

static uint16_t choose(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (selects_application(a) || selects_master(a)) {
		d->selected = a->p1 == 0x04;
		d->current = -1;
		return TG_SW_OK;
	}
	if (a->p1 == 0x04)
		return TG_SW_NOT_FOUND;
	if (a->p1 != 0x02 && a->p1 != 0x00)
		return TG_SW_P1P2;
	return a->data.len == 2 ? select_file(d, fid_of(a->data)) : TG_SW_LENGTH;
}

/* --- Reading */
static uint16_t choose_short(struct tg_vdoc *d, uint8_t short_name)
{
	for (int i = 0; i < TG_VDOC_READABLE; i++) {
		if ((names[i].fid & 0x1f) == short_name && names[i].in_application == d->selected)
			return select_file(d, names[i].fid);
	}
	return d->selected && !d->open ? TG_SW_LOGIN : TG_SW_NOT_FOUND;
}

/* 256 and 65536 say "as much as there is", every other number says how much. */
static bool open_ended(uint32_t le)
{
	return le == 256 || le == 65536;
}

static uint16_t part(const struct tg_vdoc *d, size_t offset, size_t le, struct tg_bytes *out)
{
	if (d->selected && !d->open)
		return TG_SW_LOGIN;
	if (d->current < 0)
		return TG_SW_NO_FILE_CHOSEN;
	const struct tg_buf *file = &d->files[d->current];
	if (offset >= file->len)
		return TG_SW_OFFSET;
	size_t left = file->len - offset;
	*out = (struct tg_bytes){file->data + offset, left < le ? left : le};
	return left >= le || open_ended((uint32_t)le) ? TG_SW_OK : TG_SW_END_OF_FILE;
}

/* The part of the chosen file that is asked for and fits into the answer. */
static uint16_t give(const struct tg_vdoc *d, uint32_t le, size_t offset, size_t around, struct tg_bytes *out)
{
	if (le == 0 || d->room <= around || (le > d->room - around && !open_ended(le)))
		return TG_SW_LENGTH;
	uint16_t sw = part(d, offset, le, out);
	if (sw == TG_SW_OK && out->len > d->room - around)
		out->len = d->room - around;
	return sw;
}

static uint16_t read_even(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes bytes = {0};
	uint16_t sw = TG_SW_OK;
	size_t offset = (size_t)(a->p1 << 8 | a->p2);
	if (a->p1 & 0x80) {
		sw = a->p1 & 0x60 ? TG_SW_P1P2 : choose_short(d, a->p1 & 0x1f);
		offset = a->p2;
	}
	if (sw == TG_SW_OK)
		sw = give(d, a->le, offset, 0, &bytes);
	if (sw == TG_SW_OK || sw == TG_SW_END_OF_FILE)
		tg_buf_add(out, bytes.data, bytes.len);
	return sw;
}

static bool offset_object(struct tg_bytes data, size_t *out)
{
	struct tg_bytes v;
	if (!tg_tlv_find(data, 0x54, &v) || v.len == 0 || v.len > 4)
		return false;
	*out = 0;
	for (size_t i = 0; i < v.len; i++)
		*out = *out << 8 | v.data[i];
	return true;
}

/* READ BINARY with an offset object: for files beyond 32 KiB. */
static uint16_t read_odd(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes bytes = {0};
	size_t offset;
	uint16_t fid = (uint16_t)(a->p1 << 8 | a->p2);
	if (!offset_object(a->data, &offset))
		return TG_SW_DATA;
	uint16_t sw = TG_SW_OK;
	if (fid)
		sw = fid <= 0x1e ? choose_short(d, (uint8_t)fid) : select_file(d, fid);
	if (sw == TG_SW_OK)
		sw = give(d, a->le, offset, 4, &bytes);
	if (sw == TG_SW_OK || sw == TG_SW_END_OF_FILE)
		tg_tlv_put(out, 0x53, bytes.data, bytes.len);
	return sw;
}

/* --- Which command */
static uint16_t manage(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->p1 == 0xc1 && a->p2 == 0xa4)
		return tg_vdoc_pace_choose(d, a, out);
	if (a->p1 == 0x41 && a->p2 == 0xa4)
		return tg_vdoc_chip_choose(d, a, out);
	return a->p1 == 0x41 && a->p2 == 0xa6 ? tg_vdoc_chip_kat(d, a, out) : TG_SW_P1P2;
}

static uint16_t general(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	return d->chip_chosen ? tg_vdoc_chip_go(d, a, out) : tg_vdoc_pace_go(d, a, out);
}

/* one row a line */
/* clang-format off */
static const struct row {
	uint8_t ins;
	tg_vdoc_command *run;
} rows[] = {
	{0xa4, choose},
	{0xb0, read_even},
	{0xb1, read_odd},
	{0x84, tg_vdoc_challenge},
	{0x82, tg_vdoc_authenticate},
	{0x22, manage},
	{0x86, general},
	{0x88, tg_vdoc_active},
};
/* clang-format on */

static uint16_t plain_command(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	/* Only the steps of PACE come as a chain. */
	if (a->cla != 0x00 && !(a->cla == 0x10 && a->ins == 0x86))
		return TG_SW_CLA;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].ins != a->ins)
			continue;
		uint16_t sw = rows[i].run(d, a, out);
		if (sw != TG_SW_OK && sw != TG_SW_END_OF_FILE)
			tg_buf_reset(out);
		return sw;
	}
	return TG_SW_INS;
}

/* New session keys count from the next command on. */
static void switch_keys(struct tg_vdoc *d)
{
	if (!d->next.on)
		return;
	d->sm = d->next;
	OPENSSL_cleanse(&d->next, sizeof d->next);
	d->next = (struct tg_vdoc_sm){0};
}

static uint16_t protected_command(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_buf plain = TG_BUF_INIT;
	struct tg_apdu inner;
	uint16_t sw = tg_vdoc_unwrap(d, a, &plain, &inner);
	if (sw != TG_SW_OK) {
		tg_buf_wipe(&plain);
		tg_vdoc_sm_end(d);
		return sw;
	}
	sw = plain_command(d, &inner, out);
	tg_buf_wipe(&plain);
	if (!tg_vdoc_wrap(d, a->ins, sw, out)) {
		tg_buf_reset(out);
		tg_vdoc_sm_end(d);
		return TG_SW_MEMORY_FAILURE;
	}
	return sw;
}

uint16_t tg_vdoc_execute(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	uint16_t sw;
	if ((a->cla & 0x0c) == 0x0c) {
		sw = d->sm.on ? protected_command(d, a, out) : TG_SW_SM_NONE;
	} else {
		/* A command in the clear ends the session: nobody can slip one in. */
		if (d->sm.on)
			tg_vdoc_sm_end(d);
		d->room = 65536;
		sw = plain_command(d, a, out);
	}
	switch_keys(d);
	return sw;
}
