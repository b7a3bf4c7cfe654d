/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer.c - uploads, and what both directions share. */
#include "client/engine/transfer.h"

#include "client/engine/body.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void transfer_init(struct transfer *transfer, const struct job *job)
{
    *transfer = (struct transfer){ .remote = job->remote,
                                   .local = job->local,
                                   .typed = job->typed,
                                   .overwrite_links = job->overwrite_links,
                                   .resume = job->resume || job->resume_part,
                                   .resume_target = job->resume,
                                   .append = job->append,
                                   .total = job->total,
                                   .modified = job->modified,
                                   .time_exact = job->time_exact,
                                   .short_at = -1 };
}

static enum outcome local_failure(struct session *session, enum outcome outcome, const char *path)
{
    return failure_set(&session->failure, outcome, "%s: %s", path, strerror(errno));
}

enum outcome transfer_begin(struct session *session, struct data *data, int64_t offset,
                            const char *verb, const char *remote)
{
    const enum outcome outcome =
        session_type(session, session->settings->ascii ? TYPE_ASCII : TYPE_IMAGE);
    return outcome == OUTCOME_OK ? data_begin(session, data, offset, verb, remote) : outcome;
}

/* -------- how much of a file is the same on both sides -------- */

/* Is the first n bytes' digest the same?  OUTCOME_REFUSED: the server cannot tell. */
static enum outcome same_prefix(struct session *session, const char *remote, int fd, int64_t n,
                                bool *same)
{
    struct hash theirs, ours;
    enum outcome outcome = remote_hash(session, remote, n, &theirs);
    int result;
    *same = false;
    /* busy, or no HASH after all: there is another way */
    if (outcome == OUTCOME_AGAIN && session->open)
        outcome = session->failure.outcome = OUTCOME_REFUSED;
    if (outcome != OUTCOME_OK)
        return outcome;
    result = local_hash(fd, n, theirs.name, session->settings->interrupt_fd, &ours);
    if (result == -EINTR)
        return failure_set(&session->failure, OUTCOME_INTERRUPTED, "interrupted");
    if (result == -ENOTSUP)
        return failure_set(&session->failure, OUTCOME_REFUSED, "hash algorithm %s is not supported",
                           theirs.name);
    if (result < 0)
        return failure_set(&session->failure, OUTCOME_LOCAL, "read: %s", strerror(-result));
    *same = strcmp(theirs.hex, ours.hex) == 0;
    return OUTCOME_OK;
}

enum outcome transfer_common_prefix(struct session *session, const char *remote, int fd, int64_t n,
                                    int64_t *common)
{
    int64_t low = 0, high = n / TRANSFER_BLOCK; /* low blocks agree, more than high do not */
    bool same;
    enum outcome outcome = same_prefix(session, remote, fd, n, &same);
    *common = same ? n : 0;
    while (outcome == OUTCOME_OK && !same && low < high) {
        const int64_t middle = low + (high - low + 1) / 2;
        bool agrees;
        outcome = same_prefix(session, remote, fd, middle * TRANSFER_BLOCK, &agrees);
        if (agrees)
            low = middle;
        else
            high = middle - 1;
        *common = low * TRANSFER_BLOCK;
    }
    return outcome;
}

/* Some servers send 451 for what they do not support. */
bool transfer_resume_refused(const struct session *session, const struct transfer *transfer)
{
    const int code = session->failure.code;
    return session->open && transfer->moved == 0 && (code == 451 || code >= 500);
}

/* -------- uploads -------- */

/* Without HASH: reads the last bytes that the server has and compares them. */
static enum outcome same_tail(struct session *session, const struct transfer *transfer, int fd,
                              int64_t n, bool *same)
{
    const int64_t length = n < TRANSFER_BLOCK ? n : TRANSFER_BLOCK;
    struct data data;
    enum outcome outcome = transfer_begin(session, &data, n - length, "RETR", transfer->remote);
    if (outcome == OUTCOME_OK)
        outcome = body_compare(session, &data, fd, n - length, length, same);
    if (outcome != OUTCOME_OK)
        return outcome;
    outcome = data_end(session, &data);
    return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
}

/* How much of the file the server has already, verified. */
static enum outcome find_upload_resume(struct session *session, struct transfer *transfer, int fd,
                                       int64_t *offset)
{
    int64_t theirs;
    bool same = false;
    enum outcome outcome = remote_size(session, transfer->remote, &theirs);
    *offset = 0;
    if (outcome == OUTCOME_REFUSED || theirs <= 0 || theirs > transfer->total)
        return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
    outcome = transfer_common_prefix(session, transfer->remote, fd, theirs, offset);
    if (outcome != OUTCOME_REFUSED)
        return outcome;
    outcome = same_tail(session, transfer, fd, theirs, &same);
    if (outcome == OUTCOME_OK && same)
        *offset = theirs;
    return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
}

