/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor_kernel.c - which restrictions of the kernel are in force for the running
 * processes.  The daemon does not start without system call filters and openat2; the
 * others may be missing. */
#include "tools/wardctl/doctor.h"

#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void check_landlock(struct diagnosis *diagnosis)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0)
        diagnose(diagnosis, SEVERITY_HINT,
                 "this kernel has no Landlock (%s): the second restriction on the files of each "
                 "process is missing; use a kernel with it, and name landlock in lsm=",
                 strerror(errno));
}

static bool read_network(const char *pid, char network[64])
{
    char path[PATH_MAX];
    const ssize_t n =
        text_format(path, sizeof path, "/proc/%s/ns/net", pid) ? readlink(path, network, 63) : -1;
    network[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* wardctl runs in the machine's network. */
static void check_network(struct diagnosis *diagnosis, const char *pid)
{
    char own[64], machine[64];
    if (read_network(pid, own) && read_network("self", machine) && strcmp(own, machine) == 0)
        diagnose(diagnosis, SEVERITY_HINT,
                 "the processes of sessions are in the machine's network, and only their filters "
                 "keep them from it; CAP_SYS_ADMIN gives them an empty one");
}

void doctor_kernel(struct diagnosis *diagnosis, const char *pid_of_net)
{
    check_landlock(diagnosis);
    if (*pid_of_net)
        check_network(diagnosis, pid_of_net);
}
