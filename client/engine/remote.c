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

struct list_lines {
    struct listing *listing;
    bool machine, dots; /* MLSD; "." was among them */
    struct list_state state;
    size_t count; /* of lines that are not empty */
};

static bool take_line(void *context, const char *line, size_t n)
{
    struct list_lines *lines = context;
    struct entry entry;
    if (n == 0)
        return true;
    lines->count++;
    const int result =
        lines->machine ? mlsd_parse(line, n, &entry) : list_parse(&lines->state, line, n, &entry);
    if (result == 1) {
        lines->dots = lines->dots || line[n - 1] == '.';
        return true;
    }
    if (result < 0) {
        listing_add_raw(lines->listing, line, n);
        return true;
    }
    return listing_add(lines->listing, &entry) == 0;
}

/* "226-Options: -a -l" and "226 12 matches total": the number before the word. */
static bool names_more(const char *text, size_t lines)
{
    const char *at = strcasestr(text, " match");
    const char *end = at;
    uint64_t count;
    while (at && at > text && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return at && number_parse_n(at, (size_t)(end - at), 0, INT64_MAX, &count) && count > lines;
}

bool listing_reply_is_doubtful(const char *text, size_t lines)
{
    static const char *const words[] = { "truncat",   "fail",          "denied",     "cannot",  "can't",
                                         "could not", "unable",        "incomplete", "aborted", "no such",
                                         "not found", "not permitted", "too many" };
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcasestr(text, words[i]))
            return true;
    }
    return names_more(text, lines);
}

/* Runs one listing command into an empty listing. */
static enum outcome run_list(struct session *session, const char *verb, const char *path,
                             struct list_lines *lines)
{
    const char *argument = path && path[0] ? path : NULL;
    bool clean = true;
    listing_free(lines->listing);
    lines->count = 0;
    lines->state = (struct list_state){ .now = time(NULL) };
    const enum outcome outcome = data_lines(session, verb, argument, take_line, lines, &clean);
    lines->listing->doubtful =
        lines->listing->strange > 0 || !clean ||
        (outcome == OUTCOME_OK && listing_reply_is_doubtful(session->reply.text, lines->count));
    return outcome;
}

/* Most servers leave names that begin with a dot out of LIST, but not of LIST -a.  Those without
 * flags take -a for a name: then "." is not among the entries. */
static enum outcome list_all(struct session *session, const char *path, struct list_lines *lines)
{
    char flagged[TARGET_PATH_SIZE];
    enum outcome outcome;
    if (!text_format(flagged, sizeof flagged, "-a %s", path ? path : ""))
        return OUTCOME_REFUSED;
    if (!path || !path[0])
        flagged[2] = '\0';
    outcome = run_list(session, "LIST", flagged, lines);
    if (outcome == OUTCOME_OK && lines->dots)
        session->list_flags = LIST_FLAGS_KNOWN;
    else if (outcome == OUTCOME_OK && session->list_flags == LIST_FLAGS_UNKNOWN && lines->listing->count != 1)
        session->list_flags = LIST_FLAGS_NONE; /* a single entry may be a file, which has no "." */
    return outcome;
}

/* LIST may glob and take flags: "./" keeps a leading dash from being one. */
static enum outcome plain_list(struct session *session, const char *path, struct list_lines *lines)
{
    const bool known = session->list_flags == LIST_FLAGS_KNOWN;
    char dashed[TARGET_PATH_SIZE];
    enum outcome outcome;
    if (path && path[0] == '-' && text_format(dashed, sizeof dashed, "./%s", path))
        path = dashed;
    if (session->list_flags != LIST_FLAGS_NONE) {
        outcome = list_all(session, path, lines);
        if (known || (outcome == OUTCOME_OK && lines->dots) ||
            (outcome != OUTCOME_OK && outcome != OUTCOME_REFUSED))
            return outcome;
    }
    return run_list(session, "LIST", path, lines);
}

static const struct entry *entry_with_iac(const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct entry *entry = &listing->entries[i];
        if (entry->type == ENTRY_FILE && memchr(entry->name, '\377', entry->name_bytes))
            return entry;
    }
    return NULL;
}

/* A listed name with the byte 0xFF exists: whether the server finds it shows if it wants the byte doubled. */
static enum outcome try_telnet(struct session *session, const char *path, const struct listing *listing)
{
    const char *verb = session->features & FEATURE_MLST ? "MLST" : "SIZE";
    const struct entry *entry = entry_with_iac(listing);
    char whole[TARGET_PATH_SIZE];
    if (!entry || !remote_join(path ? path : "", entry->name, whole, sizeof whole))
        return OUTCOME_OK;
    session->telnet_tried = true;
    enum outcome outcome = session_command(session, "%s %s", verb, whole);
    if (outcome != OUTCOME_OK || session->reply.code < 500)
        return outcome;
    session->doubles_iac = true;
    outcome = session_command(session, "%s %s", verb, whole);
    if (outcome == OUTCOME_OK)
        session->doubles_iac = session->reply.code / 100 == 2;
    return outcome;
}

