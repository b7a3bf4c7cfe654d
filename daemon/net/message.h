/* SPDX-License-Identifier: BSD-2-Clause */
/* message.h - texts of several lines for people, within a reply.  Each line has the reply's code
 * before it, as "230-", so that no line is taken for the last one (RFC 959 section 4.2).  "%u" is
 * the user's name, "%a" the client's address, "%%" a percent sign. */
#ifndef NET_MESSAGE_H
#define NET_MESSAGE_H

#include "daemon/net/session.h"

/* "code-line" for each line of text, which another reply ends. */
void message_rows(struct session *s, unsigned code, const char *text);

/* The same, and the last line ends the reply: "code line". */
enum step message(struct session *s, unsigned code, const char *text);

/* The greeting: 220, of the daemon or of a host. */
enum step message_greeting(struct session *s, const struct host_config *host);

/* Before the 230: the texts of the log-in, and of the directory that it begins in. */
void message_login(struct session *s);

/* Before the reply to a command that has entered s->cwd: the text of its file, once a session. */
void message_directory(struct session *s, unsigned code);

/* 221, and the session ends. */
enum step message_goodbye(struct session *s);

#endif
