/* SPDX-License-Identifier: BSD-2-Clause */
/* account.h - the fields of a new entry: from the options, else from the system's account of that
 * name. */
#ifndef WARDPASSWD_ACCOUNT_H
#define WARDPASSWD_ACCOUNT_H

#include "tools/wardpasswd/commands.h"

#include <stddef.h>

/* "uid:gid:gecos:home:shell", checked.  0 or an exit code after a complaint. */
int account_tail(const struct request *request, char *tail, size_t room);

/* 0, or EX_USAGE after a complaint: what can't be a user's name. */
int account_name_check(const char *name);

#endif
