/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_session.c - commands about the session itself. */
#include "client/shell/shell.h"

#include "client/engine/data.h"
#include "client/engine/netrc.h"
#include "client/engine/reach.h"
#include "client/engine/remote.h"
#include "client/shell/bookmark.h"
#include "common/addr.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "alice" or "alice,password" of lftp's -u.  A password is accepted here as in a URL: main() has
 * refused one on the command line. */
static bool take_login(struct target *target, const char *text)
{
    const size_t n = strcspn(text, ",");
    if (!text_format(target->user, sizeof target->user, "%.*s", (int)n, text))
        return false;
    target->has_password = text[n] == ',';
    return !text[n] || text_copy(target->password, sizeof target->password, text + n + 1);
}

static enum outcome take_target(struct shell *shell, const struct tokens *tokens,
                                struct target *target)
{
    const char *text = tokens->token[1].text, *login = shell->flags->value['u'];
    const char *port_text = tokens->count > 2 ? tokens->token[2].text : shell->flags->value['p'];
    const char *why;
    uint64_t port;
    if (!bookmark_target(shell, text, target, &why))
        return shell_fail(shell, OUTCOME_USAGE, "%s: %s", text, why);
    if (port_text && !number_parse(port_text, 1, 65535, &port))
        return shell_fail(shell, OUTCOME_USAGE, "%s: invalid port", port_text);
    if (port_text)
        target->port = (uint16_t)port;
    if (login && !take_login(target, login))
        return shell_fail(shell, OUTCOME_USAGE, "open -u: too long");
    return OUTCOME_OK;
}

/* In a script, `open HOST` is often followed by `user NAME PASSWORD`: without a name or path, the
 * log-in comes with the next command. */
static bool waits_for_user(struct shell *shell, const char *path)
{
    struct target *target = &shell->session.target;
    if (shell->interactive || path[0] || target->user[0])
        return false;
    if (shell->netrc_file)
        (void)netrc_find(shell->netrc_file, target);
    return !target->user[0];
}

enum outcome verb_open(struct shell *shell, const struct tokens *tokens)
{
    struct target target;
    char path[TARGET_PATH_SIZE];
    enum outcome outcome = take_target(shell, tokens, &target);
    text_copy(path, sizeof path, target.path);
    if (outcome == OUTCOME_OK)
        shell_target(shell, &target);
    wipe(&target, sizeof target);
    if (outcome == OUTCOME_OK)
        outcome =
            waits_for_user(shell, path) ? session_connect(&shell->session) : shell_ensure(shell);
    if (outcome != OUTCOME_OK || !path[0])
        return outcome;
    return remote_cwd(&shell->session, path);
}

enum outcome verb_user(struct shell *shell, const struct tokens *tokens)
{
    struct target target = shell->session.target;
    bool fits;
    if (!shell->steady.has_target)
        return shell_fail(shell, OUTCOME_USAGE, "not connected (use: open HOST)");
    target.has_password = tokens->count > 2;
    fits = text_copy(target.user, sizeof target.user, tokens->token[1].text) &&
           (tokens->count < 3 ||
            text_copy(target.password, sizeof target.password, tokens->token[2].text)) &&
           text_copy(target.account, sizeof target.account,
                     tokens->count > 3 ? tokens->token[3].text : "");
    if (fits)
        shell_target(shell, &target);
    wipe(&target, sizeof target);
    return fits ? shell_ensure(shell) : shell_fail(shell, OUTCOME_USAGE, "user: too long");
}

enum outcome verb_close(struct shell *shell, const struct tokens *tokens)
{
    (void)tokens;
    session_close(&shell->session, true);
    shell->steady.has_target = false;
    return OUTCOME_OK;
}

enum outcome verb_passive(struct shell *shell, const struct tokens *tokens)
{
    (void)tokens;
    shell->settings.active = false;
    return OUTCOME_OK;
}

enum outcome verb_active(struct shell *shell, const struct tokens *tokens)
{
    (void)tokens;
    shell->settings.active = true;
    return OUTCOME_OK;
}

enum outcome verb_ascii(struct shell *shell, const struct tokens *tokens)
{
    (void)tokens;
    shell->settings.ascii = true;
    return OUTCOME_OK;
}

enum outcome verb_binary(struct shell *shell, const struct tokens *tokens)
{
    (void)tokens;
    shell->settings.ascii = false;
    return OUTCOME_OK;
}

