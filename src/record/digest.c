#include "parts.h"

#include <openssl/evp.h>
#include <pthread.h>

/* Looked up once: in OpenSSL 3.0 each implicit look-up takes locks and costs more than the hash of a short entry. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
/* A context for each thread, for the same reason. */
static pthread_key_t context_key;

static void free_context(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void sha256_fetch(void)
{
	if (pthread_key_create(&context_key, free_context) == 0)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static EVP_MD_CTX *context(void)
{
	EVP_MD_CTX *ctx = pthread_getspecific(context_key);
	if (ctx)
		return ctx;
	ctx = EVP_MD_CTX_new();
	if (ctx && pthread_setspecific(context_key, ctx) == 0)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static bool digest_pieces(EVP_MD_CTX *ctx, const struct tg_bytes *pieces, size_t n, uint8_t *out)
{
	if (EVP_DigestInit_ex2(ctx, sha256, NULL) != 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pieces[i].len > 0 && EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len) != 1)
			return false;
	return EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

enum tg_status tg_digest(const struct tg_bytes *pieces, size_t n, uint8_t out[TG_HASH_LEN])
{
	pthread_once(&sha256_once, sha256_fetch);
	if (!sha256)
		return TG_NO_MEMORY;
	EVP_MD_CTX *ctx = context();
	return ctx && digest_pieces(ctx, pieces, n, out) ? TG_OK : TG_NO_MEMORY;
}
