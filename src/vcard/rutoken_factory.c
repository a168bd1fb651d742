/* The files of a token that is in use: byte for byte what `pkcs15-init --create-pkcs15`, `--store-pin` and `--finalize`
 * of OpenSC 0.23 leave behind (tests/integration/vcard-rutoken.sh compares), but for the date in TokenInfo. */
#include "rutoken.h"

/* Access conditions: which of read/create, write/create internal, put data, delete are said (bits), and what each asks
 * for. */
struct access {
	uint8_t said, first, second, third, deletion;
};

enum { FREE = 0, SO = TG_RUT_SO, USER = TG_RUT_USER, EITHER = 3, NEVER = 0xff };

/* clang-format off */
static const struct folder {
	uint16_t parent[3], fid, size;
	struct access access;
} folders[] = {
	{{0},              0x1000, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000},         0x1000, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1000}, 0x6001, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1000}, 0x6002, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1000}, 0x6003, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1000}, 0x6004, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1000}, 0x6005, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000},         0x1001, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000},         0x1002, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000},         0x1003, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000},         0x1004, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1001}, 0x8001, 0, {0x43, USER, USER, 0, NEVER}},
	{{0x1000, 0x1001}, 0x8002, 0, {0x43, USER, USER, 0, NEVER}},
	{{0},              0x5000, 5000, {0x43, FREE, FREE, 0, USER}},
};

