#include "fleet.h"

#include "tamga/ca.h"
#include "tamga/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVENTS    512
#define LATENCIES 4000000u

extern char **environ;

void fleet_die(struct fleet *f, const char *what)
{
	fprintf(stderr, "bench_fleet: %s: %s\n", what, strerror(errno));
	if (f->server > 0)
		kill(f->server, SIGKILL);
	exit(1);
}

int64_t fleet_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- Setting up */

static char *path_of(struct fleet *f, char out[400], const char *name)
{
	if (snprintf(out, 400, "%s/%s", f->dir, name) >= 400)
		fleet_die(f, "path");
	return out;
}

pid_t fleet_start(struct fleet *f, const char *name, const char *const *argv)
{
	pid_t pid;
	char log[400], file[100];
	union {
		const char *const *in;
		char *const *out;
	} words = {.in = argv};
	(void)snprintf(file, sizeof(file), "%s.log", name);
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(
	        &quiet, STDOUT_FILENO, path_of(f, log, file), O_WRONLY | O_CREAT | O_APPEND, 0600);
	posix_spawn_file_actions_adddup2(&quiet, STDOUT_FILENO, STDERR_FILENO);
	errno = posix_spawn(&pid, argv[0], &quiet, NULL, words.out, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (errno != 0)
		fleet_die(f, argv[0]);
	return pid;
}

static void start_centre(struct fleet *f)
{
	char program[400], data[400], file[400], line[100] = "", most[16];
	(void)snprintf(program, sizeof(program), "%s/tamga-centre", f->bin);
	(void)snprintf(most, sizeof(most), "%u", f->n + 500);
	const char *argv[] = {
	        program, "--data", path_of(f, data, "c"), "--listen", "127.0.0.1:0", "--connections", most, NULL};
	f->server = fleet_start(f, "centre", argv);
	for (int i = 0; i < 400 && line[0] == '\0'; i++) {
		usleep(50000);
		FILE *in = fopen(path_of(f, file, "c/listen"), "re");
		if (in && !fgets(line, sizeof(line), in))
			line[0] = '\0';
		if (in)
			fclose(in);
	}
	const char *colon = strrchr(line, ':');
	if (!colon)
		fleet_die(f, "the centre did not start");
	f->port = (unsigned short)strtoul(colon + 1, NULL, 10);
}

void fleet_stop_server(struct fleet *f)
{
	if (f->server <= 0)
		return;
	kill(f->server, SIGTERM);
	(void)waitpid(f->server, NULL, 0);
	f->server = 0;
}

static void sql(struct fleet *f, sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		fleet_die(f, text);
	}
}

static X509 *read_certificate(struct fleet *f, const struct tg_buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	if (!x)
		fleet_die(f, "certificate");
	return x;
}

/* A certificate of the centre's own channel CA and its row in the registry, as the enrolment would make them. */
static void admit(struct fleet *f, struct fleet_kiosk *k, struct tg_bytes csr, sqlite3_stmt *kiosk, sqlite3_stmt *row)
{
	char ca[400], ca_key[400];
	struct tg_buf pem = TG_BUF_INIT;
	struct tg_error err = {0};
	uint8_t print[32], spki[32];
	unsigned n = 0;
	unsigned char *der = NULL;
	if (tg_channel_issue(path_of(f, ca, "c/channel-ca.pem"), path_of(f, ca_key, "c/channel-ca.key"), k->kiosk, csr,
	            30 * 86400, (int64_t)time(NULL) * 1000, &pem, &err) != TG_OK)
		fleet_die(f, err.detail);
	k->certificate = read_certificate(f, &pem);
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(k->certificate), &der);
	if (X509_digest(k->certificate, EVP_sha256(), print, &n) != 1 || len <= 0)
		fleet_die(f, "digest");
	SHA256(der, (size_t)len, spki);
	OPENSSL_free(der);
	sqlite3_bind_text(kiosk, 1, k->kiosk, -1, SQLITE_STATIC);
	sqlite3_bind_blob(row, 1, print, sizeof(print), SQLITE_STATIC);
	sqlite3_bind_text(row, 2, k->kiosk, -1, SQLITE_STATIC);
	sqlite3_bind_blob(row, 3, spki, sizeof(spki), SQLITE_STATIC);
	sqlite3_bind_text(row, 4, tg_buf_str(&pem), -1, SQLITE_STATIC);
	if (sqlite3_step(kiosk) != SQLITE_DONE || sqlite3_step(row) != SQLITE_DONE)
		fleet_die(f, "registry");
	sqlite3_reset(kiosk);
	sqlite3_reset(row);
	tg_buf_finish(&pem);
	tg_entry_genesis(k->kiosk, k->hash);
}

