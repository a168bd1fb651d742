/* The program against a reader that is this test: the vpcd protocol, the misfortunes, the control socket. */
#include "card_tool.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM TAMGA_BINARY_DIR "/bin/tamga-vcard"

struct scene {
	char folder[64], state[96], control[96], trace[96], port[8];
	int listener, reader; /* reader: the connection of the card, -1 = none */
	pid_t pid;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static pid_t spawn(char *const argv[], int out)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (out >= 0)
			dup2(out, STDOUT_FILENO);
		execv(PROGRAM, argv);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void start(struct scene *s)
{
	char persona[] = TAMGA_TESTS_DIR "/personas/aigul.yaml";
	char *argv[] = {"tamga-vcard", "--state", s->state, "--control", s->control, "--port", s->port, "--persona",
	        persona, NULL};
	s->pid = spawn(argv, -1);
	for (int i = 0; access(s->control, F_OK) != 0 && i < 500; i++)
		usleep(10000);
	assert_int_equal(access(s->control, F_OK), 0);
}

/* Exit code of the client; its line in `answer`. */
static int ctl(struct scene *s, const char *command, char *answer, size_t cap)
{
	int pipes[2];
	char words[128], *save = NULL;
	char *argv[8] = {"tamga-vcard", "--ctl", s->control};
	size_t n = 3, have = 0;
	ssize_t got;
	tg_copy(words, sizeof words, command);
	for (char *w = strtok_r(words, " ", &save); w && n < 7; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid_t pid = spawn(argv, pipes[1]);
	close(pipes[1]);
	while (have + 1 < cap && (got = read(pipes[0], answer + have, cap - 1 - have)) > 0)
		have += (size_t)got;
	answer[have] = '\0';
	close(pipes[0]);
	return wait_for(pid);
}

static void ok(struct scene *s, const char *command)
{
	char answer[256];
	if (ctl(s, command, answer, sizeof answer) != 0)
		fail_msg("%s: %s", command, answer);
	assert_memory_equal(answer, "ok", 2);
}

static void status_has(struct scene *s, const char *what)
{
	char answer[256];
	assert_int_equal(ctl(s, "status", answer, sizeof answer), 0);
	if (!strstr(answer, what))
		fail_msg("no '%s' in: %s", what, answer);
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, ms) == 1;
}

static void accept_card(struct scene *s)
{
	assert_true(readable(s->listener, 5000));
	s->reader = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(s->reader >= 0);
}

static void insert(struct scene *s)
{
	ok(s, "insert");
	accept_card(s);
}

static void put(struct scene *s, const void *bytes, size_t n)
{
	/* as vpcd does it: length and payload apart */
	const uint8_t length[2] = {(uint8_t)(n >> 8), (uint8_t)n};
	assert_int_equal(send(s->reader, length, 2, MSG_NOSIGNAL), 2);
	assert_int_equal(send(s->reader, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void put_hex(struct scene *s, const char *hex)
{
	uint8_t bytes[512];
	int n = tg_unhex(hex, bytes, sizeof bytes);
	assert_true(n > 0);
	put(s, bytes, (size_t)n);
}

/* One receive must hold the whole answer. -1 = the card is gone, and nothing came before. */
static int take(struct scene *s, uint8_t *out, size_t cap)
{
	assert_true(readable(s->reader, 5000));
	ssize_t n = recv(s->reader, out, cap, 0);
	if (n <= 0) {
		close(s->reader);
		s->reader = -1;
		return -1;
	}
	assert_true(n >= 2);
	assert_int_equal(out[0] << 8 | out[1], n - 2);
	return (int)n - 2;
}

static int sw(struct scene *s, const char *hex)
{
	uint8_t answer[2048];
	put_hex(s, hex);
	int n = take(s, answer, sizeof answer);
	return n < 2 ? -1 : answer[n] << 8 | answer[n + 1];
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	*state = s;
	tg_copy(s->folder, sizeof s->folder, "/tmp/tamga-vcard-XXXXXX");
	if (!mkdtemp(s->folder))
		return -1;
	snprintf(s->state, sizeof s->state, "%s/card", s->folder);
	snprintf(s->control, sizeof s->control, "%s/control", s->folder);
	snprintf(s->trace, sizeof s->trace, "%s/trace", s->folder);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	s->reader = -1;
	if (bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 || listen(s->listener, 1) != 0)
		return -1;
	getsockname(s->listener, (struct sockaddr *)&a, &len);
	snprintf(s->port, sizeof s->port, "%d", ntohs(a.sin_port));
	start(s);
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	char path[128];
	static const char *const names[] = {"card", "card.lock", "control", "trace"};
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
		unlink(path);
	}
	rmdir(s->folder);
	close(s->listener);
	if (s->reader >= 0)
		close(s->reader);
	free(s);
	return 0;
}

static void test_contacts_and_answers_in_one_piece(void **state)
{
	struct scene *s = *state;
	uint8_t answer[256];
	static const uint8_t atr[] = {0x3b, 0xfe, 0x18, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x45, 0x80, 0x31, 0x81, 0x54,
	        0x48, 0x53, 0x4d, 0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07, 0xfa};
	insert(s);
	status_has(s, "inserted=yes connected=no"); /* the reader has not spoken yet */
	put(s, "\x01", 1);
	put(s, "\x04", 1);
	assert_int_equal(take(s, answer, sizeof answer), sizeof atr);
	assert_memory_equal(answer + 2, atr, sizeof atr);
	status_has(s, "inserted=yes connected=yes");
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, PIN_OK), 0x9000);
	put(s, "\x02", 1); /* reset ends the session, and is not answered */
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, "00200081"), 0x63c3);
	put(s, "\x00", 1); /* power off */
	put(s, "\x01", 1);
	assert_int_equal(sw(s, "00200081"), 0x6d00);
}

