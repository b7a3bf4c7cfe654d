/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer.h - one file, one way.
 *
 * A download goes into a hidden file in the directory of its target, ".NAME.wardftp-part", which is
 * synced and renamed when complete; after a failure it stays for a later resume, with the server's
 * modification time, so that a changed file is noticed.  A resume is verified: the bytes that are
 * there are compared by HASH, or by reading the last of them again. */
#ifndef CLIENT_ENGINE_TRANSFER_H
#define CLIENT_ENGINE_TRANSFER_H

#include "client/engine/data.h"
#include "client/engine/jobs.h"
#include "client/engine/session.h"

#include <stdint.h>

enum { TRANSFER_BLOCK = 64 * 1024 }; /* compared if there is no HASH */

struct transfer {
    const char *remote, *local;
    size_t typed;         /* bytes of local that the user typed, see local.h */
    bool overwrite_links; /* get only: see output.h */
    bool resume;
    bool resume_target; /* get only: not only a partial file, but the target itself */
    bool append;        /* put only: APPE */
    int64_t total;      /* bytes the file has; -1: unknown, and asked for */
    int64_t end;        /* get only: not further than this byte; 0: to the end */
    int64_t modified;   /* INT64_MIN: unknown */
    bool time_exact;    /* modified is to the second; else it is asked for */
                        /* result: where it was resumed */
    int64_t start;
    int64_t done;  /* result: the offset reached */
    int64_t moved; /* result: bytes transferred */
    /* result: where it ended, if the size that the server tells is larger; -1: no */
    int64_t short_at;
    int64_t began_ms; /* when the first byte could move */
    int64_t due_us;   /* when the next byte may move, under a rate */

    /* after each piece; may be NULL */
    void (*progress)(void *context, const struct transfer *transfer);
    void *context;
};

void transfer_init(struct transfer *transfer, const struct job *job);

enum outcome transfer_get(struct session *session, struct transfer *transfer);
enum outcome transfer_put(struct session *session, struct transfer *transfer);

/* To and from a descriptor, as of a pipe: from the start, without renames or times. */
enum outcome transfer_get_to(struct session *session, struct transfer *transfer, int fd);
enum outcome transfer_put_from(struct session *session, struct transfer *transfer, int fd);

/* Finds the longest prefix of whole blocks up to n with equal digests; n if all is equal.
 * OUTCOME_REFUSED: the server has no HASH. */
enum outcome transfer_common_prefix(struct session *session, const char *remote, int fd, int64_t n,
                                    int64_t *common);

/* A resume was refused before a byte moved: by REST or by the transfer command itself. */
bool transfer_resume_refused(const struct session *session, const struct transfer *transfer);

/* Opens the data connection of RETR, STOR or APPE, in the type that the file needs. */
enum outcome transfer_begin(struct session *session, struct data *data, int64_t offset,
                            const char *verb, const char *remote);

#endif
