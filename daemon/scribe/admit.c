/* SPDX-License-Identifier: BSD-2-Clause */
/* admit.c - runs in the scribe: applies the rations. */
#include "daemon/scribe/state.h"

enum { LEFT_OUT_EVERY_MS = 10000 };

static bool counted(struct scribe *scribe, bool admitted)
{
    if (!admitted && !scribe->left_out_due_ms)
        scribe->left_out_due_ms = scribe->now + LEFT_OUT_EVERY_MS;
    return admitted;
}

bool admit_address(struct scribe *scribe, const struct sockaddr_storage *peer,
                   enum record_kind kind)
{
    return counted(scribe, ration_address(scribe->addresses, peer, kind, scribe->now));
}

/* Counts against the session's ration and its address's; without a session, against the shared
 * process's. */
bool admit(struct scribe *scribe, struct channel *channel, struct cell_facts *cell,
           enum record_kind kind)
{
    if (!cell)
        return counted(scribe, ration_shared(&channel->rations, kind, scribe->now));
    if (!counted(scribe, ration_session(&cell->rations, kind, scribe->now)))
        return false;
    return !cell->session || admit_address(scribe, &cell->peer, kind);
}