/* Object identifier, in EF.DIR: PKCS#15 v1.1 §5.4. */
static const uint8_t pkcs15_aid[] = {0xa0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'};
/* clang-format on */

static const char last_update[] = "20260101000000Z";

static void put_fci(struct tg_buf *out, uint16_t fid, uint16_t size, uint8_t type, const uint8_t *properties,
        const struct access *access)
{
	uint8_t a[TG_RUT_ACCESS] = {access->said, access->first, access->second, access->third};
	a[1 + TG_RUT_DELETE] = access->deletion;
	tg_tlv_put(out, 0x80, (uint8_t[]){(uint8_t)(size >> 8), (uint8_t)size}, 2);
	tg_tlv_put(out, 0x82, (uint8_t[]){type, 0}, 2);
	tg_tlv_put(out, 0x83, (uint8_t[]){(uint8_t)(fid >> 8), (uint8_t)fid}, 2);
	if (properties)
		tg_tlv_put(out, 0x85, properties, 6);
	tg_tlv_put(out, 0x86, a, sizeof a);
}

static struct tg_rut_node *add(struct tg_vcard *card, uint16_t parent, const struct tg_buf *fci)
{
	return fci->failed ? NULL : tg_rut_add(card, parent, (struct tg_bytes){fci->data, fci->len});
}

static bool add_folder(struct tg_vcard *card, const struct folder *f)
{
	struct tg_buf fci = TG_BUF_INIT;
	const struct tg_rut_node *parent = tg_rut_by_path(card->rutoken, f->parent);
	put_fci(&fci, f->fid, f->size, TG_RUT_DF, NULL, &f->access);
	bool ok = parent && add(card, parent->id, &fci);
	tg_buf_finish(&fci);
	return ok;
}

static bool add_root(struct tg_vcard *card)
{
	struct tg_buf fci = TG_BUF_INIT;
	put_fci(&fci, TG_RUT_MF, 0, TG_RUT_DF, NULL, &(struct access){0x47, USER, USER, SO, NEVER});
	bool ok = add(card, 0, &fci);
	tg_buf_finish(&fci);
	return ok;
}

/* A file with these bytes at its beginning. */
static bool add_file(struct tg_vcard *card, uint16_t parent_name, uint16_t fid, uint16_t size,
        const struct access *access, const struct tg_buf *bytes)
{
	const uint16_t path[] = {parent_name, 0};
	struct tg_buf fci = TG_BUF_INIT;
	const struct tg_rut_node *parent = tg_rut_by_path(card->rutoken, path);
	put_fci(&fci, fid, size, TG_RUT_EF, NULL, access);
	struct tg_rut_node *file = parent ? add(card, parent->id, &fci) : NULL;
	bool ok = file && !bytes->failed && bytes->len <= size;
	if (ok)
		memcpy(file->body.data, bytes->data, bytes->len);
	tg_buf_finish(&fci);
	return ok;
}

static void put_text(struct tg_buf *out, uint16_t tag, const char *text)
{
	tg_tlv_put(out, tag, text, strlen(text));
}

static bool add_directory(struct tg_vcard *card, const char *label)
{
	struct tg_buf body = TG_BUF_INIT, all = TG_BUF_INIT;
	tg_tlv_put(&body, 0x4f, pkcs15_aid, sizeof pkcs15_aid);
	put_text(&body, 0x50, label);
	tg_tlv_put(&body, 0x51, "\x3f\x00\x50\x00", 4);
	tg_tlv_put_buf(&all, 0x61, &body);
	bool ok = add_file(card, 0, 0x2f00, 128, &(struct access){0x43, FREE, SO, 0, SO}, &all);
	tg_buf_finish(&body);
	tg_buf_finish(&all);
	return ok;
}

/* One PIN's description: PKCS#15 v1.1 §6.8.2. */
static void put_auth(struct tg_buf *out, const char *label, uint8_t reference, uint16_t flags, uint8_t least)
{
	const uint8_t attributes[] = {0x03, 0x02, (uint8_t)(flags >> 8), (uint8_t)flags, 0x0a, 0x01, 0x01, 0x02, 0x01,
	        least, 0x02, 0x01, TG_RUT_PIN_MAX, 0x02, 0x01, TG_RUT_PIN_MAX, 0x80, 0x01, reference, 0x04, 0x01, 0x00};
	struct tg_buf object = TG_BUF_INIT, sequence = TG_BUF_INIT, all = TG_BUF_INIT, part = TG_BUF_INIT;
	put_text(&object, 0x0c, label);
	tg_tlv_put(&object, 0x03, "\x06\xc0", 2); /* private, modifiable */
	tg_tlv_put_buf(&all, 0x30, &object);
	tg_tlv_put(&part, 0x04, &reference, 1); /* the authentication id is the reference */
	tg_tlv_put_buf(&all, 0x30, &part);
	tg_tlv_put(&sequence, 0x30, attributes, sizeof attributes);
	tg_tlv_put_buf(&all, 0xa1, &sequence);
	tg_tlv_put_buf(out, 0x30, &all);
	tg_buf_finish(&object);
	tg_buf_finish(&sequence);
	tg_buf_finish(&all);
	tg_buf_finish(&part);
}

static bool add_auths(struct tg_vcard *card)
{
	struct tg_buf b = TG_BUF_INIT;
	put_auth(&b, "Security Officer PIN", TG_RUT_SO_PIN, 0x0099, 8);
	put_auth(&b, "User PIN", TG_RUT_USER_PIN, 0x0398, 4);
	bool ok = add_file(card, TG_RUT_APP, 0x6005, 256, &(struct access){0x43, FREE, SO, 0, SO}, &b);
	tg_buf_finish(&b);
	return ok;
}

static void put_token_info(const struct tg_vcard *card, const char *label, struct tg_buf *out)
{
	const char *maker = card->made_of.manufacturer;
	uint8_t number[TG_RUT_SERIAL] = {0};
	struct tg_buf body = TG_BUF_INIT, date = TG_BUF_INIT;
	out->failed |= !tg_rutoken_serial(card, number);
	tg_tlv_put(&body, 0x02, "\0", 1);
	tg_tlv_put(&body, 0x04, number, sizeof number);
	put_text(&body, 0x0c, maker[0] ? maker : "Aktiv Co.");
	put_text(&body, 0x80, label);
	tg_tlv_put(&body, 0x03, "\x04\x10", 2);
	put_text(&date, 0x18, last_update);
	tg_tlv_put_buf(&body, 0xa5, &date);
	tg_tlv_put_buf(out, 0x30, &body);
	tg_buf_finish(&body);
	tg_buf_finish(&date);
}

static bool add_descriptions(struct tg_vcard *card, const char *label)
{
	static const struct access free_but_so = {0x43, FREE, FREE, 0, SO}, free_but_user = {0x43, FREE, FREE, 0, USER};
	static const struct access profile = {0x43, FREE, SO, 0, SO};
	static const uint8_t directories[] = {
	        0xa8, 0x0a, 0x30, 0x08, 0x04, 0x06, 0x3f, 0x00, 0x50, 0x00, 0x60, 0x05}; /* where the PINs are */
	struct tg_buf odf = TG_BUF_INIT, info = TG_BUF_INIT, name = TG_BUF_INIT;
	tg_buf_add(&odf, directories, sizeof directories);
	put_token_info(card, label, &info);
	put_text(&name, 0x01, "pkcs15");
	bool ok = add_file(card, TG_RUT_APP, 0x5031, 128, &free_but_so, &odf) &&
	          add_file(card, TG_RUT_APP, 0x5032, 128, &free_but_user, &info) &&
	          add_file(card, TG_RUT_APP, 0x4946, 128, &profile, &name);
	tg_buf_finish(&odf);
	tg_buf_finish(&info);
	tg_buf_finish(&name);
	return ok;
}

static bool add_pin(struct tg_vcard *card, uint16_t fid, const char *value, uint8_t tries)
{
	bool so = fid == TG_RUT_SO_PIN;
	uint8_t properties[6] = {0x01, so ? 8 : 4, 0x01, (uint8_t)(0x11 * tries)};
	struct access access = {0x43, so ? NEVER : SO, so ? SO : EITHER, 0, NEVER};
	struct tg_bytes pin = {(const uint8_t *)value, strlen(value)};
	struct tg_buf fci = TG_BUF_INIT;
	put_fci(&fci, fid, (uint16_t)pin.len, TG_RUT_INTERNAL, properties, &access);
	bool ok = add(card, 0, &fci) && tg_vcard_pin_set(so ? &card->so : &card->user, pin, tries);
	tg_buf_finish(&fci);
	return ok;
}

bool tg_rutoken_initialise(struct tg_vcard *card, const struct tg_vcard_persona *p)
{
	const char *label = p->label[0] ? p->label : "Rutoken ECP";
	uint8_t tries = (uint8_t)(p->user_tries ? p->user_tries : TG_RUT_TRIES);
	bool ok = add_root(card) && add_directory(card, label);
	for (size_t i = 0; ok && i < sizeof folders / sizeof *folders; i++)
		ok = add_folder(card, &folders[i]);
	ok = ok && add_pin(card, TG_RUT_SO_PIN, p->so_pin, TG_RUT_SO_TRIES) && add_auths(card) &&
	     add_descriptions(card, label) && add_pin(card, TG_RUT_USER_PIN, p->user_pin, tries);
	if (ok && p->locked)
		card->user.tries = 0;
	card->initialised = ok;
	card->rutoken->open = false;
	return ok;
}
