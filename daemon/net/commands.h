/* commands.h - the one table of commands.  Dispatch, HELP, SITE HELP and FEAT
 * are read off it, so that none promises what another does not do (law R1). */
#ifndef NET_COMMANDS_H
#define NET_COMMANDS_H

#include "daemon/net/session.h"

#include <stddef.h>

/* What must follow the verb; the dispatcher sees to it before a handler runs. */
enum argument_kind {
    ARG_NONE,
    ARG_TEXT,       /* something */
    ARG_MAYBE,      /* something or nothing */
    ARG_PATH,       /* a path: .path is absolute, in s->path */
    ARG_MAYBE_PATH, /* a path, or the current directory */
    ARG_NUMBER,     /* 0..INT64_MAX */
};

/* What must be so, and what is special. */
enum command_flag {
    USER_IN = 1 << 0,    /* logged in; else 530 */
    DATA_SET = 1 << 1,   /* PASV, EPSV, PORT or EPRT came before; else 425 */
    AT_ONCE = 1 << 2,    /* answered during a transfer (law D4) */
    INTERRUPTS = 1 << 3, /* heard during any long request */
    SECRET = 1 << 4, /* the argument is never logged, and wiped (law L6): an unknown SITE may be SITE PSWD */
    KEEPS_RNFR = 1 << 5, /* does not part RNFR from its RNTO */
    TLS_ONLY = 1 << 6,   /* shown where TLS is to be had */
    REFUSED = 1 << 7,    /* known, and not implemented: not in HELP */
    TRIMS = 1 << 8,      /* blanks behind the argument, which is neither a name nor a secret, are ignored */
    READS = 1 << 9,      /* of a path: "~" stands for the home where there is no such name (law N7) */
};

struct argument {
    const char *text; /* in the line: valid until the handler first waits; "" where nothing came */
    size_t length;
    uint64_t number;
    const char *path; /* valid until the next command */
};

struct command {
    const char *verb; /* "RETR"; "SITE CHMOD" and "OPTS HASH" are commands of their own */
    enum step (*run)(struct session *s, const struct argument *argument);
    enum argument_kind argument;
    unsigned flags;      /* enum command_flag */
    const char *syntax;  /* of the argument, for HELP */
    const char *source;  /* the RFC section; the drafts and customs that have none by name */
    const char *feature; /* FEAT line; NULL: none.  More of it from .more */
    void (*more)(const struct session *s, char *to, size_t room); /* the rest of the FEAT line */
};

extern const struct command commands[];
extern const size_t command_count;

/* The command of a line's first word (and second, after SITE and OPTS), in any
 * case; *rest is what follows.  NULL: there is none. */
const struct command *command_find(const char *line, const char **rest);

/* Runs the line that is ready in s->in. */
enum step commands_run(struct session *s);

/* Runs the lines that may be answered while s->transfer.busy. */
void commands_at_once(struct session *s);

/* The handlers, by file. */
typedef enum step command_handler(struct session *s, const struct argument *argument);

/* cmd_login.c */
command_handler cmd_user, cmd_pass, cmd_acct, cmd_rein, cmd_quit, cmd_host;
/* cmd_security.c */
command_handler cmd_auth, cmd_pbsz, cmd_prot, cmd_ccc;
/* cmd_session.c */
command_handler cmd_syst, cmd_feat, cmd_help, cmd_noop, cmd_opts, cmd_opts_utf8, cmd_opts_mlst, cmd_opts_hash,
    cmd_clnt, cmd_csid, cmd_lang, cmd_stat, cmd_type, cmd_mode, cmd_stru, cmd_smnt, cmd_site, cmd_site_help,
    cmd_site_idle;
/* cmd_directory.c */
command_handler cmd_pwd, cmd_cwd, cmd_cdup, cmd_mkd, cmd_rmd;
/* cmd_file.c */
command_handler cmd_size, cmd_mdtm, cmd_mfmt, cmd_mff, cmd_dele, cmd_rnfr, cmd_rnto, cmd_rest, cmd_site_chmod,
    cmd_site_utime, cmd_site_umask;
/* cmd_room.c */
command_handler cmd_allo, cmd_avbl, cmd_site_quota;
/* cmd_hash.c */
command_handler cmd_hash, cmd_rang, cmd_xcrc, cmd_xmd5, cmd_xsha1, cmd_xsha256, cmd_xsha512;
/* cmd_transfer.c */
command_handler cmd_retr, cmd_stor, cmd_appe, cmd_stou, cmd_abor;
/* cmd_list.c */
command_handler cmd_list, cmd_nlst, cmd_mlsd, cmd_mlst;
/* cmd_data.c */
command_handler cmd_pasv, cmd_epsv, cmd_port, cmd_eprt;

/* What the FEAT lines of MLST and HASH go on with: cmd_session.c, cmd_hash.c. */
void feature_facts(const struct session *s, char *to, size_t room);
void feature_hashes(const struct session *s, char *to, size_t room);

#endif
