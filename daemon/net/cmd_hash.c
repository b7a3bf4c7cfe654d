/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_hash.c - runs in NET, without privilege: checksums of files, which JAIL
 * opens for reading. */
#include "daemon/net/handlers.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/net/ask.h"
#include "daemon/net/crc32.h"
#include "daemon/net/end.h"
#include "daemon/net/net.h"
#include "daemon/net/home.h"
#include "daemon/net/next.h"
#include "daemon/net/pace.h"
#include "daemon/net/progress.h"
#include "daemon/net/reply.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { HASH_SHA256, HASH_SHA512, HASH_SHA1, HASH_MD5, HASH_CRC32, HASHES };
enum { GLANCE_PIECES = 16, TURN_FIRST_MS = 10, TURN_MAX_MS = 200 };
enum { FREE_BYTES = 1024 * 1024 }; /* so few cost no more than other commands, and take no turn */

/* In the order of FEAT; the first is the default.  OpenSSL fetches its digests before the fork. */
static struct hash_kind {
    const char *name;
    const char *openssl; /* NULL: CRC-32, which is ours */
    EVP_MD *fetched;
} hashes[HASHES] = {
    [HASH_SHA256] = { "SHA-256", "SHA2-256", NULL },
    [HASH_SHA512] = { "SHA-512", "SHA2-512", NULL },
    [HASH_SHA1] = { "SHA-1", "SHA1", NULL },
    [HASH_MD5] = { "MD5", "MD5", NULL },
    [HASH_CRC32] = { "CRC32", NULL, NULL },
};

void net_warm_up(void)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    crc32_prepare();
    for (size_t i = 0; i < HASHES; i++) {
        if (!hashes[i].openssl || hashes[i].fetched)
            continue;
        hashes[i].fetched = EVP_MD_fetch(NULL, hashes[i].openssl, NULL);
        if (!hashes[i].fetched || EVP_Digest("", 0, digest, &size, hashes[i].fetched, NULL) != 1)
            log_note(LOG_LEVEL_WARNING, "OpenSSL does not provide %s", hashes[i].name);
    }
}

const struct evp_md_st *net_sha256(void)
{
    return hashes[HASH_SHA256].fetched;
}

void feature_hashes(const struct session *s, char *to, size_t room)
{
    size_t at = 0;
    for (size_t i = 0; i < HASHES; i++) {
        const char *mark = i == s->hash ? "*" : "";
        if (text_format(to + at, room - at, "%s%s%s", i > 0 ? ";" : "", hashes[i].name, mark))
            at += strlen(to + at);
    }
}

enum step cmd_opts_hash(struct session *s, const struct argument *argument)
{
    if (argument->length == 0)
        return reply(s, 200, "%s", hashes[s->hash].name);
    for (size_t i = 0; i < HASHES; i++) {
        if (strcasecmp(argument->text, hashes[i].name) == 0) {
            s->hash = i;
            return reply(s, 200, "%s", hashes[i].name);
        }
    }
    return reply(s, 504, "Unknown hash algorithm.");
}

/* A checksum being computed, of either kind. */
struct summing {
    const struct hash_kind *kind;
    EVP_MD_CTX *context; /* NULL: CRC-32 */
    uint32_t crc;
};

static bool summing_begin(struct summing *sum, size_t which)
{
    *sum = (struct summing){ .kind = &hashes[which], .crc = 0 };
    if (!sum->kind->openssl)
        return true;
    sum->context = EVP_MD_CTX_new();
    return sum->kind->fetched && sum->context &&
           EVP_DigestInit_ex2(sum->context, sum->kind->fetched, NULL) == 1;
}

static bool summing_add(struct summing *sum, const char *bytes, size_t n)
{
    if (sum->context)
        return EVP_DigestUpdate(sum->context, bytes, n) == 1;
    sum->crc = crc32_add(sum->crc, bytes, n);
    return true;
}

static bool summing_end(struct summing *sum, char text[HASH_TEXT_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!sum->context)
        return text_format(text, HASH_TEXT_SIZE, "%08" PRIX32, sum->crc);
    if (EVP_DigestFinal_ex(sum->context, digest, &size) != 1)
        return false;
    for (unsigned i = 0; i < size; i++)
        (void)text_format(text + (size_t)2 * i, HASH_TEXT_SIZE - (size_t)2 * i, "%02x", digest[i]);
    return true;
}

