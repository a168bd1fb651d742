/* The control socket and the loop around a host; and the client that talks to it. */
#ifndef TAMGA_VCARD_SERVER_H
#define TAMGA_VCARD_SERVER_H

#include "host.h"

/* Listens on `path` (mode 0600; a socket nobody listens on any more is replaced) and runs until `quit`, SIGTERM or
 * SIGINT. TG_IO when the path cannot be had. */
enum tg_status tg_vcard_serve(struct tg_host *h, const char *path, struct tg_error *err) TG_MUST_USE;

/* Sends one line to a running card and puts its answer (without line end) into `answer`. TG_AGENT_DOWN when nobody is
 * there, TG_TIMEOUT after ten seconds. */
enum tg_status tg_vcard_ask(
        const char *path, const char *line, struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;

#endif
