/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_questions.c - what workers ask: answered by what is known, else by the interface.  The same
 * question of several workers is put once. */
#include "client/engine/engine.h"

#include "client/engine/trust.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- a kept question ---- */

static uint32_t type_of(const struct message_buffer *question)
{
    struct message_head head;
    memcpy(&head, question->data, sizeof head);
    return head.type;
}

static const char *trust_text(const struct message_buffer *question, unsigned i)
{
    return message_text(question->data, sizeof(struct message_trust), i);
}

static struct trust_question trust_of(const struct message_buffer *question)
{
    struct message_trust message;
    memcpy(&message, question->data, sizeof message);
    return (struct trust_question){ .host = trust_text(question, 0),
                                    .fingerprint = trust_text(question, 1),
                                    .reason = trust_text(question, 2),
                                    .facts = trust_text(question, 3),
                                    .strict = message.strict };
}

/* Does one answer serve both?  Of files that exist each is a question of its own. */
static bool is_same(const struct engine_job *a, const struct engine_job *b)
{
    const uint32_t type = type_of(a->question);
    if (a->site != b->site || type != type_of(b->question) || type == WORKER_EXISTS)
        return false;
    return type != WORKER_TRUST ||
           strcmp(trust_text(a->question, 1), trust_text(b->question, 1)) == 0;
}

/* The job of worker i if it has a question, else NULL. */
static struct engine_job *asking_at(const struct engine *engine, unsigned i)
{
    struct engine_job *job = engine->workers[i].job;
    return job && job->question ? job : NULL;
}

static bool is_asked_already(const struct engine *engine, const struct engine_job *asking)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        const struct engine_job *job = asking_at(engine, i);
        if (job && job != asking && job->asked && is_same(job, asking))
            return true;
    }
    return false;
}

/* ---- asking the interface ---- */

static void put_to_interface(struct engine *engine, struct engine_job *job)
{
    struct engine_event event = event_of(job, ENGINE_EVENT_QUESTION);
    struct engine_question question = { .host = job->site->target.host,
                                        .user = job->site->target.user,
                                        .path = job->request.second };
    struct message_password password;
    struct message_exists exists;
    switch (type_of(job->question)) {
    case WORKER_TRUST:
        question.kind = ENGINE_ASKS_TRUST;
        question.trust = trust_of(job->question);
        break;
    case WORKER_PASSWORD:
        memcpy(&password, job->question->data, sizeof password);
        question.kind = ENGINE_ASKS_PASSWORD;
        question.attempt = password.attempt;
        break;
    default:
        memcpy(&exists, job->question->data, sizeof exists);
        question.kind = ENGINE_ASKS_EXISTS;
        question.source_size = exists.source_size;
        question.source_modified = exists.source_modified;
        question.target_size = exists.target_size;
        question.target_modified = exists.target_modified;
        break;
    }
    event.question = &question;
    job->asked = true;
    engine_tell(engine, &event);
}

void questions_review(struct engine *engine)
{
    if (!engine->has_questions)
        return;
    engine->has_questions = false;
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_job *job = asking_at(engine, i);
        engine->has_questions = engine->has_questions || job;
        if (job && !job->asked && !is_asked_already(engine, job))
            put_to_interface(engine, job);
    }
}

/* ---- what is known ---- */

static bool known_trust(const struct engine *engine, const struct engine_site *site,
                        unsigned *choice)
{
    const struct trust_question question = trust_of(&engine->in);
    enum trust trust = trust_look_up(&site->settings, &question);
    if (trust == TRUST_UNKNOWN && strcmp(site->trusted_once, question.fingerprint) == 0)
        trust = TRUST_ACCEPTED;
    if (trust == TRUST_UNKNOWN && !engine->options.asks_trust)
        trust = TRUST_REFUSED;
    *choice = trust;
    return trust != TRUST_UNKNOWN;
}

