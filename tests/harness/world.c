#include "world.h"

#include "tamga/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MS 30000

static enum tg_status failed(struct tg_error *err, const char *what, const char *name)
{
	return tg_error_set(err, TG_IO, "%s %s: %s", what, name ? name : "(not given)", strerror(errno));
}

/* ---- control socket ---- */

static int connect_to(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !tg_copy(a.sun_path, sizeof a.sun_path, path) ||
	        connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		int saved = errno;
		if (fd >= 0)
			close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static bool read_line(int fd, char *out, size_t cap)
{
	size_t n = 0;
	out[0] = '\0';
	while (n + 1 < cap) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, ANSWER_MS) != 1 || read(fd, out + n, 1) != 1)
			return false;
		if (out[n] == '\n')
			break;
		n++;
	}
	out[n] = '\0';
	return true;
}

enum tg_status tg_world_control(const char *socket_path, const char *command, struct tg_error *err)
{
	char line[256], answer[256];
	int fd = socket_path ? connect_to(socket_path) : -1;
	if (fd < 0)
		return failed(err, "control socket", socket_path);
	int n = snprintf(line, sizeof line, "%s\n", command);
	bool good = n > 0 && (size_t)n < sizeof line && send(fd, line, (size_t)n, MSG_NOSIGNAL) == n &&
	            read_line(fd, answer, sizeof answer);
	close(fd);
	if (!good)
		return tg_error_set(err, TG_TIMEOUT, "'%s': no answer from %s", command, socket_path);
	if (strncmp(answer, "ok", 2) != 0)
		return tg_error_set(err, TG_INVALID, "'%s': %s", command, answer);
	return TG_OK;
}

/* ---- hooks ---- */

enum tg_status tg_world_hook(const char *command, const char *argument, struct tg_error *err)
{
	char script[1024];
	int status;
	if (!command || snprintf(script, sizeof script, "%s \"$1\"", command) >= (int)sizeof script)
		return tg_error_set(err, TG_CONFIG, "no command is given for this step");
	pid_t pid = fork();
	if (pid < 0)
		return failed(err, "fork for", command);
	if (pid == 0) {
		/* Its output belongs beside the walker's messages, not into the screen that the walker prints. */
		dup2(2, 1);
		execl("/bin/sh", "sh", "-c", script, "sh", argument, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failed(err, "waiting for", command);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return tg_error_set(err, TG_INVALID, "%s %s ended with %d", command, argument,
		        WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return TG_OK;
}

/* ---- network, clock ---- */

enum tg_status tg_world_net(const char *switch_file, int down, struct tg_error *err)
{
	if (!switch_file)
		return tg_error_set(err, TG_CONFIG, "no switch file is given");
	if (!down)
		return unlink(switch_file) == 0 || errno == ENOENT ? TG_OK : failed(err, "remove", switch_file);
	int fd = open(switch_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return failed(err, "create", switch_file);
	close(fd);
	return TG_OK;
}

static bool read_number(const char *file, long long *n)
{
	FILE *f = fopen(file, "r");
	if (!f)
		return false;
	bool good = fscanf(f, "%lld", n) == 1;
	fclose(f);
	return good;
}

enum tg_status tg_world_clock(const char *file, int64_t ms, struct tg_error *err)
{
	long long before = 0;
	char part[512];
	if (!file || snprintf(part, sizeof part, "%s.new", file) >= (int)sizeof part)
		return tg_error_set(err, TG_CONFIG, "no clock file is given");
	(void)read_number(file, &before); /* a missing file is a clock that is right */
	FILE *f = fopen(part, "w");
	if (!f)
		return failed(err, "write", part);
	bool good = fprintf(f, "%lld\n", before + (long long)ms) > 0;
	good = fclose(f) == 0 && good;
	return good && rename(part, file) == 0 ? TG_OK : failed(err, "write", file);
}

/* ---- processes ---- */

static enum tg_status kill_and_wait(pid_t pid, const char *name, struct tg_error *err)
{
	if (kill(pid, SIGKILL) != 0)
		return failed(err, "kill", name);
	for (int i = 0; i < 500; i++) {
		char path[64], state = 'Z';
		snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
		FILE *f = fopen(path, "r");
		if (!f)
			return TG_OK;
		bool known = fscanf(f, "%*d (%*[^)]) %c", &state) == 1;
		fclose(f);
		if (known && state == 'Z') /* dead; its parent will notice */
			return TG_OK;
		poll(NULL, 0, 10);
	}
	return tg_error_set(err, TG_TIMEOUT, "%s does not die", name);
}

enum tg_status tg_world_kill_named(const char *dir, const char *name, struct tg_error *err)
{
	char path[512];
	long long pid = 0;
	if (!dir || snprintf(path, sizeof path, "%s/%s.pid", dir, name) >= (int)sizeof path)
		return tg_error_set(err, TG_CONFIG, "no folder of process numbers is given");
	if (!read_number(path, &pid) || pid < 2)
		return tg_error_set(err, TG_NOT_FOUND, "%s holds no process number", path);
	return kill_and_wait((pid_t)pid, name, err);
}

static bool read_proc(pid_t pid, char *name, size_t cap, pid_t *parent)
{
	char path[64], line[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (!f)
		return false;
	bool good = fgets(line, sizeof line, f) != NULL;
	fclose(f);
	char *open = good ? strchr(line, '(') : NULL, *close_mark = good ? strrchr(line, ')') : NULL;
	if (!open || !close_mark || close_mark < open)
		return false;
	*close_mark = '\0';
	(void)tg_copy(name, cap, open + 1);
	int ppid = 0;
	if (sscanf(close_mark + 1, " %*c %d", &ppid) != 1)
		return false;
	*parent = ppid;
	return true;
}

static bool descends(pid_t pid, pid_t ancestor)
{
	char name[64];
	for (int depth = 0; depth < 64 && pid > 1; depth++) {
		pid_t parent;
		if (!read_proc(pid, name, sizeof name, &parent))
			return false;
		if (parent == ancestor)
			return true;
		pid = parent;
	}
	return false;
}

enum tg_status tg_world_kill_descendant(pid_t ancestor, const char *name, struct tg_error *err)
{
	enum tg_status st = tg_error_set(err, TG_NOT_FOUND, "no process %s below %d", name, (int)ancestor);
	DIR *d = opendir("/proc");
	for (struct dirent *e; d && (e = readdir(d));) {
		char found[64];
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10), parent;
		/* The kernel keeps 15 letters of a name. */
		if (pid > 1 && read_proc(pid, found, sizeof found, &parent) && strncmp(found, name, 15) == 0 &&
		        descends(pid, ancestor))
			st = kill_and_wait(pid, name, err);
	}
	if (d)
		closedir(d);
	return st;
}
