/* SPDX-License-Identifier: BSD-2-Clause */
/* keep_state.h - the whole state of the master in one image (kept.h). */
#ifndef MASTER_KEEP_STATE_H
#define MASTER_KEEP_STATE_H

#include <stddef.h>
#include <stdint.h>

struct master;

/* The descriptors that an image names. */
struct kept_fds {
    int32_t *all;
    size_t count;
    int program; /* opened for the image: the running program */
};

/* A sealed memfd with the state; serial: of the administrator who asks.  *fds, if not NULL: what
 * the image names, to be freed.  -errno: it can't be made. */
int keep_state(struct master *master, uint32_t serial, struct kept_fds *fds);
void kept_fds_free(struct kept_fds *fds);

#endif
