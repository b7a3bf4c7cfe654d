/* SPDX-License-Identifier: BSD-2-Clause */
/* channels.c - runs in the scribe: the table of cells and the channels that the
 * scribe reads.  The master announces both. */
#include "daemon/scribe/state.h"

#include "common/text.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ENDED_CELLS_MAX = 512 };

struct cell_facts *known_cell(struct scribe *scribe, uint64_t number)
{
    return hash_table_find_number(&scribe->cells, number);
}

struct cell_facts *known_cell_or_new(struct scribe *scribe, uint64_t number)
{
    struct cell_facts *cell = known_cell(scribe, number);
    if (cell)
        return cell;
    cell = calloc(1, sizeof *cell);
    if (!cell)
        return NULL;
    cell->number = number;
    hash_table_add(&scribe->cells, &cell->node, number);
    return cell;
}

static const char *const shared_names[] = {
    [SHARED_AUTH] = "auth",     [SHARED_DIALER] = "dialer",   [SHARED_KEEPER] = "keeper",
    [SHARED_SCRIBE] = "scribe", [SHARED_CONTROL] = "control", [SHARED_RESOLVER] = "resolver",
    [SHARED_EVENTS] = "events", [SHARED_GREETER] = "greeter", [SHARED_METRICS] = "metrics",
};

/* Sets who is at the other end.  False: no such process. */
static bool name_sender(struct channel *channel, const struct fm_cell *message)
{
    const uint32_t role = message->end - FM_END_SHARED;
    channel->sender = SENDER_SHARED;
    if (message->cell) {
        channel->sender = message->end == FM_END_NET ? SENDER_NET : SENDER_JAIL;
        channel->process = message->end == FM_END_NET ? "net" : "jail";
        return message->end == FM_END_NET || message->end == FM_END_JAIL;
    }
    if (message->end == FM_END_MASTER || message->end == FM_END_ZYGOTE ||
        message->end == FM_END_ERRAND) {
        channel->process = message->end == FM_END_MASTER   ? "master"
                           : message->end == FM_END_ZYGOTE ? "zygote"
                                                           : "errand";
        channel->sender = message->end == FM_END_MASTER ? SENDER_MASTER : SENDER_SHARED;
        return true;
    }
    if (message->end < FM_END_SHARED || role >= COUNT(shared_names))
        return false;
    channel->process = shared_names[role];
    if (role == SHARED_AUTH)
        channel->sender = SENDER_AUTH;
    if (role == SHARED_CONTROL)
        channel->sender = SENDER_CONTROL;
    return true;
}

static bool join_cell(struct scribe *scribe, struct channel *channel, uint64_t number)
{
    channel->cell = known_cell_or_new(scribe, number);
    if (!channel->cell)
        return false;
    if (channel->sender == SENDER_NET) {
        channel->cell->pid = channel->pid;
        channel->cell->net_open = true;
    }
    if (channel->sender == SENDER_JAIL)
        channel->cell->jail = channel;
    channel->cell->channels++;
    if (channel->cell->ended) { /* the first half had ended before the second was announced */
        channel->cell->ended = false;
        scribe->ended_cells--;
    }
    return true;
}

bool channel_add(struct scribe *scribe, const struct fm_cell *message, int fd)
{
    struct channel *channel = calloc(1, sizeof *channel);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = channel };
    if (!channel)
        goto fail;
    channel->fd = fd;
    channel->pid = message->pid;
    channel->end = message->end;
    if (!name_sender(channel, message) || epoll_ctl(scribe->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        goto fail;
    if (message->cell && !join_cell(scribe, channel, message->cell)) {
        (void)epoll_ctl(scribe->epoll, EPOLL_CTL_DEL, fd, NULL);
        goto fail;
    }
    if (channel->sender == SENDER_AUTH)
        scribe->auth = channel;
    channel->next = scribe->channels;
    scribe->channels = channel;
    return true;
fail:
    free(channel);
    close(fd);
    return false;
}

/* The memory is freed at the end of the turn: an epoll event of this turn may still point to it. */
void channel_end(struct scribe *scribe, struct channel *channel)
{
    struct cell_facts *cell = channel->cell;
    if (channel->fd < 0)
        return;
    /* Closing it does not remove it from the epoll set while the master still has a copy. */
    (void)epoll_ctl(scribe->epoll, EPOLL_CTL_DEL, channel->fd, NULL);
    close(channel->fd);
    channel->fd = -1;
    scribe->to_sweep = true;
    if (scribe->auth == channel)
        scribe->auth = NULL;
    if (!cell)
        return;
    if (cell->jail == channel)
        cell->jail = NULL;
    if (channel->sender == SENDER_NET || cell->channels == 1)
        emit_left_out_of(scribe, cell);
    if (channel->sender == SENDER_NET && cell->session && !cell->leave_logged)
        emit_died(scribe, cell);
    if (channel->sender == SENDER_NET)
        cell->net_open = false;
    cell->channels--;
    if (cell->channels == 0) {
        cell->ended = true;
        scribe->ended_cells++;
    }
}

/* An ended cell is kept until the master has reported how it ended. */
static bool to_forget(const struct scribe *scribe, const struct cell_facts *cell)
{
    return cell->ended &&
           (cell->gone || scribe->master_gone || scribe->ended_cells > ENDED_CELLS_MAX);
}

static bool drop_forgotten(void *entry, void *context)
{
    struct cell_facts *cell = entry;
    struct scribe *scribe = context;
    if (!to_forget(scribe, cell))
        return false;
    if (cell->greeted && !cell->connect_logged)
        scribe->waiting_connects--;
    scribe->ended_cells--;
    free(cell->activity);
    free(cell->home);
    free(cell);
    return true;
}

void channels_sweep(struct scribe *scribe)
{
    struct channel **at = &scribe->channels;
    if (!scribe->to_sweep)
        return;
    scribe->to_sweep = false;
    while (*at) {
        struct channel *channel = *at;
        if (channel->fd >= 0) {
            at = &channel->next;
            continue;
        }
        *at = channel->next;
        free(channel);
    }
    for (size_t i = 0; i < CELL_BUCKETS && scribe->ended_cells; i++)
        hash_table_sweep(&scribe->cells, i, drop_forgotten, scribe);
}
