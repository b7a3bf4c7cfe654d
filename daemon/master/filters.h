/* SPDX-License-Identifier: BSD-2-Clause */
/* filters.h - the seccomp filters, compiled in the master from the lists of roles.c. */
#ifndef MASTER_FILTERS_H
#define MASTER_FILTERS_H

#include "daemon/roles.h"

#include <linux/filter.h>

/* Compiles the filters of all roles.  With sandbox = report the kernel logs a call
 * on no list, and executes it.  0, or -errno after one complaint. */
int filters_compile(const struct config *config, config_complain *complain, void *context);

/* The role's program, after filters_compile(). */
const struct sock_fprog *filter_program(enum role role);
/* instructions */
enum { ID_FILTER_MAX = 256 };

/* Writes the filter of a JAIL before its log-in: setresuid only to
 * minimum_uid..0xfffffffe except the daemon's own uids, setresgid only to
 * 1..0xfffffffe except the daemon's own gids and those of forbidden_groups; the
 * three ids of a call must be equal.  Compares 64 bits: the kernel uses the lower
 * 32, so 0x100000000 would be root.  Returns its length in instructions. */
size_t id_filter_make(const struct config *config, const struct role_ids *ids,
                      struct sock_filter code[ID_FILTER_MAX]);

/* The number of a row's call on this machine, or a negative one. */
int filter_call_number(const struct allowed_call *call);

/* The name of a system call of this machine, or "?". */
const char *filter_call_name(int number);

/* Two ids that this filter allows. */
void id_filter_passing(const struct config *config, const struct role_ids *ids, uid_t passing[2]);

#endif
