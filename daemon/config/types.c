/* SPDX-License-Identifier: BSD-2-Clause */
/* types.c - one parser for each type of value.  Runs in the master and
 * in `wardftpd -t`; reads the administrator's bytes. */
#include "daemon/config/types.h"

#include "common/addr.h"
#include "common/home_pattern.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/config/lists.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char zone_directory[] = "/usr/share/zoneinfo";

struct type_row {
    bool (*parse)(const struct option_row *row, void *field, const char *text, char *why);
    const char *described; /* NULL: option_describe derives it from the range or the words */
    const char *words[5];  /* of an enumeration; the first one means first_word, and so on */
    uint32_t first_word;
};
static const struct type_row types[OPTION_TYPES];

/* The text for a message: with control bytes escaped, and shortened if it is long. */
static const char *shown(const char *text, char to[200])
{
    text_escape(to, 200, text, strlen(text));
    return to;
}

/* `"x" is not a whole number from 1 to 9`, the usual error. */
static bool is_not(const struct option_row *row, const char *text, char *why)
{
    char described[OPTION_WHY_ROOM / 2];
    char escaped[200], whole[OPTION_WHY_ROOM];
    option_describe(row, whole);
    if (!text_copy(described, sizeof described, whole))
        (void)text_copy(described, sizeof described, "a valid value");
    (void)text_format(why, OPTION_WHY_ROOM, "\"%s\" is not %s", shown(text, escaped), described);
    return false;
}

static bool says(char *why, const char *what)
{
    (void)text_copy(why, OPTION_WHY_ROOM, what);
    return false;
}

static bool parse_number(const struct option_row *row, void *field, const char *text, char *why)
{
    uint64_t number;
    if (!number_parse(text, row->least, row->most, &number))
        return is_not(row, text, why);
    *(uint32_t *)field = (uint32_t)number; /* a unit test checks that `most` fits 32 bits */
    return true;
}

static bool parse_rate(const struct option_row *row, void *field, const char *text, char *why)
{
    static const struct {
        char suffix;
        uint64_t factor;
    } suffixes[] = { { 'k', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 } };
    size_t length = strlen(text);
    uint64_t factor = 1, number;
    for (size_t i = 0; i < COUNT(suffixes); i++) {
        if (length && text[length - 1] == suffixes[i].suffix)
            factor = suffixes[i].factor;
    }
    if (factor != 1)
        length--;
    if (!number_parse_n(text, length, 0, row->most / factor, &number) ||
        number * factor < row->least)
        return is_not(row, text, why);
    *(uint64_t *)field = number * factor;
    return true;
}

/* Bytes as above, or "5%". */
static bool parse_space(const struct option_row *row, void *field, const char *text, char *why)
{
    const size_t length = strlen(text);
    uint64_t percent;
    if (length == 0 || text[length - 1] != '%')
        return parse_rate(row, field, text, why);
    if (!number_parse_n(text, length - 1, 0, 100, &percent))
        return is_not(row, text, why);
    *(uint64_t *)field = percent == 0 ? 0 : SPACE_PERCENT(percent);
    return true;
}

static bool parse_octal(const struct option_row *row, void *field, const char *text, char *why)
{
    uint32_t number = 0;
    if (!*text || strlen(text) > 4)
        return is_not(row, text, why);
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '7')
            return is_not(row, text, why);
        number = number * 8 + (uint32_t)(*at - '0');
    }
    if (number < row->least || number > row->most)
        return is_not(row, text, why);
    *(uint32_t *)field = number;
    return true;
}

static bool parse_bool(const struct option_row *row, void *field, const char *text, char *why)
{
    const bool yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0)
        return is_not(row, text, why);
    *(bool *)field = yes;
    return true;
}

static bool parse_word(const struct option_row *row, void *field, const char *text, char *why)
{
    const struct type_row *type = &types[row->type];
    struct nearest nearest;
    nearest_start(&nearest, text);
    for (uint32_t i = 0; i < COUNT(type->words) && type->words[i]; i++) {
        if (strcmp(text, type->words[i]) == 0) {
            *(uint32_t *)field = type->first_word + i;
            return true;
        }
        nearest_try(&nearest, type->words[i]);
    }
    (void)is_not(row, text, why);
    if (nearest.best) {
        const size_t length = strlen(why);
        (void)text_format(why + length, OPTION_WHY_ROOM - length, " (did you mean %s?)",
                          nearest.best);
    }
    return false;
}

