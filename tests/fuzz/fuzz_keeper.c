/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_keeper.c - what a NET asks the keeper to sign: only what has the form
 * of a server's handshake comes out, neither form can pass for the other, and
 * what OpenSSL reads as ASN.1 to its end is refused. */
/* with: daemon/keeper/signing.c daemon/keeper/handshake.c daemon/keeper/asn1.c -lcrypto */
#include "daemon/keeper/handshake.h"
#include "daemon/keeper/keeper.h"
#include "tests/fuzz/fuzz.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

enum { SPACES = 64, RANDOMS = 64, NAMED_CURVE = 3 };

typedef ASN1_SEQUENCE_ANY *reader(ASN1_SEQUENCE_ANY **to, const unsigned char **at, long length);

static bool reads(reader *read, const unsigned char *text, size_t length)
{
    const unsigned char *at = text;
    ASN1_SEQUENCE_ANY *elements = read(NULL, &at, (long)length);
    const bool fine = elements && at == text + length;
    sk_ASN1_TYPE_pop_free(elements, ASN1_TYPE_free);
    ERR_clear_error();
    return fine;
}

static bool openssl_reads(const unsigned char *text, size_t length)
{
    return reads(d2i_ASN1_SEQUENCE_ANY, text, length) || reads(d2i_ASN1_SET_ANY, text, length);
}

static void judge_text(const struct keeper_sign *ask)
{
    static const char context[] = "TLS 1.3, server CertificateVerify";
    unsigned char text[SPACES + sizeof context + KEEPER_TEXT_ROOM];
    const size_t n = signed_text(ask, text, sizeof text);
    must(n <= sizeof text);
    if (n == 0)
        return;
    must(!openssl_reads(text, n));
    if (ask->head.type == KEEPER_SIGN_TLS13) {
        must(n > SPACES + sizeof context && memcmp(text + SPACES, context, sizeof context) == 0);
        for (size_t i = 0; i < SPACES; i++)
            must(text[i] == ' ');
    } else {
        must(n > RANDOMS && text[RANDOMS] == NAMED_CURVE && n == ask->text_length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keeper_sign ask = { 0 };
    char *exact = fuzz_text(data, size); /* the sanitizer sees a step beyond */
    must(!openssl_reads(data, size) || is_asn1_structure((unsigned char *)exact, size));
    free(exact);
    memcpy(&ask, data, size < sizeof ask ? size : sizeof ask);
    judge_text(&ask);
    return 0;
}
