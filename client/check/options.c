/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c - the command line of `wardftp check`. */
#include "client/check/check.h"

#include "common/text.h"

#include <getopt.h>
#include <string.h>

enum { FD_MAX = 1023, TIMEOUT_MAX_S = 600, DURATION_MAX_S = 86400 };

static const struct {
    const char *name, *argument, *help;
} rows[] = {
    { "write", "DIR", "also try uploads, in a new directory below DIR, which is removed again" },
    { "try-login", NULL, "send USER with one unknown name, to compare the replies" },
    { "tls", "WHEN", "off, try or require; the default is that of wardftp" },
    { "ca", "FILE", "trust the certificate authorities in FILE" },
    { "pin", "sha256:HEX", "trust this public key" },
    { "netrc", "FILE", "default: ~/.netrc" },
    { "password-fd", "N", "read the password from this descriptor" },
    { "timeout", "SECONDS", "for each reply; default 10" },
    { "max-time", "SECONDS", "for all checks; default 300" },
    { "json", NULL, "the report as one JSON object" },
    { "help", NULL, "show this help" },
};

void check_usage(FILE *to)
{
    fputs("usage: wardftp check [OPTIONS] URL|HOST\n\n", to);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[48];
        (void)text_format(name, sizeof name, "--%s %s", rows[i].name,
                          rows[i].argument ? rows[i].argument : "");
        fprintf(to, "  %-24s %s\n", name, rows[i].help);
    }
}

static bool take_tls(struct check *check, const char *value)
{
    static const char *const names[] = { "off", "try", "require" };
    static const enum tls_policy policies[] = { TLS_OFF, TLS_TRY, TLS_REQUIRE };
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            check->settings.tls = policies[i];
            return true;
        }
    }
    return false;
}

static bool take_number(const char *value, uint64_t least, uint64_t most, unsigned *to)
{
    uint64_t number;
    if (!number_parse(value, least, most, &number))
        return false;
    *to = (unsigned)number;
    return true;
}

static bool take_fd(struct check *check, const char *value)
{
    unsigned number;
    if (!take_number(value, 0, FD_MAX, &number))
        return false;
    check->password_fd = (int)number;
    return true;
}

static bool take(struct check *check, const char *name, const char *value)
{
    if (strcmp(name, "write") == 0)
        check->write = value;
    else if (strcmp(name, "try-login") == 0)
        check->try_login = true;
    else if (strcmp(name, "tls") == 0)
        return take_tls(check, value);
    else if (strcmp(name, "ca") == 0)
        check->settings.ca_file = value;
    else if (strcmp(name, "pin") == 0)
        check->settings.pin = value;
    else if (strcmp(name, "netrc") == 0)
        check->netrc = value;
    else if (strcmp(name, "password-fd") == 0)
        return take_fd(check, value);
    else if (strcmp(name, "timeout") == 0)
        return take_number(value, 1, TIMEOUT_MAX_S, &check->timeout_s);
    else if (strcmp(name, "max-time") == 0)
        return take_number(value, 1, DURATION_MAX_S, &check->duration_s);
    else if (strcmp(name, "json") == 0)
        check->json = true;
    else
        check->help = true;
    return true;
}

static bool take_all(struct check *check, int argc, char **argv)
{
    struct option table[COUNT(rows) + 1] = { 0 };
    int at;
    for (size_t i = 0; i < COUNT(rows); i++)
        table[i] = (struct option){ .name = rows[i].name,
                                    .has_arg = rows[i].argument ? required_argument : no_argument,
                                    .val = (int)i };
    while ((at = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (at == '?')
            return false;
        if (!take(check, rows[at].name, optarg)) {
            fprintf(stderr, "wardftp: check: --%s: %s is not understood\n", rows[at].name, optarg);
            return false;
        }
    }
    return true;
}

bool check_options(struct check *check, int argc, char **argv)
{
    const char *why;
    settings_init(&check->settings);
    check->password_fd = -1;
    check->timeout_s = 10;
    check->duration_s = 300;
    if (!take_all(check, argc, argv))
        return false;
    if (check->help)
        return true;
    if (argc - optind != 1) {
        check_usage(stderr);
        return false;
    }
    if (!target_parse(argv[optind], &check->target, &why)) {
        fprintf(stderr, "wardftp: check: %s: %s\n", argv[optind], why);
        return false;
    }
    return true;
}
