/* A CMS SignedData that somebody hands in. The corpus: ours of each kind of key and of the openssl program, by holders
 * of a CA that is not the one that is trusted here, so nothing may ever be found good. */
#include "tamga/pki.h"

#define SIGNED_MS INT64_C(1795000000000) /* when the corpus was signed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_cms_judged j;
	struct tg_error err;
	enum tg_status status = tg_cms_verify((struct tg_bytes){data, n},
	        TAMGA_TESTS_DIR "/data/nca-test/nca_rsa_test.crt", SIGNED_MS, NULL, NULL, &j, &err);
	if (status == TG_OK || status == TG_BUG)
		abort();
	/* A bad signature hands nothing on; a good one what stands in the message and no more. */
	if (status == TG_SIGNATURE_BAD && (j.content.len != 0 || j.certificate.len != 0))
		abort();
	if (j.content.len > n || (j.content.len > 0 && memmem(data, n, j.content.data, j.content.len) == NULL))
		abort();
	tg_cms_judged_finish(&j);
	return 0;
}
