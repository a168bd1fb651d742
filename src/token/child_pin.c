/* PINs: what is looked at before a try is spent, changing, unblocking. Nobody is logged in before and after. */
#include "carriers.h"
#include "child.h"

#define SO_TEXT_MIN 4
#define SO_HEX      16

/* The token that was inspected, and one that has a PIN. */
static enum tg_status is_the_one(struct tg_child *c, const struct tg_token_request *r, const struct tg_token_info *info)
{
	struct tg_bytes serial = r->field[TG_F_SERIAL];
	if (strlen(info->serial) != serial.len || memcmp(info->serial, serial.data, serial.len) != 0)
		return tg_error_set(&c->err, TG_CARD_OTHER, "another token than the one that was inspected");
	if (!info->initialised)
		return tg_error_set(&c->err, TG_CARD_BLANK, "the token has no user PIN");
	return TG_OK;
}

static enum tg_status has_form(struct tg_child *c, struct tg_bytes pin)
{
	return tg_carrier_allows_pin(c->carrier, pin)
	               ? TG_OK
	               : tg_error_set(&c->err, TG_PIN_LENGTH, "not %u to %u characters of the allowed kind",
	                         c->carrier->pin_min, c->carrier->pin_max);
}

enum tg_status tg_child_may_try(struct tg_child *c, const struct tg_token_request *r, const struct tg_token_info *info)
{
	TG_TRY(is_the_one(c, r, info));
	if (info->locked)
		return tg_error_set(&c->err, TG_PIN_LOCKED, "the card says that it is locked");
	return info->pin_pad ? TG_OK : has_form(c, r->field[TG_F_PIN]);
}

/* With a pad nobody but the card sees the new PIN. */
static enum tg_status may_become(struct tg_child *c, const struct tg_token_request *r, const struct tg_token_info *info)
{
	struct tg_bytes old = r->field[TG_F_PIN], new = r->field[TG_F_NEW_PIN];
	if (info->pin_pad)
		return TG_OK;
	TG_TRY(has_form(c, new));
	if (tg_carrier_is_factory_pin(c->carrier, new))
		return tg_error_set(&c->err, TG_PIN_WEAK, "the PIN that the maker delivers");
	if (old.len == new.len && memcmp(old.data, new.data, new.len) == 0)
		return tg_error_set(&c->err, TG_PIN_WEAK, "the new PIN is the one before");
	return TG_OK;
}

static bool is_hex(struct tg_bytes s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!s.data[i] || !strchr("0123456789abcdefABCDEF", s.data[i]))
			return false;
	return true;
}

static enum tg_status may_try_so(struct tg_child *c, const struct tg_token_request *r, const struct tg_token_info *info)
{
	const char *form = c->carrier->so_pin;
	struct tg_bytes so = r->field[TG_F_PIN];
	TG_TRY(is_the_one(c, r, info));
	if (!form)
		return tg_error_set(&c->err, TG_CARD_UNSUPPORTED, "%s cannot be unblocked here", c->carrier->id);
	bool ok = strcmp(form, "hex16") == 0 ? so.len == SO_HEX && is_hex(so) : so.len >= SO_TEXT_MIN;
	if (!info->pin_pad && !ok)
		return tg_error_set(&c->err, TG_PIN_LENGTH, "an unblocking PIN does not look like this");
	if (c->dialect && c->dialect->so_tries && c->dialect->so_tries(c) == 0)
		return tg_error_set(&c->err, TG_SO_PIN_LOCKED, "the card says that the unblocking PIN is locked");
	return TG_OK;
}

static enum tg_status begin(struct tg_child *c, struct tg_token_answer *a)
{
	TG_TRY(tg_child_present(c));
	tg_child_logout(c);
	TG_TRY(tg_child_describe(c, &a->info));
	a->has_info = true;
	return TG_OK;
}

/* Fresh counters. What the card has done stays done when it is pulled right after: the result is not changed by it. */
static enum tg_status finish(struct tg_child *c, struct tg_token_answer *a, enum tg_status status)
{
	struct tg_error first = c->err;
	if (status == TG_CARD_PULLED)
		return status;
	if (c->dialect && c->dialect->forget)
		c->dialect->forget(c);
	struct tg_token_info fresh;
	if (tg_child_describe(c, &fresh) == TG_OK)
		a->info = fresh;
	c->err = first;
	return status;
}

