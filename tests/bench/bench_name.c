/* From the insertion of the identity card to the person's name, as somebody at the kiosk sees it: the real program in a
 * pseudo-terminal, a virtual card, a real pcscd. Two waits, with the person's own typing between them: insertion → the
 * carrier is named on the screen; Enter below the filled-in access data → the name from the chip. The reader's own part
 * of the first is measured in the same insertion, by a second client of pcscd that does nothing but wait for the card.
 *
 *   bench_name [--runs N] [--reading MS] CONTROL READER SERIAL NUMBER BIRTH EXPIRY NAME -- PROGRAM ARGS…
 * BIRTH and EXPIRY as a person types them: DDMMYYYY. --reading: what the reading costs without the kiosk. */
#include "harness.h"
#include "world.h"

#include <pthread.h>
#include <signal.h>
#include <winscard.h>

#define COLUMNS  80
#define ROWS     24
#define MOST     1000
#define LIMIT_MS 30000

struct bench {
	struct tg_harness *h;
	const char *control, *reader, *serial, *access[3], *name;
	SCARDCONTEXT context;
	double reading;
	double reader_ms[MOST], carrier_ms[MOST], beyond_ms[MOST], name_ms[MOST], sum_ms[MOST];
	int runs;
};

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(bool good, const struct bench *b, const char *what)
{
	struct tg_buf text = TG_BUF_INIT;
	if (good)
		return;
	if (b->h)
		tg_harness_text(b->h, &text);
	fprintf(stderr, "bench_name: %s\n%s\n", what, tg_buf_str(&text));
	exit(1);
}

/* When `text` stood on the screen. The clock is read when the bytes have come, before we look at them. */
static double seen_at(struct bench *b, const char *text)
{
	double end = now_ms() + LIMIT_MS, now = now_ms();
	while (!tg_harness_shows(b->h, text)) {
		must(now < end && tg_harness_running(b->h, NULL), b, text);
		(void)tg_harness_pump(b->h, 200);
		now = now_ms();
	}
	return now;
}

static void press(struct bench *b, const char *bytes, const char *then)
{
	tg_harness_send(b->h, bytes, strlen(bytes));
	(void)seen_at(b, then);
}

