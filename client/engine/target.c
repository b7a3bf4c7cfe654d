/* SPDX-License-Identifier: BSD-2-Clause */
/* target.c - URLs. */
#include "client/engine/target.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *prefix;
    bool implicit, require;
    uint16_t port;
} schemes[] = {
    { "ftp://", false, false, 21 },
    { "ftps://", true, true, 990 },
    { "ftpes://", false, true, 21 },
};

bool target_is_url(const char *text)
{
    for (size_t i = 0; i < COUNT(schemes); i++)
        if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return true;
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* n bytes with %XX become to; false: room, a bad escape, or a byte that no command can carry. */
static bool decode(const char *text, size_t n, char *to, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < n ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0' || c == '\n' || c == '\r' || used + 1 >= room)
            return false;
        to[used++] = c;
    }
    to[used] = '\0';
    return true;
}

static bool take_login(const char *text, size_t n, struct target *target)
{
    const char *colon = memchr(text, ':', n);
    const size_t user = colon ? (size_t)(colon - text) : n;
    if (!decode(text, user, target->user, sizeof target->user))
        return false;
    target->has_password = colon != NULL;
    return !colon || decode(colon + 1, n - user - 1, target->password, sizeof target->password);
}

/* "host", "host:port", "[v6]:port" in n bytes. */
static bool take_host(const char *text, size_t n, struct target *target)
{
    const char *end = text + n, *colon;
    uint64_t port;
    if (n > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', n);
        if (!close ||
            !decode(text + 1, (size_t)(close - text) - 1, target->host, sizeof target->host))
            return false;
        colon = close + 1;
        if (colon < end && *colon != ':')
            return false;
    } else {
        colon = memchr(text, ':', n);
        if (!decode(text, colon ? (size_t)(colon - text) : n, target->host, sizeof target->host))
            return false;
    }
    if (colon && colon + 1 < end) {
        if (!number_parse_n(colon + 1, (size_t)(end - colon) - 1, 1, 65535, &port))
            return false;
        target->port = (uint16_t)port;
    }
    return target->host[0] != '\0';
}

static bool take_authority(const char *text, size_t n, struct target *target)
{
    const char *at = memrchr(text, '@', n);
    const size_t login = at ? (size_t)(at - text) : 0;
    if (at && !take_login(text, login, target))
        return false;
    return at ? take_host(at + 1, n - login - 1, target) : take_host(text, n, target);
}

bool target_parse_authority(const char *text, uint16_t port, struct target *target)
{
    const size_t n = strcspn(text, "/");
    *target = (struct target){ .port = port, .has_path = text[n] && text[n + 1] };
    return take_authority(text, n, target);
}

bool target_parse(const char *text, struct target *target, const char **why)
{
    const char *slash;
    *target = (struct target){ .port = 21 };
    for (size_t i = 0; i < COUNT(schemes); i++) {
        const size_t n = strlen(schemes[i].prefix);
        if (strncasecmp(text, schemes[i].prefix, n) != 0)
            continue;
        target->implicit_tls = schemes[i].implicit;
        target->require_tls = schemes[i].require;
        target->port = schemes[i].port;
        text += n;
        break;
    }
    slash = strchr(text, '/');
    *why = "not a host, user@host or ftp URL";
    if (!take_authority(text, slash ? (size_t)(slash - text) : strlen(text), target))
        return false;
    if (!slash)
        return true;
    *why = "a path that cannot be sent";
    target->has_path = slash[1] != '\0';
    return decode(slash + 1, strlen(slash + 1), target->path, sizeof target->path);
}

/* Appends text with %XX for all but unreserved characters; false where it does not fit. */
static bool add_encoded(char *to, size_t room, const char *text)
{
    size_t n = strlen(to);
    for (; *text; text++, n = strlen(to)) {
        const unsigned char byte = (unsigned char)*text;
        const bool plain = (byte >= '0' && byte <= '9') ||
                           ((byte | 32) >= 'a' && (byte | 32) <= 'z') || strchr("-._~", byte);
        if (!text_format(to + n, room - n, plain ? "%c" : "%%%02X", (unsigned)byte))
            return false;
    }
    return true;
}

bool target_url(const struct target *target, char *to, size_t room)
{
    const char *scheme = target->implicit_tls ? "ftps" : target->require_tls ? "ftpes" : "ftp";
    const bool brackets = strchr(target->host, ':');
    if (!text_format(to, room, "%s://", scheme) || !add_encoded(to, room, target->user))
        return false;
    const size_t n = strlen(to);
    return text_format(to + n, room - n, "%s%s%s%s:%u", target->user[0] ? "@" : "",
                       brackets ? "[" : "", target->host, brackets ? "]" : "",
                       (unsigned)target->port);
}
