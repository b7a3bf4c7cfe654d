/* SPDX-License-Identifier: BSD-2-Clause */
/* session.c - the control connection: lines out, replies in. */
#include "client/engine/session.h"

#include "client/engine/dial.h"
#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUIT_MS = 2000, PRELIMINARY_MAX = 1000, LATE_REPLIES_MAX = 8 };

void session_init(struct session *session, const struct settings *settings,
                  const struct target *target)
{
    memset(session, 0, sizeof *session);
    session->settings = settings;
    session->target = *target;
    link_init(&session->control, -1, settings->interrupt_fd);
    reply_init(&session->reply);
}

static void trace(const struct session *session, char direction, const char *line)
{
    if (session->settings->trace)
        session->settings->trace(session->settings->context, direction, line);
}

void session_note(const struct session *session, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    trace(session, '*', line);
}

enum outcome session_require(struct session *session)
{
    if (session->open)
        return OUTCOME_OK;
    return failure_set(&session->failure, OUTCOME_AGAIN, "not connected");
}

void session_message(const struct session *session)
{
    if (session->settings->message)
        session->settings->message(session->settings->context, session->reply.text);
}

/* The control connection failed: close it. */
static enum outcome connection_lost(struct session *session, int error)
{
    enum outcome outcome;
    if (error == -EINTR)
        outcome = failure_set(&session->failure, OUTCOME_INTERRUPTED, "interrupted");
    else if (error == -EPROTO)
        outcome = failure_set(&session->failure, OUTCOME_PROTOCOL, "TLS: %s", session->control.why);
    else if (error == -ETIMEDOUT)
        outcome = failure_set(&session->failure, OUTCOME_AGAIN, "the server does not respond");
    else if (error == 0)
        outcome = failure_set(&session->failure, OUTCOME_AGAIN, "the server closed the connection");
    else
        outcome =
            failure_set(&session->failure, OUTCOME_AGAIN, "connection lost: %s", strerror(-error));
    session_close(session, false);
    return outcome;
}

/* Never show passwords in a trace. */
static void trace_command(const struct session *session, const char *line)
{
    if (strncasecmp(line, "PASS ", 5) == 0 || strncasecmp(line, "ACCT ", 5) == 0) {
        char shown[] = "PASS ****";
        memcpy(shown, line, 4);
        trace(session, '>', shown);
    } else {
        trace(session, '>', line);
    }
}

static int send_split(struct session *session, const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int result = link_write(&session->control, line + i, 1, session->settings->idle_ms);
        if (result == 0)
            result = wait_pause(session->settings->interrupt_fd,
                                session->settings->faults.split_commands);
        if (result < 0)
            return result;
    }
    return 0;
}

static int send_line(struct session *session, const char *line, size_t n)
{
    const struct faults *faults = &session->settings->faults;
    int result = 0;
    if (faults->telnet)
        result = link_write(&session->control, "\377\375\001", 3, session->settings->idle_ms);
    if (result < 0)
        return result;
    if (faults->split_commands)
        result = send_split(session, line, n);
    else
        result = link_write(&session->control, line, n, session->settings->idle_ms);
    if (result == 0 && faults->half_close && ++session->commands == faults->half_close)
        result = shutdown(session->control.fd, SHUT_WR) < 0 ? -errno : 0;
    return result;
}

static int hold_line(struct session *session, const char *line, size_t n)
{
    if (n > sizeof session->out - session->held)
        return -ENOBUFS;
    memcpy(session->out + session->held, line, n);
    session->held += n;
    return 0;
}

void session_hold(struct session *session)
{
    session->holds = true;
    session->held = 0;
}

enum outcome session_release(struct session *session)
{
    const size_t n = session->held;
    session->holds = false;
    session->held = 0;
    if (session_require(session) != OUTCOME_OK)
        return OUTCOME_AGAIN;
    const int result = n > 0 ? send_line(session, session->out, n) : 0;
    return result < 0 ? connection_lost(session, result) : OUTCOME_OK;
}

/* Puts `added` behind each `byte` of the line. */
static bool escape_byte(char *line, size_t room, size_t *n, char byte, char added)
{
    for (size_t i = 0; i < *n; i++) {
        if (line[i] != byte)
            continue;
        if (*n + 1 >= room)
            return false;
        memmove(line + i + 2, line + i + 1, *n - i - 1);
        line[++i] = added;
        (*n)++;
    }
    return true;
}

/* RFC 2640 section 3.1: CR within a name is sent as CR NUL.  The byte 0xFF is Telnet's IAC, and a
 * server that reads it so wants it doubled (RFC 854). */
