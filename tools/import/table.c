/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c - the peers' tables, and how they are printed for the documents. */
#include "tools/import/import.h"

#include "common/text.h"

#include <string.h>

#define PEER(name, unset, how, section, key, value, remark)                                        \
    { name, unset, how, section, key, value, remark },

static const struct peer_option vsftpd_options[] = {
#include "tools/import/vsftpd.def"
};
static const struct peer_option proftpd_options[] = {
#include "tools/import/proftpd.def"
};
static const struct peer_option pureftpd_options[] = {
#include "tools/import/pureftpd.def"
};

#define OPTIONS(of) .options = (of), .option_count = COUNT(of)

const struct peer peer_vsftpd = { "vsftpd", "vsftpd", OPTIONS(vsftpd_options), read_vsftpd,
                                  compose_vsftpd };
const struct peer peer_proftpd = { "proftpd", "ProFTPD", OPTIONS(proftpd_options), read_proftpd,
                                   compose_proftpd };
const struct peer peer_pureftpd = { "pureftpd", "Pure-FTPd", OPTIONS(pureftpd_options),
                                    read_pureftpd, compose_pureftpd };

/* A bar would end the cell. */
static void print_text(const char *text, FILE *to)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', to);
        fputc(*text, to);
    }
}

static bool has_fixed_value(const struct peer_option *option)
{
    return option->value &&
           (option->how == IF_YES || option->how == IF_NO || option->how == XFERLOG);
}

static const char *ending(const struct peer_option *option)
{
    return option->how == BANDWIDTH || option->how == TRANSFER_RATE ? "up`, `rate_down" : "";
}

static void print_key(const struct peer_option *option, FILE *to)
{
    static const char *const without[] = { [NONE] = "none", [SAME] = "so without a setting" };
    if (option->how == GUESTS || option->how == GUESTS_NOT)
        fputs("the section `[anonymous]`", to);
    else if (!option->key)
        fputs(without[option->how == SAME ? SAME : NONE], to);
    else
        fprintf(to, "`[%s] %s%s%s%s`", option->section, option->key, ending(option),
                has_fixed_value(option) ? " = " : "", has_fixed_value(option) ? option->value : "");
    if (option->how == IF_YES || option->how == IF_NO)
        fputs(option->how == IF_YES ? ", if yes" : ", if no", to);
}

void print_table(const struct peer *peer, FILE *to)
{
    fprintf(to, "| %s | wardftpd | remark |\n|---|---|---|\n", peer->title);
    for (size_t i = 0; i < peer->option_count; i++) {
        const struct peer_option *option = &peer->options[i];
        fprintf(to, "| `%s` | ", option->name);
        print_key(option, to);
        fputs(" | ", to);
        print_text(option->remark, to);
        if (option->unset)
            fprintf(to, "%sif not set: `%s`", *option->remark ? "; " : "", option->unset);
        fputs(" |\n", to);
    }
}
