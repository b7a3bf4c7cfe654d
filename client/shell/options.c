/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c - the command line, by one table. */
#include "client/shell/options.h"

#include "client/shell/via.h"
#include "common/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    OPT_JSON = 256,
    OPT_TLS,
    OPT_CA,
    OPT_PIN,
    OPT_KNOWN_HOSTS,
    OPT_NETRC,
    OPT_PASSWORD_FD,
    OPT_CONNECT,
    OPT_IDLE,
    OPT_STALL,
    OPT_RETRY,
    OPT_RATE,
    OPT_ACTIVE,
    OPT_NO_SYNC,
    OPT_NO_TIMES,
    OPT_EPSV,
    OPT_PASV,
    OPT_TRUST_PASV,
    OPT_ACTIVE_ADDRESS,
    OPT_ACTIVE_PORTS,
    OPT_ASCII,
    OPT_NO_CLOBBER,
    OPT_BACKUP,
    OPT_ACCOUNT,
    OPT_CERT,
    OPT_KEY,
    OPT_TLS_MIN,
    OPT_PROXY,
    OPT_NO_PROXY,
    OPT_PROXY_LOGIN,
    OPT_FAULT,
    OPT_CHARSET,
    OPT_SEND_HOST,
    OPT_CONFIG,
    OPT_NO_CONFIG,
    OPT_VERSION,
    OPT_HELP
};

static const struct {
    const char *name;
    int value;
    const char *argument, *help;
} rows[] = {
    { "command", 'c', "COMMANDS", "run these commands, separated by ;" },
    { "file", 'f', "FILE", "run commands from a file (-: standard input)" },
    { "parallel", 'P', "N", "transfers at a time (1 to 64)" },
    { "json", OPT_JSON, NULL, "write events and listings as JSON lines" },
    { "verbose", 'v', NULL, "show the protocol (passwords masked)" },
    { "quiet", 'q', NULL, "show errors only" },
    { "ipv4", '4', NULL, "use IPv4 only" },
    { "ipv6", '6', NULL, "use IPv6 only" },
    { "active", OPT_ACTIVE, NULL, "active mode (PORT, EPRT)" },
    { "active-address", OPT_ACTIVE_ADDRESS, "ADDRESS", "announce this address in active mode" },
    { "active-ports", OPT_ACTIVE_PORTS, "FIRST-LAST", "listen on these ports in active mode" },
    { "epsv", OPT_EPSV, NULL, "use EPSV only" },
    { "pasv", OPT_PASV, NULL, "use PASV only" },
    { "trust-pasv", OPT_TRUST_PASV, NULL, "connect to the address in PASV replies" },
    { "tls", OPT_TLS, "off|try|require",
      "default: require, except for anonymous and local log-ins" },
    { "ca", OPT_CA, "FILE", "trust these certificate authorities only" },
    { "account", OPT_ACCOUNT, "NAME", "for servers that ask for an account (ACCT)" },
    { "cert", OPT_CERT, "FILE", "log in with this certificate (PEM)" },
    { "key", OPT_KEY, "FILE", "its key; default: in the same file" },
    { "tls-min", OPT_TLS_MIN, "1.2|1.3", "lowest version of TLS; default 1.2" },
    { "pin", OPT_PIN, "sha256:HEX", "accept only this public key" },
    { "known-hosts", OPT_KNOWN_HOSTS, "FILE", "default: ~/.config/wardftp/known_hosts" },
    { "netrc", OPT_NETRC, "FILE", "default: ~/.netrc" },
    { "password-fd", OPT_PASSWORD_FD, "N", "read the password from this descriptor" },
    { "proxy", OPT_PROXY, "URL", "http, socks5, socks5h or ftp://[USER@]HOST[:PORT], or none" },
    { "no-proxy", OPT_NO_PROXY, "HOSTS", "reach these hosts without the proxy" },
    { "proxy-login", OPT_PROXY_LOGIN, "user|site|open|joined", "what an FTP proxy expects" },
    { "connect-timeout", OPT_CONNECT, "SECONDS", "time limit to connect; default 20" },
    { "idle-timeout", OPT_IDLE, "SECONDS", "time limit for a reply; default 60" },
    { "stall-timeout", OPT_STALL, "SECONDS", "time limit without data in a transfer; default 60" },
    { "retry", OPT_RETRY, "SECONDS", "total time to wait between retries; default 30" },
    { "rate", OPT_RATE, "BYTES", "limit per second for all transfers (suffix k, M, G)" },
    { "no-sync", OPT_NO_SYNC, NULL, "do not sync downloads to disk" },
    { "no-times", OPT_NO_TIMES, NULL, "do not preserve modification times" },
    { "ascii", OPT_ASCII, NULL, "convert line ends in transfers (type A)" },
    { "no-clobber", OPT_NO_CLOBBER, NULL, "never replace an existing local file" },
    { "backup", OPT_BACKUP, NULL, "keep replaced local files as NAME~" },
    { "charset", OPT_CHARSET, "NAME", "of names at the server, as iconv(1) has it; default UTF-8" },
    { "send-host", OPT_SEND_HOST, NULL, "tell the server which host is meant (HOST)" },
    { "config", OPT_CONFIG, "FILE", "default: ~/.config/wardftp/config" },
    { "no-config", OPT_NO_CONFIG, NULL, "read no configuration file" },
    { "fault", OPT_FAULT, "NAME[=N]", "misbehave, to test a server (--fault help: list)" },
    { "help", OPT_HELP, NULL, "show this help" },
    { "version", OPT_VERSION, NULL, "show the version" },
};

