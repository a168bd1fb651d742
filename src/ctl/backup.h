/* A backup of the centre is a directory: copies of files, and MANIFEST, which is written last (src/decisions/0228). */
#ifndef TG_CTL_BACKUP_H
#define TG_CTL_BACKUP_H

#include "ctl.h"

bool ctl_is_there(const char *path);
/* Says why; false. */
bool ctl_refuse(const char *path);

/* One file of the list. */
struct ctl_file {
	char sha256[65];
	int64_t size;
	char name[256]; /* in the directory, with folders */
};
struct ctl_manifest {
	char time[32];
	struct ctl_file *files;
	size_t n;
};
/* Reads the list and holds every file against it. Says what is wrong. */
bool ctl_manifest_check(struct ctl_manifest *m, const char *dir);
/* Reads it only; one that is not there is empty. */
bool ctl_manifest_read(struct ctl_manifest *m, const char *dir);
const struct ctl_file *ctl_manifest_find(const struct ctl_manifest *m, const char *name);
/* Adds a file that is there already. */
bool ctl_manifest_add(struct ctl_manifest *m, const char *dir, const char *name);
bool ctl_manifest_write(const struct ctl_manifest *m, const char *dir);
void ctl_manifest_free(struct ctl_manifest *m);

bool ctl_file_digest(const char *path, char sha256[65], int64_t *size);
/* Byte for byte, with its mode, on the disk when it returns; `to` must not exist. */
bool ctl_file_copy(const char *from, const char *to);
/* Folders on the way to `name`, 0700. */
bool ctl_make_folders(const char *dir, const char *name);
bool ctl_sync_dir(const char *path);
/* Takes the centre's lock until the program ends; says that a centre runs there. */
bool ctl_centre_stands_still(const char *data);

#endif
