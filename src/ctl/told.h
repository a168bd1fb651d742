/* What files for the feed have in common: texts in four languages, days, entries of the centre's own stream. */
#ifndef TG_CTL_TOLD_H
#define TG_CTL_TOLD_H

#include "ctl.h"

#include "tamga/yaml.h"

#include <jansson.h>

#define CTL_DAY_MS INT64_C(86400000)

struct ctl_words {
	char *kk, *ky, *ru, *en;
};
extern const cyaml_schema_field_t ctl_words_fields[];
json_t *ctl_words_json(const struct ctl_words *w);

/* "2026-11-22": midnight of that day, UTC. */
bool ctl_read_day(const char *text, int64_t *ms);
/* TG_OK, or the file's place where `from` and `until` are no days in this order. */
enum tg_status ctl_check_days(const struct tg_yaml *y, const char *from, const char *until);
void ctl_print_day(const json_t *body, const char *member);

/* Appends the entry that tells `body`, which is taken. */
enum ctl_exit ctl_tell(const char *dir, enum tg_record_kind kind, json_t *body, int64_t now_ms);
/* Whether the centre tells this now. CTL_YES, CTL_NO, or trouble. */
enum ctl_exit ctl_is_told(const char *dir, const char *kind, const char *key);
/* Every item of a kind that the centre tells now. */
enum ctl_exit ctl_each_told(const char *dir, const char *kind, tg_feed_fn *fn);

#endif
