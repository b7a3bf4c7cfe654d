/* bench_session.c - one worker of the bench: an epoll loop over many sessions, each a state machine
 * driven by replies.  It is made to cost little: the fewest system calls an operation can have, no
 * allocation on the way, downloads discarded in the kernel. */
#include "client/bench_session.h"

#include "common/addr.h"
#include "common/eprt.h"
#include "common/text.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, PAUSE_NS = 20 * 1000 * 1000, TICK_MS = 10, QUIET_MS = 50, READ_AHEAD = 65536 };

const char *const bench_op_names[OP_COUNT] = {
    [OP_CONNECT] = "connect",
    [OP_LOGIN] = "login",
    [OP_NOOP] = "noop",
    [OP_CWD] = "cwd",
    [OP_RETR_SMALL] = "retr-small",
    [OP_RETR_LARGE] = "retr-large",
    [OP_STOR_SMALL] = "stor-small",
    [OP_STOR_LARGE] = "stor-large",
    [OP_LIST] = "list",
    [OP_MLSD] = "mlsd",
    [OP_IDLE] = "idle",
};

static void start_operation(struct bench_loop *loop, struct bench_session *session);
static void start_connection(struct bench_loop *loop, struct bench_session *session);

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t next_random(struct bench_session *session)
{
    uint64_t x = session->random; /* xorshift64: fast, and the same for the same seed */

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    session->random = x;
    return x;
}

bool bench_is_upload(enum bench_op op)
{
    return op == OP_STOR_SMALL || op == OP_STOR_LARGE;
}

int64_t bench_size(const struct bench_plan *plan, enum bench_op op)
{
    if (op == OP_RETR_SMALL || op == OP_STOR_SMALL)
        return plan->small_bytes;
    return op == OP_RETR_LARGE || op == OP_STOR_LARGE ? plan->large_bytes : -1;
}

static int phase_of(const struct bench_loop *loop)
{
    return atomic_load_explicit(loop->phase, memory_order_relaxed);
}

static void hang_up(struct bench_loop *loop, struct bench_session *session)
{
    bench_data_close(loop, session);
    if (session->control_tls) {
        SSL_free(session->control_tls);
        session->control_tls = NULL;
        ERR_clear_error();
    }
    SSL_SESSION_free(session->ticket);
    session->ticket = NULL;
    if (session->control >= 0)
        close(session->control);
    session->control = -1;
    session->in_n = 0;
    session->multi = 0;
    session->step = STEP_OFF;
}

void bench_fail(struct bench_loop *loop, struct bench_session *session, const char *what, const char *detail)
{
    struct bench_board *board = loop->board;

    if (!board->why[0])
        text_format(board->why, sizeof board->why, "%s: %s: %.120s", bench_op_names[session->op], what,
                    detail);
    if (phase_of(loop) == PHASE_MEASURE)
        board->errors[session->op]++;
    hang_up(loop, session);
    if (!session->was_ready) {
        session->was_ready = true; /* counted once; the start does not wait for it for ever */
        loop->logging_in--;
        atomic_fetch_add(&board->broken, 1);
    }
    session->again_ns = loop->now_ns + PAUSE_NS;
    loop->waiting++;
}

/* The operation is over: counted where it falls into the measured time. */
static void record(struct bench_loop *loop, struct bench_session *session)
{
    loop->now_ns = clock_ns();
    if (phase_of(loop) != PHASE_MEASURE && session->op != OP_IDLE)
        return;
    histogram_add(&loop->board->latency[session->op], loop->now_ns - session->began_ns);
    loop->board->bytes[session->op] += (uint64_t)session->moved;
}

void bench_send(struct bench_loop *loop, struct bench_session *session, const char *line, size_t n)
{
    ssize_t sent;

    if (session->control_tls)
        sent = SSL_write(session->control_tls, line, (int)n);
    else
        sent = send(session->control, line, n, MSG_NOSIGNAL);
    if (sent != (ssize_t)n)
        bench_fail(loop, session, "sending", sent < 0 ? strerror(errno) : "cut");
}

static void send_words(struct bench_loop *loop, struct bench_session *session, enum bench_step step,
                       const char *verb, const char *argument)
{
    char line[LINE_ROOM];

    if (!text_format(line, sizeof line, "%s%s%s\r\n", verb, argument ? " " : "", argument ? argument : "")) {
        bench_fail(loop, session, verb, "too long");
        return;
    }
    session->step = step;
    bench_send(loop, session, line, strlen(line));
}

