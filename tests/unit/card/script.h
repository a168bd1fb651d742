/* A chip that answers from a list: each command must be the one that is expected, byte by byte. */
#ifndef TAMGA_TEST_SCRIPT_H
#define TAMGA_TEST_SCRIPT_H

#include "tamga/mrtd.h"

struct exchange {
	const char *command, *answer; /* hex */
};
struct script {
	const struct exchange *list;
	size_t n, next;
};
struct tg_apdu_port script_port(struct script *s);

/* Hex to bytes; the buffer is appended to. */
void add_hex(struct tg_buf *b, const char *hex);
void assert_hex(struct tg_bytes bytes, const char *hex);

#endif
