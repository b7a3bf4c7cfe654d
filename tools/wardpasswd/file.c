/* SPDX-License-Identifier: BSD-2-Clause */
/* file.c - the lines of the user file, in memory. */
#include "tools/wardpasswd/file.h"

#include "common/text.h"
#include "tools/wardpasswd/complain.h"

#include <stdlib.h>
#include <string.h>

bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.text, text, span.length) == 0;
}

/* Cuts a line at its colons; a CR before its end is no part of a field, as for the server.  Whole where there are seven fields and no NUL. */
static void fields_cut(struct entry *entry, const char *line, size_t length)
{
    size_t count = 0;
    const char *at = line;
    const char *end = line + length - (length && line[length - 1] == '\r');
    for (;;) {
        const char *colon = memchr(at, ':', (size_t)(end - at));
        const char *stop = colon ? colon : end;
        if (count < FIELDS)
            entry->fields[count] = (struct span){ at, (size_t)(stop - at) };
        count++;
        if (!colon)
            break;
        at = colon + 1;
    }
    entry->whole = count == FIELDS && !memchr(line, '\0', length);
}

/* Blanks only, or a comment. */
static bool is_no_entry(const char *line, size_t length)
{
    size_t i = 0;
    while (i < length && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
        i++;
    return i == length || line[0] == '#';
}

bool file_next(const struct user_file *file, struct entry *entry)
{
    size_t at = entry->at + entry->length;
    size_t number = entry->number;
    while (at < file->length) {
        const char *line = file->bytes + at;
        const char *end = memchr(line, '\n', file->length - at);
        const size_t length = end ? (size_t)(end - line) : file->length - at;
        const size_t whole = length + (end != NULL);
        number++;
        if (!is_no_entry(line, length)) {
            *entry = (struct entry){ .at = at, .length = whole, .number = number };
            fields_cut(entry, line, length);
            return true;
        }
        at += whole;
    }
    return false;
}

int file_find(const struct user_file *file, const char *name, struct entry *found)
{
    struct entry entry = { 0 };
    *found = (struct entry){ 0 };
    while (file_next(file, &entry)) {
        if (!span_is(entry.fields[FIELD_NAME], name))
            continue;
        if (found->number)
            return complain(EX_DATAERR, "%s: lines %zu and %zu are both for %s", file->path,
                            found->number, entry.number, name);
        *found = entry;
    }
    if (!found->number)
        return complain(EX_NOUSER, "%s: no such user: %s", file->path, name);
    if (!found->whole)
        return complain(EX_DATAERR, "%s:%zu: the line does not have seven fields", file->path,
                        found->number);
    return 0;
}

/* A new block rather than realloc(3): that would leave hashes behind, unwiped. */
int file_splice(struct user_file *file, size_t at, size_t n, const char *text, size_t length)
{
    const size_t after = file->length - at - n;
    const size_t total = at + length + after;
    char *bytes = malloc(total + 1);
    if (!bytes)
        return complain(EX_OSERR, "out of memory");
    if (at)
        memcpy(bytes, file->bytes, at);
    if (length)
        memcpy(bytes + at, text, length);
    if (after)
        memcpy(bytes + at + length, file->bytes + at + n, after);
    bytes[total] = '\0';
    if (file->bytes)
        wipe(file->bytes, file->length);
    free(file->bytes);
    file->bytes = bytes;
    file->length = total;
    return 0;
}

int file_append(struct user_file *file, const char *text)
{
    int code = 0;
    if (file->length && file->bytes[file->length - 1] != '\n')
        code = file_splice(file, file->length, 0, "\n", 1);
    if (code == 0)
        code = file_splice(file, file->length, 0, text, strlen(text));
    return code ? code : file_splice(file, file->length, 0, "\n", 1);
}
