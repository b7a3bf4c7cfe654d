/* cmd_transfer.c - runs in NET, without privilege: files, both ways. */
#include "daemon/net/commands.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/data.h"
#include "daemon/net/end.h"
#include "daemon/net/reply.h"
#include "daemon/net/transfer.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* What REST and RANG asked for. */
struct window {
    uint64_t offset;
    uint64_t bytes; /* at most so many */
};

static struct window window_of(const struct session *s)
{
    struct window window = { .offset = s->restart_at, .bytes = UINT64_MAX };
    if (s->range_set) {
        window.offset = s->range_first;
        window.bytes = s->range_last - s->range_first + 1;
    }
    return window;
}

static const char *type_name(const struct session *s)
{
    return s->type == TYPE_ASCII ? "ASCII" : "BINARY";
}

/* A byte of type A is no byte of the file (law R7). */
static bool resumes_in_ascii(const struct session *s, const struct window *window)
{
    return s->type == TYPE_ASCII && (window->offset > 0 || window->bytes != UINT64_MAX);
}

/* RANG: draft-bryan-ftp-range-08 section 5. */
static enum step refuse_ascii(struct session *s)
{
    data_close(s);
    if (s->range_set)
        return reply(s, 551, "RANG needs TYPE I.");
    return reply(s, 554, "Resuming needs TYPE I.");
}

/* The file is opened before the data connection is waited for: JAIL works while the client connects. */
enum step cmd_retr(struct session *s, const struct argument *argument)
{
    struct window window = window_of(s);
    int file;
    if (resumes_in_ascii(s, &window))
        return refuse_ascii(s);
    jail_question(s, JAIL_OPEN_READ)->offset = window.offset;
    uint32_t error = ask_jail_fd(s, argument->path, &file);
    if (error == JAIL_BEYOND_END && s->range_set) { /* no bytes, which is no error (section 4.3) */
        window.bytes = 0;
        jail_question(s, JAIL_OPEN_READ)->offset = 0;
        error = ask_jail_fd(s, argument->path, &file);
    }
    if (error != 0)
        return transfer_refuse(s, error);
    uint64_t bytes = s->answer.file.size;
    bytes = bytes > window.offset ? bytes - window.offset : 0;
    bytes = bytes < window.bytes ? bytes : window.bytes;
    (void)reply(s, 150, "Opening %s mode data connection for %s (%" PRIu64 " bytes).", type_name(s),
                path_last(argument->path), bytes);
    transfer_begin(s, TRANSFER_DOWNLOAD, bytes);
    if (s->answer.file.size > 0) /* the file as it was opened; of one that does not know its size, all */
        s->transfer.left = bytes;
    else
        s->transfer.left = window.bytes;
    enum outcome outcome = data_open(s);
    if (outcome == OUTCOME_DONE)
        outcome = download(s, file);
    (void)close(file); /* it was read only */
    return transfer_end(s, outcome);
}

static struct jail_path *store_question(struct session *s, uint32_t type, enum store_how how, uint64_t offset)
{
    struct jail_path *question = jail_question(s, type);
    question->how = how;
    question->offset = offset;
    question->flags = s->range_set ? STORE_RANGE : 0;
    return question;
}

static enum outcome file_failed(struct session *s, uint32_t error)
{
    s->transfer.error = error;
    return OUTCOME_FILE;
}

/* An upload over TLS that ended without close_notify is whole all the same where ALLO announced exactly
 * what came (law U6).  Fewer bytes with an orderly end are whole as well: ALLO is a maximum (RFC 959 4.1.3). */
static bool came_as_announced(const struct session *s)
{
    return !s->data.stream.kind->raw && s->transfer.bytes == s->announced;
}

/* The end of a plain connection is all that tells a whole upload from one whose client has died; but
 * then the control connection has ended as well, or ends in the same moment: which of the two a dying process
 * closes first is the kernel's whim.  So the disk is waited for first, and looked at the client then. */
static enum outcome judge_end(struct session *s)
{
    if (!s->data.stream.kind->raw)
        return OUTCOME_DONE; /* it ended by close_notify (law U6) */
    const uint32_t error = s->policy.sync_uploads ? ask_jail_sync(s) : 0;
    if (error != 0)
        return file_failed(s, error);
    session_glance(s);
    return session_cut(s) ? OUTCOME_CUT : OUTCOME_DONE;
}

static uint32_t store_check(struct session *s, enum store_how how, uint64_t offset)
{
    (void)store_question(s, JAIL_STORE_CHECK, how, offset);
    return ask_jail(s, s->path);
}

static uint32_t store_create(struct session *s, enum store_how how, uint64_t offset, int *file)
{
    (void)store_question(s, JAIL_STORE_CREATE, how, offset);
    return ask_jail_fd(s, s->path, file);
}

