/* tamga-walk as a program: exit codes, messages, hooks, sockets, kills, shots. */
#include "play.h"

#include "world.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static void path_in(char out[128], const char *name)
{
	snprintf(out, 128, "%s/%s", dir, name);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void read_file(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	out[fread(out, 1, cap - 1, f)] = '\0';
	fclose(f);
}

/* Plays `walk` on a shell script. */
static enum tg_status play(
        struct tg_play_options *o, const char *walk, const char *script, struct tg_buf *last, struct tg_error *err)
{
	static char file[128];
	const char *argv[] = {"sh", "-c", script, NULL};
	path_in(file, "a.walk");
	write_file(file, walk);
	o->walk = file;
	o->argv = argv;
	o->columns = 60;
	o->rows = 12;
	*err = (struct tg_error){0};
	enum tg_status st = tg_play(o, last, err);
	o->argv = NULL;
	return st;
}

static void test_a_walk_to_its_end(void **state)
{
	(void)state;
	struct tg_play_options o = {.dir = dir};
	struct tg_buf last = TG_BUF_INIT;
	struct tg_error err;
	char text[512], path[128];
	enum tg_status st = play(&o,
	        "size 50x10\nwait \"name?\"\ntype Айгүл\nkey Enter\nwait \"hello Айгүл\" 5s\nexpect \"10 50\"\n"
	        "expect-not \"error\"\nshot end\n",
	        "stty size; echo name?; read n; echo hello $n; sleep 60", &last, &err);
	if (st != TG_OK)
		fail_msg("%s:%d: %s", err.file, err.line, err.detail);
	assert_non_null(strstr(tg_buf_str(&last), "hello Айгүл\n"));
	path_in(path, "shots/end.txt");
	read_file(path, text, sizeof text);
	assert_non_null(strstr(text, "hello Айгүл\n"));
	tg_buf_finish(&last);
}

/* A program that is silent because it works, or because it has not had its turn, has not answered yet. */
static void test_what_is_expected_is_what_the_keys_came_to(void **state)
{
	(void)state;
	struct tg_play_options o = {.dir = dir};
	struct tg_buf last = TG_BUF_INIT;
	struct tg_error err;
	enum tg_status st = play(&o, "wait \"name?\"\ntype x\nkey Enter\nexpect \"late\"\n",
	        "echo name?; read n; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; echo late; sleep 60", &last,
	        &err);
	if (st != TG_OK)
		fail_msg("%s:%d: %s", err.file, err.line, err.detail);
	tg_buf_finish(&last);
}

static void assert_fails(const char *walk, const char *script, enum tg_status want, int line)
{
	struct tg_play_options o = {.dir = dir, .patience_ms = 60000};
	struct tg_buf last = TG_BUF_INIT;
	struct tg_error err;
	enum tg_status st = play(&o, walk, script, &last, &err);
	if (st != want || err.line != line)
		fail_msg("%s: %d at line %d: %s", walk, st, err.line, err.detail);
	tg_buf_finish(&last);
}

static void test_failed_steps_name_their_line(void **state)
{
	(void)state;
	assert_fails("# x\nwait \"never\" 300ms\n", "echo here; sleep 60", TG_TIMEOUT, 2);
	assert_fails("wait \"here\"\nexpect \"there\"\n", "echo here; sleep 60", TG_INVALID, 2);
	assert_fails("wait \"here\"\nexpect-not \"here\"\n", "echo here; sleep 60", TG_INVALID, 2);
	assert_fails("wait \"here\" 20s\n", "exit 3", TG_NOT_FOUND, 1);
	assert_fails("card pull\n", "sleep 60", TG_IO, 1);
	assert_fails("net down\n", "sleep 60", TG_CONFIG, 1);
	assert_fails("clock +1s\n", "sleep 60", TG_CONFIG, 1);
	assert_fails("restart agent\n", "sleep 60", TG_CONFIG, 1);
	assert_fails("kill token\n", "sleep 60", TG_NOT_FOUND, 1);
	assert_fails("kill agent\n", "sleep 60", TG_CONFIG, 1);
}

static void test_network_and_clock(void **state)
{
	(void)state;
	char net[128], clock_file[128], text[64];
	struct tg_error err = {0};
	path_in(net, "net-down");
	path_in(clock_file, "clock");
	assert_int_equal(tg_world_net(net, 1, &err), TG_OK);
	assert_int_equal(access(net, F_OK), 0);
	assert_int_equal(tg_world_net(net, 1, &err), TG_OK);
	assert_int_equal(tg_world_net(net, 0, &err), TG_OK);
	assert_int_not_equal(access(net, F_OK), 0);
	assert_int_equal(tg_world_net(net, 0, &err), TG_OK);
	assert_int_equal(tg_world_clock(clock_file, 300000, &err), TG_OK);
	assert_int_equal(tg_world_clock(clock_file, -1000, &err), TG_OK);
	read_file(clock_file, text, sizeof text);
	assert_string_equal(text, "299000\n");
}

/* A control socket that answers like the virtual card's and keeps what it was told. */
struct control {
	char path[128], heard[256];
	const char *answer;
	int fd;
	pthread_t thread;
};

static void *serve(void *ctx)
{
	struct control *c = ctx;
	int fd = accept(c->fd, NULL, NULL);
	if (fd < 0)
		return NULL;
	size_t n = 0;
	while (n + 1 < sizeof c->heard && read(fd, c->heard + n, 1) == 1 && c->heard[n++] != '\n')
		;
	c->heard[n] = '\0';
	if (c->answer)
		(void)!write(fd, c->answer, strlen(c->answer));
	close(fd);
	return NULL;
}

static void start_control(struct control *c, const char *answer)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	path_in(c->path, "ctl");
	unlink(c->path);
	assert_true(tg_copy(a.sun_path, sizeof a.sun_path, c->path));
	c->answer = answer;
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(c->fd >= 0);
	assert_int_equal(bind(c->fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(c->fd, 1), 0);
	assert_int_equal(pthread_create(&c->thread, NULL, serve, c), 0);
}

static void stop_control(struct control *c)
{
	pthread_join(c->thread, NULL);
	close(c->fd);
}

static void test_card_commands(void **state)
{
	static const struct {
		const char *walk, *heard, *answer;
		enum tg_status want;
	} rows[] = {
	        {"card pull-at 17\n", "pull-at 17\n", "ok armed\n", TG_OK},
	        {"card pull\n", "pull\n", "ok\n", TG_OK},
	        {"card insert aigul\n", "insert\n", "ok\n", TG_OK},
	        {"card slow 300\n", "slow 300\n", "error no such command\n", TG_INVALID},
	        {"card break\n", "break\n", NULL, TG_TIMEOUT},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct control c;
		struct tg_buf last = TG_BUF_INIT;
		struct tg_error err;
		start_control(&c, rows[i].answer);
		struct tg_play_options o = {.ctl_card = c.path};
		enum tg_status st = play(&o, rows[i].walk, "sleep 60", &last, &err);
		stop_control(&c);
		if (st != rows[i].want)
			fail_msg("%s: %s", rows[i].walk, err.detail);
		assert_string_equal(c.heard, rows[i].heard);
		tg_buf_finish(&last);
	}
}

static void test_hooks(void **state)
{
	(void)state;
	char hook[256], out[128], text[64];
	struct tg_error err;
	struct tg_buf last = TG_BUF_INIT;
	path_in(out, "hooked");
	snprintf(hook, sizeof hook, "sh -c 'echo \"$1\" >> %s' x", out);
	struct tg_play_options o = {.card_insert = hook, .token_insert = hook, .restart = hook};
	assert_int_equal(
	        play(&o, "card insert aigul\ntoken insert r1\nrestart centre\n", "sleep 60", &last, &err), TG_OK);
	read_file(out, text, sizeof text);
	assert_string_equal(text, "aigul\nr1\ncentre\n");
	o.card_insert = "false";
	assert_int_equal(play(&o, "\ncard insert aigul\n", "sleep 60", &last, &err), TG_INVALID);
	assert_int_equal(err.line, 2);
	tg_buf_finish(&last);
}

static void test_kill_and_restart(void **state)
{
	(void)state;
	char script[256], pids[128];
	struct tg_error err;
	struct tg_buf last = TG_BUF_INIT;
	path_in(pids, "agent.pid");
	/* The first start writes a mark, the second finds it. */
	snprintf(script, sizeof script,
	        "if [ -e %s/mark ]; then echo again; else touch %s/mark; echo first; fi; sleep 60", dir, dir);
	struct tg_play_options o = {.pids = dir};
	enum tg_status st =
	        play(&o, "wait \"first\"\nkill kiosk\nrestart kiosk\nwait \"again\"\nexpect-not \"first\"\n", script,
	                &last, &err);
	if (st != TG_OK)
		fail_msg("%d: %s", err.line, err.detail);
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	char number[32];
	int status;
	snprintf(number, sizeof number, "%d\n", (int)child);
	write_file(pids, number);
	assert_int_equal(play(&o, "kill agent\n", "sleep 60", &last, &err), TG_OK);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	tg_buf_finish(&last);
}

/* The token child is found below the kiosk by its name, not elsewhere. */
static void test_kill_token_finds_the_kiosks_child(void **state)
{
	(void)state;
	char script[512];
	struct tg_error err;
	struct tg_buf last = TG_BUF_INIT;
	snprintf(script, sizeof script,
	        "cp /bin/sleep %s/tamga-token; (%s/tamga-token 60; echo gone $?) & echo up; wait; sleep 60", dir, dir);
	struct tg_play_options o = {0};
	enum tg_status st = play(
	        &o, "wait \"up\"\nsleep 300ms\nkill token\nwait \"gone 137\" 5s\nkill kiosk\n", script, &last, &err);
	if (st != TG_OK)
		fail_msg("%d: %s", err.line, err.detail);
	tg_buf_finish(&last);
}

/* The program itself: exit codes and where its words go. */
static int run_program(const char *arguments, char *out, size_t cap)
{
	char command[512], path[128];
	path_in(path, "output");
	snprintf(command, sizeof command, "%s/bin/tamga-walk %s >%s 2>&1", TAMGA_BINARY_DIR, arguments, path);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	read_file(path, out, cap);
	return WEXITSTATUS(status);
}

static void test_the_program(void **state)
{
	char walk[128], arguments[256], out[2048];
	(void)state;
	path_in(walk, "b.walk");
	write_file(walk, "wait \"hi there\"\n");
	snprintf(arguments, sizeof arguments, "--walk %s --size 50x5 -- sh -c 'echo hi; echo there; sleep 9'", walk);
	assert_int_equal(run_program(arguments, out, sizeof out), 0);
	assert_non_null(strstr(out, "hi\nthere\n"));
	write_file(walk, "\nexpect \"no\"\n");
	assert_int_equal(run_program(arguments, out, sizeof out), 1);
	assert_non_null(strstr(out, "b.walk:2: the screen does not show \"no\""));
	assert_non_null(strstr(out, "hi\nthere\n"));
	write_file(walk, "frob\n");
	assert_int_equal(run_program(arguments, out, sizeof out), 2);
	assert_non_null(strstr(out, "b.walk:1: there is no such step"));
	assert_int_equal(run_program("--walk", out, sizeof out), 2);
	assert_int_equal(run_program("--walk /nowhere -- true", out, sizeof out), 2);
	assert_int_equal(run_program("-- true", out, sizeof out), 2);
}

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof dir, "/tmp/tamga-walk-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int clean_up(void **state)
{
	static const char *const names[] = {"a.walk", "b.walk", "shots/end.txt", "clock", "ctl", "hooked", "agent.pid",
	        "mark", "tamga-token", "output"};
	char path[128];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		path_in(path, names[i]);
		unlink(path);
	}
	path_in(path, "shots");
	rmdir(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_walk_to_its_end),
	        cmocka_unit_test(test_what_is_expected_is_what_the_keys_came_to),
	        cmocka_unit_test(test_failed_steps_name_their_line),
	        cmocka_unit_test(test_network_and_clock),
	        cmocka_unit_test(test_card_commands),
	        cmocka_unit_test(test_hooks),
	        cmocka_unit_test(test_kill_and_restart),
	        cmocka_unit_test(test_kill_token_finds_the_kiosks_child),
	        cmocka_unit_test(test_the_program),
	};
	return cmocka_run_group_tests(tests, set_up, clean_up);
}
