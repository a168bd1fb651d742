#include "cmp_message.h"
#include "ossl.h"

OSSL_CMP_MSG *tg_cmp_message_parse(const void *der, size_t n, size_t max)
{
	BIO *in = n == 0 || n > max ? NULL : BIO_new_mem_buf(der, (int)n);
	OSSL_CMP_MSG *msg = in == NULL ? NULL : d2i_OSSL_CMP_MSG_bio(in, NULL);
	if (msg != NULL && BIO_pending(in) != 0) {
		OSSL_CMP_MSG_free(msg);
		msg = NULL;
	}
	BIO_free(in);
	return msg;
}

enum tg_status tg_cmp_message_add(const OSSL_CMP_MSG *msg, struct tg_buf *der)
{
	BIO *mem = BIO_new(BIO_s_mem());
	return tg_bio_take(der, mem, mem != NULL && i2d_OSSL_CMP_MSG_bio(mem, msg) == 1);
}
