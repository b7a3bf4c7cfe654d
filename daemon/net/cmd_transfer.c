/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_transfer.c - runs in NET, without privilege: downloads and uploads. */
#include "daemon/net/handlers.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/checksum.h"
#include "daemon/net/data.h"
#include "daemon/net/download.h"
#include "daemon/net/end.h"
#include "daemon/net/next.h"
#include "daemon/net/progress.h"
#include "daemon/net/reply.h"
#include "daemon/net/transfer.h"
#include "daemon/net/upload.h"
#include "daemon/net/urgent.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char *type_name(const struct session *s)
{
    return s->type == TYPE_ASCII ? "ASCII" : "BINARY";
}

/* In type A, an offset on the wire is none in the file (law R7). */
static bool resumes_in_ascii(const struct session *s)
{
    return s->type == TYPE_ASCII && (next_offset(s) > 0 || s->next.ranged);
}

/* RANG: draft-bryan-ftp-range-08 section 5. */
static enum step refuse_ascii(struct session *s)
{
    data_close(s);
    if (s->next.ranged)
        return reply(s, 551, "RANG is not supported in ASCII mode; use TYPE I.");
    return reply(s, 554, "Resuming is not supported in ASCII mode; use TYPE I.");
}

/* Opens the file at the first byte that is wanted.  *bytes: how many are wanted at most. */
static uint32_t open_to_read(struct session *s, const char *path, uint64_t *bytes, int *file)
{
    *bytes = next_bytes(s);
    jail_question(s, JAIL_OPEN_READ)->offset = next_offset(s);
    const uint32_t error = ask_jail_fd(s, path, file);
    if (error != JAIL_BEYOND_END || !s->next.ranged)
        return error;
    *bytes = 0; /* a range beyond the end is empty, and no error (draft-bryan-ftp-range 4.3) */
    jail_question(s, JAIL_OPEN_READ)->offset = 0;
    return ask_jail_fd(s, path, file);
}

/* The file is opened before the data connection is waited for: JAIL works while the client
 * connects. */
enum step cmd_retr(struct session *s, const struct argument *argument)
{
    uint64_t most;
    int file;
    if (resumes_in_ascii(s))
        return refuse_ascii(s);
    const uint32_t error = open_to_read(s, argument->path, &most, &file);
    if (error != 0)
        return transfer_refuse(s, error);
    const uint64_t size = s->answer.file.size, offset = next_offset(s);
    const uint64_t rest = size > offset ? size - offset : 0;
    const uint64_t bytes = rest < most ? rest : most;
    (void)reply(s, 150, "Opening %s mode data connection for %s (%" PRIu64 " bytes).", type_name(s),
                path_last(argument->path), bytes);
    transfer_begin(s, TRANSFER_DOWNLOAD, bytes);
    /* special files have size 0 and are sent to their end */
    progress_set_left(s, size > 0 ? bytes : most);
    enum outcome outcome = data_open(s);
    if (outcome == OUTCOME_DONE)
        outcome = download(s, file);
    (void)close(file); /* it was only read */
    return transfer_end(s, outcome);
}

static struct jail_path *store_question(struct session *s, uint32_t type, enum store_how how,
                                        uint64_t offset)
{
    struct jail_path *question = jail_question(s, type);
    question->how = how;
    question->offset = offset;
    question->flags = s->next.ranged ? STORE_RANGE : 0;
    return question;
}

/* An upload over TLS that ended without close_notify is complete if ALLO announced exactly as
 * many bytes as came (law U6).  ALLO is a maximum (RFC 959 4.1.3), so fewer bytes with an orderly
 * end are complete as well. */
static bool came_as_announced(const struct session *s)
{
    return !s->data.stream.kind->raw && s->transfer.bytes == s->next.announced;
}

/* Has the client finished the upload, or has it died?  Without TLS, both end the data connection
 * in the same way; but if the client has died, its control connection ends as well, a moment
 * earlier or later.  So sync the file first, and then look at the control connection. */
