/* What stands on the form of refused acceptance in every case of this office (A9: branch, department, address,
 * telephone): a file of "field: value", one a line; `#` begins a comment line. */
#include "staff.h"
#include "tamga/file.h"
#include "tamga/text.h"

#define FILE_BYTES_MAX (16u * 1024u)
#define ROWS_MAX       TG_DESK_REFUSAL_MAX

static bool take_line(struct tg_desk_office *out, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	size_t field = colon ? (size_t)(colon - line) : 0, at = field + 1;
	while (colon && at < n && line[at] == ' ')
		at++;
	if (!colon || field == 0 || field >= sizeof out->field || at >= n || n - at >= sizeof out->value)
		return false;
	memcpy(out->field, line, field);
	tg_text_clean(out->value, sizeof out->value, line + at, n - at, (int)sizeof out->value);
	return true;
}

static enum tg_status take_lines(struct kiosk_office *out, const char *text, const char *path, struct tg_error *err)
{
	int number = 0;
	for (const char *line = text; *line; number++) {
		size_t whole = strcspn(line, "\n"), n = whole;
		while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\r'))
			n--;
		if (n > 0 && line[0] != '#' && (out->n == ROWS_MAX || !take_line(&out->rows[out->n++], line, n)))
			return tg_error_at(err, TG_CONFIG, path, number + 1, 0, "not a line \"field: value\"");
		line += whole + (line[whole] == '\n');
	}
	return TG_OK;
}

enum tg_status kiosk_office_load(struct kiosk_office *out, const char *path, struct tg_error *err)
{
	struct tg_buf file = TG_BUF_INIT;
	memset(out, 0, sizeof *out);
	if (!path)
		return TG_OK;
	enum tg_status status = tg_file_read(&file, path, FILE_BYTES_MAX, err);
	if (status == TG_OK)
		status = take_lines(out, tg_buf_str(&file), path, err);
	tg_buf_finish(&file);
	return status;
}
