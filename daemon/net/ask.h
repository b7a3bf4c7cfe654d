/* ask.h - NET's questions across its borders.  An answer that has not the
 * form it must have ends this process: nobody else is harmed. */
#ifndef NET_ASK_H
#define NET_ASK_H

#include "daemon/net/session.h"

/* Above every enum jail_error: JAIL is gone; the session can only end. */
enum { ASK_LOST = 1 << 16 };

/* Errors of NET's own, in the same place: a client that does not keep to the range it asked for. */
enum { RANGE_EXCEEDED = ASK_LOST + 1, RANGE_SHORT, RANGE_BEYOND };

/* An empty question of JAIL's, to be filled and asked. */
struct jail_path *jail_question(struct session *s, uint32_t type);

/* Asks it about path.  The answer's error: 0, errno, enum jail_error or
 * ASK_LOST; s->answer holds the rest.  While it waits the control connection lives as s->transfer.busy says. */
uint32_t ask_jail(struct session *s, const char *path);

/* The same where a descriptor comes with the answer: *fd, -1 where none. */
uint32_t ask_jail_fd(struct session *s, const char *path, int *fd);

/* Question and answer in one, for those that need no field but the path. */
uint32_t ask_jail_about(struct session *s, uint32_t type, const char *path);

uint32_t ask_jail_rename(struct session *s, const char *from, const char *to);
uint32_t ask_jail_sync(struct session *s);
uint32_t ask_jail_settle(struct session *s, enum settle outcome, uint64_t bytes);

/* The open upload needs more room: s->answer.limit.  What is used: s->answer.used. */
uint32_t ask_jail_more(struct session *s);
uint32_t ask_jail_usage(struct session *s);

/* Bytes have moved, at a rate that the user's sessions share (enum rate_direction):
 * s->answer.offset has the microseconds until the next may. */
uint32_t ask_jail_pace(struct session *s, uint32_t direction, uint64_t bytes);

/* The user's one turn to compute a check sum: takes it, or gives it back.  s->answer.more: it is ours. */
uint32_t ask_jail_hash_turn(struct session *s, bool take);

/* Opens the listing that s->question asks for, of path, and asks for its first
 * page as well: JAIL wakes up once for both.  The answer is s->answer; an error
 * means that there is no page to take. */
uint32_t ask_jail_list_open(struct session *s, const char *path);

/* A listing: asks for the next page; then takes it (s->room.page).  0 or ASK_LOST. */
uint32_t ask_jail_next_page(struct session *s);
uint32_t take_jail_page(struct session *s);
uint32_t ask_jail_list_close(struct session *s);

/* One PASS.  0 and *answer; -ETIMEDOUT at the login deadline; -EPIPE: auth is
 * gone; -ECONNRESET: the client is.  Wipes login. */
int ask_auth(struct session *s, struct auth_login *login, struct auth_login_answer *answer);

/* A USER that no PASS followed; told once a session. */
void tell_auth_nopass(struct session *s);

/* A socket of the dialer's: its descriptor and, of a listener, *port; or
 * -errno.  A dialer that is being restarted is waited for. */
int ask_dialer(struct session *s, uint32_t type, uint16_t *port);

/* Does its error say that the kernel or the session's share has no room for a socket at the moment? */
bool ask_dialer_is_short(int error);

#endif
