/* SPDX-License-Identifier: BSD-2-Clause */
/* ask.h - NET's questions to the other processes.  A malformed answer ends
 * this process, and so this session only. */
#ifndef NET_ASK_H
#define NET_ASK_H

#include "daemon/net/session.h"

/* JAIL is gone, and the session must end.  Above every enum jail_error. */
enum { ASK_LOST = 1 << 16 };

/* Further errors of NET's own: the client does not keep to the range it asked for. */
enum { RANGE_EXCEEDED = ASK_LOST + 1, RANGE_SHORT, RANGE_BEYOND };

/* An empty question to JAIL, for the caller to fill; then it calls ask_jail(). */
struct jail_path *jail_question(struct session *s, uint32_t type);

/* Asks s->question about path.  Returns 0, errno, enum jail_error or ASK_LOST; s->answer holds the
 * rest.  Meanwhile the client is answered as s->transfer.busy says. */
uint32_t ask_jail(struct session *s, const char *path);

/* The same where a descriptor may come with the answer: *fd, or -1. */
uint32_t ask_jail_fd(struct session *s, const char *path, int *fd);

/* For questions that have no field but the path. */
uint32_t ask_jail_about(struct session *s, uint32_t type, const char *path);

uint32_t ask_jail_rename(struct session *s, const char *from, const char *to);
uint32_t ask_jail_sync(struct session *s);
uint32_t ask_jail_flush(struct session *s);
uint32_t ask_jail_settle(struct session *s, enum settle outcome, uint64_t bytes);

/* The open upload needs more room: s->answer.limit.  What is used: s->answer.used. */
uint32_t ask_jail_more(struct session *s);
uint32_t ask_jail_usage(struct session *s);

/* Reports bytes moved at a rate that the user's sessions share (enum rate_direction).
 * s->answer.offset: microseconds to wait before the next. */
uint32_t ask_jail_pace(struct session *s, uint32_t direction, uint64_t bytes);

/* Takes the user's one turn to compute a checksum, or gives it back. s->answer.more: it is ours. */
uint32_t ask_jail_hash_turn(struct session *s, bool take);

/* Opens the listing that s->question describes, of path, and asks for its first page at the same
 * time, so that JAIL wakes up once. s->answer holds the answer; after an error there is no page
 * to take. */
uint32_t ask_jail_list_open(struct session *s, const char *path);

/* Asks for the next page of the listing; receives it (s->room.listing.page). 0 or ASK_LOST. */
uint32_t ask_jail_next_page(struct session *s);
uint32_t take_jail_page(struct session *s);
uint32_t ask_jail_list_close(struct session *s);

/* Tries to log in. 0 and *answer; -ETIMEDOUT at the login deadline; -EPIPE: auth is gone;
 * -ECONNRESET: the client is gone.  Wipes login. */
int ask_auth(struct session *s, struct auth_login *login, struct auth_login_answer *answer);

/* Reports a USER that no PASS followed, once a session. */
void report_nopass(struct session *s);

/* The port of a passive listener, or the client's port to connect to. */
struct data_port {
    uint16_t number;
    bool may_keep; /* the listener may serve further connections */
};

/* Gets a socket from the dialer: its descriptor and, of a listener, *port; or -errno.  Waits for a
 * dialer that is being restarted. */
int ask_dialer(struct session *s, uint32_t type, struct data_port *port);

/* Does the error mean that the kernel or the session's share has no socket to spare at the
 * moment? */
bool ask_dialer_is_short(int error);

#endif
