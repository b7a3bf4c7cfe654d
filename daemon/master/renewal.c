/* SPDX-License-Identifier: BSD-2-Clause */
/* renewal.c - runs in the master: renews the shared processes one after the other.
 * Each finishes what it was asked (FM_FINISH, TM_FINISHED), and then hands its
 * channels and what it knows to its successor (shared_succeed()).  Messages of the
 * master go to the successor from then on, which reads what was handed over first.
 *
 * A process that ends in between is started again as after any crash, from the new
 * program: then it is renewed, too. */
#include "daemon/master/renewal.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/control.h"
#include "daemon/master/master.h"
#include "daemon/master/notify.h"
#include "daemon/master/pool.h"
#include "daemon/master/reload.h"
#include "daemon/master/shared.h"
#include "daemon/master/shared_state.h"
#include "daemon/master/zygotes.h"

#include <stdlib.h>

enum {
    FINISH_MS = 30000,  /* for log-ins that are under way: a queue of them at worst */
    LEAVE_MS = 15000,   /* longer than the channel's own time limit */
    GIVE_UP_MS = 10000, /* beyond that, where no successor can be started */
};

/* The others have nothing that a session depends on, and just begin again. */
static const bool hands_over[SHARED_ROLES] = {
    [SHARED_AUTH] = true,   [SHARED_DIALER] = true,  [SHARED_KEEPER] = true,
    [SHARED_SCRIBE] = true, [SHARED_CONTROL] = true, [SHARED_EVENTS] = true,
};

enum phase { TO_ASK, FINISHING, LEAVING };

struct renewal {
    enum phase phase;
    size_t at;    /* in shared_order */
    pid_t before; /* the process that is to leave */
    int64_t until_ms;
    uint32_t serial;
    char text[CONTROL_TEXT_ROOM];
};

struct renewal *renewal_new(void)
{
    return calloc(1, sizeof(struct renewal));
}

static void complete(struct master *master)
{
    struct renewal *renewal = master->renewal;
    master->renewing = false;
    log_note(LOG_LEVEL_INFO, "all processes of the daemon have been renewed");
    if (renewal->serial)
        control_answer_upgrade(master, renewal->serial, true, renewal->text);
    reload_after_upgrade(master);
}

static void ask(struct master *master, struct shared *shared)
{
    const struct message_head message = { .type = FM_FINISH };
    struct renewal *renewal = master->renewal;
    shared->finished = false;
    renewal->before = shared->child.pid;
    renewal->phase = FINISHING;
    renewal->until_ms = now_ms() + FINISH_MS;
    shared_send(master, shared->role, &message, sizeof message, -1);
}

/* True: it is leaving.  False: not yet, or it was ended, which starts another. */
static bool succeed(struct master *master, const struct shared *shared)
{
    struct renewal *renewal = master->renewal;
    const int64_t now = now_ms();
    if (!shared->finished && now < renewal->until_ms)
        return false;
    if (!shared->finished)
        log_note(LOG_LEVEL_WARNING, "%s has not finished its work in time",
                 shared_name(shared->role));
    if (!shared_succeed(master, shared->role)) {
        if (now > renewal->until_ms + GIVE_UP_MS)
            child_kill(&shared->child);
        return false;
    }
    renewal->phase = LEAVING;
    renewal->until_ms = now + LEAVE_MS;
    return true;
}

static bool has_left(struct master *master, enum shared_role role)
{
    if (shared_has_left(master, role))
        return true;
    if (now_ms() > master->renewal->until_ms)
        child_kill(&master->shared->leaving[role].child);
    return false;
}

/* True: it has left already. */
static bool begin_one(struct master *master, struct shared *shared)
{
    if (hands_over[shared->role]) {
        ask(master, shared);
        return false;
    }
    (void)shared_replace(master, shared->role); /* where it can't be started: tried again */
    master->renewal->phase = LEAVING;
    master->renewal->until_ms = now_ms() + LEAVE_MS;
    return false;
}

/* False: something is waited for. */
static bool step(struct master *master)
{
    struct renewal *renewal = master->renewal;
    const enum shared_role role = shared_order[renewal->at];
    struct shared *shared = &master->shared->each[role];
    const bool ended = shared->channel < 0 ||
                       (renewal->phase == FINISHING && shared->child.pid != renewal->before);
    if (renewal->phase == TO_ASK && !ended)
        return begin_one(master, shared);
    if (renewal->phase == FINISHING && !ended)
        return succeed(master, shared) && has_left(master, role);
    if (renewal->phase == LEAVING && !has_left(master, role))
        return false;
    renewal->phase = TO_ASK;
    renewal->at++;
    return true;
}

void renewal_go_on(struct master *master)
{
    struct renewal *renewal = master->renewal;
    while (master->renewing && step(master)) {
        if (renewal->at == SHARED_ROLES)
            complete(master);
    }
}

void renewal_tick(struct master *master)
{
    if (master->renewing && master->stopping != STOPPING_NOW)
        renewal_go_on(master);
}

void renewal_begin(struct master *master, uint32_t serial, const char *text)
{
    struct renewal *renewal = master->renewal;
    *renewal = (struct renewal){ .serial = serial };
    master->renewing = true;
    (void)text_copy(renewal->text, sizeof renewal->text, text);
    pool_renew(master);
    zygotes_renew(master);
    renewal_go_on(master);
}
