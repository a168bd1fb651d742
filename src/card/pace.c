#include "pace.h"
#include "secinfo.h"
#include "ber.h"

#include <ctype.h>
#include <eac/eac.h>
#include <eac/pace.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#define INS_MANAGE_SECURITY_ENVIRONMENT 0x22
#define INS_GENERAL_AUTHENTICATE        0x86
#define CLA_CHAINED                     0x10
#define FAMILY_PACE                     4
#define PASSWORD_MRZ                    1
#define PASSWORD_CAN                    2
#define FIRST_CURVE                     8 /* of the standardised domain parameters */
#define LAST_CURVE                      18
#define LONG_KEY                        200 /* bytes: above this a message needs an extended APDU */

static const char no_memory[] = "no memory for PACE";

void tg_pace_initialise(void)
{
	EAC_init();
}

/* 1 DH, 2 ECDH, both with generic mapping; the last arc is the cipher. */
static int protocol_number(uint8_t mapping, uint8_t cipher)
{
	const int dh[] = {NID_id_PACE_DH_GM_3DES_CBC_CBC, NID_id_PACE_DH_GM_AES_CBC_CMAC_128,
	        NID_id_PACE_DH_GM_AES_CBC_CMAC_192, NID_id_PACE_DH_GM_AES_CBC_CMAC_256};
	const int ecdh[] = {NID_id_PACE_ECDH_GM_3DES_CBC_CBC, NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128,
	        NID_id_PACE_ECDH_GM_AES_CBC_CMAC_192, NID_id_PACE_ECDH_GM_AES_CBC_CMAC_256};
	if (cipher < 1 || cipher > 4 || mapping < 1 || mapping > 2)
		return 0;
	return mapping == 1 ? dh[cipher - 1] : ecdh[cipher - 1];
}

/* 0 to 2 are groups modulo a prime, 8 to 18 curves. */
static bool domain_known(unsigned domain, uint8_t mapping)
{
	return mapping == 1 ? domain <= 2 : domain >= FIRST_CURVE && domain <= LAST_CURVE;
}

bool tg_pace_choose(struct tg_bytes card_access, struct tg_pace_choice *out)
{
	struct tg_reader r;
	struct tg_security_info info;
	unsigned best = 0;
	if (!tg_security_infos(card_access, &r))
		return false;
	while (tg_security_info_next(&r, &info)) {
		uint8_t mapping, cipher;
		unsigned version, domain;
		if (info.oid.len != sizeof out->oid ||
		        !tg_security_protocol(info.oid, FAMILY_PACE, &mapping, &cipher) ||
		        !protocol_number(mapping, cipher) || !tg_security_integer(info.rest, 0, &version) ||
		        version != 2 || !tg_security_integer(info.rest, 1, &domain) || !domain_known(domain, mapping))
			continue;
		if (best && memcmp(out->oid, info.oid.data, sizeof out->oid) == 0)
			out->ambiguous = true;
		unsigned worth = mapping * 10u + cipher;
		if (worth <= best)
			continue;
		best = worth;
		*out = (struct tg_pace_choice){.protocol = protocol_number(mapping, cipher), .domain = (int)domain};
		(void)tg_security_cipher(cipher, &out->cipher);
		memcpy(out->oid, info.oid.data, sizeof out->oid);
	}
	return best != 0;
}

static enum tg_status make_password(const struct tg_mrtd_access *access, PACE_SEC **out, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	uint8_t hash[SHA_DIGEST_LENGTH];
	if (access->can) {
		size_t n = strnlen(access->number, sizeof access->number);
		for (size_t i = 0; i < n; i++)
			if (!isdigit((unsigned char)access->number[i]))
				n = 0;
		if (n != 6)
			return tg_error_set(err, TG_INVALID, "a card access number has six digits");
		*out = PACE_SEC_new(access->number, n, PACE_CAN);
	} else {
		enum tg_status status = tg_access_text(access, &text, err);
		if (status == TG_OK) {
			(void)SHA1(text.data, text.len, hash);
			*out = PACE_SEC_new((const char *)hash, sizeof hash, PACE_RAW);
		}
		OPENSSL_cleanse(hash, sizeof hash);
		tg_buf_wipe(&text);
		TG_TRY(status);
	}
	return *out ? TG_OK : tg_error_set(err, TG_NO_MEMORY, no_memory);
}