static void describe_faults(void)
{
    const char *usage, *help;
    for (unsigned i = 0; fault_describe(i, &usage, &help); i++)
        printf("  %-24s %s\n", usage, help);
}

void options_usage(FILE *to)
{
    fputs(
        "usage: wardftp [OPTIONS] [URL|HOST]\n"
        "       wardftp [OPTIONS] get URL [FILE|-]     put FILE|- URL     ls URL     COMMAND ...\n"
        "       wardftp [OPTIONS] -c 'COMMAND; COMMAND' URL\n"
        "       wardftp bench [BENCH OPTIONS] HOST[:PORT]\n"
        "       wardftp check [CHECK OPTIONS] URL\n\n",
        to);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char names[48];
        text_format(names, sizeof names, "%s%c%s--%s %s", rows[i].value < 256 ? "-" : "",
                    rows[i].value < 256 ? rows[i].value : ' ', rows[i].value < 256 ? ", " : "   ",
                    rows[i].name, rows[i].argument ? rows[i].argument : "");
        fprintf(to, "  %-32s %s\n", names, rows[i].help);
    }
    fputs("\nCommands: wardftp -c help.  Manual: wardftp(1).\n", to);
}

static bool bad(const char *name, const char *value)
{
    fprintf(stderr, "wardftp: --%s: invalid value \"%s\"\n", name, value);
    return false;
}

/* Seconds, with a fraction, into milliseconds. */
static bool take_seconds(const char *name, const char *value, int *ms)
{
    char *end;
    double seconds;
    errno = 0;
    seconds = strtod(value, &end);
    if (end == value || *end || errno || !(seconds >= 0 && seconds <= 86400))
        return bad(name, value);
    *ms = (int)(seconds * 1000);
    return true;
}

static bool take_rate(const char *value, int64_t *rate)
{
    const size_t n = strlen(value);
    uint64_t number, unit = 1;
    if (n > 1 && strchr("kMG", value[n - 1]))
        unit = value[n - 1] == 'k' ? 1000 : value[n - 1] == 'M' ? 1000000 : 1000000000;
    if (!number_parse_n(value, unit > 1 ? n - 1 : n, 1, INT64_MAX / 1000000000, &number))
        return bad("rate", value);
    *rate = (int64_t)(number * unit);
    return true;
}

static bool take_tls(const char *value, struct settings *settings)
{
    if (strcmp(value, "off") == 0)
        settings->tls = TLS_OFF;
    else if (strcmp(value, "try") == 0)
        settings->tls = TLS_TRY;
    else if (strcmp(value, "require") == 0)
        settings->tls = TLS_REQUIRE;
    else
        return bad("tls", value);
    return true;
}

static bool take_pin(const char *value, struct settings *settings)
{
    if (strlen(value) != 71 || strncmp(value, "sha256:", 7) != 0 ||
        strspn(value + 7, "0123456789abcdef") != 64)
        return bad("pin", value);
    settings->pin = value;
    return true;
}

/* "50000-50100", or one port. */
static bool take_ports(const char *value, struct settings *settings)
{
    const size_t n = strcspn(value, "-");
    uint64_t first, last;
    if (!number_parse_n(value, n, 1, 65535, &first) ||
        !number_parse(value[n] ? value + n + 1 : value, first, 65535, &last))
        return bad("active-ports", value);
    settings->active_first = (uint16_t)first;
    settings->active_last = (uint16_t)last;
    return true;
}

static bool take_proxy(struct shell *shell, const char *value)
{
    const char *why;
    if (via_set(shell, value, &why))
        return true;
    fprintf(stderr, "wardftp: --proxy: %s\n", why); /* the value may have a password */
    return false;
}

static bool take_proxy_login(const char *value, struct settings *settings)
{
    static const char *const forms[] = { "user", "site", "open", "joined" };
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (strcmp(value, forms[i]) == 0) {
            settings->proxy_login = (enum proxy_login)i;
            return true;
        }
    }
    return bad("proxy-login", value);
}

