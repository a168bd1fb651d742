/* Reading the folder. Links are not followed: what is checked and hashed is what stands in the folder itself. */
#include "files.h"

#include "tamga/buf.h"
#include "tamga/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
	struct screen_files *files;
	struct tg_arena *arena;
	struct tg_error *err;
};

static enum tg_status bad(const struct reading *r, const char *path, const char *what)
{
	return tg_error_at(r->err, TG_SCREEN_DATA, path, 1, 1, "%s", what);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n > m && strcmp(s + n - m, end) == 0;
}

static enum tg_status read_all(const struct reading *r, int fd, const char *path, uint8_t *bytes, size_t len)
{
	size_t have = 0;
	while (have < len) {
		ssize_t got = read(fd, bytes + have, len - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tg_error_set(r->err, TG_IO, "reading %s: %s", path, strerror(errno));
		if (got == 0)
			return tg_error_set(r->err, TG_IO, "%s became shorter while it was read", path);
		have += (size_t)got;
	}
	return TG_OK;
}

static enum tg_status read_file(const struct reading *r, int fd, const char *path, size_t len)
{
	struct screen_files *f = r->files;
	if (len > FILE_BYTES_MAX)
		return bad(r, path, "the file is larger than 128 KiB");
	if (f->n == FILES_MAX)
		return bad(r, path, "there are more than 256 files");
	if (f->bytes + len > FILES_BYTES_MAX)
		return bad(r, path, "the files together are larger than 4 MiB");
	uint8_t *bytes = tg_arena_get(r->arena, len + 1);
	const char *kept = tg_arena_text(r->arena, path, strlen(path));
	if (!bytes || !kept)
		return tg_error_set(r->err, TG_NO_MEMORY, "no memory for %s", path);
	TG_TRY(read_all(r, fd, path, bytes, len));
	f->list[f->n++] = (struct screen_file){.path = kept, .bytes = bytes, .len = len};
	f->bytes += len;
	return TG_OK;
}

static enum tg_status read_folder(const struct reading *r, int fd, const char *path, int depth);

// NOLINTBEGIN(misc-no-recursion): FILES_DEPTH_MAX deep at most
/* Takes over `fd`. */
static enum tg_status read_opened(const struct reading *r, int fd, const char *path, int depth)
{
	struct stat st;
	if (fstat(fd, &st) != 0) {
		int e = errno;
		close(fd);
		return tg_error_set(r->err, TG_IO, "%s: %s", path, strerror(e));
	}
	if (S_ISDIR(st.st_mode))
		return read_folder(r, fd, path, depth + 1);
	enum tg_status status = TG_OK;
	if (!S_ISREG(st.st_mode))
		status = bad(r, path, "this is neither a file nor a folder");
	else
		status = read_file(r, fd, path, (size_t)st.st_size);
	close(fd);
	return status;
}

static enum tg_status read_entry(const struct reading *r, int folder, const char *path, const char *name, int depth)
{
	char full[FILE_PATH_MAX + 1];
	int n = snprintf(full, sizeof(full), "%s%s%s", path, *path ? "/" : "", name);
	if (n < 0 || (size_t)n >= sizeof(full) || !tg_utf8_valid(full, (size_t)n))
		return bad(r, path, "a name in this folder is too long or not UTF-8");
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		return bad(r, full, "links are not followed here");
	if (fd < 0)
		return tg_error_set(r->err, TG_IO, "opening %s: %s", full, strerror(errno));
	return read_opened(r, fd, full, depth);
}

/* Takes over `fd`. */
static enum tg_status read_folder(const struct reading *r, int fd, const char *path, int depth)
{
	DIR *dir = depth <= FILES_DEPTH_MAX ? fdopendir(fd) : NULL;
	if (!dir) {
		int e = errno;
		close(fd);
		return depth > FILES_DEPTH_MAX ? bad(r, path, "folders are nested too deep")
		                               : tg_error_set(r->err, TG_IO, "%s: %s", path, strerror(e));
	}
	enum tg_status status = TG_OK;
	const struct dirent *e;
	while (status == TG_OK && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && !ends_with(e->d_name, ".md"))
			status = read_entry(r, dirfd(dir), path, e->d_name, depth);
	closedir(dir);
	return status;
}
// NOLINTEND(misc-no-recursion)

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct screen_file *)a)->path, ((const struct screen_file *)b)->path);
}

enum tg_status files_read(struct screen_files *f, struct tg_arena *a, const char *dir, struct tg_error *err)
{
	struct reading r = {f, a, err};
	f->n = 0;
	f->bytes = 0;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return tg_error_at(err, TG_SCREEN_DATA, dir, 0, 0, "the folder of the screens: %s", strerror(errno));
	TG_TRY(read_folder(&r, fd, "", 0));
	qsort(f->list, f->n, sizeof(f->list[0]), by_path);
	return TG_OK;
}

static void hash_input(const struct screen_file *f, struct tg_buf *out)
{
	size_t n = strlen(f->path);
	tg_buf_add_u16(out, (uint16_t)n);
	tg_buf_add(out, f->path, n);
	tg_buf_add_u32(out, (uint32_t)f->len);
	tg_buf_add(out, f->bytes, f->len);
}

enum tg_status files_hash(const struct screen_files *f, char out[65], struct tg_error *err)
{
	struct tg_buf all = TG_BUF_INIT;
	for (unsigned i = 0; i < f->n; i++)
		hash_input(&f->list[i], &all);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool ok = !all.failed && EVP_Digest(tg_buf_str(&all), all.len, digest, &len, EVP_sha256(), NULL) == 1;
	tg_buf_finish(&all);
	if (!ok || len != 32)
		return tg_error_set(err, TG_NO_MEMORY, "no memory to hash the screens");
	tg_hex(digest, len, out);
	return TG_OK;
}