static enum outcome check_complete(struct session *s)
{
    /* it ended by close_notify (law U6) */
    if (!s->data.stream.kind->raw)
        return OUTCOME_DONE;
    const uint32_t error = s->policy.sync_uploads ? ask_jail_sync(s) : 0;
    if (error != 0)
        return progress_fail(s, error);
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

/* Receives the file that JAIL has opened: write, close and settle must all succeed for a 226 (law
 * U5). */
static enum outcome receive_into(struct session *s, int file)
{
    uint64_t written = 0;
    progress_set_limit(s, &s->answer, s->answer.offset);
    if (s->next.ranged)
        progress_set_range(s, next_bytes(s));
    enum outcome outcome = upload(s, file, &written);
    if (outcome == OUTCOME_DONE && s->transfer.ranged && s->transfer.range > 0)
        outcome = progress_fail(s, RANGE_SHORT);
    if (outcome == OUTCOME_BROKEN && came_as_announced(s))
        outcome = OUTCOME_DONE;
    if (close(file) != 0 && outcome == OUTCOME_DONE)
        outcome = progress_fail(s, (uint32_t)errno);
    if (outcome == OUTCOME_DONE)
        outcome = check_complete(s);
    const uint32_t error =
        ask_jail_settle(s, outcome == OUTCOME_DONE ? SETTLE_COMPLETE : SETTLE_FAILED, written);
    if (error != 0 && (outcome == OUTCOME_DONE || error == ASK_LOST || error == JAIL_TAKEN_OVER))
        outcome = progress_fail(s, error);
    return outcome;
}

/* Does the upload continue one that was cut (law U3)? */
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

/* Nothing is created before the data connection is open (law U1).  Most clients have opened it by
 * now: then one question creates the file.  Otherwise a first question only checks, and a second
 * one creates the file after the wait. */
static enum step receive_file(struct session *s, enum store_how how, uint64_t offset)
{
    int file = -1;
    const bool open = data_open_now(s);
    uint32_t error = open ? store_create(s, how, offset, &file) : store_check(s, how, offset);
    if (error != 0)
        return transfer_refuse(s, error);
    say_ready(s, how);
    enum outcome outcome = open ? OUTCOME_DONE : data_open(s);
    if (outcome == OUTCOME_DONE && !open)
        error = store_create(s, how, offset, &file);
    if (error != 0)
        outcome = progress_fail(s, error);
    if (outcome == OUTCOME_DONE && (how == STORE_WHOLE || how == STORE_UNIQUE))
        checksum_begin(s);
    if (outcome == OUTCOME_DONE)
        outcome = receive_into(s, file);
    return transfer_end(s, outcome);
}

enum step cmd_stor(struct session *s, const struct argument *argument)
{
    const uint64_t offset = next_offset(s);
    (void)argument;
    if (resumes_in_ascii(s))
        return refuse_ascii(s);
    return receive_file(s, offset > 0 || s->next.ranged ? STORE_AT : STORE_WHOLE, offset);
}

/* After RANG, APPE is the same as STOR (draft-bryan-ftp-range-08 section 4.3). */
enum step cmd_appe(struct session *s, const struct argument *argument)
{
    if (s->next.ranged)
        return cmd_stor(s, argument);
    return receive_file(s, STORE_APPEND, 0);
}

/* Appends 64 random bits to s->path. */
static bool unique_path(struct session *s)
{
    uint64_t random;
    const char *stem = strcmp(s->path, s->cwd) == 0 ? "/file" : "";
    size_t n = strlen(s->path);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    /* the root: the stem has the slash */
    if (n == 1 && *stem != '\0')
        n = 0;
    return text_format(s->path + n, sizeof s->path - n, "%s.%016" PRIx64, stem, random);
}

/* The 150 must name the file (law U8), but the file may be created only after it (law U1).  So NET
 * chooses a random name, and JAIL creates the file with O_EXCL. */
enum step cmd_stou(struct session *s, const struct argument *argument)
{
    (void)argument;
    next_forget_range(s); /* a new file has none */
    return unique_path(s) ? receive_file(s, STORE_UNIQUE, 0) : reply_error(s, JAIL_BAD_NAME);
}

/* During a transfer urgent.c answers.  REST is forgotten in any case (law U4). */
enum step cmd_abor(struct session *s, const struct argument *argument)
{
    (void)argument;
    next_forget(s);
    data_close(s);
    return reply(s, 226,
                 urgent_take_abor(s) ? "ABOR command successful." : "No transfer to abort.");
}
