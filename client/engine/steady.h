/* SPDX-License-Identifier: BSD-2-Clause */
/* steady.h - a session that is opened again where it was lost, and attempts that are repeated after
 * temporary failures. */
#ifndef CLIENT_ENGINE_STEADY_H
#define CLIENT_ENGINE_STEADY_H

#include "client/engine/session.h"
#include "client/engine/transfer.h"

struct steady {
    struct session *session;
    bool has_target;        /* session->target is set */
    bool was_open;          /* was connected before: reconnect */
    bool connects_once;     /* a person sees the failure, and can try again */
    bool yields;            /* if the server is full (421), another session takes the job */
    int64_t retry_spent_ms; /* of settings->retry_ms */
    void *context;
    /* sets the password of session->target if one is needed; may be NULL */
    enum outcome (*find_password)(void *context);
    /* "...; retrying in 2 s"; may be NULL */
    void (*note)(void *context, const char *text);
};

/* Connects and logs in if needed, and returns to the last directory. */
enum outcome steady_ensure(struct steady *steady);

/* Waits before retry n (from 1) after a failure with outcome.  False: give up. */
bool steady_retry(struct steady *steady, enum outcome outcome, unsigned attempt);

/* One transfer with retries; local "-": from or to the descriptor stream. */
enum outcome steady_transfer(struct steady *steady, const struct job *job,
                             struct transfer *transfer, int stream);

#endif
