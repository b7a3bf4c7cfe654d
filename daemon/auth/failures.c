/* SPDX-License-Identifier: BSD-2-Clause */
/* failures.c - runs in auth: the consequences of failed log-ins (law L3). The
 * clients' addresses come from the master. */
#include "daemon/auth/failures.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/auth/report.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <string.h>

/* Addresses in ban_never do not include their network: it can be banned, but they are not
 * refused. */
static bool is_never_banned(const struct auth *auth, const struct key *key)
{
    struct sockaddr_storage address;
    key_address(key, &address);
    return !key->network && addr_in_blocks(&address, auth->config->ban_never);
}

static bool holds(const struct auth *auth, const struct key *key)
{
    const struct ban *ban = bans_find(&auth->bans, key);
    return ban && ban->until_ms > now_ms();
}

bool is_banned(const struct auth *auth, const struct sockaddr_storage *peer)
{
    struct key key, network;
    if (auth->bans.count == 0)
        return false;
    key_of(peer, &key);
    if (!holds(auth, &key) && !(key_network_of(peer, &network) && holds(auth, &network)))
        return false;
    return !addr_in_blocks(peer, auth->config->ban_never);
}

/* For an address, or for its network with the limits multiplied by factor. */
static int64_t count_one(struct auth *auth, const struct key *key, uint32_t factor,
                         enum failure failure)
{
    const struct penalty_rules rules = { .ban_after = auth->config->ban_after,
                                         .ban_window = auth->config->ban_window,
                                         .ban_time = auth->config->ban_time,
                                         .factor = factor };
    const struct penalty penalty = penalty_failure(auth->penalties, &rules, key, failure, now_ms());
    if (penalty.ban)
        (void)ban_add(auth, key, auth->config->ban_time, false);
    return penalty.delay_ms;
}

int64_t failures_count(struct auth *auth, const struct sockaddr_storage *peer, enum failure failure)
{
    struct key key, network;
    if (addr_in_blocks(peer, auth->config->ban_never)) {
        if (failure == FAILURE_BANS_ONLY)
            return 0;
        failure = FAILURE_DELAYS;
    }
    key_of(peer, &key);
    auth->memory.changed = true;
    const int64_t delay_ms = count_one(auth, &key, 1, failure);
    if (!key_network_of(peer, &network))
        return delay_ms;
    const int64_t network_ms = count_one(auth, &network, ADDR_NETWORK_FACTOR, failure);
    return network_ms > delay_ms ? network_ms : delay_ms;
}

void failures_forgive(struct auth *auth, const struct key *key)
{
    if (penalty_success(auth->penalties, key))
        auth->memory.changed = true;
}

bool ban_add(struct auth *auth, const struct key *key, uint32_t seconds, bool by_hand)
{
    struct key dropped;
    const uint32_t most = BAN_MAX_S;
    const int64_t now = now_ms();
    char text[KEY_TEXT_ROOM];
    if (is_never_banned(auth, key))
        return false;
    bans_expire(&auth->bans, now);
    const int64_t until = now + (int64_t)(seconds < most ? seconds : most) * 1000;
    if (bans_add(&auth->bans, key, until, by_hand, &dropped))
        report_unban(auth, &dropped);
    struct scribe_admin record = { .event = EVENT_BAN, .number = seconds, .value = by_hand };
    key_address(key, &record.address);
    record.bits = key_bits(key);
    log_admin(&record, "address=%s is banned for %u seconds%s", key_text(key, text), seconds,
              by_hand ? " by an administrator" : ": too many failures");
    auth->memory.changed = true;
    bans_report(auth);
    return true;
}

static void log_unban(const struct key *key, bool by_hand)
{
    char text[KEY_TEXT_ROOM];
    struct scribe_admin record = { .event = EVENT_UNBAN, .value = by_hand };
    key_address(key, &record.address);
    record.bits = key_bits(key);
    log_admin(&record, "address=%s is no longer banned%s", key_text(key, text),
              by_hand ? ": an administrator lifted the ban" : ": ban_never names it");
}

bool ban_remove(struct auth *auth, const struct key *key, bool by_hand)
{
    bans_expire(&auth->bans, now_ms());
    penalty_forget(auth->penalties, key);
    auth->memory.changed = true;
    if (!bans_remove(&auth->bans, key))
        return false;
    report_unban(auth, key);
    log_unban(key, by_hand);
    return true;
}

const struct bans *ban_list(struct auth *auth)
{
    bans_expire(&auth->bans, now_ms());
    return &auth->bans;
}

void bans_check_again(struct auth *auth)
{
    for (size_t i = auth->bans.count; i-- > 0;) {
        const struct key key = auth->bans.list[i].key;
        if (is_never_banned(auth, &key))
            (void)ban_remove(auth, &key, false);
    }
}

void bans_take_state(struct auth *auth, int fd)
{
    const int error = memory_take(&auth->memory, fd, &auth->bans, auth->penalties, now_ms());
    if (error == -EBADMSG) {
        log_note(LOG_LEVEL_WARNING, "the state file is damaged: bans and failures start empty");
        report_state_bad(auth);
    } else if (error) {
        log_note(LOG_LEVEL_ERROR, "the state file is not used: %s", strerror(-error));
    }
    bans_check_again(auth);
    bans_report(auth);
}

/* Without waiting, because the master may be waiting for auth. */
void bans_report(struct auth *auth)
{
    const int64_t now = now_ms();
    for (size_t i = 0; i < auth->bans.count; i++) {
        struct ban *ban = &auth->bans.list[i];
        const int64_t left_ms = ban->until_ms - now;
        if (ban->reported || left_ms <= 0)
            continue;
        ban->reported = report_ban(auth, &ban->key, (uint32_t)((left_ms + 999) / 1000));
        if (!ban->reported)
            return;
    }
}

bool bans_are_unreported(const struct auth *auth)
{
    for (size_t i = 0; auth->master.fd >= 0 && i < auth->bans.count; i++) {
        if (!auth->bans.list[i].reported)
            return true;
    }
    return false;
}