/* Until pcscd says the reader is as wanted; when it did. */
static double reader_is(const struct bench *b, bool present)
{
	SCARD_READERSTATE s = {.szReader = b->reader, .dwCurrentState = SCARD_STATE_UNAWARE};
	for (;;) {
		LONG rv = SCardGetStatusChange(b->context, LIMIT_MS, &s, 1);
		must(rv == SCARD_S_SUCCESS, b, "the reader does not change");
		if (!!(s.dwEventState & SCARD_STATE_PRESENT) == present)
			return now_ms();
		s.dwCurrentState = s.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
}

static double card_seen_at;
static void *watch(void *b)
{
	card_seen_at = reader_is(b, true);
	return NULL;
}

static void to_carrier(struct bench *b)
{
	(void)seen_at(b, "Choose a language");
	press(b, "4", "Choose the certification authority");
	press(b, "1", "Choose the service");
	press(b, "1", "Who is applying?");
	press(b, "1", "How are you applying?");
	press(b, "1", "Insert your identity card");
	tg_harness_settle(b->h, 100, 1000);
}

static void insert(struct bench *b, int i)
{
	pthread_t watcher;
	struct tg_error err = {0};
	must(pthread_create(&watcher, NULL, watch, b) == 0, b, "no thread");
	double begin = now_ms();
	must(tg_world_control(b->control, "insert", &err) == TG_OK, b, err.detail);
	b->carrier_ms[i] = seen_at(b, b->serial) - begin;
	must(pthread_join(watcher, NULL) == 0, b, "the watcher");
	b->reader_ms[i] = card_seen_at - begin;
	b->beyond_ms[i] = b->carrier_ms[i] - b->reader_ms[i];
}

static void read_chip(struct bench *b, int i)
{
	press(b, "\r", "Read the chip");
	for (int k = 0; k < 3; k++) {
		tg_harness_send(b->h, b->access[k], strlen(b->access[k]));
		tg_harness_send(b->h, "\r", 1);
		tg_harness_settle(b->h, 50, 500);
	}
	double begin = now_ms();
	tg_harness_send(b->h, "\r", 1);
	b->name_ms[i] = seen_at(b, b->name) - begin;
	b->sum_ms[i] = b->carrier_ms[i] + b->name_ms[i];
}

/* The journey is left, and the card is out for as long as this reader takes to notice: the virtual card stays away for
 * 900 ms in any case (decision 0012). Then insertions fall evenly on the 400 ms between two looks of pcscd: without
 * that, all of them would fall on the same moment, counted from the look that saw the card gone. */
static void leave(struct bench *b, int i)
{
	struct tg_error err = {0};
	tg_harness_settle(b->h, 100, 2000);
	(void)tg_harness_key(b->h, "F10");
	tg_harness_settle(b->h, 100, 1000);
	tg_harness_send(b->h, "2", 1);
	(void)seen_at(b, "Choose a language");
	must(tg_world_control(b->control, "pull", &err) == TG_OK, b, err.detail);
	(void)reader_is(b, false);
	double until = now_ms() + 900 + 400.0 * i / b->runs;
	while (now_ms() < until)
		(void)tg_harness_pump(b->h, 10);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* p50 and the worst: a 99th of a hundred there is not among some dozens. */
static void print(const char *what, double *times, int n, double peer, const char *peer_name)
{
	qsort(times, (size_t)n, sizeof times[0], by_size);
	const double value[] = {times[(n - 1) / 2], times[n - 1]};
	for (int i = 0; i < 2; i++) {
		printf("%s-%s %.1f ms", what, i ? "max" : "p50", value[i]);
		if (i == 0 && peer > 0)
			printf(" %.2f %s", value[i] / peer, peer_name);
		putchar('\n');
	}
}

static void report(struct bench *b)
{
	print("insertion-reader", b->reader_ms, b->runs, 0, NULL);
	double reader = b->reader_ms[(b->runs - 1) / 2];
	print("insertion-carrier", b->carrier_ms, b->runs, reader, "reader");
	print("insertion-carrier-beyond-reader", b->beyond_ms, b->runs, 0, NULL);
	print("access-to-name", b->name_ms, b->runs, b->reading, "reading-alone");
	print("insertion-to-name", b->sum_ms, b->runs, b->reading + reader, "reader-and-reading");
}

static int usage(void)
{
	fputs("bench_name [--runs N] [--reading MS] CONTROL READER SERIAL NUMBER BIRTH EXPIRY NAME -- PROGRAM ARGS…\n",
	        stderr);
	return 2;
}

static bool parse(struct bench *b, int argc, char **argv, const char *const **program)
{
	int i = 1;
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--runs") == 0)
			b->runs = (int)strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--reading") == 0)
			b->reading = strtod(argv[i + 1], NULL);
		else
			return false;
	}
	if (argc - i < 9 || strcmp(argv[i + 7], "--") != 0 || b->runs < 1 || b->runs > MOST)
		return false;
	b->control = argv[i];
	b->reader = argv[i + 1];
	b->serial = argv[i + 2];
	for (int k = 0; k < 3; k++)
		b->access[k] = argv[i + 3 + k];
	b->name = argv[i + 6];
	*program = (const char *const *)(uintptr_t)(argv + i + 8);
	return true;
}

int main(int argc, char **argv)
{
	static struct bench b = {.runs = 20};
	const struct tg_harness_options o = {.columns = COLUMNS, .rows = ROWS};
	const char *const *program;
	struct tg_error err = {0};
	if (!parse(&b, argc, argv, &program))
		return usage();
	must(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &b.context) == SCARD_S_SUCCESS, &b, "no pcscd");
	must(tg_harness_spawn(&b.h, program, &o, &err) == TG_OK, &b, err.detail);
	for (int i = 0; i < b.runs; i++) {
		to_carrier(&b);
		insert(&b, i);
		read_chip(&b, i);
		leave(&b, i);
	}
	report(&b);
	(void)SCardReleaseContext(b.context);
	tg_harness_kill(b.h, SIGTERM);
	tg_harness_destroy(b.h);
	return 0;
}
