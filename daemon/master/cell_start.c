/* SPDX-License-Identifier: BSD-2-Clause */
/* cell_start.c - runs in the master: makes the channels of a cell, has its
 * halves forked by the zygotes, and makes it idle when both have started. */
#include "daemon/master/cell_start.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/cell.h"
#include "daemon/master/cell_report.h"
#include "daemon/master/master.h"
#include "daemon/master/shortage.h"
#include "daemon/protocol/net_jail.h"

#include <string.h>
#include <unistd.h>

/* The channels of a cell, as pairs: [0] is for the cell, [1] for the other side. */
struct cell_channels {
    int to_net[2], jail[2], auth_net[2], auth_jail[2], dialer[2], keeper[2], scribe_net[2],
        scribe_jail[2];
};

enum { CHANNELS = sizeof(struct cell_channels) / sizeof(int[2]) };

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_channels(struct cell_channels *channels)
{
    int(*pairs)[2] = (int(*)[2])channels;
    for (size_t i = 0; i < CHANNELS; i++) {
        close_one(&pairs[i][0]);
        close_one(&pairs[i][1]);
    }
}

static bool open_channels(struct master *master, struct cell_channels *channels)
{
    int(*pairs)[2] = (int(*)[2])channels;
    memset(channels, -1, sizeof *channels);
    for (size_t i = 0; i < CHANNELS; i++) {
        const int error =
            channel_pair(pairs[i], pairs[i] == channels->jail ? sizeof(struct jail_listing) : 0);
        if (error) {
            shortage_met(master, "cannot make the channels of a session", -error);
            close_channels(channels);
            return false;
        }
    }
    return true;
}

static int move_end(int *fd)
{
    const int moved = *fd;
    *fd = -1;
    return moved;
}

/* Moves the other side's ends into the cell. */
static void keep_ends(struct cell *cell, struct cell_channels *channels)
{
    cell->to_net = move_end(&channels->to_net[1]);
    cell->ends = (struct cell_ends){ .auth_net = move_end(&channels->auth_net[1]),
                                     .auth_jail = move_end(&channels->auth_jail[1]),
                                     .dialer = move_end(&channels->dialer[1]),
                                     .keeper = move_end(&channels->keeper[1]),
                                     .scribe_net = move_end(&channels->scribe_net[1]),
                                     .scribe_jail = move_end(&channels->scribe_jail[1]) };
}

static uint32_t bit_of(enum half half)
{
    return 1U << half;
}

/* Where the channel goes that becomes this descriptor. */
static int *place_of(int fds[HALF_FDS_MAX], int number)
{
    return &fds[number - FD_MASTER];
}

static bool order_net(struct master *master, uint64_t cell, const struct cell_channels *channels)
{
    int fds[HALF_FDS_MAX];
    *place_of(fds, FD_MASTER) = channels->to_net[0];
    *place_of(fds, FD_AUTH) = channels->auth_net[0];
    *place_of(fds, FD_SCRIBE) = channels->scribe_net[0];
    *place_of(fds, FD_JAIL) = channels->jail[0];
    *place_of(fds, FD_DIALER) = channels->dialer[0];
    *place_of(fds, FD_KEEPER) = channels->keeper[0];
    return zygote_ask(master, HALF_NET, cell, fds, NET_CHANNELS);
}

static bool order_jail(struct master *master, uint64_t cell, const struct cell_channels *channels)
{
    int fds[HALF_FDS_MAX];
    *place_of(fds, FD_MASTER) = channels->jail[1];
    *place_of(fds, FD_AUTH) = channels->auth_jail[0];
    *place_of(fds, FD_SCRIBE) = channels->scribe_jail[0];
    return zygote_ask(master, HALF_JAIL, cell, fds, JAIL_CHANNELS);
}

bool cell_order(struct master *master)
{
    struct cell_channels channels;
    if (!open_channels(master, &channels))
        return false;
    struct cell *cell = cell_new(master);
    if (cell)
        keep_ends(cell, &channels);
    if (cell && order_net(master, cell->number, &channels))
        cell->starting |= bit_of(HALF_NET);
    if (cell && cell->starting && order_jail(master, cell->number, &channels))
        cell->starting |= bit_of(HALF_JAIL);
    close_channels(&channels);
    const bool ordered = cell && cell->starting == (bit_of(HALF_NET) | bit_of(HALF_JAIL));
    if (cell && !ordered)
        cell_end(master, cell);
    return ordered;
}

static struct cell *starting_cell(const struct cell_list *list, uint64_t number, enum half half)
{
    for (struct cell *cell = list->first; cell; cell = cell->next) {
        if (cell->number == number)
            return cell->starting & bit_of(half) ? cell : NULL;
    }
    return NULL;
}

static void start_failed(struct master *master, struct cell *cell)
{
    cell_end(master, cell);
    throttle_failure(&master->cells->throttle, now_ms());
}

/* Both halves have started. */
static void start_complete(struct master *master, struct cell *cell)
{
    if (cell_report_ends(master, cell))
        cell_set_state(master, cell, CELL_IDLE);
    else
        start_failed(master, cell);
}

static void half_forked(struct master *master, uint64_t number, enum half half, pid_t pid)
{
    struct cell *cell = starting_cell(&master->cells->starting, number, half);
    if (!cell)
        cell = starting_cell(&master->cells->ending, number, half);
    /* ordered by a cell that is gone: it ends by the end of file on its channels */
    if (!cell)
        return;
    struct child *child = half == HALF_NET ? &cell->net : &cell->jail;
    cell->starting &= ~bit_of(half);
    if (pid && child_take(master, child, pid) && cell->state == CELL_ENDING)
        child_kill(child);
    if (!child->pid)
        start_failed(master, cell);
    else if (cell->state == CELL_STARTING && !cell->starting)
        start_complete(master, cell);
}

static void end_those_starting(struct master *master, const struct cell_list *list, enum half half)
{
    struct cell *next;
    for (struct cell *cell = list->first; cell; cell = next) {
        next = cell->next;
        if (!(cell->starting & bit_of(half)))
            continue;
        cell->starting &= ~bit_of(half);
        cell_end(master, cell);
    }
}

static void zygote_lost(struct master *master, enum half half)
{
    end_those_starting(master, &master->cells->starting, half);
    end_those_starting(master, &master->cells->ending, half);
}

const struct zygote_events cell_zygote_events = { .forked = half_forked, .lost = zygote_lost };
