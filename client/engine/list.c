/* list.c - one line of LIST: what ls -l prints, or what DIR of DOS prints. */
#include "client/engine/listing.h"

#include "common/ftptime.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { COLUMNS_MAX = 12 };

struct column {
    const char *at;
    size_t n;
};

/* The words of a line, the last one being cut off at COLUMNS_MAX. */
static size_t split(const char *line, size_t n, struct column words[COLUMNS_MAX])
{
    size_t count = 0, i = 0;
    while (count < COLUMNS_MAX) {
        while (i < n && line[i] == ' ')
            i++;
        if (i == n)
            break;
        words[count].at = line + i;
        while (i < n && line[i] != ' ')
            i++;
        words[count].n = (size_t)(line + i - words[count].at);
        count++;
    }
    return count;
}

static bool number_of(const struct column *word, uint64_t least, uint64_t most, uint64_t *out)
{
    return number_parse_n(word->at, word->n, least, most, out);
}

static uint32_t month_of(const struct column *word)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (uint32_t i = 0; i < 12 && word->n == 3; i++)
        if (strncasecmp(word->at, months + (size_t)i * 3, 3) == 0)
            return i + 1;
    return 0;
}

/* "14:05", perhaps with seconds; false if it is something else. */
static bool clock_of(const struct column *word, struct civil *civil)
{
    uint64_t hour, minute;
    const char *colon = memchr(word->at, ':', word->n);
    const size_t before = colon ? (size_t)(colon - word->at) : 0;
    if (!colon || word->n < before + 3)
        return false;
    if (!number_parse_n(word->at, before, 0, 23, &hour) || !number_parse_n(colon + 1, 2, 0, 59, &minute))
        return false;
    civil->hour = (uint32_t)hour;
    civil->minute = (uint32_t)minute;
    return true;
}

/* A date without a year is in the last twelve months, plus a day for other time zones. */
static void guess_year(struct civil *civil, int64_t now)
{
    struct civil today;
    civil_from_seconds(now, &today);
    civil->year = today.year;
    if (civil_to_seconds(civil) > now + 86400)
        civil->year--;
}

/* "Jan 31 14:05", "Jan 31 2024" or "2024-01-31 14:05" at words[i].  The number of words, or 0. */
static size_t date_of(const struct column *words, size_t count, size_t i, int64_t now, int64_t *seconds)
{
    struct civil civil = { .month = month_of(&words[i]), .day = 1 };
    uint64_t day, year, month;
    if (civil.month && i + 2 < count && number_of(&words[i + 1], 1, 31, &day)) {
        civil.day = (uint32_t)day;
        if (clock_of(&words[i + 2], &civil))
            guess_year(&civil, now);
        else if (number_of(&words[i + 2], 1900, 9999, &year))
            civil.year = (int64_t)year;
        else
            return 0;
        *seconds = civil_to_seconds(&civil);
        return 3;
    }
    if (words[i].n != 10 || words[i].at[4] != '-' || words[i].at[7] != '-' || i + 1 >= count)
        return 0;
    if (!number_parse_n(words[i].at, 4, 1900, 9999, &year) ||
        !number_parse_n(words[i].at + 5, 2, 1, 12, &month) ||
        !number_parse_n(words[i].at + 8, 2, 1, 31, &day) || !clock_of(&words[i + 1], &civil))
        return 0;
    civil.year = (int64_t)year;
    civil.month = (uint32_t)month;
    civil.day = (uint32_t)day;
    *seconds = civil_to_seconds(&civil);
    return 2;
}

static int mode_of(const struct column *word)
{
    static const char letters[] = "rwxrwxrwx";
    int mode = 0;
    for (size_t i = 0; i < 9; i++) {
        const char c = word->at[i + 1];
        mode <<= 1;
        if (c == letters[i] || c == 's' || c == 't')
            mode |= 1;
        else if (c != '-' && c != 'S' && c != 'T')
            return -1;
    }
    return mode;
}

static enum entry_type type_of(char c)
{
    switch (c) {
    case '-':
        return ENTRY_FILE;
    case 'd':
        return ENTRY_DIRECTORY;
    case 'l':
        return ENTRY_LINK;
    default:
        return ENTRY_OTHER;
    }
}