/* A new PIN that the module calls invalid was of the allowed kind by our table: the card has rules of its own. */
static enum tg_status failed(struct tg_child *c, CK_RV rv, const char *call)
{
	enum tg_status status = tg_child_failed(c, rv, TG_CARD_BROKEN, call);
	if (rv == CKR_PIN_INVALID)
		status = c->err.status = TG_PIN_WEAK;
	return status;
}

static CK_UTF8CHAR *chars(struct tg_bytes pin, bool pad)
{
	return pad ? NULL : (CK_UTF8CHAR *)(uintptr_t)pin.data;
}

static CK_ULONG count(struct tg_bytes pin, bool pad)
{
	return pad ? 0 : pin.len;
}

/* The old PIN is proven by a login first: a SmartCard-HSM cuts "old, new" at the length of its own PIN, so that with
 * digits too many behind the right one it would take them for the beginning of the new. With a pad that would ask
 * twice. */
static enum tg_status replace(struct tg_child *c, struct tg_bytes old, struct tg_bytes new, bool pad)
{
	CK_RV rv = pad ? CKR_OK : c->f->C_Login(c->session, CKU_USER, chars(old, pad), count(old, pad));
	if (rv != CKR_OK && rv != CKR_PIN_EXPIRED)
		return tg_child_failed(c, rv, TG_CARD_BROKEN, "C_Login");
	rv = c->f->C_SetPIN(c->session, chars(old, pad), count(old, pad), chars(new, pad), count(new, pad));
	enum tg_status status = rv == CKR_OK ? TG_OK : failed(c, rv, "C_SetPIN");
	if (!pad)
		(void)c->f->C_Logout(c->session); /* a card that is gone is logged out as well */
	return status;
}

enum tg_status tg_child_change_pin(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a)
{
	TG_TRY(begin(c, a));
	TG_TRY(tg_child_may_try(c, r, &a->info));
	TG_TRY(may_become(c, r, &a->info));
	enum tg_status status = replace(c, r->field[TG_F_PIN], r->field[TG_F_NEW_PIN], a->info.pin_pad);
	if (status == TG_OK)
		c->factory_pin = false;
	status = finish(c, a, status);
	/* The last wrong try is answered with "wrong", though it was the one that locked. */
	if (status == TG_PIN_WRONG && a->info.locked)
		status = c->err.status = TG_PIN_LOCKED;
	return status;
}

/* A SmartCard-HSM looks at the unblocking PIN only when the new one is set: both calls mean the same by "wrong". */
static enum tg_status about_so(struct tg_child *c, enum tg_status status)
{
	if (status == TG_PIN_WRONG)
		status = TG_SO_PIN_WRONG;
	else if (status == TG_PIN_LOCKED)
		status = TG_SO_PIN_LOCKED;
	c->err.status = status;
	return status;
}

static enum tg_status set_with_so(struct tg_child *c, struct tg_bytes so, struct tg_bytes new, bool pad)
{
	CK_RV rv = c->f->C_Login(c->session, CKU_SO, chars(so, pad), count(so, pad));
	if (rv != CKR_OK)
		return about_so(c, tg_child_failed(c, rv, TG_CARD_BROKEN, "C_Login"));
	rv = c->f->C_InitPIN(c->session, chars(new, pad), count(new, pad));
	enum tg_status status = rv == CKR_OK ? TG_OK : about_so(c, failed(c, rv, "C_InitPIN"));
	(void)c->f->C_Logout(c->session); /* a card that is gone is logged out as well */
	return status;
}

enum tg_status tg_child_unblock(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a)
{
	TG_TRY(begin(c, a));
	TG_TRY(may_try_so(c, r, &a->info));
	TG_TRY(may_become(c, r, &a->info));
	enum tg_status status = set_with_so(c, r->field[TG_F_PIN], r->field[TG_F_NEW_PIN], a->info.pin_pad);
	if (status == TG_OK)
		c->factory_pin = false;
	if (status == TG_SO_PIN_WRONG && c->dialect && c->dialect->so_tries && c->dialect->so_tries(c) == 0)
		status = c->err.status = TG_SO_PIN_LOCKED;
	return finish(c, a, status);
}