/* 0; errno; ECANCELED: ABOR or the end of the session came. */
static uint32_t sum_file(struct session *s, int file, uint64_t bytes, struct summing *sum)
{
    for (unsigned piece = 1; bytes > 0; piece++) {
        const size_t room = pace_hash_piece(s, PIECE_SIZE);
        const size_t wanted = bytes < room ? (size_t)bytes : room;
        const ssize_t n = read(file, s->room.piece, wanted);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return (uint32_t)errno;
        if (n == 0)
            return 0;
        if (!summing_add(sum, s->room.piece, (size_t)n))
            return EIO;
        bytes -= (uint64_t)n;
        if (piece % GLANCE_PIECES == 0)
            session_glance(s);
        if (session_cut(s) || pace_hash(s, (size_t)n) == OUTCOME_CUT)
            return ECANCELED;
    }
    return 0;
}

/* Waits while another session of the user computes. 0, ECANCELED or an error of JAIL. */
static uint32_t await_turn(struct session *s)
{
    for (int64_t pause_ms = TURN_FIRST_MS;; pause_ms *= 2) {
        const uint32_t error = ask_jail_hash_turn(s, true);
        if (error != 0 || s->answer.more != 0)
            return error;
        if (pause_ms > TURN_MAX_MS)
            pause_ms = TURN_MAX_MS;
        if (session_wait(s, -1, 0, now_ms() + pause_ms, UNTIL_CUT) == WAITED_CUT)
            return ECANCELED;
    }
}

/* Only one session of a user at a time computes a long checksum; with hash_rate, any checksum. */
static uint32_t sum_in_turn(struct session *s, int file, uint64_t bytes, struct summing *sum)
{
    if (bytes <= FREE_BYTES && s->policy.hash_rate == 0)
        return sum_file(s, file, bytes, sum);
    uint32_t error = await_turn(s);
    if (error == 0)
        error = sum_file(s, file, bytes, sum);
    if (error == ASK_LOST)
        return error;
    const uint32_t lost = ask_jail_hash_turn(s, false);
    return lost == ASK_LOST ? lost : error;
}

/* The checksum of bytes first to last of s->path; *last is cut to the size of the file. */
static uint32_t sum_path(struct session *s, size_t which, uint64_t first, uint64_t *last,
                         char text[HASH_TEXT_SIZE])
{
    struct summing sum;
    int file;
    jail_question(s, JAIL_OPEN_READ)->offset = first;
    uint32_t error = ask_jail_fd(s, s->path, &file);
    if (error != 0)
        return error;
    const uint64_t size = s->answer.file.size;
    if (*last >= size)
        *last = size > 0 ? size - 1 : 0;
    const uint64_t bytes = size > 0 && *last >= first ? *last - first + 1 : 0;
    progress_begin_request(s);
    error = summing_begin(&sum, which) ? sum_in_turn(s, file, bytes, &sum) : ENOMEM;
    if (error == 0 && !summing_end(&sum, text))
        error = EIO;
    EVP_MD_CTX_free(sum.context); /* takes NULL */
    (void)close(file);
    return error;
}

/* An ABOR that came meanwhile gets its own reply after this one. */
static enum step failed(struct session *s, uint32_t error)
{
    const bool aborted = s->transfer.aborted && !s->abor_waits;
    progress_end(s);
    const enum step step =
        error == ECANCELED ? reply(s, 426, "Computation aborted.") : reply_error(s, error);
    if (aborted)
        (void)reply(s, 226, "ABOR command successful.");
    return step;
}

static void summed(struct session *s)
{
    const bool aborted = s->transfer.aborted && !s->abor_waits;
    progress_end(s);
    if (aborted)
        (void)reply(s, 226, "No transfer to abort.");
}

