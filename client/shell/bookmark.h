/* SPDX-License-Identifier: BSD-2-Clause */
/* bookmark.h - names for servers and directories, kept in a file of mode 0600 without passwords. */
#ifndef CLIENT_SHELL_BOOKMARK_H
#define CLIENT_SHELL_BOOKMARK_H

#include "client/shell/shell.h"

/* The URL of a bookmark; false: there is none of that name. */
bool bookmark_find(const struct shell *shell, const char *name, char url[TARGET_PATH_SIZE]);

/* Calls take for each. */
void bookmark_each(const struct shell *shell,
                   void (*take)(void *context, const char *name, const char *url), void *context);

/* Adds or replaces one; url NULL: removes it.  0, -ENOENT, or another -errno. */
int bookmark_put(const struct shell *shell, const char *name, const char *url);

/* As target_parse, for the text of `open`: a bookmark, URL or host. */
bool bookmark_target(const struct shell *shell, const char *text, struct target *target,
                     const char **why);

#endif
