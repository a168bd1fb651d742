/* Looks for a PIN everywhere it may not be, from outside and as root, at one moment: every process of a stage is
 * stopped 10 ms after a screen has been photographed, then searched, then goes on.
 *
 * usage: canary --stage DIR [--shot FILE] [--after MS] [--except PATTERN]… PIN…
 *        canary --self-test
 *
 * Where: memory (all that is written to, and all without a file behind it), what lies unread in sockets and pipes, open
 * files, all files of the stage and of /dev/shm. As what: UTF-8, UTF-16 and UTF-32 in both orders, hexadecimal with
 * capitals, small, with blanks, packed decimals; a PIN that is hexadecimal itself also as the bytes it means.
 * Says one line for each find: WHOSE PID HOW WHERE. Exit 0: in no program of ours and no file. 1: there. 2: could not
 * look. The card and the daemon of the readers (tamga-vcard, pcscd) are told, but are not ours: a PIN must come to the
 * card. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK      (1u << 20)
#define NEEDLE_MAX 272
#define NEEDLES    64
#define PROCESSES  64

static struct needle {
	const char *how;
	unsigned char bytes[NEEDLE_MAX];
	size_t n;
} needles[NEEDLES];
static unsigned n_needles;

static struct process {
	pid_t pid;
	char name[32];
	bool ours, hand; /* hand: what types; stopped and not searched */
} processes[PROCESSES];
static unsigned n_processes;

static const char *stage;
static const char *except[16];
static unsigned n_except;
static unsigned found_ours, found_elsewhere;
static bool blind;

/* --- What is looked for */
static struct needle *add(const char *how)
{
	if (n_needles == NEEDLES)
		exit(2);
	struct needle *n = &needles[n_needles++];
	n->how = how;
	return n;
}

static void add_wide(const char *pin, const char *how, size_t width, bool big)
{
	struct needle *n = add(how);
	for (; *pin; pin++) {
		memset(n->bytes + n->n, 0, width);
		n->bytes[n->n + (big ? width - 1 : 0)] = (unsigned char)*pin;
		n->n += width;
	}
}

static void add_hex(const char *pin, const char *how, const char *digits, bool blanks)
{
	struct needle *n = add(how);
	for (; *pin; pin++) {
		n->bytes[n->n++] = (unsigned char)digits[(unsigned char)*pin >> 4];
		n->bytes[n->n++] = (unsigned char)digits[*pin & 15];
		if (blanks && pin[1])
			n->bytes[n->n++] = ' ';
	}
}

/* Two digits in a byte, as in PIN blocks; and what a hexadecimal PIN means. The same bytes. */
static void add_packed(const char *pin)
{
	size_t len = strlen(pin);
	if (len % 2 || len < 6 || strspn(pin, "0123456789abcdefABCDEF") != len)
		return;
	struct needle *n = add("packed");
	for (; *pin; pin += 2) {
		char two[3] = {pin[0], pin[1], 0};
		n->bytes[n->n++] = (unsigned char)strtoul(two, NULL, 16);
	}
}

static void look_for(const char *pin)
{
	if (strlen(pin) < 6 || strlen(pin) > 64)
		exit(2); /* shorter ones stand anywhere by chance */
	add_wide(pin, "UTF-8", 1, false);
	add_wide(pin, "UTF-16LE", 2, false);
	add_wide(pin, "UTF-16BE", 2, true);
	add_wide(pin, "UTF-32LE", 4, false);
	add_wide(pin, "UTF-32BE", 4, true);
	add_hex(pin, "hexadecimal", "0123456789abcdef", false);
	add_hex(pin, "HEXADECIMAL", "0123456789ABCDEF", false);
	add_hex(pin, "hexadecimal with blanks", "0123456789ABCDEF", true);
	if (strlen(pin) >= 8) /* three bytes stand anywhere by chance */
		add_packed(pin);
}

static void found(const struct process *p, const char *how, const char *where)
{
	bool ours = !p || p->ours;
	printf("%s %s %d %s %s\n", ours ? "FOUND" : "reader-side", p ? p->name : "file", p ? (int)p->pid : 0, how,
	        where);
	*(ours ? &found_ours : &found_elsewhere) += 1;
}

static void search(const struct process *p, const unsigned char *bytes, size_t n, size_t fresh, const char *where)
{
	for (unsigned i = 0; i < n_needles; i++) {
		const struct needle *want = &needles[i];
		const unsigned char *at = bytes, *end = bytes + n;
		while ((at = memmem(at, (size_t)(end - at), want->bytes, want->n))) {
			if (at + want->n > bytes + fresh) /* else the chunk before has told it */
				found(p, want->how, where);
			at++;
		}
	}
}

