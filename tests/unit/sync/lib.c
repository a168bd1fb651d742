#include "lib.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <unistd.h>

struct tg_entry *make_stream(const char *kiosk, unsigned n)
{
	static const char body[] = "{\"program\":\"tamga\",\"version\":\"1\",\"screens\":\"00\"}";
	struct tg_entry *list = calloc(n, sizeof(*list));
	assert_non_null(list);
	for (unsigned i = 0; i < n; i++) {
		struct tg_entry *e = &list[i];
		assert_true(tg_copy(e->kiosk, sizeof(e->kiosk), kiosk));
		e->seq = i + 1;
		e->time_ms = 1790000000000 + i;
		assert_true(tg_copy(e->kind, sizeof(e->kind), "kiosk.started"));
		e->version = 1;
		e->body = body;
		e->body_len = sizeof(body) - 1;
		memset(e->salt, (int)(i & 0xff), TG_SALT_LEN);
		if (i == 0)
			tg_entry_genesis(kiosk, e->prev_hash);
		else
			memcpy(e->prev_hash, list[i - 1].hash, TG_HASH_LEN);
		assert_int_equal(tg_entry_seal(e), TG_OK);
	}
	return list;
}

const char *make_dir(char path[64])
{
	assert_true(tg_copy(path, 64, "/tmp/tamga-sync-XXXXXX"));
	assert_non_null(mkdtemp(path));
	return path;
}

void drop_dir(const char *path)
{
	char file[400];
	DIR *d = opendir(path);
	struct dirent *e;
	while (d && (e = readdir(d))) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		(void)unlink(file);
	}
	if (d)
		closedir(d);
	(void)rmdir(path);
}

EVP_PKEY *make_ack_files(const char *dir)
{
	char path[128];
	EVP_PKEY *key = EVP_EC_gen("P-256");
	assert_non_null(key);
	(void)snprintf(path, sizeof(path), "%s/ack.key", dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	(void)snprintf(path, sizeof(path), "%s/ack.pem", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_PUBKEY(f, key), 1);
	fclose(f);
	return key;
}

void sign_ack(EVP_PKEY *key, struct tg_ack *a)
{
	struct tg_buf b = TG_BUF_INIT;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	assert_non_null(md);
	tg_ack_signed_bytes(a, &b);
	a->signature_len = sizeof(a->signature);
	assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(md, a->signature, &a->signature_len, b.data, b.len), 1);
	EVP_MD_CTX_free(md);
	tg_buf_finish(&b);
}

uint32_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16);
}
