/* SPDX-License-Identifier: BSD-2-Clause */
/* convert.c - from a peer's options to keys, by the rows of its table. */
#include "tools/import/import.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KILOBYTE = 1024, MEGABYTE = 1024 * 1024, SECONDS_PER_MINUTE = 60 };

bool is_yes(const char *value)
{
    static const char *const words[] = { "yes", "on", "true", "1" };
    const size_t n = strcspn(value, " \t");
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strlen(words[i]) == n && strncasecmp(value, words[i], n) == 0)
            return true;
    }
    return false;
}

/* A row and the value that it is applied to: of a line, or the peer's default. */
struct job {
    struct import *import;
    const struct peer_option *row;
    const struct line *line; /* NULL: the default */
    const char *section;     /* where its key goes */
    const char *value;
};

static void give(const struct job *job, const char *value)
{
    set_key(job->import, job->section, job->row->key, value, job->line, job->row, job->row->remark);
}

/* Another key than the row's; the remark is at the row's. */
static void give_as(const struct job *job, const char *key, const char *value)
{
    const bool own = strcmp(key, job->row->key) == 0;
    set_key(job->import, job->section, key, value, job->line, job->row,
            own ? job->row->remark : "");
}

static void give_number(const struct job *job, const char *key, uint64_t number)
{
    char text[32];
    (void)text_format(text, sizeof text, "%" PRIu64, number);
    give_as(job, key, text);
}

/* The digits that text begins with; false: there are none, or too many. */
static bool leading_number(const char *text, uint64_t *number, const char **rest)
{
    const size_t n = strspn(text, "0123456789");
    if (rest)
        *rest = text + n;
    return number_parse_n(text, n, 0, UINT32_MAX, number);
}

static void fail(const struct job *job)
{
    if (job->line)
        add_note(job->import, NOTE_UNKNOWN, job->line, "its value is not understood");
}

static void give_scaled(const struct job *job, const char *text, uint64_t factor)
{
    uint64_t number;
    if (leading_number(text, &number, NULL))
        give_number(job, job->row->key, number * factor);
    else
        fail(job);
}

/* The part after the separator; an empty part sets nothing. */
static void give_part(const struct job *job, bool second, uint64_t factor)
{
    const char *separator = strstr(job->value, job->row->value);
    const char *part = !second ? job->value : separator ? separator + 1 : "";
    if (*part && *part != *job->row->value)
        give_scaled(job, part, factor);
}

static void give_range(const struct job *job)
{
    uint64_t first, last;
    char text[64];
    const char *rest;
    if (!leading_number(job->value, &first, &rest) ||
        !leading_number(rest + strspn(rest, " \t-:"), &last, NULL)) {
        fail(job);
        return;
    }
    (void)text_format(text, sizeof text, "%" PRIu64 "-%" PRIu64, first, last);
    give(job, text);
}

/* "up:down", either of which may be missing, or one number for both. */
static void give_bandwidth(const struct job *job)
{
    const char *colon = strchr(job->value, ':');
    uint64_t number;
    if (leading_number(job->value, &number, NULL))
        give_number(job, "rate_up", number * KILOBYTE);
    if (leading_number(colon ? colon + 1 : job->value, &number, NULL))
        give_number(job, "rate_down", number * KILOBYTE);
}

/* "APPE,STOR 100:2048": the number behind the colon is free of the limit. */
static void give_transfer_rate(const struct job *job)
{
    const char *number_at = job->value + strcspn(job->value, " \t");
    uint64_t number;
    number_at += strspn(number_at, " \t");
    if (!leading_number(number_at, &number, NULL)) {
        fail(job);
        return;
    }
    if (strstr(job->value, "RETR"))
        give_number(job, "rate_down", number * KILOBYTE);
    if (strstr(job->value, "STOR") || strstr(job->value, "APPE"))
        give_number(job, "rate_up", number * KILOBYTE);
}

