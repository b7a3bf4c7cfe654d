/* SPDX-License-Identifier: BSD-2-Clause */
/* dispatch.c - runs in NET, without privilege; reads the client's lines.
 * Finds a line's command, checks that it is permitted now and that its
 * argument has the form that the table asks for, and calls the handler. */
#include "daemon/net/dispatch.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/net/activity.h"
#include "daemon/net/allowed.h"
#include "daemon/net/ask.h"
#include "daemon/net/commands.h"
#include "daemon/net/data.h"
#include "daemon/net/home.h"
#include "daemon/net/next.h"
#include "daemon/net/reply.h"
#include "daemon/net/report.h"
#include "daemon/net/secure.h"

#include <string.h>

enum { UNKNOWN_VERBS_MAX = 10 }; /* before the log-in (law R3) */

/* Is it a web browser, perhaps made to speak FTP by a web page (law R3)? */
static bool is_http(const char *line)
{
    static const char *const methods[] = { "GET ",     "POST ",    "HEAD ",  "PUT ",  "DELETE ",
                                           "CONNECT ", "OPTIONS ", "TRACE ", "PATCH " };
    for (size_t i = 0; i < COUNT(methods); i++) {
        if (strncmp(line, methods[i], strlen(methods[i])) == 0)
            return true;
    }
    return false;
}

static enum step unknown_command(struct session *s, const char *line)
{
    if (is_http(line))
        return reply_last(s, LEFT_PROTOCOL, 500, "This is an FTP server, not a web server.");
    if (!s->logged_in && ++s->unknown_verbs >= UNKNOWN_VERBS_MAX)
        return reply_last(s, LEFT_PROTOCOL, 421,
                          "Too many unknown commands: closing control connection.");
    return reply(s, 500, "Unknown command.");
}

/* Removes trailing blanks from `rest`, a part of the line. */
static void trim(struct session *s, const char *rest)
{
    char *text = s->in.text + (rest - s->in.text);
    for (size_t n = strlen(text); n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'); n--)
        text[n - 1] = '\0';
}

/* One blank separates verb and argument; further ones belong to the argument, as names may begin
 * with a blank. */
static bool parse_argument(struct session *s, const struct command *command, const char *rest,
                           struct argument *argument, uint32_t *error)
{
    if (command->flags & TRIMS || command->argument == ARG_NONE)
        trim(s, rest);
    *argument = (struct argument){ .text = *rest == ' ' ? rest + 1 : rest };
    argument->length = strlen(argument->text);
    const bool there = argument->length > 0;
    *error = 0;
    switch (command->argument) {
    case ARG_NONE:
        return !there;
    case ARG_MAYBE:
        return true;
    case ARG_TEXT:
        return there;
    case ARG_NUMBER:
        return number_parse(argument->text, 0, INT64_MAX, &argument->number);
    case ARG_PATH:
    case ARG_MAYBE_PATH:
        break;
    }
    if (!there && command->argument == ARG_PATH)
        return false;
    if (command->flags & READS)
        *error = path_to_read(s, argument->text);
    else if (!path_join(s->cwd, argument->text, s->path, sizeof s->path))
        *error = JAIL_BAD_NAME;
    argument->path = s->path;
    return true;
}

/* Somebody may type "USER bob PASS secret" in one line. */
static bool may_hold_secret(const struct command *command, const char *text)
{
    return command->flags & SECRET ||
           (command->run == cmd_user && strchr(text + strspn(text, " "), ' '));
}

static void log_line(const struct session *s, const struct command *command, const char *text)
{
    char line[NOTE_ROOM];
    if (s->config->log_level < LOG_LEVEL_DEBUG && s->reporting.trace_until_ms == 0)
        return;
    (void)text_format(line, sizeof line, "%s%.*s", command->verb, NOTE_ROOM / 2 + NOTE_ROOM / 4,
                      /* it begins with the blank */
                      may_hold_secret(command, text) ? " ****" : text);
    report_trace(s, false, line, strlen(line));
    log_note(LOG_LEVEL_DEBUG, "%s", line);
}

static enum step refuse_argument(struct session *s, const struct command *command)
{
    if (command->argument == ARG_NONE)
        return reply(s, 501, "%s takes no argument.", command->verb);
    return reply(s, 501, "Usage: %s %s", command->verb, command->syntax);
}

/* For commands that need a data connection. */
static enum step run_with_data(struct session *s, const struct command *command,
                               const struct argument *argument)
{
    const char *refusal = secure_data_refusal(s);
    if (refusal)
        return reply(s, 521, "%s", refusal);
    if (s->data.kind == DATA_NONE)
        return reply(s, 425, "Use PASV, EPSV, PORT or EPRT first.");
    return command->run(s, argument);
}

static enum step refuse_command(struct session *s, const struct command *command, const char *rest,
                                const char *refusal)
{
    const bool path = command->argument == ARG_PATH || command->argument == ARG_MAYBE_PATH;
    if (path && !s->path[0] && !path_join(s->cwd, rest + (*rest == ' '), s->path, sizeof s->path))
        s->path[0] = '\0';
    report_denied(s, 550, command_is_disabled(s, command->verb) ? DENIED_COMMAND : DENIED_RIGHT);
    return reply(s, 550, "%s.", refusal);
}

static enum step run_command(struct session *s, const struct command *command, const char *rest)
{
    struct argument argument;
    uint32_t error;

    if (command->flags & USER_IN && !s->logged_in)
        return reply(s, 530, "Please login with USER and PASS.");
    const char *refusal = command_refusal(s, command->verb);
    if (refusal)
        return refuse_command(s, command, rest, refusal);
    if (!(command->flags & KEEPS_RNFR) && command->run != cmd_rnto)
        rename_forget(s);
    if (!parse_argument(s, command, rest, &argument, &error))
        return refuse_argument(s, command);
    if (error != 0)
        return reply_error(s, error);
    return command->flags & DATA_SET ? run_with_data(s, command, &argument)
                                     : command->run(s, &argument);
}

enum step dispatch_line(struct session *s)
{
    const char *rest;
    const enum line_state state = s->in.state;
    const char *line = s->in.text;

    line_take(&s->in);
    if (state == LINE_TOO_LONG && !is_http(line))
        return reply(s, 500, "Command line too long (maximum %d bytes).", LINE_BYTES);
    if (state == LINE_NUL)
        return reply(s, 501, "Command lines can't contain a NUL byte.");
    const struct command *command = command_find(line, &rest);
    if (!command) {
        report_trace(s, false, "an unknown command", sizeof "an unknown command" - 1);
        return unknown_command(s, line);
    }
    log_line(s, command, rest);
    activity_command(s, command->verb);
    activity_title(s, command->verb);
    if (s->user_waits && command->run != cmd_pass)
        report_nopass(s);
    const struct reporting interrupted = report_begin(s, command->verb);
    const enum step step = run_command(s, command, rest);
    report_end(s, &interrupted);
    activity_title(s, "");
    if (command->flags & DATA_SET) {
        next_forget(s); /* whether the command ran or was refused here (law U4) */
        /* refused before it used the connection (law D2) */
        if (s->data.kind != DATA_NONE)
            data_close(s);
    }
    if (command->flags & SECRET)
        line_wipe(&s->in);
    return step;
}
