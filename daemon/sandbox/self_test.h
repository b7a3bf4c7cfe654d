/* self_test.h - does each role's confinement hold on the kernel that runs, and
 * can the role do its work in it (law M5)? */
#ifndef SANDBOX_SELF_TEST_H
#define SANDBOX_SELF_TEST_H

#include "daemon/sandbox/sandbox.h"

/* Forks a process for each role, which takes the role, does what the role has
 * to do with the libc and the kernel of this machine, and tries what must be
 * refused.  0, or -EINVAL after one complaint that names role, call and what
 * of the kernel it is about.  sandbox = report: complaints are warnings. */
int self_test(const struct confinement *how, config_complain *complain, void *context);

#endif
