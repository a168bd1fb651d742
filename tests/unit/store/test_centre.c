/* The conformance suite on the SQLite back end. */
#include "conformance.h"

static bool made;

static void *sqlite_open(void)
{
	if (!made)
		lib_make_dir();
	made = true;
	return lib_open_centre("centre");
}

static void sqlite_close(void *store)
{
	tg_store_close(store);
}

static void sqlite_remove(void)
{
	lib_remove_dir();
	made = false;
}

int main(void)
{
	struct store_port port = {
	        .name = "sqlite", .open = sqlite_open, .close = sqlite_close, .remove = sqlite_remove};
	conformance_fill(&port);
	return conformance_run(&port);
}
