/* The dialect of Rutoken ЭЦП beside OpenSC 0.23, over a second, shared connection (decision 0053). OpenSC does not tell
 * how many tries are left before one was wasted, cannot say what a Rutoken is that it does not know, leaves the PIN
 * proven on the card after changing it, and shows no key that has no description. Commands: OpenSC's card-rtecp.c;
 * decision 0126. */
#include "child.h"

#define SO_PIN   0x01
#define USER_PIN 0x02

/* VERIFY without data asks and costs nothing (ISO 7816-4 §11.5.6; OpenSC sends it after a wrong PIN). */
static enum tg_status ask_tries(struct tg_child *c, uint8_t pin, int *tries, unsigned *sw)
{
	struct tg_apdu_link link;
	*tries = -1;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = tg_apdu_ask(c, &link, BYTES(0x00, 0x20, 0x00, pin), sw);
	tg_apdu_close(&link);
	if (status == TG_OK && (*sw & 0xFFF0) == 0x63C0)
		*tries = (int)(*sw & 0x0F);
	if (status == TG_OK && *sw == 0x6983)
		*tries = 0;
	return status;
}

/* What the token tells of itself (GET DATA 0189): OpenSC does not pass it on (src/decisions/0216). One that answers
 * otherwise has told nothing. */
static enum tg_status ask_version(struct tg_child *c, struct tg_token_info *info)
{
	struct tg_apdu_link link;
	struct tg_buf data = TG_BUF_INIT;
	unsigned sw = 0;
	if (info->version[0])
		return TG_OK;
	TG_TRY(tg_apdu_open(c, &link));
	enum tg_status status = tg_apdu(c, &link, BYTES(0x00, 0xCA, 0x01, 0x89, 0x08), &data, &sw);
	tg_apdu_close(&link);
	if (status == TG_OK && sw == 0x9000 && data.len == 8 && data.data[1] != 0)
		snprintf(info->version, sizeof info->version, "%u.%u", data.data[1] >> 4, data.data[1] & 0x0Fu);
	tg_buf_finish(&data);
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
	return ask_version(c, info);
}

static int so_tries(struct tg_child *c)
{
	int tries;
	unsigned sw = 0;
	return ask_tries(c, SO_PIN, &tries, &sw) == TG_OK ? tries : -1;
}

/* A card that is gone has forgotten too: nothing to be told when it fails. */
static void forget(struct tg_child *c)
{
	struct tg_apdu_link link;
	struct tg_error before = c->err;
	unsigned sw = 0;
	if (tg_apdu_open(c, &link) == TG_OK) {
		if (tg_apdu_ask(c, &link, BYTES(0x80, 0x40, 0x00, 0x00), &sw) == TG_OK && sw == 0x9000)
			c->logged_in = false;
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
		status = tg_apdu_ask(c, link, BYTES(0x00, 0xA4, 0x08, 0x00, 0x02, 0x50, 0x00, 0x00), &sw);
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

const struct tg_dialect tg_dialect_rutoken = {.id = "rutoken",
        .enrich = enrich,
        .sweep = tg_rutoken_sweep,
        .holds = tg_rutoken_holds,
        .store = tg_rutoken_store,
        .mend = tg_rutoken_mend,
        .undescribe = tg_rutoken_undescribe,
        .sweep_and_retry = true,
        .public_comes_last = true,
        .hash_of_2001 = true,
        .certificate_apart = true,
        .unseen = unseen,
        .so_tries = so_tries,
        .forget = forget};
