/* A server that answers wrongly: one thread, one connection after the other, on a free port of the loopback.
 * Usage: bad-answerer MODE. Prints "port N" when it listens; runs until it is killed. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_CMP "HTTP/1.1 200 OK\r\nContent-Type: application/pkixcmp\r\nConnection: close\r\n"

static const struct {
	const char *mode, *answer; /* NULL: nothing at all */
} modes[] = {
        {"page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"
                 "<html>Sign in!</html>\n"},
        {"error-500", "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
        {"error-404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
        {"empty", HEAD_CMP "Content-Length: 0\r\n\r\n"},
        {"noise", HEAD_CMP "Content-Length: 16\r\n\r\n0123456789abcdef"},
        {"short", HEAD_CMP "Content-Length: 4000\r\n\r\n\x30\x82\x0f\x9c"},
        {"not-http", "\x30\x03\x02\x01\x05\r\n\r\n"},
        {"closes", ""},
        {"hangs", NULL},
};

static int listen_somewhere(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 16) ||
	        getsockname(fd, (struct sockaddr *)&a, &n))
		return -1;
	printf("port %d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

/* Everything that comes is taken, so that the answer is not lost to a reset. */
static void drain(int fd)
{
	char bytes[4096];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (poll(&p, 1, 200) == 1 && read(fd, bytes, sizeof bytes) > 0)
		;
}

static void serve(int listener, const char *answer)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			return;
		drain(fd);
		if (!answer)
			continue; /* kept open for ever: the other side has to lose patience */
		if (*answer && write(fd, answer, strlen(answer)) < 0)
			perror("write");
		close(fd);
	}
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof modes[0]; i++) {
		if (strcmp(argv[1], modes[i].mode) != 0)
			continue;
		int fd = listen_somewhere();
		if (fd < 0)
			return 1;
		serve(fd, modes[i].answer);
		return 1;
	}
	fprintf(stderr, "usage: bad-answerer page|error-500|error-404|empty|noise|short|not-http|closes|hangs\n");
	return 2;
}
