/* stored.h - what auth keeps over a restart: a file that the master opened, of
 * two places of which the newer whole one counts.  A write goes to the other
 * place, so that a kill at any byte of it leaves what was there before. */
#ifndef AUTH_STORED_H
#define AUTH_STORED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { STORED_MAGIC = 8 };

struct stored {
    int fd; /* -1: nothing is kept */
    char magic[STORED_MAGIC];
    size_t room; /* the most bytes of content */
    uint64_t serial;
    unsigned place; /* of the newest content */
};

/* Takes fd over and reads the newest whole content into content (room bytes).
 * magics: of STORED_MAGIC bytes each and NULL behind the last; the first is
 * that of what is written, the others of earlier versions that can be read.
 * Its size; 0: the file is empty; -EBADMSG: it holds something, but nothing
 * whole of these kinds; or -errno.  After an error fd is closed. */
ssize_t stored_open(struct stored *stored, int fd, const char *const magics[], void *content, size_t room);

/* Writes n bytes of content beside the newest.  0 or -errno. */
int stored_write(struct stored *stored, const void *content, size_t n);

/* Closes the file, after all has reached the disk. */
void stored_close(struct stored *stored);

#endif
