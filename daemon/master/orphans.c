/* SPDX-License-Identifier: BSD-2-Clause */
/* orphans.c - runs in the master: reaps children that no part of it waits for. */
#include "daemon/master/orphans.h"

#include "daemon/master/cell.h"
#include "daemon/master/errands.h"
#include "daemon/master/master.h"
#include "daemon/master/reload.h"
#include "daemon/master/shared.h"
#include "daemon/master/upgrade.h"
#include "daemon/master/zygotes.h"

#include <stdbool.h>
#include <sys/wait.h>

static bool is_known(const struct master *master, pid_t pid)
{
    return zygotes_have(master, pid) || shared_have(master, pid) || reload_has(master, pid) ||
           upgrade_has(master, pid) || cells_have(master, pid) || errands_have(master, pid);
}

/* While a zygote owes an answer, an ended child that is unknown may be the one it is about to report.
 * waitid(2) shows one ended child at a time: where that is a known one, its owner reaps it first, and
 * the next tick looks again. */
void orphans_tick(const struct master *master)
{
    while (!zygotes_owe_answers(master)) {
        siginfo_t info = { .si_pid = 0 };
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0 ||
            is_known(master, info.si_pid))
            return;
        (void)waitpid(info.si_pid, NULL, WNOHANG);
    }
}
