/* SPDX-License-Identifier: BSD-2-Clause */
/* config.h - the user's files: configuration, bookmarks, history, keys of servers. */
#ifndef CLIENT_SHELL_CONFIG_H
#define CLIENT_SHELL_CONFIG_H

#include "client/shell/shell.h"

/* Finds the directory, $XDG_CONFIG_HOME/wardftp or ~/.config/wardftp. */
void config_init(struct shell *shell);

/* The path of a file there; false: there is no such directory. */
bool config_path(const struct shell *shell, const char *name, char path[PATH_MAX]);

/* Makes the directory, with mode 0700.  0 or -errno. */
int config_make_directory(const struct shell *shell);

/* Runs the configuration file; NULL: the default one, if there is one.  A file that others could
 * have written is refused.  Its failure is reported. */
enum outcome config_run(struct shell *shell, const char *file);

#endif