/* Reads on from `fd` at `from` up to `to`. Chunks overlap, so that nothing hides on a border. */
static size_t search_range(const struct process *p, int fd, uint64_t from, uint64_t to, const char *where)
{
	static unsigned char buffer[CHUNK + NEEDLE_MAX];
	size_t kept = 0, seen = 0;
	for (uint64_t at = from; at < to;) {
		size_t want = to - at < CHUNK ? (size_t)(to - at) : CHUNK;
		ssize_t n = pread(fd, buffer + kept, want, (off_t)at);
		if (n <= 0) { /* not there: the next page may be */
			at += 4096;
			kept = 0;
			continue;
		}
		seen += (size_t)n;
		at += (uint64_t)n;
		size_t have = kept + (size_t)n;
		search(p, buffer, have, kept, where);
		kept = have < NEEDLE_MAX ? have : NEEDLE_MAX;
		memmove(buffer, buffer + have - kept, kept);
	}
	explicit_bzero(buffer, sizeof buffer);
	return seen;
}

/* Ended since it was listed, or on the way: its memory is gone. */
static bool is_dead(pid_t pid)
{
	char path[64], line[256] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (!f)
		return true;
	const char *end = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return !end || end[2] == 'Z' || end[2] == 'X';
}

/* --- Memory */
static void search_memory(const struct process *p)
{
	char path[64], line[512], rights[8], file[256];
	size_t seen = 0;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)p->pid);
	FILE *maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%d/mem", (int)p->pid);
	int mem = open(path, O_RDONLY | O_CLOEXEC);
	while (maps && mem >= 0 && fgets(line, sizeof line, maps)) {
		unsigned long from, to, inode = 0;
		file[0] = 0;
		if (sscanf(line, "%lx-%lx %7s %*s %*s %lu %255s", &from, &to, rights, &inode, file) < 4)
			continue;
		if (rights[0] == 'r' && (rights[1] == 'w' || !inode) && strcmp(file, "[vvar]") != 0)
			seen += search_range(p, mem, from, to, file[0] ? file : "memory");
	}
	if (maps)
		fclose(maps);
	if (mem >= 0)
		close(mem);
	if (seen < 50000 && !is_dead(p->pid)) {
		fprintf(stderr, "canary: %s %d: only %zu bytes could be read\n", p->name, (int)p->pid, seen);
		blind = true;
	}
}

/* --- What lies unread, and files without a name */
static void search_queue(const struct process *p, int fd, const struct stat *st)
{
	static unsigned char bytes[1 << 16];
	ssize_t n = 0;
	if (S_ISSOCK(st->st_mode)) {
		n = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
	} else {
		int copy[2];
		if (pipe2(copy, O_CLOEXEC | O_NONBLOCK))
			return;
		if (tee(fd, copy[1], sizeof bytes, SPLICE_F_NONBLOCK) > 0)
			n = read(copy[0], bytes, sizeof bytes);
		close(copy[0]);
		close(copy[1]);
	}
	if (n > 0)
		search(p, bytes, (size_t)n, 0, S_ISSOCK(st->st_mode) ? "socket" : "pipe");
}

static void search_descriptor(const struct process *p, int pidfd, int number)
{
	struct stat st;
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		if (S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode))
			search_queue(p, fd, &st);
		else if (S_ISREG(st.st_mode) && st.st_nlink == 0)
			(void)search_range(p, fd, 0, (uint64_t)st.st_size, "a deleted file");
	}
	close(fd);
}

static void search_descriptors(const struct process *p)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
	int pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir && pidfd >= 0 && (e = readdir(dir));)
		if (isdigit((unsigned char)e->d_name[0]))
			search_descriptor(p, pidfd, (int)strtol(e->d_name, NULL, 10));
	if ((!dir || pidfd < 0) && !is_dead(p->pid))
		blind = true;
	if (dir)
		closedir(dir);
	if (pidfd >= 0)
		close(pidfd);
}

/* --- Files */
static int search_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	for (unsigned i = 0; i < n_except; i++)
		if (fnmatch(except[i], path, 0) == 0)
			return 0;
	int fd = type == FTW_F && S_ISREG(st->st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		(void)search_range(NULL, fd, 0, (uint64_t)st->st_size, path);
		close(fd);
	}
	return 0;
}

/* --- Whose */
static bool mentions_stage(pid_t pid, const char *file)
{
	static char text[1 << 16];
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(text, (size_t)n, stage, strlen(stage));
}

static void take_process(pid_t pid)
{
	static const struct {
		const char *name;
		bool ours, hand;
	} known[] = {{"tamga", true, false}, {"tamga-token", true, false}, {"tamga-chip", true, false},
	        {"tamga-agent", true, false}, {"tamga-centre", true, false}, {"tamga-print", true, false},
	        {"tamga-vcard", false, false}, {"pcscd", false, false}, {"tamga-walk", false, true}};
	char path[64], name[32] = "";
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	FILE *f = fopen(path, "r");
	if (f && fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name, known[i].name) == 0 && n_processes < PROCESSES &&
		        (mentions_stage(pid, "cmdline") || mentions_stage(pid, "environ"))) {
			struct process *p = &processes[n_processes++];
			*p = (struct process){.pid = pid, .ours = known[i].ours, .hand = known[i].hand};
			memcpy(p->name, name, sizeof p->name);
		}
}

static void take_processes(void)
{
	DIR *dir = opendir("/proc");
	for (struct dirent *e; dir && (e = readdir(dir));)
		if (isdigit((unsigned char)e->d_name[0]))
			take_process((pid_t)strtol(e->d_name, NULL, 10));
	if (dir)
		closedir(dir);
}

