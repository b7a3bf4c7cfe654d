/* SPDX-License-Identifier: BSD-2-Clause */
/* orders.h - what a role program needs to confine itself: one sealed memfd at
 * FD_ORDERS, made by the master, mapped by each program at its start.
 *
 * A program links neither the table of roles nor libseccomp: names, ids,
 * limits and finished filters are in the orders.  They contain no secret. */
#ifndef SANDBOX_ORDERS_H
#define SANDBOX_ORDERS_H

#include "daemon/roles.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CALLS_MAX = 512,     /* system calls with a known name, by number */
    CALL_NAME_SIZE = 32, /* with its NUL */
    ROLE_NAME_SIZE = 16, /* with its NUL, as for prctl(PR_SET_NAME) */
    BORDERS_MAX = 32,
};

/* A limit that stays as the system has it. */
#define LIMIT_UNTOUCHED (UINT64_MAX - 1)

/* The index of a filter's first instruction in `code`, and their number; 0: no filter. */
struct filter_place {
    uint32_t at, count;
};

/* A row of roles.c, with everything that depends on this machine resolved. */
struct role_orders {
    char name[ROLE_NAME_SIZE];
    uint32_t uid, gid;                            /* 0: the role keeps its ids */
    uint64_t capabilities;                        /* a bit for each that it keeps */
    uint64_t nofile, nproc, fsize, memlock, data; /* limits; LIMIT_UNTOUCHED, or RLIM_INFINITY */
    uint32_t files;                               /* enum role_files */
    uint32_t network;                             /* enum role_network */
    uint32_t empty_root;                          /* 0 or 1 */
    uint32_t is_root;                             /* 0 or 1 */
    /* its own list; for a zygote's child the difference from the zygote's */
    struct filter_place filter;
    struct filter_place ids; /* the ids that it may take: a JAIL before the log-in */
};

struct orders {
    uint64_t size; /* of the whole image */
    /* The master's numbers of the borders (program/borders.h).  A program looks at
     * these before anything else, so their place never changes. */
    uint64_t borders[BORDERS_MAX];
    struct role_ids ids; /* the daemon's own accounts */
    /* two uids that the filter of ids allows: JAIL tries them to prove that it can't change its
     * uid */
    uint32_t passing[2];
    uint32_t strict; /* 1: filters refuse; 0: they report (sandbox = report) */
    /* 0: wardftpd -t by another user: ids, root and capabilities stay as they are */
    uint32_t as_root;
    struct role_orders roles[ROLES];
    char calls[CALLS_MAX][CALL_NAME_SIZE]; /* by number; empty: unknown */
    uint32_t code_count;
    uint32_t reserved;
    struct sock_filter code[];
};

/* Maps the image for the life of the process as its orders.  It must be sealed
 * and complete, and have these borders (bits of enum border).
 * False with errno: EBADMSG, it is no such image; EPROTO, it is from
 * another build, and orders_strange_border() names the border. */
bool orders_open(int fd, uint32_t borders);

/* The first border that differs, after orders_open() has failed with EPROTO. */
const char *orders_strange_border(void);

/* The orders of this process; orders_open() has succeeded. */
const struct orders *orders(void);

/* The name of a system call, or "?"; can be called in a signal handler. */
const char *orders_call_name(int number);

#endif
