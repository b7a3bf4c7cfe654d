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
    int directory = (int)(name - local);
    int keep = (int)strnlen(name, 230); /* with what is added it stays below NAME_MAX */

    return text_format(to, room, "%.*s.%.*s.wardftp-part", directory, local, keep, name);
}

static enum outcome local_trouble(struct session *session, enum outcome outcome, const char *path)
{
    return trouble_set(&session->trouble, outcome, "%s: %s", path, strerror(errno));
}

/* Size and time, where the caller does not know them. */
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
        return trouble_set(&session->trouble, OUTCOME_REFUSED, "%s: is a directory", transfer->remote);
    transfer->total = entry.size;
    transfer->modified = entry.modified;
    return OUTCOME_OK;
}

/* -------- how much of a file is the same on both sides -------- */

/* Is the first n bytes' digest the same?  OUTCOME_REFUSED: the server cannot tell. */
static enum outcome same_prefix(struct session *session, const char *remote, int fd, int64_t n, bool *same)
{
    struct hash theirs, ours;
    enum outcome outcome = remote_hash(session, remote, n, &theirs);
    int result;

    *same = false;
    if (outcome != OUTCOME_OK)
        return outcome;
    result = local_hash(fd, n, theirs.name, &ours);
    if (result == -ENOTSUP)
        return trouble_set(&session->trouble, OUTCOME_REFUSED, "%s is not known here", theirs.name);
    if (result < 0)
        return trouble_set(&session->trouble, OUTCOME_LOCAL, "reading: %s", strerror(-result));
    *same = strcmp(theirs.hex, ours.hex) == 0;
    return OUTCOME_OK;
}

/* The largest number of whole blocks up to n whose digests agree; all of n where that does. */
static enum outcome common_prefix(struct session *session, const char *remote, int fd, int64_t n,
                                  int64_t *common)
{
    int64_t low = 0, high = n / TRANSFER_BLOCK; /* low blocks agree, more than high do not */
    bool same;
    enum outcome outcome = same_prefix(session, remote, fd, n, &same);

    *common = same ? n : 0;
    while (outcome == OUTCOME_OK && !same && low < high) {
        int64_t middle = low + (high - low + 1) / 2;
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

/* A resume was refused before a byte moved: by REST or by the transfer command itself.  Some say 451
 * for what they never do. */
static bool resume_refused(const struct session *session, const struct transfer *transfer)
{
    int code = session->trouble.code;

    return session->open && transfer->moved == 0 && (code == 451 || code >= 500);
}

/* -------- downloads -------- */

/* Where a download may go on: sets *offset, and *overlap bytes before it that are to be read
 * again and compared. */
static enum outcome find_resume(struct session *session, struct transfer *transfer, int fd, int64_t *offset,
                                int64_t *overlap)
{
    struct stat have;
    int64_t n;
    enum outcome outcome;

    *offset = *overlap = 0;
    if (fstat(fd, &have) < 0)
        return local_trouble(session, OUTCOME_LOCAL, transfer->local);
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
        return local_trouble(session, OUTCOME_LOCAL, transfer->local);
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
                             : trouble_set(&session->trouble, OUTCOME_AGAIN, "the connection was lost");
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
        return OUTCOME_OK; /* all is there, and proven */
    }
    outcome = receive_from(session, transfer, fd, offset, overlap, &same);
    if (outcome == OUTCOME_OK && same)
        return OUTCOME_OK;
    if (offset == 0 || !session->open || (same && !resume_refused(session, transfer)))
        return outcome;
    session_note(session, "cannot be resumed; from the start");
    return receive_from(session, transfer, fd, 0, 0, &same);
}

static void set_times(int fd, int64_t modified)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = modified } };

    if (modified != INT64_MIN)
        (void)futimens(fd, times);
}

/* Is the part that was left of the version that the server has now? */
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

/* The part is whole: time, disk, name. */
static enum outcome settle(struct session *session, const struct transfer *transfer, int fd, const char *part)
{
    const struct settings *settings = session->settings;

