/* SPDX-License-Identifier: BSD-2-Clause */
/* eprt.c - addresses as FTP writes them.  In NET, where it reads the client's
 * bytes, and in the client, where it reads the server's; pure. */
#include "common/eprt.h"

#include "common/addr.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

struct field {
    const char *text;
    size_t length;
};

/* RFC 2428 section 2 allows any printable byte as delimiter; digits and letters
 * are refused, as they could be part of a field. */
static bool delimiter_may_be(char c)
{
    return c >= 33 && c <= 126 && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
           !(c >= 'A' && c <= 'Z');
}

/* "|a|b|c|" and nothing after it. */
static bool split(const char *arg, struct field fields[3])
{
    const char delimiter = arg[0];
    if (!delimiter_may_be(delimiter))
        return false;
    const char *at = arg + 1;
    for (size_t i = 0; i < 3; i++) {
        const char *end = strchr(at, delimiter);
        if (!end)
            return false;
        fields[i] = (struct field){ at, (size_t)(end - at) };
        at = end + 1;
    }
    return *at == '\0';
}

static bool host_parse(int family, struct field host, struct sockaddr_storage *to)
{
    char text[INET6_ADDRSTRLEN];
    if (host.length >= sizeof text)
        return false;
    memcpy(text, host.text, host.length);
    text[host.length] = '\0';
    to->ss_family = (sa_family_t)family;
    if (family == AF_INET)
        return inet_pton(AF_INET, text, &((struct sockaddr_in *)(void *)to)->sin_addr) == 1;
    return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)(void *)to)->sin6_addr) == 1;
}

int eprt_parse(const char *arg, struct sockaddr_storage *to)
{
    struct field fields[3];
    uint64_t family, port;
    struct sockaddr_storage made = { 0 };

    if (!split(arg, fields) ||
        !number_parse_n(fields[0].text, fields[0].length, 0, UINT32_MAX, &family))
        return -EINVAL;
    if (family != 1 && family != 2)
        return -EPROTONOSUPPORT;
    if (!host_parse(family == 1 ? AF_INET : AF_INET6, fields[1], &made) ||
        !number_parse_n(fields[2].text, fields[2].length, 1, UINT16_MAX, &port))
        return -EINVAL;
    addr_set_port(&made, (uint16_t)port);
    *to = made;
    return 0;
}

/* Parses six numbers 0..255 separated by commas; spaces may precede each.  Returns
 * what follows the last digit, or NULL. */
static const char *six_numbers(const char *at, bool spaces, unsigned char numbers[6])
{
    for (size_t i = 0; i < 6; i++) {
        uint64_t value;
        if (i > 0 && *at++ != ',')
            return NULL;
        if (spaces && i > 0)
            at += strspn(at, " ");
        const size_t digits = strspn(at, "0123456789");
        if (digits > 3 || !number_parse_n(at, digits, 0, 255, &value))
            return NULL;
        numbers[i] = (unsigned char)value;
        at += digits;
    }
    return at;
}

static bool address_make(const unsigned char numbers[6], struct sockaddr_storage *to)
{
    const uint16_t port = (uint16_t)(numbers[4] << 8 | numbers[5]);
    if (port == 0)
        return false;
    struct sockaddr_storage made = { .ss_family = AF_INET };
    memcpy(&((struct sockaddr_in *)(void *)&made)->sin_addr, numbers, 4);
    addr_set_port(&made, port);
    *to = made;
    return true;
}

int port_parse(const char *arg, struct sockaddr_storage *to)
{
    unsigned char numbers[6];
    const char *end = six_numbers(arg, false, numbers);
    return end && *end == '\0' && address_make(numbers, to) ? 0 : -EINVAL;
}

/* Servers agree on the numbers but not on what is around them: "(h,h,h,h,p,p).",
 * "=h,h,h,h,p,p", spaces, no brackets (RFC 1123 section 4.1.2.6: search for the
 * first digit). */
int pasv_reply_parse(const char *text, struct sockaddr_storage *to)
{
    unsigned char numbers[6];
    while (*text) {
        if (*text < '0' || *text > '9') {
            text++;
            continue;
        }
        if (six_numbers(text, true, numbers) && address_make(numbers, to))
            return 0;
        text += strspn(text, "0123456789");
    }
    return -EINVAL;
}

/* Finds the port in "(|||6446|)": three delimiters, digits, delimiter, bracket.  NULL: it has not
 * this form. */
static bool epsv_port(const char *at, uint64_t *port)
{
    const char delimiter = at[0];
    if (!delimiter_may_be(delimiter) || at[1] != delimiter || at[2] != delimiter)
        return false;
    const size_t digits = strspn(at + 3, "0123456789");
    const char *end = at + 3 + digits;
    return number_parse_n(at + 3, digits, 1, UINT16_MAX, port) && end[0] == delimiter &&
           end[1] == ')';
}

int epsv_reply_parse(const char *text)
{
    for (const char *open = strchr(text, '('); open; open = strchr(open + 1, '(')) {
        uint64_t port;
        if (epsv_port(open + 1, &port))
            return (int)port;
    }
    return -EINVAL;
}

_Bool eprt_format(const struct sockaddr_storage *address, char *to, size_t room)
{
    struct sockaddr_storage plain = *address;
    char host[ADDR_TEXT_ROOM];
    addr_unmap(&plain);
    if (plain.ss_family != AF_INET && plain.ss_family != AF_INET6)
        return false;
    return text_format(to, room, "|%d|%s|%u|", plain.ss_family == AF_INET ? 1 : 2,
                       addr_text(&plain, host), (unsigned)addr_port(&plain));
}

_Bool port_format(const struct sockaddr_storage *address, char *to, size_t room)
{
    struct sockaddr_storage plain = *address;
    unsigned char host[4];
    addr_unmap(&plain);
    if (plain.ss_family != AF_INET)
        return false;
    memcpy(host, &((struct sockaddr_in *)(void *)&plain)->sin_addr, sizeof host);
    const unsigned port = addr_port(&plain);
    return text_format(to, room, "%u,%u,%u,%u,%u,%u", host[0], host[1], host[2], host[3], port >> 8,
                       port & 255);
}
