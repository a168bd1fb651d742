/* The catalogue while it is put together. Private to screen. */
#ifndef TAMGA_SCREEN_CATALOG_H
#define TAMGA_SCREEN_CATALOG_H

#include "check.h"
#include "files.h"

enum file_kind {
	FILE_CATALOG,
	FILE_PROVIDER,
	FILE_SERVICE,
	FILE_FORM,
	FILE_ERRATA,
	FILE_CALENDARS,
	FILE_ADVISER,
	FILE_HELP,
	FILE_OTHER
};

/* One file, parsed, checked against its schema and read by libcyaml into `data`. */
struct loaded {
	enum file_kind kind;
	char provider[SCREEN_ID_MAX + 1]; /* name of the folder, "" for catalog.yaml */
	char name[SCREEN_ID_MAX + 1];     /* file name without .yaml */
	struct tg_yaml y;                 /* its tree lives as long as loading lasts */
	void *data;
	bool used;
};

struct owner {
	struct tg_catalog pub; /* first: the public pointer is the owner's */
	struct tg_arena arena; /* what the public structs need beside the data of libcyaml */
	struct loaded *files;
	unsigned n_files;
	struct uses uses;
};

/* NULL for the files of other layers (all others at the top, and profiles/): here they are only looked at as YAML.
 */
const cyaml_schema_value_t *loaded_schema(enum file_kind kind);
/* Tells kind, provider and name from the path; TG_SCREEN_DATA when the file has no place there. */
enum tg_status loaded_place(struct loaded *l, const char *path, struct tg_error *err) TG_MUST_USE;
/* Tree, check, libcyaml. */
enum tg_status loaded_read(struct loaded *l, const struct screen_file *f, struct tg_arena *scratch, struct uses *uses,
        struct tg_error *err) TG_MUST_USE;
void loaded_finish(struct loaded *l);
/* calendars.yaml of a provider whose offset from UTC is known. */
enum tg_status calendars_join(
        struct owner *o, struct loaded *l, struct tg_provider *p, struct tg_error *err) TG_MUST_USE;
void calendars_finish(struct owner *o);
/* Turns names into pointers and fills `pub`. */
enum tg_status catalog_join(struct owner *o, const struct tg_rule *rules, struct tg_error *err) TG_MUST_USE;

#endif
