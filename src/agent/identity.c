/* Files of an identity directory. */
#include "agent.h"
#include "tamga/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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

/* The new name is on the disk only when its folder is. */
static bool move_file(const char *dir, const char *from, const char *to)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = renameat(fd, from, fd, to) == 0 && fsync(fd) == 0;
	int was = errno;
	close(fd);
	errno = was;
	return ok;
}

enum tg_status tg_identity_move(const char *dir, const char *from, const char *to, struct tg_error *err)
{
	return move_file(dir, from, to) ? TG_OK : tg_error_set(err, TG_IO, "%s/%s: %s", dir, from, strerror(errno));
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
	if (!tg_identity_has(dir, TG_ID_CERT_NEW))
		return TG_OK;
	if (tg_identity_has(dir, TG_ID_KEY_NEW))
		TG_TRY(tg_identity_move(dir, TG_ID_KEY_NEW, TG_ID_KEY, err));
	return tg_identity_move(dir, TG_ID_CERT_NEW, TG_ID_CERT, err);
}
