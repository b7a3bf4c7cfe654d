/* SPDX-License-Identifier: BSD-2-Clause */
/* cell_report.c - runs in the master: messages about a cell to the shared
 * processes, with their ends of its channels. */
#include "daemon/master/cell_report.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool send_net_end(struct master *master, const struct cell *cell, enum shared_role role,
                         int fd)
{
    const struct fm_cell message = {
        .head.type = FM_CELL, .cell = cell->number, .end = FM_END_NET, .pid = cell->net.pid
    };
    return shared_try_send(master, role, &message, sizeof message, &fd, 1);
}

static bool send_both_ends(struct master *master, const struct cell *cell, enum shared_role role,
                           int net, int jail)
{
    const struct fm_halves message = { .head.type = FM_HALVES,
                                       .cell = cell->number,
                                       .net_pid = cell->net.pid,
                                       .jail_pid = cell->jail.pid };
    const int fds[] = { net, jail };
    return shared_try_send(master, role, &message, sizeof message, fds, COUNT(fds));
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void cell_close_ends(struct cell_ends *ends)
{
    close_end(&ends->auth_net);
    close_end(&ends->auth_jail);
    close_end(&ends->dialer);
    close_end(&ends->keeper);
    close_end(&ends->scribe_net);
    close_end(&ends->scribe_jail);
}

bool cell_report_ends(struct master *master, struct cell *cell)
{
    const struct cell_ends *ends = &cell->ends;
    const bool sent =
        send_both_ends(master, cell, SHARED_SCRIBE, ends->scribe_net, ends->scribe_jail) &&
        send_both_ends(master, cell, SHARED_AUTH, ends->auth_net, ends->auth_jail) &&
        send_net_end(master, cell, SHARED_DIALER, ends->dialer) &&
        send_net_end(master, cell, SHARED_KEEPER, ends->keeper);
    const int kept = cell->ends.scribe_jail; /* for the next scribe: a JAIL can take no new end */
    cell->ends.scribe_jail = -1;
    cell_close_ends(&cell->ends);
    cell->ends.scribe_jail = kept;
    return sent;
}

/* What its JAIL has sent since the scribe before ended is in the channel still. */
static void give_jail_again(struct master *master, const struct cell *cell)
{
    const struct fm_cell message = {
        .head.type = FM_CELL, .cell = cell->number, .end = FM_END_JAIL, .pid = cell->jail.pid
    };
    if (cell->ends.scribe_jail >= 0)
        (void)shared_try_send(master, SHARED_SCRIBE, &message, sizeof message,
                              &cell->ends.scribe_jail, 1);
}

static void send_client(struct master *master, const struct cell *cell, enum shared_role role)
{
    struct fm_address message;
    memset(&message, 0, sizeof message);
    message.head.type = FM_ADDRESS;
    message.cell = cell->number;
    message.session = cell->session;
    message.listener = cell->client.listener;
    message.accepted_ms = cell->client.accepted_ms;
    message.peer = cell->client.peer;
    message.local = cell->client.local;
    shared_send(master, role, &message, sizeof message, -1);
}

void cell_report_client(struct master *master, const struct cell *cell)
{
    send_client(master, cell, SHARED_SCRIBE);
    send_client(master, cell, SHARED_AUTH);
    send_client(master, cell, SHARED_DIALER);
}

static void send_admitted(struct master *master, const struct cell *cell, enum shared_role role)
{
    const struct fm_admitted message = { .head.type = FM_ADMITTED, .cell = cell->number };
    shared_send(master, role, &message, sizeof message, -1);
}

static void send_user(struct master *master, const struct cell *cell)
{
    struct fm_user message;
    memset(&message, 0, offsetof(struct fm_user, home));
    message.head.type = FM_USER;
    message.cell = cell->number;
    memcpy(message.name, cell->user, sizeof message.name);
    (void)text_copy(message.home, sizeof message.home, cell->home ? cell->home : "");
    shared_send(master, SHARED_SCRIBE, &message,
                message_size(offsetof(struct fm_user, home), message.home), -1);
}

void cell_report_login(struct master *master, const struct cell *cell)
{
    send_user(master, cell);
    send_admitted(master, cell, SHARED_DIALER);
    send_admitted(master, cell, SHARED_AUTH);
}

void cell_report_gone(struct master *master, const struct cell *cell, enum gone_reason reason,
                      int wait_status)
{
    const struct fm_gone message = {
        .head.type = FM_GONE, .cell = cell->number, .reason = reason, .wait_status = wait_status
    };
    shared_send(master, SHARED_AUTH, &message, sizeof message, -1);
}

static void send_logged_in(struct master *master, const struct cell *cell)
{
    struct fm_logged_in message;
    memset(&message, 0, sizeof message);
    message.head.type = FM_LOGGED_IN;
    message.cell = cell->number;
    memcpy(message.name, cell->user, sizeof message.name);
    memcpy(message.group, cell->group, sizeof message.group);
    shared_send(master, SHARED_AUTH, &message, sizeof message, -1);
}

/* One end of a new channel for a living NET, the other for the shared process that was
 * restarted. */
static bool renew_channel(struct master *master, struct cell *cell, enum shared_role role)
{
    const struct to_net_end message = { .head.type = TO_NET_END, .role = role };
    int ends[2];
    if (channel_pair(ends, 0) != 0)
        return false;
    const bool sent = send_net_end(master, cell, role, ends[1]);
    if (sent && role != SHARED_KEEPER) /* the keeper needs no address */
        send_client(master, cell, role);
    if (sent && role == SHARED_DIALER && cell->logged_in)
        send_admitted(master, cell, role);
    const int error =
        sent ? channel_send_fd(cell->to_net, &message, sizeof message, ends[0], MSG_DONTWAIT)
             : -ENOBUFS;
    close(ends[0]);
    close(ends[1]);
    return !error || error == -EPIPE || error == -ECONNRESET;
}

/* Until it succeeds, the session goes on without: 425, or no log lines. */
static void renew_end(struct master *master, struct cell *cell, enum shared_role role)
{
    const uint32_t bit = 1U << role;
    cell->ends_missing &= ~bit;
    if (!renew_channel(master, cell, role))
        cell->ends_missing |= bit;
}

void cell_renew_missing_ends(struct master *master, struct cell *cell)
{
    for (unsigned role = 0; cell->ends_missing >> role; role++) {
        if (cell->ends_missing >> role & 1)
            renew_end(master, cell, (enum shared_role)role);
    }
}

void cell_report_again(struct master *master, struct cell *cell, enum shared_role role)
{
    if (role != SHARED_AUTH)
        renew_end(master, cell, role);
    if (role == SHARED_SCRIBE && cell->logged_in)
        send_user(master, cell);
    if (role == SHARED_SCRIBE)
        give_jail_again(master, cell);
    if (role == SHARED_AUTH && cell->logged_in) {
        send_client(master, cell, role);
        send_logged_in(master, cell);
    }
}
