/* SPDX-License-Identifier: BSD-2-Clause */
/* own_rights.c - runs in the master at its start: what root may do here.  In a container it may be
 * less than on the machine. */
#include "daemon/master/own_rights.h"

#include "common/text.h"

#include <errno.h>

static const struct {
    cap_value_t capability;
    const char *name;
    bool needed;
    const char *without;
} rights[] = {
    { CAP_SETUID, "CAP_SETUID", true, "no process could take its own account" },
    { CAP_SETGID, "CAP_SETGID", true, "no process could take its own group" },
    { CAP_SETPCAP, "CAP_SETPCAP", true, "no process could give up its rights for good" },
    { CAP_SYS_CHROOT, "CAP_SYS_CHROOT", true, "no session could be confined to a home" },
    { CAP_KILL, "CAP_KILL", true, "no session could be ended" },
    { CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", false,
      "the configuration, user file, keys and logs must belong to root" },
    { CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE", false,
      "ports below 1024 may be refused, and source port 20" },
};

bool own_rights_have(cap_value_t capability)
{
    cap_flag_value_t value = CAP_CLEAR;
    cap_t set = cap_get_proc();
    const bool have =
        set && cap_get_flag(set, capability, CAP_PERMITTED, &value) == 0 && value == CAP_SET;
    if (set)
        cap_free(set);
    return have;
}

int own_rights_check(const struct complaint *to)
{
    int result = 0;
    char line[160];
    for (size_t i = 0; i < COUNT(rights); i++) {
        if (own_rights_have(rights[i].capability))
            continue;
        (void)text_format(line, sizeof line, "%s is missing: %s", rights[i].name,
                          rights[i].without);
        to->complain(to->context, rights[i].needed, line);
        if (rights[i].needed)
            result = -EPERM;
    }
    return result;
}
