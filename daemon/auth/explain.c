/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c - runs in auth: why a user would be let in or refused, and what an
 * address has against it.  The judgement is that of a log-in (admission.c), but
 * for the password, which is not looked at. */
#include "daemon/auth/explain.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/auth/admission.h"
#include "daemon/auth/failures.h"
#include "daemon/auth/limits.h"
#include "daemon/auth/state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a line; one that does not fit is left out. */
__attribute__((format(printf, 2, 3))) static void say(struct control_answer *answer,
                                                      const char *format, ...)
{
    const size_t used = strlen(answer->text), room = sizeof answer->text - used;
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(answer->text + used, room, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n + 1 >= room)
        answer->text[used] = '\0';
    else
        (void)text_copy(answer->text + used + n, room - (size_t)n, "\n");
}

/* What is against a log-in, and what to do about it. */
static const char *advice_of(enum refusal refusal)
{
    static const char *const advice[REFUSALS] = {
        [REFUSED_UNKNOWN] = "no such user in the user file; add it with wardpasswd",
        [REFUSED_LOCKED] = "the account is locked; unlock it with wardpasswd",
        [REFUSED_UID] =
            "the uid is below daemon.minimum_uid, root's, or one of wardftpd's own accounts",
        [REFUSED_GID] =
            "the gid is root's, one of wardftpd's own accounts, or in daemon.forbidden_groups",
        [REFUSED_HASH] =
            "the kind of password hash is not accepted; set a new password with wardpasswd",
        [REFUSED_HOME] = "the user's row has no home, and no `home` gives one",
        [REFUSED_TLS] = "TLS is required",
        [REFUSED_EXPIRED] = "the date of `expires` is over",
        [REFUSED_HOURS] = "the present time is outside `hours`",
        [REFUSED_ADDRESS] = "`allowed_addresses` or `denied_addresses` keeps the address out",
        [REFUSED_CERTIFICATE] =
            "the client's certificate must have the subject of `client_subject`",
    };
    return advice[refusal] ? advice[refusal] : "it is refused";
}

static const char *word_of(enum auth_result limit)
{
    return limit == AUTH_TOO_MANY ? "max_sessions_per_user is reached"
                                  : "max_sessions_per_group is reached";
}

static void say_identity(const struct attempt *attempt, struct control_answer *answer)
{
    const struct jail_who *who = &attempt->who;
    say(answer, "uid %u, gid %u, home %s", who->uid, who->gid, who->home);
    for (uint32_t i = 0; i < who->group_count; i++)
        say(answer, "supplementary group %u", who->groups[i]);
    if (attempt->guest)
        say(answer, "rules of [anonymous]");
    else if (attempt->policy.group[0])
        say(answer, "rules of [group %s], the first that the user is a member of",
            attempt->policy.group);
}

static void say_quota(struct auth *auth, const struct attempt *attempt,
                      struct control_answer *answer)
{
    const struct policy *rules = &attempt->policy.rules;
    char used[TEXT_BYTES_ROOM], limit[TEXT_BYTES_ROOM];
    if (!rules->quota_bytes && !rules->quota_files)
        return;
    const struct ledger_key key = ledger_key_of(attempt->who.home);
    const struct ledger *ledger = ledger_book_get(&auth->ledgers, &key);
    if (!ledger || !ledger->known) {
        say(answer, "quota: the files in the home have not been counted yet");
        return;
    }
    say(answer, "quota: %s of %s, %" PRIu64 " files of %u (0: no limit)",
        text_bytes(ledger->used.bytes, used), text_bytes(rules->quota_bytes, limit),
        ledger->used.files, rules->quota_files);
}

static void say_limits(struct auth *auth, const struct attempt *attempt,
                       struct control_answer *answer)
{
    const struct user_policy *policy = &attempt->policy;
    const uint32_t sessions = per_user_sessions(&auth->per_user, attempt->name);
    answer->numbers[EXPLAINED_SESSIONS] = sessions;
    say(answer, "sessions: %u of %u (max_sessions_per_user)", sessions,
        policy->rules.max_sessions_per_user);
    if (policy->group[0] && policy->rules.max_sessions_per_group)
        say(answer, "sessions of the group: %u of %u (max_sessions_per_group)",
            per_user_sessions(&auth->per_group, policy->group),
            policy->rules.max_sessions_per_group);
    say_quota(auth, attempt, answer);
}