/* Which protocol and which password. The chip may warn of few tries left (63Cx): that is for the person's next try. */
static enum tg_status set_protocol(
        struct tg_chip *c, const struct tg_pace_choice *choice, bool can, struct tg_error *err)
{
	struct tg_buf data = TG_BUF_INIT, none = TG_BUF_INIT;
	const uint8_t password = can ? PASSWORD_CAN : PASSWORD_MRZ, domain = (uint8_t)choice->domain;
	uint16_t sw = 0;
	tg_ber_put(&data, 0x80, (struct tg_bytes){choice->oid, sizeof choice->oid});
	tg_ber_put(&data, 0x83, (struct tg_bytes){&password, 1});
	if (choice->ambiguous)
		tg_ber_put(&data, 0x84, (struct tg_bytes){&domain, 1});
	const struct tg_apdu set = {0x00, INS_MANAGE_SECURITY_ENVIRONMENT, 0xC1, 0xA4, tg_buf_bytes(&data), 0};
	enum tg_status status = data.failed ? TG_NO_MEMORY : tg_chip_send(c, &set, &none, &sw, err);
	tg_buf_finish(&data);
	tg_buf_finish(&none);
	TG_TRY(status);
	if (sw == 0x6983 || sw == 0x6984 || sw == 0x63C0)
		return tg_error_set(err, TG_DOC_ACCESS, "the chip takes this password no more: %04X", sw);
	if (sw != TG_SW_OK && (sw & 0xFFF0) != 0x63C0)
		return tg_error_set(err, TG_NOT_FOUND, "the chip refuses the PACE it offers: %04X", sw);
	return TG_OK;
}

/* One message of ours (`ask`, data) and the chip's (`want`, appended to a BUF_MEM). */
struct message {
	uint8_t ask, want;
	const BUF_MEM *data; /* NULL: nothing */
	bool last;
};

static enum tg_status converse(
        struct tg_chip *c, const struct message *m, BUF_MEM **out, uint16_t *sw, struct tg_error *err)
{
	struct tg_buf data = TG_BUF_INIT, inner = TG_BUF_INIT, answer = TG_BUF_INIT;
	struct tg_bytes value = {NULL, 0};
	const uint32_t path[] = {0x7C, m->want};
	if (m->data)
		tg_ber_put(&inner, m->ask, (struct tg_bytes){(const uint8_t *)m->data->data, m->data->length});
	tg_ber_put(&data, 0x7C, tg_buf_bytes(&inner));
	const struct tg_apdu step = {m->last ? 0x00 : CLA_CHAINED, INS_GENERAL_AUTHENTICATE, 0, 0, tg_buf_bytes(&data),
	        data.len > LONG_KEY ? TG_LE_EXTENDED : TG_LE_SHORT};
	enum tg_status status = data.failed || inner.failed ? TG_NO_MEMORY : tg_chip_send(c, &step, &answer, sw, err);
	if (status == TG_OK && *sw == TG_SW_OK) {
		if (!tg_ber_path(tg_buf_bytes(&answer), path, 2, &value) || value.len == 0)
			status = tg_error_set(err, TG_DOC_READ, "the chip's PACE message %02X is none", m->want);
		else if (!(*out = BUF_MEM_new()) || !BUF_MEM_grow(*out, value.len))
			status = tg_error_set(err, TG_NO_MEMORY, no_memory);
		else
			memcpy((*out)->data, value.data, value.len);
	}
	tg_buf_wipe(&data);
	tg_buf_wipe(&inner);
	tg_buf_wipe(&answer);
	return status;
}

/* As above where the chip must not refuse. */
static enum tg_status converse_well(struct tg_chip *c, const struct message *m, BUF_MEM **out, struct tg_error *err)
{
	uint16_t sw = 0;
	TG_TRY(converse(c, m, out, &sw, err));
	return sw == TG_SW_OK
	               ? TG_OK
	               : tg_error_set(err, TG_DOC_READ, "the chip breaks PACE off before %02X: %04X", m->want, sw);
}

/* A step of libeac failed: on bytes of the chip, which it checks (a point off the curve, a short nonce). */
static enum tg_status refuse(struct tg_error *err, const char *what)
{
	ERR_clear_error();
	return tg_error_set(err, TG_DOC_READ, "the chip's %s is of no use", what);
}

/* A point is uncompressed and as long as ours: the point at infinity, one zero byte, would take the password out of the
 * game, and libeac reads it. Numbers of a group are checked by OpenSSL. */
static bool is_public(const BUF_MEM *theirs, const BUF_MEM *ours, bool curve)
{
	return !curve || (theirs && ours && theirs->length == ours->length && theirs->data[0] == 0x04);
}

static enum tg_status map(struct tg_chip *c, EAC_CTX *ctx, const PACE_SEC *password, bool curve, struct tg_error *err)
{
	BUF_MEM *nonce = NULL, *ours = NULL, *theirs = NULL;
	const struct message ask_nonce = {.want = 0x80};
	enum tg_status status = converse_well(c, &ask_nonce, &nonce, err);
	if (status == TG_OK && PACE_STEP2_dec_nonce(ctx, password, nonce) != 1)
		status = refuse(err, "nonce");
	if (status == TG_OK && !(ours = PACE_STEP3A_generate_mapping_data(ctx)))
		status = tg_error_set(err, TG_NO_MEMORY, no_memory);
	if (status == TG_OK) {
		const struct message mapping = {.ask = 0x81, .want = 0x82, .data = ours};
		status = converse_well(c, &mapping, &theirs, err);
	}
	if (status == TG_OK && (!is_public(theirs, ours, curve) || PACE_STEP3A_map_generator(ctx, theirs) != 1))
		status = refuse(err, "mapping data");
	BUF_MEM_clear_free(nonce);
	BUF_MEM_clear_free(ours);
	BUF_MEM_clear_free(theirs);
	return status;
}