    if (settings->keep_times)
        set_times(fd, transfer->modified);
    if (settings->sync && fsync(fd) < 0)
        return local_trouble(session, OUTCOME_LOCAL, part);
    if (rename(part, transfer->local) < 0)
        return local_trouble(session, OUTCOME_NO_CREATE, transfer->local);
    if (settings->sync)
        (void)sync_directory_of(transfer->local); /* some file systems refuse; the file is whole */
    return OUTCOME_OK;
}

/* Two downloads to one name would cut each other's file.  Is fd, now locked, still what has the name? */
static bool lock_part(int fd, const char *part)
{
    struct stat ours, named;

    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(fd, &ours) == 0 && stat(part, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

/* The file to write: a part of before, or, for a resume, what stands under the name itself.  -1 with
 * EBUSY where another download is at it. */
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
        return trouble_set(&session->trouble, OUTCOME_NO_CREATE, "%s: the name is too long", transfer->local);
    fd = open_part(transfer, part, &in_place);
    if (fd < 0 && errno == EBUSY)
        return trouble_set(&session->trouble, OUTCOME_AGAIN, "%s: another download is writing it",
                           transfer->local);
    if (fd < 0)
        return local_trouble(session, OUTCOME_NO_CREATE, transfer->local);
    outcome = receive_file(session, transfer, fd);
    if (outcome == OUTCOME_OK)
        outcome = settle(session, transfer, fd, in_place ? transfer->local : part);
    else if (!in_place && transfer->done == 0)
        (void)unlink(part);
    else if (!in_place)
        set_times(fd, transfer->modified); /* so that a resume knows the version */
    if (close(fd) < 0 && outcome == OUTCOME_OK)
        outcome = local_trouble(session, OUTCOME_LOCAL, transfer->local);
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

/* Without HASH: are the last bytes that the server has ours?  It is read, not believed. */
static enum outcome same_tail(struct session *session, const struct transfer *transfer, int fd, int64_t n,
                              bool *same)
{
    int64_t length = n < TRANSFER_BLOCK ? n : TRANSFER_BLOCK;
    struct data data;
    enum outcome outcome = data_begin(session, &data, n - length, "RETR", transfer->remote);

    if (outcome == OUTCOME_OK)
        outcome = body_compare(session, &data, fd, n - length, length, same);
    if (outcome != OUTCOME_OK)
        return outcome;
    outcome = data_end(session, &data);
    return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
}

/* How much of the file the server has already, proven. */
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
        return local_trouble(session, OUTCOME_LOCAL, transfer->local);
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
    if (outcome == OUTCOME_REFUSED) /* a drop box shows nothing */
        return OUTCOME_OK;
    if (outcome == OUTCOME_OK && theirs >= 0 && theirs != transfer->done)
        return trouble_set(&session->trouble, OUTCOME_AGAIN, "%s: %lld bytes were sent, the server has %lld",
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
        session_note(session, "cannot be resumed; from the start");
        outcome = send_from(session, transfer, fd, 0);
    }
    return outcome == OUTCOME_OK ? check_size(session, transfer) : outcome;
}

enum outcome transfer_put(struct session *session, struct transfer *transfer)
{
    struct stat status;
    enum outcome outcome;
    int fd = open(transfer->local, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) < 0) {
        outcome = local_trouble(session, OUTCOME_LOCAL, transfer->local);
    } else if (!S_ISREG(status.st_mode)) {
        outcome = trouble_set(&session->trouble, OUTCOME_LOCAL, "%s: not a regular file", transfer->local);
    } else {
        transfer->total = status.st_size;
        transfer->modified = status.st_mtime;
        outcome = send_file(session, transfer, fd);
    }
    if (fd >= 0)
        close(fd);
    if (outcome == OUTCOME_OK && session->settings->keep_times && !transfer->append &&
        remote_set_time(session, transfer->remote, transfer->modified) != OUTCOME_OK && !session->open)
        outcome = session->trouble.outcome;
    return outcome;
}
