/* The kiosk's own settings: one YAML file, given on the command line. Paths are absolute or relative to the directory
 * the program was started in. */
#ifndef KIOSK_CONFIG_H
#define KIOSK_CONFIG_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

struct kiosk_config {
	char *kiosk;       /* stream id, "K01" */
	uint32_t kiosk_no; /* for unique numbers; given at enrolment */
	char *database;
	char *screens, *locale;
	char *agent_socket;
	char *token_program;
	char *chip_program; /* tamga-chip; NULL: identity documents are not read */
	char *csca;         /* directory of the states' certificates and CRLs (mrtd.h); NULL: the same */
	char *staff;        /* file with SHA-256 of the staff's certificates; NULL: nobody unblocks here */
	char *token_module; /* NULL, or "carrier=path" */
	char *soft_carrier; /* NULL, or the carrier that is there without a reader ("softhsm") */
	uint32_t token_call_ms, token_generate_ms; /* deadlines of token.h; 0: 15 000 and 120 000 */
	struct {
		char *trust, *certificate, *key, *secret_ref, *secret_file, *recipient;
		bool implicit_confirm;
		uint32_t timeout_ms;
	} cmp;
	char *printer;       /* CUPS name, NULL: none */
	char *print_program; /* NULL: tamga-print in the directory of token_program */
	char *receipts;      /* directory for receipts as files, NULL: none kept */
	bool sandbox;
	char *channel; /* "provider" or "corporation": whose office this is (NCA-3); NULL: not said */
	char *office;  /* file with what stands on a refusal of every case here, "field: value" a line; NULL: none */
	char *ticket_series; /* of the queue's numbers given out here, "A": no other kiosk of the centre has it; NULL:
	                        none */
	char *media;         /* "udisks", or "dir:" and a path; NULL: no place for removable media */
	char *media_helper;  /* udisksctl; NULL: the system's */
	char *media_sys;     /* NULL: /sys */
	bool field_set;   /* set up at an applicant's address (NCA-14): its staff decide alone when the centre is far */
	bool may_quit;    /* Ctrl-Q leaves: for demonstrations, never on a kiosk */
	char *clock_file; /* NULL; training only */
	char *log;        /* file, NULL: none */
	uint32_t idle_s, warn_s;
};

enum tg_status kiosk_config_load(struct kiosk_config **out, const char *path, struct tg_error *err) TG_MUST_USE;
void kiosk_config_free(struct kiosk_config *c);

#endif
