/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h - the files that auth reads: the user file, those of hosts, and
 * the group file.  The master opens them; auth sees by fstat(2) that one has
 * changed, and asks the master to open them again. */
#ifndef AUTH_FILES_H
#define AUTH_FILES_H

#include "daemon/auth/groups.h"
#include "daemon/auth/users.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum { USER_FILES = 1 + HOSTS_MAX, FILE_WAIT_MS = 1000 };

struct user_file {
    int fd; /* -1: the master could not open it */
    struct stat seen;
    struct users *users; /* NULL: there has been no valid one */
    bool asked;          /* the master was asked for it, log-ins wait */
    bool unanswered;     /* it did not answer: ask again without waiting */
};

struct files {
    struct user_file users[USER_FILES];
    int groups_fd; /* -1: there is no such file */
    struct stat groups_seen;
    struct groups *groups; /* bound to the configuration; NULL: none */
    bool groups_lack;      /* the group of a [group] section: its settings can't be applied */
};

void files_init(struct files *files, const struct config *config);

/* The user file for clients of this host name: an index into .users. */
unsigned files_of_host(const struct config *config, const char *host);

/* The master has opened a file: reads it at once.  If it is refused, the previous
 * one stays in use.  Owns fd. */
void files_take_users(struct files *files, const struct config *config, unsigned index, int fd);
/* The same; fd -1: there is no group file.  A file without the group of a [group] section is
 * refused. */
void files_take_groups(struct files *files, const struct config *config, int fd);

/* Has it, or the group file, changed?  One fstat(2) each, cheap enough for every log-in. */
bool files_changed(struct files *files, unsigned index);

/* The master has sent nothing: reads the open files again. */
void files_make_do(struct files *files, const struct config *config, unsigned index);

/* The configuration has changed: the files may be others, and the master sends all
 * of them; log-ins wait for them. */
void files_take_config(struct files *files, const struct config *config);

#endif
