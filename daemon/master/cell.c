/* cell.c - runs in the master: the life of a cell, from the fork of its two
 * processes to the last of them reaped. */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/net_jail.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HALF_ALONE_MS = 10000, /* how long one half may outlive the other */
    LOGIN_GRACE_MS = 3000, /* law M1 */
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
        return &master->starting;
    case CELL_IDLE:
        return &master->idle;
    case CELL_BUSY:
        return &master->busy;
    default:
        return &master->ending;
    }
}

static void change_state(struct master *master, struct cell *cell, enum cell_state state)
{
    list_remove(list_of(master, cell->state), cell);
    cell->state = state;
    list_add(list_of(master, state), cell);
}

/* The channels of a cell, as pairs: [0] is the end that the cell itself gets. */
struct cell_channels {
    int to_net[2], jail[2], auth_net[2], auth_jail[2], dialer[2], keeper[2], scribe_net[2], scribe_jail[2];
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
        const int error = channel_pair(pairs[i], pairs[i] == channels->jail ? sizeof(struct jail_page) : 0);
        if (error) {
            shortage_met(master, "no channels for a session's processes", -error);
            close_channels(channels);
            return false;
        }
    }
    return true;
}

static void close_ends(struct cell_ends *ends)
{
    close_one(&ends->auth_net);
    close_one(&ends->auth_jail);
    close_one(&ends->dialer);
    close_one(&ends->keeper);
    close_one(&ends->scribe_net);
    close_one(&ends->scribe_jail);
}

static int give_away(int *fd)
{
    const int given = *fd;
    *fd = -1;
    return given;
}

/* The master's ends go into the cell. */
static void keep_ends(struct cell *cell, struct cell_channels *channels)
{
    cell->to_net = give_away(&channels->to_net[1]);
    cell->ends = (struct cell_ends){ .auth_net = give_away(&channels->auth_net[1]),
                                     .auth_jail = give_away(&channels->auth_jail[1]),
                                     .dialer = give_away(&channels->dialer[1]),
                                     .keeper = give_away(&channels->keeper[1]),
                                     .scribe_net = give_away(&channels->scribe_net[1]),
                                     .scribe_jail = give_away(&channels->scribe_jail[1]) };
}

static bool tell_cell(struct master *master, const struct cell *cell, enum shared_role role, uint32_t end,
                      int fd)
{
    const struct child *half = end == FM_END_JAIL ? &cell->jail : &cell->net;
    const struct fm_cell message = {
        .head.type = FM_CELL, .cell = cell->number, .end = end, .pid = half->pid
    };
    return shared_offer(master, role, &message, sizeof message, fd);
}

static bool tell_ends(struct master *master, struct cell *cell)
{
    const struct cell_ends *ends = &cell->ends;
    const bool told = tell_cell(master, cell, SHARED_SCRIBE, FM_END_NET, ends->scribe_net) &&
                      tell_cell(master, cell, SHARED_SCRIBE, FM_END_JAIL, ends->scribe_jail) &&
                      tell_cell(master, cell, SHARED_AUTH, FM_END_NET, ends->auth_net) &&
                      tell_cell(master, cell, SHARED_AUTH, FM_END_JAIL, ends->auth_jail) &&
                      tell_cell(master, cell, SHARED_DIALER, FM_END_NET, ends->dialer) &&
                      tell_cell(master, cell, SHARED_KEEPER, FM_END_NET, ends->keeper);
    close_ends(&cell->ends);
    return told;
}

static uint32_t bit_of(enum half half)
{
    return 1U << half;
}

/* Where a channel goes that is to stand at this number. */
static int *place_of(int fds[HALF_FDS_MOST], int number)
{
    return &fds[number - FD_MASTER];
}

