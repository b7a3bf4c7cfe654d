/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h - the table of commands.  Dispatch, HELP, SITE HELP and FEAT all
 * use it, so that they agree (law R1). */
#ifndef NET_COMMANDS_H
#define NET_COMMANDS_H

#include "daemon/net/handlers.h"

#include <stddef.h>

/* What must follow the verb; the dispatcher checks it before it calls the handler. */
enum argument_kind {
    ARG_NONE,
    ARG_TEXT,       /* something */
    ARG_MAYBE,      /* something or nothing */
    ARG_PATH,       /* a path: .path is absolute, in s->path */
    ARG_MAYBE_PATH, /* a path, or the current directory */
    ARG_NUMBER,     /* 0..INT64_MAX */
};

/* What the command needs, and what is special about it. */
enum command_flag {
    USER_IN = 1 << 0,  /* logged in; else 530 */
    DATA_SET = 1 << 1, /* PASV, EPSV, PORT or EPRT came before; else 425 */
    /* the argument is never logged, and wiped (law L6): an unknown SITE may be SITE PSWD */
    SECRET = 1 << 2,
    KEEPS_RNFR = 1 << 3, /* may come between RNFR and its RNTO */
    TLS_ONLY = 1 << 4,   /* in HELP and FEAT only where TLS is served */
    REFUSED = 1 << 5,    /* known, but not implemented: not in HELP */
    /* blanks after the argument, which is neither a name nor a secret, are ignored */
    TRIMS = 1 << 6,
    READS = 1 << 7, /* of a path: "~" is the home, unless a file has that name (law N7) */
};

struct command {
    const char *verb; /* "RETR"; "SITE CHMOD" and "OPTS HASH" are commands of their own */
    command_handler *run;
    enum argument_kind argument;
    unsigned flags;      /* enum command_flag */
    const char *syntax;  /* of the argument, for HELP */
    const char *source;  /* RFC and section, or draft, or "custom" */
    const char *feature; /* FEAT line; NULL: none */
    /* appends the rest of the FEAT line; NULL: there is none */
    void (*more)(const struct session *s, char *to, size_t room);
};

extern const struct command commands[];
extern const size_t command_count;

/* Finds the command of a line by its first word (after SITE and OPTS, its first two), in any
 * case.  *rest is what follows.  NULL: unknown. */
const struct command *command_find(const char *line, const char **rest);

#endif
