/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h - what the commands that move files share. */
#ifndef CLIENT_SHELL_FILES_H
#define CLIENT_SHELL_FILES_H

#include "client/engine/jobs.h"
#include "client/shell/shell.h"

bool is_directory(const char *path);

/* Where a download goes: the given name, the same name in a given directory, or here. */
enum outcome local_target(struct shell *shell, const char *remote, const char *given,
                          char path[PATH_MAX]);

/* Checks the directory of -O, on this side; NULL is fine. */
enum outcome check_local_directory(struct shell *shell, const char *directory);

/* With `prompt`: asks whether a command takes a file.  'y', 'n', or 'q' for no further file; "all"
 * is remembered in shell->prompt_all. */
char ask_file(struct shell *shell, const char *what, const char *name);

/* In the interactive shell: asks whether a file that exists may be replaced. */
bool may_replace(struct shell *shell, const char *path);

/* Runs transfers, in parallel if the user wants that; with remove_sources in turn, and each source is
 * deleted after its transfer. */
enum outcome transfers_run(struct shell *shell, struct jobs *jobs, bool remove_sources);

/* Two sources with one target would replace each other: OUTCOME_USAGE. */
enum outcome transfers_check(struct shell *shell, const struct jobs *jobs, bool upload);

#endif
