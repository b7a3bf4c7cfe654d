/* SPDX-License-Identifier: BSD-2-Clause */
/* setup.c - what has to be on the server before the load, and its removal afterwards. */
#include "client/bench/bench.h"

#include "client/engine/remote.h"
#include "client/engine/transfer.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static enum outcome put_bytes(struct session *session, const char *path, int fd, int64_t size)
{
    struct transfer transfer;
    int64_t have;
    if (remote_size(session, path, &have) == OUTCOME_OK && have == size)
        return OUTCOME_OK;
    if (ftruncate(fd, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return failure_set(&session->failure, OUTCOME_LOCAL, "%s", strerror(errno));
    const struct job job = job_of(path, "-", true);
    transfer_init(&transfer, &job);
    return transfer_put_from(session, &transfer, fd);
}

static enum outcome put_small(const struct bench_plan *plan, struct session *session, int fd)
{
    char path[BENCH_PATH_SIZE];
    enum outcome outcome = OUTCOME_OK;
    for (unsigned i = 0; outcome == OUTCOME_OK && i < plan->files; i++) {
        text_format(path, sizeof path, "%s/small-%u", plan->directory, i);
        outcome = put_bytes(session, path, fd, plan->small_bytes);
    }
    return outcome;
}

static enum outcome put_large(const struct bench_plan *plan, struct session *session, int fd)
{
    char path[BENCH_PATH_SIZE];
    text_format(path, sizeof path, "%s/large", plan->directory);
    return put_bytes(session, path, fd, plan->large_bytes);
}

static enum outcome put_entries(const struct bench_plan *plan, struct session *session, int fd)
{
    char path[BENCH_PATH_SIZE];
    enum outcome outcome = session_command(session, "MKD %s/list", plan->directory);
    for (unsigned i = 0; outcome == OUTCOME_OK && i < plan->entries; i++) {
        text_format(path, sizeof path, "%s/list/entry-%05u", plan->directory, i);
        outcome = put_bytes(session, path, fd, 1);
    }
    return outcome;
}

static enum outcome put_files(const struct bench_plan *plan, struct session *session, int fd)
{
    enum outcome outcome = OUTCOME_OK;
    if (plan->weights[OP_RETR_SMALL] || plan->weights[OP_SIZE] || plan->weights[OP_MDTM])
        outcome = put_small(plan, session, fd);
    if (outcome == OUTCOME_OK && plan->weights[OP_RETR_LARGE])
        outcome = put_large(plan, session, fd);
    if (outcome == OUTCOME_OK &&
        (plan->weights[OP_LIST] || plan->weights[OP_MLSD] || plan->weights[OP_NLST]))
        outcome = put_entries(plan, session, fd);
    return outcome;
}

static bool needs_files(const struct bench_plan *plan)
{
    for (unsigned op = OP_RETR_SMALL; op <= OP_NLST; op++)
        if (plan->weights[op])
            return true;
    return false;
}

enum outcome bench_set_up(struct bench *bench, struct session *session)
{
    const struct bench_plan *plan = &bench->plan;
    enum outcome outcome;
    int fd;
    if (!plan->setup || !needs_files(plan))
        return OUTCOME_OK;
    fd = memfd_create("bench", MFD_CLOEXEC);
    if (fd < 0)
        return failure_set(&session->failure, OUTCOME_LOCAL, "%s", strerror(errno));
    outcome = session_open(session);
    if (outcome == OUTCOME_OK)
        outcome = session_command(session, "MKD %s", plan->directory);
    if (outcome == OUTCOME_OK)
        outcome = put_files(plan, session, fd);
    close(fd);
    session_close(session, true);
    return outcome;
}

static void remove_all(struct session *session, const char *path, unsigned depth)
{
    struct listing listing;
    char inner[800];
    if (depth > 1 || remote_list(session, path, &listing) != OUTCOME_OK)
        return;
    for (size_t i = 0; i < listing.count && session->open; i++) {
        const struct entry *entry = &listing.entries[i];
        if (!name_is_safe(entry->name, entry->name_bytes) ||
            !remote_join(path, entry->name, inner, sizeof inner))
            continue;
        if (entry->type == ENTRY_DIRECTORY)
            remove_all(session, inner, depth + 1);
        else
            (void)session_command(session, "DELE %s", inner);
    }
    listing_free(&listing);
    (void)session_command(session, "RMD %s", path);
}

void bench_tear_down(struct bench *bench, struct session *session)
{
    if (!bench->plan.setup || bench->plan.keep || !needs_files(&bench->plan))
        return;
    if (session_open(session) == OUTCOME_OK)
        remove_all(session, bench->plan.directory, 0);
    session_close(session, true);
}
