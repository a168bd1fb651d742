/* Start → first screen: from just before the program is started until the whole first screen, read by libvterm, stands
 * as it stands when nothing more comes. The same with a bare ncurses program beside it (bench_screen --bare): what the
 * dynamic linker, ncurses and the pseudo-terminal cost by themselves.
 *   bench_start [--runs N] PROGRAM ARGS…   prints "name value unit [ratio-to PEER]" lines */
#include "harness.h"

#include <signal.h>
#include <unistd.h>

#define COLUMNS  80
#define ROWS     25
#define MOST     1000
#define QUIET_MS 400
#define LIMIT_MS 15000

struct tail {
	double p50, p99;
};

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static struct tg_harness *spawn(const char *const *argv)
{
	const struct tg_harness_options o = {.columns = COLUMNS, .rows = ROWS, .term = "linux"};
	struct tg_harness *h = NULL;
	struct tg_error err = {0};
	if (tg_harness_spawn(&h, argv, &o, &err) != TG_OK) {
		fprintf(stderr, "bench_start: %s: %s\n", argv[0], err.detail);
		exit(1);
	}
	return h;
}

static void end(struct tg_harness *h)
{
	tg_harness_kill(h, SIGTERM);
	tg_harness_destroy(h);
}

/* The screen that is waited for. */
static void learn(const char *const *argv, struct tg_buf *want)
{
	struct tg_harness *h = spawn(argv);
	(void)tg_harness_pump(h, LIMIT_MS);
	tg_harness_settle(h, QUIET_MS, LIMIT_MS);
	if (!tg_harness_running(h, NULL)) {
		fprintf(stderr, "bench_start: %s ended\n", argv[0]);
		exit(1);
	}
	tg_harness_text(h, want);
	end(h);
}

static double once(const char *const *argv, const struct tg_buf *want)
{
	struct tg_buf text = TG_BUF_INIT;
	double begin = now_us(), took = -1;
	struct tg_harness *h = spawn(argv);
	while (took < 0 && tg_harness_pump(h, LIMIT_MS)) {
		double seen = now_us();
		tg_buf_reset(&text);
		tg_harness_text(h, &text);
		if (text.len == want->len && memcmp(text.data, want->data, text.len) == 0)
			took = seen - begin;
	}
	if (took < 0) {
		fprintf(stderr, "bench_start: %s: the first screen is another one:\n%s\n", argv[0], tg_buf_str(&text));
		exit(1);
	}
	end(h);
	tg_buf_finish(&text);
	return took;
}

static struct tail measure(const char *const *argv, int runs)
{
	static double took[MOST];
	struct tg_buf want = TG_BUF_INIT;
	learn(argv, &want);
	for (int i = 0; i < runs; i++)
		took[i] = once(argv, &want);
	tg_buf_finish(&want);
	qsort(took, (size_t)runs, sizeof took[0], by_size);
	return (struct tail){took[runs / 2], took[(runs - 1) * 99 / 100]};
}

int main(int argc, char **argv)
{
	int runs = 20, first = 1;
	char peer[600];
	if (argc > 3 && strcmp(argv[1], "--runs") == 0) {
		runs = (int)strtol(argv[2], NULL, 10);
		first = 3;
	}
	if (argc <= first || runs < 1 || runs > MOST)
		return 2;
	ssize_t n = readlink("/proc/self/exe", peer, sizeof peer - 1);
	peer[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(peer, '/');
	if (!slash || !tg_copy(slash, (size_t)(peer + sizeof peer - slash), "/bench_screen"))
		return 1;
	const char *const bare[] = {peer, "--bare", NULL};
	struct tail floor = measure(bare, runs), ours = measure((const char *const *)(uintptr_t)(argv + first), runs);
	printf("start-bare-ncurses-p50 %.1f ms\n", floor.p50 / 1e3);
	printf("start-first-screen-p50 %.1f ms %.2f bare-ncurses\n", ours.p50 / 1e3, ours.p50 / floor.p50);
	printf("start-first-screen-p99 %.1f ms %.2f bare-ncurses\n", ours.p99 / 1e3, ours.p99 / floor.p99);
	return 0;
}
