/* SPDX-License-Identifier: BSD-2-Clause */
/* remote_list.c - listings by MLSD and LIST, and what is to be thought of them. */
#include "client/engine/remote.h"

#include "client/engine/data.h"
#include "common/path.h"
#include "common/text.h"

#include <string.h>
#include <time.h>

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
    static const char *const words[] = { "truncat", "fail",      "denied",    "cannot",
                                         "can't",   "could not", "unable",    "incomplete",
                                         "aborted", "no such",   "not found", "not permitted",
                                         "too many" };
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
    else if (outcome == OUTCOME_OK && session->list_flags == LIST_FLAGS_UNKNOWN &&
             lines->listing->count != 1)
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
        if (entry->type == ENTRY_FILE && memchr(entry->name, 0xff, entry->name_bytes))
            return entry;
    }
    return NULL;
}

/* A listed name with the byte 0xFF exists: whether the server finds it shows if it wants the byte
 * doubled. */
static enum outcome try_telnet(struct session *session, const char *path,
                               const struct listing *listing)
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

/* Does a refusal mean that the directory is empty?  *sure: it says so, and not only that there is
 * no such file. */
static bool says_empty(const char *text, bool *sure)
{
    *sure =
        strcasestr(text, "no files") || strcasestr(text, "empty") || strcasestr(text, "0 files");
    return *sure || strcasestr(text, "no such file") || strcasestr(text, "not found");
}

/* Some servers refuse to list an empty directory.  Inside of it we know that it exists. */
static enum outcome accept_empty(struct session *session, const char *path, struct listing *listing,
                                 enum outcome outcome)
{
    const int code = session->failure.code;
    bool sure;
    if (outcome == OUTCOME_OK || !session->open || (code != 550 && code != 450) ||
        (path && path[0]) || !says_empty(session->failure.text, &sure))
        return outcome;
    listing_free(listing);
    listing->doubtful = !sure;
    return OUTCOME_OK;
}

/* LIST of a missing directory may show nothing and succeed. */
static enum outcome check_exists(struct session *session, const char *path)
{
    if (!session->cwd[0])
        return OUTCOME_OK;
    enum outcome outcome = session_command(session, "CWD %s", path);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code / 100 != 2)
        return session_check(session, path);
    return remote_go_back(session);
}

/* MLSD lists directories only: a file's own facts are a listing of one entry. */
static enum outcome list_file(struct session *session, const char *path, struct listing *listing)
{
    const struct failure kept = session->failure;
    struct entry entry;
    const enum outcome outcome = remote_stat(session, path, &entry);
    if (outcome != OUTCOME_OK || entry.type == ENTRY_DIRECTORY) {
        if (session->open)
            session->failure = kept;
        return session->failure.outcome;
    }
    entry.name = path;
    entry.name_bytes = strlen(path);
    return listing_add(listing, &entry) == 0
               ? OUTCOME_OK
               : failure_set(&session->failure, OUTCOME_LOCAL, "out of memory");
}

/* By MLSD.  *other: it cannot be used, at least here, and LIST may be tried. */
static enum outcome list_machine(struct session *session, const char *path,
                                 struct list_lines *lines, bool *other)
{
    lines->machine = true;
    const enum outcome outcome = run_list(session, "MLSD", path, lines);
    const int code = session->open ? session->reply.code : 0;
    if (outcome == OUTCOME_OK || !session->open)
        return outcome;
    session->no_mlsd = code == 500 || code == 502 || code == 503 || code == 504 || code == 202;
    *other = session->no_mlsd || code == 501;
    return outcome;
}

static enum outcome list_any(struct session *session, const char *path, struct list_lines *lines)
{
    bool other = session->no_mlsd;
    enum outcome outcome = OUTCOME_REFUSED;
    if (!other)
        outcome = list_machine(session, path, lines, &other);
    if (!other && outcome == OUTCOME_REFUSED && session->failure.code == 550 && path && path[0])
        return list_file(session, path, lines->listing);
    if (!other)
        return outcome;
    lines->machine = false;
    outcome = plain_list(session, path, lines);
    if (outcome == OUTCOME_OK && lines->listing->count == 0 && !lines->dots && path && path[0])
        outcome = check_exists(session, path);
    return outcome;
}

enum outcome remote_list(struct session *session, const char *path, struct listing *listing)
{
    struct list_lines lines = { .listing = listing };
    *listing = (struct listing){ 0 };
    enum outcome outcome = list_any(session, path, &lines);
    outcome = accept_empty(session, path, listing, outcome);
    listing_sort(listing);
    if (listing->strange > 0)
        session_note(session, "%zu lines of the listing not understood", listing->strange);
    if (outcome == OUTCOME_OK && session->settings->telnet == TELNET_AUTO && !session->telnet_tried)
        outcome = try_telnet(session, path, listing);
    if (path && session->open && (outcome == OUTCOME_REFUSED || outcome == OUTCOME_AGAIN))
        failure_name(&session->failure, path);
    return outcome;
}

static bool same_file(const struct entry *entry, const char *path)
{
    const char *last = memrchr(entry->name, '/', entry->name_bytes);
    last = last ? last + 1 : entry->name;
    return strcmp(last, path_last(path)) == 0 && entry->type != ENTRY_DIRECTORY;
}

enum outcome remote_stat_by_list(struct session *session, const char *path, struct entry *entry)
{
    struct listing listing = { 0 };
    struct list_lines lines = { .listing = &listing };
    enum outcome outcome = run_list(session, "LIST", path, &lines);
    if (outcome == OUTCOME_OK && listing.count == 1 && same_file(&listing.entries[0], path)) {
        *entry = listing.entries[0];
        entry->name = NULL;
    } else if (outcome == OUTCOME_OK) {
        outcome = failure_set(&session->failure, OUTCOME_REFUSED, "%s: no such file", path);
    }
    listing_free(&listing);
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
    const enum outcome outcome = session_ask_path(session, "CWD", absolute);
    if (outcome != OUTCOME_OK)
        return outcome;
    return remote_list(session, NULL, listing);
}

enum outcome remote_go_back(struct session *session)
{
    if (!session->open || !session->cwd[0])
        return OUTCOME_OK;
    return session_ask_path(session, "CWD", session->cwd);
}
