/* Files of an identity directory. */
#include "agent.h"
#include "tamga/file.h"

#include <string.h>

#include <unistd.h>

#define FILE_MAX 65536u

char *tg_identity_path(const char *dir, const char *name)
{
	char *out = NULL;
	return asprintf(&out, "%s/%s", dir, name) < 0 ? NULL : out;
}

char *tg_identity_line(const char *dir, const char *name)
{
	char line[600];
	char *path = tg_identity_path(dir, name);
	FILE *f = path ? fopen(path, "re") : NULL;
	free(path);
	if (!f)
		return NULL;
	char *got = fgets(line, sizeof(line), f);
	fclose(f);
	if (!got)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	return strdup(line);
}

enum tg_status tg_identity_write(const char *dir, const char *name, const char *text, struct tg_error *err)
{
	char *path = tg_identity_path(dir, name);
	if (!path)
		return tg_error_set(err, TG_NO_MEMORY, "%s", name);
	enum tg_status st = tg_file_write(path, text, strlen(text), 0600, err);
	free(path);
	return st;
}

enum tg_status tg_identity_move(const char *dir, const char *from, const char *to, struct tg_error *err)
{
	char *old = tg_identity_path(dir, from), *new = tg_identity_path(dir, to);
	enum tg_status st = old && new ? tg_file_move(old, new, err) : tg_error_set(err, TG_NO_MEMORY, "%s", from);
	free(old);
	free(new);
	return st;
}

enum tg_status tg_identity_read(const char *dir, const char *name, struct tg_buf *out, struct tg_error *err)
{
	char *path = tg_identity_path(dir, name);
	enum tg_status st = path ? tg_file_read(out, path, FILE_MAX, err) : tg_error_set(err, TG_NO_MEMORY, "%s", name);
	free(path);
	return st;
}

enum tg_status tg_identity_take_cas(const char *dir, const char *cert_name, const char *cas, struct tg_error *err)
{
	struct tg_buf cert = TG_BUF_INIT;
	const struct tg_bytes all = {(const uint8_t *)cas, strlen(cas)};
	enum tg_status st = tg_identity_read(dir, cert_name, &cert, err);
	if (st == TG_OK && tg_channel_issuer(all, (struct tg_bytes){cert.data, cert.len}) == TG_CHANNEL_ISSUER_NONE)
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "our certificate is of none of the channel CAs");
	if (st == TG_OK)
		st = tg_identity_write(dir, TG_ID_CHANNEL_CA, cas, err);
	tg_buf_finish(&cert);
	return st;
}

bool tg_identity_has(const char *dir, const char *name)
{
	char *path = tg_identity_path(dir, name);
	bool has = path && access(path, F_OK) == 0;
	free(path);
	return has;
}

enum tg_status tg_identity_settle(const char *dir, struct tg_error *err)
{
	if (!tg_identity_has(dir, TG_ID_CERT_NEXT))
		return TG_OK;
	if (tg_identity_has(dir, TG_ID_KEY_NEXT))
		TG_TRY(tg_identity_move(dir, TG_ID_KEY_NEXT, TG_ID_KEY, err));
	return tg_identity_move(dir, TG_ID_CERT_NEXT, TG_ID_CERT, err);
}
