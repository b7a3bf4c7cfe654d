/* beneath.h - path names, and the walls around them.  The first wall is the
 * chroot; the second, here, is openat2 with RESOLVE_IN_ROOT, which keeps every
 * symbolic link and every ".." inside even where the first were missing.
 *
 * A file that another program holds a lease of (Samba's oplock) is waited for
 * while the kernel asks for it, up to LEASE_SECONDS; then it is -JAIL_LEASED.
 *
 * A path is absolute; its memory is the caller's and writable: it is cut into
 * pieces for a moment and put together again.  Functions that return a
 * descriptor return it (close-on-exec) or -errno. */
#ifndef JAIL_BENEATH_H
#define JAIL_BENEATH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A name in an open directory: what a change of the directory acts on. */
struct place {
    int parent; /* O_PATH, or -1 */
    char name[NAME_MAX + 1];
};

/* "/" as this process sees it. */
int beneath_root(void);

/* Opens what path leads to; flags as of open(2), without O_CREAT. */
int beneath_open(int root, char *path, uint64_t flags);

/* The same of a path without a symbolic link in it; with one: -ELOOP. */
int beneath_open_plain(int root, const char *path, uint64_t flags);

/* The directory that path's last component stands in, and that component,
 * which need not exist.  -EBUSY: path is the root, which stands in none. */
int beneath_place(int root, char *path, struct place *place);

/* The same where a symbolic link at path's end leads, which need not exist
 * either.  -EISDIR: it leads to a directory by "." or ".."; -ELOOP. */
int beneath_resolve(int root, char *path, struct place *place);

/* The same, and what stands there: *about, as of mask; about->stx_mask is 0 where nothing does. */
int beneath_find(int root, char *path, struct place *place, unsigned mask, struct statx *about);

void place_close(struct place *place);

/* The directory above an open one, O_PATH; of the root, itself. */
int beneath_parent(int directory);

/* Opens a name of a directory itself: never through a symbolic link, never
 * waiting for a FIFO's other end. */
int open_name(int directory, const char *name, uint64_t flags, mode_t mode);

/* The same, without O_CREAT, and without waiting for a lease: -EAGAIN. */
int open_name_now(int directory, const char *name, uint64_t flags);

/* statx(2) of a name itself, of an open file.  0 or -errno. */
int look_at(int directory, const char *name, unsigned mask, struct statx *about);
int look_fd(int fd, unsigned mask, struct statx *about);

/* Of what look_at() and look_fd() told with STATX_INO. */
bool is_same_file(const struct statx *one, const struct statx *other);

/* Is the open file the one that stands under this name? */
bool still_named(int directory, const char *name, int fd);

/* The same, of what look_fd() told with STATX_INO. */
bool is_named(int directory, const char *name, const struct statx *open);

/* renameat2(2) itself: libc's own calls renameat where flags are 0.  0 or -errno. */
int rename_name(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);

/* Renames within one directory, but never over an existing name: -EEXIST.  (A file system that can't see
 * to that itself is asked first: there the promise does not hold against a race.) */
int rename_to_free(int directory, const char *from, const char *to);

#endif
