/* SPDX-License-Identifier: BSD-2-Clause */
/* emit.h - what the emit files share; private to daemon/scribe/. */
#ifndef SCRIBE_EMIT_H
#define SCRIBE_EMIT_H

#include "common/addr.h"
#include "daemon/scribe/state.h"

/* Texts that an event's fields point to. */
struct names {
    char address[ADDR_TEXT_ROOM];
};

/* Begins an event with the fields that identify its session, ... */
void about_cell(struct event *event, const struct cell_facts *cell, enum event_id id,
                struct names *names);
/* ... or the process that sends on this channel, and the session if cell is not NULL. */
void about_channel(struct event *event, const struct channel *channel,
                   const struct cell_facts *cell, enum event_id id, struct names *names);

/* Is the event wanted, and within its ration? */
bool may_emit(struct scribe *scribe, struct cell_facts *cell, enum record_kind kind,
              enum event_id id);
/* enum limit */
const char *limit_word(uint32_t limit);

#endif
