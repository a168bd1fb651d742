/* Removable media (NCA-9.dom). Mounting is the system's own business: udisks2 does it, for reading only unless a
 * certificate is to be written, and never so that anything on it could be run. What is read are small files of certain
 * names, no links, not deep; foreign bytes throughout. All of it blocks: on a worker. */
#ifndef KIOSK_MEDIA_H
#define KIOSK_MEDIA_H

#include "tamga/buf.h"
#include "tamga/medium.h"

/* Where media come from. A port of two functions, so that tests have a driver of their own. */
struct kiosk_medium;
struct kiosk_media {
	/* TG_MEDIUM_NONE: there is none, or there are several. TG_MEDIUM_READ: it cannot be mounted; TG_MEDIUM_WRITE:
	 * not for writing. */
	enum tg_status (*open)(const struct kiosk_media *m, bool write, struct kiosk_medium *out, struct tg_error *err);
	void (*close)(const struct kiosk_media *m, struct kiosk_medium *medium);
	char directory[300]; /* of the driver "dir:": each folder in it is a medium */
	char helper[300];    /* udisksctl */
	char sys[300];       /* "/sys" */
};
struct kiosk_medium {
	char volume[80]; /* "/dev/sdb1" */
	char path[400];  /* where it is mounted */
};

/* `setting`: "udisks", or "dir:/path"; `helper` and `sys` NULL: /usr/bin/udisksctl and /sys. TG_CONFIG. */
enum tg_status kiosk_media_init(struct kiosk_media *m, const char *setting, const char *helper, const char *sys,
        struct tg_error *err) TG_MUST_USE;

#define KIOSK_MEDIUM_PATH 200
struct kiosk_medium_list {
	char paths[TG_MEDIUM_FILES_MAX][KIOSK_MEDIUM_PATH]; /* below the root, in order */
	unsigned n;
	bool more;
};
/* Regular files named *.csr *.p10 *.pem *.req *.txt, at most two folders deep; links are not followed. */
enum tg_status kiosk_medium_scan(const char *root, struct kiosk_medium_list *out, struct tg_error *err) TG_MUST_USE;
/* TG_MEDIUM_READ: gone, a link, longer than TG_MEDIUM_FILE_MAX. */
enum tg_status kiosk_medium_read(
        const char *root, const char *path, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* A new file in the root: nothing that lies there is touched. A file of this name with the same bytes is taken for
 * ours. On the medium when it returns. `name` gets the file's name. TG_MEDIUM_WRITE. */
enum tg_status kiosk_medium_write(const char *root, const char *base, const char *suffix, struct tg_bytes bytes,
        char name[80], struct tg_error *err) TG_MUST_USE;

#endif
