/* SPDX-License-Identifier: BSD-2-Clause */
/* account.h - the fields of a new entry: from the options, else from the system's account of that
 * name. */
#ifndef WARDPASSWD_ACCOUNT_H
#define WARDPASSWD_ACCOUNT_H

#include "tools/wardpasswd/commands.h"

#include "tools/wardpasswd/file.h"

#include <stddef.h>
#include <stdint.h>

/* "uid:gid:gecos:home:shell", checked.  0 or an exit code after a complaint. */
int account_tail(const struct request *request, char *tail, size_t room);

/* The same for an entry that is there: its own fields, where the options name no other. */
int account_tail_changed(const struct request *request, const struct entry *entry, char *tail,
                         size_t room);

/* Has another user this uid or this home?  0, or EX_CANTCREAT after a complaint.  home "": that of
 * no user; uid 0: of no user. */
int account_is_alone(const struct user_file *file, const char *name, uint64_t uid,
                     const char *home);

/* The number of a field.  False: it is none, or beyond an id's range. */
bool account_id(struct span field, uint64_t *id);

/* 0, or EX_USAGE after a complaint: what can't be a user's name. */
int account_name_check(const char *name);

#endif
