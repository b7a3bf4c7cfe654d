/* SPDX-License-Identifier: BSD-2-Clause */
/* reasons.h - why something was refused or failed, and the words for it, as the log
 * and the metrics have them. */
#ifndef PROTOCOL_REASONS_H
#define PROTOCOL_REASONS_H

#include <stdint.h>

enum refusal {
    REFUSED_NOT = 0,
    REFUSED_PASSWORD = 1,
    REFUSED_UNKNOWN = 2,
    REFUSED_LOCKED = 3,
    REFUSED_UID = 4,
    REFUSED_HASH = 5,
    REFUSED_HOME = 6,
    REFUSED_LIMIT = 7,
    REFUSED_TLS = 8,
    REFUSED_LONG = 9,
    REFUSED_EXPIRED = 10,
    REFUSED_ADDRESS = 11,
    REFUSED_UNAVAILABLE = 12,
    REFUSED_CERTIFICATE = 13,
    REFUSED_HOURS = 14,
    REFUSED_GID = 15,
    REFUSED_BANNED = 16,
    REFUSALS
};

/* Which limit a refusal is about: the key of the configuration, or what else was short. */
enum limit {
    LIMIT_NONE = 0,
    LIMIT_SESSIONS,    /* max_sessions */
    LIMIT_ADDRESS,     /* max_sessions_per_address */
    LIMIT_CONNECTS,    /* connects_per_second */
    LIMIT_BAN,         /* the address is banned */
    LIMIT_USER,        /* max_sessions_per_user */
    LIMIT_GROUP,       /* max_sessions_per_group */
    LIMIT_UNAVAILABLE, /* no process, descriptor or memory */
    LIMIT_STOPPING,    /* the server stops */
    LIMIT_ADDRESSES,   /* allowed_addresses, denied_addresses */
    LIMITS
};

enum failure_why {
    WHY_HANDSHAKE = 1,   /* TLS of the control connection */
    WHY_NO_CONNECTION,   /* the client did not connect, or could not be connected to */
    WHY_PORTS_EXHAUSTED, /* no free port in passive_ports */
    WHY_NO_LISTENER,     /* a port could not be had for another reason: .error */
    WHY_WRONG_PEER,      /* somebody else connected, and was dropped */
    WHY_TLS,             /* TLS of the data connection */
    WHY_NOT_RESUMED,     /* data_resume = required, and it did not resume the session */
    WHY_STALLED,         /* data_timeout */
    WHY_BROKEN,          /* the connection broke */
    WHY_RESUME_MISSED,   /* data_resume = preferred, and it did not resume; it was used */
    WHYS
};

/* The word for one of each; NULL: there is none of this number. */
const char *reason_of_refusal(uint32_t refusal);
const char *reason_of_limit(uint32_t limit);
const char *reason_of_failure(uint32_t why);

#endif
