/* Which files a module sees (Landlock, decision 0152): libraries and settings to read; to write only where a token that
 * is made of files lives. Where the row of a vendor's module says more, more. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12: what the running kernel knows of it is asked. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#define FS_FIRST      ((1ULL << 13) - 1) /* all rights of the first version */
#define NET_BIND_TCP  (1ULL << 0)
#define NET_CONNECT   (1ULL << 1)
#define SCOPE_SOCKETS (1ULL << 0) /* abstract names of sockets */
#define SCOPE_SIGNALS (1ULL << 1)

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define WRITE                                                                                                          \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_REMOVE_FILE |         \
	        LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR)
#define OF_FILES                                                                                                       \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                   \
	        LANDLOCK_ACCESS_FS_TRUNCATE)

/* As the kernel reads it; versions that know less take it when the rest is zero. */
struct rights {
	uint64_t fs, net, scoped;
};

/* The set that is being put together. */
struct files {
	int set;
	uint64_t known; /* rights that this kernel knows */
	bool failed;
};

static struct rights all_rights(int version)
{
	struct rights r = {.fs = FS_FIRST};
	if (version >= 2)
		r.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		r.fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (version >= 4)
		r.net = NET_BIND_TCP | NET_CONNECT;
	if (version >= 5)
		r.fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	if (version >= 6)
		r.scoped = SCOPE_SOCKETS | SCOPE_SIGNALS;
	return r;
}

/* A path that is not there needs no right. */
static void allow(struct files *f, const char *path, uint64_t rights)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rights &= OF_FILES;
		const struct landlock_path_beneath_attr rule = {.allowed_access = rights & f->known, .parent_fd = fd};
		f->failed |= syscall(SYS_landlock_add_rule, f->set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0;
	}
	close(fd);
}

/* The folder of a library holds what it brings along. Not one that everybody writes to. */
static void allow_folder_of(struct files *f, const char *path)
{
	char folder[PATH_MAX];
	struct stat st;
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path || !tg_copy(folder, sizeof folder, path))
		return;
	folder[slash - path] = 0;
	if (stat(folder, &st) == 0 && !(st.st_mode & S_IWOTH))
		allow(f, folder, READ);
}

static void allow_module(struct files *f, const char *path)
{
	char *target = realpath(path, NULL);
	allow(f, path, READ);
	allow_folder_of(f, path);
	if (target)
		allow_folder_of(f, target);
	free(target);
}

/* The folder of SoftHSM's tokens, as its configuration names it. */
static void allow_softhsm(struct files *f)
{
	char line[PATH_MAX + 64], folder[PATH_MAX];
	const char *told = getenv("SOFTHSM2_CONF"), *path = told ? told : "/etc/softhsm/softhsm2.conf";
	FILE *conf = fopen(path, "re");
	allow(f, path, READ);
	(void)tg_copy(folder, sizeof folder, "/var/lib/softhsm/tokens");
	while (conf && fgets(line, sizeof line, conf)) {
		char *equals = strchr(line, '=');
		if (strncmp(line, "directories.tokendir", 20) != 0 || !equals)
			continue;
		char *value = equals + 1 + strspn(equals + 1, " \t");
		for (size_t n = strlen(value); n && strchr(" \t\r\n", value[n - 1]); n--)
			value[n - 1] = 0;
		(void)tg_copy(folder, sizeof folder, value);
	}
	if (conf)
		fclose(conf);
	allow(f, folder, WRITE);
}

static void allow_row(struct files *f, const struct tg_child *c, const struct tg_carrier *row)
{
	const char *path = tg_child_module_path(c, row);
	if (!path)
		return;
	allow_module(f, path);
	if (strstr(path, "softhsm"))
		allow_softhsm(f);
	if (row->reads)
		allow(f, row->reads, READ);
	if (row->writes)
		allow(f, row->writes, WRITE);
	struct tg_buf conf = TG_BUF_INIT;
	const char *slash = strrchr(c->carriers_path, '/');
	int folder = slash ? (int)(slash - c->carriers_path + 1) : 0;
	tg_buf_addf(&conf, "%.*sopensc-%s.conf", folder, c->carriers_path, row->dialect);
	allow(f, tg_buf_str(&conf), READ);
	tg_buf_reset(&conf);
	tg_buf_addf(&conf, "%.*sopensc.conf", folder, c->carriers_path);
	allow(f, tg_buf_str(&conf), READ);
	f->failed |= tg_buf_status(&conf) != TG_OK;
	tg_buf_finish(&conf);
}

static void allow_all(struct files *f, const struct tg_child *c)
{
	static const char *const readable[] = {
	        "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
	        "/etc/ssl/openssl.cnf", "/etc/opensc", "/usr/share/opensc", "/etc/localtime", "/usr/share/zoneinfo",
	        "/dev/urandom", "/dev/random", "/sys/devices/system/cpu",
#ifdef __SANITIZE_ADDRESS__
	        "/proc/self", /* a test build looks up its own stack */
#endif
	};
	const char *opensc = getenv("OPENSC_CONF"), *stand_in = getenv("TAMGA_TEST_GOST_DIR");
	for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++)
		allow(f, readable[i], READ);
	allow(f, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
	if (opensc)
		allow(f, opensc, READ);
	if (stand_in)
		allow(f, stand_in, WRITE);
	for (unsigned i = 0; i < c->carriers->n; i++)
		allow_row(f, c, &c->carriers->list[i]);
}

bool tg_child_refuse_files(const struct tg_child *c, int *version)
{
	*version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (*version < 1) {
		*version = 0;
		return errno == ENOSYS || errno == EOPNOTSUPP; /* a kernel without it, or where it is switched off */
	}
	const struct rights all = all_rights(*version);
	struct files f = {.known = all.fs};
	f.set = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (f.set < 0)
		return false;
	allow_all(&f, c);
	bool ok = !f.failed && syscall(SYS_landlock_restrict_self, f.set, 0) == 0;
	close(f.set);
	return ok;
}
