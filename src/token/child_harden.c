#include "child.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A module may want a few files, sockets and devices; not more. SoftHSM writes its objects as files. */
#define OPEN_FILES 64
#define FILE_BYTES (16u * 1024u * 1024u)

static bool limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit r;
	if (getrlimit(what, &r))
		return false;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < value)
		value = r.rlim_max;
	r.rlim_cur = r.rlim_max = value;
	return setrlimit(what, &r) == 0;
}

/* Calls that neither a module nor the library under it has any business with. */
static const int refused[] = {
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(mount),
        SCMP_SYS(umount2),
        SCMP_SYS(pivot_root),
        SCMP_SYS(chroot),
        SCMP_SYS(keyctl),
        SCMP_SYS(add_key),
        SCMP_SYS(request_key),
        SCMP_SYS(init_module),
        SCMP_SYS(finit_module),
        SCMP_SYS(kexec_load),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(userfaultfd),
};

/* They fail instead of killing: a module that asks without need goes on, and the PC/SC daemon needs AF_UNIX. */
static bool refuse_calls(void)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL)
		return true; /* a kernel without it */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return false;
	const struct scmp_arg_cmp not_unix = {.arg = 0, .op = SCMP_CMP_NE, .datum_a = AF_UNIX};
	int rc = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1, &not_unix);
	for (size_t i = 0; !rc && i < sizeof refused / sizeof refused[0]; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0;
}

bool tg_child_harden(void)
{
	/* Before all else: a parent that is gone already will send no signal, but its end of the socket is closed. */
	struct pollfd parent = {.fd = TG_TOKEN_FD, .events = POLLIN};
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || poll(&parent, 1, 0) < 0 || parent.revents & (POLLHUP | POLLNVAL))
		return false;
	if (tg_secret_harden_process() != TG_OK || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	(void)setsid(); /* fails when the parent has arranged it, as it does */
	if (close_range(TG_TOKEN_FD + 1, ~0u, 0))
		return false;
	return limit(RLIMIT_NOFILE, OPEN_FILES) && limit(RLIMIT_FSIZE, FILE_BYTES) && refuse_calls();
}
