/* SPDX-License-Identifier: BSD-2-Clause */
/* net_auth.h - NET asks auth: one message for each PASS. */
#ifndef PROTOCOL_NET_AUTH_H
#define PROTOCOL_NET_AUTH_H

#include "common/list.h"
#include "daemon/config/fields.h"
#include "daemon/protocol/rows.h"

/* LOGIN: the answer may take seconds (laws L2, L3).  NOPASS: a USER without a
 * PASS; no answer. */
/* clang-format off */
#define NET_TO_AUTH(ROW)                                                                                             \
    ROW(AUTH_LOGIN,  1, WHOLE(auth_login),  0, CELL_READY, login)                                                    \
    ROW(AUTH_NOPASS, 2, WHOLE(auth_nopass), 0, CELL_READY, nopass)
/* clang-format on */

enum net_auth { NET_TO_AUTH(BORDER_TYPE) };

struct auth_login {
    struct message_head head;
    uint32_t tls; /* 1: the control connection is TLS */
    /* 1: longer than 512 bytes, password is empty: fails without a hash of it */
    uint32_t password_too_long;
    char host[HOST_ROOM]; /* from HOST or SNI, or empty */
    /* of the client's certificate (RFC 4514), verified by NET, or empty */
    char subject[NAME_ROOM];
    char name[NAME_ROOM];
    char password[PASSWORD_ROOM]; /* both sides wipe it */
    char reserved[3];
};

struct auth_nopass {
    struct message_head head;
    char name[NAME_ROOM];
};

enum auth_result {
    AUTH_OK = 0,
    /* wrong password, unknown, locked, ...: one reply for all (law L1) */
    AUTH_REFUSED = 1,
    AUTH_TOO_MANY = 2,          /* max_sessions_per_user */
    AUTH_UNAVAILABLE = 3,       /* no hasher, or the cell's JAIL is gone: try again */
    AUTH_TOO_MANY_OF_GROUP = 5, /* max_sessions_per_group */
    AUTH_NO_HOME = 4,           /* the password was right, but JAIL could not enter the home */
    /* as AUTH_REFUSED, and max_login_failures is reached: the last answer */
    AUTH_REFUSED_LAST = 6,
    AUTH_BANNED = 7, /* at once, whatever the request: the last answer */
    AUTH_RESULTS
};

/* The part of the user's policy that NET needs: the keys that options.def sends to NET, and what
 * auth derives from others.  NET uses rights for replies only; JAIL enforces them. */
struct net_policy {
#define SEND_NET
#define SENT_NUMBER(field, most) uint32_t field, field##_reserved;
#define SENT_AMOUNT(field, most) uint64_t field;
#define SENT_TEXT(field, size)   char field[size];
#include "daemon/config/sent.def"
    uint32_t data_timeout; /* seconds: daemon.data_timeout */
    uint32_t reserved;
};

struct auth_login_answer {    /* sent whole */
    struct message_head head; /* .type == AUTH_LOGIN */
    uint32_t result;          /* enum auth_result */
    /* AUTH_TOO_MANY..., AUTH_REFUSED_LAST: its number, for the reply (law R5) */
    uint32_t limit;
    struct net_policy policy;
    char start[HOME_ROOM]; /* the directory to start in, from the user's root: "/" */
};

#endif
