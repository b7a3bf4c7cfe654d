/* SPDX-License-Identifier: BSD-2-Clause */
/* xferlog.h - transfers in the format of wu-ftpd's xferlog(5). */
#ifndef SCRIBE_XFERLOG_H
#define SCRIBE_XFERLOG_H

#include "daemon/protocol/to_scribe.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XFERLOG_ROOM = PATH_ROOM + 1024, XFERLOG_RESERVE = 512 };

enum xferlog_direction { XFERLOG_IN = 'i', XFERLOG_OUT = 'o', XFERLOG_DELETED = 'd' };

struct xferlog_entry {
    int64_t seconds; /* since the epoch: when it ended */
    uint64_t microseconds, bytes;
    const struct sockaddr_storage *peer;
    const char *path, *user;
    enum xferlog_direction direction;
    bool ascii, complete;
};

/* One line with its end: time (UTC), seconds, address, bytes, path, type, "_", direction, access
 * (a: guest, r), user, "ftp", "0 *", and c or i.  A blank or control character of a name becomes
 * "_", as blanks separate the fields.  The path is cut so that the line has about limit bytes, more
 * than XFERLOG_RESERVE and up to XFERLOG_ROOM.  Returns its length. */
size_t xferlog_line(const struct xferlog_entry *entry, size_t limit, char to[XFERLOG_ROOM]);

#endif
