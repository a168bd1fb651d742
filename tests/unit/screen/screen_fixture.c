#include "screen_fixture.h"

#include "tamga/text.h"
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static bool two_numbers(const char *arg)
{
	unsigned a, b;
	char more;
	return arg && sscanf(arg, "%u..%u%c", &a, &b, &more) == 2 && a <= b;
}

static bool some(const char *arg)
{
	return arg && *arg;
}

const struct tg_rule fixture_rules[] = {
        {.name = "iin"},
        {.name = "letters"},
        {.name = "one-script"},
        {.name = "length", .arg_ok = two_numbers},
        {.name = "place"},
        {.name = "email"},
        {.name = "phone"},
        {.name = "no-control"},
        {.name = "bin"},
        {.name = "organisation"},
        {.name = "address"},
        {.name = "date"},
        {.name = "past-date"},
        {.name = "serial-hex"},
        {.name = "domain", .arg_ok = some},
        {.name = "domains", .arg_ok = some},
        {.name = "pkcs10", .arg_ok = some},
        {.name = "treasury-code", .arg_ok = some},
        {.name = "treasury-role"},
        {.name = "within_working_days", .arg_ok = some},
        {.name = "age_at_least", .arg_ok = some},
        {.name = "kg-pin"},
        {.name = "kg-inn"},
        {.name = "kg-okpo"},
        {.name = "document-number"},
        {.name = "company", .arg_ok = some},
        {.name = NULL},
};

void fixture_read(const char *path, struct tg_buf *out)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	char part[4096];
	size_t n;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		tg_buf_add(out, part, n);
	fclose(f);
	assert_false(out->failed);
}

void fixture_write(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");
	if (!f)
		fail_msg("cannot write %s", path);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void fixture_fold(const char *s, char *out, size_t cap)
{
	size_t n = 0;
	for (const char *p = s, *end = s + strlen(s); p < end && n + 5 < cap;) {
		uint32_t cp = tg_text_lower(tg_utf8_next(&p, end));
		if (cp == ' ' || cp == '\n' || cp == '_' || cp == ':' || cp == '"' || cp == 0xa0 || cp == 0xab ||
		        cp == 0xbb)
			continue;
		if (cp == 0x2013)
			cp = '-';
		if (cp == 'i')
			cp = 0x456;
		n += tg_utf8_put(cp, out + n);
	}
	out[n] = '\0';
}

void fixture_folder(char path[64])
{
	tg_copy(path, 64, "/tmp/tamga-screen-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static void each(const char *dir, void (*fn)(const char *path, const char *name, bool folder, void *ctx), void *ctx)
{
	DIR *d = opendir(dir);
	assert_non_null(d);
	const struct dirent *e;
	while ((e = readdir(d)) != NULL) {
		char path[512];
		struct stat st;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		assert_int_equal(lstat(path, &st), 0);
		fn(path, e->d_name, S_ISDIR(st.st_mode), ctx);
	}
	closedir(d);
}

static void copy_one(const char *path, const char *name, bool folder, void *ctx)
{
	char to[512];
	snprintf(to, sizeof(to), "%s/%s", (const char *)ctx, name);
	if (folder) {
		assert_int_equal(mkdir(to, 0700), 0);
		each(path, copy_one, to);
		return;
	}
	struct tg_buf b = TG_BUF_INIT;
	fixture_read(path, &b);
	fixture_write(to, tg_buf_str(&b), b.len);
	tg_buf_finish(&b);
}

void fixture_copy(const char *from, const char *to)
{
	each(from, copy_one, (void *)(uintptr_t)to);
}

static void remove_one(const char *path, const char *name, bool folder, void *ctx)
{
	(void)name;
	(void)ctx;
	if (folder)
		fixture_remove(path);
	else
		unlink(path);
}

void fixture_remove(const char *path)
{
	each(path, remove_one, NULL);
	rmdir(path);
}
