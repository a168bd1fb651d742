/* Looks for bytes in the whole readable memory of other processes, as root from outside.
 * Usage: memscan TEXT PID…: prints where it stands; exit 0 when nowhere, 1 when somewhere, 2 when it could not look. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (1u << 20)

static int found;

static void scan_chunk(const char *bytes, size_t n, unsigned long at, const char *text, const char *where)
{
	const char *p = bytes, *end = bytes + n;
	while (p < end && (p = memmem(p, (size_t)(end - p), text, strlen(text)))) {
		printf("%s at %lx\n", where, at + (unsigned long)(p - bytes));
		found = 1;
		p++;
	}
}

/* Chunks overlap, so that nothing hides on a border. Pages that cannot be read (device memory) are passed over. */
static size_t scan_range(int mem, unsigned long from, unsigned long to, const char *text, const char *where)
{
	static char bytes[CHUNK + 64];
	size_t seen = 0, keep = strlen(text) - 1;
	for (unsigned long at = from; at < to; at += CHUNK) {
		size_t want = to - at < CHUNK + keep ? to - at : CHUNK + keep;
		ssize_t n = pread(mem, bytes, want, (off_t)at);
		if (n <= 0)
			continue;
		seen += (size_t)n;
		scan_chunk(bytes, (size_t)n, at, text, where);
	}
	explicit_bzero(bytes, sizeof bytes);
	return seen;
}

static int scan_process(const char *pid, const char *text)
{
	char path[64], line[512];
	size_t seen = 0;
	snprintf(path, sizeof path, "/proc/%s/maps", pid);
	FILE *maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%s/mem", pid);
	int mem = open(path, O_RDONLY | O_CLOEXEC);
	while (maps && mem >= 0 && fgets(line, sizeof line, maps)) {
		unsigned long from, to;
		char rights[8];
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && rights[0] == 'r')
			seen += scan_range(mem, from, to, text, line);
	}
	if (maps)
		fclose(maps);
	if (mem >= 0)
		close(mem);
	if (seen < 100000)
		fprintf(stderr, "process %s: only %zu bytes could be read: %s\n", pid, seen, strerror(errno));
	return seen < 100000 ? 2 : 0;
}

int main(int argc, char **argv)
{
	if (argc < 3 || !argv[1][0] || strlen(argv[1]) > 60) {
		fprintf(stderr, "usage: memscan TEXT PID...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		if (scan_process(argv[i], argv[1]))
			return 2;
	return found;
}
