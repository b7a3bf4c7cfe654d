/* SPDX-License-Identifier: BSD-2-Clause */
/* traced.h - the last lines of traced sessions, for `wardctl trace` to show while
 * it waits.  Without a trace they take no memory. */
#ifndef SCRIBE_TRACED_H
#define SCRIBE_TRACED_H

#include "daemon/protocol/control.h"
#include "daemon/protocol/to_scribe.h"

#include <stdint.h>

enum { TRACED_MAX = 1024 };

/* One line.  Session, address and user are what the scribe knows of the session (I9). */
struct traced_line {
    uint64_t session;
    struct sockaddr_storage peer;
    char user[NAME_ROOM]; /* empty: before the log-in */
    uint32_t reply;
    char text[]; /* without a line feed */
};

/* A ring: the oldest is overwritten. */
struct traced {
    uint64_t count; /* since the start */
    struct traced_line *lines[TRACED_MAX];
};

/* Keeps a line; without memory it is lost. */
void traced_note(struct traced *traced, uint64_t session, const struct sockaddr_storage *peer,
                 const char *user, const struct scribe_trace *trace);

/* Fills in .numbers (enum control_traced), and as .text the lines of the user or address that come
 * after the number that is asked for, as many as fit: "SESSION<tab>ADDRESS<tab>USER<tab>REPLY<tab>LINE". */
void traced_answer(const struct traced *traced, const struct control_ask *ask,
                   struct control_answer *answer);

#endif
