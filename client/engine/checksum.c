/* SPDX-License-Identifier: BSD-2-Clause */
/* checksum.c - digests of the server's files and of ours, to be compared. */
#include "client/engine/remote.h"

#include "common/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { PATIENCE_TIMES = 5, HASH_BYTES_PER_MS = 20000, INTERRUPT_EVERY = 16 * 1024 * 1024 };

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

static int64_t patience_ms(const struct session *session, int64_t bytes)
{
    return (int64_t)session->settings->idle_ms * PATIENCE_TIMES +
           (bytes > 0 ? bytes / HASH_BYTES_PER_MS : 0);
}

/* HASH reads the whole file: it gets more time than other commands, in which the user can see and
 * stop it.  A session with a reply to come is of no use for other commands, so it is closed
 * then. */
static enum outcome await_hash(struct session *session, const char *path, int64_t bytes)
{
    const int64_t began = now_ms(), deadline = began + patience_ms(session, bytes);
    for (;;) {
        bool done;
        const enum outcome outcome = session_try_receive(session, &done);
        if (outcome != OUTCOME_OK || (done && session->reply.code >= 200))
            return outcome == OUTCOME_OK ? session_check(session, path) : outcome;
        const int result = wait_ready(session->control.fd, POLLIN, session->settings->interrupt_fd,
                                      -1, now_ms() + 1000);
        if (result == 0)
            continue;
        if (result == -ETIMEDOUT && now_ms() < deadline) {
            if (session->settings->busy)
                session->settings->busy(session->settings->context, "checksum", path,
                                        now_ms() - began);
            continue;
        }
        session_close(session, false);
        session->no_hash = result == -ETIMEDOUT;
        return result == -EINTR
                   ? failure_set(&session->failure, OUTCOME_INTERRUPTED, "interrupted")
                   : failure_set(&session->failure, OUTCOME_AGAIN, "HASH takes too long");
    }
}

enum outcome remote_hash(struct session *session, const char *path, int64_t bytes,
                         struct hash *hash)
{
    enum outcome outcome = OUTCOME_OK;
    const unsigned needed = FEATURE_HASH | (bytes >= 0 ? FEATURE_RANG : 0);
    if ((session->features & needed) != needed || bytes == 0 || session->no_hash)
        return failure_set(&session->failure, OUTCOME_REFUSED, "the server does not support HASH");
    if (bytes > 0)
        outcome = session_ask(session, "RANG 0 %lld", (long long)bytes - 1);
    if (outcome == OUTCOME_OK)
        outcome = session_send(session, "HASH %s", path);
    if (outcome == OUTCOME_OK)
        outcome = await_hash(session, path, bytes);
    if (outcome == OUTCOME_OK &&
        (session->reply.code != 213 || !take_hash(session->reply.text, hash)))
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
    } digests[] = { { "SHA-256", EVP_sha256 },
                    { "SHA-512", EVP_sha512 },
                    { "SHA-1", EVP_sha1 },
                    { "MD5", EVP_md5 } };
    for (size_t i = 0; i < COUNT(digests); i++)
        if (strcasecmp(name, digests[i].ftp) == 0)
            return digests[i].digest();
    return NULL;
}

static int hash_bytes(int fd, int64_t bytes, int interrupt_fd, EVP_MD_CTX *context)
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
        if ((at ^ (at + n)) >= INTERRUPT_EVERY && wait_pause(interrupt_fd, 0) < 0)
            return -EINTR;
        at += n;
    }
    return 0;
}

int local_hash(int fd, int64_t bytes, const char *name, int interrupt_fd, struct hash *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const EVP_MD *kind = digest_of(name);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = kind ? -ENOMEM : -ENOTSUP;
    if (!kind || !context || EVP_DigestInit_ex(context, kind, NULL) != 1)
        goto out;
    result = hash_bytes(fd, bytes, interrupt_fd, context);
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
