/* SPDX-License-Identifier: BSD-2-Clause */
/* log.c - sends notes to the scribe.  In every process but the scribe.  Does not
 * wait, so that a slow or dead scribe delays no other process. */
#include "daemon/ipc/log.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

/* The state of logging in this process: set at its start, and again when the
 * scribe was restarted. */
static struct {
    int channel; /* -1: standard error */
    enum log_level level;
    bool confined; /* no write(2) */
    bool stuck;    /* the scribe made no room in patience_ms */
    int patience_ms;
    uint64_t lost;   /* records that did not reach the scribe */
    uint32_t events; /* EVENT_BITs: of log_choose */
    void (*redirect)(enum log_level level, const char *text);
} out = { .channel = -1, .level = LOG_LEVEL_INFO };

void log_open(int scribe_channel, enum log_level level)
{
    out.channel = scribe_channel;
    out.level = level;
}

void log_confined(void)
{
    out.confined = true;
}

static const char *level_text(uint32_t level)
{
    static const char *const texts[] = { "", "error", "warning", "info", "debug" };
    return level < COUNT(texts) ? texts[level] : "";
}

/* One line, escaped here, as the scribe does it otherwise. */
static void to_standard_error(const struct scribe_note *note)
{
    char text[2 * NOTE_ROOM];
    char line[2 * NOTE_ROOM + 64];
    (void)text_escape(text, sizeof text, note->text, strlen(note->text));
    (void)text_format(line, sizeof line, "wardftpd: %s: %s\n", level_text(note->level), text);
    size_t written = 0;
    while (line[written]) {
        const ssize_t n = write(STDERR_FILENO, line + written, strlen(line + written));
        if (n < 0 && errno == EINTR)
            continue;
        /* it cannot be logged */
        if (n <= 0)
            return;
        written += (size_t)n;
    }
}

static int send_patiently(const void *record, size_t size)
{
    int error = channel_send(out.channel, record, size, MSG_DONTWAIT);
    if (error == -EAGAIN && out.patience_ms > 0 && !out.stuck) {
        struct pollfd room = { .fd = out.channel, .events = POLLOUT };
        out.stuck = poll(&room, 1, out.patience_ms) <= 0;
        error = channel_send(out.channel, record, size, MSG_DONTWAIT);
    }
    if (error == 0)
        out.stuck = false;
    return error;
}

static int to_scribe(const struct scribe_note *note)
{
    if (out.channel < 0)
        return -ENOTCONN;
    return send_patiently(note, message_size(offsetof(struct scribe_note, text), note->text));
}

static void send_note(const struct scribe_note *note)
{
    const int error = to_scribe(note);
    const bool full = error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
    if (error != 0 && (full || out.confined))
        out.lost++;
    else if (error != 0)
        to_standard_error(note);
}

static void report_lost(void)
{
    struct scribe_note note = { .head.type = SCRIBE_NOTE, .level = LOG_LEVEL_WARNING };
    const uint64_t lost = out.lost;
    out.lost = 0;
    note.lost = lost < UINT32_MAX ? (uint32_t)lost : UINT32_MAX;
    (void)text_format(note.text, sizeof note.text, "%" PRIu64 " records were lost before this one",
                      lost);
    send_note(&note);
    if (out.lost)
        out.lost = lost;
}

__attribute__((format(printf, 3, 0))) static void write_note(uint64_t cell, enum log_level level,
                                                             const char *format, va_list arguments)
{
    struct scribe_note note = { .head.type = SCRIBE_NOTE, .cell = cell, .level = level };
    if (vsnprintf(note.text, sizeof note.text, format, arguments) < 0)
        (void)text_copy(note.text, sizeof note.text, format);
    if (out.redirect) {
        out.redirect(level, note.text);
        return;
    }
    if (out.lost)
        report_lost();
    send_note(&note);
}

void log_redirect(void (*to)(enum log_level level, const char *text))
{
    out.redirect = to;
}

void log_note(enum log_level level, const char *format, ...)
{
    va_list arguments;
    if (level > out.level)
        return;
    va_start(arguments, format);
    write_note(0, level, format, arguments);
    va_end(arguments);
}

void log_cell(uint64_t cell, enum log_level level, const char *format, ...)
{
    va_list arguments;
    if (level > out.level)
        return;
    va_start(arguments, format);
    write_note(cell, level, format, arguments);
    va_end(arguments);
}

void log_patience(int patience_ms)
{
    out.patience_ms = patience_ms;
}

void log_record(const void *record, size_t size)
{
    if (out.lost)
        report_lost();
    if (out.channel < 0 || send_patiently(record, size) != 0)
        out.lost++;
}

void log_refused(const struct sockaddr_storage *peer, enum limit limit, const char *reply)
{
    struct scribe_refused record;
    if (out.level < LOG_LEVEL_INFO)
        return;
    memset(&record, 0, offsetof(struct scribe_refused, reply));
    record.head.type = SCRIBE_REFUSED;
    record.peer = *peer;
    record.limit = limit;
    if (!text_copy(record.reply, sizeof record.reply, reply))
        return;
    log_record(&record, message_size(offsetof(struct scribe_refused, reply), record.reply));
}

void log_choose(uint32_t events)
{
    out.events = events;
}

bool log_wants(enum event_id event)
{
    return (out.events & EVENT_BIT(event)) != 0;
}

void log_admin(struct scribe_admin *record, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(record->text, sizeof record->text, format, arguments) < 0)
        (void)text_copy(record->text, sizeof record->text, format);
    va_end(arguments);
    record->head.type = SCRIBE_ADMIN;
    if (out.channel >= 0)
        log_record(record, message_size(offsetof(struct scribe_admin, text), record->text));
    else
        log_note(record->event == EVENT_BAN ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s",
                 record->text);
}

_Noreturn void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_note(0, LOG_LEVEL_ERROR, format, arguments);
    va_end(arguments);
    _exit(EX_SOFTWARE);
}
