/* Private: PKIBody choices (RFC 4210 5.1.2). OpenSSL 3.0 keeps its own names for them to itself. */
#ifndef TAMGA_PKI_BODIES_H
#define TAMGA_PKI_BODIES_H

enum tg_cmp_body {
	TG_BODY_IR = 0,
	TG_BODY_IP = 1,
	TG_BODY_CR = 2,
	TG_BODY_CP = 3,
	TG_BODY_KUR = 7,
	TG_BODY_KUP = 8,
	TG_BODY_P10CR = 4,
	TG_BODY_RR = 11,
	TG_BODY_RP = 12,
	TG_BODY_PKICONF = 19,
	TG_BODY_ERROR = 23,
	TG_BODY_CERTCONF = 24,
	TG_BODY_POLLREQ = 25,
	TG_BODY_POLLREP = 26,
};

#endif
