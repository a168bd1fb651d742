#include "rig.h"

#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <winscard.h>

#define DRIVER "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

static struct {
	char dir[64];
	char reader[128]; /* the second reader's name */
	int port;         /* and port */
	pid_t pid;
} daemon_;

static void nap_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

static pid_t start(const char *const argv[], int output)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

int rig_run(char *out, size_t cap, const char *const argv[])
{
	int pipe_fd[2], status = -1;
	size_t n = 0;
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	pid_t pid = start(argv, pipe_fd[1]);
	close(pipe_fd[1]);
	assert_true(pid > 0);
	for (;;) {
		char chunk[4096];
		ssize_t k = read(pipe_fd[0], chunk, sizeof chunk);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		size_t room = cap - 1 - n, take = (size_t)k < room ? (size_t)k : room;
		memcpy(out + n, chunk, take);
		n += take;
	}
	out[n] = 0;
	close(pipe_fd[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct rig *live; /* for the teardown of a test that failed in the middle */

int rig_teardown(void **state)
{
	(void)state;
	if (!live)
		return 0;
	tg_token_destroy(live->token);
	if (live->card_pid) {
		kill(live->card_pid, SIGTERM);
		waitpid(live->card_pid, NULL, 0);
	}
	print_message("kept for a look: %s\n", live->dir);
	live = NULL;
	return 0;
}

void rig_start(struct rig *r, const char *carriers, const char *override, int call_ms)
{
	/* The sanitizer's allocator knows no M_PERTURB: told to overwrite what is freed. Modules leak; that is theirs.
	 */
	static const char ours[] = "max_free_fill_size=65536:detect_leaks=0";
	const char *given = getenv("ASAN_OPTIONS");
	char options[512];
	snprintf(options, sizeof options, "%s:%s", given ? given : "", ours);
	if (!given || !strstr(given, ours))
		assert_int_equal(setenv("ASAN_OPTIONS", options, 1), 0);
	*r = (struct rig){.reader = daemon_.reader};
	live = r;
	(void)tg_copy(r->dir, sizeof r->dir, "/tmp/tamga-token-test-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->log, sizeof r->log, "%s/child.log", r->dir);
	snprintf(r->control, sizeof r->control, "%s/card.sock", r->dir);
	struct tg_token_config config = {
	        .program = TAMGA_BINARY_DIR "/bin/tamga-token",
	        .carriers_path = carriers ? carriers : TAMGA_SOURCE_DIR "/screens/carriers.yaml",
	        .module_override = override,
	        .call_ms = call_ms,
	        .generate_ms = 60000,
	        .stderr_path = r->log,
	};
	assert_int_equal(tg_token_create(&r->token, &config), TG_OK);
}

void rig_check_log(const struct rig *r)
{
	char text[8192] = "";
	int fd = open(r->log, O_RDONLY);
	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof text - 1);
		text[n > 0 ? n : 0] = 0;
		close(fd);
	}
	if (strstr(text, "Sanitizer") || strstr(text, "runtime error"))
		fail_msg("the child said: %s", text);
}

void rig_stop(struct rig *r)
{
	char out[256];
	tg_token_destroy(r->token);
	rig_card_stop(r);
	rig_check_log(r);
	live = NULL;
	const char *const rm[] = {"rm", "-rf", r->dir, NULL};
	assert_int_equal(rig_run(out, sizeof out, rm), 0);
}

void rig_softhsm(const struct rig *r, bool initialised)
{
	char path[128], out[1024];
	snprintf(path, sizeof path, "%s/tokens", r->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/softhsm2.conf", r->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", r->dir);
	fclose(f);
	assert_int_equal(setenv("SOFTHSM2_CONF", path, 1), 0);
	const char *const init[] = {"softhsm2-util", "--init-token", "--free", "--label", "Rig", "--pin", "48213",
	        "--so-pin", "12345678", NULL};
	if (initialised)
		assert_int_equal(rig_run(out, sizeof out, init), 0);
}

static const char *card_program(void)
{
	const char *told = getenv("TAMGA_VCARD");
	return told ? told : TAMGA_BINARY_DIR "/bin/tamga-vcard";
}

static bool reader_state(DWORD *state)
{
	SCARDCONTEXT context;
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return false;
	SCARD_READERSTATE s = {.szReader = daemon_.reader};
	LONG rv = SCardGetStatusChange(context, 0, &s, 1);
	SCardReleaseContext(context);
	*state = s.dwEventState;
	return rv == SCARD_S_SUCCESS;
}

/* Two neighbouring free ports. The driver takes the first from CHANNELID and the second as its successor. */
static int free_ports(void)
{
	for (int port = 40000 + getpid() % 10000 * 2; port < 65000; port += 2) {
		bool ok = true;
		for (int i = 0; i < 2 && ok; i++) {
			struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(port + i))};
			int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			ok = bind(s, (struct sockaddr *)&a, sizeof a) == 0;
			close(s);
		}
		if (ok)
			return port;
	}
	return 0;
}

