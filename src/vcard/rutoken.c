/* Which command, and what touches no file: choosing files, the serial number, setting up, logging out. */
#include "rutoken.h"
#include <openssl/crypto.h>

static tg_rut_command serial_number, random_bytes, log_out, erase, end_setup;

/* one row a line */
/* clang-format off */
static const struct row {
	uint8_t cla, ins;
	tg_rut_command *run;
} rows[] = {
	{0x00, 0xa4, tg_rut_select},
	{0x00, 0xb0, tg_rut_read},
	{0x00, 0xd6, tg_rut_update},
	{0x00, 0xe0, tg_rut_create},
	{0x00, 0xe4, tg_rut_delete},
	{0x00, 0x20, tg_rut_verify},
	{0x00, 0x24, tg_rut_change},
	{0x00, 0x2c, tg_rut_unblock},
	{0x00, 0x22, tg_rut_choose},
	{0x00, 0x2a, tg_rut_operate},
	{0x10, 0x2a, tg_rut_operate}, /* more of the block follows */
	{0x00, 0x46, tg_rut_generate},
	{0x00, 0x84, random_bytes},
	{0x00, 0xca, serial_number},
	{0x80, 0x40, log_out},
	{0x80, 0x8a, erase},
	{0x80, 0x84, end_setup},
};
/* clang-format on */

uint16_t tg_rutoken_execute(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->ins != 0x2a)
		tg_buf_wipe(&card->rutoken->chain); /* a chain that another command broke */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].cla == a->cla && rows[i].ins == a->ins)
			return rows[i].run(card, a, out);
	}
	return a->cla == 0x00 || a->cla == 0x80 || a->cla == 0x10 ? TG_SW_INS : TG_SW_CLA;
}

/* A card that was given both PINs and lost power is no longer being set up, even if nobody said so: OpenSC's
 * C_InitToken never does. */
void tg_rutoken_reset(struct tg_vcard *card)
{
	struct tg_rutoken *r = card->rutoken;
	const struct tg_rut_node *root = tg_rut_child(r, 0, TG_RUT_MF);
	r->who = r->key = 0;
	r->file = 0;
	r->folder = root ? root->id : 0;
	tg_buf_wipe(&r->chain);
	if (root && card->user.len && card->so.len)
		r->open = false;
}

static uint16_t random_bytes(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)card;
	return tg_vcard_random(a, 256, out);
}

bool tg_rutoken_serial(const struct tg_vcard *card, uint8_t out[TG_RUT_SERIAL])
{
	char digits[2 * TG_RUT_SERIAL + 1];
	const char *serial = card->made_of.serial; /* eleven digits at most */
	snprintf(digits, sizeof digits, "%0*d%s", 2 * TG_RUT_SERIAL - (int)strlen(serial), 0, serial);
	return tg_unhex(digits, out, TG_RUT_SERIAL) == TG_RUT_SERIAL;
}

/* Eight bytes of the token itself; the second one holds its version in two halves (OpenSC's card-rutoken.c and
 * rutoken-tool.c, of the Rutoken S; src/decisions/0216). */
static uint16_t about_itself(const struct tg_vcard *card, struct tg_buf *out)
{
	uint8_t about[8] = {0};
	const char *v = card->made_of.version;
	if (!v[0])
		return TG_SW_NO_REFERENCE;
	about[1] = (uint8_t)((v[0] - '0') << 4 | (v[2] - '0'));
	tg_buf_add(out, about, sizeof about);
	return TG_SW_OK;
}

static uint16_t serial_number(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	uint8_t number[TG_RUT_SERIAL];
	if (a->p1 == 0x01 && a->p2 == 0x89)
		return about_itself(card, out);
	if (a->p1 != 0x01 || a->p2 != 0x81)
		return TG_SW_NO_REFERENCE;
	if (!tg_rutoken_serial(card, number))
		return TG_SW_CONDITIONS;
	tg_buf_add(out, number, sizeof number);
	return TG_SW_OK;
}

static uint16_t log_out(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)a, (void)out;
	card->rutoken->who = 0;
	return TG_SW_OK;
}

/* Nobody is asked for a PIN: whoever holds the device may empty it, nobody may read it. */
static uint16_t erase(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	tg_rut_clear(card);
	OPENSSL_cleanse(&card->user, sizeof card->user);
	OPENSSL_cleanse(&card->so, sizeof card->so);
	card->initialised = false;
	card->rutoken->open = true;
	tg_rutoken_reset(card);
	return TG_SW_OK;
}

static uint16_t end_setup(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (a->p1 != 0x4e || a->p2 != 0x19)
		return TG_SW_P1P2;
	if (!tg_rut_child(card->rutoken, 0, TG_RUT_MF))
		return TG_SW_CONDITIONS;
	card->rutoken->open = false;
	card->dirty = true;
	return TG_SW_OK;
}

static int certificates(struct tg_rutoken *r)
{
	static const uint16_t path[] = {TG_RUT_APP, 0};
	const struct tg_rut_node *app = tg_rut_by_path(r, path);
	int n = 0;
	for (size_t i = 0; app && i < r->n; i++) {
		const struct tg_rut_node *node = &r->nodes[i];
		n += node->parent == app->id && node->fid >> 8 == 0x03 && node->body.len && node->body.data[0] == 0x30;
	}
	return n;
}

static int keys(struct tg_rutoken *r)
{
	const struct tg_rut_node *folder = tg_rut_key_folder(r, TG_RUT_PRIVATE_KEYS);
	int n = 0;
	for (size_t i = 0; folder && i < r->n; i++)
		n += r->nodes[i].parent == folder->id && r->nodes[i].body.len;
	return n;
}

void tg_rutoken_describe(const struct tg_vcard *card, struct tg_vcard_facts *out)
{
	out->logged_in = (card->rutoken->who & TG_RUT_USER) != 0;
	out->keys = keys(card->rutoken);
	out->certs = certificates(card->rutoken);
}