static void admit_all(struct fleet *f)
{
	char file[400], key[400];
	sqlite3 *db = NULL;
	sqlite3_stmt *kiosk = NULL, *row = NULL;
	struct tg_buf csr = TG_BUF_INIT;
	struct tg_error err = {0};
	if (tg_channel_request(path_of(f, key, "fleet.key"), "F00000A-1", &csr, &err) != TG_OK)
		fleet_die(f, err.detail);
	if (sqlite3_open_v2(path_of(f, file, "c/ca.db"), &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	        sqlite3_prepare_v2(db, "INSERT INTO kiosks (kiosk, added_ms) VALUES (?1, 0)", -1, &kiosk, NULL) !=
	                SQLITE_OK ||
	        sqlite3_prepare_v2(db,
	                "INSERT INTO kiosk_certificates (fingerprint, kiosk, spki_hash, pem, issued_ms, until_ms) "
	                "VALUES (?1, ?2, ?3, ?4, 0, 4102444800000)",
	                -1, &row, NULL) != SQLITE_OK)
		fleet_die(f, db ? sqlite3_errmsg(db) : "ca.db");
	sql(f, db, "BEGIN IMMEDIATE");
	for (unsigned i = 0; i < f->n; i++) {
		(void)snprintf(f->kiosks[i].kiosk, sizeof(f->kiosks[i].kiosk), "F%05uA-1", i);
		admit(f, &f->kiosks[i], (struct tg_bytes){csr.data, csr.len}, kiosk, row);
	}
	sql(f, db, "COMMIT");
	sqlite3_finalize(kiosk);
	sqlite3_finalize(row);
	sqlite3_close(db);
	tg_buf_finish(&csr);
}

static void open_tls(struct fleet *f)
{
	char ca[400], key[400];
	FILE *in = fopen(path_of(f, key, "fleet.key"), "re");
	f->key = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;
	if (in)
		fclose(in);
	f->tls = SSL_CTX_new(TLS_client_method());
	if (!f->key || !f->tls || SSL_CTX_set_min_proto_version(f->tls, TLS1_3_VERSION) != 1 ||
	        SSL_CTX_load_verify_locations(f->tls, path_of(f, ca, "c/channel-ca.pem"), NULL) != 1)
		fleet_die(f, "TLS");
	SSL_CTX_set_verify(f->tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(
	        f->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(f->tls, SSL_SESS_CACHE_OFF);
}

void fleet_begin(struct fleet *f, const char *bin, unsigned n, size_t body)
{
	struct rlimit r;
	*f = (struct fleet){.n = n, .body = body};
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	f->kiosks = calloc(n, sizeof(*f->kiosks));
	f->latency_us = calloc(LATENCIES, sizeof(*f->latency_us));
	f->ep = epoll_create1(EPOLL_CLOEXEC);
	if (!f->kiosks || !f->latency_us || f->ep < 0 || !tg_copy(f->bin, sizeof(f->bin), bin) ||
	        !tg_copy(f->dir, sizeof(f->dir), "/var/tmp/tamga-fleet-XXXXXX") || !mkdtemp(f->dir))
		fleet_die(f, "fleet");
	start_centre(f);
	admit_all(f);
	open_tls(f);
}

void fleet_end(struct fleet *f)
{
	fleet_hang_up(f);
	fleet_stop_server(f);
	for (unsigned i = 0; i < f->n; i++) {
		X509_free(f->kiosks[i].certificate);
		tg_buf_finish(&f->kiosks[i].out);
	}
	EVP_PKEY_free(f->key);
	SSL_CTX_free(f->tls);
	close(f->ep);
	free(f->kiosks);
	free(f->latency_us);
	const char *argv[] = {"/bin/rm", "-rf", f->dir, NULL};
	(void)waitpid(fleet_start(f, "rm", argv), NULL, 0);
	(void)rmdir(f->dir);
}

/* --- One kiosk */

/* One HTTP request: with a batch of `n` fresh entries, or the question for the high water. */
static void compose(struct fleet *f, struct fleet_kiosk *k, unsigned n)
{
	static char body[TG_BODY_MAX];
	static struct tg_batch b;
	tg_buf_reset(&k->out);
	k->sent = k->got = 0;
	if (n == 0) {
		tg_buf_add_str(&k->out, "GET /v1/high-water HTTP/1.1\r\nHost: x\r\n\r\n");
		return;
	}
	if (body[0] == '\0') {
		memset(body, 'x', f->body);
		memcpy(body, "{\"program\":\"", 12);
		memcpy(body + f->body - 2, "\"}", 2);
	}
	tg_batch_begin(&b);
	for (unsigned i = 0; i < n; i++) {
		struct tg_entry e = {
		        .seq = ++k->seq, .time_ms = 1790000000000, .version = 1, .body = body, .body_len = f->body};
		(void)tg_copy(e.kiosk, sizeof(e.kiosk), k->kiosk);
		(void)tg_copy(e.kind, sizeof(e.kind), "kiosk.started");
		memcpy(e.prev_hash, k->hash, TG_HASH_LEN);
		if (tg_entry_seal(&e) != TG_OK || tg_batch_add(&b, &e) != TG_OK)
			fleet_die(f, "batch");
		memcpy(k->hash, e.hash, TG_HASH_LEN);
	}
	tg_buf_addf(&k->out,
	        "POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
	        "Content-Length: %zu\r\n\r\n",
	        b.bytes.len);
	tg_buf_add(&k->out, b.bytes.data, b.bytes.len);
}

static void hang_up(struct fleet_kiosk *k)
{
	if (k->state == LINK_DOWN)
		return;
	SSL_free(k->ssl);
	close(k->fd);
	k->ssl = NULL;
	k->state = LINK_DOWN;
}

void fleet_hang_up(struct fleet *f)
{
	for (unsigned i = 0; i < f->n; i++)
		hang_up(&f->kiosks[i]);
}

static void dial(struct fleet *f, struct fleet_kiosk *k)
{
	struct sockaddr_in a = {
	        .sin_family = AF_INET, .sin_port = htons(f->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = k};
	k->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->fd < 0)
		fleet_die(f, "socket");
	(void)setsockopt(k->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connect(k->fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) != 0 && errno != EINPROGRESS)
		fleet_die(f, "connect");
	k->ssl = SSL_new(f->tls);
	if (!k->ssl || SSL_set_fd(k->ssl, k->fd) != 1 || SSL_use_certificate(k->ssl, k->certificate) != 1 ||
	        SSL_use_PrivateKey(k->ssl, f->key) != 1)
		fleet_die(f, "TLS");
	SSL_set_connect_state(k->ssl);
	k->state = LINK_DIALLING;
	if (epoll_ctl(f->ep, EPOLL_CTL_ADD, k->fd, &e) != 0)
		fleet_die(f, "epoll");
}

/* The server let it go: a kiosk comes again. What it had not heard of it sends again. */
static void dropped(struct fleet *f, struct fleet_kiosk *k)
{
	hang_up(k);
	f->drops++;
	if (++k->drops > 200)
		fleet_die(f, "a kiosk is never let in");
	k->sent = k->got = 0;
	usleep(200);
	dial(f, k);
}

static bool waits(const struct fleet_kiosk *k, int rc)
{
	int e = SSL_get_error(k->ssl, rc);
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE;
}

/* False: dropped. */
static bool push(struct fleet_kiosk *k)
{
	while (k->sent < k->out.len) {
		int rc = SSL_write(k->ssl, k->out.data + k->sent, (int)(k->out.len - k->sent));
		if (rc <= 0)
			return waits(k, rc);
		k->sent += (size_t)rc;
	}
	return true;
}

enum answer { NOT_YET, GOOD, BUSY, LOST };

static enum answer pull(struct fleet *f, struct fleet_kiosk *k)
{
	for (;;) {
		int rc = SSL_read(k->ssl, k->in + k->got, (int)(sizeof(k->in) - 1 - k->got));
		if (rc <= 0)
			return waits(k, rc) ? NOT_YET : LOST;
		k->got += (size_t)rc;
		k->in[k->got] = '\0';
		const char *end = strstr(k->in, "\r\n\r\n"), *len = strcasestr(k->in, "Content-Length: ");
		if (!end || !len || k->got < (size_t)(end + 4 - k->in) + strtoul(len + 16, NULL, 10))
			continue;
		if (strncmp(k->in, "HTTP/1.1 503", 12) == 0)
			return BUSY;
		if (strncmp(k->in, "HTTP/1.1 200", 12) != 0)
			fleet_die(f, k->in);
		return GOOD;
	}
}

/* As a kiosk does: from once to twice as long as it was told, spread over the fleet by the time of its request. */
static void wait_as_told(struct fleet *f, struct fleet_kiosk *k)
{
	const char *told = strcasestr(k->in, "Retry-After: ");
	unsigned long seconds = told ? strtoul(told + 13, NULL, 10) : 0;
	if (seconds == 0)
		fleet_die(f, "busy, and no Retry-After");
	k->again_us = fleet_now_us() + (int64_t)seconds * (1000000 + k->since_us % 1000000);
	k->sent = k->got = 0;
	k->state = LINK_WAITING;
	k->next_waiting = f->waiting;
	f->waiting = k;
	f->waits++;
}

static void ask(struct fleet *f, struct fleet_kiosk *k)
{
	k->state = LINK_ASKING;
	if (!push(k))
		dropped(f, k);
}

/* True when its exchange is done. */
static bool go_on(struct fleet *f, struct fleet_kiosk *k)
{
	if (k->state == LINK_DIALLING || k->state == LINK_SHAKING) {
		k->state = LINK_SHAKING;
		int rc = SSL_do_handshake(k->ssl);
		if (rc != 1) {
			if (!waits(k, rc))
				dropped(f, k);
			return false;
		}
		ask(f, k);
	}
	if (k->state != LINK_ASKING)
		return false;
	if (!push(k)) {
		dropped(f, k);
		return false;
	}
	switch (pull(f, k)) {
	case GOOD:
		k->state = LINK_IDLE;
		return true;
	case BUSY:
		wait_as_told(f, k);
		return false;
	case LOST:
		dropped(f, k);
		return false;
	case NOT_YET:
		break;
	}
	return false;
}

/* --- Rounds */

static void begin(struct fleet *f, struct fleet_kiosk *k, unsigned batch)
{
	compose(f, k, batch);
	k->since_us = fleet_now_us();
	k->drops = 0;
	if (k->state == LINK_DOWN)
		dial(f, k);
	else
		ask(f, k);
}

_Noreturn static void tell_stuck(struct fleet *f)
{
	unsigned in_state[LINK_ASKING + 1] = {0};
	for (unsigned i = 0; i < f->n; i++)
		in_state[f->kiosks[i].state]++;
	for (unsigned i = 0; i < f->n; i++)
		if (f->kiosks[i].state == LINK_ASKING || f->kiosks[i].state == LINK_SHAKING)
			fprintf(stderr, "%s: state %d, sent %zu of %zu, got %zu, seq %llu, %u drops\n",
			        f->kiosks[i].kiosk, (int)f->kiosks[i].state, f->kiosks[i].sent, f->kiosks[i].out.len,
			        f->kiosks[i].got, (unsigned long long)f->kiosks[i].seq, f->kiosks[i].drops);
	fprintf(stderr, "down %u, dialling %u, shaking %u, idle %u, asking %u\n", in_state[LINK_DOWN],
	        in_state[LINK_DIALLING], in_state[LINK_SHAKING], in_state[LINK_IDLE], in_state[LINK_ASKING]);
	fleet_die(f, "nothing came for a minute");
}

/* Those who waited long enough ask again; milliseconds until the next one may. */
static int ask_again(struct fleet *f)
{
	int64_t now = fleet_now_us(), next = now + 60000000;
	for (struct fleet_kiosk **at = &f->waiting; *at;) {
		struct fleet_kiosk *k = *at;
		if (k->again_us > now) {
			next = k->again_us < next ? k->again_us : next;
			at = &k->next_waiting;
			continue;
		}
		*at = k->next_waiting;
		ask(f, k);
	}
	return (int)((next - now) / 1000) + 1;
}

/* Kiosks in an order in which no two of the same come soon after each other. */
void fleet_run(struct fleet *f, struct fleet_round *r)
{
	struct epoll_event events[EVENTS];
	uint64_t all = (uint64_t)f->n * r->per_kiosk, begun = 0, done = 0;
	int64_t start = fleet_now_us();
	f->n_latency = 0;
	while (done < all) {
		while (begun < all && begun - done < r->window) {
			struct fleet_kiosk *k = &f->kiosks[begun % f->n];
			if (k->state != LINK_IDLE && k->state != LINK_DOWN)
				break; /* it is still at its last one */
			begin(f, k, r->batch);
			begun++;
		}
		int n = epoll_wait(f->ep, events, EVENTS, ask_again(f));
		if (n == 0 && !f->waiting)
			tell_stuck(f);
		for (int i = 0; i < n; i++) {
			struct fleet_kiosk *k = events[i].data.ptr;
			if (k->state == LINK_IDLE || k->state == LINK_DOWN || k->state == LINK_WAITING || !go_on(f, k))
				continue;
			done++;
			if (f->n_latency < LATENCIES)
				f->latency_us[f->n_latency++] = fleet_now_us() - k->since_us;
		}
	}
	r->seconds = (double)(fleet_now_us() - start) / 1e6;
}

static int by_size(const void *a, const void *b)
{
	int64_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

double fleet_percentile(struct fleet *f, double p)
{
	if (f->n_latency == 0)
		return 0;
	qsort(f->latency_us, f->n_latency, sizeof(*f->latency_us), by_size);
	return (double)f->latency_us[(size_t)((double)(f->n_latency - 1) * p)] / 1000.0;
}

/* --- The server's needs */

static double cpu_of(pid_t pid)
{
	char path[64], line[600] = "";
	long user = 0, system = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *in = fopen(path, "re");
	if (!in || !fgets(line, sizeof(line), in))
		line[0] = '\0';
	if (in)
		fclose(in);
	const char *at = strrchr(line, ')'); /* then the fields from the third on: utime is 14, stime 15 */
	for (int field = 2; at && field < 14; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, " %ld %ld", &user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double memory_of(pid_t pid)
{
	char path[64], line[200];
	long kib = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "Pss: %ld", &kib) == 1)
			break;
	if (in)
		fclose(in);
	return (double)kib / 1024.0 / 1024.0;
}

/* A process and its children: nginx works in those. */
static double sum_of(pid_t pid, double (*of)(pid_t pid))
{
	char path[64];
	int child = 0;
	double sum = of(pid);
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *in = fopen(path, "re");
	while (in && fscanf(in, "%d", &child) == 1)
		sum += of((pid_t)child);
	if (in)
		fclose(in);
	return sum;
}

double fleet_cpu_seconds(const struct fleet *f)
{
	return sum_of(f->server, cpu_of);
}

double fleet_memory_gib(const struct fleet *f)
{
	return sum_of(f->server, memory_of);
}
