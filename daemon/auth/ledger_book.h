/* ledger_book.h - the ledgers of all homes, and the file that keeps them over
 * the death of an auth.
 *
 * A ledger has a place of fixed size in the file and is written there before
 * anybody hears of a grant, by one pwrite(2) without a sync: a kill loses
 * nothing of it, a crash of the machine may.  So a record is believed only
 * within the boot that it was written in, as its sum covers the boot's number;
 * in another one the files are counted anew.
 *
 * When a master dies, its auth serves on without granting anything, until its
 * last session has ended; so long it holds the lock of the file.  Leases that it
 * gave may be out as long, and no home that has one is counted. */
#ifndef AUTH_LEDGER_BOOK_H
#define AUTH_LEDGER_BOOK_H

#include "daemon/auth/ledger.h"

enum { LEDGERS_MOST = 65536, LEDGER_BUCKETS = 4096 };

struct ledger_book {
    int fd;             /* -1: nothing is kept */
    bool locked;        /* no earlier auth lives */
    bool ended;         /* nothing is written any more */
    bool failing;       /* the last write: said once */
    uint64_t boot;      /* random where the kernel's is not known: then nothing is believed */
    struct ledger **at; /* by place; NULL: free */
    size_t cursor;      /* where the next free place is looked for */
    struct ledger *buckets[LEDGER_BUCKETS];
};

void ledger_book_init(struct ledger_book *book);

/* The kernel's boot_id; takes fd over.  Comes before the file. */
void ledger_book_take_boot(struct ledger_book *book, int fd);

/* The file: takes fd over and reads it. */
void ledger_book_take_file(struct ledger_book *book, int fd);

/* Another auth may have the file from now on: nothing more is written, the lock stays. */
void ledger_book_end(struct ledger_book *book);

struct ledger_key ledger_key_of(const char *home);

/* The ledger of a home, made where there is none.  NULL: no memory, or all places are of homes in use. */
struct ledger *ledger_book_get(struct ledger_book *book, const struct ledger_key *key);

/* Writes a ledger down. */
void ledger_book_keep(struct ledger_book *book, const struct ledger *ledger);

/* Has every earlier auth ended? */
bool ledger_book_is_ours(struct ledger_book *book);

#endif