/* "100 Mb". */
static void give_size(const struct job *job)
{
    uint64_t number;
    const char *unit;
    if (!leading_number(job->value, &number, &unit)) {
        fail(job);
        return;
    }
    unit += strspn(unit, " \t");
    const uint64_t factor = strncasecmp(unit, "G", 1) == 0   ? (uint64_t)MEGABYTE * 1024
                            : strncasecmp(unit, "M", 1) == 0 ? MEGABYTE
                            : strncasecmp(unit, "K", 1) == 0 ? KILOBYTE
                                                             : 1;
    give_number(job, job->row->key, number * factor);
}

static bool is_octal(const char *text, size_t n)
{
    return n > 0 && n <= 4 && strspn(text, "01234567") >= n;
}

enum { OCTAL = 8 };

/* The umask of files, and that of directories: what both remove is our umask. */
static void give_umasks(const struct job *job)
{
    const size_t n = strcspn(job->value, ":");
    const char *other = job->value[n] ? job->value + n + 1 : job->value;
    char text[8];
    if (!is_octal(job->value, n) || !is_octal(other, strlen(other))) {
        fail(job);
        return;
    }
    const unsigned files = (unsigned)strtoul(job->value, NULL, OCTAL);
    const unsigned directories = (unsigned)strtoul(other, NULL, OCTAL);
    (void)text_format(text, sizeof text, "%03o", files & directories & 0777);
    give(job, text);
    (void)text_format(text, sizeof text, "%03o", 0666 & ~files);
    give_as(job, "file_mode", text);
    (void)text_format(text, sizeof text, "%03o", 0777 & ~directories);
    give_as(job, "directory_mode", text);
}

static void give_mode(const struct job *job)
{
    const char *digits = job->value;
    if (*digits == '0' && strlen(digits) > 3)
        digits++;
    give(job, digits);
}

/* "{*.mp3,.private}", or one pattern. */
static void give_patterns(const struct job *job)
{
    char text[IMPORT_TEXT_ROOM];
    const size_t n = strlen(job->value);
    const bool braces = n >= 2 && job->value[0] == '{' && job->value[n - 1] == '}';
    (void)text_format(text, sizeof text, "%.*s", (int)(braces ? n - 2 : n), job->value + braces);
    if (strpbrk(text, "{}[]/"))
        fail(job);
    else
        give(job, text);
}

/* A directory with a token for the user's name. */
static void give_home(const struct job *job)
{
    const char *token = given(job->import, "user_sub_token");
    char text[IMPORT_TEXT_ROOM];
    const char *found = strstr(job->value, token ? token : job->row->value);
    if (!found) {
        give(job, job->value);
        return;
    }
    (void)text_format(text, sizeof text, "%.*s%%u%s", (int)(found - job->value), job->value,
                      found + strlen(token ? token : job->row->value));
    give(job, text);
}

static void give_first_word(const struct job *job)
{
    char text[IMPORT_TEXT_ROOM];
    (void)text_format(text, sizeof text, "%.*s", (int)strcspn(job->value, " \t"), job->value);
    if (strcmp(text, "~") == 0)
        add_note(job->import, NOTE_SAME, job->line, job->row->remark);
    else
        give(job, text);
}

/* Of a file that the server reads itself, not of one in a user's home. */
static void give_path(const struct job *job)
{
    if (job->value[0] == '/' && !strchr(job->value, '%'))
        give(job, job->value);
    else if (job->line)
        add_note(job->import, NOTE_NONE, job->line,
                 "the key takes an absolute path without variables");
}

/* "ADDRESS,PORT"; either may be missing. */
static void give_bind(const struct job *job)
{
    const size_t n = strcspn(job->value, ",");
    const char *port = job->value[n] ? job->value + n + 1 : "21";
    const bool ipv6 = memchr(job->value, ':', n) != NULL;
    char text[128];
    if (n == 0)
        (void)text_format(text, sizeof text, "0.0.0.0:%.8s, [::]:%.8s", port, port);
    else
        (void)text_format(text, sizeof text, "%s%.*s%s:%.8s", ipv6 ? "[" : "",
                          (int)(n < 60 ? n : 60), job->value, ipv6 ? "]" : "", port);
    give(job, text);
}