static void test_pull_before_execution(void **state)
{
	struct scene *s = *state;
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	ok(s, "pull-at 2");
	assert_int_equal(sw(s, "00200081"), 0x63c3);
	assert_int_equal(sw(s, PIN_WRONG), -1);
	status_has(s, "inserted=no");
	status_has(s, "tries=3");
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000); /* once only */
	assert_int_equal(sw(s, "00200081"), 0x63c3);
}

static void test_pull_after_execution(void **state)
{
	struct scene *s = *state;
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	ok(s, "pull-after 1");
	assert_int_equal(sw(s, PIN_WRONG), -1);
	status_has(s, "tries=2");
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, "00200081"), 0x63c2);
}

static void test_pulled_card_stays_away_until_noticed(void **state)
{
	struct scene *s = *state;
	uint8_t byte;
	insert(s);
	ok(s, "pull");
	assert_true(readable(s->reader, 1000));
	assert_int_equal(recv(s->reader, &byte, 1, 0), 0);
	close(s->reader);
	s->reader = -1;
	ok(s, "insert");
	assert_false(readable(s->listener, 450)); /* pcscd looks every 400 ms */
	accept_card(s);
}

static void test_slow_answers_late_and_control_at_once(void **state)
{
	struct scene *s = *state;
	uint8_t answer[256];
	insert(s);
	ok(s, "slow 400");
	int64_t begin = now_ms();
	put_hex(s, AID_SELECT);
	status_has(s, "inserted=yes");
	assert_true(now_ms() - begin < 400);
	assert_true(take(s, answer, sizeof answer) > 2);
	assert_true(now_ms() - begin >= 390);
	ok(s, "mend");
	begin = now_ms();
	assert_int_equal(sw(s, "00200081"), 0x63c3);
	assert_true(now_ms() - begin < 300);
}

static void test_broken_then_mended(void **state)
{
	struct scene *s = *state;
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	ok(s, "break");
	assert_int_equal(sw(s, PIN_WRONG), 0x6f00);
	ok(s, "mend");
	assert_int_equal(sw(s, "00200081"), 0x63c3); /* it was not executed */
}

static void test_mute_until_unmuted_or_pulled(void **state)
{
	struct scene *s = *state;
	uint8_t answer[256];
	insert(s);
	ok(s, "mute");
	put_hex(s, AID_SELECT);
	assert_false(readable(s->reader, 300));
	ok(s, "unmute");
	assert_true(take(s, answer, sizeof answer) > 2);
	ok(s, "mute");
	put_hex(s, PIN_WRONG);
	assert_false(readable(s->reader, 300));
	ok(s, "pull");
	assert_int_equal(take(s, answer, sizeof answer), -1);
	status_has(s, "tries=3");
}

