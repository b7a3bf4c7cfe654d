/* SPDX-License-Identifier: BSD-2-Clause */
/* body.c - the loops that move a file's bytes. */
#include "client/engine/body.h"

#include "client/engine/ascii.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 128 * 1024, LARGE_PIECE = 1 << 20, BURST_US = 100000 };

/* The rate of this transfer: a share of the limit, or that of the slow-reader fault.  0: no
 * limit. */
static int64_t rate_of(const struct session *session)
{
    const struct settings *settings = session->settings;
    if (settings->faults.slow_reader)
        return settings->faults.slow_reader;
    const unsigned sharers = settings->sharers ? atomic_load(settings->sharers) : 1;
    const int64_t rate =
        settings->shared_rate ? atomic_load(settings->shared_rate) : settings->rate;
    if (rate <= 0)
        return 0;
    return rate / (sharers ? sharers : 1) + 1;
}

/* Waits as long as the rate asks for after n bytes. */
static int pace(const struct session *session, struct transfer *transfer, size_t n)
{
    const int64_t rate = rate_of(session);
    if (rate <= 0)
        return 0;
    const int64_t now_us = now_ms() * 1000;
    if (transfer->due_us < now_us - BURST_US) /* a stall is not caught up with */
        transfer->due_us = transfer->due_us ? now_us - BURST_US : now_us;
    transfer->due_us += (int64_t)n * 1000000 / rate;
    const int64_t wait_ms = (transfer->due_us - now_us) / 1000;
    return wait_ms > 0 ? wait_pause(session->settings->interrupt_fd, wait_ms) : 0;
}

/* How much to move at once, so that a low rate is even. */
static size_t piece_size(const struct session *session)
{
    const int64_t rate = rate_of(session);
    if (rate <= 0 || rate / 10 >= PIECE)
        return PIECE;
    return rate < 10 ? 1 : (size_t)(rate / 10);
}

/* 0, or a failure that a fault asks for. */
static int play_faults(struct session *session, struct data *data, const struct transfer *transfer)
{
    const struct faults *faults = &session->settings->faults;
    if (faults->cut && transfer->moved >= faults->cut) {
        link_reset(&data->link);
        return -ECONNRESET;
    }
    if (faults->hang && transfer->moved >= faults->hang)
        return wait_ready(session->control.fd, POLLIN, session->settings->interrupt_fd, -1,
                          INT64_MAX) < 0
                   ? -EINTR
                   : -ETIMEDOUT;
    return 0;
}

static void moved(struct transfer *transfer, size_t n)
{
    transfer->moved += (int64_t)n;
    transfer->done += (int64_t)n;
    if (transfer->progress)
        transfer->progress(transfer->context, transfer);
}

/* Writes to a file, or to a pipe or terminal whose reader is slow: Ctrl-C ends that wait
 * (-EINTR). */
static int put_bytes(int fd, const char *bytes, size_t n, int interrupt_fd)
{
    while (n > 0) {
        const ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
        if (n > 0) { /* full, or interrupted */
            const int result = wait_ready(fd, POLLOUT, interrupt_fd, -1, INT64_MAX);
            if (result < 0)
                return result;
        }
    }
    return 0;
}

static enum outcome local_failed(struct session *session, struct data *data, const char *name,
                                 int error)
{
    const enum outcome outcome = failure_set(&session->failure, OUTCOME_LOCAL, "%s: %s",
                                             name ? name : "standard output", strerror(-error));
    data_abort(session, data);
    return outcome;
}

static enum outcome ended_short(struct session *session, struct transfer *transfer)
{
    const bool again = transfer->short_at == transfer->done;
    transfer->short_at = transfer->done;
    /* not a lost connection, but a size that is no number of bytes: of a link, or of records */
    if (again)
        return failure_set(&session->failure, OUTCOME_PROTOCOL,
                           "%s: the server sends %lld bytes, but says that the file has %lld",
                           transfer->remote, (long long)transfer->done, (long long)transfer->total);
    return failure_set(&session->failure, OUTCOME_AGAIN, "%s: received %lld of %lld bytes",
                       transfer->remote, (long long)transfer->done, (long long)transfer->total);
}

/* The connection has ended: reply and size must confirm it. */
static enum outcome received_all(struct session *session, struct data *data,
                                 struct transfer *transfer)
{
    const bool clean = data->link.clean_end;
    const enum outcome outcome = data_end(session, data);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (transfer->total >= 0 && transfer->done < transfer->total)
        return ended_short(session, transfer);
    if (!clean && transfer->total < 0)
        return failure_set(&session->failure, OUTCOME_AGAIN,
                           "%s: the data connection closed without a TLS close_notify",
                           transfer->remote);
    return OUTCOME_OK;
}