static void signal_all(int signal)
{
	for (unsigned i = 0; i < n_processes; i++)
		(void)kill(processes[i].pid, signal);
}

static void nap_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

static long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool wait_for(const char *shot)
{
	long end = now_ms() + 45000;
	while (access(shot, F_OK)) {
		if (now_ms() > end)
			return false;
		nap_ms(1);
	}
	return true;
}

static int result(void)
{
	unsigned ours = 0;
	for (unsigned i = 0; i < n_processes; i++)
		ours += processes[i].ours;
	printf("looked at %u processes, %u of them ours: %u finds, %u beyond the reader\n", n_processes, ours,
	        found_ours, found_elsewhere);
	if (blind || ours < 3)
		return 2;
	return found_ours ? 1 : 0;
}

/* Milliseconds since the file was written. */
static long age_of(const char *path)
{
	struct stat st;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (stat(path, &st))
		return 0;
	return (now.tv_sec - st.st_mtim.tv_sec) * 1000 + (now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
}

static int look(const char *shot, long after)
{
	if (shot && !wait_for(shot)) {
		fprintf(stderr, "canary: %s did not come\n", shot);
		return 2;
	}
	take_processes();
	long late = shot ? age_of(shot) : after;
	if (late < after)
		nap_ms(after - late);
	signal_all(SIGSTOP);
	if (shot)
		printf("looked %ld ms after %s\n", age_of(shot), shot);
	for (unsigned i = 0; i < n_processes; i++) {
		if (processes[i].hand)
			continue;
		search_memory(&processes[i]);
		search_descriptors(&processes[i]);
	}
	(void)nftw(stage, search_file, 16, FTW_PHYS);
	(void)nftw("/dev/shm", search_file, 16, FTW_PHYS);
	signal_all(SIGCONT);
	return result();
}

/* --- The search itself can find: a process that holds the PIN in every way there is, and a file. */
static void hold_everything(const char *ready)
{
	char *heap = malloc(1 << 16), stack[64] = "";
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pair[2], pipes[2], file = open(ready, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!heap || shared == MAP_FAILED || file < 0 || unlink(ready) || pipe(pipes) ||
	        socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		_exit(1);
	memset(heap, 1, 1 << 16);
	for (unsigned i = 0; i < n_needles; i++)
		memcpy(heap + 4096 + i * 512, needles[i].bytes, needles[i].n);
	memcpy(heap + 65536 - needles[0].n, needles[0].bytes, needles[0].n);
	memcpy(shared, needles[0].bytes, needles[0].n);
	memcpy(stack, needles[0].bytes, needles[0].n);
	if (write(pair[0], stack, needles[0].n) < 0 || write(pipes[1], stack, needles[0].n) < 0 ||
	        write(file, stack, needles[0].n) < 0)
		_exit(1);
	(void)prctl(PR_SET_NAME, "tamga-token");
	memset(needles, 0, sizeof needles);
	file = open(ready, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (;;)
		pause();
}

static int self_test(void)
{
	static char folder[] = "/tmp/canary-test.XXXXXX", path[64], file[64];
	if (!mkdtemp(folder))
		return 2;
	stage = folder;
	snprintf(path, sizeof path, "%s/held", folder);
	snprintf(file, sizeof file, "%s/log", folder);
	look_for("83620174");
	pid_t pid = fork();
	if (pid == 0)
		hold_everything(path);
	if (!wait_for(path))
		return 2;
	FILE *f = fopen(file, "w");
	if (f) {
		fputs("PIN 83620174\n", f);
		fclose(f);
	}
	processes[n_processes++] = (struct process){.pid = pid, .name = "test", .ours = true};
	search_memory(&processes[0]);
	unsigned in_memory = found_ours;
	search_descriptors(&processes[0]);
	unsigned in_queues = found_ours - in_memory;
	(void)nftw(stage, search_file, 16, FTW_PHYS);
	unsigned in_files = found_ours - in_memory - in_queues;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(path);
	unlink(file);
	rmdir(folder);
	printf("self-test: %u in memory, %u in queues and deleted files, %u in files\n", in_memory, in_queues,
	        in_files);
	/* each way once, and heap's end, shared memory, stack; socket, pipe, deleted file; one file */
	return in_memory >= n_needles + 3 && in_queues == 3 && in_files == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *shot = NULL;
	long after = 10;
	int i = 1;
	if (argc == 2 && strcmp(argv[1], "--self-test") == 0)
		return self_test();
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--stage") == 0)
			stage = argv[i + 1];
		else if (strcmp(argv[i], "--shot") == 0)
			shot = argv[i + 1];
		else if (strcmp(argv[i], "--after") == 0)
			after = strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--except") == 0 && n_except < 16)
			except[n_except++] = argv[i + 1];
	}
	for (; i < argc; i++)
		look_for(argv[i]);
	if (!stage || !n_needles) {
		fputs("usage: canary --stage DIR [--shot FILE] [--after MS] [--except PATTERN] PIN...\n", stderr);
		return 2;
	}
	return look(shot, after);
}
