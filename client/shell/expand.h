/* SPDX-License-Identifier: BSD-2-Clause */
/* expand.h - expands globs on either side; matched by the client, since servers differ. */
#ifndef CLIENT_SHELL_EXPAND_H
#define CLIENT_SHELL_EXPAND_H

#include "client/engine/listing.h"
#include "client/shell/shell.h"

/* The entries that a word names on the server, with whole paths as names.  A word without a glob
 * is itself, unseen (type ENTRY_OTHER); a glob that matches nothing is OUTCOME_REFUSED. */
enum outcome expand_remote(struct shell *shell, const struct token *token, struct listing *found);

/* The same for local files. */
enum outcome expand_local(struct shell *shell, const struct token *token, struct listing *found);

#endif