static bool escape_line(const struct session *session, char *line, size_t room, size_t *n)
{
    const bool doubled = session->settings->telnet == TELNET_YES ||
                         (session->settings->telnet == TELNET_AUTO && session->doubles_iac);
    return escape_byte(line, room, n, '\r', '\0') &&
           (!doubled || escape_byte(line, room, n, '\377', '\377'));
}

/* A reply that came after its time, such as a second 226, is not that of the next command. */
static enum outcome take_late_replies(struct session *session)
{
    enum outcome outcome = OUTCOME_OK;
    bool done = true;
    for (int i = 0;
         i < LATE_REPLIES_MAX && done && outcome == OUTCOME_OK && session_has_input(session); i++)
        outcome = session_try_receive(session, &done);
    return outcome;
}

__attribute__((format(printf, 2, 0))) static enum outcome
send_formatted(struct session *session, const char *format, va_list arguments)
{
    char line[SESSION_LINE_SIZE];
    const int written = vsnprintf(line, sizeof line - 2, format, arguments);
    size_t n = (size_t)written;
    int result;
    if (session_require(session) != OUTCOME_OK || take_late_replies(session) != OUTCOME_OK)
        return session->failure.outcome;
    if (written < 0 || n >= sizeof line - 2)
        return failure_set(&session->failure, OUTCOME_REFUSED, "the command is too long");
    if (strchr(line, '\n'))
        return failure_set(&session->failure, OUTCOME_REFUSED,
                           "a name with a line break cannot be sent");
    trace_command(session, line);
    if (session->charset && !charset_encode(session->charset, line, sizeof line - 2, &n))
        return failure_set(&session->failure, OUTCOME_REFUSED,
                           "the name cannot be written in %s, or is too long",
                           session->settings->charset);
    if (!escape_line(session, line, sizeof line - 2, &n))
        return failure_set(&session->failure, OUTCOME_REFUSED, "the command is too long");
    line[n++] = '\r';
    line[n++] = '\n';
    result = session->holds ? hold_line(session, line, n) : send_line(session, line, n);
    wipe(line, sizeof line);
    return result < 0 ? connection_lost(session, result) : OUTCOME_OK;
}

enum outcome session_send(struct session *session, const char *format, ...)
{
    va_list arguments;
    enum outcome outcome;
    va_start(arguments, format);
    outcome = send_formatted(session, format, arguments);
    va_end(arguments);
    return outcome;
}

static void trace_reply(const struct session *session)
{
    const char *at = session->reply.text;
    char line[600];
    if (!session->settings->trace)
        return;
    for (;;) {
        const size_t n = strcspn(at, "\n");
        text_format(line, sizeof line, "%03d%c%.*s", session->reply.code, at[n] ? '-' : ' ',
                    n > 500 ? 500 : (int)n, at);
        trace(session, '<', line);
        if (!at[n])
            return;
        at += n + 1;
    }
}

/* OpenSSL may hold a whole record that a poll of the descriptor does not show.  An end or a failure
 * is that of the next read. */
static void take_read_ahead(struct session *session)
{
    struct link *link = &session->control;
    if (session->in_at < session->in_n || !link->ssl || !SSL_has_pending(link->ssl))
        return;
    const ssize_t n = link_read(link, session->in, sizeof session->in, 0);
    session->in_at = 0;
    session->in_n = n > 0 ? (size_t)n : 0;
}

/* Reads a reply from the buffer, then from the connection: 1 done, 0 end of file, <0 failure. */
static int read_reply(struct session *session, int timeout_ms)
{
    for (;;) {
        ssize_t n;
        if (session->in_at < session->in_n) {
            size_t used;
            const enum reply_step step = reply_feed(&session->reply, session->in + session->in_at,
                                                    session->in_n - session->in_at, &used);
            session->in_at += used;
            if (step == REPLY_DONE)
                take_read_ahead(session);
            if (step != REPLY_MORE)
                return step == REPLY_DONE ? 1 : -EBADMSG;
        }
        n = link_read(&session->control, session->in, sizeof session->in, timeout_ms);
        if (n <= 0)
            return (int)n;
        session->in_at = 0;
        session->in_n = (size_t)n;
    }
}

static void decode_reply(struct session *session)
{
    struct reply *reply = &session->reply;
    char *text = malloc(sizeof reply->text);
    if (!text)
        return;
    reply->text_bytes = charset_decode(session->charset, reply->text, reply->text_bytes, text,
                                       sizeof reply->text - 1);
    memcpy(reply->text, text, reply->text_bytes);
    reply->text[reply->text_bytes] = '\0';
    free(text);
}

