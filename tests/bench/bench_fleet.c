/* A country of kiosks: a real tamga-centre and thousands of simulated ones on the same machine, each with a TLS 1.3
 * connection and a certificate of its own.
 *   bench_fleet BIN-DIRECTORY [--kiosks N] [--body BYTES] [--rows N]
 *     prints "name value unit [ratio-to PEER value]" lines: all come back at once, idle memory, single
 * acknowledgements, a backlog in batches, the rate as the journal grows to N rows; beside nginx and plain SQLite. */
#include "fleet.h"
#include "fleet_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 200u

static double ratio(double ours, double theirs)
{
	return theirs > 0 ? ours / theirs : 0;
}

/* gib: of the server (and nginx's workers), while all connections are open and none has a request; each had one. */
struct storm {
	double seconds, core_seconds, gib;
};

static struct storm storm_of(struct fleet *f)
{
	struct storm s;
	double before = fleet_cpu_seconds(f);
	struct fleet_round r = {.batch = 0, .per_kiosk = 1, .window = f->n};
	fleet_hang_up(f);
	fleet_run(f, &r);
	s.seconds = r.seconds;
	s.core_seconds = fleet_cpu_seconds(f) - before;
	sleep(2);
	s.gib = fleet_memory_gib(f);
	return s;
}

static void tell_storm(struct fleet *f, const struct storm *ours, const struct storm *theirs)
{
	printf("fleet-reconnect-%u %.1f s", f->n, ours->seconds);
	printf(theirs ? " ratio-to nginx %.2f\n" : "\n", theirs ? ratio(ours->seconds, theirs->seconds) : 0);
	printf("fleet-reconnect-%u-server %.1f core-s", f->n, ours->core_seconds);
	printf(theirs ? " ratio-to nginx %.2f\n" : "\n", theirs ? ratio(ours->core_seconds, theirs->core_seconds) : 0);
	printf("fleet-idle-memory-%u %.3f GiB", f->n, ours->gib);
	printf(theirs ? " ratio-to nginx %.2f\n" : "\n", theirs ? ratio(ours->gib, theirs->gib) : 0);
	printf("fleet-reconnect-%u-dropped %u connections\n", f->n, f->drops);
	(void)fflush(stdout);
}

static void measure_single(struct fleet *f, unsigned window)
{
	struct fleet_round r = {.batch = 1, .per_kiosk = f->n >= 10000 ? 6 : 60000 / f->n + 1, .window = window};
	const double before = fleet_cpu_seconds(f), n = (double)f->n * r.per_kiosk;
	fleet_run(f, &r);
	printf("fleet-acks-single-window-%u %.0f 1/s\n", window, n / r.seconds);
	/* A busy machine takes longer, and hardly more of this. */
	printf("fleet-ack-server-cpu-window-%u %.1f us\n", window, (fleet_cpu_seconds(f) - before) * 1e6 / n);
	printf("fleet-ack-p50-window-%u %.2f ms\n", window, fleet_percentile(f, 0.5));
	printf("fleet-ack-p99-window-%u %.2f ms\n", window, fleet_percentile(f, 0.99));
	(void)fflush(stdout);
}

/* Entries a second, and microseconds of the server's time for each. */
struct pace {
	double rate, cpu_us;
};

static struct pace send_batches(struct fleet *f, unsigned per_kiosk)
{
	struct fleet_round r = {.batch = BATCH, .per_kiosk = per_kiosk, .window = 16};
	const double before = fleet_cpu_seconds(f), n = (double)f->n * per_kiosk * BATCH;
	fleet_run(f, &r);
	return (struct pace){n / r.seconds, (fleet_cpu_seconds(f) - before) * 1e6 / n};
}

static void measure_growth(struct fleet *f, uint64_t rows)
{
	unsigned per_round = 1000000u / (f->n * BATCH) > 0 ? 1000000u / (f->n * BATCH) : 1;
	uint64_t have = 0, each = (uint64_t)f->n * BATCH * per_round;
	struct pace first = {0}, last = {0};
	while (have < rows) {
		last = send_batches(f, per_round);
		have += each;
		first = first.rate > 0 ? first : last;
		printf("fleet-batch-rate-at-%.1fM-rows %.0f 1/s\n", (double)have / 1e6, last.rate);
		printf("fleet-entry-server-cpu-at-%.1fM-rows %.2f us\n", (double)have / 1e6, last.cpu_us);
		(void)fflush(stdout);
	}
	printf("fleet-batch-rate-last-to-first %.2f x\n", ratio(last.rate, first.rate));
}

static unsigned number(const char *text)
{
	char *end = NULL;
	unsigned long n = strtoul(text, &end, 10);
	if (*end != '\0' || n == 0 || n > 100000000) {
		fprintf(stderr, "bench_fleet: not a number: %s\n", text);
		exit(2);
	}
	return (unsigned)n;
}

int main(int argc, char **argv)
{
	static struct fleet f;
	unsigned kiosks = 10000, body = 2000, rows = 2000000;
	for (int i = 2; i + 1 < argc; i += 2) {
		unsigned *at = strcmp(argv[i], "--kiosks") == 0 ? &kiosks
		               : strcmp(argv[i], "--body") == 0 ? &body
		               : strcmp(argv[i], "--rows") == 0 ? &rows
		                                                : NULL;
		if (!at)
			return 2;
		*at = number(argv[i + 1]);
	}
	if (argc < 2 || argc % 2 != 0 || body < 20 || body > 16000)
		return 2;
	fleet_begin(&f, argv[1], kiosks, body);
	const struct storm ours = storm_of(&f);
	measure_single(&f, 64);
	measure_single(&f, 256); /* a multiple of 128: where libmicrohttpd 0.9.75 would stand still (0258) */
	measure_growth(&f, rows);
	double batches = send_batches(&f, 1).rate;
	double raw = peer_sqlite(&f, 1000000, BATCH);
	printf("raw-sqlite-rows-in-groups-of-%u %.0f 1/s\n", BATCH, raw);
	printf("fleet-entries-in-batches-of-%u %.0f 1/s ratio-to raw-sqlite %.2f\n", BATCH, batches,
	        ratio(batches, raw));
	printf("fleet-asked-to-wait %u times\n", f.waits);
	unsigned drops = f.drops;
	fleet_hang_up(&f);
	fleet_stop_server(&f);
	if (peer_nginx_start(&f)) {
		const struct storm theirs = storm_of(&f);
		f.drops = drops;
		tell_storm(&f, &ours, &theirs);
	} else {
		tell_storm(&f, &ours, NULL);
	}
	fleet_end(&f);
	return 0;
}
