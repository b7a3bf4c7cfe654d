/* SPDX-License-Identifier: BSD-2-Clause */
/* asn1.c - runs in the keeper; reads what NET requests a signature of.
 *
 * Recognizes more as ASN.1 than any verifier accepts: tags and lengths in all
 * forms of BER, a SEQUENCE that is not marked as constructed, and any contents of
 * the elements, which verifiers may not check either.  An honest handshake
 * begins with 32 random bytes, and its length is fixed: on X25519 one in 16,384
 * begins like a SEQUENCE or SET of its length, and only one in 60 of these also
 * consists of elements up to its end. */
#include "daemon/keeper/handshake.h"

#include <stdint.h>

/* Bits of a tag's first octet, and of an octet that is followed by others. */
enum { KIND = 0xe0, CONSTRUCTED = 0x20, NUMBER = 0x1f, MORE = 0x80, VALUE = 0x7f };

/* Numbers of universal tags, and the first one that does not matter. */
enum { END_OF_CONTENTS = 0, SEQUENCE = 16, SET = 17, OTHER = 18 };

/* The rest of the text. */
struct rest {
    const unsigned char *at;
    size_t length;
};

/* An element's tag and length. */
struct header {
    unsigned char kind; /* class and CONSTRUCTED */
    uint32_t number;
    bool indefinite; /* it ends with two zero bytes */
    size_t length;   /* of its contents; 0 if indefinite */
};

static bool take(struct rest *rest, unsigned char *byte)
{
    if (rest->length == 0)
        return false;
    *byte = *rest->at++;
    rest->length--;
    return true;
}

/* SEQUENCE may be written in the long form as well. */
static bool take_tag(struct rest *rest, struct header *header)
{
    unsigned char byte = 0;
    if (!take(rest, &byte))
        return false;
    header->kind = byte & KIND;
    header->number = byte & NUMBER;
    if (header->number != NUMBER)
        return true;
    header->number = 0;
    do {
        if (!take(rest, &byte))
            return false;
        header->number =
            header->number < OTHER ? header->number << 7 | (uint32_t)(byte & VALUE) : OTHER;
    } while (byte & MORE);
    return true;
}

/* A length beyond the end is invalid. */
static bool take_length(struct rest *rest, struct header *header)
{
    unsigned char first = 0, byte = 0;
    if (!take(rest, &first))
        return false;
    header->indefinite = first == MORE;
    header->length = first & MORE ? 0 : first;
    for (int i = first & MORE ? first & VALUE : 0; i > 0; i--) {
        if (!take(rest, &byte) || header->length > SIZE_MAX >> 8)
            return false;
        header->length = header->length << 8 | byte;
    }
    return header->length <= rest->length;
}

static bool take_header(struct rest *rest, struct header *header)
{
    return take_tag(rest, header) && take_length(rest, header) &&
           (!header->indefinite || header->kind & CONSTRUCTED);
}

static void skip(struct rest *rest, size_t length)
{
    rest->at += length;
    rest->length -= length;
}

static bool is_end(const struct header *header)
{
    return header->kind == 0 && header->number == END_OF_CONTENTS && header->length == 0;
}

/* Up to the end of the text or, if the outer element has an indefinite length, to its two zeros
 * there. */
static bool holds_elements(struct rest *rest, bool indefinite)
{
    size_t depth = indefinite; /* open elements that end with two zeros */
    while (rest->length > 0) {
        struct header header;
        if (!take_header(rest, &header))
            return false;
        if (depth > 0 && is_end(&header) && --depth == 0 && indefinite)
            return rest->length == 0;
        depth += header.indefinite;
        skip(rest, header.length);
    }
    return depth == 0 && !indefinite;
}

bool is_asn1_structure(const unsigned char *text, size_t length)
{
    struct rest rest = { text, length };
    struct header outer;
    return take_header(&rest, &outer) && (outer.kind & ~CONSTRUCTED) == 0 &&
           (outer.number == SEQUENCE || outer.number == SET) &&
           (outer.indefinite || outer.length == rest.length) &&
           holds_elements(&rest, outer.indefinite);
}
