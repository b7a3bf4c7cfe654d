/* SPDX-License-Identifier: BSD-2-Clause */
/* upload.h - the bytes of a STOR, STOU or APPE. */
#ifndef NET_UPLOAD_H
#define NET_UPLOAD_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* Writes what comes over the data connection to the file, converted by type.  The descriptor
 * stays open; *written counts bytes of the file. */
enum outcome upload(struct session *s, int file, uint64_t *written);

#endif
