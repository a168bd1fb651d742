/* The filter of system calls (decisions 0051, 0152). Everything that a PKCS#11 module can do without, refused by name,
 * and the rest by its arguments. */
#include "child.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Calls that neither a module nor the library under it has any business with. They fail instead of killing: a module
 * that asks without need goes on. */
static const int refused[] = {
        /* programs and processes */
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(process_madvise),
        SCMP_SYS(process_mrelease),
        SCMP_SYS(pidfd_open),
        SCMP_SYS(pidfd_getfd),
        SCMP_SYS(pidfd_send_signal),
        SCMP_SYS(tkill),
        SCMP_SYS(kcmp),
        SCMP_SYS(migrate_pages),
        SCMP_SYS(move_pages),
        SCMP_SYS(setpriority),
        SCMP_SYS(ioprio_set),
        SCMP_SYS(sched_setaffinity),
        SCMP_SYS(sched_setscheduler),
        SCMP_SYS(sched_setparam),
        SCMP_SYS(sched_setattr),
        SCMP_SYS(setrlimit),
        SCMP_SYS(seccomp),
        SCMP_SYS(personality),
        SCMP_SYS(modify_ldt),
        /* who it is */
        SCMP_SYS(setuid),
        SCMP_SYS(setgid),
        SCMP_SYS(setreuid),
        SCMP_SYS(setregid),
        SCMP_SYS(setresuid),
        SCMP_SYS(setresgid),
        SCMP_SYS(setfsuid),
        SCMP_SYS(setfsgid),
        SCMP_SYS(setgroups),
        SCMP_SYS(capset),
        /* whom others may ask, and ways to others that are no files */
        SCMP_SYS(bind),
        SCMP_SYS(listen),
        SCMP_SYS(accept),
        SCMP_SYS(accept4),
        SCMP_SYS(shmget),
        SCMP_SYS(shmat),
        SCMP_SYS(msgget),
        SCMP_SYS(semget),
        SCMP_SYS(mq_open),
        SCMP_SYS(keyctl),
        SCMP_SYS(add_key),
        SCMP_SYS(request_key),
        /* code that came from no library */
        SCMP_SYS(memfd_create),
        SCMP_SYS(memfd_secret),
        SCMP_SYS(uselib),
        /* what Landlock does not look at */
        SCMP_SYS(chmod),
        SCMP_SYS(fchmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(chown),
        SCMP_SYS(fchown),
        SCMP_SYS(lchown),
        SCMP_SYS(fchownat),
        SCMP_SYS(truncate),
        SCMP_SYS(setxattr),
        SCMP_SYS(lsetxattr),
        SCMP_SYS(fsetxattr),
        SCMP_SYS(removexattr),
        SCMP_SYS(lremovexattr),
        SCMP_SYS(fremovexattr),
        SCMP_SYS(utime),
        SCMP_SYS(utimes),
        SCMP_SYS(futimesat),
        SCMP_SYS(utimensat),
        SCMP_SYS(open_by_handle_at),
        SCMP_SYS(mknod),
        SCMP_SYS(mknodat),
        SCMP_SYS(fanotify_init),
        /* the machine */
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(mount),
        SCMP_SYS(umount2),
        SCMP_SYS(pivot_root),
        SCMP_SYS(chroot),
        SCMP_SYS(move_mount),
        SCMP_SYS(open_tree),
        SCMP_SYS(fsopen),
        SCMP_SYS(fsconfig),
        SCMP_SYS(fsmount),
        SCMP_SYS(fspick),
        SCMP_SYS(mount_setattr),
        SCMP_SYS(quotactl),
        SCMP_SYS(swapon),
        SCMP_SYS(swapoff),
        SCMP_SYS(acct),
        SCMP_SYS(syslog),
        SCMP_SYS(reboot),
        SCMP_SYS(settimeofday),
        SCMP_SYS(clock_settime),
        SCMP_SYS(clock_adjtime),
        SCMP_SYS(adjtimex),
        SCMP_SYS(sethostname),
        SCMP_SYS(setdomainname),
        SCMP_SYS(iopl),
        SCMP_SYS(ioperm),
        SCMP_SYS(init_module),
        SCMP_SYS(finit_module),
        SCMP_SYS(delete_module),
        SCMP_SYS(kexec_load),
        SCMP_SYS(kexec_file_load),
};

static int refuse_names(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
		if (rc && rc != -EDOM) /* not a call of this processor */
			return rc;
	}
	return 0;
}

