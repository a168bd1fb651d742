/* The dialect of Rutoken ЭЦП beside OpenSC 0.23, over a second, shared connection (decision 0053). OpenSC does not tell
 * how many tries are left before one was wasted, cannot say what a Rutoken is that it does not know, leaves the PIN
 * proven on the card after changing it, and shows no key that has no description. Commands: OpenSC's card-rtecp.c;
 * decision 0126. */
#include "child.h"

#define SO_PIN   0x01
#define USER_PIN 0x02

#define FOLDERS          0x10, 0x00, 0x10, 0x00 /* of keys, below the master file */
#define PRIVATE_FOLDER   0x60, 0x02
#define PUBLIC_FOLDER    0x60, 0x01
#define KEYS_MAX         255 /* references are one byte */
#define DESCRIPTIONS_MAX 0x4000u

#define BYTES(...) ((struct tg_bytes){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

/* The status word of a command whose data does not matter. */
static enum tg_status ask(struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes apdu, unsigned *sw)
{
	struct tg_buf none = TG_BUF_INIT;
	enum tg_status status = tg_apdu(c, link, apdu, &none, sw);
	tg_buf_finish(&none);
	return status;
}

/* VERIFY without data asks and costs nothing (ISO 7816-4 §11.5.6; OpenSC sends it after a wrong PIN). */
static enum tg_status ask_tries(struct tg_child *c, uint8_t pin, int *tries, unsigned *sw)
{
	struct tg_apdu_link link;
	*tries = -1;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = ask(c, &link, BYTES(0x00, 0x20, 0x00, pin), sw);
	tg_apdu_close(&link);
	if (status == TG_OK && (*sw & 0xFFF0) == 0x63C0)
		*tries = (int)(*sw & 0x0F);
	if (status == TG_OK && *sw == 0x6983)
		*tries = 0;
	return status;
}

static enum tg_status enrich(struct tg_child *c, struct tg_token_info *info)
{
	unsigned sw = 0;
	TG_TRY(ask_tries(c, USER_PIN, &info->tries_left, &sw));
	if (info->tries_left >= 0) {
		info->locked = info->tries_left == 0;
		info->final_try = info->tries_left == 1;
	}
	if (sw == 0x6A88 || sw == 0x6A82)
		info->initialised = false;
	return TG_OK;
}

static int so_tries(struct tg_child *c)
{
	int tries;
	unsigned sw = 0;
	return ask_tries(c, SO_PIN, &tries, &sw) == TG_OK ? tries : -1;
}

static void forget(struct tg_child *c)
{
	struct tg_apdu_link link;
	struct tg_error before = c->err;
	unsigned sw = 0;
	if (tg_apdu_open(c, &link) == TG_OK) {
		(void)ask(c, &link, BYTES(0x80, 0x40, 0x00, 0x00), &sw); /* a card that is gone has forgotten too */
		tg_apdu_close(&link);
	}
	c->err = before;
}

static enum tg_status look_at_unseen(struct tg_child *c, struct tg_apdu_link *link, struct tg_token_info *info)
{
	struct tg_buf data = TG_BUF_INIT;
	unsigned sw = 0;
	enum tg_status status = tg_apdu(c, link, BYTES(0x00, 0xCA, 0x01, 0x81, 0x00), &data, &sw);
	if (status == TG_OK && sw == 0x9000 && data.len * 2 < sizeof info->serial)
		tg_hex(data.data, data.len, info->serial);
	tg_buf_finish(&data);
	if (status == TG_OK)
		status = ask(c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x02, 0x50, 0x00, 0x00), &sw);
	if (status != TG_OK)
		return status;
	if (sw == 0x9000)
		return tg_error_set(&c->err, TG_CARD_BROKEN, "its PKCS #15 folder is there but cannot be read");
	/* Empty, or set up by the maker's own program, which OpenSC cannot read: the same to us. */
	return tg_error_set(&c->err, TG_CARD_BLANK, "no PKCS #15 folder: %04x", sw);
}

static enum tg_status unseen(struct tg_child *c, struct tg_token_info *info)
{
	struct tg_apdu_link link;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = look_at_unseen(c, &link, info);
	tg_apdu_close(&link);
	return status;
}

/* --- Sweeping: keys are files of two folders, named by their reference; a key counts when a description names it. */

/* References of all files in the chosen folder: each SELECT with 02 tells the one after. */
static enum tg_status list_references(
        struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes folder, bool found[KEYS_MAX + 1])
{
	struct tg_buf fci = TG_BUF_INIT;
	unsigned sw = 0;
	enum tg_status status = ask(c, link, folder, &sw);
	if (status == TG_OK && sw != 0x9000)
		return sw == 0x6A82 ? TG_OK : tg_error_set(&c->err, TG_CARD_BROKEN, "folder of keys: %04x", sw);
	uint8_t next[] = {0x00, 0xA4, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00};
	struct tg_bytes first = BYTES(0x00, 0xA4, 0x00, 0x00, 0x00), apdu = first;
	for (unsigned n = 0; status == TG_OK && n <= KEYS_MAX; n++, apdu = (struct tg_bytes){next, sizeof next}) {
		status = tg_apdu(c, link, apdu, &fci, &sw);
		if (status != TG_OK || sw == 0x6A82)
			break;
		const uint8_t *id = sw == 0x9000 && fci.len ? memmem(fci.data, fci.len, "\x83\x02", 2) : NULL;
		if (!id || id + 4 > fci.data + fci.len) {
			status = tg_error_set(&c->err, TG_CARD_BROKEN, "list of keys: %04x", sw);
			break;
		}
		next[5] = id[2];
		next[6] = id[3];
		if (!id[2] && id[3])
			found[id[3]] = true;
	}
	tg_buf_finish(&fci);
	return status;
}

