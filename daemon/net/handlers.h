/* SPDX-License-Identifier: BSD-2-Clause */
/* handlers.h - the functions that run the commands, by file.  The dispatcher
 * has checked what the table asks for (commands.h). */
#ifndef NET_HANDLERS_H
#define NET_HANDLERS_H

#include "daemon/net/session.h"

#include <stddef.h>

struct argument {
    const char *text; /* in the line, so valid until the handler first waits; "" if there is none */
    size_t length;
    uint64_t number;
    const char *path; /* valid until the next command */
};

typedef enum step command_handler(struct session *s, const struct argument *argument);

/* cmd_login.c */
command_handler cmd_user, cmd_pass, cmd_acct, cmd_rein, cmd_quit;
/* cmd_host.c */
command_handler cmd_host;
/* cmd_security.c */
command_handler cmd_auth, cmd_pbsz, cmd_prot, cmd_ccc;
/* commands.c: those that print the table */
command_handler cmd_feat, cmd_help, cmd_site_help;
/* cmd_session.c */
command_handler cmd_syst, cmd_noop, cmd_opts, cmd_opts_utf8, cmd_opts_mlst, cmd_opts_hash, cmd_clnt,
    cmd_csid, cmd_lang, cmd_stat, cmd_type, cmd_mode, cmd_stru, cmd_smnt, cmd_site, cmd_site_idle;
/* cmd_directory.c */
command_handler cmd_pwd, cmd_cwd, cmd_cdup, cmd_mkd, cmd_rmd;
/* cmd_file.c */
command_handler cmd_size, cmd_mdtm, cmd_mfmt, cmd_mff, cmd_dele, cmd_rnfr, cmd_rnto, cmd_rest,
    cmd_site_chmod, cmd_site_utime, cmd_site_umask;
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

/* cmd_file.c: forgets RNFR. */
void rename_forget(struct session *s);

/* cmd_directory.c: enters the directory in which the user's sessions start, or else the root. */
void directory_start(struct session *s, const char *path);

/* cmd_security.c: for an implicit TLS listener, as if PBSZ and PROT had come. */
void security_begin_implicit(struct session *s);

/* cmd_host.c: takes the virtual host from the TLS handshake, until HOST comes; forgets it. */
void host_take_from_tls(struct session *s);
void host_forget(struct session *s);

/* cmd_login.c: forgets USER. */
void login_forget(struct session *s);

/* cmd_session.c, cmd_hash.c: the rest of the FEAT lines of MLST and HASH. */
void feature_facts(const struct session *s, char *to, size_t room);
void feature_hashes(const struct session *s, char *to, size_t room);

#endif
