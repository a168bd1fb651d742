/* What a hostile module would try, from inside the process that loaded it. One word a line: NAME=done, or the errno's
 * name where the kernel refused. Nothing here does harm when it is let through: the tests also run it where nothing is
 * refused, to show that each attempt would succeed.
 *
 * File "probe-ask" of the token's folder: lines "NAME VALUE" with file (one that exists, not the module's), port (one
 * on 127.0.0.1 that listens), socket (an abstract name that listens), victim (pid of a process of the same user). */
#include "module.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct {
	char text[1024];
	char file[256], socket[64];
	int port;
	pid_t victim;
} ask;

static const char *word_of(const char *key)
{
	size_t n = strlen(key);
	for (const char *line = ask.text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, n) == 0 && line[n] == ' ')
			return line + n + 1;
	return "";
}

static void read_ask(void)
{
	(void)file_read("probe-ask", ask.text, sizeof ask.text);
	const char *file = word_of("file"), *name = word_of("socket");
	(void)snprintf(ask.file, sizeof ask.file, "%.*s", (int)strcspn(file, "\n"), file);
	(void)snprintf(ask.socket, sizeof ask.socket, "%.*s", (int)strcspn(name, "\n"), name);
	ask.port = (int)strtol(word_of("port"), NULL, 10);
	ask.victim = (pid_t)strtol(word_of("victim"), NULL, 10);
}

/* Each attempt: not negative when it succeeded, else errno is set. */
static long closed(int fd)
{
	return fd < 0 ? fd : close(fd);
}

static long reaped(pid_t pid)
{
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return pid;
}

static long read_file(void)
{
	return closed(open(ask.file, O_RDONLY | O_CLOEXEC));
}
static long write_file(void)
{
	return closed(open(ask.file, O_WRONLY | O_APPEND | O_CLOEXEC));
}
static long read_shadow(void)
{
	return closed(open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}
static long read_passwd(void)
{
	return closed(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}
static long list_root(void)
{
	return closed(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}
static long write_library(void)
{
	return closed(open("/usr/lib/os-release", O_WRONLY | O_CLOEXEC));
}
static long change_mode(void)
{
	return chmod(ask.file, 0600);
}

static long beside(const char *suffix, bool folder)
{
	char path[300];
	(void)snprintf(path, sizeof path, "%s%s", ask.file, suffix);
	if (folder)
		return mkdir(path, 0700) != 0 ? -1 : rmdir(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	(void)close(fd);
	return unlink(path);
}
static long make_file(void)
{
	return beside(".new", false);
}
static long make_folder(void)
{
	return beside(".dir", true);
}
static long rename_file(void)
{
	char path[300];
	(void)snprintf(path, sizeof path, "%s.moved", ask.file);
	return rename(ask.file, path) != 0 ? -1 : rename(path, ask.file);
}
static long cut_file(void)
{
	return truncate(ask.file, 4);
}
static long home(void)
{
	const char *folder = geteuid() == 0 ? "/root/.tamga-probe" : "/tmp/.tamga-probe";
	return mkdir(folder, 0700) != 0 ? -1 : rmdir(folder);
}

static long connect_tcp(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ask.port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	long rc = connect(fd, (struct sockaddr *)&to, sizeof to);
	int why = errno;
	(void)close(fd);
	errno = why;
	return rc;
}
static long udp(void)
{
	return closed(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}
static long inet6(void)
{
	return closed(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
}
static long netlink(void)
{
	return closed(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}
static long alg(void)
{
	return closed(socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}
static long abstract_name(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = strlen(ask.socket);
	memcpy(to.sun_path + 1, ask.socket, n);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	long rc = connect(fd, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n));
	int why = errno;
	(void)close(fd);
	errno = why;
	return rc;
}
static long serve(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX}; /* a name that the kernel chooses */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long rc = bind(fd, (struct sockaddr *)&at, sizeof at.sun_family);
	int why = errno;
	(void)close(fd);
	errno = why;
	return rc;
}

static long by_fork(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return reaped(pid);
}
static long by_clone(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0)
		_exit(0);
	return reaped((pid_t)pid);
}
static long by_clone3(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0)
		_exit(0);
	return reaped((pid_t)pid);
}
static long program(void)
{
	char name[] = "/bin/true", *argv[] = {name, NULL};
	pid_t pid;
	errno = posix_spawn(&pid, name, NULL, NULL, argv, environ);
	return errno != 0 ? -1 : reaped(pid);
}
/* Where it is let through it must not come to it: too many arguments make it fail otherwise. */
static long exec_itself(void)
{
	(void)syscall(SYS_execve, "/bin/true", (char **)1, NULL);
	return errno == EFAULT ? 0 : -1;
}

static long signal_other(void)
{
	return kill(ask.victim, 0);
}
static long signal_parent(void)
{
	return kill(getppid(), 0);
}
static long signal_all(void)
{
	return kill(0, 0);
}
static long pidfd(void)
{
	return closed((int)syscall(SYS_pidfd_open, ask.victim, 0));
}
static long trace(void)
{
	if (ptrace(PTRACE_SEIZE, ask.victim, NULL, NULL) != 0)
		return -1;
	(void)ptrace(PTRACE_INTERRUPT, ask.victim, NULL, NULL);
	(void)waitpid(ask.victim, NULL, __WALL);
	return ptrace(PTRACE_DETACH, ask.victim, NULL, NULL);
}
static long memory_file(void)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)ask.victim);
	return closed(open(path, O_RDONLY | O_CLOEXEC));
}
static long memory_call(void)
{
	char mine[1];
	struct iovec to = {mine, 1}, from = {(void *)(uintptr_t)1, 1};
	ssize_t n = process_vm_readv(ask.victim, &to, 1, &from, 1, 0);
	return n < 0 && errno == EFAULT ? 0 : n; /* permitted; there is nothing at this address */
}

static long is_again(void)
{
	return setuid(getuid());
}
static long dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static long orphan(void)
{
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}
static long core_limit(void)
{
	struct rlimit r = {0};
	return getrlimit(RLIMIT_CORE, &r) != 0 ? -1 : setrlimit(RLIMIT_CORE, &r);
}
static long limits_of_other(void)
{
	struct rlimit r;
	return prlimit(ask.victim, RLIMIT_NOFILE, NULL, &r) != 0 ? -1 : prlimit(ask.victim, RLIMIT_NOFILE, &r, NULL);
}
static long one_processor(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) != 0 ? -1 : sched_setaffinity(0, sizeof set, &set);
}
static long priority(void)
{
	return setpriority(PRIO_PROCESS, (id_t)ask.victim, getpriority(PRIO_PROCESS, (id_t)ask.victim));
}

