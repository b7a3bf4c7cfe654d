/* SPDX-License-Identifier: BSD-2-Clause */
/* trial.c - runs in each role program when the master starts it for a self-test:
 * with the libc and the kernel of this machine, confined as when it serves. */
#include "daemon/program/trial.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/checking.h"
#include "daemon/program/rehearsal.h"
#include "daemon/sandbox/filter.h"
#include "daemon/sandbox/orders.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int refused; /* by the filter, since it was last cleared; -1: nothing */

static void note_refusal(int call)
{
    refused = call;
}

static bool works(enum role role, const struct program_kind *kind, struct finding *finding)
{
    refused = -1;
    errno = 0;
    const char *failed = kind->rehearse(role);
    if (!failed && refused < 0)
        return true;
    finding->kind = refused >= 0 ? FINDING_NEED_REFUSED : FINDING_NEED_FAILED;
    finding->error = errno;
    finding->call = refused;
    (void)text_copy(finding->what, sizeof finding->what, failed ? failed : "its work");
    return false;
}

static int number_of(const char *name)
{
    for (int i = 0; i < CALLS_MAX; i++) {
        if (strcmp(orders()->calls[i], name) == 0)
            return i;
    }
    return -1; /* does not exist on this architecture */
}

/* The roles have different calls: each row says for which roles it is. */
static bool refuses(enum role role, struct finding *finding)
{
    for (size_t i = 0; i < forbidden_call_count; i++) {
        const struct forbidden_call *row = &forbidden_calls[i];
        const long *a = row->argument;
        const int number = number_of(row->name);
        if (!(row->roles & 1U << role) || number < 0)
            continue;
        refused = -1;
        (void)syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (refused == number)
            continue;
        finding->kind = FINDING_NOT_REFUSED;
        finding->call = number;
        return false;
    }
    return true;
}

/* With an id of no account of the daemon. */
static bool log_in_for_trial(void)
{
    const uid_t id = orders()->passing[0];
    int error = 0;
    return sandbox_become(id, id, NULL, 0, "/", USE_LIST | USE_READ, &error) == JAIL_ENTERED;
}

static bool is_forked(enum role role)
{
    return role == ROLE_NET || role == ROLE_JAIL_BEFORE;
}

static bool take(enum role role)
{
    if (role == ROLE_JAIL)
        return log_in_for_trial();
    if (is_forked(role))
        sandbox_child(role);
    else
        sandbox_narrow(role);
    return true;
}

static bool try_role(enum role role, const struct program_kind *kind, struct finding *finding)
{
    finding->role = role;
    if (role == kind->role) {
        sandbox_enter(role, FD_ROOT);
    } else if (!take(role)) {
        finding->kind = FINDING_NEED_FAILED;
        finding->error = errno;
        (void)text_copy(finding->what, sizeof finding->what, "becoming a user");
        return false;
    }
    return works(role, kind, finding) && (!orders()->strict || refuses(role, finding));
}

_Noreturn void trial_run(const struct program_kind *kind, size_t way)
{
    struct finding finding = { .kind = FINDING_NONE, .call = -1 };
    filter_rehearse(note_refusal);
    bool fine = try_role(kind->role, kind, &finding);
    for (size_t i = 0; fine && kind->later[way][i] != ROLE_MASTER; i++)
        fine = try_role(kind->later[way][i], kind, &finding);
    _exit(channel_send(FD_MASTER, &finding, sizeof finding, 0) == 0 ? 0 : 1);
}
