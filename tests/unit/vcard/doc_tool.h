/* What the tests of the document share: authorities in a folder, documents, programs of others as judges. */
#ifndef DOC_TOOL_H
#define DOC_TOOL_H

#include "card_tool.h"

#define DOC_SELECT "00A4040C07A0000002471001"
#define DOC_NOW    INT64_C(1795325400000) /* 2026-11-22: what the authorities and signatures are dated by */

/* Group fixtures: the folder is in `doc_folder`. */
int doc_group_setup(void **state);
int doc_group_teardown(void **state);
extern char doc_folder[64];

/* ERIKSSON, ANNA MARIA of Utopia, as in ICAO 9303; signed by Kazakhstan's authorities. */
struct tg_vcard_persona doc_specimen(const char *number, const char *birth, const char *expiry, unsigned access);
/* A card of this persona with its document. */
void doc_take(struct hand *h, const struct tg_vcard_persona *p);
/* Writes a file into the folder; the path is valid until the next call but three. */
const char *doc_file(const char *name, const void *bytes, size_t n);
/* Runs a program, its stdout and stderr into `out`; returns its exit code. The last argument is NULL. */
int doc_run(char *out, size_t cap, const char *program, ...);

#endif
