/* Registers of persons and entities (NCA-9.check): from files into the centre's office.db. */
#include "ctl.h"
#include "told.h"

#include "tamga/register.h"
#include "tamga/text.h"

#include <inttypes.h>
#include <unistd.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define SOURCE_MAX  100 /* characters */

/* Beside a replica that is there: never made at a wrong place by mistake. */
static enum ctl_exit open_office(const char *dir, struct tg_office **o)
{
	char path[CTL_PATH];
	struct tg_error err = {0};
	*o = NULL;
	if (!ctl_centre_file(path, dir, "centre.db") || !ctl_path(path, dir, "office.db"))
		return CTL_TROUBLE;
	enum tg_status st = tg_office_open(o, path, &err);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

static enum ctl_exit load_map(
        const char *screens, struct tg_catalog **catalog, struct tg_registers **map, struct tg_error *err)
{
	char path[600];
	if (snprintf(path, sizeof(path), "%s/registers.yaml", screens) >= (int)sizeof(path))
		return ctl_fail(tg_error_set(err, TG_CONFIG, "--screens: the path is too long"), err);
	enum tg_status st = tg_catalog_load(catalog, screens, NULL, err);
	if (st == TG_OK)
		st = tg_registers_load(map, path, *catalog, err);
	return st == TG_OK ? CTL_YES : ctl_fail(st, err);
}

/* The desks show how fresh it is (C-5). */
static enum ctl_exit tell(const char *dir, const struct tg_register_import *i, uint64_t records)
{
	char source[SOURCE_MAX * 2];
	const char *file = strrchr(i->path, '/'), *from = i->source ? i->source : file ? file + 1 : i->path;
	tg_text_clean(source, sizeof(source), from, strlen(from), SOURCE_MAX);
	return ctl_tell(dir, TG_RECORD_REGISTER_IMPORTED,
	        json_pack("{s:s, s:s, s:I, s:I}", "register", i->id, "source", source, "records", (json_int_t)records,
	                "ms", (json_int_t)i->now_ms),
	        i->now_ms);
}

static enum ctl_exit import(const char *dir, const struct tg_register_import *i)
{
	struct tg_office *o = NULL;
	struct tg_error err = {0};
	uint64_t records = 0;
	enum ctl_exit code = open_office(dir, &o);
	enum tg_status st = code == CTL_YES ? tg_register_import(o, i, &records, &err) : TG_OK;
	tg_office_close(o);
	if (code != CTL_YES)
		return code;
	if (st != TG_OK)
		return ctl_fail(st, &err);
	printf("register %s: %" PRIu64 " records\n", i->id, records);
	return tell(dir, i, records);
}

enum ctl_exit ctl_register_import(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *screens = SCREENS_DIR, *source = NULL, *clock_file = NULL;
	bool test_ids = false;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--screens", &screens, NULL},
	        {"--source", &source, NULL}, {"--clock-file", &clock_file, NULL}, {"--allow-test-ids", NULL, &test_ids},
	        {NULL, NULL, NULL}};
	struct tg_error err = {0};
	struct tg_catalog *catalog = NULL;
	struct tg_registers *map = NULL;
	if (!ctl_parse(args, options, words, 2))
		return CTL_TROUBLE;
	enum ctl_exit code = load_map(screens, &catalog, &map, &err);
	if (code == CTL_YES) {
		const struct tg_register_import i = {.id = words[0],
		        .path = words[1],
		        .source = source,
		        .map = map,
		        .now_ms = ctl_now(clock_file),
		        .accept_test_ids = test_ids};
		code = import(dir, &i);
	}
	tg_registers_free(map);
	tg_catalog_destroy(catalog);
	return code;
}

static void print_register(const char *id, const char *source, int64_t time_ms, int64_t records, void *ctx)
{
	char time[TG_TIME_TEXT];
	(void)ctx;
	tg_time_utc(time_ms, time);
	printf("%-10s  %" PRId64 " records  %s  %s\n", id, records, time, source);
}

enum ctl_exit ctl_register_list(const struct ctl_args *args)
{
	const char *dir = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {NULL, NULL, NULL}};
	struct tg_office *o = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = open_office(dir, &o);
	enum tg_status st = code == CTL_YES ? tg_register_list(o, print_register, NULL, &err) : TG_OK;
	tg_office_close(o);
	return st == TG_OK ? code : ctl_fail(st, &err);
}
