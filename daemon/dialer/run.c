/* run.c - the dialer: own uid, no capability (but CAP_NET_BIND_SERVICE where a
 * listener says active_port = 20), empty root.  Reads one request of fixed
 * size per data connection from each NET.  Whose peer a cell has it learns
 * from the master, never from NET: a bounce can't be asked for. */
#include "daemon/dialer/dialer.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/from_master.h"
#include "daemon/border/log.h"
#include "daemon/border/net_dialer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64 };
enum { PHASE_WAITING = 1, PHASE_SERVING = 2 }; /* before and after the cell has a client */

struct client_cell {
    uint64_t number;
    int channel; /* -1: at its end, to be freed */
    unsigned phase;
    struct fm_address about;
    struct client_cell *next;
};

struct dialer {
    struct config *config;
    int epoll;
    bool master_gone;
    struct client_cell *cells; /* few look-ups by number: two a session */
};

static const struct border_row from_net[] = {
    [DIAL_LISTEN] = { "listen", sizeof(struct dial), 0, PHASE_SERVING, 0 },
    [DIAL_CONNECT] = { "connect", sizeof(struct dial), 0, PHASE_SERVING, 0 },
};

enum { ALWAYS = 1 };
static const struct border_row from_master[] = {
    [FM_CELL] = { "cell", sizeof(struct fm_cell), 0, ALWAYS, 1 },
    [FM_ADDRESS] = { "address", sizeof(struct fm_address), 0, ALWAYS, 0 },
    [FM_CONFIG] = { "config", sizeof(struct message_head), 0, ALWAYS, 1 },
    [FM_SCRIBE] = { "scribe", sizeof(struct message_head), 0, ALWAYS, 1 },
};

static struct client_cell *find_cell(struct dialer *dialer, uint64_t number)
{
    struct client_cell *cell = dialer->cells;
    while (cell && cell->number != number)
        cell = cell->next;
    return cell;
}

static void add_cell(struct dialer *dialer, const struct fm_cell *message, int channel)
{
    struct client_cell *cell = calloc(1, sizeof *cell);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = cell };
    if (!cell || epoll_ctl(dialer->epoll, EPOLL_CTL_ADD, channel, &event) != 0) {
        log_note(LOG_LEVEL_ERROR, "no room for cell %llu", (unsigned long long)message->cell);
        free(cell);
        close(channel); /* its NET answers 425 */
        return;
    }
    cell->number = message->cell;
    cell->channel = channel;
    cell->phase = PHASE_WAITING;
    cell->next = dialer->cells;
    dialer->cells = cell;
}

/* The memory goes at the end of the turn: an event of this turn may still name it. */
static void end_cell(struct client_cell *cell)
{
    close(cell->channel);
    cell->channel = -1;
}

static void sweep_cells(struct dialer *dialer)
{
    struct client_cell **at = &dialer->cells;
    while (*at) {
        struct client_cell *cell = *at;
        if (cell->channel >= 0) {
            at = &cell->next;
            continue;
        }
        *at = cell->next;
        free(cell);
    }
}

static void new_config(struct dialer *dialer, int fd)
{
    struct config *config = config_from_fd(fd);
    close(fd);
    if (!config) {
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
        return;
    }
    free(dialer->config);
    dialer->config = config;
}

static void on_master_message(struct dialer *dialer, const struct message_head *head, int fd)
{
    switch (head->type) {
    case FM_CELL:
        add_cell(dialer, (const struct fm_cell *)head, fd);
        break;
    case FM_ADDRESS: {
        const struct fm_address *about = (const struct fm_address *)head;
        struct client_cell *cell = find_cell(dialer, about->cell);
        if (cell && about->listener < dialer->config->listener_count) {
            cell->about = *about;
            cell->phase = PHASE_SERVING;
        }
        break;
    }
    case FM_CONFIG:
        new_config(dialer, fd);
        break;
    default:
        log_open(fd, dialer->config->log_level);
        break;
    }
}

/* To its end: what the master said must be known before any cell is served. */
static void drain_master(struct dialer *dialer)
{
    union {
        struct message_head head;
        struct fm_cell cell;
        struct fm_address address;
    } message;
    int fd;
    ssize_t n;

    while (!dialer->master_gone) {
        n = channel_receive_fd(FD_MASTER, &message, sizeof message, &fd, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n <= 0) {
            dialer->master_gone = true;
            (void)epoll_ctl(dialer->epoll, EPOLL_CTL_DEL, FD_MASTER, NULL);
            return;
        }
        if (border_check(from_master, COUNT(from_master), &message, (size_t)n, ALWAYS, fd) != BORDER_FINE)
            die("dialer: the master sent what is not in the table");
        on_master_message(dialer, &message.head, fd);
    }
}

static int make_socket(const struct dialer *dialer, const struct client_cell *cell, const struct dial *ask,
                       uint16_t *port)
{
    const struct listener_config *listener = &dialer->config->listeners[cell->about.listener];
    if (ask->head.type == DIAL_LISTEN)
        return passive_listen(&cell->about.local, &cell->about.peer, listener->passive_ports, port);
    if (!listener->active)
        return -EPERM;
    return active_connect(&cell->about.local, &cell->about.peer, (uint16_t)ask->port,
                          listener->active_port == ACTIVE_20);
}

static bool port_fits(const struct dial *ask)
{
    if (ask->head.type == DIAL_LISTEN)
        return ask->port == 0;
    return ask->port >= 1024 && ask->port <= 65535; /* law D1 */
}

static void serve(struct dialer *dialer, struct client_cell *cell)
{
    struct dial ask;
    uint16_t port = 0;
    const ssize_t n = channel_receive(cell->channel, &ask, sizeof ask, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n <= 0) {
        end_cell(cell);
        return;
    }
    const enum border_fault fault =
        border_check(from_net, COUNT(from_net), &ask, (size_t)n, cell->phase, -1);
    if (fault != BORDER_FINE || !port_fits(&ask)) {
        log_cell(cell->number, LOG_LEVEL_ERROR, "border violation: NET to dialer: %s",
                 fault == BORDER_FINE ? "a port that may not be" : border_fault_text(fault));
        end_cell(cell);
        return;
    }
    const int fd = make_socket(dialer, cell, &ask, &port);
    const struct dial_answer answer = { .head = ask.head, .error = fd < 0 ? (uint32_t)-fd : 0, .port = port };
    if (channel_send_fd(cell->channel, &answer, sizeof answer, fd < 0 ? -1 : fd, MSG_DONTWAIT) != 0)
        end_cell(cell); /* it asked without reading its answers, or it is gone */
    if (fd >= 0)
        close(fd);
}

static void turn(struct dialer *dialer)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(dialer->epoll, events, EVENTS, -1);
    if (n < 0 && errno != EINTR)
        die("dialer: epoll_wait: %s", strerror(errno));
    drain_master(dialer);
    for (int i = 0; i < n; i++) {
        struct client_cell *cell = events[i].data.ptr; /* NULL: the master's channel */
        if (cell && cell->channel >= 0)
            serve(dialer, cell);
    }
    sweep_cells(dialer);
}

_Noreturn void dialer_run(struct config *config)
{
    struct dialer dialer = { .config = config };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

    log_open(FD_SCRIBE, config->log_level);
    dialer.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (dialer.epoll < 0 || epoll_ctl(dialer.epoll, EPOLL_CTL_ADD, FD_MASTER, &event) != 0)
        die("dialer: epoll: %s", strerror(errno));
    while (!dialer.master_gone || dialer.cells)
        turn(&dialer);
    _exit(0);
}
