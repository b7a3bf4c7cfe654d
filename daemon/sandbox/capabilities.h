/* SPDX-License-Identifier: BSD-2-Clause */
/* capabilities.h - capget(2) and capset(2) as system calls: role programs link
 * no library besides libc to give up their capabilities. */
#ifndef SANDBOX_CAPABILITIES_H
#define SANDBOX_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

/* Sets the permitted and the effective set to these bits (1 << CAP_...), the
 * inheritable and the ambient set to nothing.  False with errno. */
bool capabilities_set(uint64_t kept);

/* Does the kernel report the same? */
bool capabilities_are(uint64_t kept);

/* Empties the bounding set.  False with errno. */
bool capabilities_drop_bounding(void);
bool capabilities_bounding_is_empty(void);

#endif
