/* SPDX-License-Identifier: BSD-2-Clause */
/* cell.c - runs in the master: the life of a cell, until the last of its two
 * processes is reaped. */
#include "daemon/master/cell.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell_report.h"
#include "daemon/master/master.h"
#include "daemon/master/zygotes.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HALF_ALONE_MS = 10000, /* how long one half may outlive the other */
    LOGIN_GRACE_MS = 3000, /* law M1 */
    ZYGOTE_HUNG_MS = 5000, /* it has not answered for so long */
};

static void list_add(struct cell_list *list, struct cell *cell)
{
    cell->previous = list->last;
    cell->next = NULL;
    *(list->last ? &list->last->next : &list->first) = cell;
    list->last = cell;
    list->count++;
}

static void list_remove(struct cell_list *list, struct cell *cell)
{
    *(cell->previous ? &cell->previous->next : &list->first) = cell->next;
    *(cell->next ? &cell->next->previous : &list->last) = cell->previous;
    list->count--;
}

static struct cell_list *list_of(struct master *master, enum cell_state state)
{
    switch (state) {
    case CELL_STARTING:
        return &master->cells->starting;
    case CELL_IDLE:
        return &master->cells->idle;
    case CELL_BUSY:
        return &master->cells->busy;
    default:
        return &master->cells->ending;
    }
}

void cell_set_state(struct master *master, struct cell *cell, enum cell_state state)
{
    list_remove(list_of(master, cell->state), cell);
    cell->state = state;
    list_add(list_of(master, state), cell);
}

struct cells *cells_new(void)
{
    struct cells *cells = calloc(1, sizeof *cells);
    if (cells)
        cells->next_cell = 1;
    return cells;
}

/* Its processes have ended, and none is being started. */
static bool is_over(const struct cell *cell)
{
    return !cell->net.pid && !cell->jail.pid && !cell->starting;
}

static void cell_forget(struct master *master, struct cell *cell)
{
    if (cell->session)
        cell_report_gone(master, cell, cell->login_overdue ? GONE_LOGIN_TIMEOUT : GONE_ENDED, 0);
    list_remove(list_of(master, cell->state), cell);
    if (cell->to_net >= 0)
        close(cell->to_net);
    cell_close_ends(&cell->ends);
    free(cell->home);
    free(cell);
}

/* NET has ended, and the client with it: it counts no longer. */
static void release_address(struct master *master, struct cell *cell)
{
    if (cell->address)
        address_remove(master->addresses, cell->address);
    cell->address = NULL;
}

static bool crashed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
}

static enum gone_reason gone_reason_of(const struct cell *cell, int status)
{
    return cell->login_overdue ? GONE_LOGIN_TIMEOUT : crashed(status) ? GONE_CRASHED : GONE_KILLED;
}

/* auth counts a crash as a penalty. */
static void report_signal(struct master *master, const struct cell *cell, const char *process,
                          int status)
{
    if (!WIFSIGNALED(status) || (cell->end_wanted && WTERMSIG(status) == SIGKILL))
        return;
    log_cell(cell->number, LOG_LEVEL_ERROR, "%s ended by signal %d", process, WTERMSIG(status));
    if (cell->session)
        cell_report_gone(master, cell, gone_reason_of(cell, status), status);
}

static void begin_end(struct master *master, struct cell *cell)
{
    cell->end_wanted = true;
    child_kill(&cell->net);
    child_kill(&cell->jail);
    if (cell->state != CELL_ENDING)
        cell_set_state(master, cell, CELL_ENDING);
    cell->kill_at_ms = now_ms() + HALF_ALONE_MS;
}

/* One half has ended: the other ends by the end of file on their channel. */
static void half_ended(struct master *master, struct cell *cell, struct child *half,
                       const char *process)
{
    const int status = child_reap(master, half);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    report_signal(master, cell, process, status);
    if (cell->state <= CELL_IDLE && !cell->end_wanted) {
        throttle_young_death(&master->cells->throttle, now);
        begin_end(master, cell); /* no client waits for its reply */
    }
    if (half == &cell->net)
        release_address(master, cell);
    if (cell->state != CELL_ENDING)
        cell_set_state(master, cell, CELL_ENDING);
    if (is_over(cell)) {
        cell_forget(master, cell);
        return;
    }
    cell->kill_at_ms = now + HALF_ALONE_MS;
}

static void net_ended(struct master *master, struct watch *watch)
{
    struct cell *cell = WATCH_OWNER(struct cell, net.watch, watch);
    half_ended(master, cell, &cell->net, "ward-net");
}

static void jail_ended(struct master *master, struct watch *watch)
{
    struct cell *cell = WATCH_OWNER(struct cell, jail.watch, watch);
    half_ended(master, cell, &cell->jail, "ward-jail");
}

struct cell *cell_new(struct master *master)
{
    struct cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return NULL;
    cell->number = master->cells->next_cell++;
    cell->made_ms = now_ms();
    cell->to_net = -1;
    memset(&cell->ends, -1, sizeof cell->ends);
    cell->net.watch.ready = net_ended;
    cell->jail.watch.ready = jail_ended;
    cell->net.pidfd = cell->jail.pidfd = -1;
    list_add(&master->cells->starting, cell);
    return cell;
}

