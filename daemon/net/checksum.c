/* SPDX-License-Identifier: BSD-2-Clause */
/* checksum.c - runs in NET, without privilege; reads what the client uploads. */
#include "daemon/net/checksum.h"

#include "daemon/net/net.h"

#include <openssl/evp.h>

void checksum_begin(struct session *s)
{
    const EVP_MD *kind = net_sha256();
    if (s->policy.upload_checksum != CHECKSUM_SHA256 || !kind)
        return;
    s->checksum = EVP_MD_CTX_new();
    if (s->checksum && EVP_DigestInit_ex2(s->checksum, kind, NULL) == 1)
        return;
    EVP_MD_CTX_free(s->checksum);
    s->checksum = NULL;
}

void checksum_add(const struct session *s, const char *bytes, size_t n)
{
    if (s->checksum)
        (void)EVP_DigestUpdate(s->checksum, bytes, n); /* fails for no digest of this kind */
}

bool checksum_end(struct session *s, unsigned char digest[SHA256_SIZE])
{
    unsigned size = 0;
    if (!s->checksum)
        return false;
    const bool fine = EVP_DigestFinal_ex(s->checksum, digest, &size) == 1 && size == SHA256_SIZE;
    EVP_MD_CTX_free(s->checksum);
    s->checksum = NULL;
    return fine;
}
