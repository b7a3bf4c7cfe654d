/* SPDX-License-Identifier: BSD-2-Clause */
/* wardftp.h - the engine for an interface that must not wait: requests go in, events come out, and
 * worker processes do the work.  doc/engine.md explains it by an example.
 *
 * No function blocks, and none calls back but engine_dispatch().  All belong to one thread.  Paths
 * are arguments: a remote one is absolute, or relative to the directory of the log-in; a local one
 * is best absolute, since a relative one is taken from the directory that this process was in when
 * the worker began. */
#ifndef CLIENT_ENGINE_WARDFTP_H
#define CLIENT_ENGINE_WARDFTP_H

#include "client/engine/failure.h"
#include "client/engine/jobs.h"
#include "client/engine/listing.h"
#include "client/engine/plan.h"
#include "client/engine/settings.h"
#include "client/engine/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct session;

/* A request's number, from 1 and never used again; 0: none. */
typedef uint64_t engine_id;

/* What can be asked for.  All but the transfers are calls: those of one site run one after the other
 * in a session of their own, apart from the transfers. */
enum engine_op {
    ENGINE_CONNECT = 1, /* logs in, if that is not done; value: the directory of the session */
    ENGINE_NOOP,        /* keeps the session alive */
    ENGINE_CD,          /* path; value: the new directory */
    ENGINE_PWD,         /* value: the directory */
    ENGINE_LIST,        /* path; its entries in pages */
    ENGINE_STAT,        /* path; one entry in a page */
    ENGINE_MKDIR,       /* path */
    ENGINE_RMDIR,       /* path */
    ENGINE_REMOVE,      /* path of a file */
    ENGINE_REMOVE_TREE, /* path of a file or directory, with all that is in it */
    ENGINE_RENAME,      /* path, second: the new path */
    ENGINE_CHMOD,       /* path, number: the mode */
    ENGINE_SET_TIME,    /* path, number: seconds since 1970 */
    ENGINE_HASH,        /* path, number: of so many bytes, -1 all; value: "NAME HEX" */
    ENGINE_FIND,        /* path; all entries below it in pages, their names the paths from there */
    ENGINE_QUOTE,       /* path: a command line; the reply as text */
    ENGINE_PLAN,        /* path, second: source and target; what a mirror would do, in pages */
    ENGINE_GET,         /* a transfer: path, second: remote and local path */
    ENGINE_PUT,         /* path, second: local and remote path */
    ENGINE_OPS
};

/* What a transfer does where its target exists. */
enum engine_exists {
    ENGINE_EXISTS_REPLACE,
    ENGINE_EXISTS_SKIP,
    ENGINE_EXISTS_RESUME,
    ENGINE_EXISTS_NEWER,  /* replace it if the source is newer */
    ENGINE_EXISTS_SIZE,   /* replace it if its size differs */
    ENGINE_EXISTS_RENAME, /* transfer to another name, "NAME (1)" */
    ENGINE_EXISTS_ASK
};

struct engine_request {
    enum engine_op op;
    unsigned site;
    uint64_t tag; /* the interface's own */
    const char *path, *second;
    int64_t number;
    bool held; /* waits for engine_resume() */

    /* of transfers */
    enum engine_exists exists;
    bool append;
    bool resume;          /* continue what is there, if it proves to be the same */
    bool resume_part;     /* only a partial file */
    bool overwrite_links; /* see output.h */
    size_t typed;         /* bytes of the local path that the user typed, see local.h */
    /* end > 0: only these bytes of a download of known size and time, into a partial file that the
     * interface made and finishes: see output.h */
    int64_t from, end;
    int64_t total;    /* -1: unknown */
    int64_t modified; /* INT64_MIN: unknown */
    bool time_exact;

    const struct plan_options *plan; /* of ENGINE_PLAN; NULL: a download */
};

/* A request without anything unusual: all of the local path typed, nothing known. */
struct engine_request engine_request_of(enum engine_op op, unsigned site, const char *path,
                                        const char *second);

enum engine_state {
    ENGINE_WAITING,
    ENGINE_RUNNING,
    ENGINE_PAUSED,
    ENGINE_SUCCEEDED,
    ENGINE_FAILED,
    ENGINE_CANCELLED
};

enum engine_question_kind { ENGINE_ASKS_TRUST, ENGINE_ASKS_PASSWORD, ENGINE_ASKS_EXISTS };

struct engine_question {
    enum engine_question_kind kind;
    /* ENGINE_ASKS_TRUST; the choices are those of enum trust_answer */
    struct trust_question trust;
    /* ENGINE_ASKS_PASSWORD; choices: 0 none, 1 the text */
    const char *host, *user;
    unsigned attempt; /* from 1 */
    /* ENGINE_ASKS_EXISTS; choices: those of enum engine_exists but the last */
    const char *path;
    int64_t source_size, source_modified, target_size, target_modified;
};

enum engine_event_kind {
    ENGINE_EVENT_STATE,    /* state: waiting, running or paused */
    ENGINE_EVENT_PROGRESS, /* total, start, done, moved */
    ENGINE_EVENT_TRACE,    /* direction, text */
    ENGINE_EVENT_NOTE,     /* text */
    ENGINE_EVENT_WAIT,     /* text: what takes long; value: of which path; elapsed_ms */
    ENGINE_EVENT_PAGE,     /* entries: see engine_next_item() */
    ENGINE_EVENT_REPLY,    /* code, text: a piece of the server's reply */
    ENGINE_EVENT_QUESTION, /* question; waits for engine_answer() */
    ENGINE_EVENT_END       /* state; the numbers, value, failure; the request is over */
};

