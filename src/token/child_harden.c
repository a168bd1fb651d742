/* What the child gives up for its whole life: descriptors, core dumps, size, and that its memory may go to swap. */
#include "child.h"
#include "tamga/confine.h"

#include <limits.h>
#include <linux/capability.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A module may want a few files, sockets and devices; not more. SoftHSM writes its objects as files. */
#define OPEN_FILES 64
#define FILE_BYTES (16u * 1024u * 1024u)
#define HEAP_BYTES (1024 * 1024) /* locked ahead where not all can be locked */
#ifdef __SANITIZE_ADDRESS__
#define DATA_BYTES RLIM_INFINITY /* the shadow of a test build counts */
#else
#define DATA_BYTES (256u * 1024u * 1024u) /* of a card that promises a certificate of two gigabytes */
#endif

/* What was locked stays in use. */
static bool keep_heap(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true; /* a test build has a heap of its own, which is not to be tuned */
#else
	return mallopt(M_TRIM_THRESHOLD, INT_MAX) && mallopt(M_MMAP_THRESHOLD, 2 * HEAP_BYTES);
#endif
}

/* Stack, data and a heap that is grown ahead: where PINs pass. Within the 8 MiB that Debian lets everybody lock. */
static bool lock_what_is_written(void)
{
	char line[512], mode[8];
	unsigned long from, to;
	unsigned locked = 0;
	if (!keep_heap())
		return false;
	volatile char *ahead = malloc(HEAP_BYTES);
	if (!ahead)
		return false;
	ahead[0] = 0; /* or the compiler leaves both calls out */
	free((void *)(uintptr_t)ahead);
	FILE *maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && strcmp(mode, "rw-p") == 0)
			locked += mlock2((void *)from, to - from, MLOCK_ONFAULT) ==
			          0; // NOLINT(performance-no-int-to-ptr)
	if (maps)
		fclose(maps);
	return locked > 0;
}

static bool may_lock_all(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	struct rlimit r = {0};
	if (syscall(SYS_capget, &header, data) == 0 && data[0].effective & 1u << CAP_IPC_LOCK)
		return true;
	return getrlimit(RLIMIT_MEMLOCK, &r) == 0 && r.rlim_cur == RLIM_INFINITY;
}

/* Everything, also what comes later; under a limit mlockall would make later allocations fail. */
static bool lock_memory(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_MEMLOCK, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &r);
	}
	if (may_lock_all() && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		return true;
	return lock_what_is_written();
}

bool tg_child_harden(void)
{
	if (!tg_confine_begin(TG_TOKEN_FD))
		return false;
	(void)setsid(); /* fails when the parent has arranged it, as it does */
	return lock_memory() && tg_confine_limit(RLIMIT_NOFILE, OPEN_FILES) &&
	       tg_confine_limit(RLIMIT_FSIZE, FILE_BYTES) && tg_confine_limit(RLIMIT_DATA, DATA_BYTES);
}
