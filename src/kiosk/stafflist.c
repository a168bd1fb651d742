#include "staff.h"
#include "tamga/file.h"

#define LIST_BYTES_MAX (64u * 1024u)

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As `openssl x509 -fingerprint -sha256` prints it, with or without its colons; false for anything else. */
static bool take_hash(const char *line, size_t n, char out[65])
{
	const char *equals = memchr(line, '=', n);
	size_t digits = 0, i = equals ? (size_t)(equals - line) + 1 : 0;
	for (; i < n; i++) {
		if (line[i] == ':')
			continue;
		int value = nibble(line[i]);
		if (value < 0 || digits == 64)
			return false;
		out[digits++] = "0123456789abcdef"[value];
	}
	out[digits] = '\0';
	return digits == 64;
}

static size_t without_comment(const char *line, size_t n)
{
	const char *comment = memchr(line, '#', n);
	if (comment)
		n = (size_t)(comment - line);
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r'))
		n--;
	return n;
}

static enum tg_status take_lines(struct kiosk_staff_list *out, const char *text, const char *path, struct tg_error *err)
{
	int number = 0;
	for (const char *line = text; *line; number++) {
		size_t whole = strcspn(line, "\n"), n = without_comment(line, whole);
		if (n > 0 && !take_hash(line, n, out->list[out->n++]))
			return tg_error_at(err, TG_CONFIG, path, number + 1, 0, "not a SHA-256 of a certificate");
		line += whole + (line[whole] == '\n');
	}
	return TG_OK;
}

static size_t lines_of(const char *text)
{
	size_t n = 1;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

enum tg_status kiosk_staff_load(struct kiosk_staff_list *out, const char *path, struct tg_error *err)
{
	struct tg_buf file = TG_BUF_INIT;
	memset(out, 0, sizeof *out);
	if (!path)
		return TG_OK;
	enum tg_status status = tg_file_read(&file, path, LIST_BYTES_MAX, err);
	if (status == TG_OK) {
		out->list = calloc(lines_of(tg_buf_str(&file)), sizeof *out->list);
		status = out->list ? take_lines(out, tg_buf_str(&file), path, err)
		                   : tg_error_set(err, TG_NO_MEMORY, "no memory for the list of staff");
	}
	tg_buf_finish(&file);
	return status;
}

void kiosk_staff_free(struct kiosk_staff_list *staff)
{
	free(staff->list);
	memset(staff, 0, sizeof *staff);
}

bool kiosk_staff_knows(const struct kiosk_staff_list *staff, const char *sha256)
{
	for (unsigned i = 0; i < staff->n; i++)
		if (strcmp(staff->list[i], sha256) == 0)
			return true;
	return false;
}
