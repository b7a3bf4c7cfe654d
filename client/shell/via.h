/* SPDX-License-Identifier: BSD-2-Clause */
/* via.h - the proxy: of an option, a setting or the environment. */
#ifndef CLIENT_SHELL_VIA_H
#define CLIENT_SHELL_VIA_H

#include "client/shell/shell.h"

/* Takes a URL; an empty one or "none" is no proxy.  False, with the reason in *why. */
bool via_set(struct shell *shell, const char *text, const char **why);
/* Takes a list of hosts, or "none"; false: it is too long. */
bool via_set_exceptions(struct shell *shell, const char *list);

/* ftp_proxy or ALL_PROXY, and no_proxy.  Failure: a message was printed. */
bool via_take_environment(struct shell *shell);

/* The proxy's password, where it has a user alone: that of .netrc. */
enum outcome via_find_password(struct shell *shell);

#endif
