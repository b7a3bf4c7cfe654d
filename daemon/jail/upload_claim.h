/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_claim.h - the hidden files that an upload makes: the claim, which keeps
 * other sessions from the name, and the part. */
#ifndef JAIL_UPLOAD_CLAIM_H
#define JAIL_UPLOAD_CLAIM_H

#include "daemon/jail/state.h"

/* Creates a hidden file in the target's directory and locks it.  Its descriptor; -EAGAIN: the
 * name is taken; -errno. On a file system without locks it goes without. */
int upload_make_locked(const struct upload *upload, const char *name, mode_t mode);

/* The same under the claim's name. */
int upload_make_first(const struct upload *upload, mode_t mode);

/* Creates the claim, where none is: upload->claim.  0, -EAGAIN or -errno. */
int upload_make_claim(struct upload *upload);

/* Takes the claim: upload->claim.  0, -JAIL_BUSY, -EAGAIN or -errno. */
int upload_take_claim(const struct jail *jail, struct upload *upload);

#endif
