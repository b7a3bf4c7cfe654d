/* SPDX-License-Identifier: BSD-2-Clause */
/* from_shared.c - runs in the master: gives new shared processes what they need,
 * and handles the messages of all. */
#include "daemon/master/from_shared.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/master/admin.h"
#include "daemon/master/cell.h"
#include "daemon/master/cell_report.h"
#include "daemon/master/control.h"
#include "daemon/master/errands.h"
#include "daemon/master/events.h"
#include "daemon/master/files.h"
#include "daemon/master/greetings.h"
#include "daemon/master/keys.h"
#include "daemon/master/renewal.h"
#include "daemon/master/master.h"
#include "daemon/master/outside.h"
#include "daemon/master/metrics.h"
#include "daemon/master/per_address.h"
#include "daemon/master/pool.h"
#include "daemon/master/scribe_ends.h"
#include "daemon/master/state.h"
#include "daemon/master/zygotes.h"
#include "daemon/master/trace.h"

static void started(struct master *master, enum shared_role role)
{
    switch (role) {
    case SHARED_SCRIBE:
        metrics_give_counts(master);
        files_give_logs(master);
        scribe_ends_open_own(master);
        files_warn_of_lost_log(master);
        events_link(master);
        break;
    case SHARED_AUTH:
        state_give(master);
        files_give_users(master);
        control_link(master); /* control runs already, unless this is the start */
        break;
    case SHARED_KEEPER:
        keys_give(master);
        break;
    case SHARED_CONTROL:
        control_give_socket(master);
        break;
    case SHARED_GREETER:
        greetings_send_again(master);
        break;
    case SHARED_EVENTS:
        events_give_socket(master);
        events_link(master);
        break;
    case SHARED_METRICS:
        metrics_give_listener(master);
        break;
    default:
        break;
    }
}

static void restarted(struct master *master, enum shared_role role)
{
    metrics_count_restart(master->metrics, role);
    if (role == SHARED_CONTROL || role == SHARED_RESOLVER || role == SHARED_EVENTS ||
        role == SHARED_METRICS || role == SHARED_GREETER)
        return; /* they have no channel to any cell */
    if (role == SHARED_SCRIBE)
        zygotes_renew(master);
    pool_renew(master);
    throttle_reset(&master->cells->throttle); /* its end may have killed young cells */
    for (struct cell *cell = master->cells->busy.first; cell; cell = cell->next)
        cell_report_again(master, cell, role);
}

/* What it needs before it serves.  The lines of an old log end before those of the new begin. */
static void succeeds(struct master *master, enum shared_role role)
{
    if (role == SHARED_SCRIBE)
        files_give_logs(master);
    else if (role == SHARED_AUTH)
        files_give_users(master);
    else if (role == SHARED_KEEPER)
        keys_give(master);
    else if (role == SHARED_CONTROL)
        control_give_socket(master);
    else if (role == SHARED_EVENTS)
        events_give_socket(master);
}

/* The files of auth's state, which its predecessor has given up. */
static void succeeded(struct master *master, enum shared_role role)
{
    if (role == SHARED_AUTH)
        state_give(master);
}

static void on_logged_in(struct master *master, const struct tm_logged_in *message)
{
    struct cell *cell = cell_find_busy(master, message->cell);
    if (!cell || cell->logged_in) /* it has ended meanwhile */
        return;
    cell_log_in(master, cell, message->name, message->group, message->home);
    trace_begin(master, cell);
}

static void on_ban(struct master *master, const struct tm_ban *message)
{
    struct address_entry *entry = message->bits == ADDR_NETWORK_BITS
                                      ? address_find_network(master->addresses, &message->address)
                                      : address_find(master->addresses, &message->address);
    const int64_t now = now_ms();
    if (!entry)
        return;
    address_ban(entry, message->seconds ? now + (int64_t)message->seconds * 1000 : 0);
    if (message->seconds)
        cells_stop_banned(master, entry);
    address_drop_if_idle(master->addresses, entry, now);
}

static void on_users_changed(struct master *master, const struct message_head *head)
{
    (void)head;
    files_give_users(master);
}

static void on_reopen(struct master *master, const struct message_head *head)
{
    (void)head;
    files_give_logs(master);
}

static void on_state_bad(struct master *master, const struct message_head *head)
{
    (void)head;
    state_put_aside(master);
}

static void on_refused(struct master *master, const struct tm_refused *message)
{
    shared_note_refused_call(master, message->call);
}

static void on_control(struct master *master, const struct control_ask *ask)
{
    admin_ask(master, ask);
}

static void on_resolved(struct master *master, const struct tm_resolved *message)
{
    outside_learn(master, message->name, message->address);
}

static void on_greeted(struct master *master, const struct tm_greeted *message)
{
    greetings_answer(master, message);
}

static void on_key(struct master *master, const struct tm_key *key)
{
    keys_on_answer(master, key);
}

static void on_errand(struct master *master, const struct tm_errand *ask)
{
    errand_start(master, ask);
}

static void on_finished(struct master *master, const struct message_head *head)
{
    (void)head;
    renewal_go_on(master);
}

static void on_counts(struct master *master, const struct counts *counts)
{
    metrics_take_counts(master->metrics, counts);
}

static void on_metrics(struct master *master, const struct message_head *head)
{
    (void)head;
    metrics_answer(master);
}

#define HANDLE(name, number, shape, fds, phases, handler, judge)                                   \
    case name:                                                                                     \
        on_##handler(master, (const BORDER_STRUCT_##shape *)message);                              \
        break;

static void received(struct master *master, const struct message_head *message)
{
    switch (message->type) {
        TO_MASTER(HANDLE)
    }
}

const struct shared_events master_shared_events = { .started = started,
                                                    .restarted = restarted,
                                                    .succeeds = succeeds,
                                                    .succeeded = succeeded,
                                                    .left = renewal_go_on,
                                                    .received = received };
