/* Layer: token. Starting and ending the child process. */
#ifndef TG_TOKEN_PROCESS_H
#define TG_TOKEN_PROCESS_H

#include "tamga/token.h"
#include <sys/types.h>

/* Starts `program` with one end of a socket pair at TG_TOKEN_FD and nothing else open, in a session of its own (no
 * terminal), with the few environment variables that modules need. `fd` gets the other end. TG_TOKEN_LOST. */
enum tg_status tg_token_spawn(
        const struct tg_token_config *config, pid_t *pid, int *fd, struct tg_error *err) TG_MUST_USE;

#endif
