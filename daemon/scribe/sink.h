/* SPDX-License-Identifier: BSD-2-Clause */
/* sink.h - where lines go: a file, a stream, or the syslog socket.  A failing
 * sink counts the lines it loses; the count is logged when it works again. */
#ifndef SCRIBE_SINK_H
#define SCRIBE_SINK_H

#include "daemon/protocol/to_scribe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sink_kind { SINK_NONE, SINK_FILE, SINK_STREAM, SINK_SYSLOG };

struct sink {
    enum sink_kind kind;
    int fd;             /* -1: none */
    bool torn;          /* a line was written in part: write a line end first */
    bool stuck;         /* the last write timed out */
    bool dead;          /* syslog: the other end of the socket is closed */
    uint64_t lost;      /* lines lost since the last successful write */
    uint64_t lost_ever; /* of this process */
    int last_error;     /* errno of the last loss */
};

enum { SINK_CLOSED = -1 };

/* Replaces the descriptor by fd (SINK_CLOSED: none) and closes the old one; `lost` is kept. */
void sink_open(struct sink *sink, int fd, bool syslog);

/* Writes a line of length bytes; the buffer has room for one more, the line end
 * of files.  For syslog, priority and `wardftpd[pid]: ` are put before it.
 * False: lost, and counted. */
bool sink_write(struct sink *sink, enum log_level level, int32_t pid, char *line, size_t length);

/* Returns the number of lost lines and the last error, and resets the count. */
uint64_t sink_take_lost(struct sink *sink, int *error);

#endif
