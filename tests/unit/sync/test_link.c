/* The local socket: an agent that is not there, says nothing, says nonsense; requests that are malformed. K-12. */
#include "lib.h"

#include "tamga/frame.h"
#include "tamga/link.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An agent that takes one connection, reads one frame and answers as told. */
struct fake {
	char dir[64], path[96];
	int fd;
	uint16_t kind;
	struct tg_buf answer;
	bool silent, hang_up;
	uint16_t got_kind;
	struct tg_buf got;
	pthread_t thread;
};

static void *fake_main(void *ctx)
{
	struct fake *f = ctx;
	int c = accept(f->fd, NULL, NULL);
	if (c < 0)
		return NULL;
	if (f->hang_up) {
		close(c);
		return NULL;
	}
	enum tg_status st = tg_frame_recv(c, &f->got_kind, &f->got, 2000);
	if (st == TG_OK && f->silent)
		(void)!tg_frame_recv(c, &f->got_kind, &f->got, 5000); /* until the other end gives up */
	else if (st == TG_OK && f->kind)
		(void)!tg_frame_send(c, f->kind, f->answer.data, f->answer.len, 2000);
	close(c);
	return NULL;
}

static void fake_start(struct fake *f)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	(void)snprintf(f->path, sizeof(f->path), "%s/s", make_dir(f->dir));
	assert_true(tg_copy(a.sun_path, sizeof(a.sun_path), f->path));
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(f->fd >= 0);
	assert_int_equal(bind(f->fd, (const struct sockaddr *)(const void *)&a, sizeof(a)), 0);
	assert_int_equal(listen(f->fd, 1), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, fake_main, f), 0);
}

static void fake_stop(struct fake *f)
{
	pthread_join(f->thread, NULL);
	close(f->fd);
	tg_buf_finish(&f->answer);
	tg_buf_finish(&f->got);
	drop_dir(f->dir);
}

static void test_no_agent_is_named(void **state)
{
	(void)state;
	struct tg_link_status s;
	struct tg_error err = {0};
	assert_int_equal(tg_link_status("/nonexistent/agent.sock", &s, &err), TG_AGENT_DOWN);
	assert_false(s.centre_reachable);
	assert_int_equal(tg_link_poke("/nonexistent/agent.sock"), TG_AGENT_DOWN);
	char longer[300];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(tg_link_poke(longer), TG_AGENT_DOWN);
}

static enum tg_status status_of(struct fake *f, struct tg_link_status *s)
{
	struct tg_error err = {0};
	fake_start(f);
	enum tg_status st = tg_link_status(f->path, s, &err);
	fake_stop(f);
	return st;
}

static void test_agents_that_say_nonsense(void **state)
{
	(void)state;
	struct tg_link_status s;
	struct fake hang = {.hang_up = true}, dead = {0}, odd = {.kind = 77}, cut = {.kind = TG_LINK_STATUS_OK},
	            thin = {.kind = TG_LINK_STATUS_OK}, bad_code = {.kind = TG_LINK_FAILED};
	assert_int_equal(status_of(&hang, &s), TG_AGENT_DOWN);
	assert_int_equal(status_of(&dead, &s), TG_AGENT_DOWN);
	assert_int_equal(status_of(&odd, &s), TG_AGENT_DOWN);
	tg_buf_add_u16(&cut.answer, TG_LINK_F_REACHABLE);
	tg_buf_add_u32(&cut.answer, 4000000000u);
	assert_int_equal(status_of(&cut, &s), TG_AGENT_DOWN);
	tg_field_put(&thin.answer, TG_LINK_F_ACKED_SEQ, "\1", 1);
	assert_int_equal(status_of(&thin, &s), TG_AGENT_DOWN);
	tg_field_put_u32(&bad_code.answer, TG_LINK_F_STATUS, 123456);
	assert_int_equal(status_of(&bad_code, &s), TG_BUG);
}

