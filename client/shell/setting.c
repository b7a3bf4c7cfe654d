/* SPDX-License-Identifier: BSD-2-Clause */
/* setting.c - the table of settings. */
#include "client/shell/setting.h"

#include "client/shell/via.h"
#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind {
    YES_NO,
    NO_YES, /* the member says the opposite */
    SECONDS,
    COUNT_64, /* 1 to 64 */
    RATE,
    CHOICE,
    CHARSET,
    PROXY_URL, /* shown without its password */
    HOSTS
};

/* Members of an enum type are as large as an int. */
_Static_assert(sizeof(enum tls_policy) == sizeof(int) && sizeof(enum proxy_login) == sizeof(int),
               "a setting's enum is no int");

static const struct setting {
    const char *name;
    enum kind kind;
    size_t at;
    const char *choices; /* in the order of their numbers */
} rows[] = {
#define AT(member) offsetof(struct shell, member)
    { "active", YES_NO, AT(settings.active), NULL },
    { "ascii", YES_NO, AT(settings.ascii), NULL },
    { "backup", YES_NO, AT(settings.backup), NULL },
    { "charset", CHARSET, AT(charset), NULL },
    { "clobber", NO_YES, AT(settings.no_clobber), NULL },
    { "color", CHOICE, AT(report.color), "auto always never" },
    { "connect-timeout", SECONDS, AT(settings.connect_ms), NULL },
    { "host", YES_NO, AT(settings.send_host), NULL },
    { "idle-timeout", SECONDS, AT(settings.idle_ms), NULL },
    { "messages", YES_NO, AT(messages), NULL },
    { "no-proxy", HOSTS, AT(settings.no_proxy), NULL },
    { "parallel", COUNT_64, AT(parallel), NULL },
    { "passive", CHOICE, AT(settings.passive), "auto epsv pasv" },
    { "pipeline", YES_NO, AT(settings.pipeline), NULL },
    { "prompt", YES_NO, AT(prompt), NULL },
    { "proxy", PROXY_URL, AT(settings.proxy), NULL },
    { "proxy-login", CHOICE, AT(settings.proxy_login), "user site open joined" },
    { "rate", RATE, AT(settings.rate), NULL },
    { "retry", SECONDS, AT(settings.retry_ms), NULL },
    { "sizes", CHOICE, AT(report.human), "bytes human" },
    { "stall-timeout", SECONDS, AT(settings.stall_ms), NULL },
    { "stop-on-error", CHOICE, AT(stop_on_error), "auto yes no" },
    { "sync", YES_NO, AT(settings.sync), NULL },
    { "telnet", CHOICE, AT(settings.telnet), "auto yes no" },
    { "times", YES_NO, AT(settings.keep_times), NULL },
    { "tls", CHOICE, AT(settings.tls), "default off try require" },
    { "two-words", CHOICE, AT(two_words), "rename files" },
#undef AT
};

const char *setting_name(size_t i)
{
    return i < COUNT(rows) ? rows[i].name : NULL;
}

static bool is_one_of(const char *value, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(value, *words) == 0)
            return true;
    return false;
}

bool setting_is_true(const char *value)
{
    return is_one_of(value, (const char *const[]){ "yes", "on", "true", "1", NULL });
}

bool setting_is_false(const char *value)
{
    return is_one_of(value, (const char *const[]){ "no", "off", "false", "0", NULL });
}

static const void *member_of(const struct shell *shell, const struct setting *row)
{
    return (const char *)shell + row->at;
}

/* The name of choice number i. */
static void choice_name(const char *choices, int i, char *to)
{
    for (; i > 0; i--)
        choices += strcspn(choices, " ") + 1;
    (void)text_format(to, SETTING_VALUE_SIZE, "%.*s", (int)strcspn(choices, " "), choices);
}

