/* transfer.h - one file, one way.
 *
 * A download goes into a hidden file beside its target, ".NAME.wardftp-part", which is synced and
 * renamed when complete; after a failure it stays for a later resume, with the server's
 * modification time, so that a changed file is noticed.  A resume is verified: the bytes that are
 * there are compared by HASH, or by reading the last of them again. */
#ifndef CLIENT_ENGINE_TRANSFER_H
#define CLIENT_ENGINE_TRANSFER_H

#include "client/engine/session.h"

#include <stdint.h>

enum { TRANSFER_BLOCK = 64 * 1024 }; /* compared if there is no HASH */

struct transfer {
    const char *remote, *local;
    bool resume;
    bool append;      /* put only: APPE */
    int64_t total;    /* bytes the file has; -1: unknown, and asked for */
    int64_t modified; /* INT64_MIN: unknown */

    int64_t start;    /* result: where it was resumed */
    int64_t done;     /* result: the offset reached */
    int64_t moved;    /* result: bytes transferred */
    int64_t began_ms; /* when the first byte could move */

    void (*progress)(void *context, const struct transfer *transfer); /* after each piece; may be NULL */
    void *context;
};

/* Fills in "unknown"; remote and local are not copied. */
void transfer_init(struct transfer *transfer, const char *remote, const char *local);

enum outcome transfer_get(struct session *session, struct transfer *transfer);
enum outcome transfer_put(struct session *session, struct transfer *transfer);

/* To and from a descriptor, as of a pipe: from the start, without renames or times. */
enum outcome transfer_get_to(struct session *session, struct transfer *transfer, int fd);
enum outcome transfer_put_from(struct session *session, struct transfer *transfer, int fd);

/* The name of the partial file for a local path: false if it does not fit. */
bool transfer_part_name(const char *local, char *to, size_t room);

#endif