/* The daemon's socket and pid file have fixed places: it is given a /run of its own, into which our folder is bound. */
static void launch_daemon(void)
{
	static const char script[] = "mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind \"$0\" /run/pcscd "
	                             "&& exec pcscd -f -c \"$0/conf\"";
	const char *const as_root[] = {"unshare", "-m", "sh", "-c", script, daemon_.dir, NULL};
	const char *const as_user[] = {"unshare", "-rm", "sh", "-c", script, daemon_.dir, NULL};
	char path[96];
	DWORD state;
	snprintf(path, sizeof path, "%s/pcscd.log", daemon_.dir);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	daemon_.pid = start(geteuid() ? as_user : as_root, log);
	close(log);
	for (int i = 0; i < 100 && !reader_state(&state); i++)
		nap_ms(50);
}

bool rig_pcscd_start(const char *readers)
{
	char path[96];
	DWORD state;
	if (access(card_program(), X_OK) || access(DRIVER, R_OK) || access("/usr/sbin/pcscd", X_OK)) {
		print_message("skipped: one of %s, %s, /usr/sbin/pcscd is not there\n", card_program(), DRIVER);
		return false;
	}
	/* The second time the same folder: the PC/SC library asks for the socket's place once in a process. */
	bool again = daemon_.dir[0];
	if (!again)
		(void)tg_copy(daemon_.dir, sizeof daemon_.dir, "/tmp/tamga-pcscd-XXXXXX");
	assert_true(again ? mkdir(daemon_.dir, 0700) == 0 : mkdtemp(daemon_.dir) != NULL);
	const char *name = readers ? readers : "Virtual PCD";
	snprintf(daemon_.reader, sizeof daemon_.reader, "%s 00 01", name);
	snprintf(path, sizeof path, "%s/conf", daemon_.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/conf/vpcd", daemon_.dir);
	int first = free_ports();
	daemon_.port = first + 1;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "FRIENDLYNAME \"%s\"\nDEVICENAME /dev/null:0x%X\nLIBPATH " DRIVER "\nCHANNELID 0x%X\n", name,
	        (unsigned)first, (unsigned)first);
	assert_int_equal(fclose(f), 0);
	snprintf(path, sizeof path, "%s/pcscd.comm", daemon_.dir);
	assert_int_equal(setenv("PCSCLITE_CSOCK_NAME", path, 1), 0);
	launch_daemon();
	if (reader_state(&state))
		return true;
	char why[512] = "";
	snprintf(path, sizeof path, "%s/pcscd.log", daemon_.dir);
	const char *const cat[] = {"cat", path, NULL};
	(void)rig_run(why, sizeof why, cat);
	print_message("skipped: no PC/SC daemon could be started: %s\n", why);
	rig_pcscd_stop();
	return false;
}

void rig_pcscd_kill(void)
{
	kill(daemon_.pid, SIGKILL);
	waitpid(daemon_.pid, NULL, 0);
	daemon_.pid = 0;
}

