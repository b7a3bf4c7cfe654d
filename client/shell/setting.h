/* SPDX-License-Identifier: BSD-2-Clause */
/* setting.h - what `set` changes: one table of names, and the names that lftp gives the same. */
#ifndef CLIENT_SHELL_SETTING_H
#define CLIENT_SHELL_SETTING_H

#include "client/shell/shell.h"

enum { SETTING_VALUE_SIZE = 1024 };

const char *setting_name(size_t i); /* NULL beyond the last */
void setting_show(const struct shell *shell, size_t i, char value[SETTING_VALUE_SIZE]);

/* Takes a value as text, by our name or lftp's; its failure is OUTCOME_USAGE. */
enum outcome setting_put(struct shell *shell, const char *name, const char *value);

/* In setting_lftp.c: the same by lftp's name alone.  False: there is no such name. */
bool setting_put_lftp(struct shell *shell, const char *name, const char *value,
                      enum outcome *outcome);

/* "yes", "on", "true", "1" and their opposites. */
bool setting_is_true(const char *value);
bool setting_is_false(const char *value);

#endif
