/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - the state of events; private to daemon/events/. */
#ifndef EVENTS_STATE_H
#define EVENTS_STATE_H

#include "daemon/config/config.h"
#include "daemon/events/ring.h"
#include "daemon/protocol/to_events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    READERS_MAX = 16,
    READER_LINE_ROOM = 128, /* of the one line that a reader sends */
    READER_OUT_ROOM = 65536,
    RUN_ROOM = 17, /* hex digits */
};

struct reader {
    int fd; /* -1: a free place */
    bool asked;
    bool writes;        /* it is watched for room */
    bool input_ended;   /* it may have closed its side */
    int64_t since_ms;   /* when it connected, or last took bytes */
    uint64_t next;      /* the event that comes next */
    uint64_t total;     /* how many those before it count as ... */
    bool has_total;     /* ... if that is known */
    size_t line_length; /* of what it has sent so far */
    char line[READER_LINE_ROOM];
    size_t at, length; /* of out: what is still to be sent */
    char out[READER_OUT_ROOM];
};

/* What an epoll event is about; a reader is FIRST_READER and its index. */
enum source { MASTER, LINK, LISTENER, FIRST_READER };

struct events {
    struct config *config;
    int epoll;
    int listener; /* -1: none yet */
    int link;     /* from the scribe; -1: none */
    bool linked;  /* there was one */
    bool master_gone;
    int64_t
        ends_ms; /* master and scribe are gone: until when readers may take the rest; 0: not yet */
    char run[RUN_ROOM]; /* of this process: numbers begin again with each */
    struct ring ring;
    struct reader readers[READERS_MAX];
};

/* run.c */
bool events_watch(const struct events *events, int fd, uint32_t whom, uint32_t what);

/* record.c: a line of our own, "gap" or "retired", as the next event. */
void record_gap(struct events *events, enum gap_reason reason, uint64_t lost);
void record_retired(struct events *events);
/* The scribe's lines, each as an event. */
void record_lines(struct events *events, const char *lines);
/* A line that is not an event, with the number of one: {"run":...,"number":...,"event":WORD}. */
size_t record_own(const struct events *events, const char *word, uint64_t number,
                  enum gap_reason reason, uint64_t lost, char *to, size_t room);

/* hand.c: sends everything to the successor, and exits; reads everything from the predecessor. */
_Noreturn void events_hand_over(const struct events *events);
void events_take_over(struct events *events, int channel);

/* readers.c */
/* A predecessor's reader is in its place: watches it. */
void reader_adopted(struct events *events, struct reader *reader);
void readers_init(struct events *events);
void readers_accept(struct events *events);
void reader_serve(struct events *events, struct reader *reader, uint32_t what);
/* New events have come. */
void readers_wake(struct events *events);
/* Ends those that say nothing.  Milliseconds until the next is due; -1: none is. */
int readers_tick(struct events *events, int64_t now);
bool readers_are_served(const struct events *events);

#endif
