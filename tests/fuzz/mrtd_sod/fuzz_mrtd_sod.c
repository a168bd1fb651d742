/* What came off a chip, judged: EF.SOD, DG1, DG14, DG15, challenge and response, each two bytes of length (big-endian)
 * and as many bytes, with the authority of the corpus. Whatever is changed, DG1 is trusted only as it was signed. */
#include "ber.h"
#include "tamga/mrtd.h"

#include <openssl/evp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define AT_MS 1795414262396ll /* when the corpus was signed, and a day */

/* SHA-256 of the DG1s of the corpus. */
static const char *const signed_groups[] = {"17981eae1ff7460f8d8d80b4a46ebc566f5224e3a0346ee5f2d56316956a5acb",
        "57391778d5c952a50b04d56c2c9ea70b5d0f0aae20796297b25b033daa729a9a",
        "d2efa81c3b3021d68bafd5fabd12a6510f566197798bd3a4e782555d980a1c09"};

static void take(struct tg_reader *r, struct tg_buf *out)
{
	size_t left = (size_t)(r->end - r->p);
	if (left < 2)
		return;
	size_t n = tg_read_u16(r);
	left -= 2;
	struct tg_bytes b = tg_read_bytes(r, n < left ? n : left);
	tg_buf_add(out, b.data, b.len);
}

static bool was_signed(const struct tg_buf *dg1)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char hex[65];
	unsigned n = 0;
	if (EVP_Digest(dg1->data, dg1->len, hash, &n, EVP_sha256(), NULL) != 1)
		abort();
	tg_hex(hash, n, hex);
	for (size_t i = 0; i < sizeof signed_groups / sizeof signed_groups[0]; i++)
		if (strcmp(hex, signed_groups[i]) == 0)
			return true;
	return false;
}

static void check(const struct tg_mrtd_raw *raw, const struct tg_mrtd_proof *p)
{
	bool named = (p->passive == TG_OK || p->passive == TG_DOC_SIGNER || p->passive == TG_DOC_TAMPERED) &&
	             (p->active == TG_OK || p->active == TG_NOT_FOUND || p->active == TG_DOC_COPY) &&
	             (p->chip == TG_OK || p->chip == TG_NOT_FOUND || p->chip == TG_DOC_COPY);
	if (!named || (p->passive == TG_OK && !was_signed(&raw->dg1)) || (p->passive != TG_OK && !p->why[0]))
		abort();
	for (const char *c = p->signer; *c != 0; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_mrtd_raw raw = {0};
	struct tg_mrtd_person person;
	struct tg_mrtd_proof proof;
	struct tg_error err = {0};
	struct tg_reader r;
	struct tg_buf challenge = TG_BUF_INIT;
	tg_reader_init(&r, data, n);
	take(&r, &raw.sod);
	take(&r, &raw.dg1);
	take(&r, &raw.dg14);
	take(&r, &raw.dg15);
	take(&r, &challenge);
	take(&r, &raw.response);
	if (challenge.len == sizeof raw.challenge)
		memcpy(raw.challenge, challenge.data, challenge.len);
	enum tg_status status =
	        tg_mrtd_judge(&raw, TAMGA_TESTS_DIR "/fuzz/mrtd_sod/trust", AT_MS, &person, &proof, &err);
	if (status == TG_OK)
		check(&raw, &proof);
	else if (status != TG_DOC_READ || err.status != status)
		abort();
	tg_buf_finish(&challenge);
	tg_mrtd_raw_finish(&raw);
	return 0;
}
