#include "card.h"
#include "vdoc.h"
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

int tg_vdoc_curve(const struct tg_vdoc *d)
{
	/* DER ends with the number of the standardized domain parameters (ICAO 9303-11 §9.5.1): 12 = P-256, 13 =
	 * brainpool */
	const struct tg_buf *access = &d->files[TG_VDOC_CARD_ACCESS];
	return access->len && access->data[access->len - 1] == 12 ? NID_X9_62_prime256v1 : NID_brainpoolP256r1;
}

struct work {
	EC_GROUP *group;
	EC_POINT *p, *r;
	BIGNUM *k;
};

static bool begin(struct work *w, int nid, const uint8_t *k, int n)
{
	w->group = EC_GROUP_new_by_curve_name(nid);
	w->p = w->group ? EC_POINT_new(w->group) : NULL;
	w->r = w->group ? EC_POINT_new(w->group) : NULL;
	w->k = BN_bin2bn(k, n, NULL);
	return w->p && w->r && w->k;
}

static bool end(struct work *w, bool ok, uint8_t out[TG_VDOC_POINT])
{
	ok = ok && EC_POINT_point2oct(w->group, w->r, POINT_CONVERSION_UNCOMPRESSED, out, TG_VDOC_POINT, NULL) ==
	                   TG_VDOC_POINT;
	EC_POINT_clear_free(w->p);
	EC_POINT_clear_free(w->r);
	EC_GROUP_free(w->group);
	BN_clear_free(w->k);
	return ok;
}

/* Only uncompressed points; OpenSSL itself looks whether they lie on the curve. */
static bool take(struct work *w, const uint8_t *point)
{
	return point[0] == POINT_CONVERSION_UNCOMPRESSED &&
	       EC_POINT_oct2point(w->group, w->p, point, TG_VDOC_POINT, NULL) == 1;
}

bool tg_vdoc_ec_mul(int nid, const uint8_t *point, const uint8_t k[TG_VDOC_SCALAR], uint8_t out[TG_VDOC_POINT])
{
	struct work w = {0};
	bool ok = begin(&w, nid, k, TG_VDOC_SCALAR);
	if (ok && point)
		ok = take(&w, point) && EC_POINT_mul(w.group, w.r, NULL, w.p, w.k, NULL) == 1;
	else if (ok)
		ok = EC_POINT_mul(w.group, w.r, w.k, NULL, NULL, NULL) == 1;
	return end(&w, ok, out);
}

bool tg_vdoc_ec_map(int nid, const uint8_t s[16], const uint8_t h[TG_VDOC_POINT], uint8_t out[TG_VDOC_POINT])
{
	struct work w = {0};
	bool ok =
	        begin(&w, nid, s, 16) && take(&w, h) && EC_POINT_mul(w.group, w.r, w.k, w.p, BN_value_one(), NULL) == 1;
	return end(&w, ok, out);
}

bool tg_vdoc_ec_random(struct tg_vdoc *d, int nid, uint8_t k[TG_VDOC_SCALAR])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	BIGNUM *n = NULL;
	bool ok = false;
	for (int i = 0; group && i < 64 && !ok; i++) {
		if (!tg_vdoc_random(d, k, TG_VDOC_SCALAR))
			break;
		n = BN_bin2bn(k, TG_VDOC_SCALAR, n);
		ok = n && !BN_is_zero(n) && BN_cmp(n, EC_GROUP_get0_order(group)) < 0;
	}
	BN_clear_free(n);
	EC_GROUP_free(group);
	return ok;
}
