/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger_book.c - runs in auth: the table of ledgers, and their file, which the
 * master opened.  Records in the file are valid if their checksums are right. */
#include "daemon/auth/ledger_book.h"

#include "common/text.h"
#include "daemon/auth/key.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BOOT_ROOM = 64, RECORDS_AT_ONCE = 256 };

/* The number per page, so that no record is on two pages. */
struct record {
    uint64_t key[2];
    uint64_t used_bytes, used_files;
    uint64_t leased_bytes, leased_files;
    int64_t counted_ms;
    uint32_t known, stale;
    uint64_t reserved[7];
    uint64_t sum;
};
_Static_assert(sizeof(struct record) == 128, "a page is full of records");

static uint64_t sum_of(const struct ledger_book *book, const struct record *record)
{
    return key_sum(book->boot, record, offsetof(struct record, sum));
}

void ledger_book_init(struct ledger_book *book)
{
    *book = (struct ledger_book){ .fd = -1, .boot = key_secret() };
    book->at = calloc(LEDGERS_MAX, sizeof(struct ledger *));
    if (!book->at)
        die("auth: no memory for the ledgers of quotas");
    hash_table_init(&book->ledgers, book->buckets, LEDGER_BUCKETS);
}

void ledger_book_take_boot(struct ledger_book *book, int fd)
{
    char text[BOOT_ROOM];
    const ssize_t n = pread(fd, text, sizeof text, 0);
    close(fd);
    if (n > 0)
        book->boot = key_sum(0, text, (size_t)n);
    else
        log_note(LOG_LEVEL_WARNING, "the kernel's boot_id can't be read: quotas are counted again");
}

struct ledger_key ledger_key_of(const char *home)
{
    size_t n = strlen(home);
    while (n > 1 && home[n - 1] == '/')
        n--;
    return (struct ledger_key){ { key_sum(1, home, n), key_sum(2, home, n) } };
}

static bool is_of(const void *entry, const void *key)
{
    const struct ledger *ledger = entry;
    return memcmp(&ledger->key, key, sizeof ledger->key) == 0;
}

static struct ledger *find(struct ledger_book *book, const struct ledger_key *key)
{
    return hash_table_find(&book->ledgers, key->sum[0], is_of, key);
}

static struct ledger *add(struct ledger_book *book, const struct ledger_key *key, size_t slot)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return NULL;
    ledger->key = *key;
    ledger->slot = slot;
    hash_table_add(&book->ledgers, &ledger->node, key->sum[0]);
    book->at[slot] = ledger;
    return ledger;
}

static void forget(struct ledger_book *book, struct ledger *ledger)
{
    hash_table_remove(&book->ledgers, &ledger->node);
    book->at[ledger->slot] = NULL;
    free(ledger);
}

static bool is_idle(const struct ledger *ledger)
{
    return ledger->sessions == 0 && ledger->leases == 0 && !ledger->held && !ledger->counting;
}

/* The next free place, or that of a home that is not in use: its files are counted
 * when it is used again. */
static bool find_place(struct ledger_book *book, size_t *slot)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < LEDGERS_MAX; i++) {
            *slot = (book->cursor + i) % LEDGERS_MAX;
            if (pass == 1 && book->at[*slot] && is_idle(book->at[*slot]))
                forget(book, book->at[*slot]);
            if (!book->at[*slot]) {
                book->cursor = *slot + 1;
                return true;
            }
        }
    }
    return false;
}

static void complain(struct ledger_book *book, bool failed, int error)
{
    if (failed && !book->failing)
        log_note(LOG_LEVEL_ERROR, "quotas cannot be written: %s", strerror(error));
    if (!failed && book->failing)
        log_note(LOG_LEVEL_INFO, "quotas are written again");
    book->failing = failed;
}

