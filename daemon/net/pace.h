/* SPDX-License-Identifier: BSD-2-Clause */
/* pace.h - the rate limits: rate_up and rate_down for a session, user_rate_up
 * and user_rate_down for all sessions of a user together. */
#ifndef NET_PACE_H
#define NET_PACE_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

#include <stddef.h>

/* How many of n bytes to move at once, so that a slow transfer flows evenly. */
size_t pace_piece(const struct session *s, size_t n);

/* The same two for checksums (hash_rate): n bytes of the file were read. */
size_t pace_hash_piece(const struct session *s, size_t n);
enum outcome pace_hash(struct session *s, size_t n);

/* After n bytes have moved: waits until the next may.  DONE or CUT.  Looks at the control
 * connection every few megabytes. */
enum outcome pace(struct session *s, size_t n);

#endif
