/* Reading an identity document through tamga-chip and a real reader: how long the whole reading takes, how many
 * commands it is, and what of it is the start and the end of the child (a reading of a reader that is not there).
 * Beside it the floor: as many plain SELECTs of the document's application through the same pcscd and reader, from a
 * bare program. bench_document [--runs N] NAME PROGRAM READER (--mrz NUMBER BIRTH EXPIRY | --can NUMBER) prints
 * "document-NAME-… value unit" lines */
#include "tamga/document.h"

#include <winscard.h>

#define MOST 1000

struct bench {
	const char *name, *reader;
	struct tg_document_config config;
	struct tg_mrtd_access access;
	int runs;
	double times[MOST];
};

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorted times of `runs` readings that end as they should; the commands of the last one. */
static unsigned measure(struct bench *b, const char *reader, enum tg_status want)
{
	unsigned apdus = 0;
	for (int i = 0; i < b->runs; i++) {
		struct tg_mrtd_raw raw;
		struct tg_error err = {0};
		double begin = now_ms();
		enum tg_status status = tg_document_read(&b->config, reader, &b->access, -1, NULL, NULL, &raw, &err);
		b->times[i] = now_ms() - begin;
		apdus = raw.apdus;
		tg_mrtd_raw_finish(&raw);
		if (status != want) {
			fprintf(stderr, "bench_document: %s: %s\n", tg_status_name(status), err.detail);
			exit(1);
		}
	}
	qsort(b->times, (size_t)b->runs, sizeof b->times[0], by_size);
	return apdus;
}

static void must(LONG rv, const char *what)
{
	if (rv == SCARD_S_SUCCESS)
		return;
	fprintf(stderr, "bench_document: %s: PC/SC 0x%08lX\n", what, (unsigned long)rv & 0xFFFFFFFFul);
	exit(1);
}

/* A client of its own each time, as the child is. */
static void select_often(const struct bench *b, unsigned times)
{
	static const BYTE select[] = {0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01};
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol, n;
	BYTE answer[258];
	must(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "the daemon");
	must(SCardConnect(context, b->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol), "the card");
	must(SCardBeginTransaction(card), "a transaction");
	for (unsigned i = 0; i < times; i++) {
		n = sizeof answer;
		must(SCardTransmit(card, SCARD_PCI_T1, select, sizeof select, NULL, answer, &n), "SELECT");
		must(n == 2 && answer[0] == 0x90 ? SCARD_S_SUCCESS : SCARD_E_INVALID_VALUE, "the answer to SELECT");
	}
	must(SCardEndTransaction(card, SCARD_RESET_CARD), "the end");
	must(SCardDisconnect(card, SCARD_LEAVE_CARD), "the end");
	must(SCardReleaseContext(context), "the end");
}

static void measure_floor(struct bench *b, unsigned apdus)
{
	for (int i = 0; i < b->runs; i++) {
		double begin = now_ms();
		select_often(b, apdus);
		b->times[i] = now_ms() - begin;
	}
	qsort(b->times, (size_t)b->runs, sizeof b->times[0], by_size);
}

static double at(const struct bench *b, double share)
{
	return b->times[(int)((double)(b->runs - 1) * share)];
}

static void report(struct bench *b)
{
	unsigned apdus = measure(b, b->reader, TG_OK);
	double p50 = at(b, 0.5), p99 = at(b, 0.99);
	(void)measure(b, "no such reader", TG_READER_GONE);
	double child = at(b, 0.5);
	measure_floor(b, apdus);
	double floor50 = at(b, 0.5), floor99 = at(b, 0.99);
	printf("document-%s-commands %u commands\n", b->name, apdus);
	printf("document-%s-plain-selects-p50 %.2f ms\n", b->name, floor50);
	printf("document-%s-plain-selects-p99 %.2f ms\n", b->name, floor99);
	printf("document-%s-p50 %.2f ms %.2f plain-selects\n", b->name, p50, p50 / floor50);
	printf("document-%s-p99 %.2f ms %.2f plain-selects\n", b->name, p99, p99 / floor99);
	printf("document-%s-child %.2f ms\n", b->name, child);
	printf("document-%s-per-command %.3f ms\n", b->name, (p50 - child) / apdus);
}

static int usage(void)
{
	fputs("bench_document [--runs N] NAME PROGRAM READER (--mrz NUMBER BIRTH EXPIRY | --can NUMBER)\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct bench b = {.runs = 50};
	int i = 1;
	if (argc > 2 && strcmp(argv[1], "--runs") == 0) {
		b.runs = (int)strtol(argv[2], NULL, 10);
		i = 3;
	}
	if (argc - i < 5 || b.runs < 1 || b.runs > MOST)
		return usage();
	b.name = argv[i];
	b.config.program = argv[i + 1];
	b.reader = argv[i + 2];
	b.access.can = strcmp(argv[i + 3], "--can") == 0;
	(void)tg_copy(b.access.number, sizeof b.access.number, argv[i + 4]);
	if (!b.access.can && argc - i == 7) {
		(void)tg_copy(b.access.birth, sizeof b.access.birth, argv[i + 5]);
		(void)tg_copy(b.access.expiry, sizeof b.access.expiry, argv[i + 6]);
	} else if (!b.access.can || argc - i != 5) {
		return usage();
	}
	report(&b);
	return 0;
}
