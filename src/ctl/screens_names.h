/* Words of the files for what the catalogue keeps as numbers. Private to ctl. */
#ifndef TG_CTL_SCREENS_NAMES_H
#define TG_CTL_SCREENS_NAMES_H

#include "tamga/screen.h"

static inline const char *screens_kind_name(enum tg_field_kind kind)
{
#define NAME(name, text) text,
	static const char *const names[] = {TG_FIELD_KINDS(NAME)};
#undef NAME
	return (unsigned)kind < TG_FIELD_KIND_COUNT ? names[kind] : "";
}

#endif
