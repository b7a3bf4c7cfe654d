/* SPDX-License-Identifier: BSD-2-Clause */
/* local.h - local paths whose last part may come from the server.
 *
 * The user typed the first `typed` bytes of such a path: symbolic links there are followed as
 * usual.  The rest consists of names that the server sent: it is resolved beneath the typed part
 * and through no symbolic link. */
#ifndef CLIENT_ENGINE_LOCAL_H
#define CLIENT_ENGINE_LOCAL_H

#include "client/engine/listing.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct local_name {
    int directory; /* O_PATH, owned; -1: none */
    char name[NAME_MAX + 1];
};

/* Opens the directory of path.  0 or -errno; -ELOOP: a symbolic link among the server's names. */
int local_open(const char *path, size_t typed, struct local_name *at);
void local_close(struct local_name *at);

/* Makes a directory, unless there is one.  A symbolic link or a file of that name is -EEXIST; with
 * overwrite_links, a link is replaced. */
int local_make_directory(const char *path, size_t typed, bool overwrite_links);

/* 0 or -errno. */
int local_remove(const char *path, size_t typed, bool directory);

/* Type, size and time of what has this name: 0 or -errno. */
int local_stat(const char *path, size_t typed, struct entry *entry);

/* A directory's entries, sorted.  A symbolic link to a file counts as the file (entry.link); one to
 * a directory, or a dangling one, is an ENTRY_LINK, so that no loop is walked.  0 or -errno. */
int local_list(const char *path, size_t typed, struct listing *listing);

/* The name of the partial file of a download, ".NAME.wardftp-part"; and: is this such a name? */
void part_name(const char *name, char to[NAME_MAX + 1]);
bool is_part_name(const char *name);

#endif
