/* transfer.c - downloads and uploads of one file, and what makes them safe to resume. */
#include "client/engine/transfer.h"

#include "client/engine/body.h"
#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void transfer_init(struct transfer *transfer, const char *remote, const char *local)
{
    *transfer = (struct transfer){ .remote = remote, .local = local, .total = -1, .modified = INT64_MIN };
}

bool transfer_part_name(const char *local, char *to, size_t room)
{
    const char *name = path_last(local);
    const int directory = (int)(name - local);
    const int keep = (int)strnlen(name, 230); /* stays below NAME_MAX with prefix and suffix */
    return text_format(to, room, "%.*s.%.*s.wardftp-part", directory, local, keep, name);
}

static enum outcome local_failure(struct session *session, enum outcome outcome, const char *path)
{
    return failure_set(&session->failure, outcome, "%s: %s", path, strerror(errno));
}

/* Asks for size and time if the caller does not know them. */
static enum outcome learn(struct session *session, struct transfer *transfer)
{
    struct entry entry;
    enum outcome outcome;
    if (transfer->total >= 0)
        return OUTCOME_OK;
    outcome = remote_stat(session, transfer->remote, &entry);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (entry.type == ENTRY_DIRECTORY)
        return failure_set(&session->failure, OUTCOME_REFUSED, "%s: is a directory", transfer->remote);
    transfer->total = entry.size;
    transfer->modified = entry.modified;
    return OUTCOME_OK;
}

/* -------- how much of a file is the same on both sides -------- */

/* Is the first n bytes' digest the same?  OUTCOME_REFUSED: the server cannot tell. */
static enum outcome same_prefix(struct session *session, const char *remote, int fd, int64_t n, bool *same)
{
    struct hash theirs, ours;
    const enum outcome outcome = remote_hash(session, remote, n, &theirs);
    int result;
    *same = false;
    if (outcome != OUTCOME_OK)
        return outcome;
    result = local_hash(fd, n, theirs.name, &ours);
    if (result == -ENOTSUP)
        return failure_set(&session->failure, OUTCOME_REFUSED, "hash algorithm %s is not supported",
                           theirs.name);
    if (result < 0)
        return failure_set(&session->failure, OUTCOME_LOCAL, "read: %s", strerror(-result));
    *same = strcmp(theirs.hex, ours.hex) == 0;
    return OUTCOME_OK;
}

/* Finds the longest prefix of whole blocks with equal digests; n if all is equal. */
static enum outcome common_prefix(struct session *session, const char *remote, int fd, int64_t n,
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

/* A resume was refused before a byte moved: by REST or by the transfer command itself.  Some servers
 * send 451 for what they do not support. */
static bool resume_refused(const struct session *session, const struct transfer *transfer)
{
    const int code = session->failure.code;
    return session->open && transfer->moved == 0 && (code == 451 || code >= 500);
}

/* -------- downloads -------- */

/* Where to resume a download: *offset, and *overlap bytes before it to read again and
 * compare. */
static enum outcome find_resume(struct session *session, struct transfer *transfer, int fd, int64_t *offset,
                                int64_t *overlap)
{
    struct stat have;
    int64_t n;
    enum outcome outcome;
    *offset = *overlap = 0;
    if (fstat(fd, &have) < 0)
        return local_failure(session, OUTCOME_LOCAL, transfer->local);
    n = have.st_size;
    if (transfer->total >= 0 && n > transfer->total)
        n = 0;
    if (n == 0)
        return OUTCOME_OK;
    outcome = common_prefix(session, transfer->remote, fd, n, offset);
    if (outcome != OUTCOME_REFUSED)
        return outcome;
    *overlap = n < TRANSFER_BLOCK ? n : TRANSFER_BLOCK;
    *offset = n;
    return OUTCOME_OK;
}

static enum outcome set_length(struct session *session, const struct transfer *transfer, int fd, int64_t n)
{
    if (ftruncate(fd, n) < 0 || lseek(fd, n, SEEK_SET) < 0)
        return local_failure(session, OUTCOME_LOCAL, transfer->local);
    return OUTCOME_OK;
}

/* One RETR from offset, of which the first overlap bytes are compared: *same false means that the
 * rest is not this file's, and that nothing was written. */
static enum outcome receive_from(struct session *session, struct transfer *transfer, int fd, int64_t offset,
                                 int64_t overlap, bool *same)
{
    struct data data;
    enum outcome outcome = set_length(session, transfer, fd, offset);
    *same = true;
    transfer->start = transfer->done = offset;
    if (outcome == OUTCOME_OK)
        outcome = data_begin(session, &data, offset - overlap, "RETR", transfer->remote);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (overlap > 0)
        outcome = body_compare(session, &data, fd, offset - overlap, overlap, same);
    if (outcome == OUTCOME_OK && !*same) {
        data_abort(session, &data);
        return session->open ? OUTCOME_OK
                             : failure_set(&session->failure, OUTCOME_AGAIN, "the connection was lost");
    }
    return outcome == OUTCOME_OK ? body_receive(session, &data, transfer, fd) : outcome;
}

static enum outcome receive_file(struct session *session, struct transfer *transfer, int fd)
{
    int64_t offset = 0, overlap = 0;
    bool same = true;
    enum outcome outcome = OUTCOME_OK;
    if (transfer->resume)
        outcome = find_resume(session, transfer, fd, &offset, &overlap);
    transfer->began_ms = now_ms();
    if (outcome != OUTCOME_OK)
        return outcome;
    if (offset > 0 && offset == transfer->total && overlap == 0) {
        transfer->start = transfer->done = offset;
        return OUTCOME_OK; /* complete and verified */
    }
    outcome = receive_from(session, transfer, fd, offset, overlap, &same);
    if (outcome == OUTCOME_OK && same)
        return OUTCOME_OK;
    if (offset == 0 || !session->open || (same && !resume_refused(session, transfer)))
        return outcome;
    session_note(session, "cannot resume; starting over");
    return receive_from(session, transfer, fd, 0, 0, &same);
}

static void set_times(int fd, int64_t modified)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = modified } };
    if (modified != INT64_MIN)
        (void)futimens(fd, times);
}

