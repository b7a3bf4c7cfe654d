/* SPDX-License-Identifier: BSD-2-Clause */
/* read.c - the files of the peers, as lines of a name and a value. */
#include "tools/import/import.h"

#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char blanks[] = " \t\r\n";

static bool cannot_read(const char *path)
{
    fprintf(stderr, "wardftpd-import: %s: %s\n", path, strerror(errno));
    return false;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Without blanks at its ends. */
static char *trim(char *text)
{
    text += strspn(text, blanks);
    size_t n = strlen(text);
    while (n > 0 && strchr(blanks, text[n - 1]))
        text[--n] = '\0';
    return text;
}

/* What is too long is cut; no peer takes it. */
static struct line *add_line(struct import *import, const char *file, unsigned number,
                             const char *name, const char *value)
{
    struct line *line = grab(sizeof *line);
    line->file = file;
    line->number = number;
    (void)text_format(line->name, sizeof line->name, "%.120s", name);
    (void)text_format(line->value, sizeof line->value, "%.1000s", value);
    if (import->last)
        import->last->next = line;
    else
        import->first = line;
    import->last = line;
    return line;
}

/* A line, and those that a backslash joins to it.  The caller frees *text. */
static bool next_line(FILE *file, char **text, size_t *room, unsigned *number, bool joins)
{
    char *more = NULL;
    size_t more_room = 0;
    ssize_t n = getline(text, room, file);
    if (n < 0)
        return false;
    ++*number;
    while (joins && n >= 2 && strcmp(*text + n - 2, "\\\n") == 0) {
        const ssize_t next = getline(&more, &more_room, file);
        if (next < 0)
            break;
        ++*number;
        char *both = grab((size_t)(n + next + 1));
        memcpy(both, *text, (size_t)n - 2);
        both[n - 2] = ' ';
        memcpy(both + n - 1, more, (size_t)next + 1);
        free(*text);
        *text = both;
        n = n - 1 + next;
        *room = (size_t)n + 1;
    }
    free(more);
    return true;
}

/* vsftpd takes no blanks around its "=". */
static void take_vsftpd(struct import *import, const char *file, unsigned number, char *text)
{
    char *equals = strchr(text, '=');
    if (*text == '#' || *text == '\0')
        return;
    if (equals)
        *equals = '\0';
    (void)add_line(import, file, number, text, equals ? equals + 1 : "");
}

/* "name value", as in Apache's. */
static char *split_words(char *text)
{
    char *value = text + strcspn(text, blanks);
    if (*value)
        *value++ = '\0';
    return trim(value);
}

/* The quotes of a value that is quoted as a whole. */
static char *without_quotes(char *value)
{
    const size_t n = strlen(value);
    if (n < 2 || value[0] != '"' || strchr(value + 1, '"') != value + n - 1)
        return value;
    value[n - 1] = '\0';
    return value + 1;
}

static void take_words(struct import *import, const char *file, unsigned number, char *text)
{
    if (*text == '#' || *text == '\0')
        return;
    char *value = split_words(text);
    (void)add_line(import, file, number, text, without_quotes(value));
}

typedef void take_text(struct import *import, const char *file, unsigned number, char *text);

static bool read_lines(struct import *import, const char *path, take_text *take, bool joins)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t room = 0;
    unsigned number = 0;
    if (!file)
        return cannot_read(path);
    while (next_line(file, &text, &room, &number, joins))
        take(import, file_name(path), number, trim(text));
    const bool fine = !ferror(file);
    free(text);
    (void)fclose(file);
    return fine || cannot_read(path);
}

bool read_vsftpd(struct import *import, const char *path)
{
    return read_lines(import, path, take_vsftpd, false);
}