static bool order_net(struct master *master, uint64_t cell, const struct cell_channels *channels)
{
    int fds[HALF_FDS_MOST];
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
    int fds[HALF_FDS_MOST];
    *place_of(fds, FD_MASTER) = channels->jail[1];
    *place_of(fds, FD_AUTH) = channels->auth_jail[0];
    *place_of(fds, FD_SCRIBE) = channels->scribe_jail[0];
    return zygote_ask(master, HALF_JAIL, cell, fds, JAIL_CHANNELS);
}

static void tell_address(struct master *master, const struct cell *cell, enum shared_role role)
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
    shared_tell(master, role, &message, sizeof message, -1);
}

static void tell_admitted(struct master *master, const struct cell *cell, enum shared_role role)
{
    const struct fm_admitted message = { .head.type = FM_ADMITTED, .cell = cell->number };
    shared_tell(master, role, &message, sizeof message, -1);
}

static void forget_cell(struct master *master, struct cell *cell)
{
    struct fm_gone gone = { .head.type = FM_GONE, .cell = cell->number };
    if (cell->session) {
        gone.reason = cell->login_overdue ? GONE_LOGIN_TIMEOUT : GONE_ENDED;
        shared_tell(master, SHARED_AUTH, &gone, sizeof gone, -1);
    }
    list_remove(list_of(master, cell->state), cell);
    close_one(&cell->to_net);
    close_ends(&cell->ends);
    free(cell);
}

/* No process of it lives or is being started. */
static bool is_over(const struct cell *cell)
{
    return !cell->net.pid && !cell->jail.pid && !cell->starting;
}

/* The client is gone with NET: it no longer counts. */
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

static void report_end(struct master *master, struct cell *cell, const char *who, int status)
{
    struct fm_gone gone = { .head.type = FM_GONE,
                            .cell = cell->number,
                            .reason = cell->login_overdue ? GONE_LOGIN_TIMEOUT
                                      : crashed(status)   ? GONE_CRASHED
                                                          : GONE_KILLED,
                            .wait_status = status };
    if (WIFSIGNALED(status) && !(cell->wanted_gone && WTERMSIG(status) == SIGKILL)) {
        log_cell(cell->number, LOG_LEVEL_ERROR, "%s ended by signal %d", who, WTERMSIG(status));
        if (cell->session)
            shared_tell(master, SHARED_AUTH, &gone, sizeof gone, -1); /* a crash counts as a penalty */
    }
}

static void begin_end(struct master *master, struct cell *cell)
{
    cell->wanted_gone = true;
    child_kill(&cell->net);
    child_kill(&cell->jail);
    if (cell->state != CELL_ENDING)
        change_state(master, cell, CELL_ENDING);
    cell->kill_at_ms = now_ms() + HALF_ALONE_MS;
}

/* One half has ended: the other ends by the end of file on their channel. */
static void half_ended(struct master *master, struct cell *cell, struct child *half, const char *who)
{
    const int status = child_reap(master, half);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    report_end(master, cell, who, status);
    if (cell->state <= CELL_IDLE && !cell->wanted_gone) {
        pool_young_death(master, now);
        begin_end(master, cell); /* it has no client to say goodbye to */
    }
    if (half == &cell->net)
        release_address(master, cell);
    if (cell->state != CELL_ENDING)
        change_state(master, cell, CELL_ENDING);
    if (is_over(cell)) {
        forget_cell(master, cell);
        return;
    }
    cell->kill_at_ms = now + HALF_ALONE_MS;
}

static void net_ended(struct master *master, struct watch *watch)
{
    struct cell *cell = (struct cell *)((char *)watch - offsetof(struct cell, net.watch));
    half_ended(master, cell, &cell->net, "ward-net");
}

static void jail_ended(struct master *master, struct watch *watch)
{
    struct cell *cell = (struct cell *)((char *)watch - offsetof(struct cell, jail.watch));
    half_ended(master, cell, &cell->jail, "ward-jail");
}

