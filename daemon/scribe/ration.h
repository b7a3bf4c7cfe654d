/* SPDX-License-Identifier: BSD-2-Clause */
/* ration.h - limits how many records of each kind a session and an address may
 * log.  A taken NET must not fill the disk; an honest session never reaches the
 * limit (measured: doc/faults.md).
 *
 * Each ration is a bucket of `burst` records, refilled at `per_second`.  Records
 * beyond it are counted, and one line reports the count. */
#ifndef SCRIBE_RATION_H
#define SCRIBE_RATION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_kind {
    RECORD_PRESENCE, /* connect, leave */
    RECORD_LOGIN,
    RECORD_LOGIN_REFUSED,
    RECORD_REFUSED, /* a connection that the master refused */
    RECORD_TLS,
    RECORD_TRANSFER, /* NET reports: transfers, listings, refused commands */
    RECORD_CHANGE,   /* JAIL reports: a ration of its own, so that a taken NET can't use it up */
    RECORD_FAILED,   /* data connections and handshakes */
    RECORD_NOTE,     /* a note of the session's own processes */
    RECORD_COMMAND,  /* the same at level debug: commands of the client */
    RECORD_ABOUT,    /* a note of a shared process about the session */
    RECORD_KINDS,
};

struct ration {
    int64_t full_at_us; /* when the bucket will be full; in the past: it is full */
    uint64_t left_out;
};

struct rations {
    struct ration of[RECORD_KINDS];
    struct ration bytes; /* of long lines */
    bool left_out;       /* a count is not zero */
};

/* May a session log one more record of this kind?  Counts the record as left out if not. */
bool ration_session(struct rations *rations, enum record_kind kind, int64_t now_ms);

/* The same for a shared process's own notes. */
bool ration_shared(struct rations *rations, enum record_kind kind, int64_t now_ms);

/* May a line of a session be longer than LINE_SHORT bytes?  If not, its path is shortened. */
enum { LINE_SHORT = 1024 };
bool ration_long_line(struct rations *rations, size_t bytes, int64_t now_ms);

/* The same for all sessions of an address. */
bool ration_of_address(struct rations *rations, enum record_kind kind, int64_t now_ms);

/* Is every bucket full and every count reported?  Then the entry can be dropped. */
bool rations_are_full(const struct rations *rations, int64_t now_ms);

/* Writes "12 transfers, 3 notes" for what was left out and resets the counts.  False: nothing
 * was. */
enum { LEFT_OUT_ROOM = 480 };
bool rations_take_left_out(struct rations *rations, char text[LEFT_OUT_ROOM]);

/* ---- by address (IPv6: its /64) ---- */

struct address_rations;

/* The table of addresses; bounded.  NULL: no memory. */
struct address_rations *address_rations_new(void);
bool ration_address(struct address_rations *table, const struct sockaddr_storage *peer,
                    enum record_kind kind, int64_t now_ms);

typedef void left_out_report(void *context, const struct sockaddr_storage *peer,
                             const char *left_out);

/* Calls report for each address with records left out, and drops those whose buckets are full.
 * peer is NULL for the addresses that had no room in the table. */
void address_rations_report(struct address_rations *table, int64_t now_ms, left_out_report *report,
                            void *context);

#endif
