#include "chip.h"
#include "pace.h"
#include "read.h"
#include "sod.h"
#include "ber.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

/* Not of the port or of this machine: the reading can go on without what was asked. */
static bool is_fault_of_chip(enum tg_status status)
{
	return status == TG_DOC_READ || status == TG_NOT_FOUND;
}

/* EF.CardAccess is readable by everybody and stands outside of the application. A chip without it knows BAC only; what
 * another kind of card keeps under that name is for the application's select to tell apart. */
static enum tg_status read_card_access(
        struct tg_chip *c, struct tg_pace_choice *choice, bool *pace, struct tg_error *err)
{
	struct tg_buf file = TG_BUF_INIT;
	uint16_t ignored;
	TG_TRY(tg_chip_select_master(c, &ignored, err));
	enum tg_status status = tg_chip_read_file(c, TG_EF_CARD_ACCESS, TG_TAG_SET, &file, err);
	*pace = status == TG_OK && tg_pace_choose(tg_buf_bytes(&file), choice);
	tg_buf_finish(&file);
	return is_fault_of_chip(status) ? TG_OK : status;
}

static enum tg_status select_application(struct tg_chip *c, struct tg_error *err)
{
	uint16_t sw = 0;
	TG_TRY(tg_chip_select_application(c, &sw, err));
	return sw == TG_SW_OK ? TG_OK : tg_error_set(err, TG_DOC_NONE, "no travel document on this card: %04X", sw);
}

static enum tg_status open_by_bac(struct tg_chip *c, const struct tg_mrtd_access *access, struct tg_error *err)
{
	uint8_t random[24];
	if (access->can)
		return tg_error_set(err, TG_DOC_ACCESS, "this chip does not open with a card access number");
	if (RAND_bytes(random, sizeof random) != 1)
		return tg_error_set(err, TG_IO, "no randoms");
	enum tg_status status = tg_bac(c, access, random, random + 8, err);
	OPENSSL_cleanse(random, sizeof random);
	return status;
}

static enum tg_status open_chip(
        struct tg_chip *c, const struct tg_mrtd_access *access, bool *pace, struct tg_error *err)
{
	struct tg_pace_choice choice;
	enum tg_status status = TG_NOT_FOUND;
	TG_TRY(read_card_access(c, &choice, pace, err));
	if (*pace)
		status = tg_pace(c, &choice, access, NULL, err);
	*pace = status != TG_NOT_FOUND;
	if (*pace && status != TG_OK)
		return status;
	TG_TRY(select_application(c, err));
	return *pace ? TG_OK : open_by_bac(c, access, err);
}

/* EF.COM lists the tags of what is there. Nobody signed that list, so what the signed one names is looked for too. */
static bool named(const struct tg_mrtd_raw *raw, uint8_t tag, unsigned group)
{
	static const uint32_t path[] = {TG_TAG_COM, 0x5C};
	struct tg_bytes list;
	if (tg_ber_path(tg_buf_bytes(&raw->com), path, 2, &list) && memchr(list.data, tag, list.len))
		return true;
	return tg_sod_names(tg_buf_bytes(&raw->sod), group);
}

/* A file that may be missing: then the buffer stays empty, and judging says what follows from it. */
static enum tg_status read_optional(
        struct tg_chip *c, uint16_t fid, uint32_t tag, struct tg_buf *out, struct tg_error *err)
{
	enum tg_status status = tg_chip_read_file(c, fid, tag, out, err);
	if (status == TG_NOT_FOUND)
		tg_buf_reset(out);
	return status == TG_NOT_FOUND ? TG_OK : status;
}

static enum tg_status read_required(
        struct tg_chip *c, uint16_t fid, uint32_t tag, struct tg_buf *out, struct tg_error *err)
{
	enum tg_status status = tg_chip_read_file(c, fid, tag, out, err);
	return status == TG_NOT_FOUND ? tg_error_set(err, TG_DOC_READ, "the chip has no file %04X", fid) : status;
}

