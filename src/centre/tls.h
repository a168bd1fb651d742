/* The certificate that the centre shows, one in a process. */
#ifndef CENTRE_TLS_H
#define CENTRE_TLS_H

#include "centre.h"

#include <gnutls/abstract.h>

/* For MHD_OPTION_HTTPS_CERT_CALLBACK: gnutls_certificate_retrieve_function2. */
int tg_tls_certificate(gnutls_session_t session, const gnutls_datum_t *issuers, int n_issuers,
        const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **certificate, unsigned *n,
        gnutls_privkey_t *key);

#endif
