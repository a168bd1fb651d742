#include "harden.h"
#include "tamga/confine.h"
#include "wire.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define OPEN_FILES 16
#ifdef __SANITIZE_ADDRESS__
#define DATA_BYTES RLIM_INFINITY /* the shadow of a test build counts */
#else
#define DATA_BYTES (64u * 1024u * 1024u)
#endif
#define LIFE_S 180 /* if the kiosk is gone and the signal got lost, nobody else ends this */

bool tg_chip_harden(void)
{
	alarm(LIFE_S);
	return tg_confine_begin(TG_CHIP_FD) && tg_confine_limit(RLIMIT_NOFILE, OPEN_FILES) &&
	       tg_confine_limit(RLIMIT_FSIZE, 0) && tg_confine_limit(RLIMIT_CPU, LIFE_S) &&
	       tg_confine_limit(RLIMIT_DATA, DATA_BYTES) && tg_confine_limit(RLIMIT_CORE, 0);
}

/* Each with what needs it. */
static const int allowed[] = {
        /* both sockets: the daemon's (opened before) and the kiosk's */
        SCMP_SYS(read),
        SCMP_SYS(write),
        SCMP_SYS(recvfrom),
        SCMP_SYS(sendto),
        SCMP_SYS(recvmsg),
        SCMP_SYS(sendmsg),
        SCMP_SYS(poll),
        SCMP_SYS(ppoll),
        SCMP_SYS(select),
        SCMP_SYS(pselect6),
        SCMP_SYS(close),
        /* memory */
        SCMP_SYS(brk),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(mlock),
        SCMP_SYS(mlock2),
        SCMP_SYS(munlock),
        /* locks inside libraries, time, randoms, end */
        SCMP_SYS(futex),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(clock_nanosleep),
        SCMP_SYS(nanosleep),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(getrandom),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
#ifdef __SANITIZE_ADDRESS__
        /* what the sanitizers of a test build do on their own account */
        SCMP_SYS(sigaltstack),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(sched_yield),
        SCMP_SYS(prctl),
        SCMP_SYS(sched_getaffinity),
#endif
};

/* Memory may be had, but none that is code. */
static int allow_memory(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	const struct scmp_arg_cmp no_code = {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0};
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], 1, &no_code);
		if (rc)
			return rc;
	}
	return 0;
}

/* What is not on the list fails instead of killing: a newer library that asks for something without need goes on. */
bool tg_chip_confine(void)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL)
		return true; /* a kernel without it */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EACCES));
	if (!filter)
		return false;
	int rc = allow_memory(filter);
	for (size_t i = 0; !rc && i < sizeof allowed / sizeof allowed[0]; i++) {
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
		if (rc == -EDOM)
			rc = 0; /* not a call of this processor */
	}
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0;
}
