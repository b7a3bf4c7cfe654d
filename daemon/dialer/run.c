/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - the dialer: own uid, no capability (except CAP_NET_BIND_SERVICE if a
 * listener has active_port = 20), empty root.  Reads one request of fixed
 * size per data connection from each NET.  It learns a cell's peer from the
 * master, never from NET, so a bounce can't be requested. */
#include "daemon/dialer/dialer.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/hand_over.h"
#include "daemon/protocol/net_dialer.h"
#include "daemon/ipc/serving.h"
#include "daemon/dialer/given.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PHASE_WAITING = 1, PHASE_SERVING = 2 }; /* before and after the cell's client is logged in */

struct dialer_cell {
    struct served_cell served;
    bool has_client, logged_in;
    struct fm_address about;
    struct given given;
};

static const struct border_row from_net[] = { NET_TO_DIALER(BORDER_ROW) };

static const struct border_row from_master[] = { MASTER_TO_BOTH(BORDER_ROW)
                                                     MASTER_TO_DIALER(BORDER_ROW) };

static unsigned phase(const struct served_cell *cell)
{
    const struct dialer_cell *own = (const struct dialer_cell *)cell;
    return own->has_client && own->logged_in ? PHASE_SERVING : PHASE_WAITING;
}

/* Sessions, including those that have not logged in yet. */
static uint32_t living;

static void count_out(struct served_cell *served)
{
    living -= ((struct dialer_cell *)served)->has_client;
}

static void on_admitted(struct serving *serving, const struct fm_admitted *admitted)
{
    struct dialer_cell *cell = (struct dialer_cell *)serving_find(serving, admitted->cell);
    if (cell)
        cell->logged_in = true;
}

static void on_address(struct serving *serving, const struct fm_address *about)
{
    struct dialer_cell *cell = (struct dialer_cell *)serving_find(serving, about->cell);
    const char *wrong = validate_address(about);
    if (wrong)
        die("dialer: border violation: the master's message: %s", wrong);
    /* it has ended meanwhile */
    if (!cell)
        return;
    cell->about = *about;
    living += !cell->has_client;
    cell->has_client = true;
}

#define HEAR(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        on_##handler(serving, (const BORDER_STRUCT_##shape *)head BORDER_FD_##fds(fd));            \
        break;

static void on_master(struct serving *serving, const struct message_head *head, int fd)
{
    (void)fd; /* no row lets one come */
    switch (head->type) {
        MASTER_TO_DIALER(HEAR)
    }
}

/* A port that another session got later was free before that. */
static bool was_given_since(const void *context, uint16_t port, uint64_t turn)
{
    const struct dialer_cell *own = context;
    const struct served_cell *other = own->served.serving->cells;
    for (; other; other = other->next) {
        const struct dialer_cell *cell = (const struct dialer_cell *)other;
        if (cell != own && given_turn(&cell->given, port) > turn &&
            addr_same_host(&cell->about.local, &own->about.local))
            return true;
    }
    return false;
}

static uint64_t last_turn; /* of the last listener that was given */

/* -EMFILE: the session has reached its limit. */
static int give_listener(struct dialer_cell *cell, struct port_range range, uint16_t *port)
{
    const struct fm_address *about = &cell->about;
    given_sweep(&cell->given, &about->local, &about->peer, was_given_since, cell);
    if (cell->given.count == GIVEN_MAX)
        return -EMFILE;
    const int fd = passive_listen(&about->local, &about->peer, range, port);
    if (fd >= 0)
        given_add(&cell->given, *port, ++last_turn);
    return fd;
}

static int socket_to_listen(struct dialer_cell *cell, const struct listener_config *listener,
                            const struct dial *ask, uint16_t *port)
{
    (void)ask;
    return give_listener(cell, listener->passive_ports, port);
}

static int socket_to_connect(struct dialer_cell *cell, const struct listener_config *listener,
                             const struct dial *ask, uint16_t *port)
{
    (void)port;
    if (!listener->active || (*listener->proxy_from && !may_be_dialed(&cell->about.peer)))
        return -EPERM;
    return active_connect(&cell->about.local, &cell->about.peer, (uint16_t)ask->port,
                          listener->active_port == ACTIVE_20);
}

