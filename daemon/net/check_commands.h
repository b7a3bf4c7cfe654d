/* SPDX-License-Identifier: BSD-2-Clause */
/* check_commands.h - the commands that policies name. */
#ifndef NET_CHECK_COMMANDS_H
#define NET_CHECK_COMMANDS_H

#include "daemon/config/config.h"

/* Warns the master of each word in denied_commands and allowed_commands that is no command. */
void check_commands(const struct config *config);

#endif
