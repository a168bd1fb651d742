/* What the centre's machine keeps beside itself: the replica and the office's database, copied while the centre works,
 * and put back when the disk is lost (src/decisions/0221). */
#include "ctl.h"

#include "tamga/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* In this order: an office that knows of more than its replica repeats no notice; one that knows of less would. */
static const char *const databases[] = {"centre.db", "office.db"};
#define DATABASES (sizeof(databases) / sizeof(databases[0]))

#define PATH_MAX_HERE 700

static bool path_of(char out[PATH_MAX_HERE], const char *dir, const char *name)
{
	if (snprintf(out, PATH_MAX_HERE, "%s/%s", dir, name) < PATH_MAX_HERE)
		return true;
	fprintf(stderr, "tamgactl: the path is too long: %s\n", dir);
	return false;
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Copies one database; one that was never made is left out. */
static enum ctl_exit copy_one(const char *from, const char *to, const char *name)
{
	char source[PATH_MAX_HERE], target[PATH_MAX_HERE];
	struct tg_error err = {0};
	if (!path_of(source, from, name) || !path_of(target, to, name))
		return CTL_TROUBLE;
	if (!is_there(source))
		return CTL_YES;
	enum tg_status st = tg_store_copy(source, target, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	printf("%s\n", target);
	return CTL_YES;
}

static enum ctl_exit copy_all(const char *from, const char *to)
{
	char replica[PATH_MAX_HERE];
	if (!path_of(replica, from, databases[0]))
		return CTL_TROUBLE;
	if (!is_there(replica)) {
		fprintf(stderr, "tamgactl: no centre.db in %s\n", from);
		return CTL_TROUBLE;
	}
	for (size_t i = 0; i < DATABASES; i++)
		if (copy_one(from, to, databases[i]) != CTL_YES)
			return CTL_TROUBLE;
	return path_of(replica, to, databases[0]) ? ctl_verify_file(replica) : CTL_TROUBLE;
}

static bool refuse(const char *path)
{
	fprintf(stderr, "tamgactl: %s: %s\n", path, strerror(errno));
	return false;
}

/* Under another name until it is whole: what was cut off is never taken for a backup. */
enum ctl_exit ctl_backup(const struct ctl_args *args)
{
	const char *data = NULL, *out = NULL;
	char unfinished[PATH_MAX_HERE];
	const struct ctl_option options[] = {{"--data", &data, NULL}, {"--out", &out, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!data || !out) {
		fputs("tamgactl: --data DIR, the centre's directory, and --out DIR, a new one, are needed\n", stderr);
		return CTL_TROUBLE;
	}
	if (snprintf(unfinished, sizeof(unfinished), "%s.unfinished", out) >= (int)sizeof(unfinished) ||
	        is_there(out)) {
		fprintf(stderr, "tamgactl: %s is there already\n", out);
		return CTL_TROUBLE;
	}
	if (mkdir(unfinished, 0700) != 0 && !refuse(unfinished))
		return CTL_TROUBLE;
	enum ctl_exit code = copy_all(data, unfinished);
	if (code == CTL_YES && rename(unfinished, out) != 0 && !refuse(out))
		return CTL_TROUBLE;
	return code;
}

/* As the centre itself does: two never work on one directory. The lock ends with this program. */
static bool centre_stands_still(const char *data)
{
	char path[PATH_MAX_HERE];
	if (!path_of(path, data, "lock"))
		return false;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	fprintf(stderr, "tamgactl: a centre runs on %s\n", data);
	(void)close(fd);
	return false;
}

/* A database that survived is newer than the backup and stays. A stray log of a lost one would be mixed into the copy.
 */
static enum ctl_exit put_back(const char *from, const char *data, const char *name)
{
	char path[PATH_MAX_HERE], log[PATH_MAX_HERE + 4];
	if (!path_of(path, data, name))
		return CTL_TROUBLE;
	if (is_there(path)) {
		printf("%s stays as it is\n", path);
		return CTL_YES;
	}
	(void)snprintf(log, sizeof(log), "%s-wal", path);
	if (is_there(log)) {
		fprintf(stderr, "tamgactl: %s belongs to a database that is gone: move it away\n", log);
		return CTL_TROUBLE;
	}
	return copy_one(from, data, name);
}

enum ctl_exit ctl_restore(const struct ctl_args *args)
{
	const char *data = NULL, *from = NULL;
	char replica[PATH_MAX_HERE];
	const struct ctl_option options[] = {{"--data", &data, NULL}, {"--from", &from, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!data || !from) {
		fputs("tamgactl: --data DIR, the centre's directory, and --from DIR, a backup, are needed\n", stderr);
		return CTL_TROUBLE;
	}
	if (!path_of(replica, from, databases[0]) || !centre_stands_still(data))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_verify_file(replica);
	for (size_t i = 0; code == CTL_YES && i < DATABASES; i++)
		code = put_back(from, data, databases[i]);
	return code;
}
