/* SPDX-License-Identifier: BSD-2-Clause */
/* scribe_ends.c - runs in the master: makes the channels to the scribe and hands
 * out their ends. */
#include "daemon/master/scribe_ends.h"

#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"
#include "daemon/master/shared_state.h"
#include "daemon/master/shortage.h"
#include "daemon/master/spawn.h"
#include "daemon/protocol/hand_over.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HAND_OVER_S = 10 };

/* Gives the scribe its end of a process' channel, and closes our copy. */
static void give_end(struct master *master, uint32_t end, pid_t pid, int fd)
{
    const struct fm_cell message = { .head.type = FM_CELL, .end = end, .pid = pid };
    if (fd < 0)
        return;
    shared_send(master, SHARED_SCRIBE, &message, sizeof message, fd);
    close(fd);
}

/* A new channel to the scribe; both ends -1 where none can be made. */
static void make_pair(struct master *master, int ends[2])
{
    const int error = channel_pair(ends, 0);
    if (!error)
        return;
    shortage_met(master, "no channel to the scribe", -error);
    ends[0] = ends[1] = -1;
}

void scribe_ends_open_own(struct master *master)
{
    struct shared_processes *shared = master->shared;
    int ends[2];
    make_pair(master, ends);
    give_end(master, FM_END_MASTER, getpid(), ends[1]);
    log_open(ends[0], (enum log_level)master->config->log_level);
    if (shared->own_scribe_end >= 0)
        close(shared->own_scribe_end);
    shared->own_scribe_end = ends[0];
}

void scribe_ends_set_level(const struct master *master)
{
    log_open(master->shared->own_scribe_end, (enum log_level)master->config->log_level);
}

void scribe_ends_close_own(struct master *master)
{
    log_open(-1, (enum log_level)master->config->log_level);
    if (master->shared->own_scribe_end >= 0)
        close(master->shared->own_scribe_end);
    master->shared->own_scribe_end = -1;
}

void scribe_ends_renew(struct master *master)
{
    const struct message_head message = { .type = FM_SCRIBE };
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        const enum shared_role role = shared_order[i];
        int ends[2];
        /* the greeter could not put it at its place: it goes on without */
        if (role == SHARED_SCRIBE || role == SHARED_GREETER ||
            !master->shared->each[role].child.pid)
            continue;
        make_pair(master, ends);
        if (ends[0] < 0)
            continue;
        give_end(master, FM_END_SHARED + role, master->shared->each[role].child.pid, ends[1]);
        shared_send(master, role, &message, sizeof message, ends[0]);
        close(ends[0]);
    }
}

/* Nothing is sent on it before the successor reads it.  Neither waits for ever for the other. */
static bool make_next(struct master *master, int ends[2])
{
    const struct timeval limit = { .tv_sec = HAND_OVER_S };
    const int error = channel_pair(ends, sizeof(struct hand_penalties));
    if (error) {
        shortage_met(master, "no channel to a successor", -error);
        return false;
    }
    if (setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
        setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0)
        return true;
    close(ends[0]);
    close(ends[1]);
    return false;
}

bool spawn_shared(struct master *master, enum role role, uint32_t end, struct child *child,
                  int *channel, int *next)
{
    int fds[FD_PLACES], hand[2];
    memset(fds, -1, sizeof fds);
    if (!make_next(master, hand))
        return false;
    fds[FD_NEXT] = hand[0];
    const bool fine = spawn_with_fds(master, role, end, fds, child, channel);
    close(hand[0]);
    if (fine)
        *next = hand[1];
    else
        close(hand[1]);
    return fine;
}

bool spawn_with_channel(struct master *master, enum role role, uint32_t end, struct child *child,
                        int *channel)
{
    int fds[FD_PLACES];
    memset(fds, -1, sizeof fds);
    return spawn_with_fds(master, role, end, fds, child, channel);
}

bool spawn_with_fds(struct master *master, enum role role, uint32_t end, int fds[FD_PLACES],
                    struct child *child, int *channel)
{
    const bool is_zygote = role == ROLE_NET_ZYGOTE || role == ROLE_JAIL_ZYGOTE;
    int ends[2], log[2] = { -1, -1 };
    const int error = channel_pair(ends, 0);
    if (error) {
        shortage_met(master, "no channel to a new process", -error);
        return false;
    }
    if (role != ROLE_SCRIBE)
        make_pair(master, log);
    fds[is_zygote ? FD_ZYGOTE : FD_MASTER] = ends[0];
    fds[is_zygote ? FD_ZYGOTE_SCRIBE : FD_SCRIBE] = log[0];
    const bool fine = (log[0] >= 0 || role == ROLE_SCRIBE) && spawn_role(master, role, fds, child);
    close(ends[0]);
    if (log[0] >= 0)
        close(log[0]);
    give_end(master, end, child->pid, log[1]);
    if (!fine) {
        close(ends[1]);
        return false;
    }
    *channel = ends[1];
    return true;
}