static enum outcome send_from(struct session *session, struct transfer *transfer, int fd,
                              int64_t offset)
{
    struct data data;
    enum outcome outcome;
    transfer->start = transfer->done = offset;
    if (lseek(fd, offset, SEEK_SET) < 0 && errno != ESPIPE)
        return local_failure(session, OUTCOME_LOCAL, transfer->local);
    outcome = transfer_begin(session, &data, offset, transfer->append ? "APPE" : "STOR",
                             transfer->remote);
    return outcome == OUTCOME_OK ? body_send(session, &data, transfer, fd) : outcome;
}

static bool wants_size(const struct session *session, const struct transfer *transfer)
{
    return !transfer->append && !session->settings->ascii && (session->features & FEATURE_SIZE);
}

/* After an upload: does the server have as many bytes as we sent?  outcome: of asking. */
static enum outcome compare_size(struct session *session, const struct transfer *transfer,
                                 enum outcome outcome, int64_t theirs)
{
    if (outcome == OUTCOME_REFUSED) /* an upload-only directory */
        return OUTCOME_OK;
    if (outcome == OUTCOME_OK && theirs >= 0 && theirs != transfer->done)
        return failure_set(&session->failure, OUTCOME_AGAIN,
                           "%s: sent %lld bytes, but the server has %lld", transfer->remote,
                           (long long)transfer->done, (long long)theirs);
    return outcome;
}

static enum outcome check_size(struct session *session, const struct transfer *transfer)
{
    int64_t theirs;
    if (!wants_size(session, transfer))
        return OUTCOME_OK;
    const enum outcome outcome = remote_size(session, transfer->remote, &theirs);
    return compare_size(session, transfer, outcome, theirs);
}

/* A refusal of the time is no failure. */
static enum outcome set_time(struct session *session, const struct transfer *transfer)
{
    if (!session->settings->keep_times || transfer->append ||
        remote_set_time(session, transfer->remote, transfer->modified) == OUTCOME_OK ||
        session->open)
        return OUTCOME_OK;
    return session->failure.outcome;
}

/* The size is checked and the time set, in one write if possible. */
static enum outcome settle(struct session *session, const struct transfer *transfer)
{
    const struct settings *settings = session->settings;
    const bool sent = transfer->start == 0 || transfer->done > transfer->start;
    int64_t theirs;
    if (sent && settings->pipeline && !session->no_pipeline && wants_size(session, transfer) &&
        settings->keep_times && remote_can_set_time(session, transfer->modified)) {
        const enum outcome outcome =
            remote_size_and_time(session, transfer->remote, transfer->modified, &theirs);
        return compare_size(session, transfer, outcome, theirs);
    }
    const enum outcome outcome = sent ? check_size(session, transfer) : OUTCOME_OK;
    return outcome == OUTCOME_OK ? set_time(session, transfer) : outcome;
}

enum outcome transfer_put_from(struct session *session, struct transfer *transfer, int fd)
{
    enum outcome outcome;
    transfer->began_ms = now_ms();
    outcome = send_from(session, transfer, fd, 0);
    return outcome == OUTCOME_OK ? check_size(session, transfer) : outcome;
}

static enum outcome send_file(struct session *session, struct transfer *transfer, int fd)
{
    int64_t offset = 0;
    enum outcome outcome = OUTCOME_OK;
    if (transfer->resume && !session->settings->ascii)
        outcome = find_upload_resume(session, transfer, fd, &offset);
    transfer->began_ms = now_ms();
    if (outcome != OUTCOME_OK)
        return outcome;
    if (offset > 0 && offset == transfer->total) {
        transfer->start = transfer->done = offset;
        return OUTCOME_OK;
    }
    outcome = send_from(session, transfer, fd, offset);
    if (outcome != OUTCOME_OK && offset > 0 && transfer_resume_refused(session, transfer)) {
        session_note(session, "cannot resume; starting over");
        outcome = send_from(session, transfer, fd, 0);
    }
    return outcome;
}

enum outcome transfer_put(struct session *session, struct transfer *transfer)
{
    struct stat status;
    enum outcome outcome;
    const int fd = open(transfer->local, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        outcome = local_failure(session, OUTCOME_LOCAL, transfer->local);
    } else if (!S_ISREG(status.st_mode)) {
        outcome = failure_set(&session->failure, OUTCOME_LOCAL, "%s: not a regular file",
                              transfer->local);
    } else {
        transfer->total = status.st_size;
        transfer->modified = status.st_mtime;
        outcome = send_file(session, transfer, fd);
    }
    if (fd >= 0)
        close(fd);
    return outcome == OUTCOME_OK ? settle(session, transfer) : outcome;
}
