/* SPDX-License-Identifier: BSD-2-Clause */
/* protocol.h - what the engine and its worker processes say to each other: one struct in one
 * datagram, and behind some of them NUL-ended texts, or the entries of a page.
 *
 * A worker parses what a server sends, so its messages are checked as those of an attacker:
 * message_check() before anything is used.  The worker checks as well. */
#ifndef CLIENT_ENGINE_PROTOCOL_H
#define CLIENT_ENGINE_PROTOCOL_H

#include "client/engine/wardftp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MESSAGE_MAX = 64 * 1024,
    MESSAGE_TEXT_MAX = 4096,                     /* of one text, with its NUL */
    ORDER_TEXTS_MAX = 2 + 2 * PLAN_PATTERNS_MAX, /* two paths, and patterns */
    PAGE_BODY_MAX = 32 * 1024,
    REPLY_PIECE = 3000 /* bytes of a reply in one message */
};

/* What a worker does, as the engine sees it.  In each phase some messages may come. */
enum phase {
    PHASE_IDLE = 1 << 0,
    PHASE_BUSY = 1 << 1,   /* it has an order */
    PHASE_ASKING = 1 << 2, /* and waits for an answer */
    PHASE_ENDING = 1 << 3  /* it is to say QUIT and to end */
};

/*      message          number  struct             texts: least and most   phases */
/* clang-format off */
#define WORKER_MESSAGES(ROW)                                                            \
    ROW(WORKER_PROGRESS,  1, message_progress, 0, 0, PHASE_BUSY)                         \
    ROW(WORKER_TRACE,     2, message_trace,    1, 1, PHASE_BUSY | PHASE_ENDING)          \
    ROW(WORKER_NOTE,      3, message_head,     1, 1, PHASE_BUSY)                         \
    ROW(WORKER_WAIT,      4, message_wait,     2, 2, PHASE_BUSY)                         \
    ROW(WORKER_PAGE,      5, message_page,     0, 0, PHASE_BUSY)                         \
    ROW(WORKER_REPLY,     6, message_reply,    1, 1, PHASE_BUSY)                         \
    ROW(WORKER_TRUST,     7, message_trust,    4, 4, PHASE_BUSY)                         \
    ROW(WORKER_PASSWORD,  8, message_password, 0, 0, PHASE_BUSY)                         \
    ROW(WORKER_EXISTS,    9, message_exists,   0, 0, PHASE_BUSY)                         \
    ROW(WORKER_DONE,     10, message_done,     2, 2, PHASE_BUSY)

/* To a worker: its own phase. */
#define ENGINE_MESSAGES(ROW)                                                            \
    ROW(ENGINE_ORDER,     1, message_order,    2, ORDER_TEXTS_MAX, PHASE_IDLE)           \
    ROW(ENGINE_ANSWER,    2, message_answer,   1, 1, PHASE_ASKING)                       \
    ROW(ENGINE_STOP,      3, message_head,     0, 0, PHASE_IDLE | PHASE_BUSY | PHASE_ASKING)
/* clang-format on */

#define MESSAGE_NUMBER(name, number, type, least, most, phases) name = (number),
enum worker_message { WORKER_MESSAGES(MESSAGE_NUMBER) };
enum engine_message { ENGINE_MESSAGES(MESSAGE_NUMBER) };

struct message_head {
    uint32_t type;
    uint32_t serial; /* of the order that it belongs to */
    uint32_t texts;  /* behind the struct */
    uint32_t reserved;
};

struct message_progress {
    struct message_head head;
    int64_t total; /* -1: unknown */
    int64_t start, done, moved;
};

struct message_trace { /* text: the line */
    struct message_head head;
    uint32_t direction; /* '>', '<' or '*' */
    uint32_t reserved;
};

struct message_wait { /* texts: what takes long, and its path */
    struct message_head head;
    int64_t ms;
};

struct message_page {
    struct message_head head;
    uint32_t kind;  /* enum engine_page */
    uint32_t count; /* page_entries that follow, each with its texts */
};

enum page_flag {
    ENTRY_TIME_EXACT = 1 << 0,
    ENTRY_IS_LINK = 1 << 1,
    ENTRY_RESUMES = 1 << 2,
    ENTRY_OVERWRITES_LINKS = 1 << 3,
    ENTRY_FLAGS = (1 << 4) - 1
};