static void give_xferlog(const struct job *job)
{
    if (strcasecmp(job->value, "none") == 0)
        add_note(job->import, NOTE_SAME, job->line,
                 "there is no transfer log unless xferlog is set");
    else
        give(job, job->row->value);
}

static void give_altlog(const struct job *job)
{
    if (strncmp(job->value, "xferlog:", 8) == 0 || strncmp(job->value, "clf:", 4) == 0 ||
        strncmp(job->value, "stats:", 6) == 0 || strncmp(job->value, "w3c:", 4) == 0)
        give(job, "/var/log/wardftpd/xferlog");
    else
        fail(job);
}

static void give_if(const struct job *job, bool wanted)
{
    if (!wanted)
        return;
    if (job->row->key)
        give(job, job->row->value);
    else if (job->line)
        add_note(job->import, NOTE_NONE, job->line, job->row->remark);
}

static void give_tls(const struct job *job)
{
    if (job->import->tls)
        give(job, job->value);
    else if (job->line)
        add_note(job->import, NOTE_NONE, job->line, "not used: TLS is off");
}

static void give_number_or(const struct job *job, const char *without)
{
    uint64_t number;
    if (!leading_number(job->value, &number, NULL))
        give(job, strncasecmp(job->value, "none", 4) == 0 ? without : job->value);
    else if (number == 0)
        give(job, without);
    else
        give_number(job, job->row->key, number);
}

static void give_note(const struct job *job)
{
    if (job->line)
        add_note(job->import, job->row->how == NONE ? NOTE_NONE : NOTE_SAME, job->line,
                 job->row->remark);
}

static void give_value(const struct job *job)
{
    give(job, job->value);
}

static void give_yes(const struct job *job)
{
    give(job, is_yes(job->value) == (job->row->how == YES) ? "yes" : "no");
}

static void give_where(const struct job *job)
{
    give_if(job, is_yes(job->value) == (job->row->how == IF_YES));
}

static void give_count(const struct job *job)
{
    give_number_or(job, job->row->value);
}

static void give_seconds(const struct job *job)
{
    give_scaled(job, job->value, SECONDS_PER_MINUTE);
}

static void give_one_of_two(const struct job *job)
{
    give_part(job, job->row->how != FIRST_NUMBER, job->row->how == SECOND_MEGABYTES ? MEGABYTE : 1);
}

/* Without a function: compose.c does it. */
static void apply(const struct job *job)
{
    static void (*const givers[])(const struct job *) = {
        [NONE] = give_note,
        [SAME] = give_note,
        [COPY] = give_value,
        [YES] = give_yes,
        [NOT] = give_yes,
        [IF_YES] = give_where,
        [IF_NO] = give_where,
        [COUNT_OF] = give_count,
        [MINUTES] = give_seconds,
        [FIRST_WORD] = give_first_word,
        [FIRST_NUMBER] = give_one_of_two,
        [SECOND_NUMBER] = give_one_of_two,
        [SECOND_MEGABYTES] = give_one_of_two,
        [RANGE] = give_range,
        [BANDWIDTH] = give_bandwidth,
        [TRANSFER_RATE] = give_transfer_rate,
        [SIZE] = give_size,
        [UMASKS] = give_umasks,
        [MODE] = give_mode,
        [PATTERNS] = give_patterns,
        [HOME] = give_home,
        [FULL_PATH] = give_path,
        [BIND] = give_bind,
        [ALTLOG] = give_altlog,
        [XFERLOG] = give_xferlog,
        [TLS_COPY] = give_tls,
        [GUESTS_NOT] = NULL,
    };
    if (givers[job->row->how])
        givers[job->row->how](job);
}

const struct line *given_line(const struct import *import, const char *name)
{
    const struct line *found = NULL;
    for (const struct line *line = import->first; line; line = line->next) {
        if (line->place == PLACE_SERVER && strcasecmp(line->name, name) == 0)
            found = line;
    }
    return found;
}

const char *given(const struct import *import, const char *name)
{
    const struct line *line = given_line(import, name);
    return line ? line->value : NULL;
}

