/* SPDX-License-Identifier: BSD-2-Clause */
/* log.h - how every process but the scribe logs: a note to the scribe, without
 * blocking; to standard error where there is no scribe.  Text from outside needs
 * no preparation: the scribe escapes control bytes. */
#ifndef IPC_LOG_H
#define IPC_LOG_H

#include "daemon/protocol/to_scribe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the notes of this process go: a channel to the scribe, or -1 for standard
 * error.  Notes above this level are not sent.  Called once after the fork. */
void log_open(int scribe_channel, enum log_level level);

/* From now on nothing is written to standard error: for processes whose filter
 * has no write(2).  Notes without a scribe are counted, and the next scribe
 * gets the count. */
void log_confined(void);

/* From now on notes go to `to`, and not to the scribe: for a program that checks, whose complaints
 * they are. */
void log_redirect(void (*to)(enum log_level level, const char *text));

/* A note about this process. */
void log_note(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A note of a shared process about a cell. */
void log_cell(uint64_t cell, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* In the master: a connection from peer was refused with this reply, because of this limit. */
void log_refused(const struct sockaddr_storage *peer, enum limit limit, const char *reply);

/* NET and JAIL: the events (EVENT_BIT) that the scribe will write.  Others are not sent. */
void log_choose(uint32_t events);
bool log_wants(enum event_id event);

/* Master and auth: an event with a text for people.  Fills in the text and sends it. */
void log_admin(struct scribe_admin *record, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sends a record to the scribe.  Where its channel is full, a process that called log_patience
 * waits that long for room, unless the last wait failed; otherwise the record is lost, and
 * counted. */
void log_record(const void *record, size_t size);
void log_patience(int patience_ms);

/* For a bug of ours, a violated border or a failed step of confinement: one note at
 * LOG_LEVEL_ERROR, then _exit(EX_SOFTWARE).  Fails closed (invariant I7). */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