/* RANG first last; "RANG 1 0" clears the range. */
enum step cmd_rang(struct session *s, const struct argument *argument)
{
    uint64_t first, last;
    const size_t n = strcspn(argument->text, " ");
    if (argument->text[n] == '\0' || !number_parse_n(argument->text, n, 0, INT64_MAX, &first) ||
        !number_parse(argument->text + n + 1, 0, INT64_MAX - 1, &last))
        return reply(s, 501, "Usage: RANG first last");
    next_forget_range(s);
    if (first == 1 && last == 0)
        return reply(s, 350, "Range cleared.");
    if (first > last)
        return reply(s, 501, "The end of the range is before its start.");
    next_set_range(s, first, last);
    return reply(s, 350, "Restarting at %" PRIu64 ". End byte range at %" PRIu64 ".", first, last);
}

enum step cmd_hash(struct session *s, const struct argument *argument)
{
    char text[HASH_TEXT_SIZE];
    const bool ranged = s->next.ranged;
    const uint64_t first = ranged ? s->next.first : 0;
    uint64_t last = ranged ? s->next.last : INT64_MAX;
    (void)argument;
    next_forget_range(s);
    uint32_t error = sum_path(s, s->hash, first, &last, text);
    if (ranged && (error == JAIL_BEYOND_END || (error == 0 && last < first)))
        error = RANGE_BEYOND;
    if (error != 0)
        return failed(s, error);
    (void)reply(s, 213, "%s %" PRIu64 "-%" PRIu64 " %s %s", hashes[s->hash].name, first, last, text,
                path_last(s->path));
    summed(s);
    return STEP_NEXT;
}

/* Cuts the last word off the first *n bytes of text, if it is a number. */
static bool cut_number(const char *text, size_t *n, uint64_t *number)
{
    size_t at = *n;
    while (at > 0 && text[at - 1] != ' ')
        at--;
    if (at < 2 || !number_parse_n(text + at, *n - at, 0, INT64_MAX, number))
        return false;
    *n = at - 1;
    return true;
}

struct x_range {
    uint64_t first, end; /* end is the first byte that does not belong to it */
};

/* Resolves a name of n bytes, which may be in quotes, into s->path. */
static bool resolve_name(struct session *s, const char *text, size_t n)
{
    char name[LINE_BYTES + 1];
    if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
        text++;
        n -= 2;
    }
    return n > 0 && text_format(name, sizeof name, "%.*s", (int)n, text) &&
           path_to_read(s, name) == 0;
}

static bool exists(struct session *s)
{
    jail_question(s, JAIL_STAT)->flags = STAT_FOLLOW;
    return ask_jail(s, s->path) == 0;
}

/* Parses "path [first [end]]".  The whole argument is tried as a name first, as with MDTM (law
 * R7). */
static bool parse_x(struct session *s, const char *text, struct x_range *range)
{
    size_t n = strlen(text);
    uint64_t last_number, first_number;
    *range = (struct x_range){ .first = 0, .end = INT64_MAX };
    if (!resolve_name(s, text, n))
        return false;
    if (exists(s) || !cut_number(text, &n, &last_number))
        return true;
    range->first = last_number;
    if (cut_number(text, &n, &first_number))
        *range = (struct x_range){ .first = first_number, .end = last_number };
    return resolve_name(s, text, n);
}

static enum step x_sum(struct session *s, const struct argument *argument, size_t which)
{
    char text[HASH_TEXT_SIZE];
    struct x_range range;
    if (!parse_x(s, argument->text, &range) || range.end <= range.first)
        return reply(s, 501, "Usage: path [first [end]]");
    uint64_t last = range.end - 1;
    const uint32_t error = sum_path(s, which, range.first, &last, text);
    if (error != 0)
        return failed(s, error);
    (void)reply(s, 250, "%s", text);
    summed(s);
    return STEP_NEXT;
}

enum step cmd_xcrc(struct session *s, const struct argument *argument)
{
    return x_sum(s, argument, HASH_CRC32);
}

enum step cmd_xmd5(struct session *s, const struct argument *argument)
{
    return x_sum(s, argument, HASH_MD5);
}

enum step cmd_xsha1(struct session *s, const struct argument *argument)
{
    return x_sum(s, argument, HASH_SHA1);
}

enum step cmd_xsha256(struct session *s, const struct argument *argument)
{
    return x_sum(s, argument, HASH_SHA256);
}

enum step cmd_xsha512(struct session *s, const struct argument *argument)
{
    return x_sum(s, argument, HASH_SHA512);
}