/* Write, close, settle: 226 stands for all three (law U5).  The file is as JAIL's last answer says. */
static enum outcome fill(struct session *s, int file)
{
    uint64_t written = 0;
    transfer_take_room(s, s->answer.offset);
    s->transfer.ranged = s->range_set;
    s->transfer.range = window_of(s).bytes;
    enum outcome outcome = upload(s, file, &written);
    if (outcome == OUTCOME_DONE && s->transfer.ranged && s->transfer.range > 0)
        outcome = file_failed(s, RANGE_SHORT);
    if (outcome == OUTCOME_BROKEN && came_as_announced(s))
        outcome = OUTCOME_DONE;
    if (close(file) != 0 && outcome == OUTCOME_DONE)
        outcome = file_failed(s, (uint32_t)errno);
    if (outcome == OUTCOME_DONE)
        outcome = judge_end(s);
    const uint32_t error =
        ask_jail_settle(s, outcome == OUTCOME_DONE ? SETTLE_COMPLETE : SETTLE_FAILED, written);
    if (error != 0 && (outcome == OUTCOME_DONE || error == ASK_LOST || error == JAIL_TAKEN_OVER))
        outcome = file_failed(s, error);
    return outcome;
}

/* JAIL has found the part that a cut upload left (law U3). */
static bool continues(const struct session *s, enum store_how how)
{
    return (how == STORE_AT || how == STORE_APPEND) && s->answer.used.bytes > 0;
}

static void say_ready(struct session *s, enum store_how how)
{
    if (how == STORE_UNIQUE) /* RFC 1123 section 4.1.2.9 */
        (void)reply(s, 150, "FILE: %s", path_last(s->path));
    else if (continues(s, how))
        (void)reply(s, 150, "Ok to send %s in %s mode, continuing an upload of %" PRIu64 " bytes.",
                    path_last(s->path), type_name(s), s->answer.used.bytes);
    else
        (void)reply(s, 150, "Ok to send %s in %s mode.", path_last(s->path), type_name(s));
    transfer_begin(s, how == STORE_APPEND ? TRANSFER_APPEND : TRANSFER_UPLOAD, 0);
}

/* Nothing is created before the data connection stands (law U1).  Most clients have made it by now: then
 * one question makes the file, or says why not.  Else the first only checks, and the second follows the wait. */
static enum step receive_file(struct session *s, enum store_how how, uint64_t offset)
{
    int file = -1;
    const bool stands = data_stands(s);
    uint32_t error = stands ? store_create(s, how, offset, &file) : store_check(s, how, offset);
    if (error != 0)
        return transfer_refuse(s, error);
    say_ready(s, how);
    enum outcome outcome = stands ? OUTCOME_DONE : data_open(s);
    if (outcome == OUTCOME_DONE && !stands)
        error = store_create(s, how, offset, &file);
    if (error != 0)
        outcome = file_failed(s, error);
    if (outcome == OUTCOME_DONE)
        outcome = fill(s, file);
    return transfer_end(s, outcome);
}

enum step cmd_stor(struct session *s, const struct argument *argument)
{
    (void)argument;
    const struct window window = window_of(s);
    if (resumes_in_ascii(s, &window))
        return refuse_ascii(s);
    return receive_file(s, window.offset > 0 || s->range_set ? STORE_AT : STORE_WHOLE, window.offset);
}

/* With a range it is a STOR (draft-bryan-ftp-range-08 section 4.3). */
enum step cmd_appe(struct session *s, const struct argument *argument)
{
    if (s->range_set)
        return cmd_stor(s, argument);
    return receive_file(s, STORE_APPEND, 0);
}

/* Makes of s->path a name that nobody has: 64 random bits behind the stem. */
static bool unique_path(struct session *s)
{
    uint64_t random;
    const char *stem = strcmp(s->path, s->cwd) == 0 ? "/file" : "";
    size_t n = strlen(s->path);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    if (n == 1 && *stem != '\0')
        n = 0; /* the root: its slash is the stem's */
    return text_format(s->path + n, sizeof s->path - n, "%s.%016" PRIx64, stem, random);
}

/* The 150 must name the file (law U8), and it may be that nothing is created
 * before it (U1): so NET makes the name, too random to be taken, and JAIL creates it by O_EXCL. */
enum step cmd_stou(struct session *s, const struct argument *argument)
{
    (void)argument;
    s->range_set = false; /* a fresh file has no ranges */
    return unique_path(s) ? receive_file(s, STORE_UNIQUE, 0) : reply_error(s, JAIL_BAD_NAME);
}

/* During a transfer its loop looks at the flag, and answers; REST is forgotten in any case (law U4). */
enum step cmd_abor(struct session *s, const struct argument *argument)
{
    const bool done = s->abor_waits; /* by looking ahead */
    (void)argument;
    s->abor_waits = false;
    transfer_forget(s);
    if (s->transfer.busy != BUSY_NOT) {
        s->transfer.aborted = true;
        return STEP_NEXT;
    }
    data_close(s);
    return reply(s, 226, done ? "ABOR is done." : "No transfer to abort.");
}
