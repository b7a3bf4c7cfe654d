/* SPDX-License-Identifier: BSD-2-Clause */
/* download.h - the bytes of a RETR. */
#ifndef NET_DOWNLOAD_H
#define NET_DOWNLOAD_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* Sends the file over the data connection, converted by type.  The descriptor stays open. */
enum outcome download(struct session *s, int file);

#endif