static bool parse_text(const struct option_row *row, void *field, const char *text, char *why)
{
    const size_t length = strlen(text);
    if (length < row->least)
        return says(why, "may not be empty");
    if (length > row->most || length >= row->room) {
        (void)text_format(why, OPTION_WHY_ROOM, "has %zu bytes; at most %" PRIu64 " are allowed",
                          length, row->most);
        return false;
    }
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 32 || *at == 127)
            return says(why, "has a control character");
    }
    return text_copy(field, row->room, text);
}

/* Several lines: "\n" is two characters in the file, and a line feed in the field. */
static bool parse_lines(const struct option_row *row, void *field, const char *text, char *why)
{
    char *to = field;
    if (!parse_text(row, field, text, why))
        return false;
    for (const char *from = field; *from; from++) {
        const bool breaks = from[0] == '\\' && from[1] == 'n';
        *to++ = breaks ? '\n' : *from;
        from += breaks;
    }
    *to = '\0';
    return true;
}

/* Of a file in any directory. */
static bool parse_file_name(const struct option_row *row, void *field, const char *text, char *why)
{
    if (strchr(text, '/') || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

static bool parse_path(const struct option_row *row, void *field, const char *text, char *why)
{
    if (*text && *text != '/')
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

static bool parse_log(const struct option_row *row, void *field, const char *text, char *why)
{
    if (*text != '/' && strcmp(text, "syslog") != 0 && strcmp(text, "stderr") != 0 &&
        strcmp(text, "none") != 0)
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

/* Debian's rule for names of system users, plus dots. */
static bool parse_account(const struct option_row *row, void *field, const char *text, char *why)
{
    static const char may[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (!*text || *text == '-' || strspn(text, may) != strlen(text))
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

static bool parse_zone(const struct option_row *row, void *field, const char *text, char *why)
{
    char path[sizeof zone_directory + 1 + CONFIG_TEXT_ROOM];
    struct stat about;
    if (*text == '/' || strstr(text, ".."))
        return is_not(row, text, why);
    if (!parse_text(row, field, text, why))
        return false;
    /* needs no file */
    if (strcmp(text, "UTC") == 0)
        return true;
    if (!text_format(path, sizeof path, "%s/%s", zone_directory, text) || stat(path, &about) != 0 ||
        !S_ISREG(about.st_mode))
        return is_not(row, text, why);
    return true;
}

static bool parse_start(const struct option_row *row, void *field, const char *text, char *why)
{
    if (*text && !path_is_normal(text))
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

static bool parse_home(const struct option_row *row, void *field, const char *text, char *why)
{
    if (*text && !home_pattern_is_valid(text))
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

static bool parse_date(const struct option_row *row, void *field, const char *text, char *why)
{
    uint32_t *day = field;
    *day = 0;
    return *text == '\0' || date_parse(text, day) || is_not(row, text, why);
}

static bool parse_ports(const struct option_row *row, void *field, const char *text, char *why)
{
    const char *dash = strchr(text, '-');
    struct port_range *range = field;
    uint64_t first, last;
    if (!dash || !number_parse_n(text, (size_t)(dash - text), row->least, row->most, &first) ||
        !number_parse(dash + 1, row->least, row->most, &last))
        return is_not(row, text, why);
    if (first > last)
        return says(why, "the range ends before it begins");
    *range = (struct port_range){ .first = (uint16_t)first, .last = (uint16_t)last };
    return true;
}

/* It stays text: the master binds it. */
static bool parse_endpoint(const struct option_row *row, void *field, const char *text, char *why)
{
    struct sockaddr_storage address;
    if (*text && *text != '/' && (!addr_parse_here(text, &address) || addr_port(&address) == 0))
        return is_not(row, text, why);
    return parse_text(row, field, text, why);
}

/* One of the comma-separated addresses of a listener. */
static bool add_address(const struct option_row *row, struct listener_config *listener,
                        const char *text, size_t length, char *why)
{
    char one[ADDR_TEXT_ROOM];
    if (length >= sizeof one)
        return is_not(row, text, why);
    memcpy(one, text, length);
    one[length] = '\0';
    if (listener->address_count == LISTENER_ADDRESSES_MAX) {
        (void)text_format(why, OPTION_WHY_ROOM, "more than %d addresses", LISTENER_ADDRESSES_MAX);
        return false;
    }
    memset(&listener->addresses[listener->address_count], 0, sizeof listener->addresses[0]);
    if (!addr_parse_here(one, &listener->addresses[listener->address_count]))
        return is_not(row, one, why);
    listener->address_count++;
    return true;
}

static bool parse_addresses(const struct option_row *row, void *block, const char *text, char *why)
{
    static const char space[] = " \t";
    struct listener_config *listener = block;
    for (;;) {
        text += strspn(text, space);
        size_t length = strcspn(text, ",");
        const char *next = text + length;
        while (length && strchr(space, text[length - 1]))
            length--;
        if (!add_address(row, listener, text, length, why))
            return false;
        if (!*next)
            return true;
        text = next + 1;
    }
}

/* Blocks stay text: they are needed when a log-in fails, not for every client. */
static bool parse_blocks(const struct option_row *row, char *field, const char *text, bool append,
                         char *why)
{
    const size_t length = append ? strlen(field) : 0;
    if (!addr_blocks_check(text))
        return is_not(row, text, why);
    if (!text_format(field + length, row->room - length, "%s%s", length ? "," : "", text)) {
        field[length] = '\0';
        (void)text_format(why, OPTION_WHY_ROOM, "the blocks take more than %zu bytes",
                          row->room - 1);
        return false;
    }
    return true;
}

static const struct type_row types[OPTION_TYPES] = {
    [TYPE_ACCOUNT] = { .parse = parse_account, .described = "the name of a system account" },
    [TYPE_ACTIVE_PORT] = { .parse = parse_word,
                           .words = { "any", "20" },
                           .first_word = ACTIVE_ANY },
    [TYPE_ADDRESSES] = { .described =
                             "an address with its port, as 192.0.2.1:21 or [2001:db8::1]:21" },
    [TYPE_BAN_REPLY] = { .parse = parse_word,
                         .words = { "421", "silence" },
                         .first_word = BAN_SAYS_421 },
    [TYPE_BLOCKS] = { .described =
                          "a list of addresses or CIDR blocks, as 192.0.2.0/24 or 2001:db8::/32" },
    [TYPE_BOOL] = { .parse = parse_bool, .described = "yes or no" },
    [TYPE_DATA_RESUME] = { .parse = parse_word,
                           .words = { "off", "preferred", "required" },
                           .first_word = RESUME_OFF },
    [TYPE_RESUME_USER] = { .parse = parse_word,
                           .words = { "off", "preferred", "required", "inherit" },
                           .first_word = RESUME_OFF },
    [TYPE_COMMANDS] = { .described = "a command, or there are too many" },
    [TYPE_DATE] = { .parse = parse_date, .described = "a day, as 2027-01-31" },
    [TYPE_ENDPOINT] = { .parse = parse_endpoint,
                        .described = "an address with its port, as 127.0.0.1:9921 or [::1]:9921, "
                                     "or an absolute path" },
    [TYPE_EVENTS] = { .described = "the name of an event (doc/events.md), all or none, or one of "
                                   "them with - "
                                   "before it" },
    [TYPE_GROUPS] = { .described = "a group's name or gid, or there are too many" },
    [TYPE_HASHES] = { .described = "des, md5crypt, sunmd5, sha1crypt or nt" },
    [TYPE_HOME] = { .parse = parse_home,
                    .described = "an absolute path, with %u once, or not, in place of the name" },
    [TYPE_HOURS] = { .described =
                         "a time of the week, as Mon-Fri 08:00-18:00, or there are too many" },
    [TYPE_PASSIVE] = { .described = "an IPv4 address or a host name, each with \"NETWORK/BITS: \" "
                                    "before it for the clients of that network, or there are too "
                                    "many" },
    [TYPE_PATTERNS] = { .described = "a pattern of names without a slash, or there are too many" },
    [TYPE_RIGHTS] = { .described = "all, none, read, list, download, upload, overwrite, append, "
                                   "delete, rename, "
                                   "mkdir, rmdir or chmod, or one of them with - before it" },
    [TYPE_START] = { .parse = parse_start, .described = "a path from the user's root" },
    [TYPE_LOG] = { .parse = parse_log, .described = "syslog, stderr, none, or an absolute path" },
    [TYPE_LOG_FORMAT] = { .parse = parse_word,
                          .words = { "text", "json" },
                          .first_word = LOG_TEXT },
    [TYPE_LOG_LEVEL] = { .parse = parse_word,
                         .words = { "error", "warning", "info", "debug" },
                         .first_word = LOG_LEVEL_ERROR },
    [TYPE_NUMBER] = { .parse = parse_number },
    [TYPE_OCTAL] = { .parse = parse_octal },
    [TYPE_PATH] = { .parse = parse_path, .described = "an absolute path" },
    [TYPE_PORTS] = { .parse = parse_ports },
    [TYPE_RATE] = { .parse = parse_rate },
    [TYPE_SPACE] = { .parse = parse_space,
                     .described = "a number of bytes, or with k, M or G, or a percentage, as 5%" },
    [TYPE_SANDBOX] = { .parse = parse_word,
                       .words = { "strict", "report" },
                       .first_word = SANDBOX_STRICT },
    [TYPE_TEXT] = { .parse = parse_text, .described = "text" },
    [TYPE_LINES] = { .parse = parse_lines, .described = "text" },
    [TYPE_FILE_NAME] = { .parse = parse_file_name, .described = "a file name without a slash" },
    [TYPE_TITLES] = { .parse = parse_word,
                      .words = { "no", "role", "user" },
                      .first_word = TITLES_NO },
    [TYPE_TLS_LISTENER] = { .parse = parse_word,
                            .words = { "off", "optional", "required", "inherit" },
                            .first_word = TLS_OFF },
    [TYPE_TLS_MODE] = { .parse = parse_word,
                        .words = { "off", "optional", "required" },
                        .first_word = TLS_OFF },
    [TYPE_TLS_USER] = { .parse = parse_word,
                        .words = { "optional", "required" },
                        .first_word = TLS_OPTIONAL },
    [TYPE_TLS_VERSION] = { .parse = parse_word, .words = { "1.2", "1.3" }, .first_word = TLS_1_2 },
    [TYPE_LIST_OWNER] = { .parse = parse_word,
                          .words = { "numbers", "user", "names" },
                          .first_word = OWNER_NUMBERS },
    [TYPE_FAILED_UPLOADS] = { .parse = parse_word,
                              .words = { "keep", "hide", "delete" },
                              .first_word = FAILED_KEEP },
    [TYPE_UPLOADS] = { .parse = parse_word,
                       .words = { "atomic", "direct" },
                       .first_word = UPLOADS_ATOMIC },
    [TYPE_CHECKSUM] = { .parse = parse_word,
                        .words = { "off", "sha256" },
                        .first_word = CHECKSUM_OFF },
    [TYPE_ZONE] = { .parse = parse_zone, .described = "a time zone of /usr/share/zoneinfo" },
};

static list_parser *const list_parsers[OPTION_TYPES] = {
    [TYPE_COMMANDS] = list_parse_commands, [TYPE_EVENTS] = list_parse_events,
    [TYPE_GROUPS] = list_parse_groups,     [TYPE_HASHES] = list_parse_hashes,
    [TYPE_PASSIVE] = list_parse_passive,   [TYPE_HOURS] = list_parse_hours,
    [TYPE_PATTERNS] = list_parse_patterns, [TYPE_RIGHTS] = list_parse_rights,
};

bool option_parse(const struct option_row *row, void *block, const char *text, bool append,
                  char why[OPTION_WHY_ROOM])
{
    if (row->type == TYPE_ADDRESSES) {
        if (!append)
            ((struct listener_config *)block)->address_count = 0;
        return parse_addresses(row, block, text, why);
    }
    if (row->type == TYPE_BLOCKS)
        return parse_blocks(row, (char *)block + row->offset, text, append, why);
    if (list_parsers[row->type]) {
        char bad[256];
        return list_parsers[row->type]((char *)block + row->offset, text, append, bad) ||
               is_not(row, bad, why);
    }
    return types[row->type].parse(row, (char *)block + row->offset, text, why);
}

static void describe_words(const struct type_row *type, char to[OPTION_WHY_ROOM])
{
    (void)text_copy(to, OPTION_WHY_ROOM, "one of");
    for (size_t i = 0; i < COUNT(type->words) && type->words[i]; i++) {
        const size_t length = strlen(to);
        (void)text_format(to + length, OPTION_WHY_ROOM - length, "%s%s", i ? ", " : " ",
                          type->words[i]);
    }
}

void option_describe(const struct option_row *row, char to[OPTION_WHY_ROOM])
{
    const struct type_row *type = &types[row->type];
    if (type->described)
        (void)text_copy(to, OPTION_WHY_ROOM, type->described);
    else if (type->words[0])
        describe_words(type, to);
    else if (row->type == TYPE_OCTAL)
        (void)text_format(to, OPTION_WHY_ROOM, "an octal number from %" PRIo64 " to %" PRIo64,
                          row->least, row->most);
    else if (row->type == TYPE_PORTS)
        (void)text_format(to, OPTION_WHY_ROOM, "a range of ports within %" PRIu64 "-%" PRIu64,
                          row->least, row->most);
    else if (row->type == TYPE_RATE)
        (void)text_format(to, OPTION_WHY_ROOM,
                          "a number of bytes up to %" PRIu64 ", or with k, M or G", row->most);
    else
        (void)text_format(to, OPTION_WHY_ROOM, "a whole number from %" PRIu64 " to %" PRIu64,
                          row->least, row->most);
}
