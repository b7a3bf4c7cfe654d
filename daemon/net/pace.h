/* pace.h - rate_up and rate_down: no more than so many bytes a second; user_rate_up and user_rate_down:
 * in all sessions of the user together. */
#ifndef NET_PACE_H
#define NET_PACE_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

#include <stddef.h>

/* How much of n bytes to move at once, so that a slow rate flows evenly. */
size_t pace_piece(const struct session *s, size_t n);

/* The same for a check sum (hash_rate), which moves nothing: n bytes of the file were read. */
size_t pace_hash_piece(const struct session *s, size_t n);
enum outcome pace_hash(struct session *s, size_t n);

/* n bytes have moved: waits until the next may.  DONE, or CUT.  Every few
 * megabytes the client is listened to, however fast the bytes flow. */
enum outcome pace(struct session *s, size_t n);

#endif
