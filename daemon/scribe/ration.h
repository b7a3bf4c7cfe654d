/* ration.h - how much of each kind of record a session, and an address, may
 * have written.  A taken NET must not fill the disk; an honest session never
 * reaches its ration (measured: doc/faults.md).
 *
 * Each ration is a bucket that holds `burst` records and gets `per_second` of
 * them back.  What is left out is counted, and told in one line. */
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
    RECORD_REFUSED, /* a connection, by the master */
    RECORD_TRANSFER,
    RECORD_NOTE,    /* of the session's own processes */
    RECORD_COMMAND, /* the same at level debug: the client's lines */
    RECORD_ABOUT,   /* a shared process says something of the session */
    RECORD_KINDS,
};

struct ration {
    int64_t full_at_us; /* when the bucket is full again; in the past: it is */
    uint64_t left_out;
};

struct rations {
    struct ration of[RECORD_KINDS];
    struct ration bytes; /* of long lines */
    bool left_out;       /* something, and no line tells of it yet */
};

/* Room in a session's ration for one more record of this kind?  Counts it as left out where there is none. */
bool ration_session(struct rations *rations, enum record_kind kind, int64_t now_ms);

/* A shared process' own notes. */
bool ration_shared(struct rations *rations, enum record_kind kind, int64_t now_ms);

/* May a line of a session be longer than LINE_SHORT bytes?  Paths are shortened, never left out, for their length. */
enum { LINE_SHORT = 1024 };
bool ration_long_line(struct rations *rations, size_t bytes, int64_t now_ms);

/* The same for all sessions of an address. */
bool ration_of_address(struct rations *rations, enum record_kind kind, int64_t now_ms);

/* Is every bucket full, and nothing left to tell?  Then they can be forgotten. */
bool rations_are_full(const struct rations *rations, int64_t now_ms);

/* "12 transfers, 3 notes" of what was left out, and counts from zero; false: nothing was. */
enum { LEFT_OUT_ROOM = 320 };
bool rations_take_left_out(struct rations *rations, char text[LEFT_OUT_ROOM]);

/* ---- by address (IPv6: its /64) ---- */

struct address_rations;

/* The table of addresses; bounded.  NULL: no memory. */
struct address_rations *address_rations_new(void);
bool ration_address(struct address_rations *table, const struct sockaddr_storage *peer, enum record_kind kind,
                    int64_t now_ms);

typedef void left_out_teller(void *context, const struct sockaddr_storage *peer, const char *left_out);

/* Calls tell for each address of which something was left out, and forgets those whose buckets are full.  peer is
 * NULL for the addresses that the table had no room for. */
void address_rations_tell(struct address_rations *table, int64_t now_ms, left_out_teller *tell,
                          void *context);

#endif
