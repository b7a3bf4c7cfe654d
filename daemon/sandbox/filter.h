/* SPDX-License-Identifier: BSD-2-Clause */
/* filter.h - the seccomp filters of a role program: finished BPF programs from
 * its orders. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "daemon/roles.h"

/* Loads the role's filter into this process.  A call that is not on the list
 * is then logged with its role and name, and ends the process (rule M5).
 * Dies if the kernel refuses the filter. */
void filter_load(enum role role);

/* The same in a child of the role's zygote, which has the zygote's filter
 * already: refuses what that one allows and the role's list does not. */
void filter_load_difference(enum role role);

/* Loads the filter that pins setresuid and setresgid, if the role has one. */
void filter_load_ids(enum role role);

/* For a process that has no channel to the scribe: tell is called in the
 * handler with the call's number, in place of the log line. */
void filter_tell_refusals(void (*tell)(int call));

/* For the self-test: a refused call is reported and has no effect, and the process goes on. */
void filter_rehearse(void (*tell)(int call));

#endif
