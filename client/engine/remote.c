/* SPDX-License-Identifier: BSD-2-Clause */
/* remote.c - listings, facts and digests of the server's files. */
#include "client/engine/remote.h"

#include "client/engine/data.h"
#include "common/ftptime.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <time.h>

bool remote_join(const char *directory, const char *name, char *to, size_t room)
{
    const size_t n = strlen(directory);
    if (n == 0 || name[0] == '/')
        return text_copy(to, room, name);
    return text_format(to, room, "%s%s%s", directory, directory[n - 1] == '/' ? "" : "/", name);
}

/* What the reply to SIZE says: -1 if nothing. */
static enum outcome take_size(struct session *session, const char *path, int64_t *size)
{
    uint64_t value;
    if (session->reply.code == 213 &&
        number_parse_n(session->reply.text, strcspn(session->reply.text, " \n"), 0, INT64_MAX,
                       &value))
        *size = (int64_t)value;
    return session->reply.code == 550 ? session_check(session, path) : OUTCOME_OK;
}

enum outcome remote_size(struct session *session, const char *path, int64_t *size)
{
    *size = -1;
    /* in type A many servers refuse SIZE */
    enum outcome outcome = session_type(session, TYPE_IMAGE);
    if (outcome == OUTCOME_OK)
        outcome = session_command(session, "SIZE %s", path);
    return outcome == OUTCOME_OK ? take_size(session, path, size) : outcome;
}

enum outcome remote_time(struct session *session, const char *path, int64_t *modified, bool *exact)
{
    uint32_t nanoseconds;
    if (session->no_mdtm)
        return OUTCOME_OK;
    const enum outcome outcome = session_command(session, "MDTM %s", path);
    const char *text = session->reply.text;
    if (outcome == OUTCOME_OK && session->reply.code == 213 &&
        ftptime_parse(text, strcspn(text, " \n"), modified, &nanoseconds))
        *exact = true;
    else if (outcome == OUTCOME_OK && (session->reply.code == 500 || session->reply.code == 502))
        session->no_mdtm = true;
    return outcome;
}

static enum outcome ask_mlst(struct session *session, const char *path, struct entry *entry)
{
    const enum outcome outcome = session_command(session, "MLST %s", path);
    const char *line;
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code != 250)
        return session_check(session, path);
    line = strchr(session->reply.text, '\n');
    if (!line)
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected reply to MLST");
    line++;
    if (*line == ' ')
        line++;
    if (mlsd_parse(line, strcspn(line, "\n"), entry) < 0)
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected reply to MLST");
    /* cdir, pdir */
    if (entry->type == ENTRY_OTHER)
        entry->type = ENTRY_DIRECTORY;
    entry->name = NULL;
    return OUTCOME_OK;
}

static const struct entry unknown_file = {
    .type = ENTRY_FILE, .size = -1, .modified = INT64_MIN, .mode = -1
};

/* A name that SIZE refuses may be a link, or a file in records: LIST shows it. */
static enum outcome stat_unsized(struct session *session, const char *path, struct entry *entry)
{
    const struct failure kept = session->failure;
    *entry = unknown_file;
    const enum outcome outcome = remote_stat_by_list(session, path, entry);
    if (outcome != OUTCOME_OK && session->open)
        session->failure = kept;
    return outcome == OUTCOME_OK ? OUTCOME_OK : session->failure.outcome;
}

enum outcome remote_stat(struct session *session, const char *path, struct entry *entry)
{
    enum outcome outcome;
    *entry = unknown_file;
    if (session->features & FEATURE_MLST) {
        outcome = ask_mlst(session, path, entry);
        if (outcome == OUTCOME_OK || !session->open)
            return outcome;
        *entry = unknown_file;
    }
    outcome = remote_size(session, path, &entry->size);
    if (outcome == OUTCOME_REFUSED)
        return stat_unsized(session, path, entry);
    return outcome == OUTCOME_OK ? remote_time(session, path, &entry->modified, &entry->time_exact)
                                 : outcome;
}

