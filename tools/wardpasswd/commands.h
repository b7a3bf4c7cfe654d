/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h - what wardpasswd does, one function a command.  Each returns the exit code. */
#ifndef WARDPASSWD_COMMANDS_H
#define WARDPASSWD_COMMANDS_H

#include <stdbool.h>

/* The command line; NULL and false where an option was not given. */
struct request {
    const char *file, *name;
    const char *uid, *gid, *home, *gecos, *shell, *method;
    const char *skeleton;
    const char *from, *passwd; /* of an import: the format, and a second file */
    const char *source;        /* ... and the file */
    bool from_input;           /* --stdin */
    bool json;
    bool generate;
    bool create_home;
    bool force;
    bool dry_run;
};

int command_add(const struct request *request);
int command_passwd(const struct request *request);
int command_delete(const struct request *request);
int command_lock(const struct request *request);
int command_unlock(const struct request *request);
int command_verify(const struct request *request);
int command_list(const struct request *request);
int command_show(const struct request *request);
int command_change(const struct request *request);
int command_check(const struct request *request);
int command_import(const struct request *request);

#endif
