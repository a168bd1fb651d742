#include "on_file.h"

#include <unistd.h>

static struct tg_store *(*open_store)(void);
static struct tg_store *store;

static void close_both(void *ctx)
{
	free(ctx);
	tg_store_close(store);
}

static void open_it(struct tg_replica *out)
{
	store = open_store();
	tg_replica_sqlite(out, store, lib_path("centre"));
	assert_non_null(out->ctx);
	out->close = close_both;
}

static long ask(const char *sql)
{
	return lib_count("centre", sql);
}

static void change(const char *sql)
{
	(void)lib_sqlite3("centre", sql);
}

void on_file_remove(void)
{
	const char *const names[] = {"centre", "centre-wal", "centre-shm"};
	for (size_t i = 0; i < 3; i++)
		(void)unlink(lib_path(names[i]));
}

int on_file_run(const char *name, struct tg_store *(*open)(void), void (*reset)(void))
{
	const struct replica_case c = {.name = name,
	        .open = open_it,
	        .reset = reset,
	        .ask = ask,
	        .change = change,
	        .journal = "journal",
	        .high_water = "high_water",
	        .place = "id"};
	open_store = open;
	lib_make_dir();
	int failed = conformance_run(&c);
	lib_remove_dir();
	return failed;
}
