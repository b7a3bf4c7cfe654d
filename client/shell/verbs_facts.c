/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_facts.c - what is known of files: stat, checksums, free space. */
#include "client/shell/shell.h"

#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum outcome verb_stat(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct entry entry;
        outcome = remote_stat(&shell->session, tokens->token[i].text, &entry);
        if (outcome != OUTCOME_OK)
            break;
        entry.name = tokens->token[i].text;
        report_entry(&shell->report, &entry);
    }
    return outcome;
}

/* Without a file, as in scripts of other clients, it would show marks of progress. */
enum outcome verb_hash(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    if (tokens->count == 1)
        report_note(&shell->report, "hash: progress is shown on a terminal anyway");
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct hash hash;
        char line[TARGET_PATH_SIZE + 200];
        outcome = remote_hash(&shell->session, tokens->token[i].text, -1, &hash);
        if (outcome != OUTCOME_OK)
            break;
        text_format(line, sizeof line, "%s %s  %s", hash.name, hash.hex, tokens->token[i].text);
        report_text(&shell->report, "hash", line);
    }
    return outcome;
}

enum outcome verb_verify(struct shell *shell, const struct tokens *tokens)
{
    const char *remote = tokens->token[1].text;
    const char *local = tokens->count > 2 ? tokens->token[2].text : path_last(remote);
    struct hash theirs, ours;
    const enum outcome outcome = remote_hash(&shell->session, remote, -1, &theirs);
    int fd, result;
    if (outcome != OUTCOME_OK)
        return outcome;
    fd = open(local, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", local, strerror(errno));
    result = local_hash(fd, -1, theirs.name, shell->settings.interrupt_fd, &ours);
    close(fd);
    if (result == -EINTR)
        return shell_fail(shell, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", local, strerror(-result));
    if (strcmp(theirs.hex, ours.hex) != 0)
        return shell_fail(shell, OUTCOME_AGAIN, "%s and %s differ", remote, local);
    report_text(&shell->report, "verify", "the same");
    return OUTCOME_OK;
}

/* AVBL (draft-peterson-streamlined-ftp-command-extensions): "213 BYTES". */
enum outcome verb_df(struct shell *shell, const struct tokens *tokens)
{
    struct session *session = &shell->session;
    const char *path = tokens->count > 1 ? tokens->token[1].text : NULL;
    char line[TARGET_PATH_SIZE + 80], size[SIZE_TEXT_SIZE];
    uint64_t bytes;
    const enum outcome outcome =
        path ? shell_ask(shell, "AVBL", path) : session_ask(session, "AVBL");
    if (outcome != OUTCOME_OK && session->reply.code / 10 == 50)
        return shell_fail(shell, outcome, "the server does not tell how much space is free");
    if (outcome != OUTCOME_OK)
        return outcome;
    if (!number_parse_n(session->reply.text, strcspn(session->reply.text, " \n"), 0, INT64_MAX,
                        &bytes))
        return shell_fail(shell, OUTCOME_PROTOCOL, "unexpected reply to AVBL");
    if (shell->flags->has['h'] || shell->report.human == SIZES_HUMAN)
        size_text((int64_t)bytes, size);
    else
        text_format(size, sizeof size, "%llu", (unsigned long long)bytes);
    text_format(line, sizeof line, "%s  %s", size, path ? path : session->cwd);
    report_text(&shell->report, "df", line);
    return OUTCOME_OK;
}
