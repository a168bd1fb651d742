#include "media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HELPER     "/usr/bin/udisksctl"
#define HELPER_MS  15000
#define HELPER_OUT 600

/* ---- the driver of tests and demonstrations: a folder whose folders are the media ---- */

static bool is_plain_name(const char *name)
{
	return name[0] != '.' && !strchr(name, '/');
}

static enum tg_status dir_open(const struct kiosk_media *m, bool write, struct kiosk_medium *out, struct tg_error *err)
{
	unsigned n = 0;
	DIR *dir = opendir(m->directory);
	(void)write;
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		struct stat st;
		if (!is_plain_name(e->d_name) || fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		        !S_ISDIR(st.st_mode))
			continue;
		n++;
		snprintf(out->volume, sizeof out->volume, "%.79s", e->d_name);
		int len = snprintf(out->path, sizeof out->path, "%s/%s", m->directory, e->d_name);
		if (len < 0 || (size_t)len >= sizeof out->path)
			n = 2;
	}
	if (dir)
		closedir(dir);
	return n == 1 ? TG_OK : tg_error_set(err, TG_MEDIUM_NONE, "%u media", n);
}

static void dir_close(const struct kiosk_media *m, struct kiosk_medium *medium)
{
	(void)m;
	(void)medium;
}

/* ---- udisks2 ---- */

static bool read_number(const char *path, long long *out)
{
	char text[32];
	FILE *f = fopen(path, "re");
	bool good = f && fgets(text, sizeof text, f);
	if (f)
		fclose(f);
	*out = good ? strtoll(text, NULL, 10) : 0;
	return good;
}

/* Volumes of removable disks: their partitions, or the disk itself when it has none. */
struct search {
	const struct kiosk_media *m;
	char volume[80];
	unsigned n;
};