/* The directory of private keys, PKCS #15 §6.3; empty when there is none yet. */
static enum tg_status read_descriptions(struct tg_child *c, struct tg_apdu_link *link, struct tg_buf *out)
{
	struct tg_buf part = TG_BUF_INIT;
	unsigned sw = 0;
	enum tg_status status = ask(c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x04, 0x50, 0x00, 0x60, 0x02, 0x00), &sw);
	if (status == TG_OK && sw != 0x9000 && sw != 0x6A82)
		status = tg_error_set(&c->err, TG_CARD_BROKEN, "descriptions of keys: %04x", sw);
	if (sw == 0x6A82)
		return status;
	do {
		if (status == TG_OK)
			status = tg_apdu(c, link, BYTES(0x00, 0xB0, (uint8_t)(out->len >> 8), (uint8_t)out->len, 0x00),
			        &part, &sw);
		if (status == TG_OK && sw == 0x9000)
			tg_buf_add(out, part.data, part.len);
	} while (status == TG_OK && sw == 0x9000 && part.len && out->len < DESCRIPTIONS_MAX);
	tg_buf_finish(&part);
	return status == TG_OK ? tg_buf_status(out) : status;
}

static bool is_described(const struct tg_buf *descriptions, unsigned reference)
{
	const uint8_t path[] = {FOLDERS, PRIVATE_FOLDER, 0x00, (uint8_t)reference};
	return descriptions->len && memmem(descriptions->data, descriptions->len, path, sizeof path);
}

static enum tg_status delete_half(struct tg_child *c, struct tg_apdu_link *link, uint8_t folder, unsigned reference)
{
	unsigned sw = 0;
	TG_TRY(ask(c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x08, FOLDERS, 0x60, folder, 0x00, (uint8_t)reference, 0x00),
	        &sw));
	if (sw == 0x6A82)
		return TG_OK;
	if (sw == 0x9000)
		TG_TRY(ask(c, link, BYTES(0x00, 0xE4, 0x00, 0x00), &sw));
	return sw == 0x9000 ? TG_OK
	                    : tg_error_set(&c->err, sw == 0x6982 ? TG_TOKEN_LOST : TG_CARD_BROKEN,
	                              "delete key %u: %04x", reference, sw);
}

/* All keys that the module shows have their places in the descriptions. Where they have not, the descriptions are
 * written in a way that is not ours, and nothing is surely nobody's. */
static bool are_understood(const struct tg_buf *descriptions, const bool there[KEYS_MAX + 1], unsigned shown)
{
	unsigned described = 0;
	for (unsigned n = 1; n <= KEYS_MAX; n++)
		described += there[n] && is_described(descriptions, n);
	return shown <= described;
}

/* The private half first, so that a second break leaves what the next sweep still knows as nobody's. */
static enum tg_status delete_nobodys(struct tg_child *c, struct tg_apdu_link *link, const struct tg_buf *descriptions,
        const bool there[KEYS_MAX + 1])
{
	for (unsigned n = 1; n <= KEYS_MAX; n++) {
		if (!there[n] || is_described(descriptions, n))
			continue;
		TG_TRY(delete_half(c, link, 0x02, n));
		TG_TRY(delete_half(c, link, 0x01, n));
	}
	return TG_OK;
}

static enum tg_status sweep_over(struct tg_child *c, struct tg_apdu_link *link, unsigned shown)
{
	bool there[KEYS_MAX + 1] = {false};
	struct tg_buf descriptions = TG_BUF_INIT;
	enum tg_status status =
	        list_references(c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x06, FOLDERS, PRIVATE_FOLDER, 0x00), there);
	if (status == TG_OK)
		status = list_references(
		        c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x06, FOLDERS, PUBLIC_FOLDER, 0x00), there);
	if (status == TG_OK)
		status = read_descriptions(c, link, &descriptions);
	if (status == TG_OK && are_understood(&descriptions, there, shown))
		status = delete_nobodys(c, link, &descriptions, there);
	tg_buf_finish(&descriptions);
	return status;
}

static enum tg_status sweep(struct tg_child *c)
{
	struct tg_apdu_link link;
	struct tg_found shown;
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, (struct tg_bytes){NULL, 0}, &shown));
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = sweep_over(c, &link, shown.n);
	tg_apdu_close(&link);
	return status;
}

const struct tg_dialect tg_dialect_rutoken = {.id = "rutoken",
        .enrich = enrich,
        .sweep = sweep,
        .public_comes_last = true,
        .unseen = unseen,
        .so_tries = so_tries,
        .forget = forget};
