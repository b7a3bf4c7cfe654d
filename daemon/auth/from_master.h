/* from_master.h - messages of the master. */
#ifndef AUTH_FROM_MASTER_H
#define AUTH_FROM_MASTER_H

struct auth;

/* Serves all that have come: what the master said must be known before any cell is served. */
void from_master_drain(struct auth *auth);

#endif
