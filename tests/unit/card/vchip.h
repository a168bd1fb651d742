/* The travel document of a persona in this process, as another program wrote it (src/vcard): behind a port, with
 * faults. */
#ifndef TAMGA_TEST_VCHIP_H
#define TAMGA_TEST_VCHIP_H

#include "tamga/mrtd.h"
#include "tamga/vcard.h"

struct vchip;
typedef void vchip_fault(struct vchip *v, unsigned number, struct tg_bytes command, struct tg_buf *answer);
struct vchip {
	struct tg_vcard_persona persona;
	struct tg_vcard *card;
	unsigned commands;  /* so far */
	unsigned pulled_at; /* 0, or the number of the command that finds no card */
	vchip_fault *fault; /* NULL, or changes each answer after the card gave it */
	unsigned at;        /* for the fault's use */
	unsigned longest;   /* of all answers so far, with status word */
};

/* Folder with trust/, made once. */
const char *vchip_csca(void);
const char *vchip_trust(void);
void vchip_remove_csca(void);
/* All in one: asserts. */
void vchip_make(struct vchip *v, const char *persona);
void vchip_finish(struct vchip *v);
struct tg_apdu_port vchip_port(struct vchip *v);
struct tg_mrtd_access vchip_mrz(const struct vchip *v);
struct tg_mrtd_access vchip_can(const struct vchip *v);
int64_t vchip_now(void);

#endif
