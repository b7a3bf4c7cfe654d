/* SPDX-License-Identifier: BSD-2-Clause */
/* validate.h - the meaning of a message that fits its table (check.c): are numbers
 * in range, do texts end, do the fields agree with each other?  The sender may have
 * been taken over: a receiver uses no field that is not checked.
 *
 * Each function returns NULL, or what is wrong, as text for the log.  Pure. */
#ifndef IPC_VALIDATE_H
#define IPC_VALIDATE_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/control.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/protocol/net_dialer.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/protocol/net_keeper.h"
#include "daemon/protocol/to_net.h"

#include <stddef.h>

enum {
    ERRNO_MAX = 4095,             /* the kernel's limit */
    WAIT_MAX_S = 10 * 365 * 86400 /* of a shared rate: added to a clock, it does not overflow */
};

/* JAIL to NET: the answer to a question of this type; and one page, of n bytes in all. */
const char *validate_jail_answer(const struct jail_answer *answer, uint32_t type);
const char *validate_jail_page(const struct jail_page *page, size_t n);

/* auth, dialer and keeper to NET. */
const char *validate_login_answer(const struct auth_login_answer *answer);
const char *validate_dial_answer(const struct dial_answer *answer);
const char *validate_keeper_answer(const struct keeper_answer *answer);

/* The master to NET. */
const char *validate_client(const struct to_net_client *client);
const char *validate_stop(const struct to_net_stop *stop);

/* For a message that its row describes completely. */
static inline const char *validate_nothing(const void *message)
{
    (void)message;
    return NULL;
}

/* The master to auth, dialer and scribe; auth to the master. */
const char *validate_address(const struct fm_address *address);
const char *validate_logged_in(const struct tm_logged_in *message);
const char *validate_greeted(const struct tm_greeted *message);
const char *validate_resolved(const struct tm_resolved *message);
const char *validate_ban(const struct tm_ban *ban);
const char *validate_errand(const struct tm_errand *errand);

/* A process that asks about a log-in, to auth. */
const char *validate_found(const struct errand_found *found);

/* auth to JAIL, after the log-in. */
const char *validate_quota_answer(const struct quota_answer *answer);
const char *validate_owner_answer(const struct owner_answer *answer);
const char *validate_rate_answer(const struct rate_answer *answer);
const char *validate_hash_answer(const struct hash_answer *answer);

/* The master to metrics and to control, n bytes. */
const char *validate_metrics(const void *message, size_t n);

/* A question to control, and control's to the others. */
const char *validate_control_ask(const struct control_ask *ask);

/* master, scribe and auth to control: the answer of n bytes to a question about `verb`. */
const char *validate_control_answer(const void *answer, size_t n, uint32_t verb);

#endif
