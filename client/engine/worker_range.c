/* SPDX-License-Identifier: BSD-2-Clause */
/* worker_range.c - some bytes of a file, into a partial file in which other workers put the others. */
#include "client/engine/worker.h"

#include "client/engine/body.h"
#include "client/engine/local.h"
#include "client/engine/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_part(const char *path, size_t typed)
{
    struct local_name at;
    struct stat status;
    char part[NAME_MAX + 1];
    const int result = local_open(path, typed, &at);
    if (result < 0)
        return result;
    part_name(at.name, part);
    int fd = openat(at.directory, part, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const int error = errno;
    local_close(&at);
    if (fd < 0)
        return -error;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    return -ENXIO;
}

/* The pieces must be of one file: it is the same before and after. */
static enum outcome check_same(struct worker *worker, const struct transfer *transfer)
{
    struct entry entry;
    const enum outcome outcome = remote_stat(worker->session, transfer->remote, &entry);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (entry.size == transfer->total && entry.modified == transfer->modified)
        return OUTCOME_OK;
    return failure_set(&worker->session->failure, OUTCOME_PROTOCOL,
                       "%s: the file changed during the transfer", transfer->remote);
}

static enum outcome run_once(struct worker *worker, struct transfer *transfer, int fd)
{
    struct data data;
    enum outcome outcome = check_same(worker, transfer);
    if (outcome != OUTCOME_OK || transfer->done == transfer->end)
        return outcome;
    if (lseek(fd, transfer->done, SEEK_SET) < 0)
        return failure_set(&worker->session->failure, OUTCOME_LOCAL, "%s: %s", transfer->local,
                           strerror(errno));
    outcome = transfer_begin(worker->session, &data, transfer->done, "RETR", transfer->remote);
    if (outcome == OUTCOME_OK)
        outcome = body_receive(worker->session, &data, transfer, fd);
    if (outcome == OUTCOME_OK && transfer->done != transfer->end)
        return failure_set(&worker->session->failure, OUTCOME_PROTOCOL,
                           "%s: the server sends more than the file has", transfer->remote);
    if (outcome != OUTCOME_OK || !worker->session->open)
        return outcome;
    return check_same(worker, transfer);
}

static enum outcome run_all(struct worker *worker, struct transfer *transfer, int fd)
{
    for (unsigned attempt = 1;; attempt++) {
        enum outcome outcome = steady_ensure(&worker->steady);
        if (outcome == OUTCOME_OK)
            outcome = run_once(worker, transfer, fd);
        if (outcome == OUTCOME_OK || !outcome_is_passing(outcome) ||
            !steady_retry(&worker->steady, outcome, attempt))
            return outcome;
    }
}

enum outcome worker_range(struct worker *worker)
{
    const struct message_order *order = &worker->order;
    struct transfer transfer = { .remote = worker_text(worker, 0),
                                 .local = worker_text(worker, 1),
                                 .total = order->total,
                                 .modified = order->modified,
                                 .start = order->from,
                                 .done = order->from,
                                 .end = order->end,
                                 .short_at = -1,
                                 .progress = worker_progress,
                                 .context = worker };
    const size_t typed = order->typed < 0 ? SIZE_MAX : (size_t)order->typed;
    const int fd = open_part(transfer.local, typed);
    if (fd < 0)
        return failure_set(&worker->session->failure, OUTCOME_NO_CREATE, "%s: %s", transfer.local,
                           strerror(-fd));
    worker->sent_ms = 0;
    enum outcome outcome = run_all(worker, &transfer, fd);
    if (close(fd) < 0 && outcome == OUTCOME_OK)
        outcome = failure_set(&worker->session->failure, OUTCOME_LOCAL, "%s: %s", transfer.local,
                              strerror(errno));
    worker->result.start = transfer.start;
    worker->result.done = transfer.done;
    worker->result.moved = transfer.moved;
    return outcome;
}
