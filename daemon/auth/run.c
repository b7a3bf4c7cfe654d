/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - auth: own uid, no capability, empty root.  Reads fixed messages of the
 * master (including descriptors of the user files), one message per log-in from
 * each NET, with the client's name and password, and JAIL's answer.  Hashes are
 * computed in children that never have another user's hash (hasher.c). */
#include "daemon/auth/auth.h"

#include "common/text.h"
#include "daemon/auth/control.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/failures.h"
#include "daemon/auth/from_jail.h"
#include "daemon/auth/from_master.h"
#include "daemon/auth/from_net.h"
#include "daemon/auth/hand.h"
#include "daemon/auth/login.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 64 };

static void serve_hasher(struct auth *auth, struct hasher *hasher)
{
    struct attempt *attempt;
    struct hash_result result;
    if (hashers_answer(&auth->hashers, hasher, &attempt, &result) && attempt)
        login_hashed(auth, attempt, &result);
    wipe(&result, sizeof result);
}

static void serve_errand(struct auth *auth, struct errand *errand)
{
    struct errand_end end;
    if (errand_serve(auth, errand, &end))
        login_errand_ended(auth, &end);
}

static void serve(struct auth *auth, struct end *end)
{
    /* it was closed earlier in this turn */
    if (end->fd < 0)
        return;
    switch (end->kind) {
    /* read already */
    case END_MASTER:
        break;
    case END_HASH_POOL:
        hashers_pool_ready(&auth->hashers, now_ms());
        break;
    case END_HASHER:
        serve_hasher(auth, end->owner);
        break;
    case END_NET:
        if (auth->finishing) /* the successor reads it; until then its event would come again */
            end_ignore(end);
        else
            from_net_serve(auth, end->owner);
        break;
    case END_JAIL:
        (void)from_jail_serve(auth, end->owner);
        break;
    case END_CONTROL:
        control_serve(auth);
        break;
    case END_ERRAND:
        serve_errand(auth, end->owner);
        break;
    }
}

#define CELL_OF(timer_pointer)                                                                     \
    ((struct cell *)((char *)(timer_pointer)-offsetof(struct cell, timer)))

/* The shorter of two times to wait; -1 means for ever. */
static int sooner(int one, int other)
{
    if (one < 0 || other < 0)
        return one < 0 ? other : one;
    return one < other ? one : other;
}

static int wait_ms(const struct auth *auth)
{
    enum { FORK_AGAIN_MS = 25, TELL_AGAIN_MS = 20 };
    const int64_t now = now_ms();
    int wait = sooner(timer_wait_ms(&auth->timers, now), memory_wait_ms(&auth->memory, now));
    if (hashers_are_missing(&auth->hashers))
        wait = sooner(wait, FORK_AGAIN_MS);
    return bans_are_unreported(auth) ? sooner(wait, TELL_AGAIN_MS) : wait;
}

static void turn(struct auth *auth)
{
    struct epoll_event events[EVENTS];
    struct timer *timer;
    const int n = epoll_wait(auth->epoll, events, EVENTS, wait_ms(auth));
    if (n < 0 && errno != EINTR)
        die("auth: epoll_wait: %s", strerror(errno));
    from_master_read(auth, master_channel_due(events, n, EVENTS, &auth->master));
    for (int i = 0; i < n; i++)
        serve(auth, events[i].data.ptr);
    while ((timer = timer_due(&auth->timers, now_ms())) != NULL)
        login_overdue(auth, CELL_OF(timer));
    login_hash_next(auth);
    login_ask_next(auth);
    hashers_refill(&auth->hashers, now_ms());
    bans_report(auth);
    memory_keep(&auth->memory, &auth->bans, auth->penalties, now_ms());
    auth_report_finished(auth);
    cells_sweep(&auth->cells);
}

_Noreturn void auth_run(struct config *config, const struct role_ids *ids)
{
    static struct auth auth; /* its tables are too large for the stack */

    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    auth.config = config;
    auth.ids = ids;
    auth.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (auth.epoll < 0)
        die("auth: epoll: %s", strerror(errno));
    cells_init(&auth.cells, auth.epoll);
    /* before any secret is in memory */
    hashers_start(&auth.hashers, auth.epoll, config->auth_concurrency);
    sandbox_narrow(ROLE_AUTH);
    auth.master = (struct end){ .kind = END_MASTER, .fd = -1 };
    auth.control = (struct end){ .kind = END_CONTROL, .fd = -1 };
    if (!end_open(&auth.master, auth.epoll, FD_MASTER))
        die("auth: epoll: %s", strerror(errno));
    queue_init(&auth.queue);
    queue_init(&auth.outside);
    per_user_init(&auth.per_user);
    per_user_init(&auth.per_group);
    files_init(&auth.files, config);
    errands_init(&auth.errands);
    auth.penalties = penalties_new(PENALTY_ADDRESSES);
    memory_init(&auth.memory);
    ledger_book_init(&auth.ledgers);
    while (auth.master.fd >= 0 || auth.cells.open_ends)
        turn(&auth);
    hashers_stop(&auth.hashers);
    _exit(0);
}