/* Writes what came, its line ends converted if ascii is not NULL; n 0: the end. */
static int put_text(int fd, struct ascii *ascii, const char *bytes, size_t n, int interrupt_fd)
{
    char text[PIECE + 1] UNFILLED;
    size_t length;
    if (!ascii)
        return put_bytes(fd, bytes, n, interrupt_fd);
    length = n ? ascii_receive(ascii, bytes, n, text) : ascii_receive_end(ascii, text);
    return put_bytes(fd, text, length, interrupt_fd);
}

static enum outcome put_failed(struct session *session, struct data *data,
                               const struct transfer *transfer, int error)
{
    return error == -EINTR ? data_broken(session, data, error)
                           : local_failed(session, data, transfer->local, error);
}

/* How much to read at once, of what is wanted. */
static size_t wanted_size(const struct session *session, const struct transfer *transfer)
{
    const size_t n = piece_size(session);
    const int64_t left = transfer->end - transfer->done;
    return left > 0 && left < (int64_t)n ? (size_t)left : n;
}

enum outcome body_receive(struct session *session, struct data *data, struct transfer *transfer,
                          int fd)
{
    char buffer[PIECE] UNFILLED;
    struct ascii state = { .cr = false }, *const ascii = session->settings->ascii ? &state : NULL;
    const int interrupt_fd = session->settings->interrupt_fd;
    for (;;) {
        const ssize_t n = link_read(&data->link, buffer, wanted_size(session, transfer),
                                    session->settings->stall_ms);
        if (n < 0)
            return data_broken(session, data, (int)n);
        int result = put_text(fd, ascii, buffer, (size_t)n, interrupt_fd);
        if (result < 0)
            return put_failed(session, data, transfer, result);
        if (n == 0)
            return received_all(session, data, transfer);
        moved(transfer, (size_t)n);
        if (transfer->end > 0 && transfer->done == transfer->end &&
            transfer->done != transfer->total) {
            data_abort(session, data);
            return OUTCOME_OK;
        }
        result = pace(session, transfer, (size_t)n);
        if (result == 0)
            result = play_faults(session, data, transfer);
        if (result < 0)
            return data_broken(session, data, result);
    }
}

/* The control connection spoke in the middle of an upload.  Under TLS it may be a ticket only. */
static enum outcome early_reply(struct session *session, struct data *data, bool *go_on)
{
    bool done;
    enum outcome outcome = session_try_receive(session, &done);
    *go_on = outcome == OUTCOME_OK && !done;
    if (*go_on)
        return OUTCOME_OK;
    link_reset(&data->link);
    if (outcome == OUTCOME_OK)
        outcome = session_check(session, NULL);
    if (outcome == OUTCOME_OK)
        outcome = failure_set(&session->failure, OUTCOME_PROTOCOL,
                              "the server ended the upload early (%d)", session->reply.code);
    return outcome;
}

/* What was read together with the 1xx: the watch would not see it. */
static enum outcome take_reply_at_hand(struct session *session, struct data *data, bool *go_on)
{
    bool done;
    *go_on = true;
    if (data->ended || session->in_at == session->in_n)
        return OUTCOME_OK;
    enum outcome outcome = session_try_receive(session, &done);
    if (outcome == OUTCOME_OK && done && session->reply.code >= 200) {
        data->ended = true;
        outcome = session_check(session, NULL);
    }
    *go_on = outcome == OUTCOME_OK;
    if (!*go_on)
        link_reset(&data->link);
    return outcome;
}

/* Sends n bytes, while the control connection is watched: an early refusal ends the upload. */
static enum outcome send_piece(struct session *session, struct data *data, const char *bytes,
                               size_t n)
{
    bool go_on = true;
    while (n > 0) {
        const int result = link_write_some(&data->link, bytes, n, session->settings->stall_ms);
        if (result > 0) {
            bytes += result;
            n -= (size_t)result;
        } else if (result == -ECANCELED) {
            const enum outcome outcome = early_reply(session, data, &go_on);
            if (!go_on)
                return outcome;
        } else {
            return data_broken(session, data, result);
        }
    }
    return OUTCOME_OK;
}

static ssize_t read_piece(int fd, char *buffer, size_t room, int interrupt_fd)
{
    for (;;) {
        ssize_t n;
        struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
                                 { .fd = interrupt_fd, .events = POLLIN } };
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return -errno;
        if (fds[1].revents)
            return -EINTR;
        n = read(fd, buffer, room);
        if (n >= 0)
            return n;
        if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
}

