/* SPDX-License-Identifier: BSD-2-Clause */
/* checksum.h - the SHA-256 of an upload, computed while it is written (upload_checksum). */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include "daemon/net/session.h"

#include <stddef.h>

/* An upload of a whole file begins; nothing unless the policy wants its checksum. */
void checksum_begin(struct session *s);
/* These bytes were written. */
void checksum_add(const struct session *s, const char *bytes, size_t n);
/* The upload has ended.  False: there is no checksum. */
bool checksum_end(struct session *s, unsigned char digest[SHA256_SIZE]);

#endif
