/* SPDX-License-Identifier: BSD-2-Clause */
/* alias.h - other names for commands. */
#ifndef CLIENT_SHELL_ALIAS_H
#define CLIENT_SHELL_ALIAS_H

#include "client/shell/shell.h"

/* The text of an alias, defined or built in; NULL: there is none. */
const char *alias_find(const struct aliases *aliases, const char *name);

void aliases_free(struct aliases *aliases);

#endif
