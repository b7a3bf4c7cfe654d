/* SPDX-License-Identifier: BSD-2-Clause */
/* download.c - downloads of one file, and what makes them safe to resume. */
#include "client/engine/transfer.h"

#include "client/engine/body.h"
#include "client/engine/output.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Asks for size and time if the caller does not know them. */
static enum outcome ask_facts(struct session *session, struct transfer *transfer)
{
    struct entry entry;
    if (transfer->total >= 0 && (transfer->time_exact || !session->settings->keep_times))
        return OUTCOME_OK;
    if (transfer->total >= 0)
        return remote_time(session, transfer->remote, &transfer->modified, &transfer->time_exact);
    const enum outcome outcome = remote_stat(session, transfer->remote, &entry);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (entry.type == ENTRY_DIRECTORY)
        return failure_set(&session->failure, OUTCOME_REFUSED, "%s: is a directory",
                           transfer->remote);
    transfer->total = entry.type == ENTRY_FILE ? entry.size : -1; /* that of a link is its own */
    if (entry.modified != INT64_MIN) {
        transfer->modified = entry.modified;
        transfer->time_exact = entry.time_exact;
    }
    return OUTCOME_OK;
}

/* Where to resume: *offset, and *overlap bytes before it to read again and compare. */
static enum outcome find_resume(struct session *session, struct transfer *transfer, int fd,
                                int64_t *offset, int64_t *overlap)
{
    struct stat have;
    *offset = *overlap = 0;
    if (fstat(fd, &have) < 0)
        return failure_set(&session->failure, OUTCOME_LOCAL, "%s: %s", transfer->local,
                           strerror(errno));
    const int64_t n = transfer->total >= 0 && have.st_size > transfer->total ? 0 : have.st_size;
    if (n == 0)
        return OUTCOME_OK;
    const enum outcome outcome = transfer_common_prefix(session, transfer->remote, fd, n, offset);
    if (outcome != OUTCOME_REFUSED)
        return outcome;
    *overlap = n < TRANSFER_BLOCK ? n : TRANSFER_BLOCK;
    *offset = n;
    return OUTCOME_OK;
}

/* One RETR from offset, of which the first overlap bytes are compared: *same false means that the
 * rest is not this file's, and that nothing was written. */
static enum outcome receive_from(struct session *session, struct transfer *transfer,
                                 const struct output *output, int64_t offset, int64_t overlap,
                                 bool *same)
{
    struct data data;
    *same = true;
    transfer->start = transfer->done = offset;
    enum outcome outcome =
        transfer_begin(session, &data, offset - overlap, "RETR", transfer->remote);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (overlap > 0)
        outcome = body_compare(session, &data, output->fd, offset - overlap, overlap, same);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (!*same) {
        data_abort(session, &data);
        return session->open
                   ? OUTCOME_OK
                   : failure_set(&session->failure, OUTCOME_AGAIN, "the connection was lost");
    }
    /* only now: a refused RETR costs no byte of an old file */
    const int result = output_seek(output, offset);
    if (result == 0)
        return body_receive(session, &data, transfer, output->fd);
    outcome =
        failure_set(&session->failure, OUTCOME_LOCAL, "%s: %s", transfer->local, strerror(-result));
    data_abort(session, &data);
    return outcome;
}

static enum outcome output_failed(struct session *session, const struct transfer *transfer,
                                  int error)
{
    const char *path = transfer->local;
    switch (error) {
    case -EBUSY:
        return failure_set(&session->failure, OUTCOME_AGAIN,
                           "%s: another download is writing this file", path);
    case -EINTR:
        return failure_set(&session->failure, OUTCOME_INTERRUPTED, "interrupted");
    case -ELOOP:
        return failure_set(&session->failure, OUTCOME_NO_CREATE, "%s: is a symbolic link", path);
    case -ENXIO:
        return failure_set(&session->failure, OUTCOME_NO_CREATE, "%s: not a regular file", path);
    default:
        return failure_set(&session->failure, OUTCOME_NO_CREATE, "%s: %s", path, strerror(-error));
    }
}

