/* SPDX-License-Identifier: BSD-2-Clause */
/* steady.c - connecting when needed, retries. */
#include "client/engine/steady.h"

#include "client/engine/remote.h"
#include "common/text.h"

#include <string.h>

enum { FIRST_PAUSE_MS = 500, DOUBLINGS_MAX = 5 };

/* Retries after a temporary failure while time is left.  A host that was never reached is more
 * likely mistyped than down. */
bool steady_retry(struct steady *steady, enum outcome outcome, unsigned attempt)
{
    struct session *session = steady->session;
    const int64_t left = session->settings->retry_ms - steady->retry_spent_ms;
    int64_t pause = (int64_t)FIRST_PAUSE_MS
                    << (attempt <= DOUBLINGS_MAX ? attempt - 1 : DOUBLINGS_MAX);
    char text[FAILURE_SIZE + 40];
    if (!outcome_is_passing(outcome) || left <= 0)
        return false;
    if (steady->yields && session->failure.code == 421)
        return false;
    if (outcome == OUTCOME_UNREACHABLE && !steady->was_open)
        return false;
    if (pause > left)
        pause = left;
    text_format(text, sizeof text, "%s; retrying in %.1f s", session->failure.text,
                (double)pause / 1000);
    if (steady->note)
        steady->note(steady->context, text);
    steady->retry_spent_ms += pause;
    if (wait_pause(session->settings->interrupt_fd, pause) == 0)
        return true;
    failure_set(&session->failure, OUTCOME_INTERRUPTED, "interrupted");
    return false;
}

/* Reconnects once, and returns to the last directory. */
static enum outcome reopen(struct steady *steady)
{
    struct session *session = steady->session;
    char cwd[TARGET_PATH_SIZE];
    memcpy(cwd, session->cwd, sizeof cwd);
    const enum outcome outcome = session_open(session);
    if (outcome != OUTCOME_OK)
        return outcome;
    steady->was_open = true;
    if (cwd[0] && strcmp(cwd, session->cwd) != 0)
        return remote_cwd(session, cwd);
    return OUTCOME_OK;
}

/* Reads what came unasked, mostly 421.  Is the session still open? */
static bool is_alive(struct session *session)
{
    bool done;
    if (!session->open || !session_has_input(session))
        return session->open;
    return session_try_receive(session, &done) == OUTCOME_OK && session->open;
}

/* Connects, or logs in where session_connect() has connected. */
static enum outcome open_or_login(struct steady *steady)
{
    struct session *session = steady->session;
    if (!session->open)
        return reopen(steady);
    const enum outcome outcome = session_login(session);
    if (outcome != OUTCOME_OK)
        session_close(session, true);
    steady->was_open = true;
    return outcome;
}

enum outcome steady_ensure(struct steady *steady)
{
    struct session *session = steady->session;
    if (is_alive(session) && session->logged_in)
        return OUTCOME_OK;
    if (!steady->has_target)
        return failure_set(&session->failure, OUTCOME_USAGE, "not connected (use: open HOST)");
    enum outcome outcome =
        steady->find_password ? steady->find_password(steady->context) : OUTCOME_OK;
    if (outcome != OUTCOME_OK)
        return outcome;
    for (unsigned attempt = 1;; attempt++) {
        outcome = open_or_login(steady);
        if (outcome == OUTCOME_OK || steady->connects_once ||
            !steady_retry(steady, outcome, attempt))
            return outcome;
    }
}

static enum outcome run_once(struct session *session, const struct job *job,
                             struct transfer *transfer, int stream)
{
    const bool streams = strcmp(job->local, "-") == 0;
    if (streams && job->upload)
        return transfer_put_from(session, transfer, stream);
    if (streams)
        return transfer_get_to(session, transfer, stream);
    return job->upload ? transfer_put(session, transfer) : transfer_get(session, transfer);
}

/* A failure names the file that it is about. */
static enum outcome run_named(struct session *session, const struct job *job,
                              struct transfer *transfer, int stream)
{
    const enum outcome outcome = run_once(session, job, transfer, stream);
    const bool refused = outcome == OUTCOME_REFUSED || outcome == OUTCOME_AGAIN;
    if (refused && session->failure.code >= 400 && session->failure.code != 421)
        failure_name(&session->failure, job->remote);
    else if (outcome == OUTCOME_LOCAL || outcome == OUTCOME_NO_CREATE)
        failure_name(&session->failure, job->local);
    return outcome;
}

/* After a failure: may it be run again, and as a resume?  What has gone to a pipe cannot be taken
 * back; an upload is only resumed if the server proves what it has. */
static bool may_repeat(const struct session *session, const struct job *job,
                       struct transfer *transfer)
{
    const unsigned proof = FEATURE_HASH | FEATURE_RANG;
    if (strcmp(job->local, "-") == 0 || job->append)
        return transfer->moved == 0;
    if (transfer->moved > 0)
        transfer->resume = job->resume || !job->upload || (session->features & proof) == proof;
    return true;
}

enum outcome steady_transfer(struct steady *steady, const struct job *job,
                             struct transfer *transfer, int stream)
{
    for (unsigned attempt = 1;; attempt++) {
        enum outcome outcome = steady_ensure(steady);
        if (outcome == OUTCOME_OK)
            outcome = run_named(steady->session, job, transfer, stream);
        if (outcome == OUTCOME_OK || !outcome_is_passing(outcome) ||
            !may_repeat(steady->session, job, transfer) || !steady_retry(steady, outcome, attempt))
            return outcome;
    }
}