#define IS(n, value)                                                                                                   \
	{                                                                                                              \
		.arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value)                                                      \
	}
#define IS_NOT(n, value)                                                                                               \
	{                                                                                                              \
		.arg = (n), .op = SCMP_CMP_NE, .datum_a = (value)                                                      \
	}
#define HAS(n, bits, values)                                                                                           \
	{                                                                                                              \
		.arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (bits), .datum_b = (values)                           \
	}

/* No network: AF_UNIX is for the daemon of the readers. Threads, but no processes: fork() is a clone. Signals to itself
 * only: abort() needs one. No code but that of files (a library's own). Its limits stay, and its being untraceable. */
static int refuse_arguments(scmp_filter_ctx filter)
{
	const uint64_t self = (uint64_t)getpid();
	const struct {
		int call;
		unsigned n;
		struct scmp_arg_cmp arg[2];
	} rules[] = {
	        {SCMP_SYS(socket), 1, {IS_NOT(0, AF_UNIX)}},
	        {SCMP_SYS(clone), 1, {HAS(0, CLONE_THREAD, 0)}},
	        {SCMP_SYS(kill), 1, {IS_NOT(0, self)}},
	        {SCMP_SYS(tgkill), 1, {IS_NOT(0, self)}},
	        {SCMP_SYS(rt_sigqueueinfo), 1, {IS_NOT(0, self)}},
	        {SCMP_SYS(rt_tgsigqueueinfo), 1, {IS_NOT(0, self)}},
	        {SCMP_SYS(prlimit64), 1, {IS_NOT(2, 0)}},
	        {SCMP_SYS(mmap), 1, {HAS(2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC)}},
	        {SCMP_SYS(mmap), 2, {HAS(2, PROT_EXEC, PROT_EXEC), HAS(3, MAP_ANONYMOUS, MAP_ANONYMOUS)}},
	        {SCMP_SYS(mprotect), 1, {HAS(2, PROT_EXEC, PROT_EXEC)}},
	        {SCMP_SYS(pkey_mprotect), 1, {HAS(2, PROT_EXEC, PROT_EXEC)}},
	        {SCMP_SYS(prctl), 1, {IS(0, PR_SET_DUMPABLE)}},
	        {SCMP_SYS(prctl), 1, {IS(0, PR_SET_PDEATHSIG)}},
	        {SCMP_SYS(prctl), 1, {IS(0, PR_SET_PTRACER)}},
	        {SCMP_SYS(prctl), 1, {IS(0, PR_SET_MM)}},
	        {SCMP_SYS(ioctl), 1, {IS(1, TIOCSTI)}},
	};
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		int rc =
		        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), rules[i].call, rules[i].n, rules[i].arg);
		if (rc)
			return rc;
	}
	/* Its flags lie in memory where no filter sees them; glibc then takes clone. */
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* OpenSC unlocks the page of a PIN when it frees it, and so would unlock what is locked as a whole. */
static int keep_locked(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(munlock), SCMP_SYS(munlockall), SCMP_SYS(mlockall)};
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), calls[i], 0);
		if (rc)
			return rc;
	}
	return 0;
}

bool tg_child_refuse_calls(void)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL)
		return true; /* a kernel without it */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return false;
	int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!rc)
		rc = refuse_names(filter);
	if (!rc)
		rc = refuse_arguments(filter);
	if (!rc)
		rc = keep_locked(filter);
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0;
}
