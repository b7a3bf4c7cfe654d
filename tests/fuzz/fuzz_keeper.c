/* fuzz_keeper.c - what a NET asks the keeper to sign: only what has the form
 * of a server's handshake comes out, and neither form can pass for the other. */
/* with: daemon/keeper/signing.c -lcrypto */
#include "daemon/keeper/keeper.h"
#include "tests/fuzz/fuzz.h"

enum { SPACES = 64, RANDOMS = 64, NAMED_CURVE = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char context[] = "TLS 1.3, server CertificateVerify";
    unsigned char text[SPACES + sizeof context + KEEPER_TEXT_ROOM];
    struct keeper_sign ask = { 0 };
    memcpy(&ask, data, size < sizeof ask ? size : sizeof ask);
    const size_t n = signed_text(&ask, text, sizeof text);
    must(n <= sizeof text);
    if (n == 0)
        return 0;
    if (ask.head.type == KEEPER_SIGN_TLS13) {
        must(n > SPACES + sizeof context && memcmp(text + SPACES, context, sizeof context) == 0);
        for (size_t i = 0; i < SPACES; i++)
            must(text[i] == ' ');
    } else {
        must(n > RANDOMS && text[RANDOMS] == NAMED_CURVE && n == ask.text_length);
    }
    return 0;
}