/* What keeps the user out at this moment, NULL: nothing. */
static const char *obstacle_of(struct auth *auth, const struct attempt *attempt, bool has_address)
{
    uint32_t limit;
    if (has_address && is_banned(auth, &attempt->peer))
        return "the address is banned; wardctl unban lifts it";
    if (has_address && !addr_is_allowed(&attempt->peer, auth->config->allowed_addresses,
                                        auth->config->denied_addresses))
        return "daemon.allowed_addresses or daemon.denied_addresses keeps the address out";
    /* from those addresses it would get in */
    if (attempt->refusal == REFUSED_ADDRESS && !has_address)
        return NULL;
    /* with the certificate it would; that is said below */
    if (attempt->refusal == REFUSED_CERTIFICATE)
        return NULL;
    if (attempt->source == SOURCE_CHECKER)
        return "the user file does not have this user; `checker` decides at the log-in";
    if (attempt->refusal != REFUSED_NOT)
        return advice_of(attempt->refusal);
    const enum auth_result within = limits_check(auth, attempt->name, &attempt->policy, &limit);
    return within == AUTH_OK ? NULL : word_of(within);
}

static void say_conditions(const struct attempt *attempt, struct control_answer *answer)
{
    const struct policy *rules = &attempt->policy.rules;
    if (rules->tls_mode == TLS_REQUIRED)
        say(answer, "only under TLS (tls = required)");
    if (*rules->client_subject)
        say(answer, "only with a client certificate of the subject %s", rules->client_subject);
    if (*rules->allowed_addresses)
        say(answer, "only from %s (allowed_addresses)", rules->allowed_addresses);
    if (*rules->denied_addresses)
        say(answer, "not from %s (denied_addresses)", rules->denied_addresses);
}

static void explain_attempt(struct auth *auth, const struct attempt *attempt, bool has_address,
                            struct control_answer *answer)
{
    const char *obstacle = obstacle_of(auth, attempt, has_address);
    answer->numbers[EXPLAINED_IN] = obstacle == NULL;
    answer->numbers[EXPLAINED_UID] = attempt->who.uid;
    answer->numbers[EXPLAINED_GID] = attempt->who.gid;
    answer->numbers[EXPLAINED_GUEST] = attempt->guest;
    if (obstacle)
        say(answer, "%s", obstacle);
    /* it is no user */
    if (attempt->who.uid == 0)
        return;
    say_identity(attempt, answer);
    say_conditions(attempt, answer);
    say_limits(auth, attempt, answer);
}

void explain_user(struct auth *auth, const struct control_ask *ask, struct control_answer *answer)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);
    const bool has_address = ask->address.ss_family != 0;
    if (!attempt) {
        answer->result = CONTROL_BUSY;
        return;
    }
    attempt->peer = ask->address;
    attempt->tls = true;
    (void)text_copy(attempt->name, sizeof attempt->name, ask->name);
    if (!admission_check(auth, attempt))
        say(answer,
            "auth has no user file, or a group file without the group of a [group]; see the log");
    else
        explain_attempt(auth, attempt, has_address, answer);
    wipe(attempt, sizeof *attempt);
    free(attempt);
}

static void say_key(struct auth *auth, const struct key *key, uint32_t factor,
                    struct control_answer *answer)
{
    const struct config *config = auth->config;
    const struct ban *ban = bans_find(ban_list(auth), key);
    char text[KEY_TEXT_ROOM];
    struct penalty_record record;
    if (ban)
        say(answer, "%s is banned for another %lld s, by %s; wardctl unban lifts it",
            key_text(key, text), (long long)((ban->until_ms - now_ms() + 999) / 1000),
            ban->by_hand ? "an administrator" : "failures");
    if (!penalty_find(auth->penalties, key, &record))
        return;
    const long long ago = (now_ms() - record.last_ms) / 1000;
    if (config->ban_after == 0 || config->ban_time == 0)
        say(answer, "%s: %u wrong log-ins in a row, the last one %lld s ago; bans are off",
            key_text(key, text), record.level, ago);
    else
        say(answer,
            "%s: %u wrong log-ins of the %u that ban it within %u s; the last one %lld s ago",
            key_text(key, text), record.counted, config->ban_after * factor, config->ban_window,
            ago);
}

static void say_listeners(const struct config *config, const struct sockaddr_storage *address,
                          struct control_answer *answer)
{
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct listener_config *listener = &config->listeners[i];
        if (!addr_is_allowed(address, listener->allowed_addresses, listener->denied_addresses))
            say(answer,
                "refused at [listener %s]: its allowed_addresses or denied_addresses keeps it out",
                listener->name);
    }
}

void explain_address(struct auth *auth, const struct control_ask *ask,
                     struct control_answer *answer)
{
    struct key key, network;
    key_of(&ask->address, &key);
    say_key(auth, &key, 1, answer);
    if (key_network_of(&ask->address, &network))
        say_key(auth, &network, ADDR_NETWORK_FACTOR, answer);
    if (addr_in_blocks(&ask->address, auth->config->ban_never))
        say(answer, "never banned: daemon.ban_never names it");
    if (!addr_is_allowed(&ask->address, auth->config->allowed_addresses,
                         auth->config->denied_addresses))
        say(answer, "refused at every listener: daemon.allowed_addresses or "
                    "daemon.denied_addresses keeps it out");
    say_listeners(auth->config, &ask->address, answer);
    if (!*answer->text)
        say(answer, "no ban and no wrong log-ins");
}
