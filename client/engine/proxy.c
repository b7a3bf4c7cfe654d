/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy.c - URLs of proxies, and lists of exceptions. */
#include "client/engine/proxy.h"

#include "common/addr.h"
#include "common/text.h"

#include <string.h>
#include <strings.h>

static const struct scheme {
    const char *name;
    enum proxy_kind kind;
    bool looks_up;
    uint16_t port;
} schemes[] = {
    { "http", PROXY_HTTP, true, 3128 },
    { "socks5", PROXY_SOCKS5, false, 1080 },
    { "socks5h", PROXY_SOCKS5, true, 1080 },
    { "socks", PROXY_SOCKS5, true, 1080 }, /* as GNOME sets all_proxy */
    { "ftp", PROXY_FTP, true, 21 },
};

static const struct scheme *scheme_of(const char *text, size_t n)
{
    for (size_t i = 0; i < COUNT(schemes); i++)
        if (strlen(schemes[i].name) == n && strncasecmp(text, schemes[i].name, n) == 0)
            return &schemes[i];
    return NULL;
}

static bool take_fields(const struct target *url, struct proxy *proxy)
{
    proxy->has_password = url->has_password;
    return !url->has_path && strlen(url->host) <= PROXY_FIELD_MAX &&
           text_copy(proxy->host, sizeof proxy->host, url->host) &&
           text_copy(proxy->user, sizeof proxy->user, url->user) &&
           text_copy(proxy->password, sizeof proxy->password, url->password);
}

bool proxy_parse(const char *text, struct proxy *proxy, const char **why)
{
    const char *colon = strstr(text, "://");
    const struct scheme *scheme =
        colon ? scheme_of(text, (size_t)(colon - text)) : scheme_of("http", 4);
    struct target url;
    *why = "http, socks5, socks5h or ftp expected";
    if (!scheme)
        return false;
    *proxy =
        (struct proxy){ .kind = scheme->kind, .looks_up = scheme->looks_up, .port = scheme->port };
    *why = "not the URL of a proxy";
    bool good = target_parse_authority(colon ? colon + 3 : text, scheme->port, &url);
    good = good && take_fields(&url, proxy);
    proxy->port = url.port;
    wipe(&url, sizeof url);
    return good;
}

void proxy_show(const struct proxy *proxy, char *to, size_t room)
{
    const bool brackets = strchr(proxy->host, ':');
    const char *name = schemes[0].name;
    for (size_t i = COUNT(schemes); i-- > 0;)
        if (schemes[i].kind == proxy->kind && schemes[i].looks_up == proxy->looks_up)
            name = schemes[i].name; /* the first of them */
    (void)text_format(to, room, "%s://%s%s%s%s%s:%u", name, proxy->user, proxy->user[0] ? "@" : "",
                      brackets ? "[" : "", proxy->host, brackets ? "]" : "", (unsigned)proxy->port);
}

/* Is host the name, or below it? */
static bool is_in_domain(const char *host, const char *name)
{
    const size_t n = strlen(name), m = strlen(host);
    return n > 0 && m >= n && strcasecmp(host + m - n, name) == 0 &&
           (m == n || host[m - n - 1] == '.');
}

static bool matches(const char *word, const char *host)
{
    struct sockaddr_storage address, other;
    if (strcmp(word, "*") == 0)
        return true;
    if (!addr_parse_host_here(host, &address))
        return is_in_domain(host, word + strspn(word, "*."));
    if (addr_parse_host_here(word, &other))
        return addr_same_host(&address, &other);
    return addr_in_block(&address, word) == 1;
}

bool proxy_excludes(const char *list, const char *host)
{
    char word[TARGET_NAME_SIZE], name[TARGET_NAME_SIZE];
    size_t n = strlen(host);
    n -= n > 1 && host[n - 1] == '.';
    if (!list || !text_format(name, sizeof name, "%.*s", (int)n, host))
        return false;
    for (list += strspn(list, ", \t"); *list; list += strspn(list, ", \t")) {
        n = strcspn(list, ", \t");
        if (n < sizeof word && text_format(word, sizeof word, "%.*s", (int)n, list) &&
            matches(word, name))
            return true;
        list += n;
    }
    return false;
}