enum outcome remote_list(struct session *session, const char *path, struct listing *listing)
{
    struct list_lines lines = { .listing = listing, .machine = !session->no_mlsd };
    enum outcome outcome = OUTCOME_REFUSED;
    *listing = (struct listing){ 0 };
    if (lines.machine) {
        outcome = run_list(session, "MLSD", path, &lines);
        if (outcome == OUTCOME_REFUSED && (session->failure.code == 500 || session->failure.code == 502))
            session->no_mlsd = true;
    }
    if (session->no_mlsd) {
        lines.machine = false;
        outcome = plain_list(session, path, &lines);
    }
    listing_sort(listing);
    if (listing->strange > 0)
        session_note(session, "%zu lines of the listing not understood", listing->strange);
    if (outcome == OUTCOME_OK && session->settings->telnet == TELNET_AUTO && !session->telnet_tried)
        outcome = try_telnet(session, path, listing);
    return outcome;
}

enum outcome remote_list_inside(struct session *session, const char *path, struct listing *listing)
{
    char absolute[TARGET_PATH_SIZE];
    *listing = (struct listing){ 0 };
    if (!session->cwd[0])
        return remote_list(session, path, listing);
    while (path[0] == '.' && (path[1] == '/' || !path[1]))
        path += 1 + strspn(path + 1, "/");
    if (path[0] ? !remote_join(session->cwd, path, absolute, sizeof absolute)
                : !text_copy(absolute, sizeof absolute, session->cwd))
        return failure_set(&session->failure, OUTCOME_REFUSED, "%s: path too long", path);
    const enum outcome outcome = session_ask(session, "CWD %s", absolute);
    if (outcome != OUTCOME_OK)
        return outcome;
    return remote_list(session, NULL, listing);
}

enum outcome remote_go_back(struct session *session)
{
    if (!session->open || !session->cwd[0])
        return OUTCOME_OK;
    return session_ask(session, "CWD %s", session->cwd);
}

enum outcome remote_size(struct session *session, const char *path, int64_t *size)
{
    uint64_t value;
    *size = -1;
    enum outcome outcome = session_type(session, TYPE_IMAGE); /* in type A many servers refuse SIZE */
    if (outcome == OUTCOME_OK)
        outcome = session_command(session, "SIZE %s", path);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code == 213 &&
        number_parse_n(session->reply.text, strcspn(session->reply.text, " \n"), 0, INT64_MAX, &value))
        *size = (int64_t)value;
    return session->reply.code == 550 ? session_check(session, path) : OUTCOME_OK;
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
    if (entry->type == ENTRY_OTHER)
        entry->type = ENTRY_DIRECTORY; /* cdir, pdir */
    entry->name = NULL;
    return OUTCOME_OK;
}

enum outcome remote_stat(struct session *session, const char *path, struct entry *entry)
{
    enum outcome outcome;
    *entry = (struct entry){ .type = ENTRY_FILE, .size = -1, .modified = INT64_MIN, .mode = -1 };
    if (session->features & FEATURE_MLST) {
        outcome = ask_mlst(session, path, entry);
        if (outcome == OUTCOME_OK || !session->open || session->failure.code == 550)
            return outcome;
        *entry = (struct entry){ .type = ENTRY_FILE, .size = -1, .modified = INT64_MIN, .mode = -1 };
    }
    outcome = remote_size(session, path, &entry->size);
    return outcome == OUTCOME_OK ? remote_time(session, path, &entry->modified, &entry->time_exact) : outcome;
}

enum outcome remote_set_time(struct session *session, const char *path, int64_t modified)
{
    char text[FTPTIME_ROOM];
    if (!(session->features & FEATURE_MFMT) || modified == INT64_MIN)
        return OUTCOME_OK;
    return session_ask(session, "MFMT %s %s", ftptime_format(modified, text), path);
}

enum outcome remote_pwd(struct session *session)
{
    const enum outcome outcome = session_ask(session, "PWD");
    const char *at;
    size_t n = 0;
    if (outcome != OUTCOME_OK)
        return outcome;
    at = strchr(session->reply.text, '"');
    if (!at)
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected reply to PWD");
    for (at++; *at && n + 1 < sizeof session->cwd; at++) {
        if (*at == '"' && *++at != '"') /* quotes are doubled (RFC 959 appendix II) */
            break;
        session->cwd[n++] = *at;
    }
    session->cwd[n] = '\0';
    return OUTCOME_OK;
}

enum outcome remote_cwd(struct session *session, const char *path)
{
    const enum outcome outcome =
        strcmp(path, "..") == 0 ? session_ask(session, "CDUP") : session_ask(session, "CWD %s", path);
    return outcome == OUTCOME_OK ? remote_pwd(session) : outcome;
}