/* Is the partial file of the version that the server has now? */
static bool part_is_current(int fd, const struct transfer *transfer)
{
    struct stat status;
    return transfer->modified == INT64_MIN ||
           (fstat(fd, &status) == 0 && status.st_mtime == transfer->modified);
}

static int sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    int n = (int)(path_last(path) - path), fd, result;
    if (!text_format(directory, sizeof directory, "%.*s", n, n ? path : ""))
        return -ENAMETOOLONG;
    fd = open(n ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    result = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return result;
}

/* The download is complete: set its time, sync it, rename it. */
static enum outcome settle(struct session *session, const struct transfer *transfer, int fd, const char *part)
{
    const struct settings *settings = session->settings;
    if (settings->keep_times)
        set_times(fd, transfer->modified);
    if (settings->sync && fsync(fd) < 0)
        return local_failure(session, OUTCOME_LOCAL, part);
    if (rename(part, transfer->local) < 0)
        return local_failure(session, OUTCOME_NO_CREATE, transfer->local);
    if (settings->sync)
        (void)sync_directory_of(transfer->local); /* some file systems refuse; the file is complete */
    return OUTCOME_OK;
}

/* Locks the partial file against a second download.  Checks that fd is still the file of that name. */
static bool lock_part(int fd, const char *part)
{
    struct stat ours, named;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(fd, &ours) == 0 && stat(part, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

/* Opens the file to write: the partial file or, for a resume, the target itself.  -1 with EBUSY
 * if another download has it. */
static int open_part(struct transfer *transfer, const char *part, bool *in_place)
{
    int fd;
    *in_place = transfer->resume && access(part, F_OK) < 0 && access(transfer->local, F_OK) == 0;
    if (*in_place)
        part = transfer->local;
    fd = open(part, O_RDWR | O_CLOEXEC | (*in_place ? 0 : O_CREAT | O_NOFOLLOW), 0666);
    if (fd >= 0 && !lock_part(fd, part)) {
        close(fd);
        errno = EBUSY;
        return -1;
    }
    if (fd >= 0 && !*in_place && transfer->resume && !part_is_current(fd, transfer))
        transfer->resume = false;
    return fd;
}

enum outcome transfer_get(struct session *session, struct transfer *transfer)
{
    char part[PATH_MAX];
    bool in_place;
    int fd;
    enum outcome outcome = learn(session, transfer);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (!transfer_part_name(transfer->local, part, sizeof part))
        return failure_set(&session->failure, OUTCOME_NO_CREATE, "%s: name too long", transfer->local);
    fd = open_part(transfer, part, &in_place);
    if (fd < 0 && errno == EBUSY)
        return failure_set(&session->failure, OUTCOME_AGAIN, "%s: another download is writing this file",
                           transfer->local);
    if (fd < 0)
        return local_failure(session, OUTCOME_NO_CREATE, transfer->local);
    outcome = receive_file(session, transfer, fd);
    if (outcome == OUTCOME_OK)
        outcome = settle(session, transfer, fd, in_place ? transfer->local : part);
    else if (!in_place && transfer->done == 0)
        (void)unlink(part);
    else if (!in_place)
        set_times(fd, transfer->modified); /* so that a resume can check the version */
    if (close(fd) < 0 && outcome == OUTCOME_OK)
        outcome = local_failure(session, OUTCOME_LOCAL, transfer->local);
    return outcome;
}

enum outcome transfer_get_to(struct session *session, struct transfer *transfer, int fd)
{
    struct data data;
    enum outcome outcome = learn(session, transfer);
    transfer->began_ms = now_ms();
    if (outcome == OUTCOME_OK)
        outcome = data_begin(session, &data, 0, "RETR", transfer->remote);
    return outcome == OUTCOME_OK ? body_receive(session, &data, transfer, fd) : outcome;
}

/* -------- uploads -------- */

/* Without HASH: reads the last bytes that the server has and compares them. */
static enum outcome same_tail(struct session *session, const struct transfer *transfer, int fd, int64_t n,
                              bool *same)
{
    const int64_t length = n < TRANSFER_BLOCK ? n : TRANSFER_BLOCK;
    struct data data;
    enum outcome outcome = data_begin(session, &data, n - length, "RETR", transfer->remote);
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
    outcome = common_prefix(session, transfer->remote, fd, theirs, offset);
    if (outcome != OUTCOME_REFUSED)
        return outcome;
    outcome = same_tail(session, transfer, fd, theirs, &same);
    if (outcome == OUTCOME_OK && same)
        *offset = theirs;
    return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
}

static enum outcome send_from(struct session *session, struct transfer *transfer, int fd, int64_t offset)
{
    struct data data;
    enum outcome outcome;
    transfer->start = transfer->done = offset;
    if (lseek(fd, offset, SEEK_SET) < 0 && errno != ESPIPE)
        return local_failure(session, OUTCOME_LOCAL, transfer->local);
    outcome = data_begin(session, &data, offset, transfer->append ? "APPE" : "STOR", transfer->remote);
    return outcome == OUTCOME_OK ? body_send(session, &data, transfer, fd) : outcome;
}

/* After an upload: does the server have as many bytes as we sent? */
static enum outcome check_size(struct session *session, const struct transfer *transfer)
{
    int64_t theirs;
    enum outcome outcome = OUTCOME_OK;
    if (transfer->append || !(session->features & FEATURE_SIZE))
        return OUTCOME_OK;
    outcome = remote_size(session, transfer->remote, &theirs);
    if (outcome == OUTCOME_REFUSED) /* an upload-only directory */
        return OUTCOME_OK;
    if (outcome == OUTCOME_OK && theirs >= 0 && theirs != transfer->done)
        return failure_set(&session->failure, OUTCOME_AGAIN, "%s: sent %lld bytes, but the server has %lld",
                           transfer->remote, (long long)transfer->done, (long long)theirs);
    return outcome;
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
    if (transfer->resume)
        outcome = find_upload_resume(session, transfer, fd, &offset);
    transfer->began_ms = now_ms();
    if (outcome != OUTCOME_OK)
        return outcome;
    if (offset > 0 && offset == transfer->total) {
        transfer->start = transfer->done = offset;
        return OUTCOME_OK;
    }
    outcome = send_from(session, transfer, fd, offset);
    if (outcome != OUTCOME_OK && offset > 0 && resume_refused(session, transfer)) {
        session_note(session, "cannot resume; starting over");
        outcome = send_from(session, transfer, fd, 0);
    }
    return outcome == OUTCOME_OK ? check_size(session, transfer) : outcome;
}

enum outcome transfer_put(struct session *session, struct transfer *transfer)
{
    struct stat status;
    enum outcome outcome;
    const int fd = open(transfer->local, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        outcome = local_failure(session, OUTCOME_LOCAL, transfer->local);
    } else if (!S_ISREG(status.st_mode)) {
        outcome = failure_set(&session->failure, OUTCOME_LOCAL, "%s: not a regular file", transfer->local);
    } else {
        transfer->total = status.st_size;
        transfer->modified = status.st_mtime;
        outcome = send_file(session, transfer, fd);
    }
    if (fd >= 0)
        close(fd);
    if (outcome == OUTCOME_OK && session->settings->keep_times && !transfer->append &&
        remote_set_time(session, transfer->remote, transfer->modified) != OUTCOME_OK && !session->open)
        outcome = session->failure.outcome;
    return outcome;
}
