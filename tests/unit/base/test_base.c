/* Status list, buffers, readers, frames, secrets, clock, state machines. */
#include "tamga/buf.h"
#include "tamga/clock.h"
#include "tamga/frame.h"
#include "tamga/secret.h"
#include "tamga/sm.h"
#include "tamga/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* K-12: a code a person reads out leads to one row only, for ever. */
static void k12_codes_and_names_are_unique(void **state)
{
	(void)state;
	enum tg_status a, b;
	for (size_t i = 0; tg_status_each(i, &a); i++) {
		assert_true(strlen(tg_status_name(a)) > 1);
		assert_true(a == TG_OK || tg_status_class(a) != TG_CLASS_NONE);
		for (size_t j = 0; j < i && tg_status_each(j, &b); j++) {
			assert_int_not_equal(a, b);
			assert_string_not_equal(tg_status_name(a), tg_status_name(b));
		}
	}
	char code[8];
	tg_status_code(TG_PIN_WRONG, code);
	assert_string_equal(code, "T-301");
	assert_string_equal(tg_status_name((enum tg_status)7777), "bug");
}

static int bugs;
static void count_bug(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	assert_string_equal(what, "broken");
	bugs++;
}

static enum tg_status guarded(bool broken)
{
	TG_BUG_IF(broken);
	return TG_OK;
}

static void bug_checks_stay_on(void **state)
{
	(void)state;
	tg_bug_set_hook(count_bug);
	assert_int_equal(guarded(false), TG_OK);
	assert_int_equal(guarded(true), TG_BUG);
	assert_int_equal(bugs, 1);
	tg_bug_set_hook(NULL);
}

static void numbers_are_big_endian(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add_u8(&b, 1);
	tg_buf_add_u16(&b, 0x0203);
	tg_buf_add_u32(&b, 0x04050607);
	tg_buf_add_u64(&b, 0x08090A0B0C0D0E0F);
	static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(b.data, want, sizeof want);
	struct tg_reader r;
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_read_u8(&r), 1);
	assert_int_equal(tg_read_u16(&r), 0x0203);
	assert_int_equal(tg_read_u32(&r), 0x04050607);
	assert_true(tg_read_u64(&r) == 0x08090A0B0C0D0E0F);
	assert_true(tg_reader_done(&r));
	assert_int_equal(tg_read_u8(&r), 0);
	assert_true(r.failed);
	tg_buf_finish(&b);
}

static void a_reader_never_runs_past_its_end(void **state)
{
	(void)state;
	struct tg_reader r;
	tg_reader_init(&r, "abc", 3);
	assert_int_equal(tg_read_bytes(&r, SIZE_MAX).len, 0);
	assert_true(r.failed);
	tg_reader_init(&r, "\0\1\377\377\377\377x", 7);
	uint16_t tag;
	struct tg_bytes v;
	assert_false(tg_field_next(&r, &tag, &v));
	assert_true(r.failed);
	tg_reader_init(&r, NULL, 0);
	assert_false(tg_field_next(&r, &tag, &v));
	assert_true(tg_reader_done(&r));
}

static void hex_both_ways(void **state)
{
	(void)state;
	char hex[9];
	tg_hex("\xde\xad\xbe\xef", 4, hex);
	assert_string_equal(hex, "deadbeef");
	uint8_t out[4];
	assert_int_equal(tg_unhex("DEadBEef", out, 4), 4);
	assert_memory_equal(out, "\xde\xad\xbe\xef", 4);
	assert_int_equal(tg_unhex("abc", out, 4), -1);
	assert_int_equal(tg_unhex("zz", out, 4), -1);
	assert_int_equal(tg_unhex("0011223344", out, 4), -1);
}

static void copies_never_cut_a_letter(void **state)
{
	(void)state;
	char d[6];
	assert_true(tg_copy(d, sizeof d, "қа"));
	assert_false(tg_copy(d, sizeof d, "қазақ"));
	assert_string_equal(d, "қа");
}

static void frames_cross_a_socket(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	struct tg_buf body = TG_BUF_INIT, in = TG_BUF_INIT;
	tg_field_put_str(&body, 7, "hello");
	tg_field_put_u32(&body, 8, 42);
	assert_int_equal(tg_frame_send(fd[0], 9, body.data, body.len, 100), TG_OK);
	uint16_t kind = 0, tag = 0;
	assert_int_equal(tg_frame_recv(fd[1], &kind, &in, 100), TG_OK);
	assert_int_equal(kind, 9);
	struct tg_reader r;
	struct tg_bytes v;
	tg_reader_init(&r, in.data, in.len);
	assert_true(tg_field_next(&r, &tag, &v));
	assert_int_equal(tag, 7);
	assert_memory_equal(v.data, "hello", 5);
	assert_true(tg_field_next(&r, &tag, &v));
	assert_memory_equal(v.data, "\0\0\0\52", 4);
	assert_false(tg_field_next(&r, &tag, &v));
	assert_false(r.failed);
	assert_int_equal(tg_frame_recv(fd[1], &kind, &in, 20), TG_TIMEOUT);
	assert_int_equal(write(fd[0], "\377\377\377\377\0\0", 6), 6);
	assert_int_equal(tg_frame_recv(fd[1], &kind, &in, 100), TG_LIMIT);
	close(fd[0]);
	assert_int_equal(tg_frame_recv(fd[1], &kind, &in, 100), TG_IO);
	assert_int_equal(tg_frame_send(fd[1], 1, "x", 1, 100), TG_IO);
	close(fd[1]);
	tg_buf_finish(&body);
	tg_buf_finish(&in);
}

