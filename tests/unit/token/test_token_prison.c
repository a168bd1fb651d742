/* What a hostile module can do from inside the real child: nothing. The stand-in module tries
 * (tests/modules/gost/probe.c) and writes down what came of it; the same attempts in a process that is not locked in
 * show that they would succeed. Requirements K-5, K-12; design.md §1; limits.md §5; decisions 0051, 0152. */
#include <setjmp.h>
#include <stdarg.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>
#include <linux/capability.h>

#define MODULE TAMGA_BINARY_DIR "/tests/libtamga-test-gost.so"

static struct {
	char dir[64], carriers[96], token[96], file[96], told[4096];
	int tcp, local;
	pid_t victim;
} place;

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int landlock_version(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	return v < 0 ? 0 : (int)v;
}

/* What the attempts aim at: a file, a listener on TCP, one with an abstract name, a process. */
static void make_targets(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t n = sizeof at;
	char text[512], path[128];
	snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "tamga-prison-%d", (int)getpid());
	place.tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	place.local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(place.tcp, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(place.tcp, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(bind(place.local, (struct sockaddr *)&name,
	                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name.sun_path + 1))),
	        0);
	assert_int_equal(listen(place.tcp, 8) | listen(place.local, 8), 0);
	place.victim = fork();
	if (place.victim == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	snprintf(place.file, sizeof place.file, "%s/kiosk.db", place.dir);
	put_file(place.file, "what no module needs\n");
	snprintf(text, sizeof text, "file %s\nport %d\nsocket %s\nvictim %d\n", place.file, ntohs(at.sin_port),
	        name.sun_path + 1, (int)place.victim);
	snprintf(path, sizeof path, "%s/probe-ask", place.token);
	put_file(path, text);
}

static void begin(struct rig *r, const char *more)
{
	char text[1024];
	(void)tg_copy(place.dir, sizeof place.dir, "/tmp/tamga-prison-test-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	snprintf(place.carriers, sizeof place.carriers, "%s/carriers.yaml", place.dir);
	snprintf(place.token, sizeof place.token, "%s/token", place.dir);
	assert_int_equal(mkdir(place.token, 0700), 0);
	make_targets();
	snprintf(text, sizeof text,
	        "carriers:\n  - id: vendor\n    name: carrier.rutoken-ecp\n    model: TAMGA-TEST-GOST\n    "
	        "module: " MODULE "\n    dialect: generic\n    pin_min: 6\n    pin_max: 32\n    purpose: token\n"
	        "    algorithms: gost2012-256\n%s",
	        more);
	put_file(place.carriers, text);
	assert_int_equal(setenv("TAMGA_TEST_GOST_DIR", place.token, 1), 0);
	rig_start(r, place.carriers, NULL, RIG_MAIN_MS);
}

static void end(struct rig *r)
{
	char out[256];
	rig_stop(r);
	close(place.tcp);
	close(place.local);
	kill(place.victim, SIGKILL);
	waitpid(place.victim, NULL, 0);
	unsetenv("TAMGA_TEST_GOST_FAULT");
	const char *const rm[] = {"rm", "-rf", place.dir, NULL};
	assert_int_equal(rig_run(out, sizeof out, rm), 0);
}

static enum tg_status inspect(struct rig *r)
{
	return tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err);
}

static void read_told(void)
{
	char path[128];
	snprintf(path, sizeof path, "%s/probe-told", place.token);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	place.told[fread(place.told, 1, sizeof place.told - 1, f)] = 0;
	fclose(f);
	assert_int_equal(unlink(path), 0);
}

static bool told(const char *name, const char *word)
{
	char line[96];
	snprintf(line, sizeof line, "%s=%s\n", name, word);
	const char *at = strstr(place.told, line);
	return at && (at == place.told || at[-1] == '\n');
}

static void be_refused(const char *name)
{
	if (!told(name, "EACCES") && !told(name, "EPERM") && !told(name, "ENOSYS"))
		fail_msg("not refused: %s, of:\n%s", name, place.told);
}

static const char *const by_filter[] = {"connect-tcp", "udp", "inet6", "netlink", "af-alg", "serve", "fork", "clone",
        "clone3", "program", "exec", "signal-other", "signal-parent", "signal-all", "pidfd", "trace", "memory-call",
        "setuid", "dumpable", "orphan", "core-limit", "limits-of-other", "one-processor", "priority", "code-written",
        "code-anonymous", "code-later", "nameless-file", "shared-memory", "ring", "other-root", "keys", "change-mode",
        "cut-file", NULL};
static const char *const by_landlock[] = {"read-file", "write-file", "read-shadow", "read-passwd", "list-root",
        "write-library", "make-file", "make-folder", "rename-file", "home", "memory-file", NULL};
