/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.h - the chained log (log_chain, common/log_chain.h); private to daemon/scribe/. */
#ifndef SCRIBE_CHAIN_H
#define SCRIBE_CHAIN_H

#include "daemon/scribe/state.h"

/* Are the lines of the log chained: log_chain, and a file? */
bool chain_is_on(const struct scribe *scribe);

/* Writes a line of *length bytes to the log, chained if that is on.  False: lost, and counted. */
bool chain_write(struct scribe *scribe, const struct event *event, char line[EVENT_ROOM],
                 size_t length);

/* Sends the head to syslog: at once (the file is rotated, the scribe ends), ... */
void chain_send_head(struct scribe *scribe);
/* ... or where an hour has passed; and when it is due next, monotonic ms; INT64_MAX: never. */
void chain_tick(struct scribe *scribe);
int64_t chain_due(const struct scribe *scribe);

#endif
