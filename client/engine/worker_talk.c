/* SPDX-License-Identifier: BSD-2-Clause */
/* worker_talk.c - what a worker says to the engine: progress, trace, pages, questions. */
#include "client/engine/worker.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { SEND_EVERY_MS = 100, PASSWORDS_MAX = 3 };

void worker_begin(struct worker *worker, uint32_t type, void *message, size_t n)
{
    struct message_head *head = message;
    head->type = type;
    head->serial = worker->serial;
    head->texts = 0;
    message_begin(&worker->out, message, n);
}

static void send_buffer(struct worker *worker, const struct message_buffer *buffer)
{
    ssize_t n;
    do
        n = send(worker->channel, buffer->data, buffer->bytes, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)buffer->bytes)
        worker->lost = true;
}

void worker_send(struct worker *worker)
{
    send_buffer(worker, &worker->out);
}

/* A text longer than a message's is cut. */
static void add_cut(struct worker *worker, const char *text)
{
    char cut[MESSAGE_TEXT_MAX];
    (void)text_format(cut, sizeof cut, "%s", text);
    (void)message_add(&worker->out, cut);
}

/* ---- news ---- */

void worker_progress(void *context, const struct transfer *transfer)
{
    struct worker *worker = context;
    struct message_progress message = { .total = transfer->total,
                                        .start = transfer->start,
                                        .done = transfer->done,
                                        .moved = transfer->moved };
    const int64_t now = now_ms();
    if (now - worker->sent_ms < SEND_EVERY_MS)
        return;
    worker->sent_ms = now;
    worker_begin(worker, WORKER_PROGRESS, &message, sizeof message);
    worker_send(worker);
}

static void on_trace(void *context, char direction, const char *line)
{
    struct worker *worker = context;
    struct message_trace message = { .direction = (unsigned char)direction };
    worker_begin(worker, WORKER_TRACE, &message, sizeof message);
    add_cut(worker, line);
    worker_send(worker);
}

static void on_busy(void *context, const char *what, const char *path, int64_t ms)
{
    struct worker *worker = context;
    struct message_wait message = { .ms = ms < 0 ? 0 : ms };
    worker_begin(worker, WORKER_WAIT, &message, sizeof message);
    add_cut(worker, what);
    add_cut(worker, path);
    worker_send(worker);
}

static void on_note(void *context, const char *text)
{
    struct worker *worker = context;
    struct message_head message = { 0 };
    worker_begin(worker, WORKER_NOTE, &message, sizeof message);
    add_cut(worker, text);
    worker_send(worker);
}

/* ---- questions ---- */

/* Is the next message the answer?  A stop stays where it is, to interrupt what comes next. */
static bool is_answer(const struct worker *worker, ssize_t n)
{
    struct message_head head;
    if (n <= 0 || engine_message_check(worker->answer, (size_t)n, PHASE_ASKING))
        return false;
    memcpy(&head, worker->answer, sizeof head);
    return head.type == ENGINE_ANSWER && head.serial == worker->serial;
}

int worker_ask(struct worker *worker)
{
    struct message_answer answer;
    ssize_t n;
    worker_send(worker);
    do
        n = recv(worker->channel, worker->answer, sizeof worker->answer, MSG_PEEK);
    while (n < 0 && errno == EINTR);
    if (!is_answer(worker, n))
        return -1;
    (void)recv(worker->channel, worker->answer, sizeof worker->answer, 0);
    memcpy(&answer, worker->answer, sizeof answer);
    return (int)answer.choice;
}

static enum trust decide_trust(void *context, const struct trust_question *question)
{
    struct worker *worker = context;
    struct message_trust message = { .strict = question->strict };
    worker_begin(worker, WORKER_TRUST, &message, sizeof message);
    add_cut(worker, question->host);
    add_cut(worker, question->fingerprint);
    add_cut(worker, question->reason);
    add_cut(worker, question->facts);
    const int choice = worker_ask(worker);
    return choice > TRUST_UNKNOWN && choice <= TRUST_ACCEPTED ? (enum trust)choice : TRUST_REFUSED;
}

static bool needs_password(const struct target *target)
{
    return target->user[0] && strcmp(target->user, "anonymous") != 0 &&
           strcmp(target->user, "ftp") != 0;
}

enum outcome worker_find_password(void *context)
{
    struct worker *worker = context;
    struct target *target = &worker->session->target;
    struct message_password message = { .attempt = ++worker->passwords };
    if (target->has_password || !needs_password(target))
        return OUTCOME_OK;
    if (!(worker->order.flags & ORDER_ASKS_PASSWORD))
        return failure_set(&worker->session->failure, OUTCOME_LOGIN, "no password for %s@%s",
                           target->user, target->host);
    worker_begin(worker, WORKER_PASSWORD, &message, sizeof message);
    const int choice = worker_ask(worker);
    if (choice == 1)
        target->has_password =
            text_copy(target->password, sizeof target->password,
                      message_text(worker->answer, sizeof(struct message_answer), 0));
    wipe(worker->answer, sizeof worker->answer);
    if (target->has_password)
        return OUTCOME_OK;
    return choice < 0 ? failure_set(&worker->session->failure, OUTCOME_INTERRUPTED, "interrupted")
                      : failure_set(&worker->session->failure, OUTCOME_LOGIN,
                                    "no password for %s@%s", target->user, target->host);
}

bool worker_asks_again(struct worker *worker, enum outcome outcome)
{
    struct target *target = &worker->session->target;
    if (outcome != OUTCOME_LOGIN || !(worker->order.flags & ORDER_ASKS_PASSWORD) ||
        !needs_password(target) || worker->passwords >= PASSWORDS_MAX)
        return false;
    wipe(target->password, sizeof target->password);
    target->has_password = false;
    return true;
}

void worker_listen_to_session(struct worker *worker)
{
    struct settings *settings = &worker->settings;
    settings->context = worker;
    settings->known_hosts_file = NULL;
    settings->ask_trust = NULL;
    settings->decide_trust = decide_trust;
    settings->busy = on_busy;
    settings->message = NULL; /* in the trace, too */
    settings->trace = worker->order.flags & ORDER_TRACES ? on_trace : NULL;
    worker->steady.note = on_note;
}

/* ---- pages ---- */

void worker_page_begin(struct worker *worker, enum engine_page kind)
{
    const struct message_page message = { .head = { .type = WORKER_PAGE, .serial = worker->serial },
                                          .kind = kind };
    message_begin(&worker->page, &message, sizeof message);
}

void worker_page_end(struct worker *worker)
{
    if (worker->page.bytes > sizeof(struct message_page))
        send_buffer(worker, &worker->page);
}

/* A name that fits no page is left out; the end of the request says so. */
void worker_page_add(struct worker *worker, enum engine_page kind, const struct engine_item *item)
{
    if (page_add(&worker->page, item))
        return;
    worker_page_end(worker);
    worker_page_begin(worker, kind);
    if (!page_add(&worker->page, item))
        worker->result.flags |= DONE_DOUBTFUL;
}

void worker_send_listing(struct worker *worker, const struct listing *listing,
                         enum engine_page kind)
{
    worker_page_begin(worker, kind);
    for (size_t i = 0; i < listing->count && !worker->lost; i++) {
        const struct engine_item item = { .entry = listing->entries[i] };
        worker_page_add(worker, kind, &item);
    }
    worker_page_end(worker);
}
