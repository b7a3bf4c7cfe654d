/* SPDX-License-Identifier: BSD-2-Clause */
/* run.h - declarations shared by the files of wardftpd-run. */
#ifndef RUN_H
#define RUN_H

#include "tools/stream/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct settings {
    const char *socket;
    const char *state;  /* the file of the position; NULL: none */
    uint32_t events;    /* EVENT_BITs */
    bool incomplete;    /* also transfers that failed */
    unsigned at_once;   /* commands */
    unsigned tries;     /* of each */
    unsigned timeout_s; /* 0: none */
    char *const *command;
};

enum { JOBS_MAX = 1000 };

/* A command that is to run, runs, or has failed and waits. */
struct job {
    struct job *next;
    char **environment;     /* the event's, in the form NAME=value; ended by NULL */
    struct position before; /* to continue after, to see this event again; no run: none is known */
    bool gap;
    unsigned tries; /* so far */
    int64_t due_ms;
    pid_t pid;       /* 0: it does not run */
    int64_t kill_ms; /* INT64_MAX: never */
    bool terminated;
};

struct jobs {
    const struct settings *settings;
    struct job *first, **end; /* in the order of their events */
    size_t count, running;
};

/* environment.c.  NULL: no memory. */
char **environment_of(const struct stream_event *event, const char *reason);
void environment_free(char **environment);

/* jobs.c */
void jobs_init(struct jobs *jobs, const struct settings *settings);
/* Adds a job; takes environment.  False: no memory. */
bool jobs_add(struct jobs *jobs, char **environment, const struct position *before, bool gap);
/* A gap that no command has begun to handle covers the next one. */
bool jobs_have_waiting_gap(const struct jobs *jobs);
/* Starts what is due, ends what takes too long.  starts: false while the program ends. */
void jobs_run(struct jobs *jobs, int64_t now_ms, bool starts);
/* Takes the results of commands that have ended. */
void jobs_reap(struct jobs *jobs, int64_t now_ms);
/* Milliseconds until jobs_run() is needed; -1: until something happens. */
int64_t jobs_wait(const struct jobs *jobs, int64_t now_ms, bool starts);
/* Sends a signal to all that run. */
void jobs_signal(struct jobs *jobs, int number);
/* The position that is safe to continue after: of the oldest job that is not done, or `last`. */
struct position jobs_position(const struct jobs *jobs, const struct position *last);

/* state.c.  Without a file, or with one that is damaged, the position is unknown. */
struct position state_read(const char *path);
/* Replaces the file.  False: errno, said on standard error. */
bool state_write(const char *path, const struct position *position);

/* main.c: to standard error; unprintable bytes are escaped. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