static void found(struct search *s, const char *device)
{
	if (strspn(device, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(device))
		return;
	s->n++;
	snprintf(s->volume, sizeof s->volume, "/dev/%.70s", device);
}

static unsigned find_partitions(struct search *s, const char *disk)
{
	char path[700];
	unsigned n = 0;
	long long number;
	snprintf(path, sizeof path, "%s/block/%s", s->m->sys, disk);
	DIR *dir = opendir(path);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		if (!is_plain_name(e->d_name))
			continue;
		snprintf(path, sizeof path, "%s/block/%.80s/%.80s/partition", s->m->sys, disk, e->d_name);
		if (!read_number(path, &number) || number <= 0)
			continue;
		found(s, e->d_name);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void look_at_disk(struct search *s, const char *disk)
{
	char path[700];
	long long removable, blocks;
	snprintf(path, sizeof path, "%s/block/%.80s/removable", s->m->sys, disk);
	if (!read_number(path, &removable) || removable != 1)
		return;
	snprintf(path, sizeof path, "%s/block/%.80s/size", s->m->sys, disk);
	if (!read_number(path, &blocks) || blocks <= 0)
		return; /* a card reader without a card */
	if (!find_partitions(s, disk))
		found(s, disk);
}

static enum tg_status find_volume(const struct kiosk_media *m, char volume[80], struct tg_error *err)
{
	struct search s = {.m = m};
	char path[400];
	snprintf(path, sizeof path, "%s/block", m->sys);
	DIR *dir = opendir(path);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
		if (is_plain_name(e->d_name))
			look_at_disk(&s, e->d_name);
	if (dir)
		closedir(dir);
	tg_copy(volume, 80, s.volume);
	return s.n == 1 ? TG_OK : tg_error_set(err, TG_MEDIUM_NONE, "%u volumes on removable disks", s.n);
}

static int start_helper(const char *program, char *const *argv, int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return rc;
	rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(&files, 3);
	if (!rc)
		rc = posix_spawn(pid, program, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static int64_t mono_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the helper closes its end; false when it is silent for too long. */
static bool listen_to(int fd, char out[HELPER_OUT])
{
	size_t used = 0;
	int64_t until = mono_ms() + HELPER_MS;
	for (;;) {
		int64_t left = until - mono_ms();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return false;
		char part[128];
		ssize_t n = p.revents ? read(fd, part, sizeof part) : 1;
		if (n <= 0)
			return n == 0;
		for (ssize_t i = 0; p.revents && i < n && used + 1 < HELPER_OUT; i++)
			out[used++] = part[i];
		out[used] = '\0';
	}
}

/* What the helper wrote; its words are never shown to a person. */
static bool run_helper(const struct kiosk_media *m, char *const *argv, char out[HELPER_OUT])
{
	int ends[2], status = -1;
	pid_t pid;
	out[0] = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return false;
	int rc = start_helper(m->helper, argv, ends[1], &pid);
	close(ends[1]);
	bool heard = !rc && listen_to(ends[0], out);
	close(ends[0]);
	if (rc)
		return false;
	if (!heard)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return heard && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void unmount(const struct kiosk_media *m, char *volume)
{
	char a[] = "udisksctl", b[] = "unmount", c[] = "--no-user-interaction", d[] = "-b", out[HELPER_OUT];
	char *argv[] = {a, b, c, d, volume, NULL};
	(void)run_helper(m, argv, out);
}

/* "Mounted /dev/sdb1 at /run/media/tamga/KEY" (older ones with a full stop). */
static bool mounted_at(const char *said, char path[400])
{
	const char *at = strstr(said, " at /");
	if (!at)
		return false;
	size_t n = strcspn(at + 4, "\n");
	while (n > 1 && (at[4 + n - 1] == '.' || at[4 + n - 1] == ' '))
		n--;
	int len = snprintf(path, 400, "%.*s", (int)n, at + 4);
	return len > 1 && len < 400;
}

/* What the helper was asked for is looked at, not believed. */
static bool is_harmless(const char *path, bool write)
{
	struct statvfs fs;
	const unsigned long want = ST_NOSUID | ST_NODEV | ST_NOEXEC;
	return !statvfs(path, &fs) && (fs.f_flag & want) == want && (write || (fs.f_flag & ST_RDONLY));
}

static enum tg_status udisks_open(
        const struct kiosk_media *m, bool write, struct kiosk_medium *out, struct tg_error *err)
{
	char a[] = "udisksctl", b[] = "mount", c[] = "--no-user-interaction", d[] = "-b", e[] = "-o", said[HELPER_OUT];
	char ro[] = "ro,nosuid,nodev,noexec", rw[] = "rw,nosuid,nodev,noexec";
	const enum tg_status why = write ? TG_MEDIUM_WRITE : TG_MEDIUM_READ;
	TG_TRY(find_volume(m, out->volume, err));
	char *argv[] = {a, b, c, d, out->volume, e, write ? rw : ro, NULL};
	unmount(m, out->volume); /* who mounted it before us did it otherwise */
	if (!run_helper(m, argv, said) || !mounted_at(said, out->path))
		return tg_error_set(err, why, "%s was not mounted", out->volume);
	if (is_harmless(out->path, write))
		return TG_OK;
	unmount(m, out->volume);
	return tg_error_set(err, why, "%s is mounted otherwise than asked for", out->volume);
}

static void udisks_close(const struct kiosk_media *m, struct kiosk_medium *medium)
{
	unmount(m, medium->volume);
}

enum tg_status kiosk_media_init(
        struct kiosk_media *m, const char *setting, const char *helper, const char *sys, struct tg_error *err)
{
	*m = (struct kiosk_media){.open = udisks_open, .close = udisks_close};
	bool fits = tg_copy(m->helper, sizeof m->helper, helper ? helper : HELPER) &&
	            tg_copy(m->sys, sizeof m->sys, sys ? sys : "/sys");
	if (fits && !strcmp(setting, "udisks"))
		return TG_OK;
	if (!fits || strncmp(setting, "dir:/", 5) != 0 || !tg_copy(m->directory, sizeof m->directory, setting + 4))
		return tg_error_set(err, TG_CONFIG, "media: \"udisks\", or \"dir:\" and a path: '%s'", setting);
	m->open = dir_open;
	m->close = dir_close;
	return TG_OK;
}
