/* SPDX-License-Identifier: BSD-2-Clause */
/* engine.h - what the parts of the engine share: sites, requests, workers.  Nothing here belongs to
 * an interface; that is in wardftp.h. */
#ifndef CLIENT_ENGINE_ENGINE_H
#define CLIENT_ENGINE_ENGINE_H

#include "client/engine/protocol.h"
#include "client/engine/session.h"
#include "client/engine/worker.h"

#include <sys/types.h>

enum { SITES_MAX = 10000, CANCEL_GRACE_MS = 50, PAUSE_GRACE_MS = 3000, QUIT_GRACE_MS = 10000 };

/* Calls and transfers of a site have workers of their own. */
enum lane { LANE_CALLS, LANE_TRANSFERS };

struct engine_site {
    unsigned number;
    struct target target;
    struct settings settings;
    char directory[TARGET_PATH_SIZE]; /* where transfers are; empty: that of the log-in */
    struct session *lent;             /* for the first transfer worker; NULL: none */
    bool was_open;                    /* some session was */
    unsigned limit;                   /* sessions that the server allows; 0: not known */
    bool disconnects;                 /* its idle sessions are to end */
    char trusted_once[TLS_FINGERPRINT_SIZE];
};

enum stop { STOP_NOT, STOP_CANCEL, STOP_PAUSE };

struct engine_job {
    engine_id id;
    struct engine_request request; /* its texts are those below */
    enum lane lane;
    struct engine_site *site;
    enum engine_state state;
    enum stop stop; /* the stop that was sent */
    struct engine_worker *worker;
    unsigned losses; /* workers that died with it */
    unsigned moves;  /* sessions that had no place for it */
    int64_t total, done;
    struct failure *failure;         /* owned; of a failed one */
    struct message_buffer *question; /* owned; not answered yet; NULL: none */
    bool asked;                      /* it was put to the interface */
    bool site_failed;
    size_t bytes;
    unsigned includes, excludes, plan_flags;
    char *texts; /* owned: two paths and patterns, each with its NUL */
    size_t texts_bytes;
    struct job_list *list;
    struct engine_job *before, *after; /* in the list */
};

struct job_list {
    struct engine_job *first, *last;
};

struct engine_worker {
    pid_t pid; /* 0: the slot is free */
    int fd;
    bool broken; /* it takes no messages: to be killed */
    bool dead;   /* killed, or its channel has ended: to be reaped */
    unsigned slot;
    struct engine_site *site;
    enum lane lane;
    unsigned phase; /* enum phase */
    struct engine_job *job;
    uint32_t serial;
    bool yields;     /* said so in its last order */
    bool opened;     /* it has a session */
    int64_t kill_ms; /* when it is killed unless it is ready; 0: not */
};

struct engine {
    struct engine_options options;
    int poll_fd, timer_fd;
    int64_t armed_ms; /* of the timer; 0: not armed */
    engine_id last_id;
    size_t bytes; /* of all requests, bounded */
    struct engine_site **sites;
    unsigned site_count;
    struct job_list calls, queue, failed;
    struct job_list ended; /* whose end is to be reported */
    bool has_questions;
    int exists_for_all; /* enum engine_exists; -1: none was chosen */
    struct worker_shared *shared;
    struct engine_worker workers[ENGINE_SLOTS];
    struct message_buffer in, out;
};

/* ---- engine.c ---- */

void engine_wake_at(struct engine *engine, int64_t at_ms); /* 0: as soon as possible */

/* ---- engine_jobs.c: lists, and what becomes of a request ---- */

void list_add(struct job_list *list, struct engine_job *job);
void list_add_before(struct job_list *list, struct engine_job *job, struct engine_job *next);
void list_take_out(struct engine_job *job);
struct engine_job *job_find(const struct engine *engine, engine_id id);
void job_free(struct engine *engine, struct engine_job *job);

/* An event of a job (NULL: none), with the fields that all have. */
struct engine_event event_of(const struct engine_job *job, enum engine_event_kind kind);
void engine_tell(const struct engine *engine, const struct engine_event *event);
void job_set_state(struct engine *engine, struct engine_job *job, enum engine_state state);
/* Its worker no longer has it: it waits again, or is paused. */
void job_move_on(struct engine *engine, struct engine_job *job, enum engine_state state,
                 const struct failure *failure);
/* Takes it off its list and reports the end; the job is gone afterwards, or among the failed. */
void job_end(struct engine *engine, struct engine_job *job, struct engine_event *event);
void job_fail(struct engine *engine, struct engine_job *job, const struct failure *failure);
void job_end_cancelled(struct engine *engine, struct engine_job *job);

/* ---- engine_workers.c ---- */

/* Gives waiting requests to idle workers, starts and ends workers. */
void workers_pump(struct engine *engine);
void worker_end(struct engine_worker *worker); /* it says QUIT */
/* Kills it at once; its job is left to the caller. */
void worker_kill(struct engine *engine, struct engine_worker *worker);
void worker_stop(struct engine *engine, struct engine_worker *worker, enum stop stop, int grace_ms);
void worker_reply(struct engine *engine, struct engine_worker *worker, unsigned choice,
                  const char *text);
/* Kills those whose time is over, and reaps the dead; the next time to look, or 0. */
int64_t workers_watch(struct engine *engine);
void worker_lost(struct engine *engine, struct engine_worker *worker, const char *why);
/* Is there another session of the site, or (unless opened) an attempt at one, which could take the
 * worker's job? */
bool worker_has_fellow(const struct engine *engine, const struct engine_worker *worker,
                       bool opened);
/* Live workers of a lane; of one site, or of all (NULL). */
unsigned workers_count(const struct engine *engine, const struct engine_site *site, enum lane lane);

/* ---- engine_messages.c: what a worker says ---- */

void worker_hear(struct engine *engine, struct engine_worker *worker);

/* ---- engine_questions.c ---- */

/* The question in engine->in: answers it, or asks the interface. */
void question_take(struct engine *engine, struct engine_worker *worker);
/* Puts those to the interface that are open and not asked yet. */
void questions_review(struct engine *engine);

#endif
