/* Jobs run in order on their own thread; what they post arrives; what never ran is destroyed. */
#include "tamga/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <unistd.h>

static int destroyed;

struct number_message {
	struct tg_message base;
	int number;
};

static void free_message(struct tg_message *m)
{
	free(m);
}

struct number_job {
	struct tg_job base;
	struct tg_mailbox *to;
	int number;
	int sleep_us;
};

static void run(struct tg_job *job)
{
	struct number_job *j = (struct number_job *)job;
	struct number_message *m = calloc(1, sizeof *m);
	usleep((useconds_t)j->sleep_us);
	m->base.destroy = free_message;
	m->number = j->number;
	tg_mailbox_post(j->to, &m->base);
}

static void destroy(struct tg_job *job)
{
	free(job);
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void submit(struct tg_worker *w, struct tg_mailbox *to, int number, int sleep_us)
{
	struct number_job *j = calloc(1, sizeof *j);
	j->base.run = run;
	j->base.destroy = destroy;
	j->to = to;
	j->number = number;
	j->sleep_us = sleep_us;
	tg_worker_submit(w, &j->base);
}

static void jobs_come_back_in_order(void **state)
{
	(void)state;
	struct tg_mailbox *box;
	struct tg_worker *w;
	assert_int_equal(tg_mailbox_create(&box), TG_OK);
	assert_int_equal(tg_worker_create(&w, "test"), TG_OK);
	for (int i = 0; i < 100; i++)
		submit(w, box, i, i % 10 ? 0 : 500);
	for (int got = 0; got < 100;) {
		struct pollfd p = {.fd = tg_mailbox_fd(box), .events = POLLIN};
		assert_int_equal(poll(&p, 1, 5000), 1);
		for (struct tg_message *m; (m = tg_mailbox_take(box)); got++) {
			assert_int_equal(((struct number_message *)m)->number, got);
			m->destroy(m);
		}
	}
	struct pollfd p = {.fd = tg_mailbox_fd(box), .events = POLLIN};
	assert_int_equal(poll(&p, 1, 0), 0);
	tg_worker_destroy(w);
	assert_int_equal(destroyed, 100);
	tg_mailbox_destroy(box);
}

static void waiting_jobs_are_dropped_at_the_end(void **state)
{
	(void)state;
	struct tg_mailbox *box;
	struct tg_worker *w;
	destroyed = 0;
	assert_int_equal(tg_mailbox_create(&box), TG_OK);
	assert_int_equal(tg_worker_create(&w, "test"), TG_OK);
	for (int i = 0; i < 5; i++)
		submit(w, box, i, 100000);
	tg_worker_destroy(w);
	assert_int_equal(destroyed, 5);
	tg_mailbox_destroy(box); /* with its unread messages: the leak check watches */
	tg_worker_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(jobs_come_back_in_order),
	        cmocka_unit_test(waiting_jobs_are_dropped_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
