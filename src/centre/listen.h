#ifndef CENTRE_LISTEN_H
#define CENTRE_LISTEN_H

#include "tamga/status.h"
#include <stdbool.h>

struct tg_listen {
	char host[256], at[280]; /* at: as it was bound, "127.0.0.1:8443" */
	unsigned port;
	bool loopback;
	int fd; /* the caller's */
};
/* Port 0: any free one. `flag` names it in `err`. TG_CONFIG, TG_IO. */
enum tg_status tg_listen_open(
        const char *text, const char *flag, struct tg_listen *l, struct tg_error *err) TG_MUST_USE;

#endif
