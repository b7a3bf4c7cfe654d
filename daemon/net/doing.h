/* doing.h - tells the scribe what the session is at, for wardctl's `who`. */
#ifndef NET_DOING_H
#define NET_DOING_H

#include "daemon/net/session.h"

/* A command begins, or a transfer has ended: to be told half a second later,
 * and at most once a second, so that what is quick costs nothing. */
void doing_changed(struct session *s);

/* Something that who shows at once: TLS, a scribe that knows nothing yet. */
void doing_now(struct session *s);

/* When something is to be told, on the monotonic clock; INT64_MAX: nothing is. */
int64_t doing_due(const struct session *s);

/* Tells it, where it is time.  Never waits. */
void doing_tell(struct session *s, int64_t now);

#endif
