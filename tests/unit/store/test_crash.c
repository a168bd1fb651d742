/* Real processes on real files: killed at any moment, and two at once on one database as kiosk and agent are.
 * TAMGA_KILL_CYCLES sets the number of kills (default 200). Requirements C-1, C-3, K-8. */
#include "lib.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_all(int fd, const void *p, size_t n)
{
	if (write(fd, p, n) != (ssize_t)n)
		_exit(9);
}

/* The child: appends until it is killed, telling through the pipe what was durable. Never returns. */
static void append_for_ever(int out, uint32_t cycle)
{
	struct tg_store *s = NULL;
	if (tg_store_open(&s, lib_path("k"), TG_STORE_KIOSK, "K1", NULL) != TG_OK)
		_exit(8);
	for (uint32_t i = 0;; i++) {
		char body[400];
		uint32_t told[2] = {i, 0};
		snprintf(body, sizeof(body), "{\"number\":\"N%u-%u\",\"nth\":%u,\"serial\":\"S\",\"filler\":\"%0*d\"}",
		        cycle, i / 3, i, (int)(i * 37 % 200) + 1, 0);
		if (tg_store_append(s, i % 3 ? TG_RECORD_CHIP_INTENT : TG_RECORD_APPLICATION_SUBMITTED, body, NOW, NULL,
		            NULL) != TG_OK)
			_exit(7);
		if (i % 5 == 0 && tg_store_next_number(s, &told[1], NULL) != TG_OK)
			_exit(6);
		write_all(out, told, sizeof(told));
	}
}

struct cycle {
	uint32_t told;    /* entries that were reported durable */
	uint32_t numbers; /* highest counter reported */
	uint32_t found;
};

static enum tg_status count_in_order(const struct tg_entry *e, void *ctx)
{
	struct cycle *c = ctx;
	const char *at = strstr(e->body, "\"nth\":");
	assert_non_null(at);
	assert_int_equal(strtoul(at + 6, NULL, 10), c->found);
	c->found++;
	return TG_OK;
}

/* Takes one report from the pipe; false at its end. */
static bool hear(int in, struct cycle *c)
{
	uint32_t told[2];
	if (read(in, told, sizeof(told)) != (ssize_t)sizeof(told))
		return false;
	assert_int_equal(told[0], c->told);
	c->told++;
	if (told[1] > c->numbers)
		c->numbers = told[1];
	return true;
}

/* Kills after `wait_for` entries and a moment more: by entries, since on a busy disk a time alone would mean nothing.
 */
static void run_and_kill(struct cycle *c, uint32_t cycle, uint32_t wait_for, uint32_t delay_us)
{
	int p[2], status;
	assert_int_equal(pipe(p), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(p[0]);
		append_for_ever(p[1], cycle);
	}
	close(p[1]);
	while (c->told < wait_for && hear(p[0], c))
		;
	usleep(delay_us);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it did not give up by itself */
	while (hear(p[0], c))
		;
	close(p[0]);
}

static long cycles_wanted(void)
{
	const char *text = getenv("TAMGA_KILL_CYCLES");
	long n = text ? strtol(text, NULL, 10) : 200;
	return n > 0 ? n : 200;
}

static uint64_t check_after_kill(struct cycle *c, uint64_t before, bool whole)
{
	struct tg_verify_report report;
	uint8_t hash[TG_HASH_LEN];
	uint64_t seq = 0;
	uint32_t counter = 0;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	assert_int_equal(tg_store_head(s, "K1", &seq, hash, NULL), TG_OK);
	assert_int_equal(tg_store_read(s, "K1", before + 1, 1000000, count_in_order, c, NULL), TG_OK);
	assert_int_equal(c->found, seq - before);
	/* all that was told, and at most the one that the kill kept from being told */
	assert_true(c->found == c->told || c->found == c->told + 1);
	assert_int_equal(tg_store_next_number(s, &counter, NULL), TG_OK);
	assert_true(counter > c->numbers);
	if (whole)
		assert_int_equal(lib_verify(s, &report), TG_OK);
	tg_store_close(s);
	return seq;
}

