#ifndef TG_CARD_MRZ_H
#define TG_CARD_MRZ_H

#include "tamga/mrtd.h"

/* Documents of Kazakhstan have the individual identification number in the optional data: at the end of the first line
 * of the identity card, in the personal number of the passport. "" when there is none with a right check digit. */
void tg_mrz_iin(const struct tg_mrz *m, char iin[13]);

#endif
