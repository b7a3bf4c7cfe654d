/* SPDX-License-Identifier: BSD-2-Clause */
/* upload.c - runs in NET, without privilege; writes what the client sends into
 * files that JAIL opened. */
#include "daemon/net/upload.h"

#include "daemon/net/ascii.h"
#include "daemon/net/ask.h"
#include "daemon/net/checksum.h"
#include "daemon/net/data.h"
#include "daemon/net/end.h"
#include "daemon/net/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    PIPE_SIZE = 1024 * 1024, /* the maximum without privilege */
    FLUSH_STEP = 32 * 1024 * 1024,
    PIPE_MIN = 64 * 1024, /* a smaller one costs more in calls than it saves in copying */
};

/* At the limit: asks for more of the quota, which other uploads share.  DONE or FILE. */
static enum outcome get_room(struct session *s)
{
    if (s->transfer.ranged && s->transfer.range == 0)
        return progress_fail(s, RANGE_EXCEEDED);
    if (s->transfer.room > 0)
        return OUTCOME_DONE;
    if (!s->transfer.more_room)
        return progress_fail(s, JAIL_TOO_LARGE);
    const uint32_t error = ask_jail_more(s);
    if (error != 0)
        return progress_fail(s, error);
    progress_set_limit(s, &s->answer, s->transfer.limit);
    return s->transfer.room > 0 ? OUTCOME_DONE : progress_fail(s, JAIL_TOO_LARGE);
}

static void count_written(struct session *s, size_t n, uint64_t *written)
{
    progress_wrote(s, n);
    *written += n;
}

static size_t within_room(const struct session *s, size_t n)
{
    const uint64_t room = s->transfer.room,
                   range = s->transfer.ranged ? s->transfer.range : UINT64_MAX;
    const uint64_t most = room < range ? room : range;
    return n < most ? n : (size_t)most;
}

/* A long upload that is synced reaches the disk on the way.  While it waits for the disk, the
 * session answers its client. */
static enum outcome flush(struct session *s, uint64_t written)
{
    if (!s->policy.sync_uploads || written - s->transfer.flushed < FLUSH_STEP)
        return OUTCOME_DONE;
    progress_flush(s, written);
    const uint32_t error = ask_jail_flush(s);
    if (error != 0)
        return progress_fail(s, error);
    return session_cut(s) ? OUTCOME_CUT : OUTCOME_DONE;
}

static enum outcome write_file(struct session *s, int file, const char *bytes, size_t n,
                               uint64_t *written)
{
    while (n > 0) {
        if (within_room(s, n) == 0 && get_room(s) != OUTCOME_DONE)
            return OUTCOME_FILE;
        const ssize_t done = write(file, bytes, within_room(s, n));
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return progress_fail(s, (uint32_t)errno);
        checksum_add(s, bytes, (size_t)done);
        bytes += done;
        n -= (size_t)done;
        count_written(s, (size_t)done, written);
    }
    return flush(s, *written);
}

/* Through our own memory, until `until` bytes have come in all.  *ended: the upload is complete. */
static enum outcome copy(struct session *s, int file, uint64_t until, uint64_t *written,
                         bool *ended)
{
    struct ascii ascii = { .cr = false };
    const bool convert = s->type == TYPE_ASCII;
    enum outcome outcome = OUTCOME_DONE;
    *ended = false;
    while (outcome == OUTCOME_DONE && !*ended && s->transfer.bytes < until) {
        size_t n = 0;
        const char *bytes = s->room.piece;
        outcome = data_receive(s, s->room.piece, PIECE_SIZE, &n);
        *ended = outcome == OUTCOME_DONE && n == 0;
        if (convert) {
            bytes = s->converted;
            n = n > 0 ? ascii_from_wire(&ascii, s->room.piece, n, s->converted)
                      : ascii_from_wire_end(&ascii, s->converted);
        }
        const enum outcome wrote = write_file(s, file, bytes, n, written);
        if (wrote != OUTCOME_DONE)
            outcome = wrote;
    }
    return outcome;
}

/* Writes the content of the pipe through our own memory: for a file system without splice. */
static enum outcome empty_by_hand(struct session *s, int pipe, int file, size_t n,
                                  uint64_t *written)
{
    while (n > 0) {
        const ssize_t got = read(pipe, s->room.piece, n < PIECE_SIZE ? n : PIECE_SIZE);
        /* the pipe held them */
        if (got <= 0)
            return progress_fail(s, EIO);
        const enum outcome outcome = write_file(s, file, s->room.piece, (size_t)got, written);
        if (outcome != OUTCOME_DONE)
            return outcome;
        n -= (size_t)got;
    }
    return OUTCOME_DONE;
}

/* Moves n bytes from the pipe to the file.  *can is cleared if the file does not support it. */
static enum outcome empty(struct session *s, int pipe, int file, size_t n, uint64_t *written,
                          bool *can)
{
    while (n > 0) {
        if (within_room(s, n) == 0 && get_room(s) != OUTCOME_DONE)
            return OUTCOME_FILE;
        const ssize_t done = splice(pipe, NULL, file, NULL, within_room(s, n), 0);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && (errno == EINVAL || errno == ENOSYS)) {
            *can = false;
            return empty_by_hand(s, pipe, file, n, written);
        }
        if (done <= 0)
            return progress_fail(s, done < 0 ? (uint32_t)errno : EIO);
        n -= (size_t)done;
        count_written(s, (size_t)done, written);
    }
    return flush(s, *written);
}

static void close_pipe(int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The kernel limits the buffers of pipes for all NETs together, and then gives small ones. */
static bool open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    if (fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) >= PIPE_MIN ||
        fcntl(ends[1], F_GETPIPE_SZ) >= PIPE_MIN)
        return true;
    close_pipe(ends);
    return false;
}

/* From the socket to the file, without a copy in our memory. */
static enum outcome move(struct session *s, int file, uint64_t *written, bool *ended)
{
    int ends[2];
    enum outcome outcome = OUTCOME_DONE;
    bool can = open_pipe(ends);
    const bool opened = can;
    while (can && outcome == OUTCOME_DONE && !*ended) {
        size_t n = 0;
        outcome = data_splice(s, ends[1], PIPE_SIZE, &n);
        *ended = outcome == OUTCOME_DONE && n == 0;
        const enum outcome wrote = empty(s, ends[0], file, n, written, &can);
        if (wrote != OUTCOME_DONE)
            outcome = wrote;
    }
    if (opened)
        close_pipe(ends);
    return outcome;
}

enum outcome upload(struct session *s, int file, uint64_t *written)
{
    const bool may_move = s->type == TYPE_IMAGE && s->data.stream.kind->raw && !s->checksum;
    bool ended;
    enum outcome outcome = copy(s, file, may_move ? PIECE_SIZE : UINT64_MAX, written, &ended);
    if (outcome == OUTCOME_DONE && !ended)
        outcome = move(s, file, written, &ended);
    if (outcome == OUTCOME_DONE && !ended)
        outcome = copy(s, file, UINT64_MAX, written, &ended);
    return outcome;
}
