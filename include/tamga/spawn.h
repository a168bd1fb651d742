/* Layer: base. A child process that is spoken to over one socket: no terminal, a session of its own, no open file but
 * that socket, signals as at a program's start. */
#ifndef TAMGA_SPAWN_H
#define TAMGA_SPAWN_H

#include "tamga/status.h"
#include <stdbool.h>
#include <sys/types.h>

struct tg_spawn {
	const char *program;
	char *const *argv, *const *env;
	const char *stderr_path; /* appended to; NULL: /dev/null */
	int child_fd;            /* number of the child's end in the child; 3 or more */
	enum tg_status failed;   /* what a failure is */
};

/* Path of a program that stands in the folder of the running one. False: not known, or too long. */
bool tg_spawn_beside(char *out, size_t cap, const char *name) TG_MUST_USE;
/* `fd` is our end, closed on exec. The caller waits for `pid`. */
enum tg_status tg_spawn(const struct tg_spawn *s, pid_t *pid, int *fd, struct tg_error *err) TG_MUST_USE;

#endif
