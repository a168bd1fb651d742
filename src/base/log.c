#include "tamga/log.h"
#include "tamga/clock.h"
#include "tamga/text.h"

#include <stdarg.h>
#include <unistd.h>

static struct {
	const char *program;
	int fd;
} out = {"tamga", -1};

void tg_log_open(const char *program, int fd)
{
	out.program = program;
	out.fd = fd;
}

/* One write per line, so that lines of several threads and processes do not mix. */
static void put(const char *level, const char *text)
{
	char clean[900], line[1024], when[TG_TIME_TEXT];
	if (out.fd < 0)
		return;
	tg_text_clean(clean, sizeof clean, text, strlen(text), 800);
	tg_time_utc(tg_clock_real().wall_ms(NULL), when);
	int n = snprintf(line, sizeof line, "%s %s %s %s\n", when, out.program, level, clean);
	if (n > 0 && write(out.fd, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0)
		out.fd = -1; /* a log that cannot be written must not stop the kiosk */
}

#define PUT_FORMATTED(level, fmt)                                                                                      \
	do {                                                                                                           \
		char text[700];                                                                                        \
		va_list args;                                                                                          \
		va_start(args, fmt);                                                                                   \
		vsnprintf(text, sizeof text, fmt, args);                                                               \
		va_end(args);                                                                                          \
		put(level, text);                                                                                      \
	} while (0)

void tg_log_info(const char *fmt, ...)
{
	PUT_FORMATTED("info", fmt);
}

void tg_log_warn(const char *fmt, ...)
{
	PUT_FORMATTED("warn", fmt);
}

void tg_log_error(const struct tg_error *err, const char *fmt, ...)
{
	char text[400], whole[900], code[8];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (!err) {
		put("error", text);
		return;
	}
	tg_status_code(err->status, code);
	snprintf(whole, sizeof whole, "%s: %s %s: %s", text, code, tg_status_name(err->status), err->detail);
	put("error", whole);
}
