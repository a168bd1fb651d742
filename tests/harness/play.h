/* Plays a walk on a program. */
#ifndef TAMGA_WALK_PLAY_H
#define TAMGA_WALK_PLAY_H

#include "harness.h"
#include "walkfile.h"

#define TG_WALK_PATIENT_MS 10000

struct tg_play_options {
	const char *walk;                       /* file */
	const char *dir;                        /* for shots; NULL: none are kept */
	const char *ctl_card, *ctl_token;       /* control sockets */
	const char *card_insert, *token_insert; /* hooks, given the persona */
	const char *restart;                    /* hook, given agent or centre */
	const char *net_switch, *clock_file, *pids;
	int columns, rows;
	int patience_ms; /* no wait of TG_WALK_PATIENT_MS or more ends before; shorter ones are meant as limits */
	const char *const *argv; /* the program */
};

/* Plays all steps. On failure `err` names file and line. `last` gets the screen as it stood at the end. */
enum tg_status tg_play(const struct tg_play_options *o, struct tg_buf *last, struct tg_error *err) TG_MUST_USE;

#endif
