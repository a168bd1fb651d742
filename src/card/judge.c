#include "active.h"
#include "chip.h"
#include "csca.h"
#include "mrz.h"
#include "sod.h"
#include "tamga/clock.h"
#include "tamga/text.h"
#include "ber.h"

#include <openssl/err.h>

static enum tg_status read_person(
        const struct tg_mrtd_raw *raw, int64_t at_ms, struct tg_mrtd_person *out, struct tg_error *err)
{
	static const uint32_t path[] = {TG_TAG_DG1, 0x5F1F};
	struct tg_bytes zone;
	char today[TG_TIME_TEXT];
	tg_time_utc(at_ms, today);
	today[10] = 0;
	if (!tg_ber_path(tg_buf_bytes(&raw->dg1), path, 2, &zone))
		return tg_error_set(err, TG_DOC_READ, "DG1 has no machine-readable zone");
	TG_TRY(tg_mrz_parse(zone, today, &out->mrz, err));
	tg_mrz_iin(&out->mrz, out->iin);
	out->expired = strcmp(out->mrz.expiry, today) < 0;
	return TG_OK;
}

static void name_signer(X509 *signer, char *out, size_t cap)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	if (!bio)
		return;
	X509_NAME_print_ex(bio, X509_get_subject_name(signer), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	long n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		tg_text_clean(out, cap, text, (size_t)n, (int)cap - 1);
	BIO_free(bio);
}

/* A group that was read must be the signed one; one that is on the list and was not shown is for the judges of it. */
static enum tg_status check_groups(const struct tg_sod *s, const struct tg_mrtd_raw *raw, struct tg_error *err)
{
	TG_TRY(tg_sod_check(s, 1, tg_buf_bytes(&raw->dg1), err));
	if (raw->dg14.len)
		TG_TRY(tg_sod_check(s, 14, tg_buf_bytes(&raw->dg14), err));
	if (raw->dg15.len)
		TG_TRY(tg_sod_check(s, 15, tg_buf_bytes(&raw->dg15), err));
	return TG_OK;
}

static enum tg_status judge_passive(const struct tg_mrtd_raw *raw, const struct tg_sod *s, const char *csca_dir,
        int64_t at_ms, struct tg_mrtd_proof *proof, struct tg_error *err)
{
	name_signer(s->signer, proof->signer, sizeof proof->signer);
	TG_TRY(check_groups(s, raw, err));
	return tg_csca_trusts(csca_dir, s->signer, at_ms, err);
}

/* DG15 that the signature names and the chip does not show was hidden: that is how a copy avoids the question. */
static enum tg_status judge_active(const struct tg_mrtd_raw *raw, const struct tg_sod *s, struct tg_error *err)
{
	if (!raw->dg15.len)
		return s->hash[15].data ? tg_error_set(err, TG_DOC_COPY, "the chip hides its key in DG15")
		                        : TG_NOT_FOUND;
	return tg_active_verify(
	        tg_buf_bytes(&raw->dg15), tg_buf_bytes(&raw->dg14), raw->challenge, tg_buf_bytes(&raw->response), err);
}

static enum tg_status judge_chip(const struct tg_mrtd_raw *raw, const struct tg_sod *s, struct tg_error *err)
{
	if (!raw->dg14.len && s->hash[14].data)
		return tg_error_set(err, TG_DOC_COPY, "the chip hides DG14");
	if (!raw->dg14.len || !tg_chip_authentication_offered(tg_buf_bytes(&raw->dg14)))
		return TG_NOT_FOUND;
	return raw->chip_authenticated ? TG_OK : tg_error_set(err, TG_DOC_COPY, "chip authentication failed");
}

static void note(struct tg_mrtd_proof *proof, enum tg_status status, const struct tg_error *why)
{
	if (status != TG_OK && status != TG_NOT_FOUND && !proof->why[0])
		(void)tg_copy(proof->why, sizeof proof->why, why->detail);
}

/* A fault of this machine is no verdict over a document. */
static bool is_verdict(enum tg_status status)
{
	return status == TG_OK || status == TG_NOT_FOUND || status == TG_DOC_SIGNER || status == TG_DOC_TAMPERED ||
	       status == TG_DOC_COPY;
}

static enum tg_status pass_on(struct tg_error *err, const struct tg_error *why)
{
	if (err)
		*err = *why;
	return why->status;
}

enum tg_status tg_mrtd_judge(const struct tg_mrtd_raw *raw, const char *csca_dir, int64_t at_ms,
        struct tg_mrtd_person *person, struct tg_mrtd_proof *proof, struct tg_error *err)
{
	struct tg_sod sod;
	struct tg_error why = {0};
	*person = (struct tg_mrtd_person){0};
	*proof = (struct tg_mrtd_proof){.passive = TG_DOC_TAMPERED, .active = TG_NOT_FOUND, .chip = TG_NOT_FOUND};
	proof->pace = raw->pace;
	TG_TRY(read_person(raw, at_ms, person, err));
	proof->passive = tg_sod_open(&sod, tg_buf_bytes(&raw->sod), &why);
	if (proof->passive == TG_OK)
		proof->passive = judge_passive(raw, &sod, csca_dir, at_ms, proof, &why);
	note(proof, proof->passive, &why);
	if (is_verdict(proof->passive)) {
		proof->active = judge_active(raw, &sod, &why);
		note(proof, proof->active, &why);
		proof->chip = judge_chip(raw, &sod, &why);
		note(proof, proof->chip, &why);
	}
	tg_sod_close(&sod);
	ERR_clear_error();
	return is_verdict(proof->passive) ? TG_OK : pass_on(err, &why);
}
