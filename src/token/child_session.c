#include "carriers.h"
#include "child.h"
#include "tamga/text.h"

#define SLOTS_MAX 256

/* A fixed, blank-padded, unterminated field of PKCS#11 as harmless text. */
static void take_padded(char *dst, size_t cap, const unsigned char *src, size_t n)
{
	while (n && (src[n - 1] == ' ' || src[n - 1] == 0))
		n--;
	tg_text_clean(dst, cap, (const char *)src, n, (int)cap - 1);
}

#define DESCRIPTION 64 /* bytes of a reader's name that PKCS#11 has room for, blank-padded */

static bool is_reader(const unsigned char description[DESCRIPTION], const char *reader)
{
	size_t n = strlen(reader) < DESCRIPTION ? strlen(reader) : DESCRIPTION;
	if (memcmp(description, reader, n) != 0)
		return false;
	for (; n < DESCRIPTION; n++)
		if (description[n] != ' ' && description[n] != 0)
			return false;
	return true;
}

static enum tg_status list_slots(struct tg_child *c, CK_SLOT_ID *list, CK_ULONG *n)
{
	/* Asking for the number first is what makes modules look for new readers and cards. */
	*n = 0;
	CK_RV rv = c->f->C_GetSlotList(CK_TRUE, NULL, n);
	if (rv == CKR_OK) {
		*n = SLOTS_MAX;
		rv = c->f->C_GetSlotList(CK_TRUE, list, n);
	}
	if (rv == CKR_OK && *n > SLOTS_MAX)
		rv = CKR_GENERAL_ERROR;
	return rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_TOKEN_MODULE, "C_GetSlotList");
}

static bool is_token_model(struct tg_child *c, CK_SLOT_ID slot, const char *model, bool *usable)
{
	CK_TOKEN_INFO info = {0};
	if (c->f->C_GetTokenInfo(slot, &info) != CKR_OK || strlen(model) > sizeof info.model ||
	        memcmp(info.model, model, strlen(model)) != 0)
		return false;
	*usable = (info.flags & CKF_TOKEN_INITIALIZED) && (info.flags & CKF_USER_PIN_INITIALIZED);
	return true;
}

/* The first slot of the reader (OpenSC has four to a reader), or the first token of the model: one with a PIN if there
 * is one. TG_CARD_FOREIGN when the module sees none. */
