/* Bytes from anybody into the OCSP responder: always one OCSPResponse that OpenSSL reads, "good" never for what was not
 * issued (nothing was), a nonce only where one was asked. */
#include "kit.h"

#include <openssl/ocsp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct kit k;

static void stop(void)
{
	kit_end(&k);
}

static void look(const struct tg_ca_ocsp *a)
{
	const unsigned char *p = a->der.data;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)a->der.len);
	if (r == NULL || p != a->der.data + a->der.len ||
	        (OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL) != a->answered)
		abort();
	OCSP_BASICRESP *basic = a->answered ? OCSP_response_get1_basic(r) : NULL;
	if (a->answered &&
	        (basic == NULL || OCSP_resp_count(basic) < 1 || OCSP_resp_count(basic) > (int)TG_OCSP_CERTS_MAX))
		abort();
	for (int i = 0; i < OCSP_resp_count(basic); i++)
		if (OCSP_single_get0_status(OCSP_resp_get0(basic, i), NULL, NULL, NULL, NULL) == V_OCSP_CERTSTATUS_GOOD)
			abort();
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_ca_ocsp a;
	struct tg_error err;
	if (k.ca == NULL) {
		kit_start(&k);
		(void)atexit(stop);
	}
	if (tg_ca_ocsp(k.ca, (struct tg_bytes){data, n}, &a, &err) != TG_OK || a.der.len == 0)
		abort();
	look(&a);
	tg_buf_finish(&a.der);
	return 0;
}