/* -------- connecting and logging in -------- */

static bool watch(struct bench_loop *loop, struct bench_session *session, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u64 = (uint64_t)session->index * 2 };

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, session->control, &event) == 0;
}

static void start_connection(struct bench_loop *loop, struct bench_session *session)
{
    const struct sockaddr_storage *to = loop->plan->address;
    int on = 1;

    session->began_ns = loop->now_ns = clock_ns();
    session->moved = 0;
    session->control = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    session->step = STEP_GREETING;
    if (!session->was_ready)
        loop->logging_in++;
    if (session->control < 0) {
        bench_fail(loop, session, "socket", strerror(errno));
        return;
    }
    (void)setsockopt(session->control, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if ((connect(session->control, (const struct sockaddr *)to, addr_size(to)) < 0 && errno != EINPROGRESS) ||
        !watch(loop, session, EPOLLIN))
        bench_fail(loop, session, "connecting", strerror(errno));
}

static void begin_next_login(struct bench_loop *loop)
{
    while (loop->next_login < loop->count && loop->logging_in < loop->plan->logins_at_once)
        start_connection(loop, &loop->sessions[loop->next_login++]);
}

static void start_tls(struct bench_loop *loop, struct bench_session *session)
{
    session->step = STEP_HANDSHAKE;
    session->control_tls = SSL_new(loop->tls);
    if (!session->control_tls || SSL_set_fd(session->control_tls, session->control) != 1) {
        bench_fail(loop, session, "TLS", "cannot be set up");
        return;
    }
    SSL_set_app_data(session->control_tls, session);
}

/* Goes on with the control connection's handshake. */
static void shake_hands(struct bench_loop *loop, struct bench_session *session)
{
    int result = SSL_connect(session->control_tls), error;

    if (result == 1) {
        const struct target *target = &loop->plan->target;

        send_words(loop, session, STEP_USER, "USER", target->user[0] ? target->user : "anonymous");
        return;
    }
    error = SSL_get_error(session->control_tls, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        bench_fail(loop, session, "TLS", "the handshake failed");
}

static void is_ready(struct bench_loop *loop, struct bench_session *session)
{
    session->step = STEP_REST;
    if (!session->was_ready) {
        session->was_ready = true;
        loop->logging_in--;
        atomic_fetch_add(&loop->board->ready, 1);
    }
    begin_next_login(loop);
}

static void logged_in(struct bench_loop *loop, struct bench_session *session)
{
    if (session->op == OP_LOGIN) {
        record(loop, session);
        is_ready(loop, session);
        send_words(loop, session, STEP_QUIT, "QUIT", NULL);
    } else if (loop->plan->tls) {
        send_words(loop, session, STEP_PBSZ, "PBSZ", "0");
    } else {
        send_words(loop, session, STEP_TYPE, "TYPE", "I");
    }
}

/* -------- operations -------- */

static enum bench_op choose(struct bench_loop *loop, struct bench_session *session)
{
    uint64_t at = next_random(session) % loop->weight_sum;

    for (unsigned op = 0; op < OP_COUNT; op++) {
        if (at < loop->plan->weights[op])
            return (enum bench_op)op;
        at -= loop->plan->weights[op];
    }
    return OP_NOOP;
}

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

    session->began_ns = loop->now_ns;
    session->moved = 0;
    switch (session->op) {
    case OP_NOOP:
        session->step = STEP_SIMPLE;
        bench_send(loop, session, noop, sizeof noop - 1);
        return;
    case OP_CWD:
        send_words(loop, session, STEP_SIMPLE, "CWD", ".");
        return;
    case OP_IDLE:
        return;
    default:
        session->step = STEP_EPSV;
        session->begun = session->ended = session->data_done = false;
        bench_send(loop, session, epsv, sizeof epsv - 1);
    }
}

static void start_operation(struct bench_loop *loop, struct bench_session *session)
{
    if (phase_of(loop) == PHASE_STOP)
        return;
    session->op = choose(loop, session);
    if (connects_itself(session->op)) {
        hang_up(loop, session);
        start_connection(loop, session);
    } else if (session->step == STEP_OFF) {
        start_connection(loop, session);
    } else {
        run_operation(loop, session);
    }
}

void bench_maybe_done(struct bench_loop *loop, struct bench_session *session)
{
    int64_t size = bench_size(loop->plan, session->op);

    if (!session->ended || !session->data_done)
        return;
    bench_data_close(loop, session);
    if (size >= 0 && session->moved != size) {
        bench_fail(loop, session, "size", "fewer or more bytes than the file has");
        return;
    }
    session->step = STEP_REST;
    record(loop, session);
    start_operation(loop, session);
}

static void start_transfer(struct bench_loop *loop, struct bench_session *session, const char *text)
{
    const struct bench_plan *plan = loop->plan;
    char path[400];
    int port = epsv_reply_parse(text);

    if (port <= 0) {
        bench_fail(loop, session, "EPSV", text);
        return;
    }
    bench_data_open(loop, session, (unsigned)port);
    if (session->step == STEP_OFF)
        return;
    if (session->op == OP_RETR_SMALL)
        text_format(path, sizeof path, "%s/small-%u", plan->directory,
                    (unsigned)(next_random(session) % plan->files));
    else if (session->op == OP_RETR_LARGE)
        text_format(path, sizeof path, "%s/large", plan->directory);
    else if (bench_is_upload(session->op))
        text_format(path, sizeof path, "%s/up-%u", plan->directory, loop->first + session->index);
    else
        text_format(path, sizeof path, "%s/list", plan->directory);
    send_words(loop, session, STEP_TRANSFER,
               session->op == OP_LIST         ? "LIST"
               : session->op == OP_MLSD       ? "MLSD"
               : bench_is_upload(session->op) ? "STOR"
                                              : "RETR",
               path);
}

/* A server that holds its 226 back until our kernel has acknowledged the 150 (no TCP_NODELAY) would
 * be measured by our kernel's 40 ms; a client that has something to say in between spares it that. */
static void acknowledge(const struct bench_session *session)
{
    const int on = 1;

    (void)setsockopt(session->control, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

static void transfer_reply(struct bench_loop *loop, struct bench_session *session, unsigned code,
                           const char *text)
{
    if (code < 200) {
        session->begun = true;
        acknowledge(session);
        if (loop->plan->tls && session->data >= 0 && !session->data_tls) {
            bench_data_tls(loop, session);
            return;
        }
    } else if (code < 300)
        session->ended = true;
    else {
        bench_fail(loop, session, "refused", text);
        return;
    }
    /* A small download is in our buffers once 226 is here: only then is it looked at.  What is
     * registered gets its own events, except for an upload, which waits for 1xx. */
    if (session->data >= 0 && !session->data_done &&
        (session->data_events == 0 || bench_is_upload(session->op)) &&
        (session->ended || bench_is_upload(session->op)))
        bench_data_ready(loop, session);
    else
        bench_maybe_done(loop, session);
}

static void login_reply(struct bench_loop *loop, struct bench_session *session, unsigned code,
                        const char *text)
{
    const struct target *target = &loop->plan->target;

    if (session->step == STEP_GREETING && code == 220 && session->op == OP_CONNECT) {
        record(loop, session);
        is_ready(loop, session);
        hang_up(loop, session);
        start_operation(loop, session);
    } else if (session->step == STEP_GREETING && code == 220 && loop->plan->tls) {
        send_words(loop, session, STEP_AUTH, "AUTH", "TLS");
    } else if (session->step == STEP_GREETING && code == 220) {
        send_words(loop, session, STEP_USER, "USER", target->user[0] ? target->user : "anonymous");
    } else if (session->step == STEP_AUTH && code == 234) {
        start_tls(loop, session);
        if (session->step == STEP_HANDSHAKE)
            shake_hands(loop, session);
    } else if (session->step == STEP_USER && code == 331) {
        send_words(loop, session, STEP_PASS, "PASS", target->has_password ? target->password : "bench@");
    } else if ((session->step == STEP_USER || session->step == STEP_PASS) && code / 100 == 2) {
        logged_in(loop, session);
    } else if (session->step == STEP_PBSZ && code == 200) {
        send_words(loop, session, STEP_PROT, "PROT", "P");
    } else if (session->step == STEP_PROT && code == 200) {
        send_words(loop, session, STEP_TYPE, "TYPE", "I");
    } else if (session->step == STEP_TYPE && code == 200) {
        if (session->op == OP_IDLE)
            record(loop, session);
        is_ready(loop, session);
        loop->now_ns = clock_ns();
        run_operation(loop, session);
    } else {
        bench_fail(loop, session, "log-in", text);
    }
}

static void on_reply(struct bench_loop *loop, struct bench_session *session, unsigned code, const char *text)
{
    if (session->step < STEP_REST) {
        if (code >= 200)
            login_reply(loop, session, code, text);
    } else if (session->step == STEP_TRANSFER) {
        transfer_reply(loop, session, code, text);
    } else if (session->step == STEP_EPSV && code == 229) {
        start_transfer(loop, session, text);
    } else if (session->step == STEP_SIMPLE && code / 100 == 2) {
        session->step = STEP_REST;
        record(loop, session);
        start_operation(loop, session);
    } else if (session->step == STEP_QUIT && code == 221) {
        hang_up(loop, session);
        start_operation(loop, session);
    } else {
        bench_fail(loop, session, "an unexpected reply", text);
    }
}

/* -------- bytes into replies -------- */

static unsigned code_of(const char *line)
{
    for (unsigned i = 0; i < 3; i++)
        if (line[i] < '0' || line[i] > '9')
            return 0;
    return (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 + (unsigned)(line[2] - '0');
}

static void on_line(struct bench_loop *loop, struct bench_session *session, const char *line)
{
    unsigned code = line[0] && line[1] && line[2] ? code_of(line) : 0;

    if (session->multi) {
        if (code != session->multi || line[3] == '-')
            return;
        session->multi = 0;
    } else if (code && line[3] == '-') {
        session->multi = code;
        return;
    }
    on_reply(loop, session, code, line);
}

/* Takes whole lines out of the buffer.  A handler may end the connection: its buffer is then empty. */
static void take_lines(struct bench_loop *loop, struct bench_session *session)
{
    unsigned at = 0;

    while (session->in_n > at) {
        char line[LINE_ROOM];
        const char *newline = memchr(session->in + at, '\n', session->in_n - at);
        size_t n;

        if (!newline)
            break;
        n = (size_t)(newline - session->in) - at;
        memcpy(line, session->in + at, n);
        line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
        at += (unsigned)n + 1;
        on_line(loop, session, line);
    }
    if (session->in_n < at)
        at = session->in_n;
    memmove(session->in, session->in + at, session->in_n - at);
    session->in_n -= at;
    if (session->in_n == sizeof session->in)
        session->in_n = 0; /* the middle of an overlong line of a banner */
}

static ssize_t read_control(struct bench_session *session)
{
    size_t room = sizeof session->in - session->in_n;
    int n, error;

    if (!session->control_tls)
        return recv(session->control, session->in + session->in_n, room, 0);
    n = SSL_read(session->control_tls, session->in + session->in_n, (int)room);
    if (n > 0)
        return n;
    error = SSL_get_error(session->control_tls, n);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    return 0;
}

static void on_control(struct bench_loop *loop, struct bench_session *session)
{
    ssize_t n;

    if (session->control < 0)
        return;
    if (session->step == STEP_HANDSHAKE) {
        shake_hands(loop, session);
        return;
    }
    do {
        n = read_control(session);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            if (session->step == STEP_QUIT) {
                hang_up(loop, session);
                start_operation(loop, session);
            } else {
                bench_fail(loop, session, "connection lost",
                           n < 0 ? strerror(errno) : "the server closed it");
            }
            return;
        }
        session->in_n += (unsigned)n;
        take_lines(loop, session);
    } while (session->control_tls && SSL_has_pending(session->control_tls)); /* of what was read ahead */
}

/* -------- the loop -------- */

static void retry_waiting(struct bench_loop *loop)
{
    loop->now_ns = clock_ns();
    for (unsigned i = 0; i < loop->count && loop->waiting > 0; i++) {
        struct bench_session *session = &loop->sessions[i];

        if (session->again_ns == 0 || session->again_ns > loop->now_ns)
            continue;
        session->again_ns = 0;
        loop->waiting--;
        if (phase_of(loop) != PHASE_STOP)
            start_connection(loop, session);
    }
}

static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
    struct bench_session *session = SSL_get_app_data(ssl);

    if (!session)
        return 0;
    SSL_SESSION_free(session->ticket);
    session->ticket = ticket;
    return 1;
}

static SSL_CTX *make_tls(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (!tls)
        return NULL;
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls, on_ticket);
    SSL_CTX_set_read_ahead(tls, 1); /* one read for each record instead of two */
    SSL_CTX_set_default_read_buffer_len(tls, READ_AHEAD);
    return tls;
}

/* The memory file that uploads are sent from: the larger of both sizes, of a text that says nothing. */
static int make_content(const struct bench_plan *plan, char *piece)
{
    int64_t size = plan->large_bytes > plan->small_bytes ? plan->large_bytes : plan->small_bytes;
    int fd = memfd_create("bench", MFD_CLOEXEC);

    for (size_t i = 0; i < PIECE; i++)
        piece[i] = (char)('a' + i % 26);
    if (plan->weights[OP_STOR_LARGE] == 0)
        size = plan->small_bytes;
    for (int64_t at = 0; fd >= 0 && at < size; at += PIECE)
        if (pwrite(fd, piece, size - at < PIECE ? (size_t)(size - at) : PIECE, at) < 0) {
            close(fd);
            return -1;
        }
    return fd;
}

static bool prepare(struct bench_loop *loop)
{
    const struct bench_plan *plan = loop->plan;

    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->sessions = calloc(loop->count, sizeof *loop->sessions);
    loop->piece = malloc(PIECE);
    loop->content = loop->piece ? make_content(plan, loop->piece) : -1;
    loop->tls = plan->tls ? make_tls() : NULL;
    if (loop->epoll < 0 || !loop->sessions || loop->content < 0 || (plan->tls && !loop->tls))
        return false;
    for (unsigned op = 0; op < OP_COUNT; op++)
        loop->weight_sum += plan->weights[op];
    for (unsigned i = 0; i < loop->count; i++) {
        struct bench_session *session = &loop->sessions[i];

        session->index = i;
        session->control = session->data = -1;
        session->random = (plan->seed + loop->first + i + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
        session->op = choose(loop, session);
    }
    return true;
}

static void run_events(struct bench_loop *loop)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int n = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, loop->waiting ? TICK_MS : QUIET_MS);

    loop->now_ns = clock_ns();
    if (n == 0 && !loop->watch_all)
        bench_data_watch_all(loop);
    for (int i = 0; i < n; i++) {
        struct bench_session *session = &loop->sessions[events[i].data.u64 / 2];

        if (events[i].data.u64 % 2 == 0)
            on_control(loop, session);
        else if (session->data >= 0 && session->data_events)
            bench_data_ready(loop, session);
    }
    if (loop->waiting)
        retry_waiting(loop);
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void finish(struct bench_loop *loop)
{
    for (unsigned i = 0; loop->sessions && i < loop->count; i++) {
        if (loop->plan->weights[OP_IDLE] && loop->sessions[i].control < 0)
            atomic_fetch_add(&loop->board->broken, 1);
        hang_up(loop, &loop->sessions[i]);
    }
    SSL_CTX_free(loop->tls);
    free(loop->sessions);
    free(loop->piece);
    if (loop->content >= 0)
        close(loop->content);
    if (loop->epoll >= 0)
        close(loop->epoll);
}

static void run_until_stop(struct bench_loop *loop)
{
    double cpu_before = 0;
    bool measuring = false;

    begin_next_login(loop);
    while (phase_of(loop) != PHASE_STOP) {
        run_events(loop);
        begin_next_login(loop);
        if (!measuring && phase_of(loop) == PHASE_MEASURE) {
            measuring = true;
            cpu_before = cpu_seconds();
        }
    }
    loop->board->cpu_s = cpu_seconds() - cpu_before;
}

void bench_worker(const struct bench_plan *plan, unsigned first, unsigned count, const _Atomic int *phase,
                  struct bench_board *board)
{
    struct bench_loop loop = { .plan = plan, .board = board, .phase = phase, .first = first, .count = count };

    if (prepare(&loop)) {
        run_until_stop(&loop);
    } else {
        text_format(board->why, sizeof board->why, "a worker could not start: %s", strerror(errno));
        atomic_fetch_add(&board->broken, count);
    }
    finish(&loop);
}
