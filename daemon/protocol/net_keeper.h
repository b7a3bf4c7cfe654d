/* SPDX-License-Identifier: BSD-2-Clause */
/* net_keeper.h - NET asks the keeper for the one private-key operation of a
 * TLS handshake.  The keeper signs only what has the form of a server's
 * handshake signature: for TLS 1.3 it builds the text itself from the
 * transcript's hash, for TLS 1.2 it checks the ServerKeyExchange form. */
#ifndef PROTOCOL_NET_KEEPER_H
#define PROTOCOL_NET_KEEPER_H

#include "daemon/protocol/rows.h"

/* TLS13: the text is only the transcript's hash.  TLS12: it is what
 * ServerKeyExchange signs (RFC 8422 section 5.4). */
/* clang-format off */
#define NET_TO_KEEPER(ROW)                                                                                           \
    ROW(KEEPER_SIGN_TLS13, 1, WHOLE(keeper_sign), 0, ALWAYS, tls13)                                                  \
    ROW(KEEPER_SIGN_TLS12, 2, WHOLE(keeper_sign), 0, ALWAYS, tls12)
/* clang-format on */

enum net_keeper { NET_TO_KEEPER(BORDER_TYPE) };

/* TLS SignatureScheme numbers (RFC 8446 section 4.2.3) that are used. */
enum signature_scheme {
    SCHEME_RSA_PKCS1_SHA256 = 0x0401,
    SCHEME_RSA_PKCS1_SHA384 = 0x0501,
    SCHEME_RSA_PKCS1_SHA512 = 0x0601,
    SCHEME_ECDSA_SHA256 = 0x0403,
    SCHEME_ECDSA_SHA384 = 0x0503,
    SCHEME_ECDSA_SHA512 = 0x0603,
    SCHEME_RSA_PSS_SHA256 = 0x0804,
    SCHEME_RSA_PSS_SHA384 = 0x0805,
    SCHEME_RSA_PSS_SHA512 = 0x0806,
    SCHEME_ED25519 = 0x0807,
};

enum {
    KEEPER_TEXT_ROOM = 256, /* 64 bytes of randoms, 4 of curve and length, a point of up to 133 */
    SIGNATURE_ROOM = 1024,  /* RSA of 8192 bits */
};

struct keeper_sign {
    struct message_head head;
    uint32_t key;         /* 0: [tls]'s, 1 + n: of the n-th [host NAME] */
    uint32_t scheme;      /* enum signature_scheme */
    uint32_t text_length; /* bytes of text, 1..KEEPER_TEXT_ROOM; the rest is zero */
    /* key_print() of the certificate: a session may be older than a renewal */
    uint32_t print;
    unsigned char text[KEEPER_TEXT_ROOM];
};

struct keeper_answer {
    struct message_head head; /* of the question */
    /* 0, EAGAIN: too many at once, ENOENT: no such key, EINVAL: the key does not fit */
    uint32_t error;
    uint32_t length; /* bytes of signature */
    unsigned char signature[SIGNATURE_ROOM];
};

#endif
