/* SPDX-License-Identifier: BSD-2-Clause */
/* body.h - moves the bytes of a transfer over an open data connection. */
#ifndef CLIENT_ENGINE_BODY_H
#define CLIENT_ENGINE_BODY_H

#include "client/engine/data.h"
#include "client/engine/transfer.h"

/* From the connection into fd, at its position; ends the connection and checks the final reply. */
enum outcome body_receive(struct session *session, struct data *data, struct transfer *transfer,
                          int fd);

/* From fd, at its position, to the connection; ends it and checks the final reply. */
enum outcome body_send(struct session *session, struct data *data, struct transfer *transfer,
                       int fd);

/* Receives n bytes, or up to the end, and compares them with what fd has from offset on.  The
 * connection stays open, for the bytes that follow. */
enum outcome body_compare(struct session *session, struct data *data, int fd, int64_t offset,
                          int64_t n, bool *same);

#endif