struct page_entry { /* then four texts, each with a NUL: name, other, owner, group */
    int64_t size, modified;
    int64_t typed; /* of ENGINE_PAGE_COPY, see local.h; -1: all */
    int32_t grain;
    int32_t mode;
    uint16_t name_bytes, other_bytes; /* without their NULs */
    uint8_t owner_bytes, group_bytes;
    uint8_t flags; /* enum page_flag */
    uint8_t type;  /* enum entry_type */
};

struct message_reply { /* text: a piece of the server's reply */
    struct message_head head;
    uint32_t code;
    uint32_t reserved;
};

struct message_trust { /* texts: as in trust_question */
    struct message_head head;
    uint32_t strict;
    uint32_t reserved;
};

struct message_password {
    struct message_head head;
    uint32_t attempt; /* from 1 */
    uint32_t reserved;
};

struct message_exists { /* -1, INT64_MIN: unknown */
    struct message_head head;
    int64_t source_size, source_modified, target_size, target_modified;
};

enum done_flag {
    DONE_NO_PLACE = 1 << 0,   /* the server takes no session more: let another one do it */
    DONE_NO_SESSION = 1 << 1, /* the session could not be opened */
    DONE_SKIPPED = 1 << 2,    /* a file was there, and stays */
    DONE_DOUBTFUL = 1 << 3,   /* of a listing or plan: it may be incomplete */
    DONE_FLAGS = (1 << 4) - 1
};

struct message_done { /* texts: of the failure, and the result */
    struct message_head head;
    int32_t outcome;
    int32_t code; /* of the failure */
    uint32_t flags;
    uint32_t features; /* of the server, as far as known */
    int64_t start, done, moved, elapsed_ms;
    int64_t number; /* a result */
};

enum order_flag {
    ORDER_YIELDS = 1 << 0, /* if the server is full, another session takes the job */
    ORDER_RESUME = 1 << 1,
    ORDER_RESUME_PART = 1 << 2,
    ORDER_APPEND = 1 << 3,
    ORDER_OVERWRITE_LINKS = 1 << 4,
    ORDER_TIME_EXACT = 1 << 5,
    ORDER_TRACES = 1 << 6,
    ORDER_ASKS_PASSWORD = 1 << 7,
    ORDER_HAS_FELLOW = 1 << 8, /* there is one: so if this one cannot be opened, too */
    ORDER_FLAGS = (1 << 9) - 1
};

/* The booleans of struct plan_options. */
enum plan_flag {
    PLAN_UPLOAD = 1 << 0,
    PLAN_DELETE_EXTRA = 1 << 1,
    PLAN_ONLY_NEWER = 1 << 2,
    PLAN_RESUME = 1 << 3,
    PLAN_CHECKSUM = 1 << 4,
    PLAN_SIZE_ONLY = 1 << 5,
    PLAN_OVERWRITE_LINKS = 1 << 6,
    PLAN_EVERYTHING = 1 << 7,
    PLAN_UNTYPED = 1 << 8,
    PLAN_FLAGS = (1 << 9) - 1
};

struct message_order { /* texts: two paths, then patterns */
    struct message_head head;
    uint32_t op;
    uint32_t flags;    /* enum order_flag */
    uint32_t exists;   /* enum engine_exists */
    uint32_t plan;     /* enum plan_flag */
    uint32_t includes; /* of the texts behind the paths; the others are excludes */
    uint32_t reserved;
    int64_t typed; /* -1: all */
    int64_t total, modified, number;
    int64_t from, end; /* end > 0: only these bytes of a download */
};

struct message_answer { /* text: the password */
    struct message_head head;
    uint32_t choice;
    uint32_t reserved;
};

/* Why a message is refused, or NULL: type, exact size, phase, bounds of each field.  Pure. */
const char *worker_message_check(const void *message, size_t n, unsigned phase);
const char *engine_message_check(const void *message, size_t n, unsigned phase);

/* Text i of a checked message. */
const char *message_text(const void *message, size_t struct_bytes, unsigned i);

/* A message with its texts, to be sent whole. */
struct message_buffer {
    size_t bytes;
    _Alignas(8) char data[MESSAGE_MAX];
};
/* Copies the struct; its head.texts is counted by message_add. */
void message_begin(struct message_buffer *buffer, const void *message, size_t n);
/* False: the text is too long, or there is no room. */
bool message_add(struct message_buffer *buffer, const char *text);

/* Adds an item to a page that message_begin() began: false where it is full. */
bool page_add(struct message_buffer *buffer, const struct engine_item *item);
/* The item at *at (from 0) of a checked page, and moves on; false at the end. */
bool page_next(const void *message, size_t n, size_t *at, struct engine_item *item);

#endif
