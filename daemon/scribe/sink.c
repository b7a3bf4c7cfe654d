/* SPDX-License-Identifier: BSD-2-Clause */
/* sink.c - runs in the scribe: writes finished lines.  A full disk, a blocked
 * pipe or a dead syslog daemon loses lines but never stops the scribe. */
#include "daemon/scribe/sink.h"

#include "common/text.h"
#include "daemon/scribe/event.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 500,   /* wait for a full stream or socket; not again until a write succeeds */
    STREAM_PIECE = 4096, /* PIPE_BUF: what a writable pipe takes without blocking */
    FACILITY_FTP = 11 << 3,
    PREFIX_ROOM = 64, /* priority, name and process of a line for syslog */
};

void sink_open(struct sink *sink, int fd, bool syslog)
{
    struct stat about;
    if (sink->fd >= 0)
        close(sink->fd);
    sink->fd = fd;
    sink->torn = sink->stuck = sink->dead = false;
    if (fd < 0)
        sink->kind = SINK_NONE;
    else if (syslog)
        sink->kind = SINK_SYSLOG;
    else
        sink->kind = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? SINK_FILE : SINK_STREAM;
}

/* O_NONBLOCK would affect every process that shares the stream, so poll first
 * and write no more than fits. */
static bool stream_ready(struct sink *sink)
{
    struct pollfd one = { .fd = sink->fd, .events = POLLOUT };
    if (sink->kind == SINK_FILE)
        return true;
    const int n = poll(&one, 1, sink->stuck ? 0 : PATIENCE_MS);
    sink->stuck = n <= 0;
    if (sink->stuck)
        errno = EAGAIN;
    return !sink->stuck;
}

static bool write_all(struct sink *sink, const char *bytes, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const size_t piece =
            sink->kind == SINK_FILE || n - done < STREAM_PIECE ? n - done : STREAM_PIECE;
        ssize_t written = -1;
        if (stream_ready(sink))
            written = write(sink->fd, bytes + done, piece);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            sink->torn = sink->torn || done > 0;
            return false;
        }
        done += (size_t)written;
    }
    return true;
}

static bool write_line(struct sink *sink, char *line, size_t length)
{
    if (sink->torn) {
        if (!write_all(sink, "\n", 1))
            return false;
        sink->torn = false;
    }
    line[length] = '\n';
    return write_all(sink, line, length + 1);
}

/* send(2), not sendmsg(2): the filter forbids calls that carry an address. */
static bool send_once(struct sink *sink, const char *datagram, size_t size)
{
    return send(sink->fd, datagram, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* RFC 3164 as used on /dev/log: the syslog daemon adds time and host. */
static bool send_line(struct sink *sink, enum log_level level, int32_t pid, const char *line,
                      size_t length)
{
    static const int severities[] = { 6, 3, 4, 6, 7 };
    static char datagram[EVENT_ROOM + PREFIX_ROOM];
    struct pollfd one = { .fd = sink->fd, .events = POLLOUT };
    (void)text_format(datagram, PREFIX_ROOM, "<%d>wardftpd[%d]: ", FACILITY_FTP | severities[level],
                      (int)pid);
    const size_t prefix = strlen(datagram);
    const size_t size = prefix + (length < EVENT_ROOM ? length : EVENT_ROOM);
    memcpy(datagram + prefix, line, size - prefix);

    bool sent = send_once(sink, datagram, size);
    if (!sent && (errno == EAGAIN || errno == ENOBUFS) && !sink->stuck) {
        if (poll(&one, 1, PATIENCE_MS) < 0)
            return false;
        sent = send_once(sink, datagram, size);
    }
    sink->stuck = !sent && (errno == EAGAIN || errno == ENOBUFS);
    sink->dead = !sent && !sink->stuck && errno != EMSGSIZE;
    return sent;
}

bool sink_write(struct sink *sink, enum log_level level, int32_t pid, char *line, size_t length)
{
    if (sink->kind == SINK_NONE)
        return true;
    const bool written = sink->kind == SINK_SYSLOG ? send_line(sink, level, pid, line, length)
                                                   : write_line(sink, line, length);
    if (!written) {
        sink->last_error = errno;
        sink->lost++;
        sink->lost_ever++;
    }
    return written;
}

uint64_t sink_take_lost(struct sink *sink, int *error)
{
    const uint64_t lost = sink->lost;
    *error = sink->last_error;
    sink->lost = 0;
    return lost;
}
