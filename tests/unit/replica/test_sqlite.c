/* The conformance suite over centre.db; the sqlite3 program looks at it and changes it. */
#include "conformance.h"

#include <unistd.h>

static struct tg_store *store;

static void close_both(void *ctx)
{
	free(ctx);
	tg_store_close(store);
}

static void open_it(struct tg_replica *out)
{
	store = lib_open_centre("c");
	tg_replica_sqlite(out, store, lib_path("c"));
	assert_non_null(out->ctx);
	out->close = close_both;
}

static void reset(void)
{
	const char *const names[] = {"c", "c-wal", "c-shm"};
	for (size_t i = 0; i < 3; i++)
		(void)unlink(lib_path(names[i]));
}

static long ask(const char *sql)
{
	return lib_count("c", sql);
}

static void change(const char *sql)
{
	(void)lib_sqlite3("c", sql);
}

int main(void)
{
	static const struct replica_case c = {.name = "replica on SQLite",
	        .open = open_it,
	        .reset = reset,
	        .ask = ask,
	        .change = change,
	        .journal = "journal",
	        .high_water = "high_water",
	        .place = "id"};
	lib_make_dir();
	int failed = conformance_run(&c);
	lib_remove_dir();
	return failed;
}
