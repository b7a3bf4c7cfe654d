/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - the state of metrics, and the functions that its files share. */
#ifndef METRICS_STATE_H
#define METRICS_STATE_H

#include "daemon/config/config.h"
#include "daemon/metrics/request.h"
#include "daemon/protocol/control.h"
#include "daemon/protocol/from_master.h"

#include <stdbool.h>
#include <stdint.h>

enum { SCRAPERS_MAX = 8, HEADERS_ROOM = 512 };

/* The source of an epoll event. */
enum { FROM_THE_MASTER, FROM_THE_LISTENER, FIRST_SCRAPER };

enum scraper_state {
    SCRAPER_ASKS,  /* its request has not come whole */
    SCRAPER_WAITS, /* for the master's numbers */
    SCRAPER_READS, /* the answer is being sent */
    SCRAPER_ENDS,  /* all is sent: it is to close the connection */
};

/* One connection, for one request. */
struct scraper {
    int fd; /* -1: free */
    enum scraper_state state;
    int64_t until_ms;  /* the connection is closed then */
    int64_t since_ms;  /* accepted */
    bool open_metrics; /* what it accepts */
    size_t received;
    size_t length, sent; /* of the answer */
    char request[REQUEST_ROOM];
    char answer[HEADERS_ROOM + METRICS_TEXT_ROOM];
};

struct metrics_server {
    struct config *config;
    int epoll;
    int listener; /* -1: the master has not sent it yet */
    bool asked;   /* the master, which has not answered */
    int64_t answered_ms;
    struct control_metrics last; /* of the master */
    struct scraper scrapers[SCRAPERS_MAX];
};

/* scrapers.c */
void scrapers_accept(struct metrics_server *server);
void scraper_serve(struct metrics_server *server, struct scraper *scraper);
/* The master has answered. */
void scrapers_answer(struct metrics_server *server);
/* Ends those whose time is over.  Returns the milliseconds to the next such moment; -1: none. */
int scrapers_tick(struct metrics_server *server, int64_t now);

#endif
