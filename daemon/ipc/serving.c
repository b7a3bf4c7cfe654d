/* SPDX-License-Identifier: BSD-2-Clause */
/* serving.c - runs in the dialer and in the keeper, with the privilege of each;
 * reads the messages of the master and the questions of NETs. */
#include "daemon/ipc/serving.h"

#include "daemon/ipc/hand_over.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, QUESTION_ROOM = 1024 };

struct served_cell *serving_find(struct serving *serving, uint64_t number)
{
    return hash_table_find_number(&serving->by_number, number);
}

static void keep(struct serving *serving, struct served_cell *cell)
{
    cell->serving = serving;
    hash_table_add(&serving->by_number, &cell->node, cell->number);
    cell->next = serving->cells;
    if (cell->next)
        cell->next->previous = cell;
    serving->cells = cell;
}

/* An event of this turn may still point to it: it is freed at the end of the turn. */
static void put_aside(struct served_cell *cell)
{
    struct serving *serving = cell->serving;
    hash_table_remove(&serving->by_number, &cell->node);
    *(cell->previous ? &cell->previous->next : &serving->cells) = cell->next;
    if (cell->next)
        cell->next->previous = cell->previous;
    cell->next = serving->ended;
    serving->ended = cell;
}

void serving_end(struct served_cell *cell)
{
    if (cell->channel < 0)
        return;
    /* Closing it does not remove it from the set while the master still has a copy. */
    (void)epoll_ctl(cell->serving->epoll, EPOLL_CTL_DEL, cell->channel, NULL);
    close(cell->channel);
    cell->channel = -1;
    if (cell->serving->kind->end)
        cell->serving->kind->end(cell);
    put_aside(cell);
}

/* NULL: no memory; closes the channel. */
static struct served_cell *cell_add(struct serving *serving, uint64_t number, int channel)
{
    struct served_cell *cell = calloc(1, serving->kind->cell_size);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = cell };
    if (!cell || epoll_ctl(serving->epoll, EPOLL_CTL_ADD, channel, &event) != 0) {
        log_note(LOG_LEVEL_ERROR, "no memory for cell %llu", (unsigned long long)number);
        free(cell);
        close(channel); /* NET sees the end of file */
        return NULL;
    }
    cell->number = number;
    cell->channel = channel;
    if (serving->kind->begin)
        serving->kind->begin(cell);
    keep(serving, cell);
    return cell;
}

static void on_cell(struct serving *serving, const struct fm_cell *message, int channel)
{
    (void)cell_add(serving, message->cell, channel);
}

static void free_ended(struct serving *serving)
{
    while (serving->ended) {
        struct served_cell *cell = serving->ended;
        serving->ended = cell->next;
        free(cell);
    }
}

static void on_config(struct serving *serving, const struct message_head *head, int fd)
{
    (void)head;
    if (!config_replace(&serving->config, fd))
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
}

static void on_scribe(struct serving *serving, const struct message_head *head, int fd)
{
    (void)head;
    log_open(fd, (enum log_level)serving->config->log_level);
}

/* Each question is answered before the next one is read, so nothing is under way. */
static void on_finish(const struct serving *serving, const struct message_head *head)
{
    const struct message_head answer = { .type = TM_FINISHED };
    (void)serving;
    (void)head;
    /* where it is lost, the master waits no longer than its time limit */
    (void)channel_send(FD_MASTER, &answer, sizeof answer, MSG_DONTWAIT);
}

/* The questions that are still in the channels are the successor's. */
static void on_leave(const struct serving *serving, const struct message_head *head)
{
    union {
        struct hand_dialer dialer;
        struct hand_keeper keeper;
    } message;
    (void)head;
    for (const struct served_cell *cell = serving->cells; cell; cell = cell->next) {
        memset(&message, 0, sizeof message);
        serving->kind->hand(cell, &message);
        hand_over(&message, serving->kind->hand_row.size, cell->channel);
    }
    if (serving->kind->hand_more)
        serving->kind->hand_more(serving);
    hand_over_end();
    _exit(0);
}

