/* SPDX-License-Identifier: BSD-2-Clause */
/* quota.c - runs in auth: answers JAILs' requests about quotas and rates that a
 * user's sessions share.  Auth knows the ledger from the log-in; a JAIL sends only
 * numbers. */
#include "daemon/auth/quota.h"

#include "common/text.h"
#include "daemon/auth/state.h"
#include "daemon/protocol/hand_over.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

void quota_begin(struct auth *auth, struct cell *cell, const struct attempt *attempt)
{
    const struct user_policy *policy = &attempt->policy;
    struct quota *quota = &cell->quota;
    *quota = (struct quota){
        .asks = policy->jail.asks,
        .rules = { .limit = { policy->net.quota_bytes, policy->net.quota_files },
                   .recount_ms = (int64_t)policy->rules.quota_recount * 1000 },
        .shares = { [RATE_UP] = { .rate = policy->net.user_rate_up },
                    [RATE_DOWN] = { .rate = policy->net.user_rate_down } },
    };
    if (!(quota->asks & ASKS_QUOTA))
        return;
    const struct ledger_key key = ledger_key_of(attempt->who.home);
    quota->ledger = ledger_book_get(&auth->ledgers, &key);
    if (quota->ledger)
        quota->ledger->sessions++;
    else
        log_cell(cell->number, LOG_LEVEL_ERROR, "no memory for the quota of user %s",
                 attempt->name);
}

/* A JAIL that does not read its answers harms only itself; the end of a JAIL is reported
 * separately. */
static void answer(const struct cell *cell, const struct message_head *head, uint32_t result,
                   uint64_t bytes)
{
    const struct quota *quota = &cell->quota;
    struct quota_answer message = { .head = *head, .result = result, .bytes = bytes };
    if (quota->ledger) {
        message.used_bytes = quota->ledger->used.bytes;
        message.used_files = quota->ledger->used.files;
        message.left_bytes = ledger_left(quota->ledger, &quota->rules);
    }
    if (cell->jail.fd >= 0)
        (void)channel_send(cell->jail.fd, &message, sizeof message, MSG_DONTWAIT);
}

/* When this master is gone, the auth of another one may grant leases. */
static bool can_say(const struct auth *auth, const struct quota *quota)
{
    return quota->ledger && auth->master.fd >= 0;
}

/* Earlier leases end with their sessions. */
static void let_be_counted(struct auth *auth, struct ledger *ledger)
{
    if (ledger->held && auth->orphans == 0 && ledger_book_is_ours(&auth->ledgers))
        ledger->held = false;
}

/* Written to the file before it is sent.  False: there is no answer yet. */
static bool decide(struct auth *auth, struct cell *cell, const struct quota_ask *ask)
{
    struct quota *quota = &cell->quota;
    uint64_t bytes = 0;
    int result = QUOTA_LATER;
    if (can_say(auth, quota)) {
        let_be_counted(auth, quota->ledger);
        result =
            ledger_open(quota->ledger, &quota->lease, &quota->rules, ask->wants, now_ms(), &bytes);
    }
    if (result == LEDGER_NOT_YET)
        return false;
    if (result == QUOTA_GRANTED && (quota->lease.left.bytes || quota->lease.left.files))
        ledger_book_keep(&auth->ledgers, quota->ledger);
    quota->counts = result == QUOTA_COUNT;
    answer(cell, &ask->head, (uint32_t)result, bytes);
    return true;
}

static void stop_waiting(struct auth *auth, struct cell *cell)
{
    struct cell **at = &auth->waiting;
    if (!cell->quota.waits)
        return;
    while (*at != cell)
        at = &(*at)->next_waiting;
    *at = cell->next_waiting;
    cell->quota.waits = false;
}

/* A lease or a count of this ledger has ended. */
static void wake(struct auth *auth, const struct ledger *ledger)
{
    struct cell **at = &auth->waiting;
    while (*at) {
        struct cell *cell = *at;
        if (cell->quota.ledger != ledger || !decide(auth, cell, &cell->quota.ask)) {
            at = &cell->next_waiting;
            continue;
        }
        *at = cell->next_waiting;
        cell->quota.waits = false;
    }
}

static void wait_for_answer(struct auth *auth, struct cell *cell, const struct quota_ask *ask)
{
    struct cell **at = &auth->waiting;
    while (*at)
        at = &(*at)->next_waiting;
    *at = cell;
    cell->next_waiting = NULL;
    cell->quota.waits = true;
    cell->quota.ask = *ask;
}

bool quota_adopt(struct auth *auth, struct cell *cell, const struct hand_quota *from)
{
    const struct ledger_key key = { { from->key[0], from->key[1] } };
    struct quota *quota = &cell->quota;
    struct ledger *ledger = from->has_ledger ? ledger_book_find(&auth->ledgers, &key) : NULL;
    if (!ledger && (from->has_ledger || from->open || from->counts || from->waits))
        return false;
    *quota = (struct quota){ .asks = from->asks,
                             .ledger = ledger,
                             .rules = { .limit = { from->limit_bytes, from->limit_files },
                                        .recount_ms = from->recount_ms },
                             .lease = { .open = from->open != 0,
                                        .left = { from->left_bytes, from->left_files } },
                             .counts = from->counts != 0 };
    for (unsigned i = 0; i < RATE_DIRECTIONS; i++)
        quota->shares[i] =
            (struct user_share){ .rate = from->rates[i], .silent_us = from->silent_us[i] };
    if (ledger)
        ledger->sessions++;
    if (from->waits)
        wait_for_answer(auth, cell, &from->ask);
    return true;
}