static struct cell *new_cell(struct master *master, struct cell_channels *channels)
{
    struct cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return NULL;
    cell->number = master->next_cell++;
    cell->made_ms = now_ms();
    cell->net.watch.ready = net_ended;
    cell->jail.watch.ready = jail_ended;
    cell->net.pidfd = cell->jail.pidfd = -1;
    keep_ends(cell, channels);
    list_add(&master->starting, cell);
    return cell;
}

bool cell_order(struct master *master)
{
    struct cell_channels channels;
    if (!open_channels(master, &channels))
        return false;
    struct cell *cell = new_cell(master, &channels);
    if (cell && order_net(master, cell->number, &channels))
        cell->starting |= bit_of(HALF_NET);
    if (cell && cell->starting && order_jail(master, cell->number, &channels))
        cell->starting |= bit_of(HALF_JAIL);
    close_channels(&channels);
    const bool fine = cell && cell->starting == (bit_of(HALF_NET) | bit_of(HALF_JAIL));
    if (cell && !fine)
        cell_end(master, cell);
    return fine;
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
    pool_make_failed(master, now_ms());
}

/* Both halves are there: the shared processes hear of it, and it may serve. */
static void ready(struct master *master, struct cell *cell)
{
    if (tell_ends(master, cell))
        change_state(master, cell, CELL_IDLE);
    else
        start_failed(master, cell);
}

void cell_started(struct master *master, uint64_t number, enum half half, pid_t pid)
{
    struct cell *cell = starting_cell(&master->starting, number, half);
    if (!cell)
        cell = starting_cell(&master->ending, number, half);
    if (!cell)
        return; /* asked of the zygote before: it ends by the end of file on its channels */
    struct child *child = half == HALF_NET ? &cell->net : &cell->jail;
    cell->starting &= ~bit_of(half);
    if (pid && child_take(master, child, pid) && cell->state == CELL_ENDING)
        child_kill(child);
    if (!child->pid)
        start_failed(master, cell);
    else if (cell->state == CELL_STARTING && !cell->starting)
        ready(master, cell);
}

static void lose(struct master *master, const struct cell_list *list, enum half half)
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

