/* SPDX-License-Identifier: BSD-2-Clause */
/* options.h - the command line of wardftp. */
#ifndef CLIENT_SHELL_OPTIONS_H
#define CLIENT_SHELL_OPTIONS_H

#include "client/shell/shell.h"

struct options {
    bool help, version, json, verbose, quiet, no_config;
    const char *config;   /* NULL: the default */
    const char *commands; /* -c */
    const char *file;     /* -f */
    int first;            /* index of the first argument that is no option */
};

/* Reads the options before the first other argument, into options and the shell's settings.  False:
 * a message was printed. */
bool options_parse(struct options *options, struct shell *shell, int argc, char **argv);
void options_usage(FILE *to);

#endif