bool cell_is_whole(const struct cell *cell, int socket, short *events)
{
    struct pollfd polled[3] = { { .fd = cell->net.pidfd, .events = POLLIN },
                                { .fd = cell->jail.pidfd, .events = POLLIN },
                                { .fd = socket, .events = POLLRDHUP } };
    *events = 0;
    if (poll(polled, COUNT(polled), 0) <= 0)
        return true;
    *events = polled[2].revents;
    return !polled[0].revents && !polled[1].revents;
}

/* The shared processes learn of the client before its NET can ask them anything. */
int cell_serve(struct master *master, struct cell *cell, const struct to_net_client *client,
               int socket)
{
    cell->client = *client;
    cell->session = client->session;
    cell_report_client(master, cell);
    cell_set_state(master, cell, CELL_BUSY);
    return channel_send_fd(cell->to_net, client, sizeof *client, socket, MSG_DONTWAIT);
}

void cell_log_in(struct master *master, struct cell *cell, const char user[NAME_ROOM],
                 const char group[NAME_ROOM], const char *home)
{
    memcpy(cell->user, user, sizeof cell->user);
    memcpy(cell->group, group, sizeof cell->group);
    free(cell->home);
    cell->home = strdup(home);
    cell->logged_in = true;
    cell_report_login(master, cell);
}

void cell_end(struct master *master, struct cell *cell)
{
    begin_end(master, cell);
    if (is_over(cell))
        cell_forget(master, cell);
}

void cell_stop(struct cell *cell, enum stop_kind kind, enum stop_reason reason)
{
    const struct to_net_stop message = { .head.type = TO_NET_STOP, .kind = kind, .reason = reason };
    /* where it does not read: the deadline kills it */
    (void)channel_send(cell->to_net, &message, sizeof message, MSG_DONTWAIT);
}

void cell_kick(struct cell *cell, enum stop_reason reason, int64_t kill_at_ms)
{
    cell_stop(cell, STOP_NOW, reason);
    cell->end_wanted = true;
    cell->kill_at_ms = kill_at_ms;
}

void cells_stop_banned(struct master *master, const struct address_entry *entry)
{
    const char *never = master->config->ban_never;
    for (struct cell *cell = master->cells->busy.first; cell; cell = cell->next) {
        const bool banned =
            cell->address && (cell->address == entry || address_network(cell->address) == entry);
        if (banned && !cell->logged_in && !addr_in_blocks(&cell->client.peer, never))
            cell_stop(cell, STOP_NOW, STOP_BANNED);
    }
}

struct cell *cell_find_busy(struct master *master, uint64_t number)
{
    struct cell *cell = master->cells->busy.last;
    while (cell && cell->number != number)
        cell = cell->previous;
    return cell;
}

static bool cell_list_has(const struct cell_list *list, pid_t pid)
{
    for (const struct cell *cell = list->first; cell; cell = cell->next) {
        if (cell->net.pid == pid || cell->jail.pid == pid)
            return true;
    }
    return false;
}

bool cells_have(const struct master *master, pid_t pid)
{
    const struct cells *cells = master->cells;
    return cell_list_has(&cells->starting, pid) || cell_list_has(&cells->idle, pid) ||
           cell_list_has(&cells->busy, pid) || cell_list_has(&cells->ending, pid);
}

static void kill_overdue(struct cell *cell, int64_t now)
{
    if (cell->kill_at_ms && now >= cell->kill_at_ms) {
        child_kill(&cell->net);
        child_kill(&cell->jail);
    }
}

static void tick_busy(struct master *master, struct cell *cell, int64_t now)
{
    const int64_t login_ms = (int64_t)master->config->login_timeout * 1000 + LOGIN_GRACE_MS;
    if (!cell->logged_in && now >= cell->client.accepted_ms + login_ms) {
        cell->login_overdue = true;
        child_kill(&cell->net);
    }
    kill_overdue(cell, now);
    if (cell->ends_missing)
        cell_renew_missing_ends(master, cell);
}

/* The zygotes that the oldest starting cell has waited for too long. */
static void kill_hung_zygotes(struct master *master, int64_t now)
{
    const struct cell *oldest = master->cells->starting.first;
    if (!oldest || now - oldest->made_ms < ZYGOTE_HUNG_MS)
        return;
    for (unsigned half = 0; half < HALVES; half++) {
        if (oldest->starting >> half & 1)
            zygote_kill_hung(master, (enum half)half);
    }
}

void cells_tick(struct master *master, int64_t now)
{
    for (struct cell *cell = master->cells->busy.first; cell; cell = cell->next)
        tick_busy(master, cell, now);
    for (struct cell *cell = master->cells->ending.first; cell; cell = cell->next)
        kill_overdue(cell, now);
    kill_hung_zygotes(master, now);
}
