/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c - checks of the control connection. */
#include "client/check/check.h"

#include "common/text.h"

#include <string.h>

enum { LONG_LINE = 100000 };

static const char unknown_user[] = "wardftp-check-unknown";

void check_greeting(struct check *check)
{
    if (open_plain(check))
        said_reply(check, VERDICT_PASS, &check->other);
}

void check_before_login(struct check *check)
{
    if (!open_plain(check) || !ask(check, &check->other, "PWD"))
        return;
    said_reply(check, check->other.reply.code >= 400 ? VERDICT_PASS : VERDICT_FAIL, &check->other);
}

/* The reply to USER, with the name taken out of it. */
static bool ask_user(struct check *check, const char *name, int *code, char *text, size_t room)
{
    const char *found;
    if (!(check->offers_tls ? open_tls(check) : open_plain(check)) ||
        !ask(check, &check->other, "USER %s", name))
        return false;
    *code = check->other.reply.code;
    found = strstr(check->other.reply.text, name);
    if (!found)
        return text_copy(text, room, check->other.reply.text) || true;
    (void)text_format(text, room, "%.*s*%s", (int)(found - check->other.reply.text),
                      check->other.reply.text, found + strlen(name));
    return true;
}

void check_user_names(struct check *check)
{
    char known[600], unknown[600];
    int code[2];
    if (!check->try_login || !check->target.user[0]) {
        said(check, VERDICT_UNKNOWN, "not tried without --try-login and a name");
        return;
    }
    if (!ask_user(check, check->target.user, &code[0], known, sizeof known) ||
        !ask_user(check, unknown_user, &code[1], unknown, sizeof unknown))
        return;
    if (code[0] == code[1] && strcmp(known, unknown) == 0)
        said(check, VERDICT_PASS, "both get %d", code[0]);
    else
        said(check, VERDICT_FAIL, "%d and %d: the replies tell which names exist", code[0],
             code[1]);
}

void check_log_in(struct check *check)
{
    said(check, VERDICT_PASS, "%s", check->main.control.ssl ? "over TLS" : "without TLS");
    if (check->write)
        make_directory(check);
    find_file(check);
}

/* Keeps FEAT's lines, without the space before each.  NULL, or what is wrong with one. */
static const char *keep_features(struct check *check, const char *text)
{
    const char *fault = NULL, *at = strchr(text, '\n');
    size_t used = 0;
    while (at && *++at) {
        const size_t n = strcspn(at, "\n");
        const bool last = at[n] == '\0', spaced = at[0] == ' ' && at[1] != ' ';
        const char *begin = at + strspn(at, " ");
        const size_t length = (size_t)(at + n - begin);
        at += n;
        if (last)
            break;
        if (!spaced)
            fault = "a line does not begin with exactly one space";
        if (length == 0 || used + length + 2 > sizeof check->features)
            continue;
        if (used > 0)
            check->features[used++] = '\n';
        memcpy(check->features + used, begin, length);
        used += length;
    }
    check->features[used] = '\0';
    return fault;
}

void check_feat(struct check *check)
{
    struct session *session = &check->main;
    const char *fault;
    if (!ask(check, session, "FEAT") || said_missing(check, session))
        return;
    if (session->reply.code != 211) {
        said_reply(check, VERDICT_FAIL, session);
        return;
    }
    fault = keep_features(check, session->reply.text);
    said(check, fault ? VERDICT_FAIL : VERDICT_PASS, "%s",
         fault                ? fault
         : check->features[0] ? "well-formed"
                              : "there are no features");
}

void check_noop(struct check *check)
{
    expect(check, &check->main, 200, 200, "NOOP");
}

/* Of a command that a server may lack. */
static void expect_optional(struct check *check, int a, int b, const char *command)
{
    expect(check, &check->main, a, b, command);
    if (check->main.open)
        (void)said_missing(check, &check->main);
}

void check_syst(struct check *check)
{
    expect_optional(check, 215, 215, "SYST");
}

void check_help(struct check *check)
{
    expect_optional(check, 211, 214, "HELP");
}

void check_pwd(struct check *check)
{
    struct session *session = &check->main;
    const char *quote;
    if (!ask(check, session, "PWD") || said_missing(check, session))
        return;
    quote = strchr(session->reply.text, '"');
    said_reply(check,
               session->reply.code == 257 && quote && strchr(quote + 1, '"') ? VERDICT_PASS
                                                                             : VERDICT_FAIL,
               session);
}

/* Each of good gets 200, and bad 501 or 504. */
static void check_values(struct check *check, const char *verb, const char *good, char bad)
{
    struct session *session = &check->main;
    for (; *good; good++) {
        if (!ask(check, session, "%s %c", verb, *good))
            return;
        if (session->reply.code != 200) {
            said_reply(check, VERDICT_FAIL, session);
            return;
        }
    }
    if (!ask(check, session, "%s %c", verb, bad))
        return;
    said_reply(check,
               session->reply.code == 501 || session->reply.code == 504 ? VERDICT_PASS
               : session->reply.code >= 500                             ? VERDICT_DIFFERS
                                                                        : VERDICT_FAIL,
               session);
}

void check_type(struct check *check)
{
    check->main.type = TYPE_UNKNOWN;
    check_values(check, "TYPE", "AI", 'X');
    if (check->main.open)
        (void)session_type(&check->main, TYPE_IMAGE);
}

void check_mode(struct check *check)
{
    check_values(check, "MODE", "S", 'X');
}

