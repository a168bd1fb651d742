/* The files of the catalogue as bytes: sorted by path, capped, hashed. Private to screen. */
#ifndef TAMGA_SCREEN_FILES_H
#define TAMGA_SCREEN_FILES_H

#include "tamga/arena.h"
#include "tamga/yaml.h"
#include <stdint.h>

/* The files come with updates on a removable medium, so nothing about them is trusted. */
#define FILES_MAX       256u
#define FILE_BYTES_MAX  TG_YAML_BYTES_MAX
#define FILES_BYTES_MAX (4u * 1024u * 1024u)
#define FILES_DEPTH_MAX 6
#define FILE_PATH_MAX   120u

struct screen_file {
	const char *path; /* relative to the folder, with '/' */
	const uint8_t *bytes;
	size_t len;
};

struct screen_files {
	struct screen_file list[FILES_MAX];
	unsigned n;
	size_t bytes;
};

/* Reads every file below `dir`; names that begin with '.' and *.md are passed over.
 * Memory is the arena's. */
enum tg_status files_read(
        struct screen_files *f, struct tg_arena *a, const char *dir, struct tg_error *err) TG_MUST_USE;
/* SHA-256, hex, over (u16 length ‖ path ‖ u32 length ‖ bytes) of each file in the order of the paths; big-endian. */
enum tg_status files_hash(const struct screen_files *f, char out[65], struct tg_error *err) TG_MUST_USE;

#endif
