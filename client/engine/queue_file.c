/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_file.c - reads the journal of a queue. */
#include "client/engine/queue_steps.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIELDS = 10, FILE_MAX_BYTES = 512 * 1024 * 1024 };

/* ---- fields ---- */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* In place; false where it is malformed. */
static bool decode_field(char *field)
{
    char *to = field;
    for (const char *at = field; *at; at++) {
        if (*at != '%') {
            *to++ = *at;
            continue;
        }
        const int high = hex_digit(at[1]), low = high < 0 ? -1 : hex_digit(at[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *to++ = (char)(high * 16 + low);
        at += 2;
    }
    *to = '\0';
    return true;
}

static bool signed_number(const char *text, int64_t least, int64_t *out)
{
    uint64_t number;
    const bool negative = text[0] == '-';
    if (!number_parse(text + negative, 0, (uint64_t)INT64_MAX + negative, &number))
        return false;
    *out = negative ? (int64_t)(0 - number) : (int64_t)number;
    return *out >= least;
}

/* Cuts a line into its fields, decoded: how many, or 0. */
static size_t split(char *line, char *field[FIELDS])
{
    size_t count = 0;
    while (line && count < FIELDS) {
        field[count] = strsep(&line, " ");
        if (strlen(field[count]) > QUEUE_FIELD_MAX || !decode_field(field[count]))
            return 0;
        count++;
    }
    return line ? 0 : count;
}

/* ---- reading ---- */

static void free_entry(struct queued *entry)
{
    free(entry->site);
    free(entry->why);
    free((char *)entry->job.remote);
    free((char *)entry->job.local);
}

void queue_list_free(struct queue_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_entry(&list->entry[i]);
    free(list->entry);
    *list = (struct queue_list){ 0 };
}

/* While a journal is read, ids are in order. */
static struct queued *find_entry(const struct queue_list *list, uint64_t id)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->entry[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->entry[low].id == id ? &list->entry[low] : NULL;
}

static bool take_flags(const char *flags, struct job *job)
{
    job->resume = strchr(flags, 'r');
    job->append = strchr(flags, 'a');
    job->overwrite_links = strchr(flags, 'l');
    job->time_exact = strchr(flags, 't');
    return flags[0] && flags[strspn(flags, ".ralt")] == '\0';
}

static bool take_job(char *const field[FIELDS], struct job *job)
{
    int64_t typed;
    job->upload = strcmp(field[2], "put") == 0;
    if ((!job->upload && strcmp(field[2], "get") != 0) || !take_flags(field[3], job) ||
        !signed_number(field[4], -1, &typed) || !signed_number(field[5], -1, &job->total) ||
        !signed_number(field[6], INT64_MIN, &job->modified))
        return false;
    job->typed = typed < 0 ? SIZE_MAX : (size_t)typed;
    return field[7][0] && field[8][0] && field[9][0];
}

static int add_entry(struct queue_list *list, uint64_t id, char *const field[FIELDS],
                     const struct job *job)
{
    if (list->count == list->room) {
        const size_t room = list->room ? list->room * 2 : 64;
        struct queued *bigger = reallocarray(list->entry, room, sizeof *bigger);
        if (!bigger)
            return -ENOMEM;
        list->entry = bigger;
        list->room = room;
    }
    struct queued *entry = &list->entry[list->count++];
    *entry = (struct queued){ .id = id, .site = strdup(field[7]), .job = *job };
    entry->job.remote = strdup(field[8]);
    entry->job.local = strdup(field[9]);
    return entry->site && entry->job.remote && entry->job.local ? 0 : -ENOMEM;
}

static int apply_mark(struct queue_list *list, char mark, uint64_t id, const char *text)
{
    struct queued *entry = find_entry(list, id);
    if (!entry)
        return 0;
    switch (mark) {
    case QUEUE_BEGUN:
        entry->begun = true;
        break;
    case QUEUE_FAILED:
        entry->failed = true;
        free(entry->why);
        entry->why = strdup(text);
        return entry->why ? 0 : -ENOMEM;
    case QUEUE_WAITS:
        entry->failed = false;
        break;
    case QUEUE_FIRST:
        entry->rank = -(int64_t)list->lines;
        break;
    case QUEUE_GONE:
        entry->gone = true;
        break;
    default:
        break;
    }
    return 0;
}

static int take_line(struct queue_list *list, char *line)
{
    char *field[FIELDS];
    struct job job = { .upload = false };
    uint64_t id;
    const size_t n = split(line, field);
    list->lines++;
    if (n < 2 || strlen(field[0]) != 1 || !number_parse(field[1], 1, INT64_MAX, &id))
        return 0;
    if (field[0][0] != '+')
        return apply_mark(list, field[0][0], id, n > 2 ? field[2] : "");
    if (n != FIELDS || (list->count > 0 && list->entry[list->count - 1].id >= id) ||
        !take_job(field, &job))
        return 0;
    return add_entry(list, id, field, &job);
}

int queue_by_rank(const void *a, const void *b)
{
    const struct queued *one = a, *other = b;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    return (one->id > other->id) - (one->id < other->id);
}

void queue_drop_gone(struct queue_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->entry[i].gone)
            free_entry(&list->entry[i]);
        else
            list->entry[kept++] = list->entry[i];
    }
    list->count = kept;
}

/* A last line without its end was cut by a crash. */
static int read_stream(FILE *from, struct queue_list *list)
{
    char *line = NULL;
    size_t room = 0;
    int result = 0;
    ssize_t n;
    while (result == 0 && (n = getline(&line, &room, from)) > 0) {
        if (line[n - 1] != '\n')
            break;
        line[n - 1] = '\0';
        result = take_line(list, line);
    }
    free(line);
    return result == 0 && ferror(from) ? -EIO : result;
}

int queue_read_fd(int fd, struct queue_list *list)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX_BYTES)
        return -EINVAL;
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *from = copy < 0 ? NULL : fdopen(copy, "r");
    if (!from)
        return -errno;
    rewind(from);
    const int result = read_stream(from, list);
    fclose(from);
    return result;
}

int queue_read(const char *path, struct queue_list *list)
{
    *list = (struct queue_list){ 0 };
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    const int result = queue_read_fd(fd, list);
    close(fd);
    queue_drop_gone(list);
    if (list->count > 1)
        qsort(list->entry, list->count, sizeof *list->entry, queue_by_rank);
    return result;
}
