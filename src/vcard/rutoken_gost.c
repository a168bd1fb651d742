/* GOST R 34.10-2001 (RFC 5832 §5 and §6) over the curves of RFC 4357 §11.4, with OpenSSL's numbers and points: Debian's
 * OpenSSL has the algorithm only in an engine, which a card has no business to load. */
#include "rutoken.h"
#include <openssl/bn.h>
#include <openssl/ec.h>

/* clang-format off */
static const struct parameters {
	const char *p, *a, *b, *q, *x, *y;
} sets[] = {
	{"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
	 "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD94",
	 "A6",
	 "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
	 "1",
	 "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14"},
	{"8000000000000000000000000000000000000000000000000000000000000C99",
	 "8000000000000000000000000000000000000000000000000000000000000C96",
	 "3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B",
	 "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F",
	 "1",
	 "3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC"},
	{"9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B",
	 "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D7598",
	 "805A",
	 "9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9",
	 "0",
	 "41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67"},
};
/* clang-format on */

struct curve {
	BN_CTX *ctx;
	EC_GROUP *group;
	BIGNUM *q, *d, *k, *e, *r, *s, *t; /* of ctx's frame */
};

static bool set_group(struct curve *c, const struct parameters *v)
{
	BIGNUM *p = BN_CTX_get(c->ctx), *a = BN_CTX_get(c->ctx), *b = BN_CTX_get(c->ctx);
	BIGNUM *x = BN_CTX_get(c->ctx), *y = BN_CTX_get(c->ctx);
	if (!y || !BN_hex2bn(&p, v->p) || !BN_hex2bn(&a, v->a) || !BN_hex2bn(&b, v->b) || !BN_hex2bn(&x, v->x) ||
	        !BN_hex2bn(&y, v->y) || !BN_hex2bn(&c->q, v->q))
		return false;
	c->group = EC_GROUP_new_curve_GFp(p, a, b, c->ctx);
	EC_POINT *g = c->group ? EC_POINT_new(c->group) : NULL;
	bool ok = g && EC_POINT_set_affine_coordinates(c->group, g, x, y, c->ctx) &&
	          EC_GROUP_set_generator(c->group, g, c->q, BN_value_one());
	EC_POINT_free(g);
	return ok;
}

static bool curve_open(struct curve *c, int set)
{
	*c = (struct curve){.ctx = BN_CTX_secure_new()};
	if (!c->ctx || set < 1 || set > 3)
		return false;
	BN_CTX_start(c->ctx);
	BIGNUM **numbers[] = {&c->q, &c->d, &c->k, &c->e, &c->r, &c->s, &c->t};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = BN_CTX_get(c->ctx);
	return c->t && set_group(c, &sets[set - 1]);
}

static void curve_close(struct curve *c)
{
	EC_GROUP_free(c->group);
	if (c->ctx)
		BN_CTX_end(c->ctx);
	BN_CTX_free(c->ctx);
}

/* 0 < n < q */
static bool draw(const struct curve *c, BIGNUM *n)
{
	do {
		if (!BN_priv_rand_range(n, c->q))
			return false;
	} while (BN_is_zero(n));
	BN_set_flags(n, BN_FLG_CONSTTIME);
	return true;
}

/* The point n·G. */
static bool multiply(const struct curve *c, const BIGNUM *n, BIGNUM *x, BIGNUM *y)
{
	EC_POINT *point = EC_POINT_new(c->group);
	bool ok = point && EC_POINT_mul(c->group, point, n, NULL, NULL, c->ctx) &&
	          EC_POINT_get_affine_coordinates(c->group, point, x, y, c->ctx);
	EC_POINT_free(point);
	return ok;
}

bool tg_rut_gost_make(int set, uint8_t d[TG_RUT_GOST_BYTES], uint8_t xy[2 * TG_RUT_GOST_BYTES])
{
	struct curve c;
	bool ok = curve_open(&c, set) && draw(&c, c.d) && multiply(&c, c.d, c.r, c.s) &&
	          BN_bn2binpad(c.d, d, TG_RUT_GOST_BYTES) > 0 && BN_bn2lebinpad(c.r, xy, TG_RUT_GOST_BYTES) > 0 &&
	          BN_bn2lebinpad(c.s, xy + TG_RUT_GOST_BYTES, TG_RUT_GOST_BYTES) > 0;
	curve_close(&c);
	return ok;
}

/* r = x(k·G) mod q, s = r·d + k·e mod q; again with another k while one of them is 0. */
static bool sign_once(struct curve *c, bool *done)
{
	if (!draw(c, c->k) || !multiply(c, c->k, c->t, c->s) || !BN_nnmod(c->r, c->t, c->q, c->ctx) ||
	        !BN_mod_mul(c->s, c->r, c->d, c->q, c->ctx) || !BN_mod_mul(c->t, c->k, c->e, c->q, c->ctx) ||
	        !BN_mod_add(c->s, c->s, c->t, c->q, c->ctx))
		return false;
	*done = !BN_is_zero(c->r) && !BN_is_zero(c->s);
	return true;
}

bool tg_rut_gost_sign(
        int set, const uint8_t d[TG_RUT_GOST_BYTES], struct tg_bytes hash, uint8_t out[2 * TG_RUT_GOST_BYTES])
{
	struct curve c;
	bool done = false;
	bool ok = curve_open(&c, set) && BN_bin2bn(d, TG_RUT_GOST_BYTES, c.d) &&
	          BN_lebin2bn(hash.data, (int)hash.len, c.t) && BN_nnmod(c.e, c.t, c.q, c.ctx);
	if (ok && BN_is_zero(c.e))
		ok = BN_one(c.e);
	while (ok && !done)
		ok = sign_once(&c, &done);
	ok = ok && BN_bn2lebinpad(c.r, out, TG_RUT_GOST_BYTES) > 0 &&
	     BN_bn2lebinpad(c.s, out + TG_RUT_GOST_BYTES, TG_RUT_GOST_BYTES) > 0;
	curve_close(&c);
	return ok;
}