/* The name begins one space after the date: further spaces are its own. */
static int take_name(const char *line, size_t n, const struct column *last, struct entry *entry)
{
    const char *name = last->at + last->n + 1, *end = line + n;
    if (name >= end)
        return -EINVAL;
    entry->name = name;
    entry->name_bytes = (size_t)(end - name);
    if (entry->type == ENTRY_LINK)
        for (size_t i = 1; i + 4 < entry->name_bytes; i++)
            if (memcmp(name + i, " -> ", 4) == 0)
                entry->name_bytes = i;
    if ((entry->name_bytes == 1 && name[0] == '.') || (entry->name_bytes == 2 && memcmp(name, "..", 2) == 0))
        return 1;
    return 0;
}

static int parse_unix(const char *line, size_t n, int64_t now, struct entry *entry)
{
    struct column words[COLUMNS_MAX];
    const size_t count = split(line, n, words);
    if (count < 5 || words[0].n < 10 || !strchr("-dlbcps", line[0]))
        return -EINVAL;
    entry->type = type_of(line[0]);
    entry->mode = mode_of(&words[0]);
    for (size_t i = 2; i < count; i++) {
        uint64_t size;
        const size_t used = date_of(words, count, i, now, &entry->modified);
        if (used == 0 || !number_of(&words[i - 1], 0, INT64_MAX, &size))
            continue;
        if (entry->type == ENTRY_FILE)
            entry->size = (int64_t)size;
        return take_name(line, n, &words[i + used - 1], entry);
    }
    return -EINVAL;
}

/* "01-31-24" or "01-31-2024", and "02:05PM" or "14:05". */
static bool dos_time(const struct column *date, const struct column *clock, int64_t *seconds)
{
    struct civil civil = { .day = 1 };
    uint64_t month, day, year;
    if (date->n != 8 && date->n != 10)
        return false;
    if (!number_parse_n(date->at, 2, 1, 12, &month) || !number_parse_n(date->at + 3, 2, 1, 31, &day) ||
        !number_parse_n(date->at + 6, date->n - 6, 0, 9999, &year) || !clock_of(clock, &civil))
        return false;
    if (date->n == 8)
        year += year < 70 ? 2000 : 1900;
    civil.year = (int64_t)year;
    civil.month = (uint32_t)month;
    civil.day = (uint32_t)day;
    if (clock->n >= 2 && strncasecmp(clock->at + clock->n - 2, "PM", 2) == 0 && civil.hour < 12)
        civil.hour += 12;
    else if (clock->n >= 2 && strncasecmp(clock->at + clock->n - 2, "AM", 2) == 0 && civil.hour == 12)
        civil.hour = 0;
    *seconds = civil_to_seconds(&civil);
    return true;
}

static int parse_dos(const char *line, size_t n, struct entry *entry)
{
    struct column words[COLUMNS_MAX];
    const size_t count = split(line, n, words);
    uint64_t size;
    if (count < 4 || !dos_time(&words[0], &words[1], &entry->modified))
        return -EINVAL;
    if (words[2].n == 5 && strncasecmp(words[2].at, "<DIR>", 5) == 0) {
        entry->type = ENTRY_DIRECTORY;
    } else if (number_of(&words[2], 0, INT64_MAX, &size)) {
        entry->type = ENTRY_FILE;
        entry->size = (int64_t)size;
    } else {
        return -EINVAL;
    }
    entry->name = words[3].at; /* DIR aligns the names after <DIR> with many spaces */
    entry->name_bytes = (size_t)(line + n - words[3].at);
    return (entry->name_bytes == 1 && words[3].at[0] == '.') ||
           (entry->name_bytes == 2 && memcmp(words[3].at, "..", 2) == 0);
}

static int parse_any(const char *line, size_t n, int64_t now, struct entry *entry)
{
    if (n >= 5 && memcmp(line, "total", 5) == 0)
        return 1;
    if (n > 0 && line[0] >= '0' && line[0] <= '9')
        return parse_dos(line, n, entry);
    return n > 0 ? parse_unix(line, n, now, entry) : 1;
}

int list_parse(const char *line, size_t n, int64_t now, struct entry *entry)
{
    *entry = (struct entry){ .type = ENTRY_OTHER, .size = -1, .modified = INT64_MIN, .mode = -1 };
    const int result = parse_any(line, n, now, entry);
    if (result == 0 && entry->modified != INT64_MIN && !entry->time_exact)
        entry->grain = entry->modified % 86400 == 0 ? 86400 : 60; /* a date without a clock is midnight */
    return result;
}
