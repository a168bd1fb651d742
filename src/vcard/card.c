#include "card.h"
#include "rutoken.h"
#include "script.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>

static const char known_atr[] = "3BFE1800008131FE458031815448534D31738021408107FA";
static const char rutoken_atr[] = "3B8B015275746F6B656E20445320C1"; /* "Rutoken DS " */

static bool set_pins(struct tg_vcard *card, const struct tg_vcard_persona *p)
{
	uint8_t so[TG_VCARD_SO_PIN_LEN];
	struct tg_bytes user = {(const uint8_t *)p->user_pin, strlen(p->user_pin)};
	if (tg_unhex(p->so_pin, so, sizeof so) != (int)sizeof so)
		return false;
	bool ok = tg_vcard_pin_set(&card->user, user, TG_VCARD_TRIES) &&
	          tg_vcard_pin_set(&card->so, (struct tg_bytes){so, sizeof so}, TG_VCARD_SO_TRIES);
	OPENSSL_cleanse(so, sizeof so);
	if (p->locked)
		card->user.tries = 0;
	return ok;
}

static void take_persona(struct tg_vcard *card, const struct tg_vcard_persona *p)
{
	card->made_of = *p;
	OPENSSL_cleanse(card->made_of.user_pin, sizeof card->made_of.user_pin);
	OPENSSL_cleanse(card->made_of.so_pin, sizeof card->made_of.so_pin);
	if (card->made_of.max_keys == 0)
		card->made_of.max_keys = 24;
	if (card->made_of.memory == 0)
		card->made_of.memory = 65536;
	const char *known = p->kind == TG_VCARD_RUTOKEN ? rutoken_atr : known_atr;
	int n = tg_unhex(p->atr[0] ? p->atr : known, card->atr, sizeof card->atr);
	card->atr_len = n > 0 ? (size_t)n : 0;
	card->initialised = p->initialised;
}

static bool make_rutoken(struct tg_vcard *card, const struct tg_vcard_persona *p)
{
	card->rutoken = tg_rutoken_create();
	if (!card->rutoken || (p->initialised && !tg_rutoken_initialise(card, p)))
		return false;
	tg_rutoken_reset(card);
	card->dirty = false;
	return true;
}

enum tg_status tg_vcard_create(struct tg_vcard **out, const struct tg_vcard_persona *p, struct tg_error *err)
{
	*out = NULL;
	TG_TRY(tg_vcard_persona_check(p, err));
	struct tg_vcard *card = calloc(1, sizeof *card);
	if (!card)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a card");
	take_persona(card, p);
	card->doc.current = -1;
	if (p->kind != TG_VCARD_RUTOKEN && ((p->initialised && !set_pins(card, p)) || !tg_vcard_files_factory(card))) {
		tg_vcard_destroy(card);
		return tg_error_set(err, TG_NO_MEMORY, "cannot fill a new card");
	}
	if (p->kind == TG_VCARD_RUTOKEN && !make_rutoken(card, p)) {
		tg_vcard_destroy(card);
		return tg_error_set(err, TG_NO_MEMORY, "cannot fill a new token");
	}
	*out = card;
	return TG_OK;
}

enum tg_status tg_vcard_create_script(
        struct tg_vcard **out, const char *name, const void *bytes, size_t n, struct tg_error *err)
{
	*out = NULL;
	struct tg_vcard *card = calloc(1, sizeof *card);
	if (!card)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a card");
	card->made_of.kind = TG_VCARD_SCRIPT;
	(void)!tg_copy(card->made_of.name, sizeof card->made_of.name, name);
	card->script = tg_script_create((struct tg_bytes){bytes, n});
	if (!card->script) {
		tg_vcard_destroy(card);
		return tg_error_set(err, TG_CONFIG, "%s: a script begins with an ATR of two bytes or more", name);
	}
	*out = card;
	return TG_OK;
}

void tg_vcard_destroy(struct tg_vcard *card)
{
	if (!card)
		return;
	tg_vcard_files_wipe(card);
	free(card->files);
	tg_vdoc_wipe(&card->doc);
	tg_rutoken_destroy(card->rutoken);
	tg_script_destroy(card->script);
	OPENSSL_cleanse(card, sizeof *card);
	free(card);
}

void tg_vcard_reset(struct tg_vcard *card)
{
	card->selected = false;
	card->logged_in = false;
	card->current = 0;
	tg_vdoc_reset(&card->doc);
	if (card->rutoken)
		tg_rutoken_reset(card);
	if (card->script)
		tg_script_reset(card->script);
}

struct tg_bytes tg_vcard_atr(const struct tg_vcard *card)
{
	return card->script ? tg_script_atr(card->script) : (struct tg_bytes){card->atr, card->atr_len};
}

static uint16_t execute(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	if (tg_vdoc_takes(card, a))
		return tg_vdoc_execute(&card->doc, a, out);
	uint16_t sw = card->rutoken ? tg_rutoken_execute(card, a, out) : tg_hsm_execute(card, a, out);
	if (sw != TG_SW_OK)
		tg_buf_reset(out);
	return sw;
}

bool tg_vcard_transmit(struct tg_vcard *card, const uint8_t *apdu, size_t n, struct tg_buf *answer)
{
	struct tg_apdu a;
	tg_buf_reset(answer);
	card->dirty = false;
	if (card->script) {
		tg_script_answer(card->script, answer);
		return false;
	}
	uint16_t sw = tg_apdu_parse(apdu, n, &a) ? execute(card, &a, answer) : TG_SW_LENGTH;
	tg_buf_add_u16(answer, sw);
	return card->dirty;
}

static int certificates(const struct tg_vcard *card)
{
	int n = 0;
	for (size_t i = 0; i < card->n_files; i++) {
		const struct tg_vcard_file *f = &card->files[i];
		int prefix = f->fid >> 8;
		/* A request (tag 67h) stands in the same place until the certificate comes. */
		n += (prefix == TG_HSM_CERT || prefix == TG_HSM_CERT_ALONE) && f->body.len && f->body.data[0] == 0x30;
	}
	return n;
}

void tg_vcard_describe(const struct tg_vcard *card, struct tg_vcard_facts *out)
{
	*out = (struct tg_vcard_facts){
	        .initialised = card->initialised,
	        .logged_in = card->logged_in,
	        .tries = card->user.tries,
	        .so_tries = card->so.tries,
	        .keys = tg_vcard_files_count(card, TG_HSM_KEY),
	        .certs = certificates(card),
	        .document = card->doc.present,
	};
	if (card->rutoken)
		tg_rutoken_describe(card, out);
	memcpy(out->name, card->made_of.name, sizeof out->name);
	memcpy(out->serial, card->made_of.serial, sizeof out->serial);
}

uint16_t tg_vcard_random(const struct tg_apdu *a, size_t most, struct tg_buf *out)
{
	uint8_t bytes[1024];
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (a->data.len || a->le == 0 || a->le > most || a->le > sizeof bytes)
		return TG_SW_LENGTH;
	if (RAND_bytes(bytes, (int)a->le) != 1)
		return TG_SW_MEMORY_FAILURE;
	tg_buf_add(out, bytes, a->le);
	return TG_SW_OK;
}
