/* SPDX-License-Identifier: BSD-2-Clause */
/* via.c - which proxy is used. */
#include "client/shell/via.h"

#include "client/engine/netrc.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool via_set(struct shell *shell, const char *text, const char **why)
{
    struct proxy proxy = { .port = 0 };
    const bool none = !text[0] || strcmp(text, "none") == 0;
    if (!none && !proxy_parse(text, &proxy, why))
        return false;
    shell->proxy = proxy;
    shell->settings.proxy = none ? NULL : &shell->proxy;
    wipe(&proxy, sizeof proxy);
    return true;
}

bool via_set_exceptions(struct shell *shell, const char *list)
{
    if (!text_copy(shell->no_proxy, sizeof shell->no_proxy, strcmp(list, "none") == 0 ? "" : list))
        return false;
    shell->settings.no_proxy = shell->no_proxy;
    return true;
}

/* The first of these variables that is set and not empty; *name: which. */
static const char *first_set(const char *const *names, const char **name)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        *name = *names;
        if (value && *value)
            return value;
    }
    return NULL;
}

static bool refuse(const char *name, const char *why)
{
    fprintf(stderr, "wardftp: environment variable %s: %s\n", name, why);
    return false;
}

bool via_take_environment(struct shell *shell)
{
    static const char *const proxies[] = { "ftp_proxy", "FTP_PROXY", "all_proxy", "ALL_PROXY",
                                           NULL };
    static const char *const exceptions[] = { "no_proxy", "NO_PROXY", NULL };
    const char *name, *why;
    const char *value = first_set(proxies, &name);
    if (value && !via_set(shell, value, &why))
        return refuse(name, why);
    value = first_set(exceptions, &name);
    return !value || via_set_exceptions(shell, value) || refuse(name, "too long");
}

enum outcome via_find_password(struct shell *shell)
{
    struct proxy *proxy = &shell->proxy;
    struct target target = { .port = 0 };
    enum outcome outcome = OUTCOME_OK;
    if (!shell->settings.proxy || !proxy->user[0] || proxy->has_password || !shell->netrc_file)
        return OUTCOME_OK;
    (void)text_copy(target.host, sizeof target.host, proxy->host);
    (void)text_copy(target.user, sizeof target.user, proxy->user);
    const enum netrc_result result = netrc_find(shell->netrc_file, &target);
    if (result == NETRC_OPEN_TO_OTHERS)
        outcome = shell_fail(shell, OUTCOME_USAGE, "%s is readable by others; run chmod 600",
                             shell->netrc_file);
    else if (result == NETRC_FOUND)
        proxy->has_password = target.has_password &&
                              text_copy(proxy->password, sizeof proxy->password, target.password);
    wipe(&target, sizeof target);
    return outcome;
}