void ledger_book_keep(struct ledger_book *book, const struct ledger *ledger)
{
    struct record record = {
        .key = { ledger->key.sum[0], ledger->key.sum[1] },
        .used_bytes = ledger->used.bytes,
        .used_files = ledger->used.files,
        .leased_bytes = ledger->leased.bytes,
        .leased_files = ledger->leased.files,
        .counted_ms = ledger->counted_ms,
        .known = ledger->known,
        .stale = ledger->stale,
    };
    if (book->fd < 0 || book->ended)
        return;
    record.sum = sum_of(book, &record);
    const ssize_t n =
        pwrite(book->fd, &record, sizeof record, (off_t)(ledger->slot * sizeof record));
    complain(book, n != (ssize_t)sizeof record, errno);
}

struct ledger *ledger_book_get(struct ledger_book *book, const struct ledger_key *key)
{
    struct ledger *ledger = find(book, key);
    size_t slot;
    if (ledger || !find_place(book, &slot))
        return ledger;
    ledger = add(book, key, slot);
    /* overwrites the record in the file */
    if (ledger)
        ledger_book_keep(book, ledger);
    return ledger;
}

static void take_record(struct ledger_book *book, const struct record *record, size_t slot)
{
    const struct ledger_key key = { { record->key[0], record->key[1] } };
    if (record->sum != sum_of(book, record) || !record->known || find(book, &key))
        return;
    struct ledger *ledger = add(book, &key, slot);
    /* no memory: counted again */
    if (!ledger)
        return;
    ledger->used = (struct ledger_amount){ record->used_bytes, record->used_files };
    ledger->leased = (struct ledger_amount){ record->leased_bytes, record->leased_files };
    ledger->counted_ms = record->counted_ms;
    ledger->known = true;
    ledger->stale = record->stale != 0;
    ledger_take_over(ledger);
}

static size_t read_all(struct ledger_book *book)
{
    static struct record records[RECORDS_AT_ONCE];
    size_t slot = 0;
    while (slot < LEDGERS_MAX) {
        const ssize_t n = pread(book->fd, records, sizeof records, (off_t)(slot * sizeof *records));
        if (n < (ssize_t)sizeof *records)
            break;
        for (size_t i = 0; i < (size_t)n / sizeof *records && slot < LEDGERS_MAX; i++)
            take_record(book, &records[i], slot++);
    }
    return slot;
}

static bool others_may_write(int fd)
{
    struct stat about;
    return fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_mode & (S_IWGRP | S_IWOTH);
}

void ledger_book_take_file(struct ledger_book *book, int fd)
{
    if (book->fd >= 0 || others_may_write(fd)) {
        log_note(LOG_LEVEL_ERROR, "the file of quotas is not used: others may write to it");
        close(fd);
        return;
    }
    book->fd = fd;
    book->cursor = read_all(book);
    if (!ledger_book_is_ours(book))
        log_note(LOG_LEVEL_INFO, "sessions of an earlier daemon are still running");
}

/* The lock belongs to the open file: it ends with its last holder, however that exits. */
bool ledger_book_is_ours(struct ledger_book *book)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
    if (!book->locked)
        book->locked = book->fd < 0 || fcntl(book->fd, F_OFD_SETLK, &lock) == 0;
    return book->locked;
}

void ledger_book_end(struct ledger_book *book)
{
    book->ended = true;
}

void ledger_book_release(struct ledger_book *book)
{
    ledger_book_end(book);
    if (book->fd >= 0)
        close(book->fd);
    book->fd = -1;
}

struct ledger *ledger_book_find(struct ledger_book *book, const struct ledger_key *key)
{
    return find(book, key);
}

bool ledger_book_adopt(struct ledger_book *book, const struct ledger *known)
{
    if (known->slot >= LEDGERS_MAX || book->at[known->slot] || find(book, &known->key))
        return false;
    struct ledger *ledger = add(book, &known->key, known->slot);
    if (!ledger)
        return false;
    const struct hash_node node = ledger->node;
    *ledger = *known;
    ledger->node = node;
    return true;
}
