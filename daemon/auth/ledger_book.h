/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger_book.h - the ledgers of all homes, and the file that keeps them if auth
 * dies.
 *
 * A ledger has a place of fixed size in the file and is written there before a
 * grant is answered, with one pwrite(2) and no sync: a kill loses nothing, a crash
 * of the machine may.  So a record is valid only within the boot in which it was
 * written (its checksum covers the boot id); after a reboot the files are counted
 * again.
 *
 * When a master dies, its auth goes on without granting anything until its last
 * session has ended, and holds the lock of the file until then.  Its leases may be
 * open that long, and no home with such a lease is counted. */
#ifndef AUTH_LEDGER_BOOK_H
#define AUTH_LEDGER_BOOK_H

#include "daemon/auth/ledger.h"

enum { LEDGERS_MAX = 65536, LEDGER_BUCKETS = 4096 };

struct ledger_book {
    int fd;                    /* -1: nothing is kept */
    bool locked;               /* no earlier auth is running */
    bool ended;                /* nothing more is written */
    bool failing;              /* the last write: said once */
    uint64_t boot;             /* random if the kernel's is not known; then no record is valid */
    struct ledger **at;        /* by place; NULL: free */
    size_t cursor;             /* where the search for a free place begins */
    struct hash_table ledgers; /* by key */
    struct hash_node *buckets[LEDGER_BUCKETS];
};

void ledger_book_init(struct ledger_book *book);

/* The kernel's boot_id; owns fd.  Must come before the file. */
void ledger_book_take_boot(struct ledger_book *book, int fd);

/* The file: owns fd and reads it. */
void ledger_book_take_file(struct ledger_book *book, int fd);

/* Another auth uses the file from now on: nothing more is written; the lock stays. */
void ledger_book_end(struct ledger_book *book);

/* A successor uses the file: as above, and the lock is given up. */
void ledger_book_release(struct ledger_book *book);

/* In the successor: a ledger as the predecessor had it, but for its sessions.  False: it can't be. */
bool ledger_book_adopt(struct ledger_book *book, const struct ledger *known);
/* The ledger of this key, or NULL. */
struct ledger *ledger_book_find(struct ledger_book *book, const struct ledger_key *key);

struct ledger_key ledger_key_of(const char *home);

/* The ledger of a home, created if necessary.  NULL: no memory, or all places are used. */
struct ledger *ledger_book_get(struct ledger_book *book, const struct ledger_key *key);

/* Writes a ledger to the file. */
void ledger_book_keep(struct ledger_book *book, const struct ledger *ledger);

/* Has every earlier auth ended? */
bool ledger_book_is_ours(struct ledger_book *book);

#endif
