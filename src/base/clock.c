#include "tamga/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static int64_t now(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t wall(void *ctx)
{
	(void)ctx;
	return now(CLOCK_REALTIME);
}

static int64_t mono(void *ctx)
{
	(void)ctx;
	return now(CLOCK_MONOTONIC);
}

struct tg_clock tg_clock_real(void)
{
	return (struct tg_clock){wall, mono, NULL};
}

static int64_t offset(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoll(text, NULL, 10);
}

static int64_t shifted_wall(void *ctx)
{
	return now(CLOCK_REALTIME) + offset(ctx);
}

/* A clock that is set back does not turn time back: what only counts up leaps forward with it and never returns. */
static int64_t shifted_mono(void *ctx)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int64_t last, leapt;
	int64_t to = offset(ctx);
	pthread_mutex_lock(&lock);
	if (to > last)
		leapt += to - last;
	last = to;
	int64_t result = now(CLOCK_MONOTONIC) + leapt;
	pthread_mutex_unlock(&lock);
	return result;
}

struct tg_clock tg_clock_shifted(const char *path)
{
	return (struct tg_clock){shifted_wall, shifted_mono, (void *)(uintptr_t)path};
}

static void broken_down(int64_t wall_ms, struct tm *out)
{
	time_t seconds = (time_t)(wall_ms >= 0 ? wall_ms / 1000 : (wall_ms - 999) / 1000);
	if (!gmtime_r(&seconds, out))
		*out = (struct tm){.tm_mday = 1, .tm_year = 70};
}

void tg_time_utc(int64_t wall_ms, char out[TG_TIME_TEXT])
{
	struct tm t;
	broken_down(wall_ms, &t);
	strftime(out, TG_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &t);
}

void tg_time_local(int64_t wall_ms, int offset_minutes, char out[TG_TIME_TEXT])
{
	struct tm t;
	broken_down(wall_ms + (int64_t)offset_minutes * 60000, &t);
	strftime(out, TG_TIME_TEXT, "%d.%m.%Y %H:%M", &t);
}

struct timespec tg_clock_after(int64_t ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (ms < 0)
		ms = 0;
	t.tv_sec += ms / 1000;
	t.tv_nsec += (ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}
