/* SPDX-License-Identifier: BSD-2-Clause */
/* connect.c - the sessions of the checks. */
#include "client/check/check.h"

#include "client/engine/dial.h"
#include "common/text.h"

enum { LOG_INS_MAX = 24 };

/* A fresh session that never sends a password. */
static void reset_other(struct check *check, enum tls_policy tls)
{
    session_close(&check->other, false);
    check->bare.tls = tls;
    session_init(&check->other, &check->bare, &check->target);
    if (tls != TLS_REQUIRE)
        check->other.target.require_tls = false;
}

bool open_bare(struct check *check)
{
    struct session *other = &check->other;
    int fd;
    reset_other(check, TLS_OFF);
    if (dial(other->settings, check->target.host, check->target.port, &fd, &other->peer,
             &other->failure) != OUTCOME_OK) {
        said_failure(check, other);
        return false;
    }
    link_init(&other->control, fd, other->settings->interrupt_fd);
    other->open = true;
    return true;
}

static bool connect_other(struct check *check, enum tls_policy tls)
{
    reset_other(check, tls);
    if (session_connect(&check->other) == OUTCOME_OK)
        return true;
    said_failure(check, &check->other);
    return false;
}

bool open_plain(struct check *check)
{
    return connect_other(check, TLS_OFF);
}

bool open_tls(struct check *check)
{
    return connect_other(check, TLS_REQUIRE);
}

/* Each reconnection is a log-in more: a server that ends sessions is not asked without end. */
static bool may_log_in(struct check *check)
{
    if (!check->refused && check->log_ins++ < LOG_INS_MAX)
        return true;
    said(check, VERDICT_UNKNOWN, "%s",
         check->refused ? "there is no log-in" : "too many sessions ended");
    return false;
}

bool open_second(struct check *check)
{
    session_close(&check->other, false);
    session_init(&check->other, &check->settings, &check->target);
    if (!may_log_in(check))
        return false;
    if (session_open(&check->other) == OUTCOME_OK)
        return true;
    said(check, VERDICT_UNKNOWN, "a second session: %s", check->other.failure.text);
    return false;
}

bool open_main(struct check *check)
{
    if (check->main.open)
        return true;
    if (!may_log_in(check))
        return false;
    if (session_open(&check->main) == OUTCOME_OK)
        return true;
    if (check->log_ins == 1)
        check->log_in = check->main.failure.outcome;
    check->refused = check->main.failure.outcome != OUTCOME_AGAIN || check->log_ins == 1;
    said(check, VERDICT_UNKNOWN, "%s", check->main.failure.text);
    return false;
}