bool remote_can_set_time(const struct session *session, int64_t modified)
{
    return (session->features & FEATURE_MFMT) && modified != INT64_MIN;
}

static enum outcome send_set_time(struct session *session, const char *path, int64_t modified)
{
    char text[FTPTIME_ROOM];
    return session_send(session, "MFMT %s %s", ftptime_format(modified, text), path);
}

enum outcome remote_set_time(struct session *session, const char *path, int64_t modified)
{
    if (!remote_can_set_time(session, modified))
        return OUTCOME_OK;
    enum outcome outcome = send_set_time(session, path, modified);
    if (outcome == OUTCOME_OK)
        outcome = session_receive_final(session);
    return outcome == OUTCOME_OK ? session_check(session, NULL) : outcome;
}

static enum outcome send_both(struct session *session, const char *path, int64_t modified)
{
    enum outcome outcome = session_type(session, TYPE_IMAGE);
    if (outcome != OUTCOME_OK)
        return outcome;
    session_hold(session);
    outcome = session_send(session, "SIZE %s", path);
    if (outcome == OUTCOME_OK)
        outcome = send_set_time(session, path, modified);
    if (outcome != OUTCOME_OK) /* neither was sent */
        session->held = 0;
    const enum outcome released = session_release(session);
    return outcome == OUTCOME_OK ? released : outcome;
}

enum outcome remote_size_and_time(struct session *session, const char *path, int64_t modified,
                                  int64_t *size)
{
    *size = -1;
    enum outcome outcome = send_both(session, path, modified);
    if (outcome == OUTCOME_OK)
        outcome = session_receive_final(session);
    if (outcome != OUTCOME_OK)
        return outcome;
    const enum outcome sized = take_size(session, path, size);
    const struct failure kept = session->failure;
    outcome = session_receive_final(session);
    if (outcome == OUTCOME_OK) {
        session->failure = kept;
        return sized;
    }
    session->no_pipeline = true;
    return outcome;
}

/* "/a ""quoted"" name" (RFC 959 appendix II), or a bare path. */
static void take_path(struct session *session, const char *text)
{
    const char *quote = strchr(text, '"');
    size_t n = 0;
    if (!quote) {
        n = strcspn(text, " \n");
        n = n < sizeof session->cwd ? n : 0;
        memcpy(session->cwd, text, n);
    }
    for (const char *at = quote ? quote + 1 : ""; *at && n + 1 < sizeof session->cwd; at++) {
        if (*at == '"' && *++at != '"')
            break;
        session->cwd[n++] = *at;
    }
    session->cwd[n] = '\0';
}

enum outcome remote_pwd(struct session *session)
{
    const enum outcome outcome = session_ask(session, "PWD");
    if (outcome != OUTCOME_OK)
        return outcome;
    if (!strchr(session->reply.text, '"') && session->reply.text[0] != '/')
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected reply to PWD");
    take_path(session, session->reply.text);
    return OUTCOME_OK;
}

/* Several lines are a text of the directory's owner for people. */
static enum outcome change_directory(struct session *session, const char *path)
{
    const enum outcome outcome = session_ask_path(session, "CWD", path);
    if (outcome == OUTCOME_OK && strchr(session->reply.text, '\n'))
        session_message(session);
    return outcome;
}

enum outcome remote_cwd(struct session *session, const char *path)
{
    enum outcome outcome = OUTCOME_REFUSED;
    const bool up = strcmp(path, "..") == 0;
    if (up)
        outcome = session_ask(session, "CDUP");
    if (!up || (outcome == OUTCOME_REFUSED &&
                (session->failure.code == 500 || session->failure.code == 502)))
        outcome = change_directory(session, path);
    return outcome == OUTCOME_OK ? remote_pwd(session) : outcome;
}
