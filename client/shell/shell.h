/* SPDX-License-Identifier: BSD-2-Clause */
/* shell.h - the commands of the shell and of scripts: one table, one context. */
#ifndef CLIENT_SHELL_SHELL_H
#define CLIENT_SHELL_SHELL_H

#include "client/shell/report.h"
#include "client/engine/session.h"
#include "client/engine/steady.h"
#include "client/engine/transfer.h"
#include "client/shell/tokens.h"

#include <limits.h>
#include <stdbool.h>

struct shell {
    struct settings settings;
    struct session session;
    struct report report;
    struct steady steady;
    bool interactive;
    bool leave;                      /* bye */
    unsigned commands;               /* run so far */
    bool replace_all;                /* the user said so for this command */
    unsigned parallel;               /* files at once */
    int password_fd;                 /* -1: none */
    const char *netrc_file;          /* NULL: none */
    char previous[TARGET_PATH_SIZE]; /* for cd - */
    char start_directory[PATH_MAX];  /* the local one; empty: unknown */
};

void shell_init(struct shell *shell);
void shell_free(struct shell *shell);

enum complete {
    COMPLETE_NONE,
    COMPLETE_REMOTE,
    COMPLETE_REMOTE_DIRECTORY,
    COMPLETE_LOCAL,
    COMPLETE_VERB
};

enum { VERB_OFFLINE = 1 << 0 };

struct verb {
    const char *name;
    const char *aliases; /* separated by blanks, or NULL */
    enum outcome (*run)(struct shell *shell, const struct tokens *tokens);
    size_t least, most; /* arguments, without the verb */
    unsigned flags;
    enum complete complete[2]; /* of the first and of later arguments */
    const char *usage, *help;
};

/* By name or alias; NULL: none. */
const struct verb *verb_find(const char *name);
const struct verb *verb_at(size_t i); /* NULL beyond the last */

/* Runs one split command; its failure is reported. */
enum outcome shell_run(struct shell *shell, const struct tokens *tokens);
/* Runs all commands of a text; stops at the first failure unless interactive.  script: the name of
 * the file that it is from, for messages; NULL: none. */
enum outcome shell_run_text(struct shell *shell, const char *text, const char *script);

/* Connects and logs in if needed, and returns to the last directory. */
enum outcome shell_ensure(struct shell *shell);
/* Sets the target: nothing is connected yet. */
void shell_target(struct shell *shell, const struct target *target);

/* Reports a failure that no session call has reported. */
enum outcome shell_fail(struct shell *shell, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One transfer with retries and reports. */
enum outcome shell_transfer(struct shell *shell, const struct job *job);

/* The interactive loop on the terminal. */
enum outcome shell_interact(struct shell *shell);

/* Handlers, by file. */
enum outcome verb_open(struct shell *, const struct tokens *);
enum outcome verb_user(struct shell *, const struct tokens *);
enum outcome verb_close(struct shell *, const struct tokens *);
enum outcome verb_bye(struct shell *, const struct tokens *);
enum outcome verb_status(struct shell *, const struct tokens *);
enum outcome verb_help(struct shell *, const struct tokens *);
enum outcome verb_passive(struct shell *, const struct tokens *);
enum outcome verb_active(struct shell *, const struct tokens *);
enum outcome verb_ascii(struct shell *, const struct tokens *);
enum outcome verb_binary(struct shell *, const struct tokens *);
enum outcome verb_set(struct shell *, const struct tokens *);
enum outcome verb_type(struct shell *, const struct tokens *);
enum outcome verb_quote(struct shell *, const struct tokens *);
enum outcome verb_site(struct shell *, const struct tokens *);

enum outcome verb_ls(struct shell *, const struct tokens *);
enum outcome verb_nlist(struct shell *, const struct tokens *);
enum outcome verb_cd(struct shell *, const struct tokens *);
enum outcome verb_pwd(struct shell *, const struct tokens *);
enum outcome verb_lcd(struct shell *, const struct tokens *);
enum outcome verb_lpwd(struct shell *, const struct tokens *);
enum outcome verb_rm(struct shell *, const struct tokens *);
enum outcome verb_rmdir(struct shell *, const struct tokens *);
enum outcome verb_mkdir(struct shell *, const struct tokens *);
enum outcome verb_ren(struct shell *, const struct tokens *);
enum outcome verb_chmod(struct shell *, const struct tokens *);
enum outcome verb_stat(struct shell *, const struct tokens *);
enum outcome verb_hash(struct shell *, const struct tokens *);
enum outcome verb_verify(struct shell *, const struct tokens *);

enum outcome verb_get(struct shell *, const struct tokens *);
enum outcome verb_reget(struct shell *, const struct tokens *);
enum outcome verb_put(struct shell *, const struct tokens *);
enum outcome verb_reput(struct shell *, const struct tokens *);
enum outcome verb_append(struct shell *, const struct tokens *);
enum outcome verb_mget(struct shell *, const struct tokens *);
enum outcome verb_mput(struct shell *, const struct tokens *);
enum outcome verb_cat(struct shell *, const struct tokens *);
enum outcome verb_page(struct shell *, const struct tokens *);
enum outcome verb_edit(struct shell *, const struct tokens *);
enum outcome verb_mirror(struct shell *, const struct tokens *);

#endif
