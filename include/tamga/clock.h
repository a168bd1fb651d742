/* Layer: base. Time is handed in, never read by a library. Wall time in milliseconds since 1970 (UTC), monotonic time
 * in milliseconds from any start. */
#ifndef TAMGA_CLOCK_H
#define TAMGA_CLOCK_H

#include <stdint.h>
#include <time.h>

struct tg_clock {
	int64_t (*wall_ms)(void *ctx);
	int64_t (*mono_ms)(void *ctx);
	void *ctx;
};

/* The machine's own clocks. */
struct tg_clock tg_clock_real(void);
/* The machine's clocks moved by an offset (milliseconds, decimal text) that stands in a file and is read again at each
 * call: for training and tests only. `path` must outlive the clock. */
struct tg_clock tg_clock_shifted(const char *path);

/* The machine's monotonic time in `ms` milliseconds (below zero: now), as conditions made for that clock wait for it.
 */
struct timespec tg_clock_after(int64_t ms);

#define TG_TIME_TEXT 32
/* "2026-11-22T10:15:30Z" */
void tg_time_utc(int64_t wall_ms, char out[TG_TIME_TEXT]);
/* "22.11.2026 15:15" at a fixed offset from UTC in minutes (Kazakhstan +300, Kyrgyzstan +360: data of the provider). */
void tg_time_local(int64_t wall_ms, int offset_minutes, char out[TG_TIME_TEXT]);

#endif
