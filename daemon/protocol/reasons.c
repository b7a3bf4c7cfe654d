/* SPDX-License-Identifier: BSD-2-Clause */
/* reasons.c - the words of reasons.h.  In every process; pure. */
#include "daemon/protocol/reasons.h"

#include "common/text.h"

static const char *const refusals[] = {
    [REFUSED_NOT] = "none",
    [REFUSED_PASSWORD] = "password",
    [REFUSED_UNKNOWN] = "unknown",
    [REFUSED_LOCKED] = "locked",
    [REFUSED_UID] = "uid",
    [REFUSED_HASH] = "hash",
    [REFUSED_HOME] = "home",
    [REFUSED_LIMIT] = "limit",
    [REFUSED_TLS] = "tls",
    [REFUSED_LONG] = "long",
    [REFUSED_EXPIRED] = "expired",
    [REFUSED_ADDRESS] = "address",
    [REFUSED_UNAVAILABLE] = "unavailable",
    [REFUSED_CERTIFICATE] = "certificate",
    [REFUSED_HOURS] = "hours",
    [REFUSED_GID] = "gid",
    [REFUSED_BANNED] = "banned",
};

static const char *const limits[] = {
    [LIMIT_NONE] = "none",
    [LIMIT_SESSIONS] = "max_sessions",
    [LIMIT_ADDRESS] = "max_sessions_per_address",
    [LIMIT_CONNECTS] = "connects_per_second",
    [LIMIT_BAN] = "ban",
    [LIMIT_USER] = "max_sessions_per_user",
    [LIMIT_GROUP] = "max_sessions_per_group",
    [LIMIT_UNAVAILABLE] = "unavailable",
    [LIMIT_STOPPING] = "stopping",
    [LIMIT_ADDRESSES] = "addresses",
};

static const char *const whys[] = {
    [WHY_HANDSHAKE] = "handshake",
    [WHY_NO_CONNECTION] = "no-connection",
    [WHY_PORTS_EXHAUSTED] = "ports-exhausted",
    [WHY_NO_LISTENER] = "no-listener",
    [WHY_WRONG_PEER] = "wrong-peer",
    [WHY_TLS] = "tls",
    [WHY_NOT_RESUMED] = "not-resumed",
    [WHY_STALLED] = "stalled",
    [WHY_BROKEN] = "broken",
    [WHY_RESUME_MISSED] = "resume-missed",
};

const char *reason_of_refusal(uint32_t refusal)
{
    return refusal < COUNT(refusals) ? refusals[refusal] : NULL;
}

const char *reason_of_limit(uint32_t limit)
{
    return limit < COUNT(limits) ? limits[limit] : NULL;
}

const char *reason_of_failure(uint32_t why)
{
    return why < COUNT(whys) ? whys[why] : NULL;
}