/* Permitted to everybody on every machine, also to who is not root: where these fail, the attempts prove nothing. */
static const char *const harmless[] = {"read-file", "write-file", "read-passwd", "list-root", "make-file",
        "make-folder", "rename-file", "cut-file", "change-mode", "home", "connect-tcp", "udp", "netlink",
        "abstract-socket", "serve", "fork", "clone", "program", "exec", "signal-other", "signal-parent", "signal-all",
        "setuid", "dumpable", "orphan", "core-limit", "one-processor", "code-written", "code-anonymous", "code-later",
        "nameless-file", "shared-memory", NULL};

static void test_k12_the_attempts_succeed_where_nothing_is_locked(void **state)
{
	(void)state;
	static struct rig r;
	char out[4096];
	begin(&r, "");
	assert_int_equal(setenv("TAMGA_TEST_GOST_FAULT", "probe:C_GetSlotList", 1), 0);
	const char *const tool[] = {"pkcs11-tool", "--module", MODULE, "-L", NULL};
	assert_int_equal(rig_run(out, sizeof out, tool), 0);
	read_told();
	for (const char *const *name = harmless; *name; name++)
		if (!told(*name, "done"))
			fail_msg("%s, of:\n%s", *name, place.told);
	end(&r);
}

static void test_k12_a_hostile_module_is_refused_everything(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "");
	assert_int_equal(setenv("TAMGA_TEST_GOST_FAULT", "probe:C_GetTokenInfo", 1), 0);
	assert_int_equal(inspect(&r), TG_OK);
	read_told();
	for (const char *const *name = by_filter; *name; name++)
		be_refused(*name);
	int version = landlock_version();
	for (const char *const *name = by_landlock; version >= 1 && *name; name++)
		be_refused(*name);
	if (version >= 6)
		be_refused("abstract-socket");
	print_message("Landlock of this kernel: version %d\n", version);
	end(&r);
}

static bool log_says(const struct rig *r, const char *what)
{
	char text[2048] = "";
	FILE *f = fopen(r->log, "r");
	if (f) {
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
	}
	return strstr(text, what) != NULL;
}

/* K-5: a vendor's module that needs more is one row, still: what the row names it gets, and nothing beside it. */
static void test_k5_a_row_may_name_a_folder_more(void **state)
{
	(void)state;
	static struct rig r;
	char more[128];
	begin(&r, "");
	char writes[64];
	(void)tg_copy(writes, sizeof writes, place.dir);
	end(&r);
	snprintf(more, sizeof more, "    reads: /etc/passwd\n    writes: /tmp\n");
	begin(&r, more);
	assert_int_equal(setenv("TAMGA_TEST_GOST_FAULT", "probe:C_GetTokenInfo", 1), 0);
	assert_int_equal(inspect(&r), TG_OK);
	read_told();
	static const char *const given[] = {"read-file", "write-file", "make-file", "make-folder", "read-passwd", NULL};
	for (const char *const *name = given; *name; name++)
		assert_true(told(*name, "done"));
	if (landlock_version() >= 1) {
		be_refused("read-shadow");
		be_refused("list-root");
		be_refused("write-library");
	}
	assert_int_equal(landlock_version() == 0, log_says(&r, "no Landlock"));
	end(&r);
}

/* --- Memory */
static unsigned long locked_kb(int pid)
{
	char path[64], line[256];
	unsigned long kb = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		(void)sscanf(line, "VmLck: %lu", &kb);
	fclose(f);
	return kb;
}

/* How many pieces of memory that are written to may go to swap; `only` NULL or what must stand in a piece's first line.
 */
static unsigned unlocked_pieces(int pid, const char *only)
{
	char path[64], line[512], piece[512] = "", mode[8] = "";
	unsigned found = 0, seen = 0;
	unsigned long from, to;
	snprintf(path, sizeof path, "/proc/%d/smaps", pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3)
			(void)tg_copy(piece, sizeof piece, line);
		if (strncmp(line, "VmFlags:", 8) != 0 || !strstr(piece, " rw") || (only && !strstr(piece, only)))
			continue;
		seen++;
		if (!strstr(line, " lo"))
			found++;
	}
	fclose(f);
	assert_true(seen > 0);
	return found;
}

#ifdef __SANITIZE_ADDRESS__
#define SKIP_LOCKS() skip() /* the sanitizer takes the place of mlock */
#else
#define SKIP_LOCKS() (void)0
#endif

