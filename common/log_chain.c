/* SPDX-License-Identifier: BSD-2-Clause */
/* log_chain.c - makes and checks the chain of log lines. */
#include "common/log_chain.h"

#include "common/text.h"

#include <inttypes.h>
#include <string.h>

static const char text_mark[] = " chain=", json_mark[] = ",\"chain\":\"", json_end[] = "\"}";

/* Of the line up to its mark.  False: it is too long. */
static bool hash(const uint8_t before[SHA256_SIZE], const char *line, size_t n,
                 uint8_t to[SHA256_SIZE])
{
    static uint8_t bytes[SHA256_SIZE + LOG_CHAIN_LINE];
    if (n > LOG_CHAIN_LINE)
        return false;
    memcpy(bytes, before, SHA256_SIZE);
    memcpy(bytes + SHA256_SIZE, line, n);
    sha256(bytes, SHA256_SIZE + n, to);
    return true;
}

static void put_hex(const uint8_t bytes[SHA256_SIZE], char to[LOG_CHAIN_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
    to[LOG_CHAIN_HEX] = '\0';
}

void log_chain_hex(const struct log_chain *chain, char to[LOG_CHAIN_HEX + 1])
{
    put_hex(chain->head, to);
}

bool log_chain_append(struct log_chain *chain, char *line, size_t *length)
{
    char digits[LOG_CHAIN_HEX + 1];
    const bool json = *length > 0 && *line == '{';
    const size_t n = *length - json; /* without the brace */
    (void)text_format(line + n, LOG_CHAIN_SUFFIX, json ? ",\"seq\":%" PRIu64 : " seq=%" PRIu64,
                      chain->sequence + 1);
    const size_t marked = n + strlen(line + n);
    if (!hash(chain->head, line, marked, chain->head))
        return false;
    chain->sequence++;
    put_hex(chain->head, digits);
    (void)text_format(line + marked, LOG_CHAIN_SUFFIX / 2 + 32, "%s%s%s",
                      json ? json_mark : text_mark, digits, json ? json_end : "");
    *length = marked + strlen(line + marked);
    return true;
}

/* A chained line in its parts. */
struct parts {
    size_t marked; /* bytes up to the mark */
    const char *digits;
    uint64_t sequence;
};

/* The number behind the last ` seq=` or `,"seq":`, which ends at `end`. */
static bool find_sequence(const char *line, size_t end, const char *key, uint64_t *sequence)
{
    const size_t n = strlen(key);
    size_t at = end;
    while (at > 0 && line[at - 1] >= '0' && line[at - 1] <= '9')
        at--;
    return at >= n && memcmp(line + at - n, key, n) == 0 &&
           number_parse_n(line + at, end - at, 1, UINT64_MAX, sequence);
}

static bool find_parts(const char *line, size_t length, struct parts *parts)
{
    const bool json = length > 0 && *line == '{';
    const char *mark = json ? json_mark : text_mark, *end = json ? json_end : "";
    const size_t tail = strlen(mark) + LOG_CHAIN_HEX + strlen(end);
    if (length <= tail)
        return false;
    parts->marked = length - tail;
    parts->digits = line + parts->marked + strlen(mark);
    return memcmp(line + parts->marked, mark, strlen(mark)) == 0 &&
           memcmp(parts->digits + LOG_CHAIN_HEX, end, strlen(end)) == 0 &&
           find_sequence(line, parts->marked, json ? ",\"seq\":" : " seq=", &parts->sequence);
}

bool log_chain_read_hex(const char digits[LOG_CHAIN_HEX], uint8_t to[SHA256_SIZE])
{
    static const char values[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        const char *high = memchr(values, digits[2 * i], 16),
                   *low = memchr(values, digits[2 * i + 1], 16);
        if (!high || !low)
            return false;
        to[i] = (uint8_t)((high - values) << 4 | (low - values));
    }
    return true;
}

enum log_chain_verdict log_chain_check(struct log_chain *chain, const char *line, size_t length)
{
    static const uint8_t zeros[SHA256_SIZE];
    uint8_t said[SHA256_SIZE], found[SHA256_SIZE];
    struct parts parts;
    if (!find_parts(line, length, &parts) || !log_chain_read_hex(parts.digits, said))
        return CHAIN_NONE;
    const bool first = parts.sequence == 1;
    if (!first && chain->sequence != 0 && parts.sequence != chain->sequence + 1)
        return CHAIN_GAP;
    if (!hash(first ? zeros : chain->head, line, parts.marked, found) ||
        memcmp(found, said, SHA256_SIZE) != 0)
        return CHAIN_BROKEN;
    memcpy(chain->head, said, SHA256_SIZE);
    chain->sequence = parts.sequence;
    return first ? CHAIN_BEGINS : CHAIN_FITS;
}

void log_chain_resume(struct log_chain *chain, const char *line, size_t length)
{
    struct parts parts;
    if (find_parts(line, length, &parts) && log_chain_read_hex(parts.digits, chain->head))
        chain->sequence = parts.sequence;
}
