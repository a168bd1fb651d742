/* Reading an identity document through tamga-chip and a real reader: how long the whole reading takes, how many
 * commands it is, and what of it is the start and the end of the child (a reading of a reader that is not there).
 * Beside it the floor: as many plain SELECTs of the document's application through the same pcscd and reader, from a
 * bare program. Prints "document-NAME-… value unit [ratio PEER]" lines.
 *
 *   bench_document [--runs N] NAME PROGRAM READER (--mrz NUMBER BIRTH EXPIRY | --can NUMBER) */
#include "tamga/document.h"

#include <winscard.h>

#define MOST 1000

struct bench {
	const char *name, *reader;
	struct tg_document_config config;
	struct tg_mrtd_access access;
	int runs;
	double reading[MOST], floor[MOST], child[MOST];
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

static double read_once(const struct bench *b, const char *reader, enum tg_status want, unsigned *apdus)
{
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	double begin = now_ms();
	enum tg_status status = tg_document_read(&b->config, reader, &b->access, -1, NULL, NULL, &raw, &err);
	double took = now_ms() - begin;
	*apdus = raw.apdus;
	tg_mrtd_raw_finish(&raw);
	if (status == want)
		return took;
	fprintf(stderr, "bench_document: %s: %s\n", tg_status_name(status), err.detail);
	exit(1);
}

static void must(LONG rv, const char *what)
{
	if (rv == SCARD_S_SUCCESS)
		return;
	fprintf(stderr, "bench_document: %s: PC/SC 0x%08lX\n", what, (unsigned long)rv & 0xFFFFFFFFul);
	exit(1);
}

/* A client of its own each time, as the child is. */
static double select_often(const struct bench *b, unsigned times)
{
	double begin = now_ms();
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
	return now_ms() - begin;
}

/* In turns, so that what else the machine does falls on all of them. Returns the commands of a reading. */
static unsigned measure(struct bench *b)
{
	unsigned apdus = 0, none;
	for (int i = 0; i < b->runs; i++) {
		b->reading[i] = read_once(b, b->reader, TG_OK, &apdus);
		b->floor[i] = select_often(b, apdus);
		b->child[i] = read_once(b, "no such reader", TG_READER_GONE, &none);
	}
	qsort(b->reading, (size_t)b->runs, sizeof b->reading[0], by_size);
	qsort(b->floor, (size_t)b->runs, sizeof b->floor[0], by_size);
	qsort(b->child, (size_t)b->runs, sizeof b->child[0], by_size);
	return apdus;
}

static void report(struct bench *b)
{
	unsigned apdus = measure(b);
	int half = (b->runs - 1) / 2, most = (int)((double)(b->runs - 1) * 0.99);
	double child = b->child[half];
	printf("document-%s-commands %u commands\n", b->name, apdus);
	printf("document-%s-plain-selects-p50 %.2f ms\n", b->name, b->floor[half]);
	printf("document-%s-plain-selects-p99 %.2f ms\n", b->name, b->floor[most]);
	printf("document-%s-p50 %.2f ms %.2f plain-selects\n", b->name, b->reading[half],
	        b->reading[half] / b->floor[half]);
	printf("document-%s-p99 %.2f ms %.2f plain-selects\n", b->name, b->reading[most],
	        b->reading[most] / b->floor[most]);
	printf("document-%s-child %.2f ms\n", b->name, child);
	printf("document-%s-per-command %.3f ms %.2f plain-select\n", b->name, (b->reading[half] - child) / apdus,
	        (b->reading[half] - child) / b->floor[half]);
}

static int usage(void)
{
	fputs("bench_document [--runs N] NAME PROGRAM READER (--mrz NUMBER BIRTH EXPIRY | --can NUMBER)\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct bench b = {.runs = 101};
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
