/* Layer: screen. The four languages. All catalogues (compiled .mo files) are mapped at once, so that the language can
 * be switched on any screen within one process, without the process locale. Requirement P-1. */
#ifndef TAMGA_I18N_H
#define TAMGA_I18N_H

#include "tamga/status.h"
#include <stdbool.h>

enum tg_lang { TG_LANG_KK, TG_LANG_KY, TG_LANG_RU, TG_LANG_EN, TG_LANG_COUNT };

struct tg_i18n;

/* `dir` holds kk.mo, ky.mo, ru.mo, en.mo. TG_TRANSLATION_MISSING names the file. */
enum tg_status tg_i18n_load(struct tg_i18n **out, const char *dir, struct tg_error *err) TG_MUST_USE;
void tg_i18n_destroy(struct tg_i18n *i);

/* The sentence; the id itself in angle marks when it is missing (a test fails then). Never NULL; lives as long as `i`.
 */
const char *tg_text(const struct tg_i18n *i, enum tg_lang lang, const char *id);
bool tg_text_has(const struct tg_i18n *i, enum tg_lang lang, const char *id);
/* Fills in "{name}" places of a sentence; pairs of name and value, NULL ends. Values are inserted as they are. */
const char *tg_text_fill(char *out, size_t cap, const char *sentence, ...) __attribute__((sentinel));

const char *tg_lang_code(enum tg_lang lang); /* "kk" */
const char *tg_lang_name(enum tg_lang lang); /* "Қазақша" */
int tg_lang_find(const char *code);          /* -1 */

#endif
