/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.c - runs in NET, without privilege. */
#include "daemon/net/reply.h"

#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/control.h"
#include "daemon/net/end.h"
#include "daemon/net/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PARTS_TEXT_SIZE = 64 };

static const struct {
    uint32_t error;
    unsigned code;
    const char *reason;
} errors[] = {
    { EPERM, 550, "Operation not permitted" },
    { ENOENT, 550, "No such file or directory" },
    { EIO, 451, "Input/output error on the disk" },
    { ENXIO, 550, "Not a regular file" },
    { ENODEV, 550, "Operation not supported by the file system" },
    { EAGAIN, 450, "The file is locked; try again later" },
    { EILSEQ, 553, "The file system does not accept that name" },
    { ENOTCONN, 451, "The file system is not connected" },
    { ETIMEDOUT, 451, "The file system does not respond" },
    { EACCES, 550, "Permission denied" },
    { EBUSY, 550, "Device or resource busy" },
    { EEXIST, 550, "File exists" },
    { EXDEV, 550, "Can't rename to another file system" },
    { ENOTDIR, 550, "Not a directory" },
    { EISDIR, 550, "Is a directory" },
    { EINVAL, 550, "Invalid argument" },
    { EFBIG, 552, "File too large for the file system" },
    { ENOSPC, 452, "No space left on device" },
    { EROFS, 550, "Read-only file system" },
    { EMLINK, 550, "Too many links" },
    { ENAMETOOLONG, 553, "File name too long" },
    { ENOTEMPTY, 550, "Directory not empty" },
    { ELOOP, 550, "Too many levels of symbolic links" },
    { ETXTBSY, 450, "The program is being executed; try again later" },
    { ESTALE, 450, "The file has been removed; try again" },
    { EDQUOT, 552, "Disk quota exceeded" },
    { ENOMEM, 451, "The server is out of memory" },
    { EMFILE, 451, "The server is out of file descriptors" },
    { ENFILE, 451, "The server is out of file descriptors" },
    { EOPNOTSUPP, 550, "Operation not supported by the file system" },
    { JAIL_DENIED, 550, "Permission denied by the server's policy" },
    { JAIL_NOT_REGULAR, 550, "Not a regular file" },
    { JAIL_BUSY, 450, "The file is being uploaded by another session" },
    { JAIL_LEASED, 450, "The file is in use by another program; try again later" },
    { JAIL_TAKEN_OVER, 451, "Another session has taken over this upload" },
    { JAIL_BEYOND_END, 554, "Restart offset is beyond the end of the file" },
    { JAIL_MIXED, 554, "Resuming would mix two versions of the file; upload it from the start" },
    { JAIL_BAD_NAME, 553, "File name not allowed" },
    { JAIL_DENIED_NAME, 550, "Access to this name is denied" },
    { JAIL_TOO_LARGE, 552, "The file exceeds the maximum size" },
    { JAIL_QUOTA, 552, "Quota exceeded" },
    { JAIL_QUOTA_FILES, 552, "Quota of files exceeded" },
    { JAIL_QUOTA_LATER, 452, "The quota can't be checked at the moment; try again later" },
    { JAIL_NOT_HERE, 550, "Uploads are allowed in the upload directory only" },
    { JAIL_PATTERN, 451, "The pattern is too complex; list the directory without it" },
    { JAIL_FLOOR, 452, "Not enough free space on the server" },
    { JAIL_UPLOADED, 550, "This directory accepts new files only" },
    { RANGE_EXCEEDED, 551, "More data than the range of RANG; the excess was discarded" },
    { RANGE_SHORT, 551, "Less data than the range of RANG" },
    { RANGE_BEYOND, 551, "The range of RANG starts beyond the end of the file" },
    { ASK_LOST, 421, "Internal error: the file service has ended; log in again" },
};

const char *error_reason(uint32_t error, unsigned *code)
{
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (errors[i].error == error) {
            *code = errors[i].code;
            return errors[i].reason;
        }
    }
    *code = 451;
    return error < JAIL_DENIED ? strerror((int)error) : "Operation not supported";
}

