/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h - `wardftp check`: a conformance and security report of a server. */
#ifndef CLIENT_CHECK_CHECK_H
#define CLIENT_CHECK_CHECK_H

#include "client/engine/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum verdict {
    VERDICT_UNKNOWN, /* not offered, or it could not be observed */
    VERDICT_PASS,
    VERDICT_DIFFERS, /* allowed, but not as most servers or wardftpd do it */
    VERDICT_FAIL
};

/* What a check needs before it can run. */
enum need { NEED_NOTHING, NEED_TLS, NEED_LOGIN, NEED_FILE, NEED_SECURED, NEED_WRITE, NEED_ALWAYS };

enum check_index {
#define CHECK(section, name, need, reference, text) CHECK_##name,
#include "client/check/checks.def"
#undef CHECK
    CHECK_COUNT
};

enum {
    EXIT_FAILED = 1, /* at least one row failed */
    WHY_SIZE = 200,
    FEATURES_SIZE = 8192,
    FETCH_MAX = 4 * 1024 * 1024 /* of a file or listing that is read */
};

struct result {
    enum verdict verdict;
    char why[WHY_SIZE];
};

struct check {
    struct target target;
    struct settings settings; /* of sessions that log in */
    struct settings bare;     /* of those that don't: any certificate will do */
    struct session main;      /* logged in */
    struct session other;     /* for one check */
    bool json, help, try_login;
    unsigned timeout_s, duration_s;
    int password_fd;           /* -1: none */
    const char *netrc, *write; /* write: the directory of --write; NULL: reading only */

    struct result results[CHECK_COUNT];
    struct result *now;
    bool offers_tls, refused; /* refused: the log-in, which is not tried again */
    unsigned log_ins;
    enum outcome log_in;              /* of the first */
    char features[FEATURES_SIZE];     /* FEAT's lines, joined by LF */
    char file[TARGET_PATH_SIZE];      /* one to read; empty: none found */
    char directory[TARGET_PATH_SIZE]; /* below --write, made by us; empty: none */
    char *bytes;                      /* the last download: FETCH_MAX */
    size_t n;                         /* of them */
    bool begun;                       /* there was a 1xx reply */
    bool clean;                       /* it ended in order, over TLS by close_notify */
    bool more;                        /* it was longer, and was aborted */
};

/* Sets the verdict of the current check.  The text is escaped. */
void said(struct check *check, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* FAIL, with the failure of the session: the connection was lost, or no reply came. */
void said_failure(struct check *check, const struct session *session);
/* The same with its last reply. */
void said_reply(struct check *check, enum verdict verdict, const struct session *session);
/* Is the command unknown to the server?  Then the verdict is "not offered". */
bool said_missing(struct check *check, const struct session *session);
/* Sends a command and receives its final reply; false after said_failure(). */
bool ask(struct check *check, struct session *session, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, and the reply decides: PASS where it is a or b. */
void expect(struct check *check, struct session *session, int a, int b, const char *command);

/* Has FEAT this name? */
bool offered(const struct check *check, const char *name);

/* connect.c: check->other, closed first.  False after said_failure(). */
bool open_bare(struct check *check);   /* the TCP connection only: the greeting is not read */
bool open_plain(struct check *check);  /* and the greeting; with ftps, over TLS */
bool open_tls(struct check *check);    /* with TLS */
bool open_second(struct check *check); /* logged in */
bool open_main(struct check *check);   /* check->main, if it is not open */

/* transfer.c: a download into check->bytes.  The outcome is the engine's; the session has the
 * reply. */
enum outcome fetch(struct check *check, struct session *session, int64_t restart, const char *verb,
                   const char *argument);
enum outcome store(struct session *session, int64_t restart, const char *verb, const char *name,
                   const char *bytes, size_t n);
/* A file that can be read: its name in check->file, or an empty one. */
void find_file(struct check *check);

/* write.c: check->directory, and a file in it. */
void make_directory(struct check *check);

/* options.c: false with a message on standard error. */
bool check_options(struct check *check, int argc, char **argv);
void check_usage(FILE *to);

/* stop.c: bounds each check, and lets Ctrl-C end the run.  The descriptor for the engine, or -1. */
int stop_init(void);
void stop_arm(unsigned seconds);
bool stop_wanted(void); /* Ctrl-C */

/* report.c: prints it; the exit code. */
int check_report(const struct check *check);

/* check.c: argv[0] is "check".  The exit code. */
int check_main(int argc, char **argv);

/* The functions of the table. */
#define CHECK(section, name, need, reference, text) void check_##name(struct check *check);
#include "client/check/checks.def"
#undef CHECK

#endif
