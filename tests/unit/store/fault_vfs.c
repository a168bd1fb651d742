#include "fault_vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sqlite3_vfs *base;
static enum fault_mode mode;
static long countdown;
static bool forever, met;

/* A write that no sync has followed yet, with what stood there before. */
struct unsynced {
	char path[300];
	sqlite3_int64 offset, size_before;
	int len;
	uint8_t *old;
	int old_len;
	struct unsynced *older;
};
static struct unsynced *unsynced;

struct shim {
	sqlite3_file file;
	char path[300];
	sqlite3_file *real; /* behind the struct */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct shim *)(void *)f)->real;
}

static bool strikes(void)
{
	if (mode == FAULT_NONE)
		return false;
	if (met)
		return forever || mode == FAULT_POWER;
	if (--countdown > 0)
		return false;
	met = true;
	return true;
}

static int code(int io_code)
{
	return mode == FAULT_FULL ? SQLITE_FULL : io_code;
}

static void forget(struct unsynced *u)
{
	free(u->old);
	free(u);
}

static void forget_synced(const char *path)
{
	for (struct unsynced **at = &unsynced; *at;) {
		struct unsynced *u = *at;
		if (strcmp(u->path, path) != 0) {
			at = &u->older;
			continue;
		}
		*at = u->older;
		forget(u);
	}
}

static void remember(sqlite3_file *f, const char *path, int len, sqlite3_int64 offset)
{
	struct unsynced *u = calloc(1, sizeof(*u));
	if (!u || !(u->old = calloc(1, (size_t)len)))
		abort();
	memcpy(u->path, path, sizeof(u->path));
	u->offset = offset;
	u->len = len;
	if (f->pMethods->xFileSize(f, &u->size_before) != SQLITE_OK)
		abort();
	sqlite3_int64 there = u->size_before - offset;
	u->old_len = there <= 0 ? 0 : there < len ? (int)there : len;
	if (u->old_len > 0 && f->pMethods->xRead(f, u->old, u->old_len, offset) != SQLITE_OK)
		abort();
	u->older = unsynced;
	unsynced = u;
}

static int f_close(sqlite3_file *f)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xClose(r);
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xRead(r, p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *r = real_of(f);
	if (strikes()) {
		if (mode != FAULT_POWER && n > 1)
			(void)r->pMethods->xWrite(r, p, n / 2, at);
		return code(SQLITE_IOERR_WRITE);
	}
	if (mode == FAULT_POWER)
		remember(r, ((struct shim *)(void *)f)->path, n, at);
	return r->pMethods->xWrite(r, p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	sqlite3_file *r = real_of(f);
	return strikes() ? code(SQLITE_IOERR_TRUNCATE) : r->pMethods->xTruncate(r, n);
}

static int f_sync(sqlite3_file *f, int flags)
{
	sqlite3_file *r = real_of(f);
	if (strikes())
		return code(SQLITE_IOERR_FSYNC);
	forget_synced(((struct shim *)(void *)f)->path);
	return r->pMethods->xSync(r, flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *n)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xFileSize(r, n);
}

static int f_lock(sqlite3_file *f, int level)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xLock(r, level);
}

static int f_unlock(sqlite3_file *f, int level)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xUnlock(r, level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xCheckReservedLock(r, out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xFileControl(r, op, arg);
}

static int f_sector(sqlite3_file *f)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xSectorSize(r);
}

static int f_traits(sqlite3_file *f)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xDeviceCharacteristics(r);
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xShmMap(r, page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xShmLock(r, offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	sqlite3_file *r = real_of(f);
	r->pMethods->xShmBarrier(r);
}

static int f_shm_unmap(sqlite3_file *f, int delete_flag)
{
	sqlite3_file *r = real_of(f);
	return r->pMethods->xShmUnmap(r, delete_flag);
}

static const sqlite3_io_methods methods = {2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock,
        f_reserved, f_control, f_sector, f_traits, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL};

static int v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	(void)vfs;
	struct shim *s = (struct shim *)(void *)f;
	s->real = (sqlite3_file *)(void *)(s + 1);
	(void)snprintf(s->path, sizeof(s->path), "%s", name ? name : "");
	int rc = base->xOpen(base, name, s->real, flags, out_flags);
	f->pMethods = s->real->pMethods ? &methods : NULL;
	return rc;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	return strikes() ? code(SQLITE_IOERR_DELETE) : base->xDelete(base, name, sync_dir);
}

void fault_register(void)
{
	static sqlite3_vfs vfs;
	base = sqlite3_vfs_find(NULL);
	vfs = *base;
	vfs.zName = "fault";
	vfs.szOsFile = (int)sizeof(struct shim) + base->szOsFile;
	vfs.xOpen = v_open;
	vfs.xDelete = v_delete;
	if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		abort();
}

void fault_arm(enum fault_mode m, long at, bool for_ever)
{
	mode = m;
	countdown = at;
	forever = for_ever;
	met = false;
}

bool fault_disarm(void)
{
	mode = FAULT_NONE;
	return met;
}

static void take_back(const struct unsynced *u)
{
	int fd = open(u->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Bytes that the file did not have before are lost as zeros, as after an extended but unwritten block. */
	static const uint8_t zeros[1 << 16];
	if (u->old_len > 0 && pwrite(fd, u->old, (size_t)u->old_len, u->offset) != u->old_len)
		abort();
	int rest = u->len - u->old_len;
	if (rest > 0 && pwrite(fd, zeros, (size_t)rest, u->offset + u->old_len) != rest)
		abort();
	close(fd);
}

void fault_lose_unsynced(uint64_t seed)
{
	while (unsynced) {
		struct unsynced *u = unsynced;
		unsynced = u->older;
		seed = seed * UINT64_C(6364136223846793005) + 1;
		if ((seed >> 40) & 1)
			take_back(u);
		forget(u);
	}
}
