/* SPDX-License-Identifier: BSD-2-Clause */
/* filter.c - loads a finished filter into this process.  The filters trap what
 * they refuse; the handler reports the call. */
#include "daemon/sandbox/filter.h"

#include "daemon/ipc/log.h"
#include "daemon/sandbox/orders.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For the signal handler, which has no argument for it. */
static enum role own_role;
static void (*tell_refusal)(int call);
static bool rehearsing; /* refusals are reported only */

/* Reports the call, then repeats it: the handler is one-shot, so this ends the
 * process, and the wait status has SIGSYS. */
static void on_refused(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number, (void)context;
    if (tell_refusal)
        tell_refusal(info->si_syscall);
    else
        log_note(LOG_LEVEL_ERROR, "the filter of %s refused system call %d (%s)",
                 orders()->roles[own_role].name, info->si_syscall,
                 orders_call_name(info->si_syscall));
    if (rehearsing)
        return;
    (void)syscall(info->si_syscall, -1, -1, -1, -1, -1, -1);
    __builtin_trap(); /* allowed with these arguments: the process ends nevertheless */
}

void filter_tell_refusals(void (*tell)(int call))
{
    tell_refusal = tell;
}

void filter_rehearse(void (*tell)(int call))
{
    tell_refusal = tell;
    rehearsing = true;
}

static void catch_refusals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_refused;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | (rehearsing ? 0 : (int)SA_RESETHAND);
    if (sigaction(SIGSYS, &action, NULL) != 0)
        die("sigaction: %s", strerror(errno));
}

static void filter_install(enum role role, const struct filter_place *place)
{
    const struct sock_fprog program = { .len = (unsigned short)place->count,
                                        .filter =
                                            (struct sock_filter *)&orders()->code[place->at] };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        die("%s: confinement failed at its filter: %s", orders()->roles[role].name,
            strerror(errno));
}

void filter_load_ids(enum role role)
{
    const struct filter_place *place = &orders()->roles[role].ids;
    if (place->count && !WITH_SANITIZERS)
        filter_install(role, place);
}

void filter_load(enum role role)
{
    if (WITH_SANITIZERS) /* their run-time makes calls that are in no list */
        return;
    own_role = role;
    log_confined();
    catch_refusals();
    filter_install(role, &orders()->roles[role].filter);
}

void filter_load_difference(enum role role)
{
    own_role = role; /* the handler is inherited with the zygote's filter */
    if (!WITH_SANITIZERS)
        filter_install(role, &orders()->roles[role].filter);
}