/* K-5: what holds a PIN never goes to swap. */
static void test_p2_all_memory_of_the_child_is_locked(void **state)
{
	(void)state;
	static struct rig r;
	SKIP_LOCKS();
	if (geteuid() != 0)
		skip(); /* the next test is about who may not */
	begin(&r, "");
	assert_int_equal(inspect(&r), TG_OK);
	int pid = tg_token_pid(r.token);
	assert_int_equal(unlocked_pieces(pid, NULL), 0);
	assert_true(locked_kb(pid) > 4096);
	assert_true(unlocked_pieces(getpid(), NULL) > 0); /* the looking works: this process has locked nothing */
	end(&r);
}

/* As an ordinary user under Debian's limit of 8 MiB: stack, data and heap at least. */
static int as_user(void)
{
	static struct rig r;
	const struct rlimit usual = {8 << 20, 8 << 20};
	(void)prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0);
	(void)prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0);
	if (setrlimit(RLIMIT_MEMLOCK, &usual))
		return 2;
	begin(&r, "");
	if (inspect(&r) != TG_OK)
		return 3;
	int pid = tg_token_pid(r.token);
	unsigned long kb = locked_kb(pid);
	print_message("%lu KiB locked\n", kb);
	bool ok = kb >= 1024 && kb <= 8192 && unlocked_pieces(pid, "[stack]") == 0;
	/* the heap that was grown ahead; what comes after it is not */
	char path[64], line[512];
	unsigned locked_heap = 0;
	snprintf(path, sizeof path, "/proc/%d/smaps", pid);
	FILE *f = fopen(path, "r");
	bool heap = false;
	while (f && fgets(line, sizeof line, f)) {
		if (strstr(line, " rw-p "))
			heap = strstr(line, "[heap]") != NULL;
		if (heap && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " lo"))
			locked_heap++;
	}
	if (f)
		fclose(f);
	end(&r);
	return ok && locked_heap ? 0 : 1;
}

static void test_p2_without_rights_heap_and_stack_are_locked(void **state)
{
	(void)state;
	int status = -1;
	SKIP_LOCKS();
	pid_t pid = fork();
	if (pid == 0)
		_exit(as_user());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- No core */
static unsigned cores_in(const char *dir)
{
	char out[4096];
	const char *const find[] = {"find", dir, "-name", "*core*", NULL};
	assert_int_equal(rig_run(out, sizeof out, find), 0);
	return rig_count(out, "\n");
}

/* Whether a process that crashes here leaves a file: elsewhere the machine hands cores to a program. */
static bool cores_are_files(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL); /* the test program's own handler would catch it */
		raise(SIGSEGV);
		_exit(1);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WCOREDUMP(status) && cores_in(place.dir) > 0;
}

/* K-5: the child dies with the PIN in its memory, and leaves no core, also where its parent's limit allows one. */
static void test_p2_a_crash_leaves_no_core(void **state)
{
	(void)state;
	static struct rig r;
	char out[256], before[256];
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit was;
	SKIP_LOCKS(); /* and catches the crash */
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(getrlimit(RLIMIT_CORE, &was), 0);
	begin(&r, "");
	assert_int_equal(chdir(place.dir), 0);
	if (setrlimit(RLIMIT_CORE, &all))
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){was.rlim_max, was.rlim_max});
	if (!cores_are_files())
		print_message("a core is no file here: only the absence is shown\n");
	const char *const rm[] = {"find", place.dir, "-name", "*core*", "-delete", NULL};
	assert_int_equal(rig_run(out, sizeof out, rm), 0);
	assert_int_equal(setenv("TAMGA_TEST_GOST_FAULT", "crash:C_Login", 1), 0);
	assert_int_equal(inspect(&r), TG_OK);
	struct tg_secret *pin = rig_pin("12345678");
	enum tg_status status = tg_token_login(r.token, r.info.serial, pin, &r.info, &r.err);
	tg_secret_destroy(pin);
	assert_int_equal(status, TG_TOKEN_LOST);
	assert_non_null(strstr(r.err.detail, "signal 11"));
	assert_int_equal(cores_in(place.dir), 0);
	assert_int_equal(setrlimit(RLIMIT_CORE, &was), 0);
	assert_int_equal(chdir(before), 0);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k12_the_attempts_succeed_where_nothing_is_locked, rig_teardown),
	        cmocka_unit_test_teardown(test_k12_a_hostile_module_is_refused_everything, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_a_row_may_name_a_folder_more, rig_teardown),
	        cmocka_unit_test_teardown(test_p2_without_rights_heap_and_stack_are_locked, rig_teardown),
	        cmocka_unit_test_teardown(test_p2_all_memory_of_the_child_is_locked, rig_teardown),
	        cmocka_unit_test_teardown(test_p2_a_crash_leaves_no_core, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