/* Debian's wrapper: the file's name is the option, and its first line the value. */
static bool read_option_file(struct import *import, const char *directory, const char *name)
{
    char path[4096];
    char *text = NULL;
    size_t room = 0;
    if (!text_format(path, sizeof path, "%s/%s", directory, name))
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return cannot_read(path);
    const bool fine = getline(&text, &room, file) > 0 || feof(file);
    if (fine)
        (void)add_line(import, strdup(name), 0, name, text ? trim(text) : "");
    free(text);
    (void)fclose(file);
    return fine || cannot_read(path);
}

static int is_option_file(const struct dirent *entry)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return strspn(entry->d_name, letters) == strlen(entry->d_name);
}

static bool read_directory(struct import *import, const char *path)
{
    struct dirent **names = NULL;
    const int count = scandir(path, &names, is_option_file, alphasort);
    bool fine = count >= 0 || cannot_read(path);
    for (int i = 0; i < count; i++) {
        fine = read_option_file(import, path, names[i]->d_name) && fine;
        free(names[i]);
    }
    free(names);
    return fine;
}

bool read_pureftpd(struct import *import, const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return cannot_read(path);
    return S_ISDIR(about.st_mode) ? read_directory(import, path)
                                  : read_lines(import, path, take_words, false);
}

/* ProFTPD's sections, as they are open at a line. */
static struct open_section {
    enum place place;
    char text[128];
} open_sections[32];
static size_t open_count;
static size_t deeper;    /* sections within the last one that fits */
static bool guests_seen; /* the first <Anonymous> becomes [anonymous], the others do not */

static enum place place_in(const char *text, enum place outer)
{
    if (strncasecmp(text, "<Global", 7) == 0 || strncasecmp(text, "<IfModule", 9) == 0 ||
        strncasecmp(text, "<IfDefine", 9) == 0)
        return outer;
    if (strncasecmp(text, "<Anonymous", 10) == 0 && outer == PLACE_SERVER && !guests_seen)
        return PLACE_GUESTS;
    if (strncasecmp(text, "<Limit", 6) == 0 && (outer == PLACE_SERVER || outer == PLACE_GUESTS))
        return PLACE_LIMIT;
    return PLACE_OTHER;
}

static void enter_section(const char *text)
{
    const enum place outer = open_count ? open_sections[open_count - 1].place : PLACE_SERVER;
    const char *around = open_count ? open_sections[open_count - 1].text : "";
    if (open_count == COUNT(open_sections)) {
        deeper++;
        return;
    }
    struct open_section *open = &open_sections[open_count++];
    open->place = place_in(text, outer);
    (void)text_format(open->text, sizeof open->text, "%.60s%s%.60s",
                      open->place == outer    ? around
                      : outer == PLACE_SERVER ? ""
                                              : around,
                      open->place == outer || !*around ? "" : " ",
                      open->place == outer ? "" : text);
}

static void leave_section(void)
{
    if (deeper) {
        deeper--;
        return;
    }
    if (open_count && open_sections[open_count - 1].place == PLACE_GUESTS)
        guests_seen =
            guests_seen || open_count == 1 || open_sections[open_count - 2].place != PLACE_GUESTS;
    if (open_count)
        open_count--;
}

static void take_proftpd(struct import *import, const char *file, unsigned number, char *text)
{
    if (*text == '#' || *text == '\0')
        return;
    if (strncmp(text, "</", 2) == 0) {
        leave_section();
        return;
    }
    if (*text == '<') {
        enter_section(text);
        import->guests =
            import->guests || (open_count && open_sections[open_count - 1].place == PLACE_GUESTS);
        return;
    }
    char *value = split_words(text);
    struct line *line = add_line(import, file, number, text, without_quotes(value));
    if (!open_count)
        return;
    line->place = open_sections[open_count - 1].place;
    (void)text_copy(line->around, sizeof line->around, open_sections[open_count - 1].text);
}

bool read_proftpd(struct import *import, const char *path)
{
    open_count = deeper = 0;
    return read_lines(import, path, take_proftpd, true);
}
