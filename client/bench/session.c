/* SPDX-License-Identifier: BSD-2-Clause */
/* session.c - one session of the bench, a state machine driven by replies.  It is made to cost
 * little: the fewest system calls an operation can have, no allocation on the way. */
#include "client/bench/session.h"

#include "common/eprt.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

enum { PAUSE_NS = 20 * 1000 * 1000 };

void bench_hang_up(struct bench_loop *loop, struct bench_session *session)
{
    bench_data_close(loop, session);
    bench_control_close(session);
    session->step = STEP_OFF;
}

void bench_fail(struct bench_loop *loop, struct bench_session *session, const char *what,
                const char *detail)
{
    struct bench_board *board = loop->board;
    if (!board->why[0])
        text_format(board->why, sizeof board->why, "%s: %s: %.120s", bench_op_names[session->op],
                    what, detail);
    if (bench_phase_of(loop) == PHASE_MEASURE)
        board->errors[session->op]++;
    bench_hang_up(loop, session);
    if (!session->was_ready) {
        session->was_ready = true; /* counted once; the start does not wait for it */
        loop->logging_in--;
        atomic_fetch_add(&board->broken, 1);
    }
    session->again_ns = loop->now_ns + PAUSE_NS;
    loop->waiting++;
}

/* The operation is over: count it if within the measured time. */
static void record(struct bench_loop *loop, struct bench_session *session)
{
    loop->now_ns = bench_clock_ns();
    if (bench_phase_of(loop) != PHASE_MEASURE && session->op != OP_IDLE)
        return;
    histogram_add(&loop->board->latency[session->op], loop->now_ns - session->began_ns);
    loop->board->bytes[session->op] += (uint64_t)session->moved;
}

static void run_operation(struct bench_loop *loop, struct bench_session *session);

/* -------- connecting and logging in -------- */

void bench_connect(struct bench_loop *loop, struct bench_session *session)
{
    session->began_ns = loop->now_ns = bench_clock_ns();
    session->moved = 0;
    session->step = STEP_GREETING;
    if (!session->was_ready)
        loop->logging_in++;
    if (!bench_control_open(loop, session))
        bench_fail(loop, session, "connecting", strerror(errno));
}

void bench_next_login(struct bench_loop *loop)
{
    while (loop->next_login < loop->count && loop->logging_in < loop->plan->logins_at_once)
        bench_connect(loop, &loop->sessions[loop->next_login++]);
}

static void is_ready(struct bench_loop *loop, struct bench_session *session)
{
    session->step = STEP_REST;
    if (!session->was_ready) {
        session->was_ready = true;
        loop->logging_in--;
        atomic_fetch_add(&loop->board->ready, 1);
    }
    bench_next_login(loop);
}

static void send_user(struct bench_loop *loop, struct bench_session *session)
{
    const char *user = loop->plan->target.user;
    bench_send_words(loop, session, STEP_USER, "USER", user[0] ? user : "anonymous");
}

static void send_password(struct bench_loop *loop, struct bench_session *session)
{
    const struct target *target = &loop->plan->target;
    bench_send_words(loop, session, STEP_PASS, "PASS",
                     target->has_password ? target->password : "bench@");
}

void bench_on_secured(struct bench_loop *loop, struct bench_session *session)
{
    send_user(loop, session);
}

static void greeted(struct bench_loop *loop, struct bench_session *session)
{
    if (session->op == OP_CONNECT) {
        record(loop, session);
        is_ready(loop, session);
        bench_hang_up(loop, session);
        bench_start_operation(loop, session);
    } else if (loop->plan->tls) {
        bench_send_words(loop, session, STEP_AUTH, "AUTH", "TLS");
    } else {
        send_user(loop, session);
    }
}

static void send_prot(struct bench_loop *loop, struct bench_session *session)
{
    bench_send_words(loop, session, STEP_PROT, "PROT", "P");
}

static void send_type(struct bench_loop *loop, struct bench_session *session)
{
    bench_send_words(loop, session, STEP_TYPE, "TYPE", "I");
}

static void logged_in(struct bench_loop *loop, struct bench_session *session)
{
    if (session->op == OP_LOGIN) {
        record(loop, session);
        is_ready(loop, session);
        bench_send_words(loop, session, STEP_QUIT, "QUIT", NULL);
    } else if (loop->plan->tls) {
        bench_send_words(loop, session, STEP_PBSZ, "PBSZ", "0");
    } else {
        send_type(loop, session);
    }
}

/* Nothing of the log-in is left to say. */
static void ready(struct bench_loop *loop, struct bench_session *session)
{
    if (session->op == OP_IDLE)
        record(loop, session);
    is_ready(loop, session);
    loop->now_ns = bench_clock_ns();
    run_operation(loop, session);
}

/* Which reply carries a log-in on, and to what. */
static const struct {
    enum bench_step step;
    unsigned code;
    void (*then)(struct bench_loop *loop, struct bench_session *session);
} log_in[] = {
    { STEP_GREETING, 220, greeted },   { STEP_AUTH, 234, bench_control_tls },
    { STEP_USER, 331, send_password }, { STEP_USER, 230, logged_in },
    { STEP_USER, 232, logged_in },     { STEP_PASS, 230, logged_in },
    { STEP_PASS, 202, logged_in },     { STEP_PBSZ, 200, send_prot },
    { STEP_PROT, 200, send_type },     { STEP_TYPE, 200, ready },
};

