/* SPDX-License-Identifier: BSD-2-Clause */
/* shell.h - the commands of the shell and of scripts: one table, one context. */
#ifndef CLIENT_SHELL_SHELL_H
#define CLIENT_SHELL_SHELL_H

#include "client/shell/report.h"
#include "client/engine/session.h"
#include "client/engine/steady.h"
#include "client/engine/transfer.h"
#include "client/shell/flags.h"
#include "client/shell/tokens.h"

#include <limits.h>
#include <stdbool.h>

struct aliases {
    struct alias {
        char *name, *text;
    } * alias;
    size_t count, room;
};

/* Processes that work in the background; see background.h. */
struct background {
    struct background_job {
        pid_t pid;
        int channel; /* ends with the process */
        unsigned number;
        char *text;
        bool queue; /* it runs the queue */
    } * job;
    size_t count, room;
    enum outcome first; /* the first outcome that was a failure */
    bool warned;        /* the user wanted to leave, and knows of them */
};

struct shell {
    struct settings settings;
    struct session session;
    struct report report;
    struct steady steady;
    bool interactive;
    bool leave;                   /* bye */
    int exit_code;                /* of `exit CODE`; -1: that of the last command */
    unsigned commands;            /* run so far */
    const struct flags *flags;    /* the options of the command that runs */
    bool piped;                   /* its output goes to a program or file */
    bool configuring;             /* it is in the configuration file */
    bool replace_all, prompt_all; /* the user said "all" to a question of this command */
    bool messages;                /* show the server's greeting and its texts for people */
    bool prompt;                  /* ask before each file of mget, mput and mdelete */
    enum { STOP_AUTO, STOP_YES, STOP_NO } stop_on_error;    /* auto: yes in scripts */
    enum two_words { WORDS_RENAME, WORDS_FILES } two_words; /* what get A B means */
    struct aliases aliases;
    char charset[32]; /* of settings.charset; empty: UTF-8 */
    struct background background;
    struct jobs *queueing;             /* transfers are put there; NULL: they run */
    struct queue_status *queue_status; /* shared with the process that runs the queue */
    bool queue_stopped;                /* the user said so */
    bool detached;                     /* it is one of the background: it has no terminal */
    char config_directory[PATH_MAX];   /* empty: none */
    unsigned parallel;                 /* files at once */
    struct proxy proxy;                /* settings.proxy, if there is one */
    char no_proxy[1024];
    int password_fd;                 /* -1: none */
    const char *netrc_file;          /* NULL: none */
    char previous[TARGET_PATH_SIZE]; /* for cd - */
    char previous_local[PATH_MAX];   /* for lcd - */
    char start_directory[PATH_MAX];  /* the local one; empty: unknown */

    /* shows the last lines of the history, or clears it; NULL outside of a terminal */
    void (*history)(struct shell *shell, bool clear, unsigned count);
    void *terminal;
};

void shell_init(struct shell *shell);
void shell_free(struct shell *shell);

enum complete {
    COMPLETE_NONE,
    COMPLETE_REMOTE,
    COMPLETE_REMOTE_DIRECTORY,
    COMPLETE_LOCAL,
    COMPLETE_LOCAL_DIRECTORY,
    COMPLETE_REMOTE_OR_LOCAL, /* the first of them that has a match */
    COMPLETE_LOCAL_OR_REMOTE,
    COMPLETE_VERB,
    COMPLETE_SITE, /* a bookmark */
    COMPLETE_SETTING
};

enum { VERB_OFFLINE = 1 << 0, VERB_CONFIG = 1 << 1 };

struct verb {
    const char *name;
    const char *aliases; /* separated by blanks, or NULL */
    enum outcome (*run)(struct shell *shell, const struct tokens *tokens);
    size_t least, most; /* arguments, without the verb */
    unsigned flags;
    const char *options; /* see flags.h; NULL: it reads its own */
    const char *usage, *help;
    enum complete complete[2]; /* of the first and of later arguments */
};

/* By name or alias; NULL: none. */
const struct verb *verb_find(const char *name);
const struct verb *verb_at(size_t i); /* NULL beyond the last */

/* Runs one command, without a report of its failure. */
enum outcome verb_run(struct shell *shell, struct tokens *tokens);
/* Runs one command, its words split; its failure is reported.  A tilde in the words is replaced. */
enum outcome shell_run(struct shell *shell, struct tokens *tokens);
/* Runs all commands of a text; a failure ends it if errors do (`set stop-on-error`).  script: the
 * name of the file that it is from, for messages; NULL: none. */
enum outcome shell_run_text(struct shell *shell, const char *text, const char *script);
/* The same for a file; "-" is standard input. */
enum outcome shell_run_file(struct shell *shell, const char *name);

/* Connects and logs in if needed, and returns to the last directory. */
enum outcome shell_ensure(struct shell *shell);
/* Sets the target: nothing is connected yet. */
void shell_target(struct shell *shell, const struct target *target);

/* Sets the character set of names at the server; "UTF-8" or "": none.  False: it is unknown. */
bool shell_set_charset(struct shell *shell, const char *name);
/* Shows the protocol, or doesn't. */
void shell_set_verbose(struct shell *shell, bool verbose);
/* Takes a text that the server has for people; context is the shell. */
void shell_message(void *context, const char *text);

/* Reports a failure that no session call has reported. */
enum outcome shell_fail(struct shell *shell, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One transfer with retries and reports. */
enum outcome shell_transfer(struct shell *shell, const struct job *job);

/* The interactive loop on the terminal. */
enum outcome shell_interact(struct shell *shell);

/* "VERB PATH"; a refusal names the path and the reason. */
enum outcome shell_ask(struct shell *shell, const char *verb, const char *path);

/* The handlers. */
#define VERB(name, aliases, function, least, most, flags, first, rest, options, usage, help)       \
    enum outcome verb_##function(struct shell *, const struct tokens *);
#include "client/shell/verbs.def"
#undef VERB

#endif
