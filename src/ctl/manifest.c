#include "backup.h"

#include "tamga/file.h"
#include "tamga/record.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST     "MANIFEST"
#define FIRST_WORD   "tamga-backup-1"
#define MANIFEST_MAX (16u * 1024u * 1024u)
#define PART         (1u << 20)

bool ctl_path(char out[CTL_PATH], const char *dir, const char *name)
{
	if (snprintf(out, CTL_PATH, "%s/%s", dir, name) < CTL_PATH)
		return true;
	fprintf(stderr, "tamgactl: the path is too long: %s\n", dir);
	return false;
}

bool ctl_is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

bool ctl_refuse(const char *path)
{
	fprintf(stderr, "tamgactl: %s: %s\n", path, strerror(errno));
	return false;
}

/* --- Files */

static bool digest(EVP_MD_CTX *c, int fd, uint8_t hash[TG_HASH_LEN], int64_t *size)
{
	static uint8_t part[PART];
	ssize_t n;
	*size = 0;
	if (EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
		return false;
	while ((n = read(fd, part, sizeof(part))) > 0) {
		*size += n;
		if (EVP_DigestUpdate(c, part, (size_t)n) != 1)
			return false;
	}
	return n == 0 && EVP_DigestFinal_ex(c, hash, NULL) == 1;
}

bool ctl_file_digest(const char *path, char sha256[65], int64_t *size)
{
	uint8_t hash[TG_HASH_LEN];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = fd >= 0 && c && digest(c, fd, hash, size);
	if (!ok)
		(void)ctl_refuse(path);
	else
		tg_hex(hash, TG_HASH_LEN, sha256);
	EVP_MD_CTX_free(c);
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);
		if (put < 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

static bool copy_bytes(int from, int to)
{
	static uint8_t part[PART];
	ssize_t n;
	while ((n = read(from, part, sizeof(part))) > 0)
		if (!write_all(to, part, (size_t)n))
			return false;
	return n == 0 && fsync(to) == 0;
}

bool ctl_file_copy(const char *from, const char *to)
{
	struct stat st;
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (in < 0 || fstat(in, &st) != 0)
		return ctl_refuse(from);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok = out >= 0 && copy_bytes(in, out) && fchmod(out, st.st_mode & 0700) == 0;
	if (!ok)
		(void)ctl_refuse(to);
	(void)close(in);
	if (out >= 0 && close(out) != 0)
		ok = false;
	if (!ok && out >= 0)
		(void)unlink(to);
	return ok;
}

bool ctl_make_folders(const char *dir, const char *name)
{
	char path[CTL_PATH];
	if (!ctl_path(path, dir, name))
		return false;
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return ctl_refuse(path);
		*p = '/';
	}
	return true;
}

bool ctl_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (!ok)
		(void)ctl_refuse(path);
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* --- The list */

static struct ctl_file *more(struct ctl_manifest *m)
{
	struct ctl_file *p = reallocarray(m->files, m->n + 1, sizeof(*p));
	if (!p)
		return NULL;
	m->files = p;
	p[m->n] = (struct ctl_file){0};
	return &p[m->n++];
}

bool ctl_manifest_add(struct ctl_manifest *m, const char *dir, const char *name)
{
	char path[CTL_PATH];
	struct ctl_file *f = ctl_path(path, dir, name) ? more(m) : NULL;
	return f && tg_copy(f->name, sizeof(f->name), name) && ctl_file_digest(path, f->sha256, &f->size);
}

const struct ctl_file *ctl_manifest_find(const struct ctl_manifest *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->files[i].name, name) == 0)
			return &m->files[i];
	return NULL;
}

bool ctl_manifest_write(const struct ctl_manifest *m, const char *dir)
{
	char path[CTL_PATH];
	struct tg_buf text = TG_BUF_INIT;
	struct tg_error err = {0};
	tg_buf_addf(&text, FIRST_WORD " %s\n", m->time);
	for (size_t i = 0; i < m->n; i++)
		tg_buf_addf(&text, "%s %lld %s\n", m->files[i].sha256, (long long)m->files[i].size, m->files[i].name);
	tg_buf_addf(&text, "end %zu\n", m->n);
	bool ok = tg_buf_status(&text) == TG_OK && ctl_path(path, dir, MANIFEST) &&
	          tg_file_write(path, text.data, text.len, 0600, &err) == TG_OK;
	if (!ok)
		fprintf(stderr, "tamgactl: %s\n", err.detail);
	tg_buf_finish(&text);
	return ok;
}

/* Names lead nowhere but into the directory. */
static bool is_inside(const char *name)
{
	return name[0] != '/' && name[0] != '\0' && !strstr(name, "..");
}

static bool read_line(struct ctl_manifest *m, char *line)
{
	char *end = NULL, *size = strchr(line, ' ');
	if (!size || size - line != 64)
		return false;
	*size++ = '\0';
	long long bytes = strtoll(size, &end, 10);
	struct ctl_file *f = end && *end == ' ' && bytes >= 0 && is_inside(end + 1) ? more(m) : NULL;
	if (!f)
		return false;
	f->size = bytes;
	return tg_copy(f->sha256, sizeof(f->sha256), line) && tg_copy(f->name, sizeof(f->name), end + 1);
}

static bool read_lines(struct ctl_manifest *m, char *text)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save), last[32];
	if (!line || strncmp(line, FIRST_WORD " ", sizeof(FIRST_WORD)) != 0 ||
	        !tg_copy(m->time, sizeof(m->time), line + sizeof(FIRST_WORD)))
		return false;
	while ((line = strtok_r(NULL, "\n", &save)) && strncmp(line, "end ", 4) != 0)
		if (!read_line(m, line))
			return false;
	(void)snprintf(last, sizeof(last), "end %zu", m->n);
	return line && strcmp(line, last) == 0;
}

bool ctl_manifest_read(struct ctl_manifest *m, const char *dir)
{
	char path[CTL_PATH];
	struct tg_buf text = TG_BUF_INIT;
	struct tg_error err = {0};
	*m = (struct ctl_manifest){0};
	if (!ctl_path(path, dir, MANIFEST))
		return false;
	enum tg_status st = tg_file_read(&text, path, MANIFEST_MAX, &err);
	tg_buf_add_u8(&text, 0);
	bool ok = st == TG_OK && tg_buf_status(&text) == TG_OK && read_lines(m, (char *)text.data);
	if (!ok)
		fprintf(stderr,
		        st == TG_NOT_FOUND ? "tamgactl: %s: not there: no backup, or an unfinished one\n"
		                           : "tamgactl: %s: damaged\n",
		        path);
	tg_buf_finish(&text);
	return ok;
}

bool ctl_manifest_check(struct ctl_manifest *m, const char *dir)
{
	if (!ctl_manifest_read(m, dir))
		return false;
	for (size_t i = 0; i < m->n; i++) {
		const struct ctl_file *f = &m->files[i];
		char path[CTL_PATH], sha256[65];
		int64_t size = 0;
		if (!ctl_path(path, dir, f->name) || !ctl_file_digest(path, sha256, &size))
			return false;
		if (size != f->size || strcmp(sha256, f->sha256) != 0) {
			printf("broken: %s is not what was backed up\n", path);
			return false;
		}
	}
	return true;
}

void ctl_manifest_free(struct ctl_manifest *m)
{
	free(m->files);
	*m = (struct ctl_manifest){0};
}
