/* sink.h - where lines go: a file, a stream, or the syslog socket.  A sink that
 * fails loses lines, counts them, and says so when it works again. */
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
    int fd;         /* -1: none */
    bool torn;      /* a line was written in part: begin with a line end */
    bool stuck;     /* the last write would have blocked for too long */
    bool dead;      /* syslog: the socket's other end is gone */
    uint64_t lost;  /* lines since it worked last */
    int last_error; /* errno of the last loss */
};

enum { SINK_CLOSED = -1 };

/* Takes fd (SINK_CLOSED: closes only) in place of the old one; `lost` goes on. */
void sink_open(struct sink *sink, int fd, bool syslog);

/* Writes a line of length bytes with room for one more behind it (the line
 * end of files); for syslog it is prefixed with priority and `wardftpd[pid]: `.
 * False: lost, and counted. */
bool sink_write(struct sink *sink, enum log_level level, int32_t pid, char *line, size_t length);

/* Are there losses to be told?  Their number, and why; then starts anew. */
uint64_t sink_take_lost(struct sink *sink, int *error);

#endif
