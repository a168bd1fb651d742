/* Private: messages that a certificate's holder protects with that certificate's own key (kur, rr and the certConf
 * after a kur; RFC 4210 5.3.5, 5.3.9). They come through a kiosk, which says who it is by TLS. */
#ifndef TAMGA_PKI_CA_HOLDER_H
#define TAMGA_PKI_CA_HOLDER_H

#include "ca_table.h"
#include "der.h"

/* The message brings a certificate of this CA that has the sender's name: its holder means to speak. */
bool tg_ca_holder_speaks(const struct tg_ca *ca, const struct tg_cmp_peek *m);
/* Checks the protection, and that the certificate is in force and of our register; `serial` gets its number.
 * TG_INVALID, TG_CERT_INVALID, TG_CERT_REVOKED, TG_CERT_EXPIRED, TG_ALGORITHM, or the register's failure; said in
 * `err`. */
enum tg_status tg_ca_holder_check(struct tg_ca *ca, struct tg_bytes message, const struct tg_cmp_peek *m,
        const char *peer, char serial[TG_CA_SERIAL_MAX], struct tg_error *err) TG_MUST_USE;

#endif
