/* A register file from anywhere: what is not taken changes nothing, what is taken is what it says. The same bytes as an
 * e-mail address: nothing passes that could be more than one. NCA-9.check, NCA-9.mail. */
#include "db.h"
#include "tamga/mail.h"
#include "tamga/register.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char fact_names[3][16] = {"surname", "given-name", "patronymic"};
static char form[] = "f", field[] = "x", id[] = "persons";
static struct tg_register_fact facts[] = {{field, fact_names[0]}, {field, fact_names[1]}, {field, fact_names[2]}};
static struct tg_register_group group = {form, field, facts, 3};
static struct tg_register_map map = {id, &group, 1};
static const struct tg_registers registers = {&map, 1};

static int64_t rows(struct tg_office *o)
{
	sqlite3_stmt *q = NULL;
	if (tg_office_prepare(o, "SELECT count(*) FROM register WHERE json_valid(facts)", &q, NULL) != TG_OK ||
	        tg_office_row(o, q, NULL) != TG_OK)
		abort();
	int64_t n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

static void import(const uint8_t *data, size_t n)
{
	static struct tg_office *o;
	char path[40];
	uint64_t records = 0;
	struct tg_error err = {0};
	if (!o && tg_office_open(&o, ":memory:", &err) != TG_OK)
		abort();
	int fd = memfd_create("register", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const struct tg_register_import i = {.id = id, .path = path, .source = "fuzz", .map = &registers, .now_ms = 1};
	int64_t before = rows(o);
	enum tg_status st = tg_register_import(o, &i, &records, &err);
	int64_t wanted = st == TG_OK ? (int64_t)records : before;
	if (rows(o) != wanted || (st != TG_OK && err.status != st))
		abort();
	close(fd);
}

static void address(const uint8_t *data, size_t n)
{
	char *typed = malloc(n + 1), out[TG_MAIL_ADDRESS];
	if (!typed)
		abort();
	memcpy(typed, data, n);
	typed[n] = '\0';
	if (tg_mail_address(typed, out) == TG_OK) {
		const char *at = strchr(out, '@');
		if (!at || strchr(at + 1, '@') || strpbrk(out, " \r\n\t<>,;:\"()[]\\") || !strchr(at, '.'))
			abort();
		for (const char *p = out; *p; p++)
			if (*p < '!' || *p > '~')
				abort();
	}
	free(typed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	import(data, n);
	address(data, n);
	return 0;
}
