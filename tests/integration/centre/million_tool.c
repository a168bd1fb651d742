/* Journals of a million entries for million.sh:
 *   centre DIR ENTRIES OLD OLD-MS   goes on with the journal of a centre that stands still
 *   kiosk DIR ENTRIES DB KIOSK      makes one kiosk's */
#include "../../bench/million.h"

#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct million_took took;
	if (argc != 6)
		return 2;
	struct million m = {.dir = argv[2],
	        .entries = strtoull(argv[3], NULL, 10),
	        .now_ms = (int64_t)time(NULL) * 1000,
	        .body_min = 20,
	        .body_more = 60};
	if (strcmp(argv[1], "kiosk") == 0) {
		million_kiosk(&m, argv[4], argv[5]);
	} else {
		m.old = strtoull(argv[4], NULL, 10);
		m.old_ms = strtoll(argv[5], NULL, 10);
		million_receive(&m, &took);
	}
	return 0;
}
