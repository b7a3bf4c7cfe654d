/* SPDX-License-Identifier: BSD-2-Clause */
/* capabilities.c - runs in each role program while it is still root. */
#include "daemon/sandbox/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Version 3 has two words a set: capabilities 0 to 31, and 32 to 63. */
enum { WORDS = 2, WORD_BITS = 32 };

bool capabilities_set(uint64_t kept)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct words[WORDS];
    for (unsigned i = 0; i < WORDS; i++) {
        const uint32_t word = (uint32_t)(kept >> (i * WORD_BITS));
        words[i] = (struct __user_cap_data_struct){ .effective = word, .permitted = word };
    }
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
           syscall(SYS_capset, &head, words) == 0;
}

/* The ambient set has nothing that the inheritable one has not (capabilities(7)). */
bool capabilities_are(uint64_t kept)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct words[WORDS];
    if (syscall(SYS_capget, &head, words) != 0)
        return false;
    for (unsigned i = 0; i < WORDS; i++) {
        const uint32_t word = (uint32_t)(kept >> (i * WORD_BITS));
        if (words[i].permitted != word || words[i].effective != word || words[i].inheritable != 0)
            return false;
    }
    return true;
}

bool capabilities_drop_bounding(void)
{
    for (unsigned long i = 0; i < WORDS * WORD_BITS; i++) {
        const int held = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
        if (held == 1 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
            return false;
        if (held < 0 && errno != EINVAL) /* EINVAL: the kernel knows fewer */
            return false;
    }
    return true;
}

bool capabilities_bounding_is_empty(void)
{
    for (unsigned long i = 0; i < WORDS * WORD_BITS; i++) {
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
            return false;
    }
    return true;
}
