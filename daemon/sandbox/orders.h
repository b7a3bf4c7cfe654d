/* orders.h - what a role program is told of its own confinement: one sealed
 * memfd at FD_ORDERS, made by the master, mapped by each program before it
 * confines itself.
 *
 * A program links neither the table of roles nor libseccomp: names, ids,
 * limits and finished filters come with the orders.  They hold no secret. */
#ifndef SANDBOX_ORDERS_H
#define SANDBOX_ORDERS_H

#include "daemon/roles.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CALLS_MAX = 512,     /* system calls whose names are known: enough for this machine's last one */
    CALL_NAME_SIZE = 32, /* with its NUL */
    ROLE_NAME_SIZE = 16, /* with its NUL: what prctl(PR_SET_NAME) takes */
    BORDERS_MAX = 32,
};

/* A limit that the row leaves to the system. */
#define LIMIT_UNTOUCHED (UINT64_MAX - 1)

/* Where a filter's instructions begin in `code`, and how many there are; none: 0. */
struct filter_place {
    uint32_t at, count;
};

/* One role's row of roles.c, with all that depends on this machine worked out. */
struct role_orders {
    char name[ROLE_NAME_SIZE];
    uint32_t uid, gid;                            /* 0: a role that keeps what it has */
    uint64_t capabilities;                        /* a bit for each that it keeps */
    uint64_t nofile, nproc, fsize, memlock, data; /* limits; LIMIT_UNTOUCHED, or RLIM_INFINITY */
    uint32_t files;                               /* enum role_files */
    uint32_t network;                             /* enum role_network */
    uint32_t empty_root;                          /* 0 or 1 */
    uint32_t reserved;
    struct filter_place filter; /* its own list; a zygote's child: the difference to the zygote's */
    struct filter_place ids;    /* to which ids it may change: a JAIL before the log-in */
};

struct orders {
    uint64_t size; /* of the whole image */
    /* The master's numbers of the borders (program/borders.h).  A program looks at
     * these before anything else, so their place never changes. */
    uint64_t borders[BORDERS_MAX];
    struct role_ids ids; /* the daemon's own accounts */
    uint32_t passing
        [2]; /* two uids that the filter of ids lets through: JAIL proves by them that it can't change */
    uint32_t strict;  /* 1: filters refuse; 0: they report (sandbox = report) */
    uint32_t as_root; /* 0: wardftpd -t by somebody else: ids, root and capabilities stay as they are */
    struct role_orders roles[ROLES];
    char calls[CALLS_MAX][CALL_NAME_SIZE]; /* by number; empty: unknown */
    uint32_t code_count;
    uint32_t reserved;
    struct sock_filter code[];
};

/* Maps the image for the life of the process and keeps it as this process'
 * orders.  It must be sealed, of these borders (bits of enum border), and whole.
 * False with errno: EBADMSG, it is not an image of ours; EPROTO, it is of
 * another build, and orders_strange_border() names the border. */
bool orders_open(int fd, uint32_t borders);

/* The first border that differs, after orders_open() has failed with EPROTO. */
const char *orders_strange_border(void);

/* The orders of this process; orders_open() has succeeded. */
const struct orders *orders(void);

/* The name of a system call, or "?"; allocates nothing, so that a signal handler may ask. */
const char *orders_call_name(int number);

#endif
