/* What the tests of this folder share. */
#ifndef TAMGA_TESTS_SCREEN_FIXTURE_H
#define TAMGA_TESTS_SCREEN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/buf.h"
#include "tamga/i18n.h"
#include "tamga/screen.h"

/* Rules by the names that the shipped forms use; only what the loader asks of them. */
extern const struct tg_rule fixture_rules[];

/* Whole file; fails the test when it cannot be read. Freed by tg_buf_finish. */
void fixture_read(const char *path, struct tg_buf *out);
void fixture_write(const char *path, const void *bytes, size_t n);
/* For comparing with a source: no spaces, underscores, colons, quotation marks of any kind; dashes alike; Latin i as
 * Cyrillic і (the source has it inside Kazakh words); lower case. */
void fixture_fold(const char *s, char *out, size_t cap);
/* A fresh folder; `path` holds 64 bytes. */
void fixture_folder(char path[64]);
/* Copies all below `from` to the existing folder `to`. */
void fixture_copy(const char *from, const char *to);
void fixture_remove(const char *path);

#endif