/* Each transfer sets the type that it needs: a type set by hand is for other commands. */
enum outcome verb_type(struct shell *shell, const struct tokens *tokens)
{
    if (tokens->count == 1) {
        report_text(&shell->report, "type", shell->settings.ascii ? "A (ASCII)" : "I (image)");
        return OUTCOME_OK;
    }
    const char *text = tokens->token[1].text;
    if (strcasecmp(text, "ascii") == 0 || strcasecmp(text, "binary") == 0 ||
        strcasecmp(text, "image") == 0) {
        shell->settings.ascii = strcasecmp(text, "ascii") == 0;
        return OUTCOME_OK;
    }
    const enum outcome outcome = session_ask(&shell->session, "TYPE %s", text);
    shell->session.type = TYPE_UNKNOWN;
    if (outcome == OUTCOME_OK)
        report_text(&shell->report, "reply", shell->session.reply.text);
    return outcome;
}

enum outcome verb_status(struct shell *shell, const struct tokens *tokens)
{
    struct session *session = &shell->session;
    char line[1200], address[ADDR_TEXT_ROOM];
    (void)tokens;
    if (!session->open) {
        report_text(&shell->report, "status", "not connected");
        return OUTCOME_OK;
    }
    text_format(line, sizeof line, "%s (%s) port %u as %s", session->target.host,
                addr_text(&session->peer, address), (unsigned)session->target.port,
                session->target.user[0] ? session->target.user : "anonymous");
    report_text(&shell->report, "status", line);
    reach_show(session, line, sizeof line);
    if (line[0])
        report_text(&shell->report, "status", line);
    if (session->control.ssl)
        text_format(line, sizeof line, "%s, %s; data %s, %u of %u resumed",
                    SSL_get_version(session->control.ssl),
                    SSL_get_cipher_name(session->control.ssl),
                    session->protected ? "protected" : "not encrypted", session->tls.resumed,
                    session->tls.resumed + session->tls.full);
    else
        text_copy(line, sizeof line, "no TLS");
    report_text(&shell->report, "status", line);
    text_format(line, sizeof line, "%s, %s, directory %.900s",
                shell->settings.active ? "active" : "passive", session->no_mlsd ? "LIST" : "MLSD",
                session->cwd);
    report_text(&shell->report, "status", line);
    return OUTCOME_OK;
}

/* The words from i on as one line. */
static bool join(const struct tokens *tokens, size_t i, char *to, size_t room)
{
    size_t n = 0;
    to[0] = '\0';
    for (; i < tokens->count; i++) {
        if (!text_format(to + n, room - n, "%s%s", n ? " " : "", tokens->token[i].text))
            return false;
        n = strlen(to);
    }
    return true;
}

static enum outcome send_tokens(struct shell *shell, const struct tokens *tokens,
                                const char *before)
{
    char line[TARGET_PATH_SIZE];
    enum outcome outcome;
    if (!join(tokens, 1, line, sizeof line))
        return shell_fail(shell, OUTCOME_USAGE, "too long");
    outcome = session_command(&shell->session, "%s%s", before, line);
    shell->session.type = TYPE_UNKNOWN; /* it may have been TYPE */
    if (outcome == OUTCOME_OK) {
        char reply[REPLY_TEXT_SIZE + 8];
        text_format(reply, sizeof reply, "%03d %s", shell->session.reply.code,
                    shell->session.reply.text);
        report_text(&shell->report, "reply", reply);
        outcome = session_check(&shell->session, NULL);
        if (shell->session.reply.code == 221) /* to a QUIT: what comes next needs a new session */
            session_close(&shell->session, false);
    }
    return outcome;
}

static bool show_line(void *context, const char *line, size_t n)
{
    struct shell *shell = context;
    char text[TARGET_PATH_SIZE];
    (void)text_format(text, sizeof text, "%.*s", n < sizeof text ? (int)n : (int)sizeof text - 1,
                      line);
    report_text(&shell->report, "data", text);
    return true;
}

/* Commands that answer on a data connection. */
static bool has_data(const char *verb)
{
    static const char *const verbs[] = { "LIST", "NLST", "MLSD", "RETR" };
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcasecmp(verb, verbs[i]) == 0)
            return true;
    }
    return false;
}

enum outcome verb_quote(struct shell *shell, const struct tokens *tokens)
{
    char argument[TARGET_PATH_SIZE];
    bool clean;
    if (!has_data(tokens->token[1].text))
        return send_tokens(shell, tokens, "");
    if (!join(tokens, 2, argument, sizeof argument))
        return shell_fail(shell, OUTCOME_USAGE, "too long");
    return data_lines(&shell->session, tokens->token[1].text, argument[0] ? argument : NULL,
                      show_line, shell, &clean);
}

enum outcome verb_site(struct shell *shell, const struct tokens *tokens)
{
    return send_tokens(shell, tokens, "SITE ");
}
