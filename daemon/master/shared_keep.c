/* SPDX-License-Identifier: BSD-2-Clause */
/* shared_keep.c - runs in the master: the shared processes in the image of an
 * upgrade.  The new program starts others, which take over from these. */
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"
#include "daemon/master/shared_state.h"

static void keep_one(struct keeping *keeping, const struct shared *shared, size_t role)
{
    const struct kept_shared kept = { .child = child_keep(keeping, &shared->child),
                                      .channel = keeping_fd(keeping, shared->channel),
                                      .next = keeping_fd(keeping, shared->next),
                                      .started_ms = shared->started_ms,
                                      .restart_at_ms = shared->restart_at_ms,
                                      .quick_deaths = shared->quick_deaths,
                                      .end_unlogged = shared->end_unlogged,
                                      .wait_status = shared->wait_status,
                                      .refused_call = shared->refused_call };
    keeping_head(keeping)->shared[role] = kept;
}

void shared_keep(struct master *master, struct keeping *keeping)
{
    for (size_t i = 0; i < SHARED_ROLES; i++)
        keep_one(keeping, &master->shared->each[i], i);
    keeping_head(keeping)->own_scribe_end = keeping_fd(keeping, master->shared->own_scribe_end);
}

static bool restore_one(struct master *master, struct shared *shared,
                        const struct kept_shared *kept)
{
    shared->channel = kept->channel;
    shared->next = kept->next;
    shared->started_ms = kept->started_ms;
    shared->restart_at_ms = kept->restart_at_ms;
    shared->quick_deaths = kept->quick_deaths;
    shared->end_unlogged = kept->end_unlogged != 0;
    shared->wait_status = kept->wait_status;
    shared->refused_call = kept->refused_call;
    return child_restore(master, &shared->child, &kept->child) &&
           (shared->channel < 0 || watch_add(master, shared->channel, &shared->incoming));
}

bool shared_restore(struct master *master, const struct kept_head *head)
{
    bool fine = true;
    for (size_t i = 0; i < SHARED_ROLES; i++)
        fine = restore_one(master, &master->shared->each[i], &head->shared[i]) && fine;
    master->shared->own_scribe_end = head->own_scribe_end;
    log_open(head->own_scribe_end, (enum log_level)master->config->log_level);
    return fine;
}
