/* SPDX-License-Identifier: BSD-2-Clause */
/* session.h - one session with a server: its control connection and what is known of the server. */
#ifndef CLIENT_ENGINE_SESSION_H
#define CLIENT_ENGINE_SESSION_H

#include "client/engine/charset.h"
#include "client/engine/reply.h"
#include "client/engine/settings.h"
#include "client/engine/target.h"
#include "client/engine/tls.h"
#include "client/engine/failure.h"

#include <netinet/in.h>
#include <stdint.h>

/* What FEAT said (RFC 2389). */
enum feature {
    FEATURE_MLST = 1 << 0,
    FEATURE_SIZE = 1 << 1,
    FEATURE_MDTM = 1 << 2,
    FEATURE_MFMT = 1 << 3,
    FEATURE_REST = 1 << 4,
    FEATURE_HASH = 1 << 5,
    FEATURE_RANG = 1 << 6,
    FEATURE_UTF8 = 1 << 7,
    FEATURE_AUTH = 1 << 8,
    FEATURE_EPSV = 1 << 9,
    FEATURE_EPRT = 1 << 10,
    FEATURE_AVBL = 1 << 11,
};

/* Representation types (RFC 959 section 3.1.1). */
enum type { TYPE_UNKNOWN = 0, TYPE_IMAGE = 'I', TYPE_ASCII = 'A' };

enum { SESSION_LINE_SIZE = 8192 };

struct session {
    const struct settings *settings;
    struct target target;

    struct link control;
    struct charset *charset;   /* NULL: UTF-8 */
    const struct proxy *proxy; /* of this connection, as it was set then; NULL: none */
    struct proxy proxy_kept;
    struct sockaddr_storage hop;  /* the proxy's address, where it tunnels */
    struct sockaddr_storage peer; /* the server, or the FTP proxy; 0.0.0.0: the proxy looks it up */
    struct tls_client tls;
    bool open, logged_in, protected;
    /* the last one */
    struct reply reply;
    size_t in_at, in_n;
    char in[8192];
    bool holds; /* lines are collected, to be sent at once */
    size_t held;
    char out[2 * SESSION_LINE_SIZE];

    unsigned features;
    enum type type;    /* as last set */
    bool no_mdtm;      /* the server does not support MDTM */
    bool telnet_tried; /* with TELNET_AUTO: how the server reads the byte 0xFF is known */
    bool doubles_iac;  /* it wants it doubled */
    bool no_epsv;      /* use PASV: the server refused EPSV, or it led nowhere */
    bool epsv_works;   /* a data connection was made by it */
    bool epsv_hangs;   /* it got no reply; kept for the next connection */
    bool no_mlsd;
    /* does LIST take -a? */
    enum { LIST_FLAGS_UNKNOWN, LIST_FLAGS_KNOWN, LIST_FLAGS_NONE } list_flags;
    bool no_hash;                /* HASH is refused, or too slow; kept for the next connection */
    bool no_pipeline;            /* it lost a command; kept for the next connection */
    unsigned commands;           /* sent so far, for the half-close fault */
    char cwd[TARGET_PATH_SIZE];  /* as PWD says; empty: unknown */
    char home[TARGET_PATH_SIZE]; /* the directory right after the log-in */
                                 /* of the last call that did not return OUTCOME_OK */
    struct failure failure;
};

/* A session that is not open; settings must outlive it. */
void session_init(struct session *session, const struct settings *settings,
                  const struct target *target);

/* Connects, secures, logs in, asks for features, sets TYPE I.  An open one is closed first.
 * The user's password stays in session->target for new attempts. */
enum outcome session_open(struct session *session);

/* The connection and TLS only: no USER (for `open` without a user, and for tests). */
enum outcome session_connect(struct session *session);
enum outcome session_login(struct session *session);
/* In authenticate.c: USER and PASS. */
enum outcome session_authenticate(struct session *session);

/* The last reply was a 332 or 532: sends the account (RFC 959 section 4.1.1).  AGAIN: there is
 * none, and nothing was sent. */
enum outcome session_send_account(struct session *session);

/* Sends a command line without CRLF.  A line end or NUL in it is refused. */
enum outcome session_send(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The lines of the next calls, two at most, are held until session_release() sends them in one
 * write. */
void session_hold(struct session *session);
enum outcome session_release(struct session *session);

/* The next reply, into session->reply, whatever its code.  A lost connection, a time-out or
 * malformed data closes the session. */
enum outcome session_receive(struct session *session);
/* The next reply that is not 1xx; a server that sends 1xx without end is a failure. */
enum outcome session_receive_final(struct session *session);
/* As session_receive, but never waits: *done tells whether a reply was complete. */
enum outcome session_try_receive(struct session *session, bool *done);

/* Sends, and receives the first reply that is not 1xx; any code is OUTCOME_OK. */
enum outcome session_command(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, and 4xx and 5xx become OUTCOME_AGAIN and OUTCOME_REFUSED. */
enum outcome session_ask(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "VERB PATH"; a refusal names the path. */
enum outcome session_ask_path(struct session *session, const char *verb, const char *path);

/* Sets the representation type, unless it is set already. */
enum outcome session_type(struct session *session, enum type type);

/* session->reply as an outcome: 1xx to 3xx OK; what: a name for the message, or NULL. */
enum outcome session_check(struct session *session, const char *what);

/* Is there input to read?  For an idle shell, which looks for a 421. */
bool session_has_input(const struct session *session);

/* Sends QUIT if the session is open and polite is true; frees all resources. */
void session_close(struct session *session, bool polite);

/* Fails with "not connected" if it is not open. */
enum outcome session_require(struct session *session);

/* Hands the last reply over as a text for people. */
void session_message(const struct session *session);

/* Adds a note to the trace. */
void session_note(const struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
