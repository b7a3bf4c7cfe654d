/* keys.c - runs in the keeper: reads a private key through the descriptor that
 * the master opened, into memory that is locked and left out of dumps. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"

#include <errno.h>
#include <openssl/pem.h>
#include <unistd.h>

enum { PEM_ROOM = 64 * 1024 };

/* No prompt: a key under a passphrase is refused. */
static int no_passphrase(char *to, int room, int writing, void *context)
{
    (void)to, (void)room, (void)writing, (void)context;
    return -1;
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
        key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    wipe(pem, sizeof pem);
    return key;
}