static enum outcome send_text(struct session *session, struct data *data, struct ascii *ascii,
                              const char *bytes, size_t n)
{
    char text[PIECE] UNFILLED;
    if (!ascii)
        return send_piece(session, data, bytes, n);
    return send_piece(session, data, text, ascii_send(ascii, bytes, n, text));
}

/* Accounts for n bytes, waits for the rate, plays faults: 0, or a failure. */
static int went(struct session *session, struct data *data, struct transfer *transfer, size_t n)
{
    moved(transfer, n);
    const int result = pace(session, transfer, n);
    return result == 0 ? play_faults(session, data, transfer) : result;
}

static enum outcome send_by_reads(struct session *session, struct data *data,
                                  struct transfer *transfer, int fd)
{
    char buffer[PIECE] UNFILLED;
    struct ascii state = { .cr = false }, *const ascii = session->settings->ascii ? &state : NULL;
    for (;;) {
        const size_t room = ascii ? (piece_size(session) + 1) / 2 : piece_size(session);
        const ssize_t n = read_piece(fd, buffer, room, session->settings->interrupt_fd);
        if (n == 0)
            return data_end(session, data);
        if (n < 0)
            return put_failed(session, data, transfer, (int)n);
        const enum outcome outcome = send_text(session, data, ascii, buffer, (size_t)n);
        if (outcome != OUTCOME_OK)
            return outcome;
        const int result = went(session, data, transfer, (size_t)n);
        if (result < 0)
            return data_broken(session, data, result);
    }
}

static bool may_send_file(const struct session *session, const struct data *data, int fd)
{
    struct stat status;
    return !data->link.ssl && !session->settings->ascii && fstat(fd, &status) == 0 &&
           S_ISREG(status.st_mode);
}

/* One piece, and what follows it; whole: the piece before was, so that more may follow at once and
 * the user and the server are looked at first.  The number of bytes, 0 at the end, or a failure. */
static int send_file_piece(struct session *session, struct data *data, struct transfer *transfer,
                           int fd, bool *whole)
{
    const struct settings *settings = session->settings;
    struct link *link = &data->link;
    const size_t room = rate_of(session) > 0 ? piece_size(session) : LARGE_PIECE;
    int n = 0;
    if (*whole)
        n = wait_ready(link->fd, POLLOUT, link->interrupt_fd, link->watch_fd,
                       now_ms() + settings->stall_ms);
    if (n == 0)
        n = link_send_file(link, fd, room, settings->stall_ms);
    *whole = n > 0 && (size_t)n == room;
    const int result = n > 0 ? went(session, data, transfer, (size_t)n) : 0;
    return result < 0 ? result : n;
}

/* The kernel copies the file into the connection.  *by_reads: the rest must be read. */
static enum outcome send_file(struct session *session, struct data *data, struct transfer *transfer,
                              int fd, bool *by_reads)
{
    bool whole = false, go_on = true;
    for (;;) {
        const int n = send_file_piece(session, data, transfer, fd, &whole);
        *by_reads = n == -ENOTSUP;
        if (*by_reads)
            return OUTCOME_OK;
        if (n == 0)
            return data_end(session, data);
        if (n == -ECANCELED) {
            const enum outcome outcome = early_reply(session, data, &go_on);
            if (!go_on)
                return outcome;
        } else if (n < 0) {
            return data_broken(session, data, n);
        }
    }
}

enum outcome body_send(struct session *session, struct data *data, struct transfer *transfer,
                       int fd)
{
    bool go_on, by_reads = true;
    enum outcome outcome = take_reply_at_hand(session, data, &go_on);
    if (!go_on)
        return outcome;
    data->link.watch_fd = session->control.fd;
    if (may_send_file(session, data, fd))
        outcome = send_file(session, data, transfer, fd, &by_reads);
    return by_reads ? send_by_reads(session, data, transfer, fd) : outcome;
}

enum outcome body_compare(struct session *session, struct data *data, int fd, int64_t offset,
                          int64_t n, bool *same)
{
    char theirs[16384], ours[16384];
    *same = true;
    while (n > 0 && *same) {
        const size_t room = n < (int64_t)sizeof theirs ? (size_t)n : sizeof theirs;
        const ssize_t got = link_read(&data->link, theirs, room, session->settings->stall_ms);
        if (got < 0)
            return data_broken(session, data, (int)got);
        *same = got > 0 && pread(fd, ours, (size_t)got, offset) == got &&
                memcmp(theirs, ours, (size_t)got) == 0;
        offset += got;
        n -= got;
    }
    return OUTCOME_OK;
}