static void test_k5_kill_does_not_give_a_try_back(void **state)
{
	struct scene *s = *state;
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, PIN_WRONG), 0x63c2);
	assert_int_equal(kill(s->pid, SIGKILL), 0);
	assert_int_equal(wait_for(s->pid), 128 + SIGKILL);
	close(s->reader);
	unlink(s->control);
	start(s);
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, "00200081"), 0x63c2);
}

static void test_reader_that_goes_away_is_found_again(void **state)
{
	struct scene *s = *state;
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, PIN_OK), 0x9000);
	close(s->reader); /* pcscd ends */
	accept_card(s);   /* and is back */
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, "00200081"), 0x63c3);
}

static void test_counts_and_trace_hold_no_pin(void **state)
{
	struct scene *s = *state;
	char command[128], answer[256], text[512];
	snprintf(command, sizeof command, "trace %s", s->trace);
	ok(s, command);
	insert(s);
	assert_int_equal(sw(s, AID_SELECT), 0x9000);
	assert_int_equal(sw(s, PIN_OK), 0x9000);
	assert_int_equal(ctl(s, "count", answer, sizeof answer), 0);
	assert_string_equal(answer, "ok inserted=2 total=2\n");
	ok(s, "trace off");
	assert_int_equal(sw(s, "00200081"), 0x9000);
	int fd = open(s->trace, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	assert_true(n > 0);
	text[n] = '\0';
	/* All but the times, and these are no longer than the test. */
	unsigned long long first, second;
	int end = 0;
	assert_int_equal(sscanf(text,
	                         "1 00 a4 04 00 len=17 sw=9000 answer=28 us=%llu\n"
	                         "2 00 20 00 81 len=11 sw=9000 answer=2 us=%llu\n%n",
	                         &first, &second, &end),
	        2);
	assert_int_equal(end, n);
	assert_true(first + second < 60000000);
}

static void test_commands_that_cannot_be(void **state)
{
	static const char *const bad[] = {"jump", "pull-at", "pull-at x", "pull-at -1", "pull-at 1x", "slow 9999999",
	        "insert now", "trace", "trace /nonexistent/file"};
	struct scene *s = *state;
	char answer[256];
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(ctl(s, bad[i], answer, sizeof answer), 1);
		assert_memory_equal(answer, "error ", 6);
	}
	status_has(s, "tries=3"); /* alive after all of it */
}

static void test_one_card_cannot_be_in_two_readers(void **state)
{
	struct scene *s = *state;
	char other[128];
	snprintf(other, sizeof other, "%s/other", s->folder);
	char *same_state[] = {"tamga-vcard", "--state", s->state, "--control", other, "--port", s->port, NULL};
	assert_int_equal(wait_for(spawn(same_state, -1)), 1);
	char *same_control[] = {"tamga-vcard", "--state", other, "--control", s->control, "--port", s->port, NULL};
	assert_int_equal(wait_for(spawn(same_control, -1)), 1);
	unlink(other);
	snprintf(other, sizeof other, "%s/other.lock", s->folder);
	unlink(other);
	status_has(s, "name=aigul");
}

static void test_quit_and_usage(void **state)
{
	struct scene *s = *state;
	char answer[64];
	char *no_state[] = {"tamga-vcard", "--control", s->control, NULL};
	char *bad_port[] = {"tamga-vcard", "--state", s->state, "--control", s->control, "--port", "70000", NULL};
	assert_int_equal(wait_for(spawn(no_state, -1)), 2);
	assert_int_equal(wait_for(spawn(bad_port, -1)), 2);
	insert(s);
	ok(s, "quit");
	assert_int_equal(wait_for(s->pid), 0);
	s->pid = 0;
	assert_int_equal(access(s->control, F_OK), -1);
	assert_int_equal(ctl(s, "status", answer, sizeof answer), 1);
	assert_string_equal(answer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_contacts_and_answers_in_one_piece, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_pull_before_execution, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_pull_after_execution, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_pulled_card_stays_away_until_noticed, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_slow_answers_late_and_control_at_once, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_broken_then_mended, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_mute_until_unmuted_or_pulled, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_k5_kill_does_not_give_a_try_back, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_reader_that_goes_away_is_found_again, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_counts_and_trace_hold_no_pin, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_commands_that_cannot_be, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_one_card_cannot_be_in_two_readers, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_quit_and_usage, setup, teardown),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
