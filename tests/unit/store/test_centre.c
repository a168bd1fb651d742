/* The centre's suite with the journal in its own file. */
#include "centre_suite.h"

static struct tg_store *open_it(void)
{
	return lib_open_centre("centre");
}

int main(void)
{
	static const struct centre_case c = {"centre.db", open_it, NULL};
	return centre_suite_run(&c);
}
