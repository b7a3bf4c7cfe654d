/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.c - takes orders until the engine ends the channel.
 *
 * While it works, the channel is what interrupts: the only message that can come then is a stop,
 * or the end of the engine. */
#include "client/engine/worker.h"

#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { TOO_MANY_SESSIONS = 421 };

const char *worker_text(const struct worker *worker, unsigned i)
{
    return message_text(&worker->in.data, sizeof worker->order, i);
}

static bool is_transfer(uint32_t op)
{
    return op == ENGINE_GET || op == ENGINE_PUT;
}

static enum outcome run_order(struct worker *worker)
{
    if (is_transfer(worker->order.op))
        return worker_transfer(worker);
    const enum outcome outcome = steady_ensure(&worker->steady);
    if (outcome != OUTCOME_OK)
        return outcome;
    return worker->order.op == ENGINE_PLAN ? worker_plan(worker) : worker_call(worker);
}

static void send_done(struct worker *worker, enum outcome outcome, int64_t began_ms)
{
    struct message_done *done = &worker->result;
    const struct failure *failure = &worker->session->failure;
    const bool failed = outcome != OUTCOME_OK;
    done->outcome = (int32_t)outcome;
    done->code = failed ? failure->code : 0;
    done->features = worker->session->features;
    done->elapsed_ms = now_ms() - began_ms;
    worker->opened = worker->opened || worker->session->open;
    if (failed && (worker->order.flags & ORDER_YIELDS) && outcome != OUTCOME_INTERRUPTED &&
        (failure->code == TOO_MANY_SESSIONS ||
         (!worker->opened && (worker->order.flags & ORDER_HAS_FELLOW))))
        done->flags |= DONE_NO_PLACE;
    if (failed && !worker->session->open)
        done->flags |= DONE_NO_SESSION;
    worker_begin(worker, WORKER_DONE, done, sizeof *done);
    if (!message_add(&worker->out, failed ? failure->text : "") ||
        !message_add(&worker->out, worker->value))
        (void)message_add(&worker->out, "");
    worker_send(worker);
}

static void take_order(struct worker *worker)
{
    const int64_t began_ms = now_ms();
    memcpy(&worker->order, worker->in.data, sizeof worker->order);
    worker->serial = worker->order.head.serial;
    worker->result = (struct message_done){ .outcome = OUTCOME_OK };
    worker->value[0] = '\0';
    worker->steady.yields = worker->order.flags & ORDER_YIELDS;
    worker->steady.retry_spent_ms = 0;
    worker->passwords = 0;
    worker_listen_to_session(worker);
    enum outcome outcome = run_order(worker);
    while (worker_asks_again(worker, outcome))
        outcome = run_order(worker);
    send_done(worker, outcome, began_ms);
}

/* False: the engine has ended the channel, or sent what it never sends. */
static bool serve_one(struct worker *worker)
{
    struct message_head head;
    ssize_t n;
    do
        n = recv(worker->channel, worker->in.data, sizeof worker->in.data, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0 || engine_message_check(worker->in.data, (size_t)n, PHASE_IDLE))
        return false;
    memcpy(&head, worker->in.data, sizeof head);
    if (head.type == ENGINE_ORDER) /* else a stop that came too late */
        take_order(worker);
    return !worker->lost;
}

static void start(struct worker *worker, const struct worker_start *with, int channel)
{
    worker->channel = channel;
    worker->settings = *with->settings;
    worker->settings.interrupt_fd = channel;
    worker->settings.sharers = &with->shared->sharers;
    worker->settings.shared_rate = &with->shared->rate;
    worker->session = with->inherited ? with->inherited : &worker->own;
    if (!with->inherited) {
        session_init(worker->session, &worker->settings, with->target);
        text_copy(worker->session->cwd, sizeof worker->session->cwd, with->directory);
    }
    worker->opened = with->inherited;
    worker->session->settings = &worker->settings;
    worker->session->control.interrupt_fd = channel;
    worker->steady = (struct steady){ .session = worker->session,
                                      .has_target = true,
                                      .was_open = with->was_open || with->inherited,
                                      .context = worker,
                                      .find_password = worker_find_password };
}

int worker_run(void *context, int channel)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return 1;
    start(worker, context, channel);
    worker_listen_to_session(worker);
    while (serve_one(worker))
        ;
    /* the end of the channel must not keep it from saying QUIT */
    worker->session->control.interrupt_fd = -1;
    session_close(worker->session, true);
    return 0;
}
