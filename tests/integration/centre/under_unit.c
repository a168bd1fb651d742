/* Runs a program as the unit file would have it run, as far as that can be done without systemd: the same filters of
 * system calls and address families, no memory that is both writable and executable, no new privileges, no
 * capabilities, no core dumps, umask 0077; with a user id, as that user.
 *   under-unit NAMES UID|- PROGRAM [ARGUMENT…]   NAMES: a file with the system calls that are allowed, one a line */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int die(const char *what)
{
	fprintf(stderr, "under-unit: %s: %s\n", what, strerror(errno));
	return 125;
}

/* SystemCallFilter= with SystemCallErrorNumber=EPERM */
static bool filter_names(const char *path)
{
	char line[128];
	unsigned known = 0;
	FILE *f = fopen(path, "re");
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f || !c)
		return false;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		int call = seccomp_syscall_resolve_name(line);
		/* Of another architecture, or newer than the library. */
		if (call == __NR_SCMP_ERROR || call < 0)
			continue;
		if (seccomp_rule_add(c, SCMP_ACT_ALLOW, call, 0) != 0)
			return false;
		known++;
	}
	fclose(f);
	bool ok = known > 100 && seccomp_load(c) == 0;
	seccomp_release(c);
	return ok;
}

static bool deny(scmp_filter_ctx c, int call, unsigned arg, unsigned long mask)
{
	return seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), call, 1, SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, mask)) == 0;
}

/* RestrictAddressFamilies=, MemoryDenyWriteExecute=, RestrictSUIDSGID=, RestrictNamespaces= */
static bool filter_arguments(void)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = c != NULL;
	for (int family = 0; ok && family < AF_MAX; family++)
		if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
			ok = seccomp_rule_add(c, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
			             SCMP_CMP(0, SCMP_CMP_EQ, (unsigned)family)) == 0;
	ok = ok && deny(c, SCMP_SYS(mmap), 2, PROT_EXEC | PROT_WRITE) && deny(c, SCMP_SYS(mprotect), 2, PROT_EXEC) &&
	     deny(c, SCMP_SYS(pkey_mprotect), 2, PROT_EXEC);
	ok = ok && deny(c, SCMP_SYS(chmod), 1, S_ISUID) && deny(c, SCMP_SYS(fchmod), 1, S_ISUID) &&
	     deny(c, SCMP_SYS(fchmodat), 2, S_ISUID);
	const unsigned long spaces[] = {
	        CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET};
	for (size_t i = 0; ok && i < sizeof(spaces) / sizeof(spaces[0]); i++)
		ok = deny(c, SCMP_SYS(unshare), 0, spaces[i]) && deny(c, SCMP_SYS(clone), 0, spaces[i]);
	ok = ok && seccomp_load(c) == 0;
	seccomp_release(c);
	return ok;
}

static bool drop_capabilities(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return false;
	return true;
}

static bool become(const char *uid)
{
	char *end = NULL;
	unsigned long id = strtoul(uid, &end, 10);
	if (strcmp(uid, "-") == 0)
		return true;
	return *end == '\0' && id > 0 && setgroups(0, NULL) == 0 && setgid((gid_t)id) == 0 && setuid((uid_t)id) == 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return die("usage: under-unit NAMES UID|- PROGRAM [ARGUMENT…]");
	umask(077);
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0)
		return die("core dumps");
	if (!drop_capabilities())
		return die("capabilities");
	if (!become(argv[2]))
		return die("user");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return die("privileges");
	if (!filter_arguments() || !filter_names(argv[1]))
		return die("filters");
	execv(argv[3], argv + 3);
	return die(argv[3]);
}
