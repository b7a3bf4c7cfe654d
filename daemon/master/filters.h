/* filters.h - the seccomp filters, compiled in the master from the lists of roles.c. */
#ifndef MASTER_FILTERS_H
#define MASTER_FILTERS_H

#include "daemon/roles.h"

#include <linux/filter.h>

/* Compiles the filters of all roles.  sandbox = report: what a list lacks is
 * logged by the kernel and done all the same.  0 or -errno, with one complaint. */
int filters_compile(const struct config *config, config_complain *complain, void *context);

/* The role's program.  filters_compile() has succeeded. */
const struct sock_fprog *filter_program(enum role role);

enum { ID_FILTER_MAX = 256 }; /* instructions */

/* Writes the filter of a JAIL before its log-in, which pins setresuid to
 * minimum_uid..0xfffffffe without the daemon's own uids, and setresgid to
 * 1..0xfffffffe without the daemon's own gids and those of forbidden_groups;
 * the three ids of a call must be the same.  As 64-bit values: the kernel
 * takes the lower half only, so that 0x100000000 would be root.  Its length in
 * instructions. */
size_t id_filter_make(const struct config *config, const struct role_ids *ids,
                      struct sock_filter code[ID_FILTER_MAX]);

/* The number of a row's call on this machine; negative where it has none. */
int filter_call_number(const struct allowed_call *call);

/* The name of a system call of this machine, or "?". */
const char *filter_call_name(int number);

/* Two ids that this filter lets through. */
void id_filter_passing(const struct config *config, const struct role_ids *ids, uid_t passing[2]);

#endif
