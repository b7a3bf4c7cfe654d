/* SPDX-License-Identifier: BSD-2-Clause */
/* locks.h - which session may write to a file, and which one decides about a
 * hidden file.  The locks belong to the open file (F_OFD_SETLK), which NET and
 * JAIL share; the kernel releases them when both have closed it, however they
 * end (law C3).
 *
 * Each is a write lock of exactly one byte, far beyond the end of any file.  The
 * two bytes are not neighbours, because the kernel would merge the locks.  Any
 * other lock of that byte, even a read lock, belongs to another program and stops
 * no command (law C5).
 *
 * LOCK_UPLOAD is held during an upload, on its part and on the file that it
 * replaces or writes to.  LOCK_FATE is held for moments, on hidden files only, to
 * settle, clear or take over one: only its holder may rename or remove the name,
 * after still_named() has shown that it still means this file. */
#ifndef JAIL_LOCKS_H
#define JAIL_LOCKS_H

#include <stdbool.h>

enum lock { LOCK_UPLOAD, LOCK_FATE };

/* Takes it without waiting; a descriptor that can't write takes a read lock,
 * which keeps writers away as well.  0; -EAGAIN: another session holds it;
 * -ENOLCK: another program's lock is in the way, or the file system has none. */
int lock_take(int fd, enum lock lock, bool writable);

/* Both of them. */
void lock_release_all(int fd);

/* Does another session hold it? */
bool lock_is_held(int fd, enum lock lock);

#endif
