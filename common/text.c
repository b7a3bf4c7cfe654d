/* SPDX-License-Identifier: BSD-2-Clause */
/* text.c - bounded strings and numbers.  In every program; pure. */
#include "common/text.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool text_ends(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

bool text_copy(char *to, size_t room, const char *text)
{
    if (room == 0)
        return false;
    const size_t length = strnlen(text, room);
    if (length == room) {
        to[0] = '\0';
        return false;
    }
    memcpy(to, text, length + 1);
    return true;
}

bool text_format(char *to, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(to, room, format, arguments);
    va_end(arguments);
    if (length < 0 && room > 0)
        to[0] = '\0';
    return length >= 0 && (size_t)length < room;
}

bool number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    return number_parse_n(text, strlen(text), least, most, out);
}

bool number_parse_n(const char *text, size_t n, uint64_t least, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value < least || value > most)
        return false;
    *out = value;
    return true;
}

/* Writes one byte as \xHH. */
static void escape_byte(unsigned char byte, char piece[4])
{
    static const char digits[] = "0123456789abcdef";
    piece[0] = '\\';
    piece[1] = 'x';
    piece[2] = digits[byte >> 4];
    piece[3] = digits[byte & 15];
}

size_t text_escape_char(const char *bytes, size_t n, char piece[TEXT_PIECE_ROOM],
                        size_t *piece_length)
{
    const struct utf8_char one = utf8_next(bytes, n);
    if (!utf8_is_control(one) && *bytes != '\\') {
        memcpy(piece, bytes, one.length);
        *piece_length = one.length;
        return one.length;
    }
    for (size_t i = 0; i < one.length; i++)
        escape_byte((unsigned char)bytes[i], piece + 4 * i);
    *piece_length = 4 * one.length;
    return one.length;
}

size_t text_escape(char *to, size_t room, const char *bytes, size_t n)
{
    static const char cut[] = "...";
    const size_t cut_length = sizeof cut - 1;
    size_t length = 0;
    size_t cut_at = 0; /* the last end of a piece after which "..." fits */

    if (room == 0)
        return 0;
    for (size_t i = 0; i < n;) {
        char piece[TEXT_PIECE_ROOM];
        size_t more;
        i += text_escape_char(bytes + i, n - i, piece, &more);
        if (length + cut_length < room)
            cut_at = length;
        if (length + more >= room) {
            length = cut_at + cut_length < room ? cut_at + cut_length : 0;
            memcpy(to + cut_at, cut, length - (length ? cut_at : 0));
            break;
        }
        memcpy(to + length, piece, more);
        length += more;
    }
    to[length] = '\0';
    return length;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance, one row at a time.  Words that are too long for the row are
 * no typing errors: they get the largest distance. */
size_t text_distance(const char *a, const char *b)
{
    enum { WORD_MAX = 64 };
    size_t row[WORD_MAX + 1];
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);

    if (b_length > WORD_MAX)
        return a_length > b_length ? a_length : b_length;
    for (size_t k = 0; k <= b_length; k++)
        row[k] = k;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b_length; k++) {
            const size_t above = row[k];
            row[k] = least_of(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

void wipe(void *bytes, size_t n)
{
    explicit_bzero(bytes, n);
}

int64_t now_ms(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *text_bytes(uint64_t bytes, char to[TEXT_BYTES_ROOM])
{
    static const struct {
        uint64_t bytes;
        const char *name;
    } units[] = { { 1000000000, "GB" }, { 1000000, "MB" }, { 1000, "kB" } };
    for (size_t i = 0; i < COUNT(units); i++) {
        if (bytes != 0 && bytes % units[i].bytes == 0) {
            (void)text_format(to, TEXT_BYTES_ROOM, "%llu %s",
                              (unsigned long long)(bytes / units[i].bytes), units[i].name);
            return to;
        }
    }
    (void)text_format(to, TEXT_BYTES_ROOM, "%llu bytes", (unsigned long long)bytes);
    return to;
}
