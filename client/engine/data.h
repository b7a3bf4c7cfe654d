/* SPDX-License-Identifier: BSD-2-Clause */
/* data.h - data connections (RFC 959 section 3.2, RFC 2428, RFC 4217 section 7). */
#ifndef CLIENT_ENGINE_DATA_H
#define CLIENT_ENGINE_DATA_H

#include "client/engine/link.h"
#include "client/engine/session.h"
#include "client/engine/tunnel.h"

struct data {
    struct link link;
    enum {
        DATA_LATER,
        DATA_LISTENS,
        DATA_CONNECTS,
        DATA_ASKS_PROXY,
        DATA_SHAKES_HANDS,
        DATA_STANDS
    } state;
    bool begun;    /* 1xx came */
    bool ended;    /* the final reply came already: it is in session->reply */
    int failed;    /* 0, or a negative errno: the connection failed */
    int64_t later; /* for the late-data fault: not before this */
    struct sockaddr_storage to;
    struct tunnel tunnel; /* by a proxy, to there */
};

/* Opens a data connection, sends REST if restart > 0, then "VERB ARGUMENT" (argument may be
 * NULL), and returns OUTCOME_OK when the server has sent 1xx and the connection is open, its TLS
 * handshake done.  On failure nothing is left open and the session is in sync with the server,
 * or closed. */
enum outcome data_begin(struct session *session, struct data *data, int64_t restart,
                        const char *verb, const char *argument);

/* In data_route.c: finds the way of a connection, by EPSV or PASV, which connects, or by EPRT or
 * PORT, which listens. */
enum outcome data_route(struct session *session, struct data *data);
enum outcome data_connect(struct session *session, struct data *data); /* to data->to */

/* After the last byte: ends the connection in order and receives the final reply. */
enum outcome data_end(struct session *session, struct data *data);

/* Aborts the transfer and resynchronizes the session, or closes it.  Takes a few seconds at
 * most. */
void data_abort(struct session *session, struct data *data);

/* The connection failed with error.  The server's final reply, if it comes soon, says more about it
 * than our errno; else the transfer is aborted.  The connection is closed. */
enum outcome data_broken(struct session *session, struct data *data, int error);

/* The outcome of a failed read or write of the data connection (a negative errno). */
enum outcome data_failure(struct session *session, const struct data *data, int error);

/* Runs a listing command (MLSD, LIST, NLST) and hands over its lines, without line ends.  line
 * returns false to give up, which is OUTCOME_PROTOCOL.  Lines are bounded: longer ones are cut.
 * *clean: the connection ended in order, under TLS by close_notify. */
enum outcome data_lines(struct session *session, const char *verb, const char *argument,
                        _Bool (*line)(void *context, const char *line, size_t n), void *context,
                        _Bool *clean);

#endif
