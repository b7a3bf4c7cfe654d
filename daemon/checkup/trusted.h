/* SPDX-License-Identifier: BSD-2-Clause */
/* trusted.h - the files that the daemon trusts, and the directories above them: a
 * user who may write to one of these directories may replace the file. */
#ifndef CHECKUP_TRUSTED_H
#define CHECKUP_TRUSTED_H

#include "daemon/config/config.h"

struct trusted;

/* Collects the directories.  NULL: no memory, or a file system hangs; the other functions take
 * NULL. */
struct trusted *trusted_new(const struct config *config);
void trusted_free(struct trusted *trusted);

/* The first such file below the directory, or NULL. */
const char *trusted_below(const struct trusted *trusted, uint64_t device, uint64_t inode);

/* Calls `each` with every directory above such a file that others than root may write to. */
typedef void trusted_report(void *context, const char *path, const char *directory, uint32_t mode,
                            uint32_t uid);
void trusted_each_open(const struct trusted *trusted, trusted_report *each, void *context);

#endif
