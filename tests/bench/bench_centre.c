/* Durable acknowledgements of a real tamga-centre, client on the same cores: TLS 1.3 with client certificates, kept
 * connections, each acknowledged after the commit. Entries with bodies of 2 KB, as limits.md §2 measured with.
 *   bench_centre BIN-DIRECTORY   prints "name value unit" lines; bounded to 20 seconds */
#include "tamga/sync.h"
#include "tamga/text.h"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY      2000
#define MAX_LINKS 64
#define LATENCIES 400000

extern char **environ;

struct stream { /* one kiosk and its connection */
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
	struct tg_buf out;
	size_t sent;
	char in[2048];
	size_t got;
	int64_t since;
};

static struct stream streams[MAX_LINKS];
static char dir[64], bin[300], url[128];
static unsigned short port;
static pid_t centre;
static int64_t *latency;
static size_t n_latency;

static int die(const char *what)
{
	fprintf(stderr, "bench_centre: %s: %s\n", what, strerror(errno));
	if (centre > 0)
		kill(centre, SIGKILL);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static pid_t start(char *const argv[])
{
	pid_t pid;
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int rc = posix_spawn(&pid, argv[0], &quiet, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	errno = rc;
	return rc == 0 ? pid : die(argv[0]);
}

static char *path_of(char out[400], const char *a, const char *b)
{
	if (snprintf(out, 400, "%s/%s", a, b) >= 400)
		die("path");
	return out;
}

static void start_centre(void)
{
	char program[400], data[400], file[400], listen[] = "127.0.0.1:0";
	char f1[] = "--data", f2[] = "--listen";
	char *argv[] = {path_of(program, bin, "tamga-centre"), f1, path_of(data, dir, "c"), f2, listen, NULL};
	centre = start(argv);
	char line[100] = "";
	for (int i = 0; i < 200 && line[0] == '\0'; i++) {
		usleep(50000);
		FILE *f = fopen(path_of(file, data, "listen"), "re");
		if (f && !fgets(line, sizeof(line), f))
			line[0] = '\0';
		if (f)
			fclose(f);
	}
	line[strcspn(line, "\n")] = '\0';
	const char *colon = strrchr(line, ':');
	if (!colon)
		die("the centre did not start");
	(void)snprintf(url, sizeof(url), "https://%s", line);
	port = (unsigned short)strtoul(colon + 1, NULL, 10);
}

static void enrol(struct stream *s)
{
	char program[400], secret[400], out[400];
	char f1[] = "--enrol", f2[] = "--centre", f3[] = "--secret-file", f4[] = "--kiosk", f5[] = "--out";
	char *argv[] = {path_of(program, bin, "tamga-agent"), f1, f2, url, f3,
	        path_of(secret, dir, "c/enrolment-secret"), f4, s->kiosk, f5, path_of(out, dir, s->kiosk), NULL};
	int status = 1;
	pid_t pid = start(argv);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("enrolment");
	tg_entry_genesis(s->kiosk, s->hash);
}

static void dial(struct stream *s)
{
	char ca[400], cert[400], key[400], id[400];
	struct sockaddr_in a = {
	        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	path_of(id, dir, s->kiosk);
	s->ctx = SSL_CTX_new(TLS_client_method());
	if (!s->ctx || SSL_CTX_set_min_proto_version(s->ctx, TLS1_3_VERSION) != 1 ||
	        SSL_CTX_load_verify_locations(s->ctx, path_of(ca, id, "channel-ca.pem"), NULL) != 1 ||
	        SSL_CTX_use_certificate_file(s->ctx, path_of(cert, id, "kiosk.crt"), SSL_FILETYPE_PEM) != 1 ||
	        SSL_CTX_use_PrivateKey_file(s->ctx, path_of(key, id, "kiosk.key"), SSL_FILETYPE_PEM) != 1)
		die("TLS setup");
	SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(s->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) != 0)
		die("connect");
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	s->ssl = SSL_new(s->ctx);
	if (!s->ssl || SSL_set_fd(s->ssl, s->fd) != 1 || SSL_connect(s->ssl) != 1)
		die("handshake");
	if (fcntl(s->fd, F_SETFL, O_NONBLOCK) != 0)
		die("fcntl");
}

static void hang_up(struct stream *s)
{
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
	close(s->fd);
	tg_buf_finish(&s->out);
	s->got = s->sent = 0;
}

/* One HTTP request with a batch of `n` fresh entries. */
static void compose(struct stream *s, unsigned n)
{
	static char body[BODY + 1];
	static struct tg_batch b;
	if (body[0] == '\0') {
		memset(body, 'x', BODY);
		memcpy(body, "{\"program\":\"", 12);
		memcpy(body + BODY - 2, "\"}", 2);
	}
	tg_batch_begin(&b);
	for (unsigned i = 0; i < n; i++) {
		struct tg_entry e = {
		        .seq = ++s->seq, .time_ms = 1790000000000, .version = 1, .body = body, .body_len = BODY};
		(void)tg_copy(e.kiosk, sizeof(e.kiosk), s->kiosk);
		(void)tg_copy(e.kind, sizeof(e.kind), "kiosk.started");
		memcpy(e.prev_hash, s->hash, TG_HASH_LEN);
		if (tg_entry_seal(&e) != TG_OK || tg_batch_add(&b, &e) != TG_OK)
			die("batch");
		memcpy(s->hash, e.hash, TG_HASH_LEN);
	}
	tg_buf_reset(&s->out);
	tg_buf_addf(&s->out,
	        "POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: "
	        "%zu\r\n\r\n",
	        b.bytes.len);
	tg_buf_add(&s->out, b.bytes.data, b.bytes.len);
	s->sent = s->got = 0;
	s->since = now_us();
}

static bool again(const struct stream *s, int rc)
{
	int e = SSL_get_error(s->ssl, rc);
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE;
}

static void push(struct stream *s)
{
	while (s->sent < s->out.len) {
		int rc = SSL_write(s->ssl, s->out.data + s->sent, (int)(s->out.len - s->sent));
		if (rc > 0)
			s->sent += (size_t)rc;
		else if (again(s, rc))
			return;
		else
			die("write");
	}
}

/* True when the whole answer is here; anything but 200 ends the bench. */
static bool pull(struct stream *s)
{
	for (;;) {
		int rc = SSL_read(s->ssl, s->in + s->got, (int)(sizeof(s->in) - 1 - s->got));
		if (rc <= 0)
			return again(s, rc) ? false : (bool)die("read");
		s->got += (size_t)rc;
		s->in[s->got] = '\0';
		const char *end = strstr(s->in, "\r\n\r\n"), *len = strstr(s->in, "Content-Length: ");
		if (strncmp(s->in, "HTTP/1.1 200", 12) != 0 && s->got > 12)
			return (bool)die(s->in);
		if (end && len && s->got >= (size_t)(end + 4 - s->in) + strtoul(len + 16, NULL, 10))
			return true;
	}
}

static uint64_t run(unsigned links, unsigned batch, int64_t for_us)
{
	struct epoll_event events[MAX_LINKS];
	int ep = epoll_create1(EPOLL_CLOEXEC);
	uint64_t acks = 0;
	n_latency = 0;
	for (unsigned i = 0; i < links; i++) {
		struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &streams[i]};
		dial(&streams[i]);
		if (epoll_ctl(ep, EPOLL_CTL_ADD, streams[i].fd, &e) != 0)
			die("epoll");
		compose(&streams[i], batch);
		push(&streams[i]);
	}
	int64_t end = now_us() + for_us;
	while (now_us() < end) {
		int n = epoll_wait(ep, events, MAX_LINKS, 1000);
		for (int i = 0; i < n; i++) {
			struct stream *s = events[i].data.ptr;
			push(s);
			if (!pull(s))
				continue;
			if (n_latency < LATENCIES)
				latency[n_latency++] = now_us() - s->since;
			acks++;
			compose(s, batch);
			push(s);
		}
	}
	/* What is under way is not counted, but must not be lost for the next run: waited for. */
	for (unsigned i = 0; i < links; i++) {
		while (!pull(&streams[i]))
			push(&streams[i]), usleep(100);
		hang_up(&streams[i]);
	}
	close(ep);
	return acks;
}

static int by_size(const void *a, const void *b)
{
	int64_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static double percentile(double p)
{
	if (n_latency == 0)
		return 0;
	qsort(latency, n_latency, sizeof(*latency), by_size);
	return (double)latency[(size_t)((double)(n_latency - 1) * p)] / 1000.0;
}

static void measure_single(unsigned links)
{
	uint64_t acks = run(links, 1, 3000000);
	printf("centre-acks-single-%u-links %.0f 1/s\n", links, (double)acks / 3.0);
	printf("centre-ack-p50-%u-links %.2f ms\n", links, percentile(0.5));
	printf("centre-ack-p99-%u-links %.2f ms\n", links, percentile(0.99));
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc != 2 || !tg_copy(bin, sizeof(bin), argv[1]) ||
	        !tg_copy(dir, sizeof(dir), "/var/tmp/tamga-bench-XXXXXX") || !mkdtemp(dir))
		return 2;
	latency = calloc(LATENCIES, sizeof(*latency));
	if (!latency)
		return 1;
	start_centre();
	for (unsigned i = 0; i < MAX_LINKS; i++) {
		(void)snprintf(streams[i].kiosk, sizeof(streams[i].kiosk), "B%03uA-1", i);
		enrol(&streams[i]);
	}
	measure_single(16);
	measure_single(64);
	uint64_t batches = run(8, 250, 3000000);
	printf("centre-entries-in-batches-of-250 %.0f 1/s\n", (double)batches * 250.0 / 3.0);
	printf("centre-batch-p99 %.2f ms\n", percentile(0.99));
	kill(centre, SIGTERM);
	(void)waitpid(centre, NULL, 0);
	char *remove[] = {(char[]){"/bin/rm"}, (char[]){"-rf"}, dir, NULL};
	(void)waitpid(start(remove), NULL, 0);
	free(latency);
	return 0;
}
