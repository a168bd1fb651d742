/* Layer: flow. Removable media (NCA-9.dom): a request (PKCS#10) that a person brings on one, and the certificate that
 * goes back on one. Plain values; texts are cleaned for the screen before they come.
 *
 *   choices ► medium ► form …          which of its files is the request; or it is typed
 *   judging, status ► deliver ► result  the certificate is asked for, written to the medium, or printed */
#ifndef TAMGA_MEDIUM_H
#define TAMGA_MEDIUM_H

#include "tamga/screen.h"
#include "tamga/status.h"

#define TG_MEDIUM_FILES_MAX 20
#define TG_MEDIUM_FILE_MAX  (16u * 1024u) /* bytes of one file */

struct tg_medium_file {
	char name[80];         /* for the screen */
	enum tg_status status; /* TG_OK: a good request; else why it is none */
	char algorithm[32], domain[128];
	unsigned n_names;
};

/* What an event brings. Of a chosen file the request as well. */
struct tg_medium_facts {
	struct tg_medium_file files[TG_MEDIUM_FILES_MAX];
	unsigned n;
	bool more; /* than are shown */
	char text[TG_VALUE_MAX];
	struct tg_pkcs10_facts request;
};

/* The journey's side, in tg_flow_state. */
struct tg_medium {
	bool passed; /* MEDIUM was left forwards: the form comes without it */
	bool looked; /* `files` are those of the medium, or `told` says why there are none */
	enum tg_status told;
	struct tg_medium_file files[TG_MEDIUM_FILES_MAX];
	unsigned n, chosen;
	bool more;
	bool issued;    /* DELIVER: the certificate is in the journal */
	bool printed;   /* and was printed */
	char where[96]; /* file on the medium, or the printer */
	char serial[48];
};

#endif
