/* Layer: base. UTF-8, screen columns, and the one gate through which foreign text reaches a terminal or a log. */
#ifndef TAMGA_TEXT_H
#define TAMGA_TEXT_H

#include "tamga/buf.h"

/* Decodes one scalar value at `*p` (before `end`) and moves `*p` on. Returns U+FFFD for anything RFC 3629 forbids
 * (and moves on by one byte), so that a loop always ends. Must not be called with `*p == end`. */
uint32_t tg_utf8_next(const char **p, const char *end);
/* Writes 1 to 4 bytes, returns how many; 0 for a surrogate or a value above U+10FFFF. */
size_t tg_utf8_put(uint32_t cp, char out[4]);
bool tg_utf8_valid(const char *s, size_t n);
/* Number of scalar values. */
size_t tg_utf8_count(const char *s);
/* Byte offset of the previous / next character border from `at`. */
size_t tg_utf8_prev(const char *s, size_t at);
size_t tg_utf8_after(const char *s, size_t at);

/* Columns of one character (0 for combining marks, 1, or 2) and of a text. Independent of the process locale. */
int tg_text_width(uint32_t cp);
int tg_text_columns(const char *s);

/* Foreign text (card labels, certificate names, server messages) made harmless: invalid UTF-8, C0, C1, DEL, bidi
 * controls, zero-width and private-use characters become U+FFFD or a space; at most `columns` columns, with an
 * ellipsis when cut. Always ends with NUL. */
void tg_text_clean(char *dst, size_t cap, const char *src, size_t n, int columns);

/* Simple case mapping for the Latin and Cyrillic letters of the four languages. */
uint32_t tg_text_upper(uint32_t cp);
uint32_t tg_text_lower(uint32_t cp);
/* Versions: numbers with dots between, "2.0". */
bool tg_version_ok(const char *version);
/* `than` is right; one that is no version counts as older. */
bool tg_version_is_older(const char *version, const char *than);
/* Upper-cases a text in place of `dst`. Returns false when it did not fit. */
bool tg_text_to_upper(char *dst, size_t cap, const char *src);

/* Breaks `s` into lines of at most `columns` columns at spaces (inside a word only when it alone is too long).
 * Calls `emit(line, bytes, ctx)` for each; a newline in `s` ends a line. Returns the number of lines. */
typedef void tg_text_line(const char *line, size_t bytes, void *ctx);
int tg_text_wrap(const char *s, int columns, tg_text_line *emit, void *ctx);

/* FNV-1a, 32 bits: for tables of ids that were looked at before, not for text that somebody may choose to collide. */
uint32_t tg_text_hash(const char *s);

#endif
