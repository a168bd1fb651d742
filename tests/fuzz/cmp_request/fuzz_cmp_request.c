/* Bytes from the network into the CA: the readers of our own, then the whole of tg_ca_cmp with a CA whose keys are in a
 * SoftHSM token of a new folder. Nothing may be issued: no request of the corpus has a signature that fits. */
#include "der.h"
#include "kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct kit k;

static void own_readers(struct tg_bytes in)
{
	struct tg_cmp_peek m;
	struct tg_bytes pairs;
	struct tg_buf spki = TG_BUF_INIT;
	char value[64];
	if (tg_cmp_peek(in, &m))
		(void)tg_cmp_peek_reason(&m);
	(void)tg_template_spki(in, &spki);
	(void)tg_pkisi_status(in);
	if (tg_crmf_reg_info(in, &pairs))
		(void)tg_reg_info_get(pairs, "number", value, sizeof value);
	(void)tg_reg_info_get(in, "number", value, sizeof value);
	tg_buf_finish(&spki);
}

static void stop(void)
{
	kit_end(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err;
	if (k.ca == NULL) {
		kit_start(&k);
		(void)atexit(stop);
	}
	own_readers((struct tg_bytes){data, n});
	enum tg_status status = tg_ca_cmp(k.ca, "K01A-1", (struct tg_bytes){data, n}, &answer, &err);
	if ((status == TG_OK) != (answer.len > 0) || tg_ca_transactions(k.ca) != 0)
		abort();
	tg_buf_finish(&answer);
	return 0;
}
