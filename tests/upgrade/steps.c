/* SPDX-License-Identifier: BSD-2-Clause */
/* steps.c - lets a test stop the take-over at one of its steps: this program's
 * wardftpd is linked with --wrap for each.  The environment names the step and what
 * happens there, WARDFTPD_TEST_STEP=STEP:kill or STEP:fail; of a shared process that is
 * replaced also kill-successor and kill-predecessor. */
#include "daemon/master/complaint.h"
#include "daemon/master/confine.h"
#include "daemon/master/listen.h"
#include "daemon/master/network.h"
#include "daemon/master/renewal.h"
#include "daemon/master/self_test.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"
#include "daemon/master/shared_state.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is to happen at this step; NULL: nothing. */
static const char *action_at(const char *step)
{
    const char *wanted = getenv("WARDFTPD_TEST_STEP");
    const size_t length = strlen(step);
    return wanted && strncmp(wanted, step, length) == 0 && wanted[length] == ':'
               ? wanted + length + 1
               : NULL;
}

/* True: the step is to fail. */
static bool stop_at(const char *step)
{
    const char *action = action_at(step);
    if (action && strcmp(action, "kill") == 0)
        (void)kill(getpid(), SIGKILL);
    return action && strcmp(action, "fail") == 0;
}

int __real_self_test(const struct master *master, const struct complaint *to);
int __wrap_self_test(const struct master *master, const struct complaint *to);

int __wrap_self_test(const struct master *master, const struct complaint *to)
{
    if (stop_at("rehearsal"))
        return complain_about(to, true, "the rehearsal", "refused by a test");
    return __real_self_test(master, to);
}

bool __real_network_restore(struct master *master, const struct kept_head *head);
bool __wrap_network_restore(struct master *master, const struct kept_head *head);

bool __wrap_network_restore(struct master *master, const struct kept_head *head)
{
    return !stop_at("image") && __real_network_restore(master, head);
}

bool __real_listeners_restore(struct master *master, const struct kept_head *head,
                              struct kept_reader *reader);
bool __wrap_listeners_restore(struct master *master, const struct kept_head *head,
                              struct kept_reader *reader);

bool __wrap_listeners_restore(struct master *master, const struct kept_head *head,
                              struct kept_reader *reader)
{
    return !stop_at("listeners") && __real_listeners_restore(master, head, reader);
}

bool __real_confine_again(const struct master *master);
bool __wrap_confine_again(const struct master *master);

bool __wrap_confine_again(const struct master *master)
{
    return !stop_at("confinement") && __real_confine_again(master);
}

void __real_renewal_begin(struct master *master, uint32_t serial, const char *text);
void __wrap_renewal_begin(struct master *master, uint32_t serial, const char *text);

void __wrap_renewal_begin(struct master *master, uint32_t serial, const char *text)
{
    (void)stop_at("served");
    __real_renewal_begin(master, serial, text);
}

bool __real_shared_succeed(struct master *master, enum shared_role role);
bool __wrap_shared_succeed(struct master *master, enum shared_role role);

bool __wrap_shared_succeed(struct master *master, enum shared_role role)
{
    static const char *const names[SHARED_ROLES] = { [SHARED_AUTH] = "auth",
                                                     [SHARED_DIALER] = "dialer",
                                                     [SHARED_KEEPER] = "keeper",
                                                     [SHARED_SCRIBE] = "scribe",
                                                     [SHARED_CONTROL] = "control" };
    const char *action = names[role] ? action_at(names[role]) : NULL;
    if (names[role] && stop_at(names[role]))
        return false;
    const bool done = __real_shared_succeed(master, role);
    if (done && action && strcmp(action, "kill-successor") == 0)
        child_kill(&master->shared->each[role].child);
    if (done && action && strcmp(action, "kill-predecessor") == 0)
        child_kill(&master->shared->leaving[role].child);
    return done;
}
