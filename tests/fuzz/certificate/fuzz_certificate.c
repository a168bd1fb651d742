/* Certificates, CRLs, keys and CMP messages that others wrote, through all readers of ours. The first byte chooses, the
 * rest is the object; objects that verify (the corpus as it is) and all that are near them. */
#include "cmp_rewrite.h"
#include "tamga/gost.h"
#include "tamga/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void certificate(struct tg_bytes in)
{
	struct tg_certificate_facts f;
	struct tg_buf name = TG_BUF_INIT;
	struct tg_error err;
	if (tg_pki_certificate_facts(in, &f, &err) == TG_OK && memchr(f.common_name, 0, sizeof f.common_name) == NULL)
		abort();
	(void)!tg_pki_certificate_subject(in, &name, &err);
	(void)!tg_pki_verify_certificate(in, in, &err);
	tg_buf_finish(&name);
}

/* Two objects: the length of the first in two bytes. */
static void pair(struct tg_bytes in)
{
	struct tg_error err;
	if (in.len < 2)
		return;
	size_t first = (size_t)in.data[0] << 8 | in.data[1];
	first = first > in.len - 2 ? in.len - 2 : first;
	const struct tg_bytes issuer = {in.data + 2, first}, object = {in.data + 2 + first, in.len - 2 - first};
	static const uint8_t kazakh[] = {
	        0x30, 0x0c, 0x06, 0x0a, 0x2a, 0x83, 0x0e, 0x03, 0x0a, 0x01, 0x01, 0x02, 0x03, 0x02};
	(void)!tg_pki_verify_crl(object, issuer, &err);
	(void)!tg_pki_verify_certificate(object, issuer, &err);
	(void)!tg_pki_verify_signature(issuer, (struct tg_bytes){kazakh, sizeof kazakh}, object, object, &err);
	(void)!tg_pki_verify_signature(issuer, object, object, object, &err);
}

static void key(struct tg_bytes in)
{
	static const char *const ids[] = {"gost2001", "gost2012-256", "gost2012-512"};
	struct tg_buf out = TG_BUF_INIT;
	struct tg_error err;
	(void)tg_gost_of_spki(in);
	(void)!tg_gost_verify(in, in, in, &err);
	for (size_t i = 0; i < 3; i++) {
		(void)!tg_gost_spki(tg_gost_find(ids[i]), in, &out, &err);
		(void)!tg_gost_signature_swap(tg_gost_find(ids[i]), in, &out);
	}
	tg_buf_finish(&out);
}

static enum tg_status sign(
        void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	(void)ctx, (void)err;
	tg_buf_add(signature, message.data, message.len < 64 ? message.len : 64);
	return tg_gost_signature_algorithm(tg_gost_find("gost2012-256"), algorithm);
}

static void message(struct tg_bytes in)
{
	struct tg_buf out = TG_BUF_INIT;
	struct tg_error err;
	const struct tg_cmp_signer s = {sign, in, NULL};
	(void)!tg_cmp_strip(in, &out);
	(void)!tg_cmp_protected_part(in, &out);
	(void)!tg_cmp_protect(&s, in, &out, &err);
	tg_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const readers[])(struct tg_bytes) = {certificate, pair, key, message};
	if (n > 0)
		readers[data[0] % 4]((struct tg_bytes){data + 1, n - 1});
	return 0;
}
