/* SPDX-License-Identifier: BSD-2-Clause */
/* failure.h - the outcome of an operation (also the exit code) and its message. */
#ifndef CLIENT_ENGINE_FAILURE_H
#define CLIENT_ENGINE_FAILURE_H

/* The exit codes of wardftp (sysexits.h); wardftp(1) explains them. */
enum outcome {
    OUTCOME_OK = 0,
    OUTCOME_USAGE = 64,       /* the command line */
    OUTCOME_REFUSED = 66,     /* no such file, or refused by the server */
    OUTCOME_NO_HOST = 68,     /* the name has no address */
    OUTCOME_UNREACHABLE = 69, /* no connection */
    OUTCOME_NO_CREATE = 73,   /* a local file cannot be made */
    OUTCOME_LOCAL = 74,       /* reading or writing a local file failed */
    OUTCOME_AGAIN = 75,       /* 421, 4xx, connection lost, fewer bytes than announced */
    OUTCOME_PROTOCOL = 76,    /* protocol violation, TLS, untrusted certificate */
    OUTCOME_LOGIN = 77,       /* the log-in was refused */
    OUTCOME_INTERRUPTED = 130 /* Ctrl-C */
};

enum { FAILURE_SIZE = 512 };

struct failure {
    enum outcome outcome;
    int code; /* the FTP reply that caused it, or 0 */
    char text[FAILURE_SIZE];
};

/* Fills *failure and returns outcome, so that a function can return failure_set(...).  Control
 * bytes of the text are escaped, since it is shown on terminals. */
enum outcome failure_set(struct failure *failure, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "NAME: " before the text, unless the name's last part is in it. */
void failure_name(struct failure *failure, const char *name);

/* A word for JSON and for people: "refused". */
const char *outcome_name(enum outcome outcome);

/* May the same attempt succeed later? */
_Bool outcome_is_passing(enum outcome outcome);

#endif