static long mapped(int protection, int change_to)
{
	void *p = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	long rc = change_to ? mprotect(p, 4096, change_to) : 0;
	int why = errno;
	(void)munmap(p, 4096);
	errno = why;
	return rc;
}
static long code_written(void)
{
	return mapped(PROT_READ | PROT_WRITE | PROT_EXEC, 0);
}
static long code_anonymous(void)
{
	return mapped(PROT_READ | PROT_EXEC, 0);
}
static long code_later(void)
{
	return mapped(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC);
}
static long nameless_file(void)
{
	return closed((int)syscall(SYS_memfd_create, "x", 0));
}
static long shared_memory(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	return id < 0 ? -1 : shmctl(id, IPC_RMID, NULL);
}
static long ring(void)
{
	return syscall(SYS_io_uring_setup, 0, NULL) < 0 && (errno == EFAULT || errno == EINVAL) ? 0 : -1;
}
static long other_root(void)
{
	return chroot("/");
}
static long keys(void)
{
	return syscall(SYS_keyctl, 0, -3, 0);
}

static const struct {
	const char *name;
	long (*attempt)(void);
} attempts[] = {{"read-file", read_file}, {"write-file", write_file}, {"read-shadow", read_shadow},
        {"read-passwd", read_passwd}, {"list-root", list_root}, {"write-library", write_library},
        {"change-mode", change_mode}, {"make-file", make_file}, {"make-folder", make_folder},
        {"rename-file", rename_file}, {"cut-file", cut_file}, {"home", home}, {"connect-tcp", connect_tcp},
        {"udp", udp}, {"inet6", inet6}, {"netlink", netlink}, {"af-alg", alg}, {"abstract-socket", abstract_name},
        {"serve", serve}, {"fork", by_fork}, {"clone", by_clone}, {"clone3", by_clone3}, {"program", program},
        {"exec", exec_itself}, {"signal-other", signal_other}, {"signal-parent", signal_parent},
        {"signal-all", signal_all}, {"pidfd", pidfd}, {"trace", trace}, {"memory-file", memory_file},
        {"memory-call", memory_call}, {"setuid", is_again}, {"dumpable", dumpable}, {"orphan", orphan},
        {"core-limit", core_limit}, {"limits-of-other", limits_of_other}, {"one-processor", one_processor},
        {"priority", priority}, {"code-written", code_written}, {"code-anonymous", code_anonymous},
        {"code-later", code_later}, {"nameless-file", nameless_file}, {"shared-memory", shared_memory}, {"ring", ring},
        {"other-root", other_root}, {"keys", keys}};

void probe(void)
{
	char out[4096];
	size_t n = 0;
	read_ask();
	for (size_t i = 0; i < ROOM(attempts) && n < sizeof out; i++) {
		errno = 0;
		bool done = attempts[i].attempt() >= 0;
		n += (size_t)snprintf(
		        out + n, sizeof out - n, "%s=%s\n", attempts[i].name, done ? "done" : strerrorname_np(errno));
	}
	(void)file_write("probe-told", out, n < sizeof out ? n : sizeof out);
}