static enum outcome take_result(struct session *session, int result)
{
    if (result == -EBADMSG) {
        session_close(session, false);
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "the server does not speak FTP");
    }
    if (result <= 0)
        return connection_lost(session, result);
    if (session->charset)
        decode_reply(session);
    trace_reply(session);
    if (session->reply.code != 421)
        return OUTCOME_OK;
    failure_set(&session->failure, OUTCOME_AGAIN, "the server closed the session: %s",
                reply_last_line(&session->reply));
    session->failure.code = 421;
    session_close(session, false);
    return OUTCOME_AGAIN;
}

enum outcome session_receive(struct session *session)
{
    if (session_require(session) != OUTCOME_OK)
        return OUTCOME_AGAIN;
    return take_result(session, read_reply(session, session->settings->idle_ms));
}

enum outcome session_try_receive(struct session *session, bool *done)
{
    int result;
    *done = false;
    if (session_require(session) != OUTCOME_OK)
        return OUTCOME_AGAIN;
    result = read_reply(session, 0);
    if (result == -EAGAIN)
        return OUTCOME_OK;
    *done = true;
    return take_result(session, result);
}

enum outcome session_receive_final(struct session *session)
{
    enum outcome outcome = session_receive(session);
    for (int i = 0; outcome == OUTCOME_OK && session->reply.code < 200; i++) {
        if (i == PRELIMINARY_MAX) {
            session_close(session, false);
            return failure_set(&session->failure, OUTCOME_PROTOCOL,
                               "the server sends preliminary replies without end");
        }
        outcome = session_receive(session);
    }
    return outcome;
}

enum outcome session_command(struct session *session, const char *format, ...)
{
    va_list arguments;
    enum outcome outcome;
    va_start(arguments, format);
    outcome = send_formatted(session, format, arguments);
    va_end(arguments);
    return outcome == OUTCOME_OK ? session_receive_final(session) : outcome;
}

enum outcome session_check(struct session *session, const char *what)
{
    const int code = session->reply.code;
    if (code < 400)
        return OUTCOME_OK;
    failure_set(&session->failure, code < 500 ? OUTCOME_AGAIN : OUTCOME_REFUSED, "%s%s%s (%d)",
                what ? what : "", what ? ": " : "", reply_last_line(&session->reply), code);
    session->failure.code = code;
    return session->failure.outcome;
}

enum outcome session_ask(struct session *session, const char *format, ...)
{
    va_list arguments;
    enum outcome outcome;
    va_start(arguments, format);
    outcome = send_formatted(session, format, arguments);
    va_end(arguments);
    if (outcome == OUTCOME_OK)
        outcome = session_receive_final(session);
    return outcome == OUTCOME_OK ? session_check(session, NULL) : outcome;
}

enum outcome session_ask_path(struct session *session, const char *verb, const char *path)
{
    const enum outcome outcome = session_ask(session, "%s %s", verb, path);
    if (outcome != OUTCOME_OK && session->failure.code >= 400)
        failure_name(&session->failure, path);
    return outcome;
}

enum outcome session_type(struct session *session, enum type type)
{
    if (session->type == type)
        return OUTCOME_OK;
    session->type = TYPE_UNKNOWN;
    const enum outcome outcome = session_ask(session, "TYPE %c", (char)type);
    if (outcome == OUTCOME_OK)
        session->type = type;
    return outcome;
}

bool session_has_input(const struct session *session)
{
    struct pollfd one = { .fd = session->control.fd, .events = POLLIN };
    return session->open && (session->in_at < session->in_n || poll(&one, 1, 0) > 0);
}

void session_close(struct session *session, bool polite)
{
    if (session->open && polite && !session->settings->faults.no_quit) {
        static const char quit[] = "QUIT\r\n";
        trace(session, '>', "QUIT");
        if (link_write(&session->control, quit, sizeof quit - 1, QUIT_MS) == 0 &&
            read_reply(session, QUIT_MS) == 1)
            trace_reply(session);
        if (session->control.ssl)
            (void)link_finish(&session->control, QUIT_MS);
    }
    link_close(&session->control);
    wipe(session->proxy_kept.password, sizeof session->proxy_kept.password);
    session->proxy = NULL;
    tls_close(&session->tls);
    charset_close(session->charset);
    session->charset = NULL;
    reply_init(&session->reply);
    session->open = session->logged_in = session->protected = false;
    session->in_at = session->in_n = 0;
}