static void test_a_silent_agent_times_out(void **state)
{
	(void)state;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err = {0};
	struct fake f = {.silent = true};
	fake_start(&f);
	struct tg_cmp_transport t = tg_link_cmp_transport(f.path);
	struct tg_bytes request = {(const uint8_t *)"x", 1};
	/* Half a second from the caller, two more that the client grants the agent. */
	assert_int_equal(t.exchange(t.ctx, "nca-individual-sign", request, &answer, 500, &err), TG_TIMEOUT);
	tg_buf_finish(&answer);
	fake_stop(&f);
}

static void test_failures_come_through_by_name(void **state)
{
	(void)state;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err = {0};
	struct fake f = {.kind = TG_LINK_FAILED};
	tg_field_put_u32(&f.answer, TG_LINK_F_STATUS, 406);
	tg_field_put_str(&f.answer, TG_LINK_F_DETAIL, "bad\033[2Jnews");
	fake_start(&f);
	struct tg_cmp_transport t = tg_link_cmp_transport(f.path);
	struct tg_bytes request = {(const uint8_t *)"\x30\x00", 2};
	assert_int_equal(t.exchange(t.ctx, "nca-individual-sign", request, &answer, 2000, &err), TG_CA_DOWN);
	assert_null(strchr(err.detail, '\033'));
	struct tg_link_request q;
	struct tg_bytes got = {f.got.data, f.got.len};
	pthread_join(f.thread, NULL);
	assert_int_equal(tg_link_parse_request(f.got_kind, got, &q), TG_OK);
	assert_string_equal(q.endpoint, "nca-individual-sign");
	assert_int_equal(q.body.len, 2);
	assert_int_equal(q.timeout_ms, 2000);
	assert_int_equal(pthread_create(&f.thread, NULL, fake_main, &(struct fake){.fd = -1}), 0);
	tg_buf_finish(&answer);
	fake_stop(&f);
}

static void test_status_is_read_back(void **state)
{
	(void)state;
	struct tg_link_status s;
	struct fake f = {.kind = TG_LINK_STATUS_OK};
	static const uint8_t seq[8] = {0, 0, 0, 0, 0, 0, 1, 2}, offset[8] = {255, 255, 255, 255, 255, 255, 255, 254};
	tg_field_put_u32(&f.answer, TG_LINK_F_REACHABLE, 1);
	tg_field_put_u32(&f.answer, TG_LINK_F_STATUS, 0);
	tg_field_put(&f.answer, TG_LINK_F_ACKED_SEQ, seq, 8);
	tg_field_put(&f.answer, TG_LINK_F_CLOCK_OFFSET_MS, offset, 8);
	tg_field_put_str(&f.answer, 999, "of a newer agent");
	assert_int_equal(status_of(&f, &s), TG_OK);
	assert_true(s.centre_reachable);
	assert_int_equal(s.acked_seq, 258);
	assert_int_equal(s.clock_offset_ms, -2);
	assert_int_equal(s.last, TG_OK);
}

static void test_fresh_comes_back_in_time(void **state)
{
	(void)state;
	struct tg_link_status s;
	struct tg_error err = {0};
	struct tg_clock clock = tg_clock_real();
	assert_int_equal(tg_link_fresh("/nonexistent/agent.sock", 1000, &s, &err), TG_AGENT_DOWN);
	assert_int_equal(s.last, TG_AGENT_DOWN);
	struct fake silent = {.silent = true}, down = {.kind = TG_LINK_FAILED}, odd = {.kind = TG_LINK_CMP_OK};
	fake_start(&silent);
	int64_t began = clock.mono_ms(clock.ctx);
	assert_int_equal(tg_link_fresh(silent.path, 300, &s, &err), TG_TIMEOUT);
	int64_t took = clock.mono_ms(clock.ctx) - began;
	assert_true(took >= 250 && took < 1500);
	assert_false(s.centre_reachable);
	fake_stop(&silent);
	tg_field_put_u32(&down.answer, TG_LINK_F_STATUS, 402);
	fake_start(&down);
	assert_int_equal(tg_link_fresh(down.path, 1000, &s, &err), TG_CENTRE_DOWN);
	assert_int_equal(s.last, TG_CENTRE_DOWN);
	pthread_join(down.thread, NULL);
	struct tg_link_request q;
	struct tg_bytes got = {down.got.data, down.got.len};
	assert_int_equal(down.got_kind, TG_LINK_FRESH);
	assert_int_equal(tg_link_parse_request(down.got_kind, got, &q), TG_OK);
	assert_true(q.timeout_ms > 0 && q.timeout_ms < 1000); /* the agent has less than the caller waits */
	assert_int_equal(pthread_create(&down.thread, NULL, fake_main, &(struct fake){.fd = -1}), 0);
	fake_stop(&down);
	fake_start(&odd);
	assert_int_equal(tg_link_fresh(odd.path, 1000, &s, &err), TG_AGENT_DOWN);
	fake_stop(&odd);
}

