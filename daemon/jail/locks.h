/* locks.h - who may write a file, who decides over a hidden one.  Locks of the
 * open file (F_OFD_SETLK): NET's descriptor shares JAIL's, and with the last of
 * them the lock is gone, however its process ended (law C3).
 *
 * They lock two bytes far behind any file's end, where no other program's locks
 * are.  LOCK_UPLOAD is held for the length of an upload, on the hidden file or,
 * in place, on the file itself.  LOCK_FATE is held for moments, on hidden files
 * only, by whoever settles, clears or takes over: it alone may rename or remove
 * the name, after it has seen (still_named) that the name is still this file's. */
#ifndef JAIL_LOCKS_H
#define JAIL_LOCKS_H

#include <stdbool.h>

enum lock { LOCK_UPLOAD, LOCK_FATE };

/* Takes it without waiting.  A descriptor that can't write takes it shared,
 * which keeps writers away as well.  0; -EAGAIN: another holds it; -errno. */
int lock_take(int fd, enum lock lock, bool writable);

void lock_release(int fd, enum lock lock);

/* Both of them. */
void lock_release_all(int fd);

/* Does another open file hold it?  Where the kernel can't say: yes. */
bool lock_is_held(int fd, enum lock lock);

#endif