void rig_pcscd_again(void)
{
	char path[96];
	snprintf(path, sizeof path, "%s/pcscd.comm", daemon_.dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/pcscd.pid", daemon_.dir);
	unlink(path);
	launch_daemon();
}

void rig_pcscd_stop(void)
{
	char out[256];
	if (daemon_.pid)
		rig_pcscd_kill();
	const char *const rm[] = {"rm", "-rf", daemon_.dir, NULL};
	(void)rig_run(out, sizeof out, rm);
}

void rig_wait_card(const struct rig *r, bool there)
{
	DWORD state = 0;
	(void)r;
	for (int i = 0; i < 200; i++, nap_ms(25))
		if (reader_state(&state) && !(state & SCARD_STATE_PRESENT) == !there)
			return;
	fail_msg("the card is %s the reader for 5 seconds", there ? "not in" : "still in");
}

void rig_card_do(const struct rig *r, char *out, size_t cap, const char *command, const char *argument)
{
	const char *const argv[] = {card_program(), "--ctl", r->control, command, argument, NULL};
	if (rig_run(out, cap, argv) != 0)
		fail_msg("card: %s %s: %s", command, argument ? argument : "", out);
}

void rig_card(struct rig *r, const char *persona)
{
	char state[96], path[256], port[16];
	snprintf(port, sizeof port, "%d", daemon_.port);
	rig_wait_card(r, false);
	snprintf(state, sizeof state, "%s/card.state", r->dir);
	if (persona[0] == '/')
		(void)tg_copy(path, sizeof path, persona);
	else
		snprintf(path, sizeof path, TAMGA_TESTS_DIR "/personas/%s.yaml", persona);
	const char *const argv[] = {card_program(), "--state", state, "--control", r->control, "--persona", path,
	        "--port", port, "--inserted", NULL};
	int log = open(r->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	r->card_pid = start(argv, log);
	close(log);
	assert_true(r->card_pid > 0);
	rig_wait_card(r, true);
}

void rig_card_stop(struct rig *r)
{
	char out[256];
	if (!r->card_pid)
		return;
	rig_card_do(r, out, sizeof out, "quit", NULL);
	waitpid(r->card_pid, NULL, 0);
	r->card_pid = 0;
	rig_wait_card(r, false);
}

void rig_card_insert(const struct rig *r)
{
	char out[256];
	rig_wait_card(r, false);
	rig_card_do(r, out, sizeof out, "insert", NULL);
	rig_wait_card(r, true);
}

int rig_card_says(const struct rig *r, const char *what)
{
	char out[512], word[64];
	rig_card_do(r, out, sizeof out, "status", NULL);
	snprintf(word, sizeof word, " %s=", what);
	const char *at = strstr(out, word);
	if (!at)
		fail_msg("the card says nothing of %s: %s", what, out);
	return (int)strtol(at + strlen(word), NULL, 10);
}

const char *rig_persona(struct rig *r, const char *text)
{
	snprintf(r->persona, sizeof r->persona, "%s/persona.yaml", r->dir);
	FILE *f = fopen(r->persona, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	return r->persona;
}

unsigned rig_card_files(const struct rig *r, unsigned fids[], unsigned cap)
{
	static const uint8_t select[] = {0, 0xA4, 4, 0, 11, 0xE8, 0x2B, 6, 1, 4, 1, 0x81, 0xC3, 0x1F, 2, 1, 0};
	static const uint8_t list[] = {0x80, 0x58, 0, 0, 0, 0, 0};
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol, n;
	uint8_t answer[4096];
	assert_int_equal(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), SCARD_S_SUCCESS);
	assert_int_equal(SCardConnect(context, r->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol),
	        SCARD_S_SUCCESS);
	n = sizeof answer;
	assert_int_equal(SCardTransmit(card, SCARD_PCI_T1, select, sizeof select, NULL, answer, &n), SCARD_S_SUCCESS);
	n = sizeof answer;
	assert_int_equal(SCardTransmit(card, SCARD_PCI_T1, list, sizeof list, NULL, answer, &n), SCARD_S_SUCCESS);
	assert_true(n >= 2 && answer[n - 2] == 0x90 && answer[n - 1] == 0 && n % 2 == 0);
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	SCardReleaseContext(context);
	unsigned k = 0;
	for (DWORD i = 0; i + 2 < n && k < cap; i += 2)
		fids[k++] = (unsigned)answer[i] << 8 | answer[i + 1];
	return k;
}

struct tg_secret *rig_pin(const char *digits)
{
	struct tg_secret *s = NULL;
	assert_int_equal(tg_secret_create(&s), TG_OK);
	assert_true(tg_secret_append(s, digits, strlen(digits)));
	return s;
}

struct tg_key_ref rig_key(uint8_t last, const char *label)
{
	struct tg_key_ref k = {.id = {0x54, 0x47, last}, .id_len = 3, .label = label};
	return k;
}

void rig_login(struct rig *r, const char *pin)
{
	struct tg_secret *s = rig_pin(pin);
	const char *reader = r->card_pid ? r->reader : NULL;
	enum tg_status status = tg_token_inspect(r->token, reader, NULL, 0, &r->info, &r->err);
	if (status == TG_OK) {
		char serial[64];
		(void)tg_copy(serial, sizeof serial, r->info.serial);
		status = tg_token_login(r->token, serial, s, &r->info, &r->err);
	}
	tg_secret_destroy(s);
	if (status != TG_OK)
		fail_msg("login: %s: %s", tg_status_name(status), r->err.detail);
}

void rig_certify(struct tg_bytes spki, const char *name, struct tg_buf *der)
{
	static EVP_PKEY *authority;
	if (!authority)
		authority = EVP_RSA_gen(2048);
	const unsigned char *p = spki.data;
	EVP_PKEY *subject = d2i_PUBKEY(NULL, &p, (long)spki.len);
	X509 *x = X509_new();
	X509_NAME *n = X509_NAME_new();
	assert_true(authority && subject && x && n);
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 4711), 1);
	assert_true(X509_set_version(x, 2) && X509_set_subject_name(x, n) && X509_set_issuer_name(x, n) &&
	            X509_set_pubkey(x, subject) && X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
	            X509_gmtime_adj(X509_getm_notAfter(x), 86400) && X509_sign(x, authority, EVP_sha256()) > 0);
	unsigned char *bytes = NULL;
	int len = i2d_X509(x, &bytes);
	assert_true(len > 0);
	tg_buf_reset(der);
	tg_buf_add(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	X509_NAME_free(n);
	X509_free(x);
	EVP_PKEY_free(subject);
}

void rig_file(const struct rig *r, const char *name, struct tg_bytes bytes, char path[160])
{
	snprintf(path, 160, "%s/%s", r->dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(!bytes.len || fwrite(bytes.data, 1, bytes.len, f) == bytes.len);
	assert_int_equal(fclose(f), 0);
}

bool rig_openssl_verifies(const struct rig *r, const char *digest, struct tg_bytes spki, struct tg_bytes message,
        struct tg_bytes signature)
{
	char out[1024], key[160], text[160], sig[160];
	rig_file(r, "key.der", spki, key);
	rig_file(r, "message", message, text);
	rig_file(r, "signature", signature, sig);
	const char *const argv[] = {"openssl", "dgst", "-engine", "gost", digest, "-keyform", "DER", "-verify", key,
	        "-signature", sig, text, NULL};
	return rig_run(out, sizeof out, argv) == 0 && strstr(out, "Verified OK");
}

unsigned rig_count(const char *text, const char *what)
{
	unsigned n = 0;
	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

struct tg_bytes rig_bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

static void *kill_later(void *arg)
{
	const struct rig_killer *k = arg;
	usleep(k->after_us);
	tg_token_kill(k->token);
	return NULL;
}

void rig_kill_later(struct rig_killer *k, struct tg_token *token, unsigned after_us)
{
	k->token = token;
	k->after_us = after_us;
	assert_int_equal(pthread_create(&k->thread, NULL, kill_later, k), 0);
}

void rig_killed(struct rig_killer *k)
{
	pthread_join(k->thread, NULL);
	usleep(50000); /* a kill that came after the answer is a death between two calls: let it be seen as one */
}

unsigned rig_copies(int pid, const char *bytes)
{
	char path[64], line[512];
	unsigned found = 0;
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	FILE *mem = fopen(path, "r");
	assert_true(maps && mem);
	static char chunk[1 << 16];
	while (fgets(line, sizeof line, maps)) {
		unsigned long from, to;
		char mode[8];
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[0] != 'r' || mode[1] != 'w' ||
		        to - from > 1u << 30)
			continue;
		for (unsigned long at = from; at < to; at += sizeof chunk - 16) {
			size_t want = to - at < sizeof chunk ? to - at : sizeof chunk;
			if (fseeko(mem, (off_t)at, SEEK_SET))
				break;
			size_t n = fread(chunk, 1, want, mem);
			for (char *p = chunk; (p = memmem(p, n - (size_t)(p - chunk), bytes, strlen(bytes))); p++)
				found++;
		}
	}
	fclose(maps);
	fclose(mem);
	return found;
}
