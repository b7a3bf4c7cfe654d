/* SPDX-License-Identifier: BSD-2-Clause */
/* secret.h - passwords: from a descriptor, or asked for on the terminal; none from the
 * arguments. */
#ifndef CLIENT_SECRET_H
#define CLIENT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* The first line of fd. 0, -errno, or -E2BIG. */
int secret_from_fd(int fd, char *to, size_t room);

/* Asks on /dev/tty without echo.  0; -ENOTTY if there is no terminal; -EINTR. */
int secret_ask(const char *prompt, char *to, size_t room);

/* Is there a password among the arguments, in a URL or a command?  ps(1) shows them to all users: the password
 * is overwritten with stars and cannot be used. */
bool secret_in_arguments(int argc, char **argv);

/* Asks a question on /dev/tty; true for "yes", false if there is no terminal. */
bool terminal_confirm(const char *text);

/* The same; the first letter of the answer in lower case, or NUL. */
char terminal_choose(const char *text);

/* The same for one key, without Enter. */
char terminal_key(const char *text);

/* May a line of commands hold a password, so that it is not kept in the history?  URLs, `user NAME
 * PASSWORD`, `open -u NAME,PASSWORD`, PASS and ACCT. */
bool secret_in_line(const char *line);

#endif
