/* SPDX-License-Identifier: BSD-2-Clause */
/* wardctl.h - declarations shared by the files of wardctl. */
#ifndef WARDCTL_H
#define WARDCTL_H

#include "daemon/protocol/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>

/* What `log` looks for; NULL: anything. */
struct log_query {
    const char *configuration;
    const char *event, *user, *session, *address, *path, *since, *until, *head, *after;
    bool sum, failed;
};

/* The command line. */
struct request {
    const char *socket;
    bool json;
    bool open_metrics;
    bool now;     /* stop --now */
    bool no_wait; /* stop, drain */
    uint64_t seconds;
    struct log_query log;
    uint32_t trace_seconds;
    bool to_log;      /* trace: in the log only */
    int count;        /* of arguments */
    char **arguments; /* of the command */
};

/* Prints a message on standard error, unprintable bytes escaped; returns code. */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* link.c: the connection to the daemon.  0, or the exit code after a complaint. */
struct link {
    int fd;
    int daemon; /* pidfd of the master, where it could be opened; else -1 */
    uint32_t serial;
};
int link_open(struct link *link, const char *path);
void link_close(struct link *link);

/* Sends a request and receives the answer, of size bytes, into *answer.  Results other
 * than CONTROL_DONE are reported and give an exit code, except for CONTROL_NONE and
 * CONTROL_REFUSED, which the caller reports. */
int link_ask(struct link *link, struct control_ask *ask, void *answer, size_t size);

/* link_ask for a verb whose answer is a struct control_answer. */
int link_simple(struct link *link, struct control_ask *ask, struct control_answer *answer);

/* Waits until the daemon has ended.  0 or an exit code. */
int link_wait_end(struct link *link);

/* The commands, a function for each row of commands.def.  Each returns the exit code. */
#define COMMAND(name, function, least, most, options, usage)                                       \
    int command_##function(struct link *link, const struct request *request);
#include "tools/wardctl/commands.def"
#undef COMMAND

/* log_verify.c.  Returns the exit code. */
int log_verify(const struct request *request, char *const *files, size_t count_of_files);

/* log_search.c.  Returns the exit code. */
int log_search(const struct request *request, char *const *files, size_t count_of_files);

/* A list on standard output: of JSON objects, or of lines under a heading. */
void json_list_begin(void);
void json_list_next(bool first);
int list_end(bool json);

#endif
