/* Layer: screen. How long bodies with personal data are kept: screens/retention.yaml. Requirement C-8; the file says
 * where its numbers come from. The first rule that fits decides; every personal kind must be covered by a rule for all
 * providers and services, so that nothing is kept for ever because somebody forgot it. */
#ifndef TAMGA_RETENTION_H
#define TAMGA_RETENTION_H

#include "tamga/screen.h"

struct tg_retention_rule {
	char *id;                 /* stands in the entry of the erasure */
	char *provider, *service; /* ids of the catalogue; NULL: all */
	char **records;           /* kinds of entries, or "personal": all of them */
	unsigned n_records;
	unsigned centre_days; /* after the centre had the last entry of an application that ended */
	unsigned kiosk_days;  /* after the centre acknowledged it */
};
struct tg_retention {
	unsigned idle_days;      /* after so many days without an entry an open application ends; 0: never */
	unsigned kiosk_min_days; /* no kiosk erases sooner: a centre restored from a backup can be sent it all again */
	struct tg_retention_rule *rules;
	unsigned n_rules;
};

/* `kinds`: the personal kinds of entries, NULL at the end. `catalog`: whose providers and services may be named; NULL:
 * that is not checked. TG_SCREEN_DATA with file, line and column; TG_IO, TG_NO_MEMORY. */
enum tg_status tg_retention_load(struct tg_retention **out, const char *path, const char *const *kinds,
        const struct tg_catalog *catalog, struct tg_error *err) TG_MUST_USE;
void tg_retention_destroy(struct tg_retention *r);

/* NULL: none fits. Unknown kinds, of a newer program, are personal. */
const struct tg_retention_rule *tg_retention_find(
        const struct tg_retention *r, const char *kind, const char *provider, const char *service);
/* As struct tg_erase_rules asks (store.h): days, -1 without a rule; `retention` is a struct tg_retention. At a kiosk no
 * fewer than kiosk_min_days. */
int tg_retention_centre_days(
        void *retention, const char *kind, const char *provider, const char *service, const char **by);
int tg_retention_kiosk_days(
        void *retention, const char *kind, const char *provider, const char *service, const char **by);
/* The fewest of all rules. */
int tg_retention_centre_min(const struct tg_retention *r);
int tg_retention_kiosk_min(const struct tg_retention *r);

#endif
