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
    struct users *users; /* NULL: never was there a good one */
    bool asked;          /* the master was asked for it, log-ins wait */
    bool unanswered;     /* it did not answer: ask again, but don't wait */
};

struct files {
    struct user_file users[USER_FILES];
    int groups_fd; /* -1: there is no such file */
    struct stat groups_seen;
    struct groups *groups; /* bound to the configuration; NULL: none */
    bool groups_lack;      /* a group that a [group] is about: its rules can't be applied */
};

void files_init(struct files *files, const struct config *config);

/* Which user file a client of this host name is judged by: an index into .users. */
unsigned files_of_host(const struct config *config, const char *host);

/* The master has opened a file: it is read at once; what was there before
 * stays where the new one is refused.  Takes fd over. */
void files_take_users(struct files *files, const struct config *config, unsigned index, int fd);
/* The same; fd -1: there is no group file.  One that lacks the group of a [group] is refused. */
void files_take_groups(struct files *files, const struct config *config, int fd);

/* Has it, or the group file, changed?  One fstat(2) each: cheap enough for every log-in. */
bool files_changed(struct files *files, unsigned index);

/* The master has sent nothing: makes do with what is open, read anew. */
void files_make_do(struct files *files, const struct config *config, unsigned index);

/* The configuration is another one: the files may be others, and the master
 * sends all of them; log-ins wait for them. */
void files_take_config(struct files *files, const struct config *config);

#endif
