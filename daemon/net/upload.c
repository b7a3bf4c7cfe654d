/* upload.c - runs in NET, without privilege; writes what the client sends into
 * files that JAIL opened. */
#include "daemon/net/transfer.h"

#include "daemon/net/ascii.h"
#include "daemon/net/ask.h"
#include "daemon/net/data.h"

#include <errno.h>
#include <unistd.h>

/* Room that the quota has for it, which other uploads share.  False: s->transfer.error. */
static bool get_room(struct session *s)
{
    if (!s->transfer.more_room) {
        s->transfer.error = JAIL_TOO_LARGE;
        return false;
    }
    s->transfer.error = ask_jail_more(s);
    if (s->transfer.error != 0)
        return false;
    transfer_take_room(s, s->transfer.limit);
    return s->transfer.room > 0;
}

static enum outcome write_file(struct session *s, int file, const char *bytes, size_t n, uint64_t *written)
{
    while (n > 0) {
        if (s->transfer.room == 0 && !get_room(s))
            return OUTCOME_FILE;
        const ssize_t done = write(file, bytes, n < s->transfer.room ? n : (size_t)s->transfer.room);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            s->transfer.error = (uint32_t)errno;
            return OUTCOME_FILE;
        }
        bytes += done;
        n -= (size_t)done;
        s->transfer.room -= (uint64_t)done;
        *written += (uint64_t)done;
    }
    return OUTCOME_DONE;
}

enum outcome upload(struct session *s, int file, uint64_t *written)
{
    struct ascii ascii = { .cr = false };
    const bool convert = s->type == TYPE_ASCII;
    for (;;) {
        size_t n = 0;
        const char *bytes = s->room.piece;
        enum outcome outcome = data_receive(s, s->room.piece, PIECE_ROOM, &n);
        const bool ended = outcome == OUTCOME_DONE && n == 0;
        if (convert) {
            bytes = s->converted;
            n = n > 0 ? ascii_from_wire(&ascii, s->room.piece, n, s->converted)
                      : ascii_from_wire_end(&ascii, s->converted);
        }
        const enum outcome wrote = write_file(s, file, bytes, n, written);
        if (wrote != OUTCOME_DONE || outcome != OUTCOME_DONE)
            return wrote != OUTCOME_DONE ? wrote : outcome;
        if (ended)
            return OUTCOME_DONE;
    }
}
