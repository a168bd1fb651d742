/* What a fleet's figures are held against. */
#ifndef BENCH_FLEET_PEERS_H
#define BENCH_FLEET_PEERS_H

#include "fleet.h"

/* Rows like the journal's, with the same bodies, in groups, with high waters: plain SQLite in this process, FULL. Rows
 * a second. */
double peer_sqlite(struct fleet *f, unsigned rows, unsigned group);
/* nginx in the centre's place: TLS 1.3, client certificates asked for and verified, a constant answer. False where
 * there is no nginx. */
bool peer_nginx_start(struct fleet *f);

#endif
