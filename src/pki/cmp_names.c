#include "cmp_names.h"

#include "tamga/text.h"
#include <openssl/err.h>

/* RFC 4210 5.2.3, in the order of the bits. */
static const char *const failure_names[OSSL_CMP_PKIFAILUREINFO_MAX + 1] = {
        "badAlg",
        "badMessageCheck",
        "badRequest",
        "badTime",
        "badCertId",
        "badDataFormat",
        "wrongAuthority",
        "incorrectData",
        "missingTimeStamp",
        "badPOP",
        "certRevoked",
        "certConfirmed",
        "wrongIntegrity",
        "badRecipientNonce",
        "timeNotAvailable",
        "unacceptedPolicy",
        "unacceptedExtension",
        "addInfoNotAvailable",
        "badSenderNonce",
        "badCertTemplate",
        "signerNotTrusted",
        "transactionIdInUse",
        "unsupportedVersion",
        "notAuthorized",
        "systemUnavail",
        "systemFailure",
        "duplicateCertReq",
};

void tg_cmp_failure_names(int bits, struct tg_buf *out)
{
	for (int i = 0; i <= OSSL_CMP_PKIFAILUREINFO_MAX; i++)
		if (((unsigned)bits >> i & 1) != 0)
			tg_buf_addf(out, "%s%s", out->len == 0 ? "" : ", ", failure_names[i]);
}

/* What a reason means for the kiosk. The strongest of the queue wins: rows further up are stronger. */
static const struct {
	int reason;
	enum tg_status status;
} reasons[] = {
        {CMP_R_TOTAL_TIMEOUT, TG_TIMEOUT},
        {CMP_R_RECEIVED_ERROR, TG_CA_REFUSED},
        {CMP_R_REQUEST_REJECTED_BY_SERVER, TG_CA_REFUSED},
        {CMP_R_ERROR_VALIDATING_PROTECTION, TG_CA_PROTECTION},
        {CMP_R_ERROR_VALIDATING_SIGNATURE, TG_CA_PROTECTION},
        {CMP_R_MISSING_PROTECTION, TG_CA_PROTECTION},
        {CMP_R_WRONG_PBM_VALUE, TG_CA_PROTECTION},
        {CMP_R_MISSING_SECRET, TG_CA_PROTECTION},
        {CMP_R_NO_SUITABLE_SENDER_CERT, TG_CA_PROTECTION},
        {CMP_R_SRVCERT_DOES_NOT_VALIDATE_MSG, TG_CA_PROTECTION},
        {CMP_R_MISSING_TRUST_ANCHOR, TG_CA_PROTECTION},
        {CMP_R_MISSING_KEY_USAGE_DIGITALSIGNATURE, TG_CA_PROTECTION},
        {CMP_R_UNKNOWN_ALGORITHM_ID, TG_CA_PROTECTION},
        {CMP_R_UNSUPPORTED_ALGORITHM, TG_CA_PROTECTION},
        {CMP_R_TRANSACTIONID_UNMATCHED, TG_CA_PROTECTION},
        {CMP_R_RECIPNONCE_UNMATCHED, TG_CA_PROTECTION},
        {CMP_R_CERTIFICATE_NOT_ACCEPTED, TG_CERT_MISMATCH},
};
#define N_REASONS (sizeof reasons / sizeof *reasons)

static size_t rank(unsigned long code)
{
	if (ERR_GET_LIB(code) == ERR_LIB_CMP)
		for (size_t i = 0; i < N_REASONS; i++)
			if (ERR_GET_REASON(code) == reasons[i].reason)
				return i;
	return N_REASONS;
}

enum tg_status tg_cmp_queue_status(char *detail, size_t cap)
{
	struct tg_buf text = TG_BUF_INIT;
	size_t best = N_REASONS;
	const char *data = NULL, *last = "";
	int flags = 0;
	unsigned long code;
	while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
		size_t r = rank(code);
		if (r < best)
			best = r;
		const char *reason = ERR_reason_error_string(code);
		if (reason == NULL || strcmp(reason, last) == 0)
			continue;
		bool with = (flags & ERR_TXT_STRING) != 0 && data != NULL && data[0] != '\0';
		tg_buf_addf(&text, "%s%s%s%s", text.len == 0 ? "" : "; ", reason, with ? ": " : "", with ? data : "");
		last = reason;
	}
	tg_text_clean(detail, cap, tg_buf_str(&text), text.len, (int)cap - 1);
	tg_buf_finish(&text);
	return best < N_REASONS ? reasons[best].status : TG_CA_GARBAGE;
}