static enum tg_status choose_slot(struct tg_child *c, const char *reader)
{
	CK_SLOT_ID list[SLOTS_MAX] = {0};
	CK_ULONG n = 0;
	bool any = false;
	if (tg_child_reader_is_ambiguous(reader, DESCRIPTION))
		return tg_error_set(&c->err, TG_TOKEN_MODULE,
		        "two readers whose names begin alike: the module cannot tell them apart");
	TG_TRY(list_slots(c, list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		bool usable = true;
		CK_SLOT_INFO info = {0};
		bool fits = reader[0] ? c->f->C_GetSlotInfo(list[i], &info) == CKR_OK &&
		                                is_reader(info.slotDescription, reader)
		                      : is_token_model(c, list[i], c->carrier->model, &usable);
		if (!fits || (any && !usable))
			continue;
		c->slot = list[i];
		any = true;
		if (usable)
			return TG_OK;
	}
	/* Often it has just been pulled out: a right card must not be called a wrong one. */
	return any ? TG_OK
	           : tg_child_failed(c, CKR_TOKEN_NOT_PRESENT, TG_CARD_FOREIGN, "the module sees no token here");
}

static void take_flags(const CK_TOKEN_INFO *t, struct tg_token_info *out)
{
	out->initialised = (t->flags & CKF_TOKEN_INITIALIZED) && (t->flags & CKF_USER_PIN_INITIALIZED);
	out->tries_low = t->flags & CKF_USER_PIN_COUNT_LOW;
	out->final_try = t->flags & CKF_USER_PIN_FINAL_TRY;
	out->locked = t->flags & CKF_USER_PIN_LOCKED;
	out->pin_to_be_changed = t->flags & CKF_USER_PIN_TO_BE_CHANGED;
	out->pin_pad = t->flags & CKF_PROTECTED_AUTHENTICATION_PATH;
	out->tries_left = out->locked ? 0 : out->final_try ? 1 : -1;
}

/* Of the token itself where the module knows it, else of what runs on it. */
static void take_version(const CK_TOKEN_INFO *t, struct tg_token_info *out)
{
	const CK_VERSION *v = t->hardwareVersion.major ? &t->hardwareVersion : &t->firmwareVersion;
	out->version[0] = 0;
	if (v->major || v->minor)
		snprintf(out->version, sizeof out->version, "%u.%u", v->major, v->minor);
}

static enum tg_status count_objects(struct tg_child *c, struct tg_token_info *out)
{
	struct tg_bytes any = {NULL, 0};
	struct tg_found found;
	TG_TRY(tg_child_find(c, c->logged_in ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY, any, &found));
	out->n_keys = found.n;
	TG_TRY(tg_child_find(c, CKO_CERTIFICATE, any, &found));
	out->n_certificates = found.n;
	return TG_OK;
}

static void name_card(const struct tg_child *c, const struct tg_carrier *row, struct tg_token_info *out)
{
	*out = (struct tg_token_info){.tries_left = -1};
	(void)tg_copy(out->carrier, sizeof out->carrier, row->id);
	(void)tg_copy(out->reader, sizeof out->reader, c->reader);
}

enum tg_status tg_child_describe(struct tg_child *c, struct tg_token_info *out)
{
	CK_TOKEN_INFO t = {0};
	name_card(c, c->carrier, out);
	CK_RV rv = c->f->C_GetTokenInfo(c->slot, &t);
	if (rv != CKR_OK)
		return tg_child_failed(c, rv, TG_CARD_BROKEN, "C_GetTokenInfo");
	take_padded(out->label, sizeof out->label, t.label, sizeof t.label);
	take_padded(out->serial, sizeof out->serial, t.serialNumber, sizeof t.serialNumber);
	take_padded(out->model, sizeof out->model, t.model, sizeof t.model);
	take_flags(&t, out);
	take_version(&t, out);
	out->pin_to_be_changed |= c->factory_pin;
	if (c->dialect && c->dialect->enrich)
		TG_TRY(c->dialect->enrich(c, out));
	return TG_OK;
}

static enum tg_status open_session(struct tg_child *c)
{
	if (c->has_session)
		return TG_OK;
	CK_RV rv = c->f->C_OpenSession(c->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &c->session);
	if (rv != CKR_OK)
		return tg_child_failed(c, rv, TG_CARD_BROKEN, "C_OpenSession");
	c->has_session = true;
	return TG_OK;
}

static const struct tg_carrier *row_for_atr(const struct tg_child *c, const uint8_t *atr, size_t n)
{
	for (unsigned i = 0; i < c->carriers->n; i++)
		if (tg_carrier_fits_atr(&c->carriers->list[i], atr, n))
			return &c->carriers->list[i];
	return NULL;
}

static enum tg_status look_into(struct tg_child *c, const char *reader, struct tg_child_look *l)
{
	tg_child_look(reader, l);
	if (!l->service)
		return tg_error_set(&c->err, TG_READER_SERVICE, "no PC/SC service");
	if (!l->known)
		return tg_error_set(&c->err, TG_READER_GONE, "no such reader");
	if (!l->present)
		return tg_error_set(&c->err, TG_CARD_NONE, "the reader is empty");
	if (!l->atr_len)
		return tg_error_set(&c->err, TG_CARD_MUTE, "the card does not answer to reset");
	return TG_OK;
}

/* The token behind the row's module. Where it sees none, the dialect may know better what the card is. */
static enum tg_status choose_token(struct tg_child *c, struct tg_token_answer *a)
{
	enum tg_status status = choose_slot(c, c->reader);
	if (status != TG_CARD_FOREIGN || !c->dialect || !c->dialect->unseen)
		return status;
	a->has_info = true;
	name_card(c, c->carrier, &a->info);
	return c->dialect->unseen(c, &a->info);
}

/* Loads the module for what is in the reader. A login survives only on the same card that never left. */
static enum tg_status choose_card(struct tg_child *c, const char *reader, struct tg_token_answer *a)
{
	struct tg_child_look l;
	TG_TRY(look_into(c, reader, &l));
	if (c->has_session && strcmp(c->reader, reader) == 0 && c->events == l.events)
		return TG_OK;
	tg_child_unload(c);
	const struct tg_carrier *row = row_for_atr(c, l.atr, l.atr_len);
	if (!row)
		return tg_error_set(&c->err, TG_CARD_FOREIGN, "no row of the carriers table has this answer to reset");
	if (!row->module) {
		a->has_info = true;
		name_card(c, row, &a->info);
		(void)tg_copy(a->info.reader, sizeof a->info.reader, reader);
		return tg_error_set(&c->err, TG_CARD_UNSUPPORTED, "%s: known, but without a module here", row->id);
	}
	TG_TRY(tg_child_load(c, row));
	(void)tg_copy(c->reader, sizeof c->reader, reader);
	c->events = l.events;
	return choose_token(c, a);
}

static bool has_pin(struct tg_child *c)
{
	bool usable = false;
	return is_token_model(c, c->slot, c->carrier->model, &usable) && usable;
}

/* A row's token, which has to have a PIN unless `blank` will do. A module that is not there is passed over. */
static enum tg_status choose_model(struct tg_child *c, const struct tg_carrier *row, bool blank)
{
	enum tg_status status = tg_child_load(c, row);
	if (status == TG_OK)
		status = choose_slot(c, "");
	if (status == TG_OK && (blank || has_pin(c)))
		return TG_OK;
	tg_child_unload(c);
	return status == TG_OK ? TG_CARD_FOREIGN : status;
}

/* The first token of any row that is known by its model; one with a PIN before one without: SoftHSM always shows an
 * empty slot, which must not hide a vendor's token of a later row. */
static enum tg_status choose_readerless(struct tg_child *c)
{
	enum tg_status status =
	        tg_error_set(&c->err, TG_CARD_NONE, "no row of the carriers table is known by its model");
	if (c->has_session && !c->reader[0])
		return TG_OK;
	for (unsigned i = 0; i < 2 * c->carriers->n; i++) {
		const struct tg_carrier *row = &c->carriers->list[i % c->carriers->n];
		if (!row->model)
			continue;
		status = choose_model(c, row, i >= c->carriers->n);
		if (status == TG_OK)
			return TG_OK;
	}
	return status == TG_CARD_FOREIGN ? tg_error_set(&c->err, TG_CARD_NONE, "no token of a known model") : status;
}

enum tg_status tg_child_inspect(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a)
{
	char reader[128] = "";
	struct tg_bytes name = r->field[TG_F_READER];
	if (name.data)
		memcpy(reader, name.data, name.len); /* at most 127 bytes, without NUL: wire.c */
	TG_TRY(reader[0] ? choose_card(c, reader, a) : choose_readerless(c));
	TG_TRY(tg_child_describe(c, &a->info));
	a->has_info = true;
	if (!a->info.initialised)
		return tg_error_set(&c->err, TG_CARD_BLANK, "the token has no user PIN");
	const char *oldest = c->carrier->version_min;
	if (oldest && tg_version_is_older(a->info.version, oldest))
		return tg_error_set(&c->err, TG_CARD_VERSION, "version \"%s\", not %s", a->info.version, oldest);
	TG_TRY(open_session(c));
	return count_objects(c, &a->info);
}

enum tg_status tg_child_login(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a)
{
	TG_TRY(tg_child_present(c));
	tg_child_logout(c);
	TG_TRY(tg_child_describe(c, &a->info));
	a->has_info = true;
	TG_TRY(tg_child_may_try(c, r, &a->info));
	struct tg_bytes pin = r->field[TG_F_PIN];
	bool pad = a->info.pin_pad;
	CK_RV rv =
	        c->f->C_Login(c->session, CKU_USER, pad ? NULL : (CK_UTF8CHAR *)(uintptr_t)pin.data, pad ? 0 : pin.len);
	enum tg_status status = rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_CARD_BROKEN, "C_Login");
	c->logged_in = status == TG_OK;
	if (status == TG_PIN_FACTORY)
		a->info.pin_to_be_changed = true;
	if (status != TG_OK && status != TG_PIN_WRONG && status != TG_PIN_LOCKED)
		return status;
	if (status == TG_OK)
		c->factory_pin = !pad && tg_carrier_is_factory_pin(c->carrier, pin);
	struct tg_error first = c->err;
	enum tg_status fresh = tg_child_describe(c, &a->info);
	if (fresh == TG_OK && status == TG_OK)
		fresh = count_objects(c, &a->info);
	if (status == TG_OK)
		return fresh;
	/* The third wrong try is answered with "wrong", though it was the one that locked. */
	if (status == TG_PIN_WRONG && a->info.locked)
		status = first.status = TG_PIN_LOCKED;
	c->err = first;
	return status;
}

void tg_child_logout(struct tg_child *c)
{
	if (c->has_session && c->logged_in)
		(void)c->f->C_Logout(c->session); /* a card that is gone is logged out as well */
	c->logged_in = false;
}

enum tg_status tg_child_present(struct tg_child *c)
{
	if (!c->has_session)
		return tg_error_set(&c->err, TG_TOKEN_LOST, "no token was inspected");
	if (tg_child_card_left(c, 0))
		return tg_error_set(&c->err, TG_CARD_PULLED, "the card has left");
	return TG_OK;
}

enum tg_status tg_child_ready(struct tg_child *c)
{
	if (!c->has_session || !c->logged_in)
		return tg_error_set(&c->err, TG_TOKEN_LOST, "nobody is logged in");
	return tg_child_present(c);
}