static void test_k8_killed_at_any_moment(void **state)
{
	(void)state;
	uint64_t seed = 20261122, seq = 0;
	uint32_t numbers = 0;
	long cycles = cycles_wanted();
	tg_store_close(lib_open_kiosk("k", "K1"));
	for (long i = 0; i < cycles; i++) {
		struct cycle c = {.numbers = numbers};
		run_and_kill(&c, (uint32_t)i, lib_rnd(&seed, 25), lib_rnd(&seed, 3000));
		seq = check_after_kill(&c, seq, i % 50 == 49 || i == cycles - 1);
		numbers = c.numbers;
	}
	print_message("%ld kills, %llu entries, nothing lost or doubled\n", cycles, (unsigned long long)seq);
	assert_true(seq > (uint64_t)cycles * 5);
	assert_int_equal(lib_count("k", "SELECT count(*) FROM journal"), (long)seq);
}

/* While the kiosk writes, the agent acknowledges and a technician verifies. */
static int acknowledge_until(uint64_t last)
{
	struct tg_store *s = NULL;
	struct tg_ack a = {.kiosk = "K1", .signature_len = 70};
	if (tg_store_open(&s, lib_path("two"), TG_STORE_KIOSK, "K1", NULL) != TG_OK)
		return 1;
	while (a.seq < last) {
		if (tg_store_head(s, "K1", &a.seq, a.hash, NULL) != TG_OK ||
		        tg_store_set_acked(s, &a, NOW, NULL) != TG_OK)
			return 2;
	}
	tg_store_close(s);
	return 0;
}

static int verify_often(int times)
{
	for (int i = 0; i < times; i++) {
		struct tg_store *s = NULL;
		struct tg_verify_report r;
		if (tg_store_open_readonly(&s, lib_path("two"), NULL) != TG_OK || lib_verify(s, &r) != TG_OK)
			return 3;
		tg_store_close(s);
	}
	return 0;
}

static void test_c3_kiosk_and_agent_on_one_database(void **state)
{
	(void)state;
	enum { ENTRIES = 400 };
	pid_t pids[2];
	tg_store_close(lib_open_kiosk("two", "K1"));
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(i == 0 ? acknowledge_until(ENTRIES) : verify_often(40));
	}
	struct tg_store *s = lib_open_kiosk("two", "K1");
	for (int i = 1; i <= ENTRIES; i++)
		assert_int_equal(lib_append(s, TG_RECORD_APPLICATION_WAITING, "{\"number\":\"A\"}"), i);
	for (int i = 0; i < 2; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	uint64_t acked = 0;
	assert_int_equal(tg_store_acked(s, &acked, NULL), TG_OK);
	assert_int_equal(acked, ENTRIES);
	tg_store_close(s);
}

static void test_c3_two_make_the_database_at_once(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		char name[16];
		pid_t pids[3];
		snprintf(name, sizeof(name), "new%d", round);
		for (int i = 0; i < 3; i++) {
			pids[i] = fork();
			assert_true(pids[i] >= 0);
			if (pids[i] == 0) {
				struct tg_store *s = NULL;
				enum tg_status st = tg_store_open(&s, lib_path(name), TG_STORE_KIOSK, "K1", NULL);
				if (st == TG_OK)
					st = tg_store_append(s, TG_RECORD_KIOSK_STARTED, "{}", NOW, NULL, NULL);
				tg_store_close(s);
				_exit(st == TG_OK ? 0 : 1);
			}
		}
		for (int i = 0; i < 3; i++) {
			int status;
			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_int_equal(status, 0);
		}
		assert_int_equal(lib_count(name, "SELECT max(seq) = 3 AND count(*) = 3 FROM journal"), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k8_killed_at_any_moment),
	        cmocka_unit_test(test_c3_kiosk_and_agent_on_one_database),
	        cmocka_unit_test(test_c3_two_make_the_database_at_once),
	};
	return cmocka_run_group_tests(tests, lib_setup, lib_teardown);
}