static enum tg_status ask(struct fake *f, const char *json, struct tg_buf *answer)
{
	struct tg_error err = {0};
	fake_start(f);
	enum tg_status st = tg_link_ask(f->path, "status", json, 300, answer, &err);
	return st;
}

static void test_c5_a_question_and_its_answer(void **state)
{
	(void)state;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err = {0};
	struct tg_link_request q;
	struct fake good = {.kind = TG_LINK_ASK_OK}, empty = {.kind = TG_LINK_ASK_OK}, odd = {.kind = TG_LINK_CMP_OK},
	            no = {.kind = TG_LINK_FAILED};
	assert_int_equal(tg_link_ask("/nonexistent/agent.sock", "status", "{}", 300, &answer, &err), TG_AGENT_DOWN);
	tg_field_put_str(&good.answer, TG_LINK_F_BODY, "{\"state\":\"accepted\"}");
	assert_int_equal(ask(&good, "{\"number\":\"A\"}", &answer), TG_OK);
	assert_string_equal(tg_buf_str(&answer), "{\"state\":\"accepted\"}");
	pthread_join(good.thread, NULL);
	/* What the agent's side makes of it. */
	struct tg_bytes got = {good.got.data, good.got.len};
	assert_int_equal(good.got_kind, TG_LINK_ASK);
	assert_int_equal(tg_link_parse_request(good.got_kind, got, &q), TG_OK);
	assert_string_equal(q.path, "status");
	assert_true(q.body.len == 14 && memcmp(q.body.data, "{\"number\":\"A\"}", 14) == 0 && q.timeout_ms == 300);
	assert_int_equal(pthread_create(&good.thread, NULL, fake_main, &(struct fake){.fd = -1}), 0);
	fake_stop(&good);
	assert_int_equal(ask(&empty, "{}", &answer), TG_AGENT_DOWN);
	fake_stop(&empty);
	assert_int_equal(ask(&odd, "{}", &answer), TG_AGENT_DOWN);
	fake_stop(&odd);
	tg_field_put_u32(&no.answer, TG_LINK_F_STATUS, 416);
	assert_int_equal(ask(&no, "{}", &answer), TG_CLAIMED);
	fake_stop(&no);
	tg_buf_finish(&answer);
}

static void test_a_question_has_a_limit(void **state)
{
	(void)state;
	static char big[TG_LINK_ASK_MAX + 2];
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err = {0};
	memset(big, ' ', sizeof(big) - 1);
	/* Refused before anything is sent: nobody listens there. */
	assert_int_equal(tg_link_ask("/nonexistent/agent.sock", "status", big, 300, &answer, &err), TG_LIMIT);
	big[TG_LINK_ASK_MAX] = '\0';
	assert_int_equal(tg_link_ask("/nonexistent/agent.sock", "status", big, 300, &answer, &err), TG_AGENT_DOWN);
	tg_buf_finish(&answer);
}

static enum tg_status parse(uint16_t kind, const struct tg_buf *b)
{
	struct tg_link_request q;
	struct tg_bytes bytes = {b->data, b->len};
	return tg_link_parse_request(kind, bytes, &q);
}

