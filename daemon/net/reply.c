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

enum { PARTS_WORDS_ROOM = 64 };

static const struct {
    uint32_t error;
    unsigned code;
    const char *words;
} errors[] = {
    { EPERM, 550, "Operation not permitted" },
    { ENOENT, 550, "No such file or directory" },
    { EIO, 451, "The disk reports an error" },
    { ENXIO, 550, "Not a regular file" },
    { ENODEV, 550, "The file system can't do that" },
    { EAGAIN, 450, "It is locked; try again" },
    { EILSEQ, 553, "The file system does not take that name" },
    { ENOTCONN, 451, "The file system is not connected" },
    { ETIMEDOUT, 451, "The file system does not answer" },
    { EACCES, 550, "Permission denied" },
    { EBUSY, 550, "It is in use" },
    { EEXIST, 550, "It exists already" },
    { EXDEV, 550, "That is another file system" },
    { ENOTDIR, 550, "Not a directory" },
    { EISDIR, 550, "It is a directory" },
    { EINVAL, 550, "That name can't be used so" },
    { EFBIG, 552, "The file is larger than the file system takes" },
    { ENOSPC, 452, "No space left on the disk" },
    { EROFS, 550, "The file system is read-only" },
    { EMLINK, 550, "Too many links" },
    { ENAMETOOLONG, 553, "The name is too long" },
    { ENOTEMPTY, 550, "The directory is not empty" },
    { ELOOP, 550, "Too many symbolic links" },
    { ETXTBSY, 450, "The program is running" },
    { ESTALE, 450, "The file has gone meanwhile" },
    { EDQUOT, 552, "Disk quota exceeded" },
    { ENOMEM, 451, "The server is out of memory" },
    { EMFILE, 451, "The server is out of descriptors" },
    { ENFILE, 451, "The server is out of descriptors" },
    { EOPNOTSUPP, 550, "The file system can't do that" },
    { JAIL_DENIED, 550, "Your account does not permit that" },
    { JAIL_NOT_REGULAR, 550, "Not a regular file" },
    { JAIL_BUSY, 450, "It is being uploaded by another session" },
    { JAIL_LEASED, 450, "Another program has the file open and does not let go of it; try again later" },
    { JAIL_TAKEN_OVER, 451, "Another session has taken over this upload" },
    { JAIL_BEYOND_END, 554, "REST points beyond the end of the file" },
    { JAIL_MIXED, 554, "Resuming would mix two versions of the file; send it whole" },
    { JAIL_BAD_NAME, 553, "That name can't be used" },
    { JAIL_DENIED_NAME, 550, "That name is not permitted" },
    { JAIL_TOO_LARGE, 552, "The file is larger than you may upload" },
    { JAIL_QUOTA, 552, "Your quota is reached" },
    { JAIL_QUOTA_FILES, 552, "Your quota of files is reached" },
    { JAIL_QUOTA_LATER, 452, "Your quota can't be looked up now; try again" },
    { JAIL_NOT_HERE, 550, "Uploads go into the upload directory only" },
    { JAIL_PATTERN, 451, "The pattern takes too long to match; list the directory without it" },
    { JAIL_UPLOADED, 550, "This directory only takes new files" },
    { RANGE_EXCEEDED, 551, "More bytes came than the range of RANG has; those beyond it were not written" },
    { RANGE_SHORT, 551, "Fewer bytes came than the range of RANG has" },
    { RANGE_BEYOND, 551, "The range of RANG begins beyond the end of the file" },
    { ASK_LOST, 421, "The session has lost its file service; log in again" },
};

const char *error_words(uint32_t error, unsigned *code)
{
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (errors[i].error == error) {
            *code = errors[i].code;
            return errors[i].words;
        }
    }
    *code = 451;
    return error < JAIL_DENIED ? strerror((int)error) : "The server can't do that";
}

/* Bytes that a control connection gives a meaning: CR stands as CR NUL, 0xFF
 * doubled (Telnet), so that a name comes back as it went whether or not the
 * client knows of either; a line end would forge a reply. */
static void write_special(struct session *s, char byte)
{
    if (byte == '\r')
        control_write(s, "\r", 2); /* and the NUL that ends the literal */
    else
        control_write(s, byte == '\n' ? "?" : "\377\377", byte == '\n' ? 1 : 2);
}

void reply_text(struct session *s, const char *text, size_t n)
{
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

__attribute__((format(printf, 4, 0))) static void write_reply(struct session *s, unsigned code, char mark,
                                                              const char *format, va_list arguments)
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

enum step reply_last(struct session *s, enum left_reason reason, unsigned code, const char *format, ...)
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

/* What takes room that no listing shows. */
static const char *parts_words(const struct session *s, char words[PARTS_WORDS_ROOM])
{
    words[0] = '\0';
    if (s->quota_parts > 0)
        (void)text_format(words, PARTS_WORDS_ROOM, "; unfinished uploads take %" PRIu64 " bytes of it",
                          s->quota_parts);
    return words;
}

const char *error_text(struct session *s, uint32_t error, unsigned *code)
{
    const char *words = error_words(error, code);
    char number[TEXT_BYTES_ROOM], parts[PARTS_WORDS_ROOM];
    bool whole = false;
    if (error == JAIL_TOO_LARGE)
        whole = text_format(s->refusal, sizeof s->refusal, "Your files may have %s at most",
                            text_bytes(s->policy.max_file_size, number));
    else if (error == JAIL_QUOTA)
        whole = text_format(s->refusal, sizeof s->refusal, "Quota of %s reached%s",
                            text_bytes(s->policy.quota_bytes, number), parts_words(s, parts));
    else if (error == JAIL_QUOTA_FILES)
        whole = text_format(s->refusal, sizeof s->refusal, "Quota of %" PRIu32 " files reached%s",
                            s->policy.quota_files, parts_words(s, parts));
    else if (error == JAIL_BEYOND_END)
        whole = text_format(s->refusal, sizeof s->refusal, "%s, which has %" PRIu64 " bytes", words,
                            s->answer.used.bytes);
    return whole ? s->refusal : words;
}

enum step reply_error(struct session *s, uint32_t error)
{
    unsigned code;
    const char *words = error_text(s, error, &code);
    if (code == 421)
        return reply_last(s, LEFT_ERROR, code, "%s.", words);
    report_denied(s, code, error);
    return reply(s, code, "%s.", words);
}
