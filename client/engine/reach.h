/* SPDX-License-Identifier: BSD-2-Clause */
/* reach.h - the way of a session's connections: direct, or by a proxy. */
#ifndef CLIENT_ENGINE_REACH_H
#define CLIENT_ENGINE_REACH_H

#include "client/engine/session.h"
#include "client/engine/tunnel.h"

/* The session's proxy makes connections to any host and port: HTTP or SOCKS5. */
bool reach_tunnels(const struct session *session);
/* The other end of the control connection is an FTP proxy. */
bool reach_ends_at_proxy(const struct session *session);

/* Connects to the server, or to the FTP proxy; sets session->peer, and session->proxy. */
enum outcome reach_server(struct session *session, int *fd);

/* Prepares the tunnel of a data connection. */
void reach_begin_data(const struct session *session, const struct sockaddr_storage *to,
                      struct tunnel *tunnel);

/* "by proxy URL" or "", for people. */
void reach_show(const struct session *session, char *to, size_t room);

#endif
