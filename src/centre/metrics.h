/* How the centre does, in the text form of Prometheus (exposition format 0.0.4), by plain HTTP on loopback: GET
 * /metrics. Counts only, nothing personal; whoever is on the machine may read it (C-6). */
#ifndef CENTRE_METRICS_H
#define CENTRE_METRICS_H

#include "counts.h"
#include "tamga/buf.h"

#include <microhttpd.h>

struct tg_metrics {
	struct MHD_Daemon *daemon;
	const struct tg_centre_counts *counts;
	int64_t started_us;
};
/* The listening socket is handed over, also when it fails. `counts` outlives it. */
enum tg_status tg_metrics_start(
        struct tg_metrics *m, int listen_fd, const struct tg_centre_counts *counts, struct tg_error *err) TG_MUST_USE;
void tg_metrics_stop(struct tg_metrics *m); /* one that was never started too */
/* `up_us`: since the centre started. */
void tg_metrics_write(const struct tg_centre_counts *c, int64_t up_us, struct tg_buf *out);

#endif
