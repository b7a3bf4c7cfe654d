/* SPDX-License-Identifier: BSD-2-Clause */
/* users.h - the user file: `name:hash:uid:gid:gecos:home:shell`, the seven
 * fields of passwd(5).  '#' begins a line of comment. */
#ifndef AUTH_USERS_H
#define AUTH_USERS_H

#include "daemon/auth/hash_kind.h"

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct user {
    const char *name;
    const char *hash;
    const char *home; /* absolute, shorter than HOME_ROOM; empty: that of the pattern `home` */
    uint32_t uid;     /* 0..0xfffffffe; which ones may log in is decided elsewhere */
    uint32_t gid;
    enum hash_worth worth;
    uint32_t line; /* of the file */
};

struct users;

/* Reads the file.  Invalid lines, and a second line for the same name, are logged
 * with their number and skipped.  NULL, logged, if the whole file is refused: not
 * owned by root, readable or writable by others, too large, not readable.  *about
 * is its status; path is for the log; accepted has the bits of accept_hashes. */
struct users *users_load(int fd, const char *path, uint32_t accepted, struct stat *about);

/* The same from text, which it owns (malloc). */
struct users *users_parse(char *text, size_t size, const char *path, uint32_t accepted);

/* Wipes and frees; takes NULL. */
void users_free(struct users *users);

/* NULL: there is no such user. */
const struct user *users_find(const struct users *users, const char *name);

/* The name of the first user with this uid, or NULL. */
const char *users_name(const struct users *users, uint32_t uid);

/* Has more than one of them this uid? */
bool users_share(const struct users *users, uint32_t uid);

/* The user at this place in the file's order: i is less than users_count. */
const struct user *users_at(const struct users *users, size_t i);

size_t users_count(const struct users *users);

/* A hash that no password matches, of the kind and cost that most users have. */
const char *users_dummy(const struct users *users);

#endif