/* `theirs` is wanted again for the token. */
static enum tg_status agree(struct tg_chip *c, EAC_CTX *ctx, bool curve, BUF_MEM **theirs, struct tg_error *err)
{
	BUF_MEM *ours = PACE_STEP3B_generate_ephemeral_key(ctx);
	/* Over what the chip mapped to: that may have no keys at all. */
	enum tg_status status = ours ? TG_OK : refuse(err, "mapping data");
	if (status == TG_OK) {
		const struct message keys = {.ask = 0x83, .want = 0x84, .data = ours};
		status = converse_well(c, &keys, theirs, err);
	}
	if (status == TG_OK &&
	        (!is_public(*theirs, ours, curve) || PACE_STEP3B_compute_shared_secret(ctx, *theirs) != 1 ||
	                PACE_STEP3C_derive_keys(ctx) != 1))
		status = refuse(err, "key");
	BUF_MEM_clear_free(ours);
	return status;
}

/* Here the chip learns whether we knew the password, and refuses if not. */
static enum tg_status prove(struct tg_chip *c, EAC_CTX *ctx, const BUF_MEM *theirs, struct tg_error *err)
{
	BUF_MEM *token = PACE_STEP3D_compute_authentication_token(ctx, theirs), *answer = NULL;
	uint16_t sw = 0;
	if (!token)
		return refuse(err, "key");
	const struct message tokens = {.ask = 0x85, .want = 0x86, .data = token, .last = true};
	enum tg_status status = converse(c, &tokens, &answer, &sw, err);
	if (status == TG_OK && sw != TG_SW_OK)
		status = tg_error_set(err, TG_DOC_ACCESS, "the chip does not open: %04X", sw);
	if (status == TG_OK && PACE_STEP3D_verify_authentication_token(ctx, answer) != 1)
		status = refuse(err, "token");
	BUF_MEM_clear_free(token);
	BUF_MEM_clear_free(answer);
	return status;
}

static enum tg_status start_channel(
        struct tg_chip *c, const struct tg_pace_choice *choice, const EAC_CTX *ctx, struct tg_error *err)
{
	const KA_CTX *keys = ctx->pace_ctx->ka_ctx;
	size_t n = tg_cipher_key_bytes(choice->cipher);
	if (!keys->k_enc || !keys->k_mac || keys->k_enc->length < n || keys->k_mac->length < n)
		return tg_error_set(err, TG_BUG, "PACE left no keys");
	tg_secmsg_wipe(&c->sm);
	c->sm.cipher = choice->cipher;
	memcpy(c->sm.enc, keys->k_enc->data, n);
	memcpy(c->sm.mac, keys->k_mac->data, n);
	c->sm.on = true;
	return TG_OK;
}

static enum tg_status run(struct tg_chip *c, EAC_CTX *ctx, const struct tg_pace_choice *choice,
        const struct tg_mrtd_access *access, struct tg_error *err)
{
	PACE_SEC *password = NULL;
	BUF_MEM *theirs = NULL;
	const bool curve = choice->domain >= FIRST_CURVE;
	enum tg_status status = make_password(access, &password, err);
	if (status == TG_OK)
		status = set_protocol(c, choice, access->can, err);
	if (status == TG_OK)
		status = map(c, ctx, password, curve, err);
	if (status == TG_OK)
		status = agree(c, ctx, curve, &theirs, err);
	if (status == TG_OK)
		status = prove(c, ctx, theirs, err);
	if (status == TG_OK)
		status = start_channel(c, choice, ctx, err);
	BUF_MEM_clear_free(theirs);
	PACE_SEC_clear_free(password);
	return status;
}

enum tg_status tg_pace(struct tg_chip *c, const struct tg_pace_choice *choice, const struct tg_mrtd_access *access,
        tg_pace_prepare *prepare, struct tg_error *err)
{
	EAC_CTX *ctx = EAC_CTX_new();
	if (!ctx || EAC_CTX_init_pace(ctx, choice->protocol, choice->domain) != 1) {
		EAC_CTX_clear_free(ctx);
		ERR_clear_error();
		return tg_error_set(err, TG_NO_MEMORY, no_memory);
	}
	if (prepare)
		prepare(ctx);
	enum tg_status status = run(c, ctx, choice, access, err);
	EAC_CTX_clear_free(ctx);
	ERR_clear_error();
	return status;
}
