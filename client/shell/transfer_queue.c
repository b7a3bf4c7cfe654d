/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer_queue.c - what the shell does about the queue: starts, stops and shows the process that runs
 * it. */
#include "client/shell/transfer_queue.h"

#include "client/engine/queue_file.h"
#include "client/shell/background.h"
#include "client/shell/config.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

bool transfer_queue_path(struct shell *shell, char path[PATH_MAX])
{
    const int result = config_make_directory(shell);
    if (result == 0 && config_path(shell, "queue", path))
        return true;
    shell_fail(shell, OUTCOME_LOCAL, "no directory for the queue: %s",
               result < 0 ? strerror(-result) : "HOME is not set");
    return false;
}

static struct background_job *queue_job(const struct shell *shell)
{
    for (size_t i = 0; i < shell->background.count; i++)
        if (shell->background.job[i].queue)
            return &shell->background.job[i];
    return NULL;
}

enum outcome transfer_queue_start(struct shell *shell)
{
    char path[PATH_MAX];
    background_look(shell);
    struct background_job *job = queue_job(shell);
    if (job && send(job->channel, "+", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
        return OUTCOME_OK;
    if (job) /* it is ending, and may not have seen what was added */
        (void)background_wait(shell, job);
    if (!transfer_queue_path(shell, path))
        return OUTCOME_LOCAL;
    if (!shell->queue_status) {
        struct queue_status *shared =
            mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        shell->queue_status = shared == MAP_FAILED ? NULL : shared;
    }
    job = background_fork(shell, "queue", queue_runner, path);
    if (!job)
        return shell->session.failure.outcome;
    job->queue = true;
    return OUTCOME_OK;
}

void transfer_queue_stop(struct shell *shell)
{
    struct background_job *job = queue_job(shell);
    if (!job)
        return;
    kill(job->pid, SIGTERM);
    (void)background_wait(shell, job);
}

void transfer_queue_progress(struct shell *shell)
{
    for (unsigned i = 0; shell->queue_status && i < ENGINE_SLOTS; i++) {
        struct queue_running *slot = &shell->queue_status->slot[i];
        char name[PROGRESS_NAME_SIZE];
        const struct progress_state state = { .done = atomic_load(&slot->done),
                                              .total = atomic_load(&slot->total),
                                              .moved = atomic_load(&slot->moved),
                                              .began_ms = atomic_load(&slot->began_ms) };
        memcpy(name, slot->name, sizeof name);
        name[sizeof name - 1] = '\0';
        if (atomic_load(&slot->id) > 0)
            report_progress(&shell->report, i, name, &state);
        else
            shell->report.lines.line[i % PROGRESS_LINES_MAX].active = false;
    }
}

void transfer_queue_offer(struct shell *shell)
{
    struct queue_list list = { 0 };
    char path[PATH_MAX];
    size_t waiting = 0;
    if (config_path(shell, "queue", path) && queue_read(path, &list) == 0)
        for (size_t i = 0; i < list.count; i++)
            waiting += !list.entry[i].failed;
    if (waiting > 0)
        report_note(&shell->report,
                    "transfers in the queue: %zu; \"queue start\" goes on with them", waiting);
    queue_list_free(&list);
}
