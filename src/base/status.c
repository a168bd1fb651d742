#include "tamga/status.h"

#include <stdarg.h>

struct row {
	enum tg_status status;
	enum tg_status_class class;
	const char *name;
};

#define ROW(name, code, class, id) {TG_##name, TG_CLASS_##class, id},
static const struct row rows[] = {TG_STATUS_LIST(ROW)};
#undef ROW

static const struct row *find(enum tg_status status)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return &rows[i];
	return NULL;
}

static TG_PRINTF(3, 0) void fill(struct tg_error *err, enum tg_status status, const char *fmt, va_list args)
{
	err->status = status;
	err->file[0] = '\0';
	err->line = err->column = 0;
	vsnprintf(err->detail, sizeof err->detail, fmt, args);
}

enum tg_status tg_error_set(struct tg_error *err, enum tg_status status, const char *fmt, ...)
{
	if (!err)
		return status;
	va_list args;
	va_start(args, fmt);
	fill(err, status, fmt, args);
	va_end(args);
	return status;
}

enum tg_status tg_error_at(
        struct tg_error *err, enum tg_status status, const char *file, int line, int column, const char *fmt, ...)
{
	if (!err)
		return status;
	va_list args;
	va_start(args, fmt);
	fill(err, status, fmt, args);
	va_end(args);
	snprintf(err->file, sizeof err->file, "%s", file);
	err->line = line;
	err->column = column;
	return status;
}

void tg_error_text(const struct tg_error *err, char *out, size_t cap)
{
	if (!err->file[0])
		(void)snprintf(out, cap, "%s", err->detail);
	else if (!err->line)
		(void)snprintf(out, cap, "%s: %s", err->file, err->detail);
	else
		(void)snprintf(out, cap, "%s:%d:%d: %s", err->file, err->line, err->column, err->detail);
}

const char *tg_status_name(enum tg_status status)
{
	const struct row *row = find(status);
	return row ? row->name : "bug";
}

void tg_status_code(enum tg_status status, char out[8])
{
	snprintf(out, 8, "T-%03u", (unsigned)status % 1000u);
}

enum tg_status_class tg_status_class(enum tg_status status)
{
	const struct row *row = find(status);
	return row ? row->class : TG_CLASS_BUG;
}

int tg_status_each(size_t i, enum tg_status *status)
{
	if (i >= sizeof rows / sizeof rows[0])
		return 0;
	*status = rows[i].status;
	return 1;
}

static tg_bug_hook *bug_hook;

void tg_bug_set_hook(tg_bug_hook *hook)
{
	bug_hook = hook;
}

void tg_bug_report(const char *file, int line, const char *what)
{
	if (bug_hook)
		bug_hook(file, line, what);
}