void check_stru(struct check *check)
{
    check_values(check, "STRU", "F", 'X');
}

/* A command that must be refused: by a or b, or differently. */
static void expect_refusal(struct check *check, int a, int b, const char *command)
{
    struct session *session = &check->main;
    if (!ask(check, session, "%s", command))
        return;
    said_reply(check,
               session->reply.code == a || session->reply.code == b ? VERDICT_PASS
               : session->reply.code >= 400                         ? VERDICT_DIFFERS
                                                                    : VERDICT_FAIL,
               session);
}

void check_unknown_command(struct check *check)
{
    expect_refusal(check, 500, 502, "XQZW");
}

void check_missing_argument(struct check *check)
{
    expect_refusal(check, 501, 501, "RETR");
}

void check_rest_syntax(struct check *check)
{
    expect_refusal(check, 501, 501, "REST beginning");
    if (check->main.open)
        (void)said_missing(check, &check->main);
}

void check_cwd_missing(struct check *check)
{
    expect_refusal(check, 550, 550, "CWD wardftp-check-missing");
}

void check_abor_idle(struct check *check)
{
    struct session *session = &check->main;
    if (!ask(check, session, "ABOR") || said_missing(check, session))
        return;
    said_reply(check,
               session->reply.code == 225 || session->reply.code == 226 ? VERDICT_PASS
                                                                        : VERDICT_DIFFERS,
               session);
}

/* Sends bytes as they are, outside the engine's lines. */
static bool send_raw(struct check *check, struct session *session, const char *bytes, size_t n)
{
    const int error = link_write(&session->control, bytes, n, session->settings->idle_ms);
    if (error == 0)
        return true;
    said(check, VERDICT_FAIL, "sending failed: %s", strerror(-error));
    session_close(session, false);
    return false;
}

void check_pipelining(struct check *check)
{
    static const char lines[] = "NOOP\r\nPWD\r\nNOOP\r\n";
    static const int codes[] = { 200, 257, 200 };
    struct session *session = &check->main;
    if (!send_raw(check, session, lines, sizeof lines - 1))
        return;
    for (size_t i = 0; i < COUNT(codes); i++) {
        if (session_receive(session) != OUTCOME_OK) {
            said_failure(check, session);
            session_close(session, false);
            return;
        }
        if (session->reply.code != codes[i] && !check->now->why[0])
            said_reply(check, VERDICT_DIFFERS, session);
    }
    if (!check->now->why[0])
        said(check, VERDICT_PASS, "200, 257, 200");
}

/* IAC DO ECHO, IAC IP and IAC DM before a command (RFC 854). */
void check_telnet(struct check *check)
{
    static const char line[] = "\377\375\001\377\364\377\362NOOP\r\n";
    struct session *session = &check->other;
    if (!open_second(check) || !send_raw(check, session, line, sizeof line - 1))
        return;
    if (session_receive(session) != OUTCOME_OK)
        said_failure(check, session);
    else
        said_reply(check, session->reply.code == 200 ? VERDICT_PASS : VERDICT_DIFFERS, session);
}

void check_utf8(struct check *check)
{
    if (!offered(check, "UTF8")) {
        said(check, VERDICT_UNKNOWN, "not offered");
        return;
    }
    if (ask(check, &check->main, "OPTS UTF8 ON"))
        said_reply(check, check->main.reply.code / 100 == 2 ? VERDICT_PASS : VERDICT_DIFFERS,
                   &check->main);
}

/* The session ended, or there was no reply in time. */
static void judge_silence(struct check *check, const struct session *session)
{
    if (session->failure.outcome == OUTCOME_INTERRUPTED ||
        strstr(session->failure.text, "does not respond"))
        said(check, VERDICT_FAIL, "no reply");
    else
        said(check, VERDICT_PASS, "the server ends the session");
}

/* The line was answered once: does a command behind it get the next reply? */
static void judge_long_line(struct check *check, struct session *session)
{
    const int code = session->reply.code;
    if (code < 400) {
        said(check, VERDICT_DIFFERS, "%d: it is accepted", code);
        return;
    }
    if (session_command(session, "NOOP") != OUTCOME_OK)
        judge_silence(check, session);
    else if (session->reply.code == 200)
        said(check, VERDICT_PASS, "%d, once", code);
    else
        said(check, VERDICT_FAIL, "it is taken as several commands (%d, then %d)", code,
             session->reply.code);
}

void check_long_line(struct check *check)
{
    struct session *session = &check->other;
    if (!open_second(check))
        return;
    memset(check->bytes, 'x', LONG_LINE);
    memcpy(check->bytes, "NOOP ", 5);
    memcpy(check->bytes + LONG_LINE, "\r\n", 2);
    if (link_write(&session->control, check->bytes, LONG_LINE + 2, session->settings->idle_ms) ==
            0 &&
        session_receive(session) == OUTCOME_OK) {
        judge_long_line(check, session);
        return;
    }
    judge_silence(check, session);
}

void check_quit(struct check *check)
{
    struct session *session = &check->other;
    char byte;
    if (!open_second(check) || !ask(check, session, "QUIT"))
        return;
    if (session->reply.code != 221) {
        said_reply(check, VERDICT_FAIL, session);
        return;
    }
    if (link_read(&session->control, &byte, 1, session->settings->idle_ms) != 0)
        said(check, VERDICT_FAIL, "221, and the connection stays open or is reset");
    else
        said(check, VERDICT_PASS, "221%s",
             session->control.ssl && !session->control.clean_end ? ", without close_notify" : "");
}