/* How a server is reached, and our own certificate. */
static bool take_route(struct shell *shell, int option, const char *value)
{
    struct settings *settings = &shell->settings;
    switch (option) {
    case OPT_ACTIVE_ADDRESS:
        settings->active_address = value;
        return true;
    case OPT_ACTIVE_PORTS:
        return take_ports(value, settings);
    case OPT_PROXY:
        return take_proxy(shell, value);
    case OPT_NO_PROXY:
        return via_set_exceptions(shell, value) || bad("no-proxy", value);
    case OPT_PROXY_LOGIN:
        return take_proxy_login(value, settings);
    case OPT_ACCOUNT:
        settings->account = value;
        return true;
    case OPT_CERT:
        settings->certificate = value;
        return true;
    case OPT_KEY:
        settings->key = value;
        return true;
    case OPT_TLS_MIN:
        settings->only_tls13 = strcmp(value, "1.3") == 0;
        return settings->only_tls13 || strcmp(value, "1.2") == 0 || bad("tls-min", value);
    default:
        return false;
    }
}

static bool take_number(const char *name, const char *value, uint64_t least, uint64_t most,
                        uint64_t *number)
{
    return number_parse(value, least, most, number) || bad(name, value);
}

/* Those with a value. */
static bool take_value(struct options *options, struct shell *shell, int option, const char *value)
{
    struct settings *settings = &shell->settings;
    uint64_t number;
    switch (option) {
    case 'c':
        options->commands = value;
        return true;
    case 'f':
        options->file = value;
        return true;
    case OPT_CHARSET:
        return shell_set_charset(shell, value) || bad("charset", value);
    case OPT_CONFIG:
        options->config = value;
        return true;
    case 'P':
        if (!take_number("parallel", value, 1, 64, &number))
            return false;
        shell->parallel = (unsigned)number;
        return true;
    case OPT_TLS:
        return take_tls(value, settings);
    case OPT_CA:
        settings->ca_file = value;
        return true;
    case OPT_PIN:
        return take_pin(value, settings);
    case OPT_KNOWN_HOSTS:
        settings->known_hosts_file = value;
        return true;
    case OPT_NETRC:
        shell->netrc_file = value;
        return true;
    case OPT_PASSWORD_FD:
        if (!take_number("password-fd", value, 0, 1023, &number))
            return false;
        shell->password_fd = (int)number;
        return true;
    case OPT_CONNECT:
        return take_seconds("connect-timeout", value, &settings->connect_ms);
    case OPT_IDLE:
        return take_seconds("idle-timeout", value, &settings->idle_ms);
    case OPT_STALL:
        return take_seconds("stall-timeout", value, &settings->stall_ms);
    case OPT_RETRY:
        return take_seconds("retry", value, &settings->retry_ms);
    case OPT_RATE:
        return take_rate(value, &settings->rate);
    case OPT_FAULT:
        if (strcmp(value, "help") == 0) {
            describe_faults();
            exit(0);
        }
        return fault_parse(&settings->faults, value) || bad("fault", value);
    default:
        return take_route(shell, option, value);
    }
}

static bool take_flag(struct options *options, struct shell *shell, int option)
{
    struct settings *settings = &shell->settings;
    const struct {
        int option;
        bool *flag, value;
    } flags[] = {
        { 'v', &options->verbose, true },
        { 'q', &options->quiet, true },
        { OPT_JSON, &options->json, true },
        { OPT_NO_CONFIG, &options->no_config, true },
        { OPT_SEND_HOST, &settings->send_host, true },
        { OPT_HELP, &options->help, true },
        { OPT_VERSION, &options->version, true },
        { OPT_ACTIVE, &settings->active, true },
        { OPT_TRUST_PASV, &settings->trust_pasv, true },
        { OPT_NO_SYNC, &settings->sync, false },
        { OPT_NO_TIMES, &settings->keep_times, false },
        { OPT_ASCII, &settings->ascii, true },
        { OPT_NO_CLOBBER, &settings->no_clobber, true },
        { OPT_BACKUP, &settings->backup, true },
    };
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (flags[i].option == option) {
            *flags[i].flag = flags[i].value;
            return true;
        }
    }
    if (option == '4' || option == '6')
        settings->family = option == '4' ? AF_INET : AF_INET6;
    else if (option == OPT_EPSV || option == OPT_PASV)
        settings->passive = option == OPT_EPSV ? PASSIVE_EPSV : PASSIVE_PASV;
    else
        return false;
    return true;
}

bool options_parse(struct options *options, struct shell *shell, int argc, char **argv)
{
    struct option table[COUNT(rows) + 1] = { 0 };
    int option;
    optind = 1; /* it may be the second time */
    for (size_t i = 0; i < COUNT(rows); i++)
        table[i] = (struct option){ .name = rows[i].name,
                                    .has_arg = rows[i].argument ? required_argument : no_argument,
                                    .val = rows[i].value };
    while ((option = getopt_long(argc, argv, "+c:f:P:vq46", table, NULL)) != -1) {
        if (option == '?')
            return false;
        if (optarg ? !take_value(options, shell, option, optarg)
                   : !take_flag(options, shell, option))
            return false;
    }
    options->first = optind;
    return true;
}