static const char *take_cell(void *context, const struct message_head *message, int fd)
{
    struct serving *serving = context;
    uint64_t number;
    if (message->type != serving->kind->hand_type)
        return serving->kind->take_more(serving, message);
    memcpy(&number, message + 1, sizeof number);
    if (serving_find(serving, number))
        return "a cell that it has";
    struct served_cell *cell = cell_add(serving, number, fd);
    return cell ? serving->kind->take(cell, message) : NULL;
}

static void on_predecessor(struct serving *serving, const struct message_head *head, int fd)
{
    const struct serving_kind *kind = serving->kind;
    struct border_row rows[HANDS] = { HAND_ENDS(BORDER_ROW) };
    const struct hand_border border = {
        .process = kind->name, .rows = rows, .row_count = HANDS, .take = take_cell
    };
    (void)head;
    if (kind->hand_type >= HANDS || kind->more_type >= HANDS)
        die("%s: its messages have other numbers", kind->name);
    rows[kind->hand_type] = kind->hand_row;
    if (kind->take_more)
        rows[kind->more_type] = kind->more_row;
    hand_over_take(fd, &border, serving);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(serving, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));      \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct serving *serving = context;
    switch (message->type) {
        MASTER_TO_BOTH(HANDLE)
    default:
        serving->kind->on_master(serving, message, came[0]);
        break;
    }
}

static void read_master(struct serving *serving, enum master_reading reading)
{
    const struct master_border border = { .process = serving->kind->name,
                                          .rows = serving->kind->from_master,
                                          .row_count = serving->kind->from_master_rows,
                                          .handle = handle };
    if (serving->master_gone || master_channel_read(&border, reading, serving))
        return;
    serving->master_gone = true;
    (void)epoll_ctl(serving->epoll, EPOLL_CTL_DEL, FD_MASTER, NULL);
}

static void violated(const struct serving *serving, struct served_cell *cell, const char *why)
{
    log_cell(cell->number, LOG_LEVEL_ERROR, "border violation: NET to %s: %s", serving->kind->name,
             why);
    serving_end(cell);
}

static void serve_question(struct serving *serving, struct served_cell *cell)
{
    const struct serving_kind *kind = serving->kind;
    union {
        struct message_head head;
        char bytes[QUESTION_ROOM];
    } question;
    const char *why = NULL;
    const ssize_t n = channel_receive(cell->channel, &question, kind->question_size, MSG_DONTWAIT);

    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n == 0 || (n < 0 && n != -EMSGSIZE)) {
        serving_end(cell);
        return;
    }
    if (n < 0) {
        violated(serving, cell, "larger than any question");
        return;
    }
    const enum border_fault fault = border_check(kind->from_net, kind->from_net_rows, &question,
                                                 (size_t)n, kind->phase(cell), 0);
    if (fault != BORDER_FINE)
        violated(serving, cell, border_fault_text(fault));
    else if (!kind->answer(serving, cell, &question, &why))
        violated(serving, cell, why);
}

static void serving_turn(struct serving *serving)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(serving->epoll, events, EVENTS, -1);
    if (n < 0 && errno != EINTR)
        die("%s: epoll_wait: %s", serving->kind->name, strerror(errno));
    read_master(serving, master_channel_due(events, n, EVENTS, NULL));
    for (int i = 0; i < n; i++) {
        struct served_cell *cell = events[i].data.ptr; /* NULL: the master's channel */
        if (cell && cell->channel >= 0)
            serve_question(serving, cell);
    }
    free_ended(serving);
}

_Noreturn void serving_run(struct serving *serving, const struct serving_kind *kind,
                           struct config *config)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

    serving->kind = kind;
    serving->config = config;
    hash_table_init(&serving->by_number, serving->buckets, SERVED_BUCKETS);
    serving->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (serving->epoll < 0 || epoll_ctl(serving->epoll, EPOLL_CTL_ADD, FD_MASTER, &event) != 0)
        die("%s: epoll: %s", kind->name, strerror(errno));
    if (kind->question_size > QUESTION_ROOM)
        die("%s: its questions are too large", kind->name);
    while (!serving->master_gone || serving->cells)
        serving_turn(serving);
    _exit(0);
}