static void a_secret_is_wiped_and_counts_letters(void **state)
{
	(void)state;
	struct tg_secret *s, *t;
	assert_int_equal(tg_secret_create(&s), TG_OK);
	assert_int_equal(tg_secret_create(&t), TG_OK);
	assert_true(tg_secret_append(s, "12ү", 4));
	assert_int_equal(tg_secret_characters(s), 3);
	assert_true(tg_secret_erase_last(s));
	assert_int_equal(tg_secret_len(s), 2);
	assert_string_equal((const char *)tg_secret_peek(s), "12");
	assert_true(tg_secret_append(t, "12", 2));
	assert_true(tg_secret_equal(s, t));
	assert_true(tg_secret_append(t, "3", 1));
	assert_false(tg_secret_equal(s, t));
	char big[TG_SECRET_MAX];
	memset(big, '9', sizeof big);
	assert_false(tg_secret_append(s, big, sizeof big));
	tg_secret_wipe(s);
	for (size_t i = 0; i <= TG_SECRET_MAX; i++)
		assert_int_equal(tg_secret_peek(s)[i], 0);
	assert_false(tg_secret_erase_last(s));
	tg_secret_destroy(s);
	tg_secret_destroy(t);
	tg_secret_destroy(NULL);
}

/* A forked child (a printer's filter, say) does not inherit the bytes. */
static void a_secret_does_not_follow_a_fork(void **state)
{
	(void)state;
	struct tg_secret *s;
	assert_int_equal(tg_secret_create(&s), TG_OK);
	assert_true(tg_secret_append(s, "648219", 6));
	pid_t pid = fork();
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(tg_secret_peek(s)[0] == '6' ? 1 : 0);
	}
	int how;
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_false(WIFEXITED(how) && WEXITSTATUS(how) == 1);
	tg_secret_destroy(s);
}

/* Expected values: date -u -d @SECONDS. */
static void times_as_text(void **state)
{
	(void)state;
	char t[TG_TIME_TEXT];
	tg_time_utc(1795342530000, t);
	assert_string_equal(t, "2026-11-22T10:15:30Z");
	tg_time_local(1795342530000, 300, t);
	assert_string_equal(t, "22.11.2026 15:15");
	tg_time_local(1795388340000, 360, t);
	assert_string_equal(t, "23.11.2026 04:59");
}

static void shift_by(const char *path, const char *ms)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(ms, file);
	fclose(file);
}

/* What counts up leaps forward with a shifted clock; a clock that is set back does not take it back. */
static void a_shifted_clock_never_counts_down(void **state)
{
	(void)state;
	char path[] = "/tmp/tamga-clock.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct tg_clock real = tg_clock_real(), clock = tg_clock_shifted(path);
	int64_t mono = clock.mono_ms(clock.ctx);
	shift_by(path, "120000\n");
	assert_true(clock.mono_ms(clock.ctx) >= mono + 120000);
	assert_true(clock.wall_ms(clock.ctx) >= real.wall_ms(real.ctx) + 119000);
	shift_by(path, "-86400000\n");
	assert_true(clock.mono_ms(clock.ctx) >= mono + 120000);
	assert_true(clock.wall_ms(clock.ctx) <= real.wall_ms(real.ctx) - 86000000);
	shift_by(path, "0\n");
	assert_true(clock.mono_ms(clock.ctx) >= mono + 120000 + 86400000);
	unlink(path);
}

static void moves_are_checked(void **state)
{
	(void)state;
	enum { A, B, C };
	static const struct tg_sm_row rows[] = {
	        [A] = {"a", TG_SM_TO(B), false}, [B] = {"b", TG_SM_TO(A) | TG_SM_TO(C), false}, [C] = {"c", 0, true}};
	static const struct tg_sm sm = {"test", rows, 3};
	assert_true(tg_sm_allows(&sm, A, B));
	assert_false(tg_sm_allows(&sm, A, C));
	assert_false(tg_sm_allows(&sm, C, A));
	assert_false(tg_sm_allows(&sm, -1, A));
	assert_false(tg_sm_allows(&sm, A, 3));
	struct tg_buf b = TG_BUF_INIT;
	tg_sm_draw(&sm, &b);
	assert_non_null(strstr(tg_buf_str(&b), "\"b\" -> \"c\";"));
	tg_buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k12_codes_and_names_are_unique),
	        cmocka_unit_test(bug_checks_stay_on),
	        cmocka_unit_test(numbers_are_big_endian),
	        cmocka_unit_test(a_reader_never_runs_past_its_end),
	        cmocka_unit_test(hex_both_ways),
	        cmocka_unit_test(copies_never_cut_a_letter),
	        cmocka_unit_test(frames_cross_a_socket),
	        cmocka_unit_test(a_secret_is_wiped_and_counts_letters),
	        cmocka_unit_test(a_secret_does_not_follow_a_fork),
	        cmocka_unit_test(times_as_text),
	        cmocka_unit_test(a_shifted_clock_never_counts_down),
	        cmocka_unit_test(moves_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
