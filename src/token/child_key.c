/* Keys on the token: finding, making, removing. */
#include "carriers.h"
#include "child.h"

#define RSA_BITS 2048

enum tg_status tg_child_find_key(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID];
	struct tg_found private;
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, id, &private));
	if (!private.n)
		return tg_error_set(&c->err, TG_KEY_MISSING, "no private key with this id");
	return tg_child_public(c, private.list[0], id, out);
}

static bool refuses_template(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	       rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_ATTRIBUTE_READ_ONLY;
}

/* What is asked for: the attributes that the algorithm decides, before those that all pairs have. */
#define ATTRIBUTES_MAX 12
struct pair {
	CK_MECHANISM mechanism;
	CK_KEY_TYPE type;
	CK_ATTRIBUTE public[ATTRIBUTES_MAX], private[ATTRIBUTES_MAX];
	CK_ULONG n_public, n_private;
};

static void ask(struct pair *p, bool public, bool private, CK_ATTRIBUTE_TYPE type, const void *value, size_t n)
{
	CK_ATTRIBUTE a = {type, (void *)(uintptr_t)value, n};
	if (public)
		p->public[p->n_public++] = a;
	if (private)
		p->private[p->n_private++] = a;
}

static const CK_BBOOL true_ = CK_TRUE, false_ = CK_FALSE;

static void ask_for_rsa(struct pair *p)
{
	static const CK_ULONG bits = RSA_BITS;
	static const CK_BYTE exponent[] = {1, 0, 1};
	p->mechanism.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
	ask(p, true, false, CKA_MODULUS_BITS, &bits, sizeof bits);
	ask(p, true, false, CKA_PUBLIC_EXPONENT, exponent, sizeof exponent);
}

static void ask_for_gost(struct pair *p, const struct tg_gost *g, bool hash_of_2001)
{
	const struct tg_gost *hash = hash_of_2001 ? tg_gost_find("gost2001") : g;
	bool wide = g->hash_len > 32;
	p->mechanism.mechanism = wide ? TG_CKM_GOSTR3410_512_KEY_PAIR_GEN : CKM_GOSTR3410_KEY_PAIR_GEN;
	p->type = wide ? TG_CKK_GOSTR3410_512 : CKK_GOSTR3410;
	ask(p, true, true, CKA_KEY_TYPE, &p->type, sizeof p->type);
	ask(p, true, true, CKA_GOSTR3410_PARAMS, g->key_params.data, g->key_params.len);
	ask(p, true, true, CKA_GOSTR3411_PARAMS, hash->hash_params.data, hash->hash_params.len);
}

static CK_RV generate_pair(
        struct tg_child *c, const struct tg_token_request *r, const struct tg_gost *gost, bool say_extractable)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID], label = r->field[TG_F_LABEL];
	struct pair p = {0};
	CK_OBJECT_HANDLE a, b;
	if (gost)
		ask_for_gost(&p, gost, c->dialect && c->dialect->hash_of_2001);
	else
		ask_for_rsa(&p);
	ask(&p, true, true, CKA_TOKEN, &true_, sizeof true_);
	ask(&p, true, false, CKA_VERIFY, &true_, sizeof true_);
	ask(&p, false, true, CKA_PRIVATE, &true_, sizeof true_);
	ask(&p, false, true, CKA_SENSITIVE, &true_, sizeof true_);
	ask(&p, false, true, CKA_SIGN, &true_, sizeof true_);
	ask(&p, true, true, CKA_ID, id.data, id.len);
	ask(&p, true, true, CKA_LABEL, label.data, label.len);
	if (say_extractable) /* not to modules that know only their own default */
		ask(&p, false, true, CKA_EXTRACTABLE, &false_, sizeof false_);
	return c->f->C_GenerateKeyPair(c->session, &p.mechanism, p.public, p.n_public, p.private, p.n_private, &a, &b);
}

static enum tg_status make_pair(struct tg_child *c, const struct tg_token_request *r, const struct tg_gost *gost)
{
	CK_RV rv = generate_pair(c, r, gost, true);
	if (refuses_template(rv))
		rv = generate_pair(c, r, gost, false);
	return rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_KEY_GENERATE, "C_GenerateKeyPair");
}

