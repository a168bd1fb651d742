/* A PKCS#10 in any clothing, and the same bytes as the name of a domain. What is taken holds names that are taken again
 * as they are. */
#include "tamga/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Both forms of a name are the same name. */
static void must_stay(const char *ascii, const char *shown)
{
	char again[256], again_shown[256];
	if (tg_domain_parse(ascii, NULL, again, again_shown) != TG_OK || strcmp(again, ascii) != 0)
		abort();
	if (shown != NULL && (tg_domain_parse(shown, NULL, again, again_shown) != TG_OK || strcmp(again, ascii) != 0))
		abort();
}

static void as_request(struct tg_bytes in)
{
	struct tg_csr c;
	struct tg_error err;
	struct tg_buf lines = TG_BUF_INIT;
	if (tg_csr_parse(in, &c, &err) != TG_OK)
		return;
	if (c.algorithm[0] == '\0' || c.n_names == 0 || c.n_names > TG_CSR_NAMES_MAX)
		abort();
	for (unsigned i = 0; i < c.n_names; i++) {
		must_stay(c.names[i], NULL);
		tg_buf_addf(&lines, "%s\n", c.names[i]);
	}
	if (tg_csr_names_fit(&c, tg_buf_str(&lines), "", &err) != TG_OK)
		abort();
	tg_buf_finish(&lines);
	tg_csr_finish(&c);
}

static void as_domain(const uint8_t *data, size_t n)
{
	char name[1024], ascii[256], shown[256];
	if (n >= sizeof name)
		return;
	memcpy(name, data, n);
	name[n] = '\0';
	if (tg_domain_parse(name, "kz қаз", ascii, shown) != TG_INVALID)
		must_stay(ascii, shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	as_request((struct tg_bytes){data, n});
	as_domain(data, n);
	return 0;
}