/* The function that makes the socket, and the ports that may be requested. */
#define MAKER(name, number, shape, fds, phases, handler, least, most)                              \
    [name] = { socket_to_##handler, (least), (most) },
static const struct {
    int (*make)(struct dialer_cell *cell, const struct listener_config *listener,
                const struct dial *ask, uint16_t *port);
    uint32_t least, most;
} makers[] = { NET_TO_DIALER(MAKER) };

/* A reload may have removed the listener of the client. */
static int make_socket(const struct serving *serving, struct dialer_cell *cell,
                       const struct dial *ask, uint16_t *port)
{
    if (cell->about.listener >= serving->config->listener_count)
        return -EADDRNOTAVAIL;
    return makers[ask->head.type].make(cell, &serving->config->listeners[cell->about.listener], ask,
                                       port);
}

/* Half of the range stays free whatever the sessions do: a session keeps one port at most, and
 * every session that keeps one was alive when the last of them got its answer. */
static bool has_ports_to_spare(const struct serving *serving, const struct dialer_cell *cell)
{
    const struct port_range range = serving->config->listeners[cell->about.listener].passive_ports;
    return (uint32_t)range.last - range.first + 1 >= 2 * living;
}

static bool port_fits(const struct dial *ask)
{
    return ask->port >= makers[ask->head.type].least && ask->port <= makers[ask->head.type].most;
}

/* An unread answer keeps its socket in flight, which counts for all sessions together. */
static bool has_read_all(const struct served_cell *served)
{
    int unread = 0;
    return ioctl(served->channel, SIOCOUTQ, &unread) == 0 && unread == 0;
}

static int send_answer(const struct dialer_cell *cell, const struct dial *ask, int fd,
                       uint16_t port)
{
    const struct served_cell *served = &cell->served;
    const struct dial_answer reply = {
        .head = ask->head,
        .error = fd < 0 ? (uint32_t)-fd : 0,
        .port = port,
        .may_keep =
            fd >= 0 && ask->head.type == DIAL_LISTEN && has_ports_to_spare(served->serving, cell),
    };
    return channel_send_fd(served->channel, &reply, sizeof reply, fd < 0 ? -1 : fd, MSG_DONTWAIT);
}

/* If a socket can't be handed over, the session gets the error and may ask again. */
static void send_socket(struct dialer_cell *cell, const struct dial *ask, int fd, uint16_t port)
{
    int error = send_answer(cell, ask, fd, port);
    if (error != 0 && fd >= 0) {
        log_cell(cell->served.number, LOG_LEVEL_WARNING, "its data socket can't be handed over: %s",
                 strerror(-error));
        if (ask->head.type == DIAL_LISTEN)
            given_take_back(&cell->given);
        error = send_answer(cell, ask, error, 0);
    }
    /* it is gone */
    if (error != 0)
        serving_end(&cell->served);
    if (fd >= 0)
        close(fd);
}

static bool dialer_answer(struct serving *serving, struct served_cell *served, const void *question,
                          const char **why)
{
    struct dialer_cell *cell = (struct dialer_cell *)served;
    const struct dial *ask = question;
    uint16_t port = 0;
    if (!port_fits(ask)) {
        *why = "a port that may not be";
        return false;
    }
    if (!has_read_all(served)) {
        *why = "a question before the last answer was read";
        return false;
    }
    const int fd = make_socket(serving, cell, ask, &port);
    send_socket(cell, ask, fd, port);
    return true;
}

static void hand(const struct served_cell *served, void *message)
{
    const struct dialer_cell *cell = (const struct dialer_cell *)served;
    struct hand_dialer *to = message;
    to->head.type = HAND_DIALER;
    to->cell = served->number;
    to->has_client = cell->has_client;
    to->logged_in = cell->logged_in;
    to->about = cell->about;
    to->port_count = (uint32_t)cell->given.count;
    for (size_t i = 0; i < cell->given.count; i++) {
        to->ports[i] = cell->given.ports[i];
        to->turns[i] = cell->given.turns[i];
    }
}

static const char *take(struct served_cell *served, const void *message)
{
    struct dialer_cell *cell = (struct dialer_cell *)served;
    const struct hand_dialer *from = message;
    if (from->port_count > GIVEN_MAX)
        return "more listeners than a session may have";
    cell->has_client = from->has_client != 0;
    living += cell->has_client;
    cell->logged_in = from->logged_in != 0;
    cell->about = from->about;
    for (size_t i = 0; i < from->port_count; i++) {
        given_add(&cell->given, (uint16_t)(from->ports[i] & UINT16_MAX), from->turns[i]);
        if (from->turns[i] > last_turn)
            last_turn = from->turns[i];
    }
    return from->has_client ? validate_address(&from->about) : NULL;
}

_Static_assert((int)GIVEN_MAX == (int)HAND_PORTS, "a session's listeners fit the message");

static const struct serving_kind dialer = {
    .name = "dialer",
    .hand_row = { "HAND_DIALER", sizeof(struct hand_dialer), 0, ALWAYS, 1 },
    .hand_type = HAND_DIALER,
    .hand = hand,
    .take = take,
    .cell_size = sizeof(struct dialer_cell),
    .from_net = from_net,
    .from_net_rows = COUNT(from_net),
    .question_size = sizeof(struct dial),
    .phase = phase,
    .end = count_out,
    .from_master = from_master,
    .from_master_rows = COUNT(from_master),
    .on_master = on_master,
    .answer = dialer_answer,
};

_Noreturn void dialer_run(struct config *config)
{
    static struct serving serving;
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    serving_run(&serving, &dialer, config);
}