static void test_malformed_requests_are_refused(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	assert_int_equal(parse(0, &b), TG_INVALID);
	assert_int_equal(parse(TG_LINK_CMP_OK, &b), TG_INVALID);
	assert_int_equal(parse(TG_LINK_CMP, &b), TG_INVALID);
	assert_int_equal(parse(TG_LINK_STATUS, &b), TG_OK);
	assert_int_equal(parse(TG_LINK_POKE, &b), TG_OK);
	assert_int_equal(parse(TG_LINK_FRESH, &b), TG_OK);
	tg_field_put_u32(&b, TG_LINK_F_TIMEOUT_MS, 500);
	assert_int_equal(parse(TG_LINK_FRESH, &b), TG_OK);
	assert_int_equal(parse(TG_LINK_STATUS, &b), TG_INVALID);
	tg_field_put_u32(&b, TG_LINK_F_TIMEOUT_MS, 500);
	assert_int_equal(parse(TG_LINK_FRESH, &b), TG_INVALID); /* twice */
	tg_buf_reset(&b);
	tg_field_put_str(&b, TG_LINK_F_ENDPOINT, "nca-individual-sign");
	assert_int_equal(parse(TG_LINK_FRESH, &b), TG_INVALID); /* none of its fields */
	tg_buf_reset(&b);
	tg_field_put_str(&b, TG_LINK_F_ENDPOINT, "nca-individual-sign");
	assert_int_equal(parse(TG_LINK_CMP, &b), TG_INVALID); /* no body */
	assert_int_equal(parse(TG_LINK_STATUS, &b), TG_INVALID);
	tg_field_put(&b, TG_LINK_F_BODY, "0", 1);
	assert_int_equal(parse(TG_LINK_CMP, &b), TG_OK);
	tg_field_put(&b, TG_LINK_F_BODY, "0", 1);
	assert_int_equal(parse(TG_LINK_CMP, &b), TG_INVALID); /* twice */
	static const char *const endpoints[] = {"", "../etc", "a b", "A", "x\n", "http://h",
	        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		tg_buf_reset(&b);
		tg_field_put_str(&b, TG_LINK_F_ENDPOINT, endpoints[i]);
		tg_field_put(&b, TG_LINK_F_BODY, "0", 1);
		assert_int_equal(parse(TG_LINK_CMP, &b), TG_INVALID);
	}
	tg_buf_finish(&b);
}

static void test_malformed_questions_are_refused(void **state)
{
	(void)state;
	static uint8_t big[TG_LINK_ASK_MAX + 1];
	struct tg_buf b = TG_BUF_INIT;
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID);
	tg_field_put_str(&b, TG_LINK_F_PATH, "status");
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID); /* no body */
	tg_field_put(&b, TG_LINK_F_BODY, "{}", 2);
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_OK);
	assert_int_equal(parse(TG_LINK_CMP, &b), TG_INVALID);
	tg_field_put_str(&b, TG_LINK_F_PATH, "queue");
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID); /* twice */
	tg_buf_reset(&b);
	tg_field_put(&b, TG_LINK_F_BODY, "{}", 2);
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID); /* no path */
	tg_field_put_str(&b, TG_LINK_F_ENDPOINT, "status");
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID);
	static const char *const paths[] = {
	        "", "../etc", "a/b", "A", "x\n", "a?b=c", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		tg_buf_reset(&b);
		tg_field_put_str(&b, TG_LINK_F_PATH, paths[i]);
		tg_field_put(&b, TG_LINK_F_BODY, "{}", 2);
		assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID);
	}
	tg_buf_reset(&b);
	tg_field_put_str(&b, TG_LINK_F_PATH, "status");
	tg_field_put(&b, TG_LINK_F_BODY, big, sizeof(big));
	assert_int_equal(parse(TG_LINK_ASK, &b), TG_INVALID);
	tg_buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_no_agent_is_named),
	        cmocka_unit_test(test_agents_that_say_nonsense),
	        cmocka_unit_test(test_a_silent_agent_times_out),
	        cmocka_unit_test(test_fresh_comes_back_in_time),
	        cmocka_unit_test(test_failures_come_through_by_name),
	        cmocka_unit_test(test_status_is_read_back),
	        cmocka_unit_test(test_malformed_requests_are_refused),
	        cmocka_unit_test(test_c5_a_question_and_its_answer),
	        cmocka_unit_test(test_a_question_has_a_limit),
	        cmocka_unit_test(test_malformed_questions_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
