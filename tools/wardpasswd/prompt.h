/* SPDX-License-Identifier: BSD-2-Clause */
/* prompt.h - where a password comes from: never from the command line, which
 * every user of the machine can read.  0 or an exit code, after a complaint. */
#ifndef WARDPASSWD_PROMPT_H
#define WARDPASSWD_PROMPT_H

#include "daemon/protocol/message.h"

#include <stdbool.h>

/* 20 letters and digits, none of which looks like another: 115 bits. */
int password_generate(char password[PASSWORD_ROOM]);

/* The first line of standard input, without its LF. */
int password_from_input(char password[PASSWORD_ROOM]);

/* From the terminal, without echo; twice where it is a new one. */
int password_from_terminal(const char *name, bool twice, char password[PASSWORD_ROOM]);

#endif