/* In <Anonymous>, a user's key is the guests'. */
static const char *section_for(const struct peer_option *row, const struct line *line)
{
    if (!line || line->place != PLACE_GUESTS || !row->section)
        return row->section;
    return strcmp(row->section, "defaults") == 0 ? "anonymous" : NULL;
}

/* DenyAll in <Limit WRITE> is read_only; other limits have no simple equivalent. */
static void convert_limit(struct import *import, const struct line *line)
{
    const bool guests = strncasecmp(line->around, "<Anonymous", 10) == 0;
    const char *limit = strstr(line->around, "<Limit");
    const char *section = guests ? "anonymous" : "defaults";
    if (limit && strcasecmp(limit, "<Limit WRITE>") == 0 && strcasecmp(line->name, "DenyAll") == 0)
        set_key(import, section, "read_only", "yes", line, NULL, "");
    else
        add_note(
            import, NOTE_NONE, line,
            "rights, allowed_addresses and denied_addresses in [defaults], [group NAME], [user "
            "NAME] or [anonymous]");
}

static void convert_guests_line(struct import *import, const struct line *line)
{
    if (strcasecmp(line->name, "User") == 0)
        set_key(import, "anonymous", "account", line->value, line, NULL,
                "must have a row in the user file, whose home guests get");
    else if (strcasecmp(line->name, "MaxClients") == 0 && strcasecmp(line->value, "none") != 0) {
        char number[32];
        (void)text_format(number, sizeof number, "%.*s",
                          (int)(strspn(line->value, "0123456789") % 20), line->value);
        set_key(import, "anonymous", "max_sessions_per_user", number, line, NULL, "");
    } else {
        add_note(import, NOTE_NONE, line, "not a setting of guests alone");
    }
}

static void convert_line(struct import *import, const struct line *line)
{
    bool known = false;
    if (line->place == PLACE_LIMIT) {
        convert_limit(import, line);
        return;
    }
    if (line->place == PLACE_OTHER) {
        add_note(
            import, NOTE_NONE, line,
            "sections [listener NAME], [host NAME] and [user NAME], and the modes of directories");
        return;
    }
    for (size_t i = 0; i < import->peer->option_count; i++) {
        const struct peer_option *row = &import->peer->options[i];
        const struct job job = { import, row, line, section_for(row, line), line->value };
        if (strcasecmp(row->name, line->name) != 0)
            continue;
        known = true;
        if (line->place == PLACE_GUESTS && (!job.section || strcasecmp(row->name, "User") == 0) &&
            row->how != SAME)
            convert_guests_line(import, line);
        else
            apply(&job);
    }
    if (!known)
        add_note(import, NOTE_UNKNOWN, line, "not an option that wardftpd-import knows");
}

/* What the file does not set, and wardftpd would do in another way. */
static void convert_defaults(struct import *import)
{
    for (size_t i = 0; i < import->peer->option_count; i++) {
        const struct peer_option *row = &import->peer->options[i];
        const struct job job = { import, row, NULL, row->section, row->unset };
        if (row->unset && row->section && !given(import, row->name))
            apply(&job);
    }
}

/* Whether there are guests decides about other lines. */
static void find_guests(struct import *import)
{
    for (size_t i = 0; i < import->peer->option_count; i++) {
        const struct peer_option *row = &import->peer->options[i];
        const char *value = given(import, row->name);
        if (!value)
            value = row->unset;
        if (row->how == GUESTS && value)
            import->guests = is_yes(value);
        if (row->how == GUESTS_NOT && value)
            import->guests = !is_yes(value);
    }
}

static bool has_tls(const struct import *import)
{
    static const char *const switches[] = { "ssl_enable", "TLSEngine", "TLS" };
    for (size_t i = 0; i < COUNT(switches); i++) {
        const char *value = given(import, switches[i]);
        if (value && (is_yes(value) || strcmp(value, "2") == 0 || strcmp(value, "3") == 0))
            return true;
    }
    return false;
}

void convert(struct import *import)
{
    find_guests(import);
    import->tls = has_tls(import);
    for (const struct line *line = import->first; line; line = line->next)
        convert_line(import, line);
    convert_defaults(import);
}
