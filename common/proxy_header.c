/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy_header.c - parses the header of the PROXY protocol
 * (https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt). */
#include "common/proxy_header.h"

#include "common/addr.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

/* Version 1: a line of at most 107 bytes with its CRLF. */
enum { LINE_BYTES_MAX = 107, PORT_DIGITS = 5 };

/* Version 2: signature, version and command, family and protocol, length; then addresses and
 * TLVs. */
enum {
    SIGNATURE_BYTES = 12,
    COMMAND_AT = 12,
    FAMILY_AT = 13,
    LENGTH_AT = 14,
    FIXED_BYTES = 16,
    VERSION_2 = 0x20,
    COMMAND_LOCAL = 0,
    COMMAND_PROXY = 1,
    UNSPECIFIED = 0x00,
    TCP_OVER_IPV4 = 0x11,
    TCP_OVER_IPV6 = 0x21,
    IPV4_BYTES = 12,
    IPV6_BYTES = 36,
    TLV_BYTES = 3, /* type, length */
    TLV_CRC32C = 0x03,
    CRC_BYTES = 4
};

static const unsigned char signature[SIGNATURE_BYTES] = "\r\n\r\n\0\r\nQUIT\n";
static const char word[] = "PROXY ";

static enum proxy_state judge(struct proxy_header *header)
{
    addr_unmap(&header->source);
    addr_unmap(&header->destination);
    return proxy_address_is_usable(&header->source) && proxy_address_is_usable(&header->destination)
               ? PROXY_CLIENT
               : PROXY_BAD;
}

/* ---- version 1 ---- */

/* The next field of a line, up to a blank or the end; NULL: empty, or too long. */
static const char *take_field(const char *at, char *to, size_t room)
{
    const size_t length = strcspn(at, " ");
    if (length == 0 || length >= room)
        return NULL;
    memcpy(to, at, length);
    to[length] = '\0';
    return at[length] == ' ' ? at + length + 1 : at + length;
}

static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t number = 0;
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > PORT_DIGITS || text[digits] || text[0] == '0')
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint32_t)(text[i] - '0');
    *port = (uint16_t)number;
    return number <= UINT16_MAX;
}

static bool set_address(struct sockaddr_storage *to, int family, const char *text)
{
    memset(to, 0, sizeof *to);
    to->ss_family = (sa_family_t)family;
    void *address = family == AF_INET ? (void *)&((struct sockaddr_in *)to)->sin_addr
                                      : (void *)&((struct sockaddr_in6 *)to)->sin6_addr;
    return inet_pton(family, text, address) == 1;
}

/* "SOURCE DESTINATION PORT PORT" */
static enum proxy_state parse_ends(const char *at, int family, struct proxy_header *header)
{
    char fields[4][INET6_ADDRSTRLEN];
    uint16_t port[2];
    for (size_t i = 0; i < COUNT(fields); i++) {
        const char *next = take_field(at, fields[i], sizeof fields[i]);
        const bool is_last = i + 1 == COUNT(fields);
        if (!next || (is_last ? *next != '\0' || next[-1] == ' ' : *next == '\0'))
            return PROXY_BAD;
        at = next;
    }
    if (!set_address(&header->source, family, fields[0]) ||
        !set_address(&header->destination, family, fields[1]) || !parse_port(fields[2], &port[0]) ||
        !parse_port(fields[3], &port[1]))
        return PROXY_BAD;
    addr_set_port(&header->source, port[0]);
    addr_set_port(&header->destination, port[1]);
    return judge(header);
}

/* Without "PROXY " and CRLF. */
static enum proxy_state parse_line(const char *line, struct proxy_header *header)
{
    if (strncmp(line, "TCP4 ", 5) == 0)
        return parse_ends(line + 5, AF_INET, header);
    if (strncmp(line, "TCP6 ", 5) == 0)
        return parse_ends(line + 5, AF_INET6, header);
    return strcmp(line, "UNKNOWN") == 0 || strncmp(line, "UNKNOWN ", 8) == 0 ? PROXY_LOCAL
                                                                             : PROXY_BAD;
}

static enum proxy_state parse_version_1(const char *bytes, size_t n, struct proxy_header *header)
{
    char line[LINE_BYTES_MAX + 1];
    const size_t seen = n < LINE_BYTES_MAX ? n : LINE_BYTES_MAX;
    const char *end = memchr(bytes, '\n', seen);
    if (!end)
        return n < LINE_BYTES_MAX && !memchr(bytes, '\0', seen) ? PROXY_MORE : PROXY_BAD;
    const size_t size = (size_t)(end - bytes) + 1, start = sizeof word - 1;
    if (size < start + 2 || end[-1] != '\r' || memchr(bytes, '\0', size))
        return PROXY_BAD;
    memcpy(line, bytes + start, size - start - 2);
    line[size - start - 2] = '\0';
    header->size = size;
    return strchr(line, '\r') ? PROXY_BAD : parse_line(line, header);
}

