/* SPDX-License-Identifier: BSD-2-Clause */
/* import.h - wardftpd-import: the configuration of another server, as one of wardftpd.
 *
 * A peer's options are rows of a table (vsftpd.def, proftpd.def, pureftpd.def): what the manual says of
 * them is printed from the same rows.  Reads the administrator's bytes; opens the named files only, and
 * writes to standard output. */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { IMPORT_TEXT_ROOM = 1024 };

/* What becomes of a value. */
enum how {
    NONE,     /* nothing: the remark says where to look instead */
    SAME,     /* nothing: the remark says why */
    LATER,    /* a key that several options give (compose.c) */
    COPY,     /* the key gets it */
    YES,      /* ... as yes or no */
    NOT,      /* ... as no or yes */
    IF_YES,   /* if it is yes, the key gets the row's value; without a key: NONE */
    IF_NO,    /* the same for no */
    COUNT_OF, /* a number; 0, without a limit: the row's value */
    MINUTES,
    FIRST_WORD,
    FIRST_NUMBER, /* before the row's value, a separator */
    SECOND_NUMBER,
    SECOND_MEGABYTES,
    RANGE,         /* two numbers */
    BANDWIDTH,     /* kilobytes a second, "up:down" or one for both; the key ends in up and down */
    TRANSFER_RATE, /* "RETR,APPE kilobytes": likewise */
    SIZE,          /* "100 Mb" */
    UMASKS,        /* "133:022": of files and of directories */
    MODE,          /* without its leading 0 */
    PATTERNS,      /* "{*.mp3,.private}" */
    HOME,          /* $USER is the user's name */
    FULL_PATH,     /* an absolute path, without variables */
    BIND,          /* "127.0.0.1,21" */
    ALTLOG,
    XFERLOG,
    TLS_COPY, /* if TLS is on */
    GUESTS,   /* yes: [anonymous] */
    GUESTS_NOT
};

struct peer_option {
    const char *name;
    /* the peer's default, where it isn't wardftpd's: counts if the option is not set; NULL: it is */
    const char *unset;
    enum how how;
    const char *section, *key; /* NULL: none */
    const char *value;         /* for some of enum how */
    const char *remark;        /* NONE, SAME: see there; otherwise what differs, or empty */
};

/* Where a line is.  Only ProFTPD has sections. */
enum place { PLACE_SERVER, PLACE_GUESTS, PLACE_LIMIT, PLACE_OTHER };

struct line {
    const char *file; /* its name without directories */
    unsigned number;  /* 0: the file is one option */
    enum place place;
    char name[128];
    char value[IMPORT_TEXT_ROOM];
    char around[128]; /* PLACE_LIMIT, PLACE_OTHER: "<Limit WRITE>" */
    struct line *next;
};

struct import;

struct peer {
    const char *name;  /* --from takes it */
    const char *title; /* for people */
    const struct peer_option *options;
    size_t option_count;
    bool (*read)(struct import *import, const char *path);
    void (*compose)(struct import *import);
};

extern const struct peer peer_vsftpd, peer_proftpd, peer_pureftpd;

struct import {
    const struct peer *peer;
    struct line *first, *last;
    struct setting *settings; /* output.c */
    struct note *notes;
    bool guests;     /* there are some */
    bool tls;        /* it is on */
    unsigned faults; /* lines that were not understood, or values that wardftpd does not take */
};

/* read.c.  False: a file can't be read, said. */
bool read_vsftpd(struct import *import, const char *path);
bool read_proftpd(struct import *import, const char *path);
bool read_pureftpd(struct import *import, const char *path);

/* compose.c: options that make a key together. */
void compose_vsftpd(struct import *import);
void compose_proftpd(struct import *import);
void compose_pureftpd(struct import *import);

/* The last line that sets an option in the server itself, and its value; NULL: none. */
const struct line *given_line(const struct import *import, const char *name);
const char *given(const struct import *import, const char *name);

/* convert.c: applies the rows to all lines, and to what is not set. */
void convert(struct import *import);
bool is_yes(const char *value);

/* output.c.  line NULL: the peer's default, from.  The remark may be empty.  What wardftpd would not take
 * becomes a comment. */
void set_key(struct import *import, const char *section, const char *key, const char *value,
             const struct line *line, const struct peer_option *from, const char *remark);
enum note_kind { NOTE_NONE, NOTE_SAME, NOTE_UNKNOWN, NOTE_KINDS };
void add_note(struct import *import, enum note_kind kind, const struct line *line,
              const char *remark);
/* False: it can't be written. */
bool write_output(const struct import *import, FILE *to);

/* table.c: the peer's options as a table of Markdown. */
void print_table(const struct peer *peer, FILE *to);

/* Ends the program where there is no memory. */
void *grab(size_t size);

#endif
