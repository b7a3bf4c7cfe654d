/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.c - the master's own role: root's uid, a bounded set of
 * capabilities, and a filter that refuses what no process of wardftpd needs. */
#include "daemon/master/confine.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/filters.h"
#include "daemon/master/master.h"
#include "daemon/master/network.h"
#include "daemon/master/own_rights.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct kept {
    cap_value_t list[CAPABILITIES_MAX];
    int count;
};

static void must(bool fine, const char *step)
{
    if (!fine)
        die("%s: confinement failed at %s: %s", roles[ROLE_MASTER].name, step, strerror(errno));
}

/* All of its row, except what is not needed here or what a container withholds. */
static bool is_kept(bool private_network, bool create_home, cap_value_t capability)
{
    if (capability == CAP_SYS_ADMIN)
        return private_network;
    if (capability == CAP_CHOWN)
        return create_home;
    return own_rights_have(capability);
}

static struct kept kept_capabilities(bool private_network, bool create_home)
{
    const struct role_row *row = &roles[ROLE_MASTER];
    struct kept kept = { .count = 0 };
    for (size_t i = 0; i < row->capability_count && kept.count < CAPABILITIES_MAX; i++) {
        if (is_kept(private_network, create_home, row->capabilities[i]))
            kept.list[kept.count++] = row->capabilities[i];
    }
    return kept;
}

static bool keeps(const struct kept *kept, cap_value_t capability)
{
    for (int i = 0; i < kept->count; i++) {
        if (kept->list[i] == capability)
            return true;
    }
    return false;
}

/* The children start with this bounding set, and empty their own. */
static bool limit_bounding_set(const struct kept *kept)
{
    for (cap_value_t i = 0; i <= CAP_LAST_CAP; i++) {
        const int held = keeps(kept, i) ? 0 : cap_get_bound(i);
        if (held == 1 && cap_drop_bound(i) != 0)
            return false;
        if (held < 0 && errno != EINVAL) /* EINVAL: the kernel knows fewer than our headers */
            return false;
    }
    return true;
}

static bool set_capabilities(const struct kept *kept)
{
    cap_t set = cap_init();
    const bool fine = set &&
                      cap_set_flag(set, CAP_PERMITTED, kept->count, kept->list, CAP_SET) == 0 &&
                      cap_set_flag(set, CAP_EFFECTIVE, kept->count, kept->list, CAP_SET) == 0 &&
                      cap_reset_ambient() == 0 && cap_set_proc(set) == 0;
    if (set)
        cap_free(set);
    return fine;
}

static bool flag_is(cap_t seen, cap_value_t capability, cap_flag_t flag, bool wanted)
{
    cap_flag_value_t value = CAP_CLEAR;
    return cap_get_flag(seen, capability, flag, &value) == 0 && (value == CAP_SET) == wanted;
}

/* Read back from the kernel, not from what the library remembers. */
static bool are_set(const struct kept *kept)
{
    cap_t seen = cap_get_proc();
    bool fine = seen != NULL;
    for (cap_value_t i = 0; fine && i <= CAP_LAST_CAP; i++) {
        if (!CAP_IS_SUPPORTED(i))
            continue;
        fine = flag_is(seen, i, CAP_PERMITTED, keeps(kept, i)) &&
               flag_is(seen, i, CAP_EFFECTIVE, keeps(kept, i)) &&
               flag_is(seen, i, CAP_INHERITABLE, false);
    }
    if (seen)
        cap_free(seen);
    return fine;
}

static bool load_filter(void)
{
    return WITH_SANITIZERS ||
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter_program(ROLE_MASTER)) == 0;
}

int confine_check(const struct master *master, const struct complaint *to)
{
    if (!master->config->create_home || cap_get_bound(CAP_CHOWN) == 1)
        return 0;
    to->complain(to->context, true,
                 "daemon.create_home needs CAP_CHOWN, which was withheld from wardftpd; under "
                 "systemd add CapabilityBoundingSet=CAP_CHOWN in a drop-in of the unit");
    return -EPERM;
}

void confine_master(const struct master *master)
{
    const struct kept kept =
        kept_capabilities(network_is_private(master), master->config->create_home);
    must(prctl(PR_SET_NAME, roles[ROLE_MASTER].name, 0, 0, 0) == 0, "its name");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    must(limit_bounding_set(&kept), "the bounding set");
    must(set_capabilities(&kept), "the capabilities");
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable");
    must(are_set(&kept), "reading the capabilities back");
    must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "reading no_new_privs back");
    must(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, "reading dumpable back");
    must(load_filter(), "its filter");
}

bool confine_is_in_force(const struct master *master, bool private_network)
{
    const struct kept kept = kept_capabilities(private_network, master->config->create_home);
    return are_set(&kept) && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
           (WITH_SANITIZERS || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
}

bool confine_again(const struct master *master)
{
    return prctl(PR_SET_NAME, roles[ROLE_MASTER].name, 0, 0, 0) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           confine_is_in_force(master, network_is_private(master));
}
