/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h - `wardftpd -t`. */
#ifndef CHECKUP_CHECK_H
#define CHECKUP_CHECK_H

#include "daemon/config/config.h"

struct master;

struct check_options {
    const char *config_path;
    const struct config_override *overrides;
    size_t override_count;
    bool quick;  /* only what a start checks */
    bool strict; /* warnings count */
    bool json;
};

/* Checks and prints; fills in *master as far as the programs need it.  An exit code: 0, 1 or
 * EX_CONFIG. */
int check_everything(struct master *master, const struct check_options *options);

#endif
