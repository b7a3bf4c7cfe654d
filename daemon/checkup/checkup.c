/* SPDX-License-Identifier: BSD-2-Clause */
/* checkup.c - runs in `wardftpd -t`: the order of the checks. */
#include "daemon/checkup/checkup.h"

#include "daemon/master/master.h"

#include <unistd.h>

void checkup(const struct master *master, struct findings *findings)
{
    const struct config *config = master->config;
    checkup_settings(config, findings);
    checkup_ports(config, findings);
    checkup_machine(config, findings);
    checkup_paths(master, findings);
    if (geteuid() == 0) {
        checkup_making(config, findings);
        checkup_checker(master, findings);
        checkup_users(master, findings);
    } else {
        findings_add(findings, SEVERITY_HINT,
                     "not looked at, as only root may: accounts, the user file and the homes; run "
                     "it as root");
    }
}
