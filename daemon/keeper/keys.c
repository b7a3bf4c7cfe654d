/* SPDX-License-Identifier: BSD-2-Clause */
/* keys.c - runs in the keeper: reads a private key through the descriptor that
 * the master opened, into memory that is locked and left out of dumps. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

enum { PEM_ROOM = 64 * 1024 };

/* No prompt: a key with a passphrase is refused. */
static int no_passphrase(char *to, int room, int writing, void *context)
{
    (void)to, (void)room, (void)writing, (void)context;
    return -1;
}

/* In two steps, the first into the secure heap: PEM_read_bio_PrivateKey leaves
 * the key's bytes in memory that it frees and does not wipe (law T7, invariant I4). */
static EVP_PKEY *parse(BIO *bio)
{
    EVP_PKEY *key = NULL;
    unsigned char *der = NULL;
    char *name = NULL;
    long n = 0;
    if (PEM_bytes_read_bio_secmem(&der, &n, &name, PEM_STRING_EVP_PKEY, bio, no_passphrase, NULL) !=
        1)
        return NULL;
    const unsigned char *at = der;
    if (strcmp(name, PEM_STRING_PKCS8) != 0) /* it has a passphrase */
        key = d2i_AutoPrivateKey(NULL, &at, n);
    OPENSSL_secure_clear_free(der, (size_t)n);
    OPENSSL_secure_free(name);
    return key;
}

void keeper_begin(void)
{
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        die("keeper: OpenSSL can't be used");
}

EVP_PKEY *key_read(int fd)
{
    static char pem[PEM_ROOM]; /* not on the heap: wiped below, whatever happens */
    EVP_PKEY *key = NULL;
    BIO *bio = NULL;
    const ssize_t n = pread(fd, pem, sizeof pem, 0);
    if (n == (ssize_t)sizeof pem)
        errno = EFBIG;
    if (n > 0 && n < (ssize_t)sizeof pem)
        bio = BIO_new_mem_buf(pem, (int)n);
    if (bio)
        key = parse(bio);
    BIO_free(bio);
    wipe(pem, sizeof pem);
    return key;
}

size_t key_write(const EVP_PKEY *key, unsigned char *der, size_t room)
{
    const int length = i2d_PrivateKey(key, NULL);
    if (length <= 0 || (size_t)length > room)
        return 0;
    return i2d_PrivateKey(key, &der) == length ? (size_t)length : 0;
}

EVP_PKEY *key_parse(const unsigned char *der, size_t length)
{
    return d2i_AutoPrivateKey(NULL, &der, (long)length);
}