/* ---- version 2 ---- */

static uint32_t crc32c_add(uint32_t crc, unsigned char byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78U : 0);
    return crc;
}

/* Of the whole header, in which the sum itself counts as zero. */
static bool crc_is_right(const unsigned char *bytes, size_t size, size_t sum_at)
{
    uint32_t crc = UINT32_MAX, sum;
    for (size_t i = 0; i < size; i++)
        crc = crc32c_add(crc, i >= sum_at && i < sum_at + CRC_BYTES ? 0 : bytes[i]);
    memcpy(&sum, bytes + sum_at, sizeof sum);
    return ntohl(sum) == ~crc;
}

/* Each within the header; all but the sum are skipped. */
static bool tlvs_are_right(const unsigned char *bytes, size_t size, size_t at)
{
    bool summed = false;
    while (at < size) {
        if (size - at < TLV_BYTES)
            return false;
        const size_t length = (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        const bool is_sum = bytes[at] == TLV_CRC32C;
        at += TLV_BYTES;
        if (length > size - at)
            return false;
        if (is_sum && (summed || length != CRC_BYTES || !crc_is_right(bytes, size, at)))
            return false;
        summed = summed || is_sum;
        at += length;
    }
    return true;
}

static void read_ipv4(struct sockaddr_storage *to, const unsigned char *address,
                      const unsigned char *port)
{
    struct sockaddr_in *in = (struct sockaddr_in *)to;
    in->sin_family = AF_INET;
    memcpy(&in->sin_addr, address, sizeof in->sin_addr);
    memcpy(&in->sin_port, port, sizeof in->sin_port);
}

static void read_ipv6(struct sockaddr_storage *to, const unsigned char *address,
                      const unsigned char *port)
{
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
    in6->sin6_family = AF_INET6;
    memcpy(&in6->sin6_addr, address, sizeof in6->sin6_addr);
    memcpy(&in6->sin6_port, port, sizeof in6->sin6_port);
}

static enum proxy_state read_ends(const unsigned char *at, bool ipv6, struct proxy_header *header)
{
    if (ipv6) {
        read_ipv6(&header->source, at, at + 32);
        read_ipv6(&header->destination, at + 16, at + 34);
    } else {
        read_ipv4(&header->source, at, at + 8);
        read_ipv4(&header->destination, at + 4, at + 10);
    }
    return judge(header);
}

/* The whole header is there. */
static enum proxy_state read_body(const unsigned char *bytes, struct proxy_header *header)
{
    const unsigned char family = bytes[FAMILY_AT];
    const bool is_ipv6 = family == TCP_OVER_IPV6;
    const size_t ends = family == UNSPECIFIED ? 0 : is_ipv6 ? IPV6_BYTES : IPV4_BYTES;
    if (family != UNSPECIFIED && family != TCP_OVER_IPV4 && !is_ipv6)
        return PROXY_BAD;
    if (header->size < FIXED_BYTES + ends ||
        !tlvs_are_right(bytes, header->size, FIXED_BYTES + ends))
        return PROXY_BAD;
    if (bytes[COMMAND_AT] == (VERSION_2 | COMMAND_LOCAL) || family == UNSPECIFIED)
        return PROXY_LOCAL;
    return read_ends(bytes + FIXED_BYTES, is_ipv6, header);
}

static enum proxy_state parse_version_2(const unsigned char *bytes, size_t n,
                                        struct proxy_header *header)
{
    if (n > COMMAND_AT && bytes[COMMAND_AT] != (VERSION_2 | COMMAND_LOCAL) &&
        bytes[COMMAND_AT] != (VERSION_2 | COMMAND_PROXY))
        return PROXY_BAD;
    if (n < FIXED_BYTES)
        return PROXY_MORE;
    header->size = FIXED_BYTES + ((size_t)bytes[LENGTH_AT] << 8 | bytes[LENGTH_AT + 1]);
    if (header->size > PROXY_HEADER_MAX)
        return PROXY_BAD;
    return n < header->size ? PROXY_MORE : read_body(bytes, header);
}

static bool begins(const void *bytes, size_t n, const void *with, size_t size)
{
    return memcmp(bytes, with, n < size ? n : size) == 0;
}

enum proxy_state proxy_header_parse(const void *bytes, size_t n, struct proxy_header *header)
{
    memset(header, 0, sizeof *header);
    if (n == 0)
        return PROXY_MORE;
    if (begins(bytes, n, signature, sizeof signature))
        return parse_version_2(bytes, n, header);
    if (!begins(bytes, n, word, sizeof word - 1))
        return PROXY_BAD;
    return parse_version_1(bytes, n, header);
}
