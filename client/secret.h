/* secret.h - passwords: from a descriptor, or asked for on the terminal; those that came in URLs of
 * arguments are hidden from others. */
#ifndef CLIENT_SECRET_H
#define CLIENT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* The first line of fd. 0, -errno, or -E2BIG. */
int secret_from_fd(int fd, char *to, size_t room);

/* Asks on /dev/tty without echo.  0; -ENOTTY where there is no terminal; -EINTR. */
int secret_ask(const char *prompt, char *to, size_t room);

/* A copy of the arguments, NULL at its end; in argv itself, which ps shows to everybody, stars stand in
 * the place of the passwords of URLs.  NULL: out of memory. */
char **secret_hide_arguments(int argc, char **argv);

/* Wipes and frees that copy, in whatever order its words stand by now; takes NULL. */
void secret_free_arguments(char **copy);

/* Asks a yes-or-no question on /dev/tty; false where there is no terminal. */
bool terminal_confirm(const char *text);

#endif
