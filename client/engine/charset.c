/* SPDX-License-Identifier: BSD-2-Clause */
/* charset.c - iconv, with bytes that are not valid passed through. */
#include "client/engine/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 8192 };

struct charset {
    iconv_t out, in; /* to the server, and from it */
};

struct piece {
    char *from, *to;
    size_t left, room;
};

static bool pass_byte(struct piece *piece)
{
    if (piece->room == 0)
        return false;
    *piece->to++ = *piece->from++;
    piece->left--;
    piece->room--;
    return true;
}

/* The character at the start is valid UTF-8, so the set lacks it. */
static bool is_character(const char *from, size_t left)
{
    const unsigned char first = (unsigned char)from[0];
    const size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
    if (first < 0x80 || first >= 0xF5 || n == 1 || n > left)
        return first < 0x80;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)from[i] & 0xC0) != 0x80)
            return false;
    return true;
}

/* strict: a character that cannot be converted is a failure.  False: that, or no room. */
static bool convert(iconv_t way, struct piece *piece, bool strict)
{
    (void)iconv(way, NULL, NULL, NULL, NULL);
    while (piece->left > 0) {
        if (iconv(way, &piece->from, &piece->left, &piece->to, &piece->room) != (size_t)-1)
            break;
        if (errno == E2BIG || (strict && is_character(piece->from, piece->left)) ||
            !pass_byte(piece))
            return false;
    }
    return iconv(way, NULL, NULL, &piece->to, &piece->room) != (size_t)-1;
}

size_t charset_decode(struct charset *charset, const char *text, size_t n, char *to, size_t room)
{
    struct piece piece = { .from = (char *)text, .to = to, .left = n, .room = room };
    (void)convert(charset->in, &piece, false);
    return (size_t)(piece.to - to);
}

bool charset_encode(struct charset *charset, char *line, size_t room, size_t *n)
{
    char to[LINE_SIZE];
    struct piece piece = { .from = line, .to = to, .left = *n };
    piece.room = room < sizeof to ? room : sizeof to;
    const bool fits = convert(charset->out, &piece, true);
    *n = (size_t)(piece.to - to);
    if (fits)
        memcpy(line, to, *n);
    explicit_bzero(to, sizeof to); /* it may have been a password */
    return fits;
}

/* Commands are ASCII. */
static bool has_ascii(struct charset *charset)
{
    static const char text[] = "USER aZ/09.-_ \"%*";
    char line[sizeof text + 8], back[sizeof text + 8];
    size_t n = sizeof text - 1;
    memcpy(line, text, n);
    return charset_encode(charset, line, sizeof line, &n) && n == sizeof text - 1 &&
           memcmp(line, text, n) == 0 && charset_decode(charset, line, n, back, sizeof back) == n &&
           memcmp(back, text, n) == 0;
}

int charset_open(const char *name, struct charset **charset)
{
    struct charset *made = calloc(1, sizeof *made);
    *charset = NULL;
    if (!made)
        return -ENOMEM;
    made->out = iconv_open(name, "UTF-8");
    made->in = iconv_open("UTF-8", name);
    if (made->out == (iconv_t)-1 || made->in == (iconv_t)-1 || !has_ascii(made)) {
        charset_close(made);
        return -EINVAL;
    }
    *charset = made;
    return 0;
}

void charset_close(struct charset *charset)
{
    if (!charset)
        return;
    if (charset->out != (iconv_t)-1)
        iconv_close(charset->out);
    if (charset->in != (iconv_t)-1)
        iconv_close(charset->in);
    free(charset);
}
