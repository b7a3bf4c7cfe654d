/* SPDX-License-Identifier: BSD-2-Clause */
/* checker.c - runs in `wardftpd -t`: is there a checker, and is it the
 * administrator's?  It is connected and asked nothing. */
#include "daemon/checkup/checkup.h"

#include "daemon/master/checker.h"
#include "daemon/master/master.h"

#include <unistd.h>

void checkup_checker(const struct master *master, struct findings *findings)
{
    const char *fault = NULL;
    if (!master->config->checker[0])
        return;
    const int fd = checker_connect(master->config, &master->ids, &fault);
    if (fd < 0)
        findings_add(findings, SEVERITY_WARNING,
                     "daemon.checker: users whom the user file does not have cannot log in: %s: %s",
                     master->config->checker, fault);
    else
        close(fd);
}
