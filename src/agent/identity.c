/* Files of an identity directory. */
#include "agent.h"
#include "tamga/file.h"

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
