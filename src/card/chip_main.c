/* tamga-chip: reads one identity document and ends. Started by the kiosk for one reading (document.c), spoken to over
 * one socket. It verifies no signature: whoever relies on the document does. */
#include "harden.h"
#include "pace.h"
#include "pcsc.h"
#include "read.h"
#include "tamga/secret.h"
#include "wire.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <unistd.h>

#define HAND_OVER_MS 5000

static void tell_progress(enum tg_mrtd_step step, void *ctx)
{
	const uint8_t body = (uint8_t)step;
	(void)ctx;
	if (tg_frame_send(TG_CHIP_FD, TG_CHIP_PROGRESS, &body, 1, HAND_OVER_MS) != TG_OK)
		_exit(1); /* the kiosk is gone */
}

static int tell_result(enum tg_status status, const struct tg_error *err, const struct tg_mrtd_raw *raw)
{
	struct tg_buf out = TG_BUF_INIT;
	tg_chip_result_encode(status, err, raw, &out);
	enum tg_status sent =
	        out.failed ? TG_NO_MEMORY : tg_frame_send(TG_CHIP_FD, TG_CHIP_RESULT, out.data, out.len, HAND_OVER_MS);
	tg_buf_wipe(&out);
	return sent == TG_OK ? 0 : 1;
}

/* What libraries set up at their first use, while that is still allowed. */
static bool prepare_libraries(void)
{
	uint8_t random;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		return false;
	tg_pace_initialise();
	return RAND_bytes(&random, 1) == 1;
}

static enum tg_status read_document(const struct tg_chip_request *q, struct tg_mrtd_raw *raw, struct tg_error *err)
{
	struct tg_pcsc *card = NULL;
	TG_TRY(tg_pcsc_open(&card, q->reader, err));
	if (!tg_chip_confine()) {
		tg_pcsc_close(card);
		return tg_error_set(err, TG_IO, "the filter of system calls cannot be set");
	}
	const struct tg_apdu_port port = tg_pcsc_port(card);
	enum tg_status status = tg_mrtd_read_with(&port, &q->access, q->challenge, tell_progress, NULL, raw, err);
	tg_pcsc_close(card);
	return status;
}

static int serve(const struct tg_chip_request *q)
{
	struct tg_mrtd_raw raw = {0};
	struct tg_error err = {0};
	enum tg_status status = read_document(q, &raw, &err);
	int result = tell_result(status, &err, &raw);
	tg_mrtd_raw_finish(&raw);
	return result;
}

int main(void)
{
	struct tg_buf body = TG_BUF_INIT;
	struct tg_chip_request request;
	uint16_t kind = 0;
	if (!tg_chip_harden() || !prepare_libraries())
		return 1;
	bool understood = tg_frame_recv(TG_CHIP_FD, &kind, &body, HAND_OVER_MS) == TG_OK && kind == TG_CHIP_REQUEST &&
	                  tg_chip_request_decode(&request, &body);
	tg_buf_wipe(&body);
	if (!understood)
		return 1;
	int result = serve(&request);
	OPENSSL_cleanse(&request, sizeof request);
	/* No handlers at exit: some of them ask for what is forbidden now. */
	_exit(result);
}
