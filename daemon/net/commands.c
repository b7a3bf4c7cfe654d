/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.c - runs in NET, without privilege: the table of commands, sorted by
 * verb, and the commands that are read off it. */
#include "daemon/net/commands.h"

#include "common/text.h"
#include "daemon/net/allowed.h"
#include "daemon/net/reply.h"
#include "daemon/net/secure.h"
#include "daemon/net/verb.h"

#include <string.h>

enum { HELP_COLUMNS = 8, HELP_ROW_SIZE = 100, FEATURE_SIZE = 200 };

const struct command commands[] = {
    /* verb, run, argument, flags, syntax, source, feature */
    { "ABOR", cmd_abor, ARG_NONE, USER_IN, "", "RFC 959 4.1.3", NULL, NULL },
    { "ACCT", cmd_acct, ARG_MAYBE, USER_IN | REFUSED | SECRET, "account", "RFC 959 4.1.1", NULL,
      NULL },
    { "ALLO", cmd_allo, ARG_TEXT, USER_IN | TRIMS, "bytes [R bytes]", "RFC 959 4.1.3", NULL, NULL },
    { "APPE", cmd_appe, ARG_PATH, USER_IN | DATA_SET, "path", "RFC 959 4.1.3", NULL, NULL },
    { "AUTH", cmd_auth, ARG_TEXT, TLS_ONLY | TRIMS, "TLS", "RFC 4217 4", "AUTH TLS", NULL },
    { "AVBL", cmd_avbl, ARG_MAYBE_PATH, USER_IN, "[path]", "draft-peterson-streamlined-ftp 4",
      "AVBL", NULL },
    { "CCC", cmd_ccc, ARG_NONE, USER_IN | REFUSED, "", "RFC 2228 3", NULL, NULL },
    { "CDUP", cmd_cdup, ARG_NONE, USER_IN, "", "RFC 959 4.1.1", NULL, NULL },
    { "CLNT", cmd_clnt, ARG_MAYBE, 0, "name", "custom", "CLNT", NULL },
    { "CSID", cmd_csid, ARG_MAYBE, 0, "Name=...; Version=...;", "draft-peterson-streamlined-ftp 3",
      "CSID", NULL },
    { "CWD", cmd_cwd, ARG_PATH, USER_IN | READS, "path", "RFC 959 4.1.1", NULL, NULL },
    { "DELE", cmd_dele, ARG_PATH, USER_IN, "path", "RFC 959 4.1.3", NULL, NULL },
    { "EPRT", cmd_eprt, ARG_TEXT, USER_IN | TRIMS, "|family|address|port|", "RFC 2428 2", "EPRT",
      NULL },
    { "EPSV", cmd_epsv, ARG_MAYBE, USER_IN | TRIMS, "[1 | 2 | ALL]", "RFC 2428 3", "EPSV", NULL },
    { "FEAT", cmd_feat, ARG_NONE, 0, "", "RFC 2389 3", NULL, NULL },
    { "HASH", cmd_hash, ARG_PATH, USER_IN | READS, "path", "draft-bryan-ftpext-hash 3", "HASH ",
      feature_hashes },
    { "HELP", cmd_help, ARG_MAYBE, TRIMS, "[command]", "RFC 959 4.1.3", NULL, NULL },
    { "HOST", cmd_host, ARG_TEXT, TRIMS, "name", "RFC 7151 3", "HOST", NULL },
    { "LANG", cmd_lang, ARG_MAYBE, TRIMS, "[EN]", "RFC 2640 4.1", "LANG EN*", NULL },
    { "LIST", cmd_list, ARG_MAYBE, USER_IN | DATA_SET, "[-a] [path]", "RFC 959 4.1.3", NULL, NULL },
    { "MDTM", cmd_mdtm, ARG_TEXT, USER_IN, "path", "RFC 3659 3", "MDTM", NULL },
    { "MFF", cmd_mff, ARG_TEXT, USER_IN, "Modify=...;UNIX.mode=...; path",
      "draft-somers-ftp-mfxx 5", "MFF Modify;UNIX.mode;", NULL },
    { "MFMT", cmd_mfmt, ARG_TEXT, USER_IN, "YYYYMMDDhhmmss path", "draft-somers-ftp-mfxx 3", "MFMT",
      NULL },
    { "MKD", cmd_mkd, ARG_PATH, USER_IN, "path", "RFC 959 4.1.3", NULL, NULL },
    { "MLSD", cmd_mlsd, ARG_MAYBE_PATH, USER_IN | DATA_SET | READS, "[path]", "RFC 3659 7", "TVFS",
      NULL },
    { "MLST", cmd_mlst, ARG_MAYBE_PATH, USER_IN | READS, "[path]", "RFC 3659 7", "MLST ",
      feature_facts },
    { "MODE", cmd_mode, ARG_TEXT, TRIMS, "S", "RFC 959 4.1.2", NULL, NULL },
    { "NLST", cmd_nlst, ARG_MAYBE, USER_IN | DATA_SET, "[path]", "RFC 959 4.1.3", NULL, NULL },
    { "NOOP", cmd_noop, ARG_MAYBE, KEEPS_RNFR, "", "RFC 959 4.1.3", NULL, NULL },
    { "OPTS", cmd_opts, ARG_TEXT, TRIMS, "command [options]", "RFC 2389 4", NULL, NULL },
    { "OPTS HASH", cmd_opts_hash, ARG_MAYBE, TRIMS, "[algorithm]", "draft-bryan-ftpext-hash 3.2",
      NULL, NULL },
    { "OPTS MLST", cmd_opts_mlst, ARG_MAYBE, TRIMS, "[fact;...]", "RFC 3659 7.9", NULL, NULL },
    { "OPTS UTF-8", cmd_opts_utf8, ARG_MAYBE, TRIMS, "[ON]", "custom", NULL, NULL },
    { "OPTS UTF8", cmd_opts_utf8, ARG_MAYBE, TRIMS, "[ON]", "draft-ietf-ftpext-utf-8-option",
      "UTF8", NULL },
    { "PASS", cmd_pass, ARG_MAYBE, SECRET, "password", "RFC 959 4.1.1", NULL, NULL },
    { "PASV", cmd_pasv, ARG_NONE, USER_IN, "", "RFC 959 4.1.2", NULL, NULL },
    { "PBSZ", cmd_pbsz, ARG_TEXT, TLS_ONLY | TRIMS, "0", "RFC 4217 8", "PBSZ", NULL },
    { "PORT", cmd_port, ARG_TEXT, USER_IN | TRIMS, "h1,h2,h3,h4,p1,p2", "RFC 959 4.1.2", NULL,
      NULL },
    { "PROT", cmd_prot, ARG_TEXT, TLS_ONLY | TRIMS, "C | P", "RFC 4217 9", "PROT", NULL },
    { "PWD", cmd_pwd, ARG_NONE, USER_IN, "", "RFC 959 4.1.3", NULL, NULL },
    { "QUIT", cmd_quit, ARG_NONE, 0, "", "RFC 959 4.1.1", NULL, NULL },
    { "RANG", cmd_rang, ARG_TEXT, USER_IN | TRIMS, "first last", "draft-bryan-ftp-range 3",
      "RANG STREAM", NULL },
    { "REIN", cmd_rein, ARG_NONE, USER_IN | REFUSED, "", "RFC 959 4.1.1", NULL, NULL },
    { "REST", cmd_rest, ARG_NUMBER, USER_IN | TRIMS, "byte", "RFC 3659 5", "REST STREAM", NULL },
    { "RETR", cmd_retr, ARG_PATH, USER_IN | DATA_SET | READS, "path", "RFC 959 4.1.3", NULL, NULL },
    { "RMD", cmd_rmd, ARG_PATH, USER_IN, "path", "RFC 959 4.1.3", NULL, NULL },
    { "RNFR", cmd_rnfr, ARG_PATH, USER_IN | KEEPS_RNFR, "path", "RFC 959 4.1.3", NULL, NULL },
    { "RNTO", cmd_rnto, ARG_PATH, USER_IN, "path", "RFC 959 4.1.3", NULL, NULL },
    { "SITE", cmd_site, ARG_TEXT, USER_IN | SECRET, "command", "RFC 959 4.1.3", NULL, NULL },
    { "SITE CHMOD", cmd_site_chmod, ARG_TEXT, USER_IN, "mode path", "custom", NULL, NULL },
    { "SITE HELP", cmd_site_help, ARG_MAYBE, USER_IN | TRIMS, "", "RFC 1123 4.1.2.8", NULL, NULL },
    { "SITE IDLE", cmd_site_idle, ARG_MAYBE, USER_IN | TRIMS, "[seconds]", "custom", NULL, NULL },
    { "SITE QUOTA", cmd_site_quota, ARG_NONE, USER_IN, "", "custom", NULL, NULL },
    { "SITE UMASK", cmd_site_umask, ARG_MAYBE, USER_IN | TRIMS, "[mask]", "custom", NULL, NULL },
    { "SITE UTIME", cmd_site_utime, ARG_TEXT, USER_IN, "YYYYMMDDhhmm[ss] path", "custom", NULL,
      NULL },
    { "SIZE", cmd_size, ARG_PATH, USER_IN | READS, "path", "RFC 3659 4", "SIZE", NULL },
    { "SMNT", cmd_smnt, ARG_MAYBE, USER_IN | REFUSED, "path", "RFC 959 4.1.1", NULL, NULL },
    { "STAT", cmd_stat, ARG_MAYBE, USER_IN | KEEPS_RNFR, "[path]", "RFC 959 4.1.3", NULL, NULL },
    { "STOR", cmd_stor, ARG_PATH, USER_IN | DATA_SET, "path", "RFC 959 4.1.3", NULL, NULL },
    { "STOU", cmd_stou, ARG_MAYBE_PATH, USER_IN | DATA_SET, "[path]", "RFC 1123 4.1.2.9", NULL,
      NULL },
    { "STRU", cmd_stru, ARG_TEXT, TRIMS, "F", "RFC 959 4.1.2", NULL, NULL },
    { "SYST", cmd_syst, ARG_NONE, 0, "", "RFC 959 4.1.3", NULL, NULL },
    { "TYPE", cmd_type, ARG_TEXT, TRIMS, "A | I | L 8", "RFC 959 4.1.2", NULL, NULL },
    { "USER", cmd_user, ARG_TEXT, 0, "name", "RFC 959 4.1.1", NULL, NULL },
    { "XCRC", cmd_xcrc, ARG_TEXT, USER_IN, "path [first [end]]", "custom", "XCRC", NULL },
    { "XCUP", cmd_cdup, ARG_NONE, USER_IN, "", "RFC 1123 4.1.3.1", NULL, NULL },
    { "XCWD", cmd_cwd, ARG_PATH, USER_IN | READS, "path", "RFC 1123 4.1.3.1", NULL, NULL },
    { "XMD5", cmd_xmd5, ARG_TEXT, USER_IN, "path [first [end]]", "custom", "XMD5", NULL },
    { "XMKD", cmd_mkd, ARG_PATH, USER_IN, "path", "RFC 1123 4.1.3.1", NULL, NULL },
    { "XPWD", cmd_pwd, ARG_NONE, USER_IN, "", "RFC 1123 4.1.3.1", NULL, NULL },
    { "XRMD", cmd_rmd, ARG_PATH, USER_IN, "path", "RFC 1123 4.1.3.1", NULL, NULL },
    { "XSHA", cmd_xsha1, ARG_TEXT, USER_IN, "path [first [end]]", "custom", "XSHA", NULL },
    { "XSHA1", cmd_xsha1, ARG_TEXT, USER_IN, "path [first [end]]", "custom", "XSHA1", NULL },
    { "XSHA256", cmd_xsha256, ARG_TEXT, USER_IN, "path [first [end]]", "custom", "XSHA256", NULL },
    { "XSHA512", cmd_xsha512, ARG_TEXT, USER_IN, "path [first [end]]", "custom", "XSHA512", NULL },
};

