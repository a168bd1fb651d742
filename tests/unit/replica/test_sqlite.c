/* The conformance suite over centre.db. */
#include "on_file.h"

static struct tg_store *open_it(void)
{
	return lib_open_centre("centre");
}

int main(void)
{
	return on_file_run("replica on SQLite", open_it, on_file_remove);
}
