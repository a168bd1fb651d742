/* What a file of the catalogue may hold: libcyaml's schemas, and the structs they fill. Where a struct of screen.h can
 * be filled as it stands, it is; the others carry beside it what is still a name and becomes a pointer. Private to
 * screen. */
#ifndef TAMGA_SCREEN_SCHEMA_H
#define TAMGA_SCREEN_SCHEMA_H

#include "tamga/screen.h"
#include <cyaml/cyaml.h>

#define SCREEN_ID_MAX      31u
#define SCREEN_MESSAGE_MAX 63u

struct raw_catalog {
	char **providers;
	unsigned n_providers;
	struct tg_condition *conditions;
	unsigned n_conditions;
};

struct raw_provider {
	struct tg_provider p; /* services, errata are filled later */
	char **services;
	unsigned n_services;
};

struct raw_kind {
	struct tg_kind k; /* form is filled later */
	const char *form;
};

struct raw_service {
	struct tg_service s; /* kinds are filled later */
	struct raw_kind *kinds;
	unsigned n_kinds;
};

struct raw_calendars {
	struct tg_calendar *calendars;
	unsigned n_calendars;
};

struct raw_errata {
	struct tg_erratum *errata;
	unsigned n_errata;
};

struct raw_adviser {
	struct tg_question *questions;
	unsigned n_questions;
	struct tg_advice *advice;
	unsigned n_advice;
};

struct raw_help {
	struct tg_help_topic *topics;
	unsigned n_topics;
};

extern const cyaml_schema_value_t schema_catalog;   /* catalog.yaml: struct raw_catalog */
extern const cyaml_schema_value_t schema_provider;  /* providers/ID/provider.yaml: struct raw_provider */
extern const cyaml_schema_value_t schema_service;   /* providers/ID/services/ID.yaml: struct raw_service */
extern const cyaml_schema_value_t schema_form;      /* providers/ID/forms/NAME.yaml: struct tg_form */
extern const cyaml_schema_value_t schema_errata;    /* providers/ID/errata.yaml: struct raw_errata */
extern const cyaml_schema_value_t schema_adviser;   /* providers/ID/adviser.yaml: struct raw_adviser */
extern const cyaml_schema_value_t schema_help;      /* providers/ID/help.yaml: struct raw_help */
extern const cyaml_schema_value_t schema_calendars; /* providers/ID/calendars.yaml: struct raw_calendars */

#endif
