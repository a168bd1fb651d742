#include "judges.h"

#include "tamga/pki.h"
#include "tamga/text.h"

/* As people read them: .қаз, not its A-label. */
static void take_names(const struct tg_csr *csr, struct tg_pkcs10_facts *out)
{
	out->n_names = csr->n_names;
	for (unsigned i = 0; i < csr->n_names && i < TG_PKCS10_NAMES_MAX; i++) {
		char ascii[256], shown[256];
		bool read = tg_domain_parse(csr->names[i], NULL, ascii, shown) == TG_OK;
		const char *name = read ? shown : csr->names[i];
		tg_text_clean(out->names[i], sizeof out->names[i], name, strlen(name), 64);
	}
}

enum tg_status kiosk_judge_pkcs10(
        const char *text, const char *domain, const char *more_domains, struct tg_pkcs10_facts *out)
{
	struct tg_csr csr;
	struct tg_error err = {0}; /* the rule's sentence says it to the person; there is nothing for a technician */
	memset(out, 0, sizeof *out);
	TG_TRY(tg_csr_parse((struct tg_bytes){(const uint8_t *)text, strlen(text)}, &csr, &err));
	(void)tg_copy(out->algorithm, sizeof out->algorithm, csr.algorithm);
	take_names(&csr, out);
	enum tg_status status = domain ? tg_csr_names_fit(&csr, domain, more_domains, &err) : TG_OK;
	tg_csr_finish(&csr);
	return status;
}