static void login_reply(struct bench_loop *loop, struct bench_session *session, unsigned code,
                        const char *text)
{
    if (code < 200)
        return;
    for (size_t i = 0; i < COUNT(log_in); i++)
        if (log_in[i].step == session->step && log_in[i].code == code) {
            log_in[i].then(loop, session);
            return;
        }
    bench_fail(loop, session, "log-in", text);
}

/* -------- operations -------- */

/* Those that make their own connection each time cannot be mixed with the others in one session:
 * a session that draws one drops its connection. */
static bool connects_itself(enum bench_op op)
{
    return op == OP_CONNECT || op == OP_LOGIN;
}

/* On a session that is logged in. */
static void run_operation(struct bench_loop *loop, struct bench_session *session)
{
    static const char epsv[] = "EPSV\r\n", noop[] = "NOOP\r\n";
    char path[BENCH_PATH_SIZE];
    session->began_ns = loop->now_ns;
    session->moved = 0;
    switch (session->op) {
    case OP_NOOP:
        session->step = STEP_SIMPLE;
        bench_send(loop, session, noop, sizeof noop - 1);
        return;
    case OP_CWD:
        bench_send_words(loop, session, STEP_SIMPLE, "CWD", ".");
        return;
    case OP_SIZE:
    case OP_MDTM:
        bench_path(loop, session, path);
        bench_send_words(loop, session, STEP_SIMPLE, bench_verb(session->op), path);
        return;
    case OP_IDLE:
        return;
    default:
        session->step = STEP_EPSV;
        session->begun = session->ended = session->data_done = false;
        bench_send(loop, session, epsv, sizeof epsv - 1);
    }
}

void bench_start_operation(struct bench_loop *loop, struct bench_session *session)
{
    if (bench_phase_of(loop) == PHASE_STOP)
        return;
    session->op = bench_choose(loop, session);
    if (connects_itself(session->op)) {
        bench_hang_up(loop, session);
        bench_connect(loop, session);
    } else if (session->step == STEP_OFF) {
        bench_connect(loop, session);
    } else {
        run_operation(loop, session);
    }
}

void bench_maybe_done(struct bench_loop *loop, struct bench_session *session)
{
    const int64_t size = bench_size(loop->plan, session->op);
    if (!session->ended || !session->data_done)
        return;
    bench_data_close(loop, session);
    if (size >= 0 && session->moved != size) {
        bench_fail(loop, session, "size", "fewer or more bytes than the file has");
        return;
    }
    session->step = STEP_REST;
    record(loop, session);
    bench_start_operation(loop, session);
}

static void start_transfer(struct bench_loop *loop, struct bench_session *session, const char *text)
{
    char path[BENCH_PATH_SIZE];
    const int port = epsv_reply_parse(text);
    if (port <= 0) {
        bench_fail(loop, session, "EPSV", text);
        return;
    }
    bench_data_open(loop, session, (unsigned)port);
    if (session->step == STEP_OFF)
        return;
    bench_path(loop, session, path);
    bench_send_words(loop, session, STEP_TRANSFER, bench_verb(session->op), path);
}

/* Is it time to look at the data connection?  A small download is in our buffers once 226 is here:
 * only then is it looked at.  What is registered gets its own events, except for an upload, which
 * waits for 1xx. */
static bool data_is_due(const struct bench_session *session)
{
    if (session->data < 0 || session->data_done)
        return false;
    return bench_is_upload(session->op) || (session->data_events == 0 && session->ended);
}

static void transfer_reply(struct bench_loop *loop, struct bench_session *session, unsigned code,
                           const char *text)
{
    if (code < 200) {
        session->begun = true;
        bench_control_acknowledge(session);
        if (loop->plan->tls && session->data >= 0 && !session->data_tls) {
            bench_data_tls(loop, session);
            return;
        }
    } else if (code < 300) {
        session->ended = true;
    } else {
        bench_fail(loop, session, "refused", text);
        return;
    }
    if (data_is_due(session))
        bench_data_ready(loop, session);
    else
        bench_maybe_done(loop, session);
}

void bench_on_reply(struct bench_loop *loop, struct bench_session *session, unsigned code,
                    const char *text)
{
    if (session->step < STEP_REST) {
        login_reply(loop, session, code, text);
    } else if (session->step == STEP_TRANSFER) {
        transfer_reply(loop, session, code, text);
    } else if (session->step == STEP_EPSV && code == 229) {
        start_transfer(loop, session, text);
    } else if (session->step == STEP_SIMPLE && code / 100 == 2) {
        session->step = STEP_REST;
        record(loop, session);
        bench_start_operation(loop, session);
    } else if (session->step == STEP_QUIT && code == 221) {
        bench_hang_up(loop, session);
        bench_start_operation(loop, session);
    } else {
        bench_fail(loop, session, "an unexpected reply", text);
    }
}

void bench_on_lost(struct bench_loop *loop, struct bench_session *session, const char *why)
{
    if (session->step != STEP_QUIT) {
        bench_fail(loop, session, "connection lost", why);
        return;
    }
    bench_hang_up(loop, session);
    bench_start_operation(loop, session);
}
