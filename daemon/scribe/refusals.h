/* SPDX-License-Identifier: BSD-2-Clause */
/* refusals.h - the last refusals, of log-ins and of connections, for an
 * administrator who asks why a client was refused: kept in memory for an hour. */
#ifndef SCRIBE_REFUSALS_H
#define SCRIBE_REFUSALS_H

#include "daemon/protocol/control.h"
#include "daemon/protocol/to_scribe.h"

#include <stdint.h>

enum { REFUSALS_MAX = 1024, REFUSAL_KEPT_MS = 3600 * 1000, REFUSAL_WORD_ROOM = 32 };

/* A ring: the oldest is overwritten. */
struct refusals {
    uint64_t count; /* since the start */
    struct refusal_kept {
        int64_t at_ms;
        struct sockaddr_storage peer;
        char user[NAME_ROOM]; /* empty: before a log-in */
        char reason[REFUSAL_WORD_ROOM];
    } list[REFUSALS_MAX];
};

/* user NULL: the connection was refused. */
void refusals_note(struct refusals *refusals, const struct sockaddr_storage *peer, const char *user,
                   const char *reason, int64_t now_ms);

/* Fills in .text, the newest first: lines "SECONDS AGO<tab>ADDRESS<tab>REASON<tab>USER", as many as
 * fit, of the address or the user that is asked about. */
void refusals_answer(const struct refusals *refusals, const struct control_ask *ask, int64_t now_ms,
                     struct control_answer *answer);

#endif
