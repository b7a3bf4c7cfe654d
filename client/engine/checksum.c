/* checksum.c - digests of the server's files and of ours, to be compared. */
#include "client/engine/remote.h"

#include "common/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* "SHA-256 0-49 6169fd... name": the first and the third word. */
static bool take_hash(const char *text, struct hash *hash)
{
    size_t name = strcspn(text, " "), range, hex;
    const char *at;
    if (!text[name] || !text_format(hash->name, sizeof hash->name, "%.*s", (int)name, text))
        return false;
    at = text + name + 1;
    range = strcspn(at, " ");
    if (!at[range])
        return false;
    at += range + 1;
    hex = strcspn(at, " \n");
    if (hex == 0 || !text_format(hash->hex, sizeof hash->hex, "%.*s", (int)hex, at))
        return false;
    for (char *c = hash->hex; *c; c++)
        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
    return true;
}

enum outcome remote_hash(struct session *session, const char *path, int64_t bytes, struct hash *hash)
{
    enum outcome outcome = OUTCOME_OK;
    const unsigned needed = FEATURE_HASH | (bytes >= 0 ? FEATURE_RANG : 0);
    if ((session->features & needed) != needed || bytes == 0)
        return failure_set(&session->failure, OUTCOME_REFUSED, "the server does not support HASH");
    if (bytes > 0)
        outcome = session_ask(session, "RANG 0 %lld", (long long)bytes - 1);
    if (outcome == OUTCOME_OK)
        outcome = session_ask(session, "HASH %s", path);
    if (outcome == OUTCOME_OK && (session->reply.code != 213 || !take_hash(session->reply.text, hash)))
        outcome = failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected reply to HASH");
    if (bytes > 0 && session->open) {
        const struct failure kept = session->failure;
        (void)session_command(session, "RANG 1 0"); /* back to the whole file */
        session->failure = kept;
    }
    return outcome;
}

static const EVP_MD *digest_of(const char *name)
{
    static const struct {
        const char *ftp;
        const EVP_MD *(*digest)(void);
    } digests[] = {
        { "SHA-256", EVP_sha256 }, { "SHA-512", EVP_sha512 }, { "SHA-1", EVP_sha1 }, { "MD5", EVP_md5 }
    };
    for (size_t i = 0; i < COUNT(digests); i++)
        if (strcasecmp(name, digests[i].ftp) == 0)
            return digests[i].digest();
    return NULL;
}

static int hash_bytes(int fd, int64_t bytes, EVP_MD_CTX *context)
{
    char buffer[65536];
    int64_t at = 0;
    while (bytes < 0 || at < bytes) {
        const size_t want =
            bytes < 0 || bytes - at > (int64_t)sizeof buffer ? sizeof buffer : (size_t)(bytes - at);
        const ssize_t n = pread(fd, buffer, want, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return bytes < 0 ? 0 : -ENODATA;
        if (EVP_DigestUpdate(context, buffer, (size_t)n) != 1)
            return -ENOMEM;
        at += n;
    }
    return 0;
}

int local_hash(int fd, int64_t bytes, const char *name, struct hash *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const EVP_MD *kind = digest_of(name);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = kind ? -ENOMEM : -ENOTSUP;
    if (!kind || !context || EVP_DigestInit_ex(context, kind, NULL) != 1)
        goto out;
    result = hash_bytes(fd, bytes, context);
    if (result == 0 && EVP_DigestFinal_ex(context, digest, &n) != 1)
        result = -ENOMEM;
    if (result == 0 && !text_copy(hash->name, sizeof hash->name, name))
        result = -ENOTSUP;
    for (unsigned i = 0; result == 0 && i < n; i++)
        text_format(hash->hex + (size_t)i * 2, 3, "%02x", (unsigned)digest[i]);
out:
    EVP_MD_CTX_free(context);
    return result;
}
