/* SPDX-License-Identifier: BSD-2-Clause */
/* netrc.h - the log-ins of ~/.netrc: machine, default, login, password. */
#ifndef CLIENT_ENGINE_NETRC_H
#define CLIENT_ENGINE_NETRC_H

#include "client/engine/target.h"

enum netrc_result { NETRC_FOUND, NETRC_NONE, NETRC_OPEN_TO_OTHERS };

/* Looks for target->host (and target->user, if it has one) and fills in user and password.
 * file: a path.  NETRC_OPEN_TO_OTHERS: it has a password, but others may read the file, so it is
 * not used. */
enum netrc_result netrc_find(const char *file, struct target *target);

/* The same over the file's text; exposed for tests.  readable_by_others is judged by the caller. */
enum netrc_result netrc_find_in(const char *text, struct target *target);

#endif
