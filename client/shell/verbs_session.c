/* verbs_session.c - commands about the session itself. */
#include "client/shell/shell.h"

#include "client/engine/remote.h"
#include "common/addr.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum outcome verb_open(struct shell *shell, const struct words *words)
{
    struct target target;
    const char *why;
    uint64_t port;
    char path[TARGET_PATH_ROOM];
    enum outcome outcome;

    if (!target_parse(words->word[1].text, &target, &why))
        return shell_trouble(shell, OUTCOME_USAGE, "%s: %s", words->word[1].text, why);
    if (words->count > 2) {
        if (!number_parse(words->word[2].text, 1, 65535, &port))
            return shell_trouble(shell, OUTCOME_USAGE, "%s: not a port", words->word[2].text);
        target.port = (uint16_t)port;
    }
    text_copy(path, sizeof path, target.path);
    shell_target(shell, &target);
    wipe(&target, sizeof target);
    outcome = shell_ensure(shell);
    if (outcome != OUTCOME_OK || !path[0])
        return outcome;
    return remote_cwd(&shell->session, path);
}

enum outcome verb_user(struct shell *shell, const struct words *words)
{
    struct target target = shell->session.target;

    if (!shell->has_target)
        return shell_trouble(shell, OUTCOME_USAGE, "not connected: open HOST");
    if (!text_copy(target.user, sizeof target.user, words->word[1].text))
        return shell_trouble(shell, OUTCOME_USAGE, "the name is too long");
    target.has_password = false;
    shell_target(shell, &target);
    return shell_ensure(shell);
}

enum outcome verb_close(struct shell *shell, const struct words *words)
{
    (void)words;
    session_close(&shell->session, true);
    shell->has_target = false;
    return OUTCOME_OK;
}

enum outcome verb_bye(struct shell *shell, const struct words *words)
{
    (void)words;
    shell->leave = true;
    return OUTCOME_OK;
}

enum outcome verb_passive(struct shell *shell, const struct words *words)
{
    (void)words;
    shell->settings.active = false;
    return OUTCOME_OK;
}

enum outcome verb_active(struct shell *shell, const struct words *words)
{
    (void)words;
    shell->settings.active = true;
    return OUTCOME_OK;
}

/* Transfers of this client are always of type I, where no byte changes: another type is for tests
 * of servers, and lasts until the next log-in. */
enum outcome verb_type(struct shell *shell, const struct words *words)
{
    enum outcome outcome;

    if (words->count == 1) {
        report_text(&shell->report, "type", "I (image), unless set otherwise");
        return OUTCOME_OK;
    }
    outcome = session_ask(&shell->session, "TYPE %s", words->word[1].text);
    if (outcome == OUTCOME_OK)
        report_text(&shell->report, "reply", shell->session.reply.text);
    return outcome;
}

enum outcome verb_status(struct shell *shell, const struct words *words)
{
    struct session *session = &shell->session;
    char line[1200], address[ADDR_TEXT_ROOM];

    (void)words;
    if (!session->open) {
        report_text(&shell->report, "status", "not connected");
        return OUTCOME_OK;
    }
    text_format(line, sizeof line, "%s (%s) port %u as %s", session->target.host,
                addr_text(&session->peer, address), (unsigned)session->target.port,
                session->target.user[0] ? session->target.user : "anonymous");
    report_text(&shell->report, "status", line);
    if (session->control.ssl)
        text_format(line, sizeof line, "%s, %s; data %s, %u of %u resumed",
                    SSL_get_version(session->control.ssl), SSL_get_cipher_name(session->control.ssl),
                    session->protected ? "protected" : "in clear", session->tls.resumed,
                    session->tls.resumed + session->tls.full);
    else
        text_copy(line, sizeof line, "no TLS");
    report_text(&shell->report, "status", line);
    text_format(line, sizeof line, "%s, %s, directory %.900s", shell->settings.active ? "active" : "passive",
                session->no_mlsd ? "LIST" : "MLSD", session->cwd);
    report_text(&shell->report, "status", line);
    return OUTCOME_OK;
}

enum outcome verb_help(struct shell *shell, const struct words *words)
{
    char line[300];

    if (words->count > 1) {
        const struct verb *verb = verb_find(words->word[1].text);

        if (!verb)
            return shell_trouble(shell, OUTCOME_USAGE, "%s: no such command", words->word[1].text);
        text_format(line, sizeof line, "%s %s\n    %s%s%s", verb->name, verb->usage, verb->help,
                    verb->aliases ? "; also: " : "", verb->aliases ? verb->aliases : "");
        report_text(&shell->report, "help", line);
        return OUTCOME_OK;
    }
    for (size_t i = 0; verb_at(i); i++) {
        text_format(line, sizeof line, "%-8s %s", verb_at(i)->name, verb_at(i)->help);
        report_text(&shell->report, "help", line);
    }
    return OUTCOME_OK;
}

/* The words from i on as one line. */
static bool join(const struct words *words, size_t i, char *to, size_t room)
{
    size_t n = 0;

    to[0] = '\0';
    for (; i < words->count; i++) {
        if (!text_format(to + n, room - n, "%s%s", n ? " " : "", words->word[i].text))
            return false;
        n = strlen(to);
    }
    return true;
}

static enum outcome send_words(struct shell *shell, const struct words *words, const char *before)
{
    char line[TARGET_PATH_ROOM];
    enum outcome outcome;

    if (!join(words, 1, line, sizeof line))
        return shell_trouble(shell, OUTCOME_USAGE, "too long");
    outcome = session_command(&shell->session, "%s%s", before, line);
    if (outcome == OUTCOME_OK) {
        char reply[REPLY_TEXT_ROOM + 8];

        text_format(reply, sizeof reply, "%03d %s", shell->session.reply.code, shell->session.reply.text);
        report_text(&shell->report, "reply", reply);
        outcome = session_judge(&shell->session, NULL);
        if (shell->session.reply.code == 221) /* to a QUIT: what comes next needs a new session */
            session_close(&shell->session, false);
    }
    return outcome;
}

enum outcome verb_quote(struct shell *shell, const struct words *words)
{
    return send_words(shell, words, "");
}

enum outcome verb_site(struct shell *shell, const struct words *words)
{
    return send_words(shell, words, "SITE ");
}