void cells_lost(struct master *master, enum half half)
{
    lose(master, &master->starting, half);
    lose(master, &master->ending, half);
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

/* The shared processes hear of the client before its NET can ask them anything. */
int cell_serve(struct master *master, struct cell *cell, const struct to_net_client *client, int socket)
{
    cell->client = *client;
    cell->session = client->session;
    tell_address(master, cell, SHARED_SCRIBE);
    tell_address(master, cell, SHARED_AUTH);
    tell_address(master, cell, SHARED_DIALER);
    change_state(master, cell, CELL_BUSY);
    return channel_send_fd(cell->to_net, client, sizeof *client, socket, MSG_DONTWAIT);
}

void cell_admit(struct master *master, struct cell *cell)
{
    cell->logged_in = true;
    tell_admitted(master, cell, SHARED_DIALER);
    tell_admitted(master, cell, SHARED_AUTH);
}

void cell_end(struct master *master, struct cell *cell)
{
    begin_end(master, cell);
    if (is_over(cell))
        forget_cell(master, cell);
}

void cell_stop(struct cell *cell, enum stop_kind kind, enum stop_reason reason)
{
    const struct to_net_stop message = { .head.type = TO_NET_STOP, .kind = kind, .reason = reason };
    (void)channel_send(cell->to_net, &message, sizeof message,
                       MSG_DONTWAIT); /* gone or stuck: the deadline kills */
}

void cells_end_banned(struct master *master, const struct address_entry *entry)
{
    const char *never = master->config->ban_never;
    for (struct cell *cell = master->busy.first; cell; cell = cell->next) {
        const bool meant =
            cell->address && (cell->address == entry || address_network(cell->address) == entry);
        if (meant && !cell->logged_in && !addr_in_blocks(&cell->client.peer, never))
            cell_stop(cell, STOP_NOW, STOP_BANNED);
    }
}

struct cell *busy_cell(struct master *master, uint64_t number)
{
    for (struct cell *cell = master->busy.last; cell; cell = cell->previous) {
        if (cell->number == number)
            return cell;
    }
    return NULL;
}

static void kill_overdue(struct cell *cell, int64_t now)
{
    if (cell->kill_at_ms && now >= cell->kill_at_ms) {
        child_kill(&cell->net);
        child_kill(&cell->jail);
    }
}

/* A new end for a living NET, and the other for the shared process that was restarted. */
static bool give_end(struct master *master, struct cell *cell, enum shared_role role)
{
    const struct to_net_end message = { .head.type = TO_NET_END, .role = role };
    int ends[2];
    if (channel_pair(ends, 0) != 0)
        return false;
    const bool told = tell_cell(master, cell, role, FM_END_NET, ends[1]);
    if (told && role != SHARED_KEEPER) /* it signs for cells, whoever their client is */
        tell_address(master, cell, role);
    if (told && role == SHARED_DIALER && cell->logged_in)
        tell_admitted(master, cell, role);
    const int error =
        told ? channel_send_fd(cell->to_net, &message, sizeof message, ends[0], MSG_DONTWAIT) : -ENOBUFS;
    close(ends[0]);
    close(ends[1]);
    return !error || error == -EPIPE || error == -ECONNRESET;
}

/* Until it can be had, the session goes on without: 425, or no log lines. */
static void renew_end(struct master *master, struct cell *cell, enum shared_role role)
{
    const uint32_t bit = 1U << role;
    cell->ends_missing &= ~bit;
    if (!give_end(master, cell, role))
        cell->ends_missing |= bit;
}

static void renew_missing_ends(struct master *master, struct cell *cell)
{
    for (unsigned role = 0; cell->ends_missing >> role; role++) {
        if (cell->ends_missing >> role & 1)
            renew_end(master, cell, (enum shared_role)role);
    }
}

static void tell_user(struct master *master, const struct cell *cell)
{
    struct fm_user message;
    memset(&message, 0, sizeof message);
    message.head.type = FM_USER;
    message.cell = cell->number;
    memcpy(message.name, cell->user, sizeof message.name);
    shared_tell(master, SHARED_SCRIBE, &message, sizeof message, -1);
}

static void tell_logged_in(struct master *master, const struct cell *cell)
{
    struct fm_logged_in message;
    memset(&message, 0, sizeof message);
    message.head.type = FM_LOGGED_IN;
    message.cell = cell->number;
    memcpy(message.name, cell->user, sizeof message.name);
    memcpy(message.group, cell->group, sizeof message.group);
    shared_tell(master, SHARED_AUTH, &message, sizeof message, -1);
}

void cells_after_restart(struct master *master, enum shared_role role)
{
    pool_renew(master);
    pool_forgive(master); /* cells that died young may have died of that process' end */
    for (struct cell *cell = master->busy.first; cell; cell = cell->next) {
        if (role == SHARED_AUTH) {
            if (cell->logged_in) {
                tell_address(master, cell, role);
                tell_logged_in(master, cell);
            }
            continue;
        }
        renew_end(master, cell, role);
        if (role == SHARED_SCRIBE && cell->logged_in)
            tell_user(master, cell);
    }
}

void cells_tick(struct master *master, int64_t now)
{
    const int64_t login_ms = (int64_t)master->config->login_timeout * 1000 + LOGIN_GRACE_MS;
    for (struct cell *cell = master->busy.first; cell; cell = cell->next) {
        if (!cell->logged_in && now >= cell->client.accepted_ms + login_ms) {
            cell->login_overdue = true;
            child_kill(&cell->net);
        }
        kill_overdue(cell, now);
        if (cell->ends_missing)
            renew_missing_ends(master, cell);
    }
    for (struct cell *cell = master->ending.first; cell; cell = cell->next)
        kill_overdue(cell, now);
}
