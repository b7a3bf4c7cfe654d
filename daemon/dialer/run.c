/* run.c - the dialer: own uid, no capability (but CAP_NET_BIND_SERVICE where a
 * listener says active_port = 20), empty root.  Reads one request of fixed
 * size per data connection from each NET.  Whose peer a cell has it learns
 * from the master, never from NET: a bounce can't be asked for. */
#include "daemon/dialer/dialer.h"

#include "common/text.h"
#include "daemon/border/judge.h"
#include "daemon/border/log.h"
#include "daemon/border/net_dialer.h"
#include "daemon/border/serving.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PHASE_WAITING = 1, PHASE_SERVING = 2 }; /* before and after the cell has a client */

struct dialer_cell {
    struct served_cell served;
    bool has_client;
    struct fm_address about;
};

static const struct border_row from_net[] = {
    [DIAL_LISTEN] = { "listen", sizeof(struct dial), 0, PHASE_SERVING, 0 },
    [DIAL_CONNECT] = { "connect", sizeof(struct dial), 0, PHASE_SERVING, 0 },
};

static const struct border_row from_master[] = {
    SERVING_FROM_MASTER,
    [FM_ADDRESS] = { "address", sizeof(struct fm_address), 0, 1, 0 },
};

static unsigned phase(const struct served_cell *cell)
{
    return ((const struct dialer_cell *)cell)->has_client ? PHASE_SERVING : PHASE_WAITING;
}

/* The one message that is the dialer's own: the cell's client. */
static void on_master(struct serving *serving, const struct message_head *message, int fd)
{
    const struct fm_address *about = (const struct fm_address *)message;
    struct dialer_cell *cell = (struct dialer_cell *)serving_find(serving, about->cell);
    const char *wrong = judge_address(about);
    (void)fd; /* its row lets none come */
    if (wrong)
        die("dialer: border violation: the master's message: %s", wrong);
    if (!cell)
        return; /* it has ended meanwhile */
    cell->about = *about;
    cell->has_client = true;
}

/* A reload may have taken the listener away that the client came by. */
static int make_socket(const struct serving *serving, const struct fm_address *about, const struct dial *ask,
                       uint16_t *port)
{
    if (about->listener >= serving->config->listener_count)
        return -EADDRNOTAVAIL;
    const struct listener_config *listener = &serving->config->listeners[about->listener];
    if (ask->head.type == DIAL_LISTEN)
        return passive_listen(&about->local, &about->peer, listener->passive_ports, port);
    if (!listener->active)
        return -EPERM;
    return active_connect(&about->local, &about->peer, (uint16_t)ask->port,
                          listener->active_port == ACTIVE_20);
}

static bool port_fits(const struct dial *ask)
{
    if (ask->head.type == DIAL_LISTEN)
        return ask->port == 0;
    return ask->port >= 1024 && ask->port <= 65535; /* law D1 */
}

static bool answer(struct serving *serving, struct served_cell *served, const void *question,
                   const char **why)
{
    const struct dialer_cell *cell = (const struct dialer_cell *)served;
    const struct dial *ask = question;
    uint16_t port = 0;
    if (!port_fits(ask)) {
        *why = "a port that may not be";
        return false;
    }
    const int fd = make_socket(serving, &cell->about, ask, &port);
    const struct dial_answer reply = { .head = ask->head, .error = fd < 0 ? (uint32_t)-fd : 0, .port = port };
    if (channel_send_fd(served->channel, &reply, sizeof reply, fd < 0 ? -1 : fd, MSG_DONTWAIT) != 0)
        serving_end(served); /* it asked without reading its answers, or it is gone */
    if (fd >= 0)
        close(fd);
    return true;
}

static const struct serving_kind dialer = {
    .name = "dialer",
    .cell_size = sizeof(struct dialer_cell),
    .from_net = from_net,
    .from_net_rows = COUNT(from_net),
    .question_size = sizeof(struct dial),
    .phase = phase,
    .from_master = from_master,
    .from_master_rows = COUNT(from_master),
    .on_master = on_master,
    .answer = answer,
};

_Noreturn void dialer_run(struct config *config)
{
    static struct serving serving;
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    serving_run(&serving, &dialer, config);
}