/* Of a page. */
enum engine_page {
    ENGINE_PAGE_ENTRIES = 1,
    ENGINE_PAGE_RAW,   /* lines of a listing that were not understood */
    ENGINE_PAGE_MAKE,  /* of a plan: directories to make, parents first */
    ENGINE_PAGE_COPY,  /* files to copy */
    ENGINE_PAGE_DELETE /* what to delete, directories after their contents */
};

struct engine_event {
    enum engine_event_kind kind;
    engine_id id;
    uint64_t tag;
    enum engine_op op;
    unsigned site;
    unsigned slot; /* of the worker: below ENGINE_SLOTS, for a line of progress of its own */
    enum engine_state state;
    int64_t total, start, done, moved, elapsed_ms, number;
    unsigned features; /* ENGINE_EVENT_END: of the server, see session.h */
    int code;
    char direction;
    bool skipped;    /* ENGINE_EVENT_END: a file was there, and stays */
    bool no_session; /* ENGINE_EVENT_END: there was none, nor is there for the site's others */
    bool doubtful;   /* ENGINE_EVENT_END of a listing or plan: it may be incomplete */
    bool moves_on;   /* ENGINE_EVENT_STATE: it waits again for another session */
    enum engine_page page;
    const void *items; /* for engine_next_item() */
    size_t items_bytes;
    const char *text, *value;
    const struct engine_question *question;
    const struct failure *failure; /* NULL: none */
};

/* One item of a page.  Its texts live as long as the event. */
struct engine_item {
    struct entry entry;
    const char *other; /* ENGINE_PAGE_COPY: the target */
    size_t typed;
    bool resume, overwrite_links;
};
/* The item at *at, from 0; false after the last one. */
bool engine_next_item(const struct engine_event *event, size_t *at, struct engine_item *item);

enum { ENGINE_SLOTS = 128, ENGINE_PARALLEL_MAX = 64 };

struct engine_options {
    unsigned parallel;  /* transfers at once, 1 to ENGINE_PARALLEL_MAX; 0: 1 */
    int64_t rate;       /* bytes a second of all transfers; 0: no limit */
    bool keep_sessions; /* of transfers, after the last one, for the next */
    bool keep_failed;   /* failed transfers stay for engine_retry() */
    bool asks_trust;    /* the interface answers such questions; else the answer is no */
    bool asks_password;
    bool asks_exists; /* else ENGINE_EXISTS_ASK is ENGINE_EXISTS_SKIP */
    bool trace;       /* ENGINE_EVENT_TRACE */
    void *context;
    void (*event)(void *context, const struct engine_event *event);
};

/* NULL: no memory, or no descriptors. */
struct engine *engine_new(const struct engine_options *options);
/* Kills what still runs; takes a tenth of a second at most.  Takes NULL.  Not from an event. */
void engine_free(struct engine *engine);

/* Readable when engine_dispatch() has something to do; for poll, epoll or select. */
int engine_fd(const struct engine *engine);
/* Handles what has come, a bounded amount, and starts what can start. */
void engine_dispatch(struct engine *engine);

/* A server with an account.  target and settings are copied; what settings points to must stay.
 * Its callbacks are not used: there are events.  -ENOMEM, or the number of the site. */
int engine_add_site(struct engine *engine, const struct target *target,
                    const struct settings *settings);
/* Gives a session to the site's first transfer worker, so that it needs no log-in of its own; remote
 * paths of transfers are taken from its directory.  *session must stay until that worker has started,
 * and is then closed here without a QUIT. */
void engine_lend_session(struct engine *engine, unsigned site, struct session *session);
/* Ends the site's idle sessions; busy ones end when they are idle. */
void engine_disconnect(struct engine *engine, unsigned site);

/* Adds a request at the end of the queue: its id, or 0 for ENOMEM, E2BIG or EINVAL in errno. */
engine_id engine_submit(struct engine *engine, const struct engine_request *request);

/* Each of these is false where there is no such request, or it is in no state for that. */
/* Ends a request: its ENGINE_EVENT_END follows within 100 ms, whatever its worker hangs in. */
bool engine_cancel(struct engine *engine, engine_id id);
/* A running transfer stops, and can be resumed. */
bool engine_pause(struct engine *engine, engine_id id);
bool engine_resume(struct engine *engine, engine_id id);
/* A failed transfer waits again. */
bool engine_retry(struct engine *engine, engine_id id);
/* A failed transfer is forgotten. */
bool engine_forget(struct engine *engine, engine_id id);
/* Moves it before another one of the queue, or to the end (0). */
bool engine_move(struct engine *engine, engine_id id, engine_id before);
/* Answers its question.  text: the password; for_all: all later files that exist, too. */
bool engine_answer(struct engine *engine, engine_id id, unsigned choice, const char *text,
                   bool for_all);

void engine_set_parallel(struct engine *engine, unsigned parallel);
void engine_set_rate(struct engine *engine, int64_t rate);

/* Cancels all requests.  gently: a transfer gets grace_ms to leave a file that can be resumed. */
void engine_stop(struct engine *engine, int grace_ms);

/* Is there a request that has not ended?  Failed ones have. */
bool engine_has_requests(const struct engine *engine);
/* The same, or a worker that has not ended: the sessions of calls stay until engine_disconnect(). */
bool engine_is_busy(const struct engine *engine);

/* The transfers in order, the failed ones last. */
struct engine_job_view {
    engine_id id;
    const struct engine_request *request;
    enum engine_state state;
    int64_t total, done;
    const struct failure *failure; /* NULL: none */
};
/* The one behind *cursor (NULL: the first), which stays valid until the next change; false: there is
 * none. */
bool engine_next_job(const struct engine *engine, const void **cursor,
                     struct engine_job_view *view);
/* That of a site; the password is not for display. */
const struct target *engine_site_target(const struct engine *engine, unsigned site);

#endif