const size_t command_count = COUNT(commands);

const struct command *command_find(const char *line, const char **rest)
{
    const struct command *found = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < command_count; i++) {
        const size_t n = verb_match(line, commands[i].verb);
        if (n > longest) {
            longest = n;
            found = &commands[i];
        }
    }
    *rest = line + longest;
    return found;
}

static bool is_shown(const struct session *s, const struct command *command)
{
    return !(command->flags & REFUSED) && !command_refusal(s, command->verb) &&
           (!(command->flags & TLS_ONLY) || secure_is_served(s));
}

enum step cmd_feat(struct session *s, const struct argument *argument)
{
    (void)argument;
    reply_open(s, 211, "Features:");
    for (size_t i = 0; i < command_count; i++) {
        char more[FEATURE_SIZE] = "";
        if (!commands[i].feature || !is_shown(s, &commands[i]))
            continue;
        if (commands[i].more)
            commands[i].more(s, more, sizeof more);
        reply_row(s, "%s%s", commands[i].feature, more);
    }
    return reply(s, 211, "End");
}

/* Lists verbs, several to a line: those of SITE commands without the prefix, or all others. */
static void help_verbs(struct session *s, const char *prefix)
{
    char row[HELP_ROW_SIZE] = "";
    size_t at = 0, columns = 0;
    const size_t skip = strlen(prefix);
    for (size_t i = 0; i < command_count; i++) {
        const char *verb = commands[i].verb;
        const bool ours = skip == 0 ? !strchr(verb, ' ') : strncmp(verb, prefix, skip) == 0;
        if (!ours || !is_shown(s, &commands[i]))
            continue;
        if (text_format(row + at, sizeof row - at, "%-8s", verb + skip))
            at += strlen(row + at);
        if (++columns == HELP_COLUMNS) {
            reply_row(s, "%s", row);
            at = columns = 0;
        }
    }
    if (columns > 0)
        reply_row(s, "%s", row);
}

enum step cmd_help(struct session *s, const struct argument *argument)
{
    const char *rest;
    if (argument->length > 0) {
        const struct command *command = command_find(argument->text, &rest);
        if (!command)
            return reply(s, 502, "Unknown command.");
        return reply(s, 214, "%s %s (%s)%s", command->verb, command->syntax, command->source,
                     command->flags & REFUSED ? ": not implemented" : "");
    }
    reply_open(s, 214, "The following commands are recognized:");
    help_verbs(s, "");
    return reply(s, 214, "Send HELP and a command for its syntax.");
}

enum step cmd_site_help(struct session *s, const struct argument *argument)
{
    (void)argument;
    reply_open(s, 214, "The following SITE commands are recognized:");
    help_verbs(s, "SITE ");
    return reply(s, 214, "Send HELP SITE and a command for its syntax.");
}
