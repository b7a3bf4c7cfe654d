/* SPDX-License-Identifier: BSD-2-Clause */
/* segments.h - one file by several sessions at once, each of which gets a part of it. */
#ifndef CLIENT_SHELL_SEGMENTS_H
#define CLIENT_SHELL_SEGMENTS_H

#include "client/shell/shell.h"

/* A download by up to count sessions; by one, where the file or the server is not for that. */
enum outcome segments_get(struct shell *shell, const struct job *job, unsigned count);

#endif
