/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer.c - bounded downloads and uploads of the checks. */
#include "client/check/check.h"

#include "client/engine/data.h"
#include "client/engine/listing.h"
#include "common/text.h"

#include <string.h>
#include <time.h>

enum outcome fetch(struct check *check, struct session *session, int64_t restart, const char *verb,
                   const char *argument)
{
    struct data data;
    const enum outcome outcome = data_begin(session, &data, restart, verb, argument);
    check->n = 0;
    check->clean = check->more = false;
    check->begun = outcome == OUTCOME_OK;
    if (outcome != OUTCOME_OK)
        return outcome;
    for (;;) {
        const ssize_t n = link_read(&data.link, check->bytes + check->n, FETCH_MAX - check->n,
                                    session->settings->stall_ms);
        if (n < 0)
            return data_broken(session, &data, (int)n);
        if (n == 0)
            break;
        check->n += (size_t)n;
        if (check->n == FETCH_MAX) {
            check->more = true;
            data_abort(session, &data);
            return OUTCOME_OK;
        }
    }
    check->clean = data.link.clean_end;
    return data_end(session, &data);
}

enum outcome store(struct session *session, int64_t restart, const char *verb, const char *name,
                   const char *bytes, size_t n)
{
    struct data data;
    const enum outcome outcome = data_begin(session, &data, restart, verb, name);
    int error;
    if (outcome != OUTCOME_OK)
        return outcome;
    error = link_write(&data.link, bytes, n, session->settings->stall_ms);
    return error < 0 ? data_broken(session, &data, error) : data_end(session, &data);
}

/* Is the line that of a file of a size that is read whole?  Its name then follows directory. */
static bool take_file(struct check *check, const struct entry *entry, const char *directory)
{
    if (entry->type != ENTRY_FILE || entry->size <= 0 || entry->size >= FETCH_MAX / 2 ||
        !name_is_safe(entry->name, entry->name_bytes))
        return false;
    return text_format(check->file, sizeof check->file, "%s%s%.*s", directory,
                       directory[0] && directory[strlen(directory) - 1] != '/' ? "/" : "",
                       (int)entry->name_bytes, entry->name);
}

static void look_through(struct check *check, const char *directory, bool facts)
{
    struct list_state state = { .now = (int64_t)time(NULL) };
    const char *at = check->bytes, *end = check->bytes + check->n;
    check->file[0] = '\0';
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((newline ? newline : end) - at);
        struct entry entry;
        if (n > 0 && at[n - 1] == '\r')
            n--;
        if ((facts ? mlsd_parse(at, n, &entry) : list_parse(&state, at, n, &entry)) == 0 &&
            take_file(check, &entry, directory))
            return;
        check->file[0] = '\0';
        if (!newline)
            return;
        at = newline + 1;
    }
}

void find_file(struct check *check)
{
    struct session *session = &check->main;
    const char *path = check->target.has_path ? check->target.path : "";
    const bool facts = (session->features & FEATURE_MLST) != 0;
    if (check->file[0])
        return;
    if (path[0] && session_command(session, "SIZE %s", path) == OUTCOME_OK &&
        session->reply.code == 213) {
        (void)text_copy(check->file, sizeof check->file, path);
        return;
    }
    if (fetch(check, session, 0, facts ? "MLSD" : "LIST", path[0] ? path : NULL) == OUTCOME_OK)
        look_through(check, path, facts);
}