static bool on_open(struct auth *auth, struct cell *cell, const struct quota_ask *ask)
{
    const struct quota *quota = &cell->quota;
    if (quota->lease.open || quota->waits || quota->counts || ask->wants & ~(uint32_t)QUOTA_WANTS)
        return false;
    if (!decide(auth, cell, ask))
        wait_for_answer(auth, cell, ask);
    return true;
}

static bool on_more(struct auth *auth, struct cell *cell, const struct quota_ask *ask)
{
    struct quota *quota = &cell->quota;
    uint64_t bytes = 0;
    uint32_t result = QUOTA_LATER;
    const uint32_t more = QUOTA_WANT_BYTES | QUOTA_WANT_FILE;
    if (!quota->lease.open || ask->wants == 0 || ask->wants & ~more ||
        (ask->least != 0 && !(ask->wants & QUOTA_WANT_BYTES)))
        return false;
    if (can_say(auth, quota)) {
        result = (uint32_t)ledger_more(quota->ledger, &quota->lease, &quota->rules, ask->wants,
                                       ask->least, &bytes);
        ledger_book_keep(&auth->ledgers, quota->ledger);
    }
    answer(cell, &ask->head, result, bytes);
    return true;
}

static void end_count(struct auth *auth, struct cell *cell, const struct ledger_amount *found,
                      bool partial)
{
    struct quota *quota = &cell->quota;
    if (!quota->counts)
        return;
    quota->counts = false;
    ledger_counted(quota->ledger, found, partial, now_ms());
    ledger_book_keep(&auth->ledgers, quota->ledger);
    wake(auth, quota->ledger);
}

static bool on_counted(struct auth *auth, struct cell *cell, const struct quota_counted *said)
{
    const struct ledger_amount found = { said->bytes, said->files };
    if (!cell->quota.counts)
        return false;
    if (said->error != 0)
        log_cell(cell->number, LOG_LEVEL_WARNING, "the files can't be counted for the quota: %s",
                 strerror((int)(said->error & 4095)));
    else
        log_cell(cell->number, LOG_LEVEL_INFO, "counted for the quota: %llu bytes in %llu files",
                 (unsigned long long)said->bytes, (unsigned long long)said->files);
    end_count(auth, cell, said->error == 0 ? &found : NULL, said->partial != 0);
    return true;
}

/* Also for a JAIL that has waited for too long. */
static bool on_close(struct auth *auth, struct cell *cell, const struct quota_close *said)
{
    struct quota *quota = &cell->quota;
    stop_waiting(auth, cell);
    end_count(auth, cell, NULL, false);
    if (!quota->lease.open)
        return true;
    ledger_close(quota->ledger, &quota->lease, said->bytes, said->files);
    ledger_book_keep(&auth->ledgers, quota->ledger);
    wake(auth, quota->ledger);
    return true;
}

static bool on_freed(struct auth *auth, struct cell *cell, const struct quota_close *said)
{
    struct quota *quota = &cell->quota;
    if (!quota->lease.open || said->bytes > 0 || said->files > 0 || said->bytes == INT64_MIN ||
        said->files == INT64_MIN)
        return false;
    ledger_freed(quota->ledger, (uint64_t)-said->bytes, (uint64_t)-said->files);
    ledger_book_keep(&auth->ledgers, quota->ledger);
    return true;
}

static int64_t now_us(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool on_rate(struct auth *auth, struct cell *cell, const struct rate_take *ask)
{
    (void)auth;
    struct rate_answer message = { .head = ask->head };
    if (ask->direction >= RATE_DIRECTIONS)
        return false;
    struct user_share *share = &cell->quota.shares[ask->direction];
    if (share->rate != 0 && cell->counted)
        message.wait_us = per_user_pace(cell->counted, ask->direction, share, ask->bytes, now_us());
    if (cell->jail.fd >= 0)
        (void)channel_send(cell->jail.fd, &message, sizeof message, MSG_DONTWAIT);
    return true;
}

#define HEAR(name, number, shape, fds, phases, handler, kind)                                      \
    case name:                                                                                     \
        return (cell->quota.asks & (kind)) != 0 && on_##handler(auth, cell, &message->handler);

bool quota_serve(struct auth *auth, struct cell *cell, const union jail_message *message)
{
    switch (message->head.type) {
        QUOTA_QUESTIONS(HEAR)
    default:
        return false;
    }
}

void quota_jail_gone(struct auth *auth, struct cell *cell)
{
    stop_waiting(auth, cell);
    end_count(auth, cell, NULL, false);
}

void quota_cell_gone(struct auth *auth, struct cell *cell)
{
    struct quota *quota = &cell->quota;
    quota_jail_gone(auth, cell);
    if (cell->orphan)
        auth->orphans--;
    cell->orphan = false;
    if (!quota->ledger)
        return;
    if (quota->lease.open) {
        ledger_abandon(quota->ledger, &quota->lease);
        ledger_book_keep(&auth->ledgers, quota->ledger);
    }
    quota->ledger->sessions--;
    wake(auth, quota->ledger);
    quota->ledger = NULL;
}
