/* What the kiosk puts on paper: drawn and printed by tamga-print, and kept as a file where receipts are kept. On the
 * print worker, or any worker but the store's. */
#ifndef KIOSK_PAPER_H
#define KIOSK_PAPER_H

#include "kiosk.h"
#include "tamga/print.h"

#define KIOSK_WHERE 96
#define KEY_TEXT    404 /* Base64 of an RSA-2048 SubjectPublicKeyInfo: 392 */

/* Prints and keeps NAME.pdf (and NAME.txt where there is a plain text). `where` gets the printer's name or the file's.
 * `to` gets "paper" or "file". What could be drawn is kept as a file also when the printer failed. TG_PRINTER_NONE:
 * neither a printer nor a folder is configured. */
enum tg_status kiosk_paper_form(struct kiosk *k, const struct tg_form_print *f, enum tg_lang person, const char *name,
        char where[KIOSK_WHERE], const char **to, struct tg_error *err) TG_MUST_USE;
enum tg_status kiosk_paper_receipt(struct kiosk *k, const struct tg_receipt *r, enum tg_lang person,
        const struct tg_provider *provider, const char *name, char where[KIOSK_WHERE], const char **to,
        struct tg_error *err) TG_MUST_USE;
enum tg_status kiosk_paper_slip(struct kiosk *k, const struct tg_slip *s, enum tg_lang person, const char *name,
        char where[KIOSK_WHERE], const char **to, struct tg_error *err) TG_MUST_USE;

/* The office's language on papers in two languages: another one when the person has the same. */
enum tg_lang kiosk_office_language(const struct tg_provider *p, enum tg_lang person);

/* The kind of applicant of an application, NULL when the catalogue has none such. */
const struct tg_kind *kiosk_kind_of(const struct tg_provider *p, const struct tg_app_row *row);

/* The public key of this field in Base64 (K-6: the application shows the keys there are), NULL when none was made; the
 * nth of them from 0, for a field may have a key on each of two carriers (NCA-6). */
const char *kiosk_public_key(const struct tg_chip_work *work, const char *field, unsigned nth, char out[KEY_TEXT]);

/* The filled form of the recorded application state.number → TG_EV_PAPER. */
void kiosk_print_form(struct kiosk_job *job);

#endif