/* `*gost` is NULL for RSA. */
static enum tg_status take_algorithm(struct tg_child *c, struct tg_bytes name, const struct tg_gost **gost)
{
	char id[33] = "";
	memcpy(id, name.data, name.len); /* at most 32 bytes, without NUL: wire.c */
	*gost = tg_gost_find(id);
	if (!tg_carrier_has_algorithm(c->carrier, name) || (!*gost && strcmp(id, "rsa-2048") != 0))
		return tg_error_set(&c->err, TG_ALGORITHM, "%s makes no keys of this kind", c->carrier->id);
	return *gost ? tg_gost_load(&c->err) : TG_OK;
}

/* A key whose making was broken off before anybody could read its public half. */
static enum tg_status is_half_made(struct tg_child *c, struct tg_bytes id, bool *yes)
{
	struct tg_found public, certificates;
	*yes = false;
	if (!c->dialect || !c->dialect->public_comes_last)
		return TG_OK;
	TG_TRY(tg_child_find(c, CKO_PUBLIC_KEY, id, &public));
	TG_TRY(tg_child_find(c, CKO_CERTIFICATE, id, &certificates));
	*yes = !public.n && !certificates.n;
	return TG_OK;
}

/* A public half alone is what broken-off work leaves; with it a reader of the token would see two. */
static enum tg_status clear_public(struct tg_child *c, struct tg_bytes id)
{
	struct tg_found public;
	TG_TRY(tg_child_find(c, CKO_PUBLIC_KEY, id, &public));
	if (!public.n)
		return TG_OK;
	TG_TRY(tg_child_mend(c));
	return tg_child_destroy_all(c, CKO_PUBLIC_KEY, id);
}

/* TG_KEY_MISSING when one is to be made. */
static enum tg_status find_or_clear(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID];
	bool half_made;
	enum tg_status found = tg_child_find_key(c, r, out);
	if (found == TG_CARD_BROKEN) {
		struct tg_error why = c->err;
		TG_TRY(is_half_made(c, id, &half_made));
		c->err = why;
		if (!half_made)
			return found;
		TG_TRY(tg_child_mend(c));
		TG_TRY(tg_child_destroy_all(c, CKO_PRIVATE_KEY, id));
		found = TG_KEY_MISSING;
	}
	if (found == TG_KEY_MISSING)
		TG_TRY(clear_public(c, id));
	return found;
}

enum tg_status tg_child_generate(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	const struct tg_gost *gost;
	TG_TRY(take_algorithm(c, r->field[TG_F_ALGORITHM], &gost));
	enum tg_status found = find_or_clear(c, r, out);
	if (found != TG_KEY_MISSING)
		return found;
	enum tg_status made = make_pair(c, r, gost);
	if (made == TG_KEY_GENERATE && c->dialect && c->dialect->sweep_and_retry) {
		TG_TRY(c->dialect->sweep(c));
		made = make_pair(c, r, gost);
	}
	TG_TRY(made);
	found = tg_child_find_key(c, r, out);
	return found == TG_KEY_MISSING ? tg_error_set(&c->err, TG_KEY_GENERATE, "the new key is not on the token")
	                               : found;
}

enum tg_status tg_child_sweep(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	(void)r;
	(void)out;
	return c->dialect && c->dialect->sweep ? c->dialect->sweep(c) : TG_OK;
}

/* The certificate first: a certificate whose key is gone says more than it can hold to, a key without one is nothing.
 */
enum tg_status tg_child_remove(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID];
	struct tg_found left;
	TG_TRY(tg_child_mend(c));
	TG_TRY(tg_child_clear_apart(c, r));
	if (c->dialect && c->dialect->undescribe)
		TG_TRY(c->dialect->undescribe(c, id));
	TG_TRY(tg_child_destroy_all(c, CKO_CERTIFICATE, id));
	TG_TRY(tg_child_destroy_all(c, CKO_PRIVATE_KEY, id));
	TG_TRY(tg_child_find(c, CKO_PUBLIC_KEY, id, &left));
	for (unsigned i = 0; i < left.n; i++)
		(void)c->f->C_DestroyObject(
		        c->session, left.list[i]); /* often only a view of the private key: looked at below */
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, id, &left));
	if (!left.n)
		TG_TRY(tg_child_find(c, CKO_CERTIFICATE, id, &left));
	if (left.n)
		return tg_error_set(&c->err, TG_CARD_BROKEN, "the token keeps what it was told to destroy");
	return tg_child_sweep(c, r, out);
}