static enum tg_status read_files(
        struct tg_chip *c, tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *raw, struct tg_error *err)
{
	progress(TG_MRTD_DATA, ctx);
	TG_TRY(read_optional(c, TG_EF_COM, TG_TAG_COM, &raw->com, err));
	TG_TRY(read_required(c, TG_EF_DG1, TG_TAG_DG1, &raw->dg1, err));
	progress(TG_MRTD_SIGNATURE, ctx);
	TG_TRY(read_optional(c, TG_EF_SOD, TG_TAG_SOD, &raw->sod, err));
	if (named(raw, TG_TAG_DG14, 14))
		TG_TRY(read_optional(c, TG_EF_DG14, TG_TAG_DG14, &raw->dg14, err));
	if (named(raw, TG_TAG_DG15, 15))
		TG_TRY(read_optional(c, TG_EF_DG15, TG_TAG_DG15, &raw->dg15, err));
	return TG_OK;
}

/* A chip that fails here gave its data all the same: the judgement says «copy», the reading goes on. */
static enum tg_status authenticate(struct tg_chip *c, struct tg_mrtd_raw *raw, struct tg_error *err)
{
	enum tg_status status = TG_OK;
	struct tg_buf head = TG_BUF_INIT;
	if (raw->dg15.len) {
		status = tg_active_authenticate(c, tg_buf_bytes(&raw->dg15), raw->challenge, &raw->response, err);
		if (is_fault_of_chip(status)) {
			tg_buf_reset(&raw->response);
			status = TG_OK;
		}
	}
	if (status != TG_OK || !raw->dg14.len || !tg_chip_authentication_offered(tg_buf_bytes(&raw->dg14)))
		return status;
	status = tg_chip_authenticate(c, tg_buf_bytes(&raw->dg14), err);
	if (status == TG_OK)
		status = tg_chip_peek_file(c, TG_EF_DG1, &head, err); /* only the genuine chip has the new keys */
	raw->chip_authenticated = status == TG_OK;
	tg_buf_wipe(&head);
	return is_fault_of_chip(status) ? TG_OK : status;
}

static void no_progress(enum tg_mrtd_step step, void *ctx)
{
	(void)step, (void)ctx;
}

enum tg_status tg_mrtd_collect(
        struct tg_chip *c, tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *out, struct tg_error *err)
{
	TG_TRY(read_files(c, progress, ctx, out, err));
	progress(TG_MRTD_CHIP, ctx);
	return authenticate(c, out, err);
}

static enum tg_status read_all(struct tg_chip *c, const struct tg_mrtd_access *access, tg_mrtd_progress *progress,
        void *ctx, struct tg_mrtd_raw *out, struct tg_error *err)
{
	progress(TG_MRTD_SELECT, ctx);
	progress(TG_MRTD_ACCESS, ctx);
	TG_TRY(open_chip(c, access, &out->pace, err));
	return tg_mrtd_collect(c, progress, ctx, out, err);
}

enum tg_status tg_mrtd_read_with(const struct tg_apdu_port *port, const struct tg_mrtd_access *access,
        const uint8_t challenge[8], tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *out,
        struct tg_error *err)
{
	struct tg_chip chip;
	*out = (struct tg_mrtd_raw){0};
	memcpy(out->challenge, challenge, sizeof out->challenge);
	tg_chip_init(&chip, port);
	enum tg_status status = read_all(&chip, access, progress ? progress : no_progress, ctx, out, err);
	unsigned apdus = chip.apdus;
	tg_chip_finish(&chip);
	if (status != TG_OK)
		tg_mrtd_raw_finish(out);
	out->apdus = apdus;
	ERR_clear_error();
	return status;
}

enum tg_status tg_mrtd_read(const struct tg_apdu_port *port, const struct tg_mrtd_access *access,
        tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *out, struct tg_error *err)
{
	uint8_t challenge[8];
	*out = (struct tg_mrtd_raw){0};
	if (RAND_bytes(challenge, sizeof challenge) != 1)
		return tg_error_set(err, TG_IO, "no randoms");
	tg_pace_initialise();
	return tg_mrtd_read_with(port, access, challenge, progress, ctx, out, err);
}
