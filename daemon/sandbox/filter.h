/* filter.h - the seccomp filters: one for each role, compiled once in the
 * master from the lists of roles.c, loaded in the children. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "daemon/roles.h"

/* Compiles the filters of all roles.  sandbox = report: what a list lacks is
 * logged by the kernel and done all the same.  0 or -errno, with one complaint. */
int filters_compile(const struct config *config, config_complain *complain, void *context);

/* Loads, into a JAIL before its log-in, the filter that pins setresuid to
 * minimum_uid..0xfffffffe without the daemon's own uids, and setresgid to
 * 1..0xfffffffe without the daemon's own gids and those of forbidden_groups;
 * the three ids of a call must be the same.  As 64-bit values: the kernel
 * takes the lower half only, so that 0x100000000 would be root.  Dies where
 * the kernel refuses. */
void id_filter_load(const struct config *config, const struct role_ids *ids);

/* What a process that has no channel to the scribe does instead of a log line:
 * called in the handler, with the call's number, before the process ends. */
void filter_tell_refusals(void (*tell)(int call));

/* For the self-test: a refused call is told, has no effect, and the process goes on. */
void filter_rehearse(void (*tell)(int call));

/* Two ids that the filter of a JAIL before its log-in lets through. */
void id_filter_passing(const struct config *config, const struct role_ids *ids, uid_t passing[2]);

/* The number of a row's call on this machine; negative where it has none. */
int filter_call_number(const struct allowed_call *call);

/* How many instructions a role's filter has, or the one that a child of its cradle adds; 0: none. */
size_t filter_size(enum role role, bool difference);

/* The name of a system call of this machine, or "?"; allocates nothing, so a handler may ask. */
const char *filter_call_name(int number);

/* Loads the role's filter into this process, for good; what is not on the
 * list then names role and call in the log and ends the process (law M5).
 * Dies where the kernel refuses.  Reads the mode back from the kernel. */
void filter_load(enum role role);

/* The same in a child of the role's cradle, whose filter it has already: refuses
 * what that one passes and the role's list does not. */
void filter_load_difference(enum role role);

#endif