void setting_show(const struct shell *shell, size_t i, char value[SETTING_VALUE_SIZE])
{
    const void *member = member_of(shell, &rows[i]);
    switch (rows[i].kind) {
    case YES_NO:
        (void)text_copy(value, SETTING_VALUE_SIZE, *(const bool *)member ? "yes" : "no");
        break;
    case NO_YES:
        (void)text_copy(value, SETTING_VALUE_SIZE, *(const bool *)member ? "no" : "yes");
        break;
    case SECONDS:
        (void)text_format(value, SETTING_VALUE_SIZE, "%g", *(const int *)member / 1000.0);
        break;
    case COUNT_64:
        (void)text_format(value, SETTING_VALUE_SIZE, "%u", *(const unsigned *)member);
        break;
    case RATE:
        (void)text_format(value, SETTING_VALUE_SIZE, "%" PRId64, *(const int64_t *)member);
        break;
    case CHOICE:
        choice_name(rows[i].choices, *(const int *)member, value);
        break;
    case CHARSET:
        (void)text_copy(value, SETTING_VALUE_SIZE, shell->charset[0] ? shell->charset : "UTF-8");
        break;
    case PROXY_URL:
        (void)text_copy(value, SETTING_VALUE_SIZE, "none");
        if (shell->settings.proxy)
            proxy_show(shell->settings.proxy, value, SETTING_VALUE_SIZE);
        break;
    case HOSTS:
        (void)text_copy(value, SETTING_VALUE_SIZE, shell->no_proxy[0] ? shell->no_proxy : "none");
        break;
    }
}

static bool put_choice(const char *choices, const char *value, int *to)
{
    char name[SETTING_VALUE_SIZE];
    for (int i = 0; choices; i++) {
        choice_name(choices, 0, name);
        if (strcasecmp(name, value) == 0) {
            *to = i;
            return true;
        }
        choices = strchr(choices, ' ');
        choices += choices != NULL;
    }
    return false;
}

static bool put_flag(const char *value, bool opposite, bool *to)
{
    if (!setting_is_true(value) && !setting_is_false(value))
        return false;
    *to = setting_is_true(value) != opposite;
    return true;
}

static bool put_seconds(const char *value, int *ms)
{
    char *end;
    errno = 0;
    const double seconds = strtod(value, &end);
    if (end == value || *end || errno || !(seconds >= 0 && seconds <= 86400))
        return false;
    *ms = (int)(seconds * 1000);
    return true;
}

static bool put_rate(const char *value, int64_t *rate)
{
    const size_t n = strlen(value);
    uint64_t number, unit = 1;
    if (n > 1 && strchr("kKMG", value[n - 1]))
        unit = value[n - 1] == 'M' ? 1000000 : value[n - 1] == 'G' ? 1000000000 : 1000;
    if (!number_parse_n(value, unit > 1 ? n - 1 : n, 0, INT64_MAX / 1000000000, &number))
        return false;
    *rate = (int64_t)(number * unit);
    return true;
}

static bool put(struct shell *shell, const struct setting *row, const char *value)
{
    void *member = (char *)shell + row->at;
    const char *why;
    uint64_t number;
    switch (row->kind) {
    case YES_NO:
    case NO_YES:
        return put_flag(value, row->kind == NO_YES, member);
    case SECONDS:
        return put_seconds(value, member);
    case COUNT_64:
        if (!number_parse(value, 1, 64, &number))
            return false;
        *(unsigned *)member = (unsigned)number;
        return true;
    case RATE:
        return put_rate(value, member);
    case CHOICE:
        return put_choice(row->choices, value, member);
    case CHARSET:
        return shell_set_charset(shell, value);
    case PROXY_URL:
        return via_set(shell, value, &why) && via_find_password(shell) == OUTCOME_OK;
    case HOSTS:
        return via_set_exceptions(shell, value);
    }
    return false;
}

static const char *expected(const struct setting *row)
{
    switch (row->kind) {
    case YES_NO:
    case NO_YES:
        return "yes or no";
    case SECONDS:
        return "seconds";
    case COUNT_64:
        return "1 to 64";
    case RATE:
        return "bytes per second, with suffix k, M or G; 0: no limit";
    case CHARSET:
        return "a character set that iconv -l lists";
    case PROXY_URL:
        return "http, socks5, socks5h or ftp://HOST:PORT, or none";
    case HOSTS:
        return "hosts, separated by commas,";
    default:
        return row->choices;
    }
}

enum outcome setting_put(struct shell *shell, const char *name, const char *value)
{
    enum outcome outcome;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (put(shell, &rows[i], value))
            return OUTCOME_OK;
        return shell_fail(shell, OUTCOME_USAGE, "set %s: %s expected", name, expected(&rows[i]));
    }
    if (setting_put_lftp(shell, name, value, &outcome))
        return outcome;
    return shell_fail(shell, OUTCOME_USAGE, "%s: unknown setting", name);
}
