/* SPDX-License-Identifier: BSD-2-Clause */
/* beneath.h - resolves paths, never outside the user's root.  The first wall
 * is the chroot; the second, here, is openat2 with RESOLVE_IN_ROOT, which
 * contains every symbolic link and every ".." even without the chroot.  If
 * another program holds a lease on a file (Samba's oplock), these functions
 * wait up to LEASE_SECONDS until the kernel has broken it; then they return
 * -JAIL_LEASED.  A path is absolute; it must be writable, as it is cut into
 * pieces for a moment.  Functions that return a descriptor return it
 * (close-on-exec) or -errno. */
#ifndef JAIL_BENEATH_H
#define JAIL_BENEATH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A name in an open directory. */
struct place {
    int parent;    /* O_PATH, unless it is readable; or -1 */
    bool readable; /* beneath_find(): it is open for reading */
    char name[NAME_MAX + 1];
};

/* Opens the root of this process. */
int beneath_root(void);

/* Opens path, following symbolic links; flags as for open(2), without O_CREAT. */
int beneath_open(int root, char *path, uint64_t flags);

/* The same without symbolic links: -ELOOP. */
int beneath_open_plain(int root, const char *path, uint64_t flags);

/* Opens the directory that holds path's last component, which need not exist. -EBUSY: path is the
 * root. */
int beneath_place(int root, char *path, struct place *place);

/* The same for the target of a symbolic link at path's end, which need not exist either. -EISDIR:
 * it ends with "." or ".."; -ELOOP. */
int beneath_resolve(int root, char *path, struct place *place);

/* The same, and statx of the name; about->stx_mask is 0 if there is none.  The directory is open
 * for reading if its mode permits it. */
int beneath_find(int root, char *path, struct place *place, unsigned mask, struct statx *about);

void place_close(struct place *place);

/* Opens the parent of an open directory, O_PATH; the root is its own. */
int beneath_parent(int directory);

/* Opens a name in a directory: never through a symbolic link, and without waiting for a FIFO's
 * other end. */
int open_name(int directory, const char *name, uint64_t flags, mode_t mode);

/* The same, without O_CREAT, and without waiting for a lease: -EAGAIN. */
int open_name_now(int directory, const char *name, uint64_t flags);

/* statx(2) of a name, without following a link, and of an open file. 0 or -errno. */
int look_at(int directory, const char *name, unsigned mask, struct statx *about);
int look_fd(int fd, unsigned mask, struct statx *about);

/* Compares two results with STATX_INO. */
bool is_same_file(const struct statx *one, const struct statx *other);

/* Does this name still mean the open file? */
bool still_named(int directory, const char *name, int fd);

/* The same for a result of look_fd() with STATX_INO. */
bool is_named(int directory, const char *name, const struct statx *open);

/* renameat2(2): libc's function calls renameat(2) if flags are 0. 0 or -errno. */
int rename_name(int from_directory, const char *from, int to_directory, const char *to,
                unsigned flags);

/* Renames within one directory, but never over an existing name: -EEXIST. (On file systems
 * without RENAME_NOREPLACE and hard links, it looks first, which is no protection against a
 * race.) */
int rename_to_free(int directory, const char *from, const char *to);

#endif
