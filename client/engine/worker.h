/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.h - a worker process: one session, one order at a time, one channel to the engine.  It
 * parses what the server sends, touches no terminal and no file of trust, and asks instead. */
#ifndef CLIENT_ENGINE_WORKER_H
#define CLIENT_ENGINE_WORKER_H

#include "client/engine/protocol.h"
#include "client/engine/steady.h"

#include <stdatomic.h>

/* In memory that the engine writes and its workers read. */
struct worker_shared {
    _Atomic unsigned sharers; /* transfers that share the rate */
    _Atomic int64_t rate;
};

/* With what a worker starts. */
struct worker_start {
    const struct settings *settings;
    const struct target *target;
    const char *directory;     /* where it begins; empty: that of the log-in */
    struct session *inherited; /* NULL: it logs in */
    bool was_open;             /* the server was reached before */
    const struct worker_shared *shared;
};

struct worker {
    int channel;
    bool lost;   /* the engine is gone */
    bool opened; /* its session was open */
    uint32_t serial;
    int64_t sent_ms; /* when it last sent progress */
    struct settings settings;
    struct session *session, own;
    struct steady steady;
    unsigned passwords; /* asked for */
    struct message_order order;
    const char *texts; /* those of the order */
    struct message_done result;
    char value[MESSAGE_TEXT_MAX];
    struct message_buffer in, out, page;
    _Alignas(8) char answer[sizeof(struct message_answer) + MESSAGE_TEXT_MAX];
};

/* The body of the process, see process.h; context: a struct worker_start. */
int worker_run(void *context, int channel);

/* ---- worker_talk.c: what it says ---- */

void worker_listen_to_session(struct worker *worker); /* sets the callbacks */
void worker_progress(void *context, const struct transfer *transfer);
void worker_send(struct worker *worker);
/* Starts a message in worker->out; type and serial are set. */
void worker_begin(struct worker *worker, uint32_t type, void *message, size_t n);
/* Sends worker->out, a question, and waits for its answer, into worker->answer.  The choice, or -1:
 * to be stopped. */
int worker_ask(struct worker *worker);
enum outcome worker_find_password(void *context);
/* Is the password to be asked for again, after a log-in that was refused? */
bool worker_asks_again(struct worker *worker, enum outcome outcome);

/* Pages, in worker->page: begins, adds, and sends what is left. */
void worker_page_begin(struct worker *worker, enum engine_page kind);
void worker_page_add(struct worker *worker, enum engine_page kind, const struct engine_item *item);
void worker_page_end(struct worker *worker);
void worker_send_listing(struct worker *worker, const struct listing *listing,
                         enum engine_page kind);

/* ---- worker_calls.c and worker_transfers.c: what it does ---- */

enum outcome worker_call(struct worker *worker);
enum outcome worker_plan(struct worker *worker);
enum outcome worker_transfer(struct worker *worker);
enum outcome worker_range(struct worker *worker);

/* Text i of the order: two paths, then patterns. */
const char *worker_text(const struct worker *worker, unsigned i);

#endif