/* The password that another session was given, unless it was refused here. */
static bool known_password(const struct engine *engine, const struct engine_site *site,
                           unsigned *choice)
{
    struct message_password message;
    memcpy(&message, engine->in.data, sizeof message);
    const bool known = message.attempt == 1 && site->target.has_password;
    *choice = known;
    return known || !engine->options.asks_password;
}

static bool known_exists(const struct engine *engine, unsigned *choice)
{
    *choice = engine->exists_for_all >= 0 ? (unsigned)engine->exists_for_all : ENGINE_EXISTS_SKIP;
    return engine->exists_for_all >= 0 || !engine->options.asks_exists;
}

void question_take(struct engine *engine, struct engine_worker *worker)
{
    struct engine_job *job = worker->job;
    unsigned choice = 0;
    if (job->stop != STOP_NOT) /* the stop that it will see is the answer */
        return;
    const uint32_t type = type_of(&engine->in);
    const bool known = type == WORKER_TRUST      ? known_trust(engine, job->site, &choice)
                       : type == WORKER_PASSWORD ? known_password(engine, job->site, &choice)
                                                 : known_exists(engine, &choice);
    if (known) {
        worker_reply(engine, worker, choice,
                     type == WORKER_PASSWORD && choice ? job->site->target.password : "");
        return;
    }
    job->question = malloc(sizeof *job->question);
    if (!job->question) {
        worker->broken = true;
        engine_wake_at(engine, 0);
        return;
    }
    job->question->bytes = engine->in.bytes;
    memcpy(job->question->data, engine->in.data, engine->in.bytes);
    job->asked = false;
    worker->phase = PHASE_ASKING;
    engine->has_questions = true;
}

/* ---- the interface's answer ---- */

static void reply_to(struct engine *engine, struct engine_job *job, unsigned choice,
                     const char *text)
{
    worker_reply(engine, job->worker, choice, text);
    free(job->question);
    job->question = NULL;
}

/* To the job and all that ask the same. */
static void reply_to_all(struct engine *engine, const struct engine_job *asking, unsigned choice,
                         const char *text)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_job *job = asking_at(engine, i);
        if (job && job != asking && is_same(job, asking))
            reply_to(engine, job, choice, text);
    }
}

static unsigned take_trust(struct engine_job *job, unsigned choice)
{
    const struct trust_question question = trust_of(job->question);
    const enum trust_answer answer = choice <= TRUST_ALWAYS ? (enum trust_answer)choice : TRUST_NO;
    if (answer != TRUST_NO)
        text_copy(job->site->trusted_once, sizeof job->site->trusted_once, question.fingerprint);
    return trust_take_answer(&job->site->settings, &question, answer);
}

static unsigned take_password(struct engine_job *job, unsigned choice, const char *text)
{
    struct target *target = &job->site->target;
    wipe(target->password, sizeof target->password);
    target->has_password =
        choice == 1 && text_copy(target->password, sizeof target->password, text);
    return target->has_password;
}

static void take_exists(struct engine *engine, unsigned choice)
{
    engine->exists_for_all = (int)choice;
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_job *job = asking_at(engine, i);
        if (job && type_of(job->question) == WORKER_EXISTS)
            reply_to(engine, job, choice, "");
    }
}

bool engine_answer(struct engine *engine, engine_id id, unsigned choice, const char *text,
                   bool for_all)
{
    struct engine_job *job = job_find(engine, id);
    if (!job || !job->question || !job->worker || job->worker->phase != PHASE_ASKING)
        return false;
    const uint32_t type = type_of(job->question);
    text = text ? text : "";
    if (type == WORKER_EXISTS) {
        if (choice >= ENGINE_EXISTS_ASK)
            return false;
        if (for_all)
            take_exists(engine, choice);
        else
            reply_to(engine, job, choice, "");
        return true;
    }
    choice = type == WORKER_TRUST ? take_trust(job, choice) : take_password(job, choice, text);
    if (type == WORKER_TRUST)
        text = "";
    reply_to_all(engine, job, choice, text);
    reply_to(engine, job, choice, text);
    return true;
}
