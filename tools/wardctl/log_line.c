/* SPDX-License-Identifier: BSD-2-Clause */
/* log_line.c - parses a line of the log in place.  Whatever bytes it holds, each
 * step moves on by at least one byte and never past the NUL. */
#define _XOPEN_SOURCE 700
#include "tools/wardctl/log_line.h"

#include "tools/wardctl/log_time.h"

#include <ctype.h>
#include <string.h>

static void add(struct log_line *line, const char *key, char *value, bool is_text)
{
    if (line->count < LOG_FIELDS_MAX)
        line->fields[line->count++] = (struct log_field){ key, value, is_text };
}

static bool is_number(const char *value)
{
    const size_t n = strlen(value);
    const char *point = strchr(value, '.');
    return n > 0 && n < 20 && (!point || !strchr(point + 1, '.')) &&
           strspn(value, "0123456789.") == n && *value != '.' && value[n - 1] != '.' &&
           (*value != '0' || n == 1 || value[1] == '.');
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The number of `n` hex digits, or -1. */
static long hex_number(const char *digits, size_t n)
{
    long value = 0;
    for (size_t i = 0; i < n; i++) {
        const int digit = hex(digits[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* A code of \uXXXX: below 256 a byte, as the scribe writes it; the lone surrogate that
 * --json makes of one (JSON_SURROGATE); else UTF-8. */
static char *put_code(char *to, unsigned code)
{
    if (code < 0x100 || (code >= 0xdc80 && code <= 0xdcff)) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* How many bytes an escape takes, and what it means; 0: there is none. */
static size_t escape_at(const char *at, long *code)
{
    if (at[0] != '\\')
        return 0;
    if (at[1] == 'x' && (*code = hex_number(at + 2, 2)) > 0)
        return 4;
    if (at[1] == 'u' && (*code = hex_number(at + 2, 4)) > 0)
        return 6;
    return 0;
}

/* The string that begins behind a quote at `at`; *end is what follows its closing quote. */
static char *take_string(char *at, char **end)
{
    char *to = at, *text = at;
    while (*at && *at != '"') {
        long code;
        const size_t n = escape_at(at, &code);
        if (n > 0)
            to = put_code(to, (unsigned)code);
        else
            *to++ = *at;
        at += n > 0 ? n : 1;
    }
    *end = *at ? at + 1 : at;
    *to = '\0';
    return text;
}

/* ---- JSON: one flat object, as the scribe writes it ---- */

static bool take_member(char **at, struct log_line *line)
{
    char *key, *value, *next = *at + strspn(*at, " ");
    if (*next != '"')
        return false;
    key = take_string(next + 1, &next);
    if (*next++ != ':')
        return false;
    next += strspn(next, " ");
    const bool quoted = *next == '"';
    if (quoted) {
        value = take_string(next + 1, &next);
    } else {
        value = next;
        next += strcspn(next, ",}");
    }
    const char behind = *next;
    if (behind)
        *next++ = '\0';
    *at = next;
    if (strcmp(key, "time") == 0)
        line->time = value;
    else if (strcmp(key, "level") == 0 && quoted)
        line->level = value;
    else if (strcmp(key, "event") == 0)
        line->event = value;
    else
        add(line, key, value, quoted);
    return behind == ',';
}

static bool parse_json(char *text, struct log_line *line)
{
    text++; /* the brace */
    while (take_member(&text, line))
        ;
    return line->event != NULL;
}

/* ---- text ---- */

/* Behind an unquoted value, is there a text to the line's end?  An IPv6 address may end in "::". */
static bool begins_rest(const char *value, size_t n)
{
    if (n == 0 || value[n - 1] != ':')
        return false;
    return n < 2 || value[n - 2] != ':' || (n > 2 && value[n - 3] == ':');
}

static char *take_plain(char *at, char **end, bool *rest)
{
    const size_t n = strcspn(at, " ");
    *rest = at[n] == ' ' && begins_rest(at, n);
    *end = at + n + (at[n] == ' ');
    at[*rest ? n - 1 : n] = '\0';
    return at;
}

static bool is_key(const char *at)
{
    const size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
    return n > 0 && at[n] == '=';
}

static void take_word(struct log_line *line, char *word)
{
    static char yes[] = "true", no[] = "false";
    if (strcmp(word, "complete") == 0 || strcmp(word, "incomplete") == 0)
        add(line, "complete", *word == 'c' ? yes : no, false);
    else if (!line->event)
        line->event = word;
}

static void take_field(struct log_line *line, char **at, bool *rest)
{
    char *key = *at, *next = key + strcspn(key, "="), *value;
    *next++ = '\0';
    const bool quoted = *next == '"';
    if (quoted) {
        value = take_string(next + 1, &next);
        *rest = *next == ':';
        next += *rest;
        next += *next == ' ';
    } else {
        value = take_plain(next, &next, rest);
    }
    const bool flag = strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
    add(line, key, value, quoted || (!flag && !is_number(value)));
    *at = next;
}

static bool parse_fields(char *at, struct log_line *line)
{
    bool rest = false;
    if (strncmp(at, "login refused: ", 15) == 0) {
        line->event = "login refused";
        at += 15;
    }
    while (*at && !rest) {
        if (is_key(at))
            take_field(line, &at, &rest);
        else
            take_word(line, take_plain(at, &at, &rest));
    }
    if (rest)
        add(line, "text", at, true);
    return line->event != NULL;
}

/* ` seq=7 chain=...` at the end belongs to no text. */
static void cut_chain(char *text, struct log_line *line)
{
    char *seq = NULL;
    for (char *at = text; (at = strstr(at, " seq=")) != NULL; at++)
        seq = at;
    if (!seq)
        return;
    const size_t n = strspn(seq + 5, "0123456789");
    char *chain = seq + 5 + n;
    if (n == 0 || strncmp(chain, " chain=", 7) != 0 || strlen(chain + 7) != 64)
        return;
    *seq = *chain = '\0';
    add(line, "seq", seq + 5, false);
    add(line, "chain", chain + 7, true);
}

static bool is_level(const char *word, size_t n)
{
    static const char *const levels[] = { "error", "warning", "info", "debug" };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strlen(levels[i]) == n && strncmp(word, levels[i], n) == 0)
            return true;
    }
    return false;
}

/* Syslog's `host wardftpd[7]: ` behind its time: what follows, or NULL. */
static char *skip_tag(char *at)
{
    char *tag = strstr(at, "wardftpd[");
    char *end = tag ? strstr(tag, "]: ") : NULL;
    const size_t host = strcspn(at, " ");
    return end && (tag == at || tag == at + host + 1) ? end + 3 : NULL;
}

bool log_line_parse(char *text, int64_t now, struct log_line *line)
{
    *line = (struct log_line){ .seconds = INT64_MIN };
    if (*text != '{') {
        const size_t n = log_time_read(text, now, &line->seconds);
        if (n == 0 || text[n] != ' ')
            return false;
        text[n] = '\0';
        line->time = text;
        text += n + 1;
        const size_t word = strcspn(text, " ");
        char *behind_tag = skip_tag(text);
        if (is_level(text, word) && text[word] == ' ') {
            line->level = text;
            text[word] = '\0';
            text += word + 1;
        } else if (behind_tag) {
            text = behind_tag;
        } else {
            return false;
        }
    }
    if (*text == '{') {
        if (!parse_json(text, line))
            return false;
        if (line->time)
            (void)log_time_read(line->time, now, &line->seconds);
        return true;
    }
    cut_chain(text, line);
    return parse_fields(text, line);
}

const char *log_line_get(const struct log_line *line, const char *key)
{
    for (size_t i = 0; i < line->count; i++) {
        if (strcmp(line->fields[i].key, key) == 0)
            return line->fields[i].value;
    }
    return NULL;
}
