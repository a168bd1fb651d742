/* Between GnuTLS and the socket. GnuTLS asks for the five bytes of a record's head and then for the record, and
 * libmicrohttpd sends an answer's head and body as two records: here both become one call of the kernel
 * (src/decisions/0259). Used by the connection's own thread alone. */
#ifndef CENTRE_WIRE_H
#define CENTRE_WIRE_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

struct tg_wire {
	int fd;
	unsigned char *ahead; /* read and not asked for yet: from `at` to `end` */
	size_t at, end;
	bool hold;           /* what is pushed next waits for what is pushed after it */
	unsigned char *held; /* that, from `held_at` on */
	size_t held_at, held_end;
};
/* Before the handshake. The session keeps the address of `w`. */
void tg_wire_attach(struct tg_wire *w, int fd, gnutls_session_t session);
/* After the session's last use. */
void tg_wire_finish(struct tg_wire *w);
/* The next record is an answer's head, and a body is certain to follow. */
void tg_wire_hold(struct tg_wire *w);

#endif