/* Bytes with a meaning in Telnet: CR is sent as CR NUL, and 0xFF twice.  An LF would end the line,
 * and is sent as "?". */
static void write_special(struct session *s, char byte)
{
    /* CR and the NUL that ends the string */
    if (byte == '\r')
        control_write(s, "\r", 2);
    else
        control_write(s, byte == '\n' ? "?" : "\377\377", byte == '\n' ? 1 : 2);
}

void reply_text(struct session *s, const char *text, size_t n)
{
    report_trace(s, true, text, n);
    while (n > 0) {
        size_t plain = 0;
        while (plain < n && text[plain] != '\r' && text[plain] != '\n' && text[plain] != '\377')
            plain++;
        control_write(s, text, plain);
        if (plain == n)
            break;
        write_special(s, text[plain]);
        text += plain + 1;
        n -= plain + 1;
    }
    control_write(s, "\r\n", 2);
}

__attribute__((format(printf, 4, 0))) static void
write_reply(struct session *s, unsigned code, char mark, const char *format, va_list arguments)
{
    size_t n = 0;
    if (code != 0) {
        (void)text_format(s->scratch, sizeof s->scratch, "%03u%c", code, mark);
        n = strlen(s->scratch);
    }
    const int wanted = vsnprintf(s->scratch + n, sizeof s->scratch - n, format, arguments);
    if (wanted < 0)
        return;
    n += (size_t)wanted;
    if (n >= sizeof s->scratch)
        n = sizeof s->scratch - 1;
    reply_text(s, s->scratch, n);
}

enum step reply(struct session *s, unsigned code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_reply(s, code, ' ', format, arguments);
    va_end(arguments);
    return STEP_NEXT;
}

enum step reply_last(struct session *s, enum left_reason reason, unsigned code, const char *format,
                     ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_reply(s, code, ' ', format, arguments);
    va_end(arguments);
    session_lose(s, reason);
    return STEP_END;
}

void reply_open(struct session *s, unsigned code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_reply(s, code, '-', format, arguments);
    va_end(arguments);
}

void reply_row(struct session *s, const char *format, ...)
{
    va_list arguments;
    control_write(s, " ", 1);
    va_start(arguments, format);
    write_reply(s, 0, ' ', format, arguments);
    va_end(arguments);
}

/* Unfinished uploads take space that no listing shows. */
static const char *parts_text(const struct session *s, char text[PARTS_TEXT_SIZE])
{
    text[0] = '\0';
    if (s->quota_parts > 0)
        (void)text_format(text, PARTS_TEXT_SIZE,
                          "; unfinished uploads take %" PRIu64 " bytes of it", s->quota_parts);
    return text;
}

const char *error_text(struct session *s, uint32_t error, unsigned *code)
{
    const char *reason = error_reason(error, code);
    char number[TEXT_BYTES_ROOM], parts[PARTS_TEXT_SIZE];
    bool whole = false;
    if (error == JAIL_TOO_LARGE)
        whole = text_format(s->refusal, sizeof s->refusal, "File too large (maximum %s)",
                            text_bytes(s->policy.max_file_size, number));
    else if (error == JAIL_QUOTA)
        whole = text_format(s->refusal, sizeof s->refusal, "Quota of %s exceeded%s",
                            text_bytes(s->policy.quota_bytes, number), parts_text(s, parts));
    else if (error == JAIL_QUOTA_FILES)
        whole = text_format(s->refusal, sizeof s->refusal, "Quota of %" PRIu32 " files exceeded%s",
                            s->policy.quota_files, parts_text(s, parts));
    else if (error == JAIL_BEYOND_END)
        whole = text_format(s->refusal, sizeof s->refusal, "%s, which has %" PRIu64 " bytes",
                            reason, s->answer.used.bytes);
    return whole ? s->refusal : reason;
}

enum step reply_error(struct session *s, uint32_t error)
{
    unsigned code;
    const char *reason = error_text(s, error, &code);
    if (code == 421)
        return reply_last(s, LEFT_ERROR, code, "%s.", reason);
    report_denied(s, code, error);
    return reply(s, code, "%s.", reason);
}
