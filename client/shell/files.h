/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h - what the commands that move files share. */
#ifndef CLIENT_SHELL_FILES_H
#define CLIENT_SHELL_FILES_H

#include "client/shell/shell.h"

bool is_directory(const char *path);

/* Where a download goes: the given name, the same name in a given directory, or here. */
enum outcome local_target(struct shell *shell, const char *remote, const char *given,
                          char path[PATH_MAX]);

/* In the interactive shell: asks whether a file that exists may be replaced. */
bool may_replace(struct shell *shell, const char *path);

#endif
