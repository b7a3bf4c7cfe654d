/* locks.h - who may write a file, who decides over a hidden one.  Locks of the
 * open file (F_OFD_SETLK): NET's descriptor shares JAIL's, and with the last of
 * them the lock is gone, however its process ended (law C3).
 *
 * Each is a write lock of exactly one byte, far beyond the end of any file and
 * not beside the other, since the kernel merges neighbours.  Any other lock of
 * that byte, a read lock too, belongs to another program and stops no command
 * (law C5).
 *
 * LOCK_UPLOAD is held for the length of an upload, on its part and on the file
 * that it replaces or writes in place.  LOCK_FATE is held for moments, on hidden
 * files only, to settle, clear or take over one: only its holder may rename or
 * remove the name, after still_named() has shown that it is still this file's. */
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
