/* SPDX-License-Identifier: BSD-2-Clause */
/* session.h - the sessions of one worker process of the bench. */
#ifndef CLIENT_BENCH_SESSION_H
#define CLIENT_BENCH_SESSION_H

#include "client/bench/bench.h"

#include <openssl/ssl.h>
#include <stddef.h>

enum bench_step {
    STEP_OFF, /* no connection */
    STEP_GREETING,
    STEP_AUTH,
    STEP_HANDSHAKE,
    STEP_USER,
    STEP_PASS,
    STEP_PBSZ,
    STEP_PROT,
    STEP_TYPE,
    STEP_REST,   /* logged in, with nothing to do */
    STEP_SIMPLE, /* one command, one reply */
    STEP_EPSV,
    STEP_TRANSFER,
    STEP_QUIT
};

enum { LINE_SIZE = 1024 };

struct bench_session {
    unsigned index;
    enum bench_step step;
    enum bench_op op;
    uint64_t began_ns; /* of the operation */
    uint64_t random;
    uint64_t again_ns; /* when a failed one may reconnect; 0: not waiting */
    bool was_ready;
    /* -1: none */
    int control, data;
    SSL *control_tls, *data_tls;
    SSL_SESSION *ticket;
    uint32_t data_events; /* what epoll watches the data connection for; 0: not registered */
    bool data_shaken;     /* its handshake is done */
    bool begun, ended;    /* 1xx, 2xx came */
    bool data_done;
    int64_t moved;
    /* the code of a reply of several lines, 0: none */
    unsigned multi;
    unsigned in_n;
    char in[LINE_SIZE];
};

struct bench_loop {
    const struct bench_plan *plan;
    struct bench_board *board;
    const _Atomic int *phase;
    struct bench_session *sessions;
    unsigned first; /* the number of its first session among those of all workers */
    unsigned count, logging_in, next_login;
    unsigned waiting; /* sessions with again_ns set */
    bool watch_all;   /* small downloads are registered with epoll too */
    int epoll;
    int content; /* a memory file with what is uploaded */
    char *piece; /* PIECE bytes of it, and where TLS reads to */
    SSL_CTX *tls;
    unsigned weight_sum;
    uint64_t now_ns; /* read once for each event */
};

enum { PIECE = 256 * 1024 };

/* In data.c: the data connection of a session. */
void bench_data_open(struct bench_loop *loop, struct bench_session *session, unsigned port);
/* Begins its TLS handshake; after 1xx, as most clients do: some servers stumble over an earlier
 * one. */
void bench_data_tls(struct bench_loop *loop, struct bench_session *session);
void bench_data_ready(struct bench_loop *loop, struct bench_session *session);
/* Nothing has happened for a while: where downloads are waiting unregistered, this server says 226
 * only when we have closed, and all of them are registered from now on. */
void bench_data_watch_all(struct bench_loop *loop);
void bench_data_close(struct bench_loop *loop, struct bench_session *session);

/* In session.c: what a session does next. */
void bench_connect(struct bench_loop *loop, struct bench_session *session);
void bench_next_login(struct bench_loop *loop); /* as many as may be at once */
void bench_start_operation(struct bench_loop *loop, struct bench_session *session);
void bench_maybe_done(struct bench_loop *loop, struct bench_session *session);
void bench_on_reply(struct bench_loop *loop, struct bench_session *session, unsigned code,
                    const char *text);
/* the handshake is done */
void bench_on_secured(struct bench_loop *loop, struct bench_session *session);
void bench_on_lost(struct bench_loop *loop, struct bench_session *session, const char *why);
/* The operation failed: it is counted, and the session reconnects. */
void bench_fail(struct bench_loop *loop, struct bench_session *session, const char *what,
                const char *detail);
void bench_hang_up(struct bench_loop *loop, struct bench_session *session);

/* In control.c: its control connection. */
bool bench_control_open(struct bench_loop *loop, struct bench_session *session); /* false: errno */
void bench_control_close(struct bench_session *session);
void bench_control_tls(struct bench_loop *loop, struct bench_session *session);
void bench_control_ready(struct bench_loop *loop, struct bench_session *session);
/* A server that holds its 226 back until our kernel has acknowledged the 150 (no TCP_NODELAY) would
 * be measured by our kernel's 40 ms; a client that sends something in between avoids it. */
void bench_control_acknowledge(const struct bench_session *session);
void bench_send(struct bench_loop *loop, struct bench_session *session, const char *line, size_t n);
/* The session is at that step then. */
void bench_send_words(struct bench_loop *loop, struct bench_session *session, enum bench_step step,
                      const char *verb, const char *argument);
SSL_CTX *bench_tls(void); /* for all connections of a worker; NULL: out of memory */

/* In mix.c: what the operations are. */
uint64_t bench_random(struct bench_session *session);
enum bench_op bench_choose(const struct bench_loop *loop, struct bench_session *session);
bool bench_is_upload(enum bench_op op);
int64_t bench_size(const struct bench_plan *plan, enum bench_op op); /* of its file, -1: unknown */
const char *bench_verb(enum bench_op op);                            /* of those that move data */
void bench_path(const struct bench_loop *loop, struct bench_session *session,
                char path[BENCH_PATH_SIZE]);

/* In worker.c. */
uint64_t bench_clock_ns(void);
int bench_phase_of(const struct bench_loop *loop);

#endif