/* The target itself was to be continued, but differs: a new partial file takes its place, so that
 * it is lost only when that is complete. */
static enum outcome start_over(struct session *session, const struct transfer *transfer,
                               struct output_options *options, struct output *output)
{
    session_note(session, "cannot resume; starting over");
    if (!output->in_place || !options->resume)
        return OUTCOME_OK;
    output_abandon(output, INT64_MIN, OUTPUT_UNTOUCHED);
    options->resume = false;
    const int result = output_open(transfer->local, options, output);
    return result == 0 ? OUTCOME_OK : output_failed(session, transfer, result);
}

static enum outcome resume_file(struct session *session, struct transfer *transfer,
                                struct output_options *options, struct output *output, bool *done)
{
    int64_t offset = 0, overlap = 0;
    bool same = true;
    *done = true;
    enum outcome outcome = find_resume(session, transfer, output->fd, &offset, &overlap);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (offset > 0 && offset == transfer->total && overlap == 0) {
        transfer->start = transfer->done = offset;
        return OUTCOME_OK; /* complete and verified */
    }
    *done = offset > 0;
    if (*done) {
        outcome = receive_from(session, transfer, output, offset, overlap, &same);
        *done = (outcome == OUTCOME_OK && same) || !session->open ||
                (same && !transfer_resume_refused(session, transfer));
    }
    return *done ? outcome : start_over(session, transfer, options, output);
}

/* Where start_over() failed, output is closed. */
static enum outcome receive_file(struct session *session, struct transfer *transfer,
                                 struct output_options *options, struct output *output)
{
    bool done = false, same;
    enum outcome outcome = OUTCOME_OK;
    transfer->began_ms = now_ms();
    if (transfer->resume)
        outcome = resume_file(session, transfer, options, output, &done);
    if (outcome != OUTCOME_OK || done)
        return outcome;
    return receive_from(session, transfer, output, 0, 0, &same);
}

/* Is the partial file of the version that the server has now? */
static bool part_is_current(const struct output *output, const struct transfer *transfer)
{
    struct stat status;
    return transfer->modified == INT64_MIN ||
           (fstat(output->fd, &status) == 0 && status.st_mtime == transfer->modified);
}

static enum outcome get_into(struct session *session, struct transfer *transfer,
                             struct output_options *options, struct output *output)
{
    if (output->stream || session->settings->ascii ||
        (transfer->resume && !output->in_place && !part_is_current(output, transfer)))
        transfer->resume = false;
    const enum outcome outcome = receive_file(session, transfer, options, output);
    if (outcome != OUTCOME_OK && output->fd < 0)
        return outcome;
    if (outcome != OUTCOME_OK) {
        output_abandon(output, transfer->modified,
                       session->settings->ascii ? OUTPUT_USELESS
                       : transfer->moved > 0    ? OUTPUT_WRITTEN
                                                : OUTPUT_UNTOUCHED);
        return outcome;
    }
    const int result = output_finish(output, session->settings, transfer->modified);
    return result == 0 ? OUTCOME_OK : output_failed(session, transfer, result);
}

enum outcome transfer_get(struct session *session, struct transfer *transfer)
{
    struct output_options options = { .settings = session->settings,
                                      .typed = transfer->typed,
                                      .overwrite_links = transfer->overwrite_links,
                                      .resume =
                                          transfer->resume_target && !session->settings->ascii };
    struct output output;
    const enum outcome outcome = ask_facts(session, transfer);
    if (outcome != OUTCOME_OK)
        return outcome;
    const int result = output_open(transfer->local, &options, &output);
    return result == 0 ? get_into(session, transfer, &options, &output)
                       : output_failed(session, transfer, result);
}

enum outcome transfer_get_to(struct session *session, struct transfer *transfer, int fd)
{
    struct data data;
    enum outcome outcome = ask_facts(session, transfer);
    transfer->began_ms = now_ms();
    if (outcome == OUTCOME_OK)
        outcome = transfer_begin(session, &data, 0, "RETR", transfer->remote);
    return outcome == OUTCOME_OK ? body_receive(session, &data, transfer, fd) : outcome;
}
